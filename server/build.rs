//! Embeds the built site in the program: every file of the folder that `TOKENWRIGHT_SITE` names, with its compressed
//! forms. Without the variable the program has no site, which is enough for checks and tests.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

use sha2::{Digest, Sha256};

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-env-changed=TOKENWRIGHT_SITE");
    let mut files = Vec::new();
    let mut manifest = String::new();
    let site = env::var_os("TOKENWRIGHT_SITE").map(PathBuf::from);
    if let Some(site) = site.filter(|site| !site.as_os_str().is_empty()) {
        println!("cargo::rerun-if-changed={}", site.display());
        collect(&site, &mut files)?;
        files.sort();
        manifest = fs::read_to_string(site.join("manifest.txt"))?;
        write_files(Some(&site), &files, &manifest)
    } else {
        write_files(None, &files, &manifest)
    }
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else {
            files.push(path);
        }
    }
    Ok(())
}

fn write_files(site: Option<&Path>, files: &[PathBuf], manifest: &str) -> io::Result<()> {
    let mut code = String::from("static FILES: &[SiteFile] = &[\n");
    let named = |path: &Path, ending: &str| PathBuf::from(format!("{}.{ending}", path.display()));
    let is_compressed = |path: &PathBuf| {
        path.extension()
            .is_some_and(|ending| ending == "br" || ending == "gz")
    };
    for file in files.iter().filter(|path| !is_compressed(path)) {
        let Some(path) = site
            .and_then(|site| file.strip_prefix(site).ok())
            .filter(|path| path.as_os_str() != "manifest.txt")
        else {
            continue;
        };
        let absolute = fs::canonicalize(file)?;
        let digest = Sha256::digest(fs::read(file)?);
        // Half of the digest distinguishes any two files.
        let tag: String = digest[..16].iter().map(|byte| format!("{byte:02x}")).collect();
        let beside = |ending| {
            let compressed = named(&absolute, ending);
            if compressed.exists() {
                format!("Some(include_bytes!({compressed:?}))")
            } else {
                "None".into()
            }
        };
        let _ = writeln!(
            code,
            "SiteFile {{ path: {:?}, plain: include_bytes!({absolute:?}), brotli: {}, gzip: {}, tag: \"\\\"{tag}\\\"\" }},",
            format!("/{}", path.display()),
            beside("br"),
            beside("gz"),
        );
    }
    code.push_str("];\nstatic MANIFEST: &[(&str, &str)] = &[\n");
    for (logical, path) in manifest.lines().filter_map(|line| line.split_once('\t')) {
        let _ = writeln!(code, "({logical:?}, {path:?}),");
    }
    code.push_str("];\n");
    let out = env::var_os("OUT_DIR").ok_or_else(|| io::Error::other("Cargo did not say where to write"))?;
    fs::write(Path::new(&out).join("site_files.rs"), code)
}
