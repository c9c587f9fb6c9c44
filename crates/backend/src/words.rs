//! Folding texts for search and order: without case and accents, the same on every engine.

use std::collections::BTreeSet;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Words of a text that are kept for search, at most: a name has 120 characters.
const MOST_WORDS: usize = 24;

/// Bytes of a word that are kept, at most.
const MOST_BYTES: usize = 64;

/// The text in lower case and without accents: `Kōwhai` is found by `kowhai`.
pub(crate) fn fold(text: &str) -> String {
    text.nfkd()
        .filter(|c| !is_combining_mark(*c))
        .flat_map(char::to_lowercase)
        .collect()
}

/// The words of a text, folded.
pub(crate) fn words(text: &str) -> BTreeSet<Vec<u8>> {
    fold(text)
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .take(MOST_WORDS)
        .map(|word| cut(word.as_bytes()))
        .collect()
}

/// What a text is ordered by.
pub(crate) fn order_key(text: &str) -> Vec<u8> {
    cut(fold(text.trim()).as_bytes())
}

/// The range of all texts that begin with this one: from the first (inclusive) to the second (exclusive).
pub(crate) fn beginning_with(word: &[u8]) -> (Vec<u8>, Vec<u8>) {
    let from = cut(word);
    // No text contains the byte 0xFF (it is not UTF-8), so this comes after all that begin alike.
    let mut to = from.clone();
    to.push(0xFF);
    (from, to)
}

fn cut(bytes: &[u8]) -> Vec<u8> {
    bytes[..bytes.len().min(MOST_BYTES)].to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_found_without_case_and_accents() {
        let found: Vec<String> = words("Kōwhai—Training (2027), Ärger")
            .into_iter()
            .map(|w| String::from_utf8(w).expect("text"))
            .collect();
        assert_eq!(found, ["2027", "arger", "kowhai", "training"]);
    }

    #[test]
    fn a_range_holds_all_that_begins_alike() {
        let (from, to) = beginning_with(b"spring");
        assert!(from.as_slice() <= b"spring".as_slice() && b"springtime".as_slice() < to.as_slice());
        assert!(b"sprinh".as_slice() > to.as_slice());
    }
}
