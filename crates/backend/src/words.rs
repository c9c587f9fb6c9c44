//! Folding texts for search and order: without case and accents, the same on every engine.

use std::collections::BTreeSet;

use domain::Code;
use domain::code::BadCode;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// The most characters of a text that are considered: a name has 120, and an address not many more.
const MOST_CHARS: usize = 500;

/// The most bytes of a word that are stored.
const MOST_BYTES: usize = 64;

/// The text in lower case and without accents: `Kōwhai` is found by `kowhai`.
pub(crate) fn fold(text: &str) -> String {
    text.nfkd()
        .filter(|c| !is_combining_mark(*c))
        .flat_map(char::to_lowercase)
        .collect()
}

/// The code in what somebody typed or pasted, in whatever style its letters are.
///
/// # Errors
/// [`BadCode`].
pub fn read_code(text: &str) -> Result<Code, BadCode> {
    Code::in_text(&text.nfkc().collect::<String>())
}

/// The words of a text, folded. Where words are written without spaces, pairs of characters stand for them, and the
/// last character for itself: whatever part of `東京研修` is searched for, all of its pairs are found.
pub(crate) fn words(text: &str) -> BTreeSet<Vec<u8>> {
    let folded: Vec<char> = fold_for_search(text).chars().take(MOST_CHARS).collect();
    let mut found = BTreeSet::new();
    for run in folded.split(|c| !c.is_alphanumeric()) {
        for part in run.chunk_by(|a, b| is_unspaced(*a) == is_unspaced(*b)) {
            if is_unspaced(part[0]) {
                found.extend(part.windows(2).chain([&part[part.len() - 1..]]).map(kept));
            } else {
                found.insert(kept(part));
            }
        }
    }
    found
}

fn kept(word: &[char]) -> Vec<u8> {
    cut(word.iter().collect::<String>().as_bytes())
}

/// The text as words are compared: folded, with letters replaced by what people type who do not have them on their
/// keyboard. Those letters have no accents to remove, so [`fold`] leaves them alone, and with them the order of names.
fn fold_for_search(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for c in fold(text).chars() {
        match c {
            'ß' => folded.push_str("ss"),
            'ł' => folded.push('l'),
            'ø' => folded.push('o'),
            'đ' | 'ð' => folded.push('d'),
            'ħ' => folded.push('h'),
            'ŧ' => folded.push('t'),
            'ŋ' => folded.push('n'),
            'ı' => folded.push('i'),
            'æ' => folded.push_str("ae"),
            'œ' => folded.push_str("oe"),
            'þ' => folded.push_str("th"),
            'ς' => folded.push('σ'),
            other => folded.push(other),
        }
    }
    folded
}

/// Letters of scripts that are written without spaces between words: Thai, Lao, Burmese, Khmer, Japanese, Chinese.
fn is_unspaced(c: char) -> bool {
    matches!(c, '\u{e00}'..='\u{eff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}' | '\u{3040}'..='\u{30ff}'
        | '\u{31f0}'..='\u{31ff}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{20000}'..='\u{323af}')
}

/// The sort key of a text.
pub(crate) fn order_key(text: &str) -> Vec<u8> {
    cut(fold(text.trim()).as_bytes())
}

/// The range of all texts that begin with this one: from the first (inclusive) to the second (exclusive).
pub(crate) fn beginning_with(word: &[u8]) -> (Vec<u8>, Vec<u8>) {
    let from = cut(word);
    // No text contains the byte 0xFF (it is not UTF-8), so this comes after everything with the same beginning.
    let mut to = from.clone();
    to.push(0xFF);
    (from, to)
}

/// Words as one text, in which [`within`] finds their beginnings.
pub(crate) fn joined(words: &BTreeSet<Vec<u8>>) -> Vec<u8> {
    words
        .iter()
        .flat_map(|word| [b" ", word.as_slice()])
        .flatten()
        .copied()
        .collect()
}

/// The words of such a text.
pub(crate) fn split(joined: &[u8]) -> impl Iterator<Item = &[u8]> {
    joined.split(|byte| *byte == b' ').filter(|word| !word.is_empty())
}

/// The SQL condition that one of the [`joined`] words begins like this.
pub(crate) fn within(word: &[u8]) -> Vec<u8> {
    [b" ".as_slice(), &cut(word)].concat()
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
    fn words_are_found_by_whoever_has_no_key_for_their_letters() {
        for (name, typed) in [
            ("Straße", "STRASSE"),
            ("Łódź", "lodz"),
            ("Søren", "soren"),
            ("Σοφός", "ΣΟΦΌΣ"),
            ("Þórður Æ", "thordur ae"),
        ] {
            assert_eq!(words(name), words(typed), "{name}");
        }
    }

    #[test]
    fn what_is_written_without_spaces_is_found_by_any_part_of_it() {
        let name = words("東京研修２０２６");
        let begins = |typed: &[u8]| name.iter().any(|word| word.starts_with(typed));
        for part in ["研修", "東京研", "修", "京", "2026", "研修2026"] {
            assert!(words(part).iter().all(|word| begins(word)), "{part}");
        }
        assert!(!words("京都").iter().all(|word| begins(word)));
    }

    #[test]
    fn every_word_of_a_long_name_is_kept() {
        let name: Vec<String> = (10..50).map(|n| n.to_string()).collect();
        assert_eq!(words(&name.join(" ")).len(), 40);
    }

    #[test]
    fn a_code_is_read_in_any_style_of_letters() {
        let code = crate::Random.code();
        let styled = |digits: u32, letters: u32| -> String {
            let style = |c: char| match c {
                '0'..='9' => u32::from(c) - 0x30 + digits,
                _ => u32::from(c) - 0x41 + letters,
            };
            let chars = code.reveal().chars();
            chars
                .map(|c| char::from_u32(style(c)).expect("a letter"))
                .collect()
        };
        for text in [styled(0x1d7ce, 0x1d400), styled(0xff10, 0xff21), code.grouped()] {
            assert_eq!(read_code(&text).as_ref(), Ok(&code), "{text}");
        }
    }

    #[test]
    fn words_that_are_joined_are_found_by_their_beginnings_and_come_apart_again() {
        let words = words("Kōwhai Training");
        let joined = joined(&words);
        let holds = |word: &[u8]| {
            let wanted = within(word);
            joined.windows(wanted.len()).any(|window| window == wanted)
        };
        assert!(holds(b"kow") && holds(b"training") && !holds(b"raining"));
        assert!(split(&joined).eq(words.iter().map(Vec::as_slice)));
        assert_eq!(split(b"").count(), 0);
    }

    #[test]
    fn a_range_holds_all_that_begins_alike() {
        let (from, to) = beginning_with(b"spring");
        assert!(from.as_slice() <= b"spring".as_slice() && b"springtime".as_slice() < to.as_slice());
        assert!(b"sprinh".as_slice() > to.as_slice());
    }
}
