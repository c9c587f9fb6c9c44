//! What browsers load: Wasm, its script, style sheets and static files, under names that change with their content and
//! compressed once, here, instead of for every request.
//!
//! The folder `<target>/site` contains each file with `.br` and `.gz` beside it, and `manifest.txt`: one line per file,
//! with the name the server knows, a tab, and the path that browsers request. A line for each section of the
//! application (`section people`) names the parts of the Wasm that it needs.

mod bindgen;
mod compress;
mod css;
mod linked;
mod loader;
mod merge;
mod optimise;
mod split;
mod unused;

pub use split::FIRST;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use crate::process::{run, say};
use crate::wasm_target::{self, TARGET};
use crate::workspace::{
    self, cannot, files_below, fingerprint, is_stamped, put_stamp, read, root, target, write,
};
use crate::{Outcome, packages};

/// How much effort goes into small files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// As small as possible: for use and for measuring.
    Release,
    /// As fast as possible: for `cargo xtask dev`.
    Debug,
}

impl Kind {
    /// How Cargo builds both halves of it.
    ///
    /// `erase_components` is Leptos' own switch: views forget their types early, which takes a quarter off the Wasm.
    /// Pages that one half renders are hydrated by the other, so both are built alike.
    pub fn options(self) -> &'static [&'static str] {
        match self {
            Kind::Release => &[
                "--config",
                r#"target."cfg(all())".rustflags=["--cfg","erase_components"]"#,
            ],
            Kind::Debug => &[],
        }
    }
}

/// One file of the site.
struct File {
    /// The name the server knows it by.
    logical: String,
    /// The path browsers ask for, without the leading slash.
    path: String,
    bytes: Vec<u8>,
}

/// Builds the site, skipping what has not changed, and returns where it is.
pub fn build(kind: Kind) -> Outcome<PathBuf> {
    let (mut files, sections) = wasm_and_script(kind)?;
    files.extend([
        hashed("main.css", css::bundle(&root().join("style/main.css"))?),
        hashed("recipient.css", css::bundle(&root().join("style/recipient.css"))?),
    ]);
    files.extend(public_files()?);
    publish(kind, &files, &sections)
}

/// The sections of the application, each with the names of the parts of the Wasm that it needs.
pub type Sections = Vec<(String, Vec<String>)>;

/// All parts of the Wasm, and the script that loads them.
fn wasm_and_script(kind: Kind) -> Outcome<(Vec<File>, Sections)> {
    let work = work(kind);
    let cut = split::run(kind, &build_wasm(kind)?, &work)?;
    let glue = bindgen::run(kind, &cut.main, &work)?;
    let main = merge::into_main(&glue.wasm, &cut.main_data, &work)?;
    let merged = cut
        .shared
        .iter()
        .map(|(name, chunks)| Ok((*name, merge::shared(name, chunks, &work)?)))
        .collect::<Outcome<Vec<_>>>()?;
    if kind == Kind::Release {
        let own = |section: &split::Section| Some((section.name.clone(), section.own.clone()?));
        let mut parts = vec![("tokenwright".to_owned(), main.clone())];
        parts.extend(
            merged
                .iter()
                .map(|(name, wasm)| ((*name).to_owned(), wasm.clone())),
        );
        parts.extend(cut.sections.iter().filter_map(own));
        optimise::all(&parts, &work)?;
    }
    let part = |name: &str, wasm: &Path| {
        let bytes = match kind {
            Kind::Release => read(&optimise::run(name, wasm, &work)?)?,
            Kind::Debug => read(wasm)?,
        };
        Ok::<_, String>(hashed(&format!("{name}.wasm"), bytes))
    };
    let mut files = vec![part("tokenwright", &main)?];
    let mut shared = BTreeMap::new();
    for (name, merged) in &merged {
        shared.insert(*name, files.len());
        files.push(part(name, merged)?);
    }
    let mut sections = Sections::new();
    let mut loaded = Sections::new();
    for section in &cut.sections {
        let mut needs: Vec<_> = section.shared.iter().map(|name| &files[shared[name]]).collect();
        let own = section
            .own
            .as_deref()
            .map(|own| part(&section.name, own))
            .transpose()?;
        needs.extend(&own);
        let names = |name: fn(&File) -> &str| needs.iter().map(|file| name(file).to_owned()).collect();
        sections.push((section.name.clone(), names(|file| &file.logical)));
        loaded.push((
            section.name.clone(),
            names(|file| file.path.trim_start_matches(HASHED)),
        ));
        files.extend(own);
    }
    let script = loader::put_in(&glue.script, &loaded)? + &own_scripts(kind)?;
    files.push(hashed("tokenwright.js", script.into_bytes()));
    Ok((files, sections))
}

/// What the browser's side does without Wasm: in the same script, so that each can call the other.
fn own_scripts(kind: Kind) -> Outcome<String> {
    let mut scripts = String::new();
    for path in files_below(&root().join("frontend/src"))? {
        if path.extension().is_some_and(|ending| ending == "js") {
            scripts.push_str(&String::from_utf8_lossy(&read(&path)?));
        }
    }
    Ok(match kind {
        Kind::Release => bindgen::slim(&scripts),
        Kind::Debug => scripts,
    })
}

/// The folder of the finished site.
pub fn folder(kind: Kind) -> PathBuf {
    target().join(match kind {
        Kind::Release => "site",
        Kind::Debug => "site-debug",
    })
}

/// Where intermediate results are kept.
fn work(kind: Kind) -> PathBuf {
    target().join("front").join(match kind {
        Kind::Release => "steps",
        Kind::Debug => "steps-debug",
    })
}

/// Compiles `frontend`, in a separate target folder so that neither side waits for the other. Splitting needs to know
/// where functions are named: the linker writes it down.
fn build_wasm(kind: Kind) -> Outcome<PathBuf> {
    packages::ensure()?;
    let rust = wasm_target::ensure()?;
    let front = target().join("front");
    let (profile, folder) = match kind {
        Kind::Release => ("wasm-release", "wasm-release"),
        Kind::Debug => ("dev", "debug"),
    };
    say(&format!("Building the browser's side ({profile})"));
    let library = [
        "rustc",
        "--package",
        "frontend",
        "--lib",
        "--crate-type",
        "cdylib",
        "--target",
        TARGET,
    ];
    let mut build = rust.cargo(&library);
    run(build
        .args(kind.options())
        .args(["--profile", profile, "--target-dir"])
        .arg(&front)
        .args(["--", "-Clink-arg=--emit-relocs"]))?;
    Ok(front.join(TARGET).join(folder).join("frontend.wasm"))
}

/// The folder of files that browsers may keep for ever.
const HASHED: &str = "pkg/";

/// A file whose name changes with its content, so that browsers may keep it for ever.
fn hashed(logical: &str, bytes: Vec<u8>) -> File {
    let hash = &fingerprint([bytes.as_slice()])[..8];
    let (stem, ending) = logical.rsplit_once('.').unwrap_or((logical, ""));
    File {
        logical: logical.to_owned(),
        path: format!("{HASHED}{stem}.{hash}.{ending}"),
        bytes,
    }
}

/// The files of `public/`, which keep their names because others refer to them.
fn public_files() -> Outcome<Vec<File>> {
    let public = root().join("public");
    let mut files = Vec::new();
    for path in files_below(&public)? {
        let name = path
            .strip_prefix(&public)
            .unwrap_or(&path)
            .to_string_lossy()
            .replace('\\', "/");
        files.push(File {
            logical: name.clone(),
            path: name,
            bytes: read(&path)?,
        });
    }
    Ok(files)
}

/// Writes the finished folder, unless it already contains exactly these files: the server is built again whenever the
/// folder changes.
fn publish(kind: Kind, files: &[File], sections: &Sections) -> Outcome<PathBuf> {
    let folder = folder(kind);
    let stamp = work(kind).join("site.stamp");
    let parts = files
        .iter()
        .flat_map(|file| [file.path.as_bytes(), file.bytes.as_slice()]);
    let content = fingerprint(parts);
    if is_stamped(&stamp, &content) && folder.join("manifest.txt").is_file() {
        return Ok(folder);
    }
    say("Compressing the site");
    if folder.exists() {
        fs::remove_dir_all(&folder).map_err(|error| cannot("replace", &folder, &error))?;
    }
    let mut manifest = String::new();
    for (section, parts) in sections {
        manifest.push_str(&format!("section {section}\t{}\n", parts.join(" ")));
    }
    for file in files {
        let path = folder.join(&file.path);
        write(&path, &file.bytes)?;
        write(&with_ending(&path, "br"), &compress::brotli(&file.bytes, kind)?)?;
        write(&with_ending(&path, "gz"), &compress::gzip(&file.bytes, kind)?)?;
        manifest.push_str(&format!("{}\t{}\n", file.logical, file.path));
    }
    write(&folder.join("manifest.txt"), manifest.as_bytes())?;
    put_stamp(&stamp, &content)?;
    Ok(folder)
}

/// `name.css` and `br` make `name.css.br`.
fn with_ending(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(ending);
    name.into()
}

/// The sections of a finished site, each with the parts that it needs.
pub fn sections(site: &Path) -> Outcome<Sections> {
    let manifest = String::from_utf8_lossy(&read(&site.join("manifest.txt"))?).into_owned();
    let section = |line: &str| {
        let (name, parts) = line.strip_prefix("section ")?.split_once('\t')?;
        Some((name.to_owned(), parts.split(' ').map(str::to_owned).collect()))
    };
    Ok(manifest.lines().filter_map(section).collect())
}

/// The size of a file of the manifest, compressed as browsers request it.
pub fn compressed_size(site: &Path, logical: &str) -> Outcome<u64> {
    let manifest = String::from_utf8_lossy(&read(&site.join("manifest.txt"))?).into_owned();
    let line = manifest
        .lines()
        .find_map(|line| line.strip_prefix(logical)?.strip_prefix('\t'));
    let path = line.ok_or_else(|| format!("The site has no {logical}."))?;
    let compressed = with_ending(&site.join(path), "br");
    let size = fs::metadata(&compressed).map_err(|error| workspace::cannot("read", &compressed, &error))?;
    Ok(size.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_changes_with_its_content() {
        let one = hashed("main.css", b"a".to_vec());
        let other = hashed("main.css", b"b".to_vec());
        assert_ne!(one.path, other.path);
        assert!(
            one.path.starts_with("pkg/main.") && one.path.ends_with(".css"),
            "{}",
            one.path
        );
        assert_eq!(one.path, hashed("main.css", b"a".to_vec()).path);
    }

    #[test]
    fn an_ending_comes_last() {
        assert_eq!(with_ending(Path::new("a/b.css"), "br"), Path::new("a/b.css.br"));
    }
}
