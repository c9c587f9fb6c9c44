//! The Wasm in parts: one for each section of the application, and two for what sections share.
//!
//! A section is a function with `#[wasm_split(…)]` (`app/src/sections.rs`). What only it needs goes into its own part.
//! What several need is split by the library into a *chunk* for each set of sections, dozens of small files. Here they
//! become two: what the first screen needs stays in the main part, and the rest is the *kit*, loaded once with
//! whichever other section comes first.
//!
//! So the Wasm is split twice. The first split shows what the first screen shares; these functions are exported, which
//! keeps them in the main part at the second split. Of such chunks only data is then left.

use std::collections::{BTreeMap, HashSet};
use std::fs;
use std::path::{Path, PathBuf};

use wasm_split_cli_support::{Options, transform};

use super::{Kind, linked, unused};
use crate::Outcome;
use crate::process::say;
use crate::workspace::{cannot, fingerprint, is_stamped, put_stamp, read, write};

/// The section that opens first: what it shares with others is loaded with the main part.
pub const FIRST: &str = "tokens";
/// The script that the loaders are imported from, before they are inlined into the one script.
pub const LOADERS: &str = "./__wasm_split.js";

/// The Wasm, split.
pub struct Cut {
    /// What is always loaded.
    pub main: PathBuf,
    /// Data that belongs to it.
    pub main_data: Vec<PathBuf>,
    /// What all but the first section may need.
    pub kit: Vec<PathBuf>,
    /// What each section alone needs.
    pub sections: Vec<Section>,
}

/// The part of a section.
pub struct Section {
    /// Its name.
    pub name: String,
    /// Its own part, unless there is nothing in it.
    pub own: Option<PathBuf>,
    /// Whether it needs the kit.
    pub with_kit: bool,
}

/// Files that each section needs, by their names without an ending.
type Needs = BTreeMap<String, Vec<String>>;

/// Splits the linked Wasm, unless this was already done.
pub fn run(kind: Kind, input: &Path, work: &Path) -> Outcome<Cut> {
    let linked = read(input)?;
    let (folder, stamp) = (work.join("cut"), work.join("cut.stamp"));
    let content = fingerprint([
        linked.as_slice(),
        include_bytes!("split.rs"),
        include_bytes!("linked.rs"),
        include_bytes!("unused.rs"),
    ]);
    if !is_stamped(&stamp, &content) {
        say("Cutting the Wasm into parts");
        let wasm = match kind {
            Kind::Release => unused::empty(&linked)?,
            // Without optimisation the functions have other names, and size does not matter.
            Kind::Debug => linked,
        };
        let trial = work.join("trial");
        let needs = cut(&wasm, &trial)?;
        let kept = shared_with_first(&needs, &trial)?;
        let needs = cut(&linked::with_exports(&wasm, &kept)?, &folder)?;
        write(&folder.join("needs.txt"), list(&needs).as_bytes())?;
        put_stamp(&stamp, &content)?;
    }
    let needs = String::from_utf8_lossy(&read(&folder.join("needs.txt"))?).into_owned();
    Ok(sort(&unlist(&needs), &folder))
}

fn cut(wasm: &[u8], folder: &Path) -> Outcome<Needs> {
    if folder.exists() {
        fs::remove_dir_all(folder).map_err(|error| cannot("replace", folder, &error))?;
    }
    let main = folder.join("main.wasm");
    let mut options = Options::new(wasm);
    options.output_dir = folder;
    options.main_out_path = &main;
    options.link_name = LOADERS;
    let done = transform(options).map_err(|error| format!("The Wasm could not be cut: {error:#}."))?;
    Ok(done.prefetch_map.into_iter().collect())
}

/// The names of all functions that the first section shares with others.
fn shared_with_first(needs: &Needs, folder: &Path) -> Outcome<HashSet<String>> {
    let mut names = HashSet::new();
    let needed = needs
        .get(FIRST)
        .ok_or_else(|| format!("There is no section {FIRST}."))?;
    for file in needed.iter().filter(|file| is_chunk(file)) {
        names.extend(linked::function_names(&read(&path(folder, file))?)?);
    }
    Ok(names)
}

fn sort(needs: &Needs, folder: &Path) -> Cut {
    let none = Vec::new();
    let is_early = |file: &String| needs.get(FIRST).unwrap_or(&none).contains(file);
    let chunks = |wanted: bool| {
        let mut found: Vec<_> = needs
            .values()
            .flatten()
            .filter(|file| is_chunk(file) && is_early(file) == wanted)
            .collect();
        found.sort();
        found.dedup();
        found.into_iter().map(|file| path(folder, file)).collect()
    };
    let section = |(name, files): (&String, &Vec<String>)| Section {
        name: name.clone(),
        own: files
            .iter()
            .find(|file| !is_chunk(file))
            .map(|file| path(folder, file)),
        with_kit: files.iter().any(|file| is_chunk(file) && !is_early(file)),
    };
    Cut {
        main: folder.join("main.wasm"),
        main_data: chunks(true),
        kit: chunks(false),
        sections: needs.iter().map(section).collect(),
    }
}

fn is_chunk(file: &str) -> bool {
    file.starts_with("chunk_")
}

fn path(folder: &Path, file: &str) -> PathBuf {
    folder.join(format!("{file}.wasm"))
}

/// A line for each section: its name and the files that it needs.
fn list(needs: &Needs) -> String {
    let line = |(name, files): (&String, &Vec<String>)| format!("{name} {}\n", files.join(" "));
    needs.iter().map(line).collect()
}

fn unlist(text: &str) -> Needs {
    let mut needs = Needs::new();
    for line in text.lines() {
        let mut words = line.split(' ').filter(|word| !word.is_empty()).map(str::to_owned);
        if let Some(name) = words.next() {
            needs.insert(name, words.collect());
        }
    }
    needs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunks_of_the_first_section_are_early_and_all_others_are_the_kit() {
        let needs = unlist(
            "account chunk_2 split_account\norganisation chunk_1\npeople chunk_1 chunk_2 split_people\ntokens chunk_1 split_tokens\n",
        );
        assert_eq!(unlist(&list(&needs)), needs);
        let cut = sort(&needs, Path::new("cut"));
        assert_eq!(cut.main_data, [Path::new("cut/chunk_1.wasm")]);
        assert_eq!(cut.kit, [Path::new("cut/chunk_2.wasm")]);
        let facts: Vec<_> = cut
            .sections
            .iter()
            .map(|section| (section.name.as_str(), section.own.is_some(), section.with_kit))
            .collect();
        assert_eq!(
            facts,
            [
                ("account", true, true),
                ("organisation", false, false),
                ("people", true, true),
                ("tokens", true, false)
            ]
        );
    }
}
