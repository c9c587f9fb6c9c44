//! `docs/security.md` names a test for each of its claims. A claim whose test is gone is only a sentence.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

#[test]
fn every_row_of_the_security_page_names_a_test_that_exists() {
    let root = Path::new("..");
    let page = std::fs::read_to_string(root.join("docs/security.md")).expect("the page");
    let tests = tests_in(root);
    let stories = stories_in(root);
    assert!(tests.len() > 150 && stories.len() > 20, "the tree was walked");

    let rows: Vec<_> = page.lines().filter_map(row).collect();
    assert!(rows.len() > 30, "the tables were read");
    for (what, shown_by) in rows {
        let named = quoted(shown_by, "`", "`");
        let told = quoted(shown_by, "\u{201c}", "\u{201d}");
        assert!(!named.is_empty() || !told.is_empty(), "{what}: no test is named");
        for name in named {
            assert!(tests.contains(name), "{what}: there is no test {name}");
        }
        for title in told {
            assert!(stories.contains(title), "{what}: there is no story “{title}”");
        }
    }
    for title in quoted(&page.replace('\n', " "), "Shown by \u{201c}", "\u{201d}") {
        assert!(stories.contains(title), "there is no story “{title}”");
    }
}

/// What a row of a table is about, and what it is shown by; `None` for heads and other lines.
fn row(line: &str) -> Option<(&str, &str)> {
    let cells: Vec<_> = line
        .strip_prefix("| ")?
        .strip_suffix(" |")?
        .split(" | ")
        .collect();
    match cells[..] {
        [_, what, _, shown_by] => Some((what, shown_by)),
        _ => panic!("{} cells in: {line}", cells.len()),
    }
    .filter(|(what, _)| *what != "threat")
}

fn quoted<'t>(text: &'t str, open: &str, close: &str) -> Vec<&'t str> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some((_, after)) = rest.split_once(open) {
        let (inside, after) = after.split_once(close).expect("a closing mark");
        found.push(inside);
        rest = after;
    }
    found
}

/// The names of all test functions.
fn tests_in(root: &Path) -> HashSet<String> {
    let mut tests = HashSet::new();
    for room in ["app", "crates", "server", "xtask"] {
        for file in files_below(&root.join(room), "rs") {
            let mut is_test = false;
            for line in std::fs::read_to_string(file).expect("a source file").lines() {
                let line = line.trim();
                if line.starts_with("#[test]") || line.starts_with("#[tokio::test") {
                    is_test = true;
                } else if let Some((_, signature)) = line.split_once("fn ") {
                    if is_test {
                        let name = signature.split('(').next().unwrap_or_default();
                        tests.insert(name.to_owned());
                    }
                    is_test = false;
                }
            }
        }
    }
    tests
}

/// The titles of all stories that are told as they stand.
fn stories_in(root: &Path) -> HashSet<String> {
    let mut stories = HashSet::new();
    for file in files_below(&root.join("end2end/stories"), "ts") {
        let text = std::fs::read_to_string(file).expect("a story");
        stories.extend(quoted(&text, "test('", "'").into_iter().map(str::to_owned));
    }
    stories
}

fn files_below(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            files.extend(files_below(&path, ending));
        } else if path.extension().is_some_and(|found| found == ending) {
            files.push(path);
        }
    }
    files
}
