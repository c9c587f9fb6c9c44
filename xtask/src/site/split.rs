//! The Wasm in parts: one for each section of the application, and a few for what sections share.
//!
//! A section is a function with `#[wasm_split(…)]` (`app/src/sections.rs`, and dialogs that come after their page). What
//! only it needs goes into its own part. What several need is split by the library into a *chunk* for each set of
//! sections, hundreds of small files. Here they become few: what the first screen needs stays in the main part; what only
//! the sections of one [`GROUPS`] need is a part of that group; what many sections need is the *kit*, and the rest the
//! *extras*. Each is loaded once, beside the first section that needs it.
//!
//! So the Wasm is split twice. The first split shows what the first screen shares; these functions are exported, which
//! keeps them in the main part at the second split. Of such chunks only data is then left.

use std::collections::{BTreeMap, BTreeSet, HashSet};
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

/// Sections that are much alike: what they share, and no other section needs, is a part of its own.
const GROUPS: [(&str, &[&str]); 4] = [
    (
        "certificates",
        &[
            "campaign",
            "campaign_dialogs",
            "campaigns",
            "design",
            "design_tools",
            "import",
        ],
    ),
    ("letters", &["mail", "mail_settings", "mail_texts"]),
    ("pages", &["page_tokens", "page_token_dialogs"]),
    (
        "programs",
        &[
            "api_token",
            "api_token_dialogs",
            "api_tokens",
            "mobile_apps",
            "mobile_session",
            "mobile_sessions",
            "organisation",
            "policy",
        ],
    ),
];
/// What so many sections need is the kit.
const MANY: usize = 7;

/// The Wasm, split.
pub struct Cut {
    /// What is always loaded.
    pub main: PathBuf,
    /// Data that belongs to it.
    pub main_data: Vec<PathBuf>,
    /// What sections share with others than the first, by the name of the part.
    pub shared: BTreeMap<&'static str, Vec<PathBuf>>,
    /// What each section alone needs.
    pub sections: Vec<Section>,
}

/// The part of a section.
pub struct Section {
    /// Its name.
    pub name: String,
    /// Its own part, unless there is nothing in it.
    pub own: Option<PathBuf>,
    /// The shared parts that it needs.
    pub shared: BTreeSet<&'static str>,
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
    let mut users = BTreeMap::<&str, BTreeSet<&str>>::new();
    for (section, files) in needs {
        for file in files.iter().filter(|file| is_chunk(file)) {
            users.entry(file).or_default().insert(section);
        }
    }
    let mut main_data = Vec::new();
    let mut shared = BTreeMap::<_, Vec<_>>::new();
    let mut places = BTreeMap::new();
    for (chunk, users) in &users {
        if users.contains(FIRST) {
            main_data.push(path(folder, chunk));
        } else {
            let place = place(users);
            shared.entry(place).or_default().push(path(folder, chunk));
            places.insert(*chunk, place);
        }
    }
    let section = |(name, files): (&String, &Vec<String>)| Section {
        name: name.clone(),
        own: files
            .iter()
            .find(|file| !is_chunk(file))
            .map(|file| path(folder, file)),
        shared: files
            .iter()
            .filter_map(|file| places.get(file.as_str()).copied())
            .collect(),
    };
    Cut {
        main: folder.join("main.wasm"),
        main_data,
        sections: needs.iter().map(section).collect(),
        shared,
    }
}

/// The part that has what these sections share.
fn place(users: &BTreeSet<&str>) -> &'static str {
    let group = GROUPS
        .iter()
        .find(|(_, members)| users.iter().all(|user| members.contains(user)));
    match group {
        Some((name, _)) => name,
        None if users.len() >= MANY => "kit",
        None => "extras",
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
    fn chunks_of_the_first_section_are_early_and_all_others_are_shared() {
        let needs = unlist(
            "account chunk_2 split_account\norganisation chunk_1\npeople chunk_1 chunk_2 split_people\ntokens chunk_1 split_tokens\n",
        );
        assert_eq!(unlist(&list(&needs)), needs);
        let cut = sort(&needs, Path::new("cut"));
        assert_eq!(cut.main_data, [Path::new("cut/chunk_1.wasm")]);
        assert_eq!(cut.shared["extras"], [Path::new("cut/chunk_2.wasm")]);
        let facts: Vec<_> = cut
            .sections
            .iter()
            .map(|section| {
                let shared: Vec<_> = section.shared.iter().copied().collect();
                (section.name.as_str(), section.own.is_some(), shared)
            })
            .collect();
        assert_eq!(
            facts,
            [
                ("account", true, vec!["extras"]),
                ("organisation", false, vec![]),
                ("people", true, vec!["extras"]),
                ("tokens", true, vec![])
            ]
        );
    }

    #[test]
    fn what_is_shared_goes_to_a_group_or_to_the_kit_or_to_the_extras() {
        let place = |users: &[&str]| place(&users.iter().copied().collect());
        assert_eq!(place(&["api_token", "policy"]), "programs");
        assert_eq!(place(&["campaign", "design"]), "certificates");
        assert_eq!(place(&["campaign", "policy"]), "extras");
        assert_eq!(place(&["a", "b", "c", "d", "e", "f", "g"]), "kit");
    }
}
