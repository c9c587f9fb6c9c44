//! The code of an access token: 19 random characters of Crockford's base 32 and a check character.
//!
//! 19 characters are 95 bits. People read codes aloud and type them on phones, so case, spaces and dashes of any kind
//! are ignored, as is what mail programs and word processors put into and around codes; `O` counts as `0`, `I` and `L`
//! as `1`, and the check character detects a typo before the database is queried. It is a weighted sum in the field of
//! 32 elements, with a different weight for each place: a single wrong character is always found, and so are any two
//! swapped characters. (ISO 7064's hybrid system would miss some swapped neighbours.)

use std::fmt;

use zeroize::Zeroizing;

/// Crockford's alphabet: no `I`, `L`, `O`, `U`.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// Random characters in a code.
pub const RANDOM_CHARS: usize = 19;

/// Characters in a code, with its check character.
pub const CHARS: usize = RANDOM_CHARS + 1;

/// A well-formed code. It is a secret: it cannot be printed or serialised by accident, and leaves only
/// through [`reveal`](Self::reveal) and [`grouped`](Self::grouped).
#[derive(Clone, PartialEq, Eq)]
pub struct Code(Zeroizing<[u8; CHARS]>);

/// The text is not a code: wrong length, a character that is not in the alphabet, or a wrong check character.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "A code has 20 letters and digits in five groups, such as 7F3K-9QWM-2XTA-PD6H-M5QJ. Please check it for slips."
)]
pub struct BadCode;

impl Code {
    /// The code made of 19 random five-bit values; higher bits are dropped.
    pub fn from_random(random: [u8; RANDOM_CHARS]) -> Self {
        let mut values = [0; CHARS];
        for (value, random) in values.iter_mut().zip(random) {
            *value = random & 31;
        }
        values[RANDOM_CHARS] = check_value(&values[..RANDOM_CHARS]);
        Self(Zeroizing::new(values.map(|value| ALPHABET[usize::from(value)])))
    }

    /// The code in what somebody typed or pasted: a code alone, or a link that leads to one, on any site, with any text
    /// around it. Mail programs wrap links into links of their own, where the slashes are written as `%2F`.
    ///
    /// # Errors
    /// [`BadCode`].
    pub fn in_text(text: &str) -> Result<Self, BadCode> {
        let text = plain(text);
        let links = ["/t/", "%2ft%2f", "/r/", "%2fr%2f"].into_iter();
        text.parse().or_else(|_| {
            links
                .filter_map(|mark| Self::linked(&text, mark).ok())
                .next()
                .ok_or(BadCode)
        })
    }

    /// The first code that follows the marker of a link.
    fn linked(text: &str, mark: &str) -> Result<Self, BadCode> {
        let lower = text.to_ascii_lowercase();
        let behind = lower.match_indices(mark).map(|(at, _)| &lower[at + mark.len()..]);
        let as_far_as_codes_go = behind.map(|rest| {
            let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '-');
            &rest[..end.unwrap_or(rest.len())]
        });
        as_far_as_codes_go
            .filter_map(|part| part.parse().ok())
            .next()
            .ok_or(BadCode)
    }

    /// The code as it is looked up: 20 characters, upper case, no dashes.
    pub fn reveal(&self) -> &str {
        std::str::from_utf8(self.0.as_slice()).unwrap_or_default()
    }

    /// The code as people see it: five groups of four.
    pub fn grouped(&self) -> String {
        let text = self.reveal();
        let groups: Vec<&str> = (0..CHARS).step_by(4).map(|at| &text[at..at + 4]).collect();
        groups.join("-")
    }

    /// What lists show of it: the first group and the last four characters.
    pub fn hint(&self) -> Hint {
        let text = self.reveal();
        Hint {
            head: text[..4].to_owned(),
            tail: text[CHARS - 4..].to_owned(),
        }
    }
}

impl std::str::FromStr for Code {
    type Err = BadCode;

    fn from_str(text: &str) -> Result<Self, BadCode> {
        let text = plain(text);
        let text = text.trim_matches(|c: char| !c.is_ascii_alphanumeric());
        let mut values = [0; CHARS];
        let mut len = 0;
        for c in text.chars().filter(|c| !matches!(c, '-' | ' ')) {
            let value = u8::try_from(c).ok().and_then(value_of);
            *values.get_mut(len).ok_or(BadCode)? = value.ok_or(BadCode)?;
            len += 1;
        }
        if len == CHARS && values[RANDOM_CHARS] == check_value(&values[..RANDOM_CHARS]) {
            Ok(Self(Zeroizing::new(
                values.map(|value| ALPHABET[usize::from(value)]),
            )))
        } else {
            Err(BadCode)
        }
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Code(…)")
    }
}

/// What lists show of a code: enough to tell codes apart, 60 bits short of using one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hint {
    /// The first four characters.
    pub head: String,
    /// The last four characters.
    pub tail: String,
}

impl fmt::Display for Hint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}…{}", self.head, self.tail)
    }
}

/// A search text, as it may appear in a URL. A complete code, a link with one, or the secret of a program would stay in
/// the browser's history: it is replaced by the part of it that lists show, which finds the same. A name of twenty
/// letters and digits that happens to be a well-formed code is left as it is.
pub fn for_address(searched: &str) -> String {
    let code = Code::in_text(searched).ok().filter(|_| !is_words(searched));
    let hint = code.map(|code| code.hint());
    let hint = hint.or_else(|| crate::prefixed::hint_in_text(searched));
    hint.map_or_else(|| searched.to_owned(), |hint| hint.to_string())
}

/// Whether a text is written like words rather than like a code: a few groups, each only of letters or only of digits.
/// In groups of four, as codes are written, this takes capitals at the beginning of words.
fn is_words(text: &str) -> bool {
    let groups = || text.split([' ', '-']).filter(|group| !group.is_empty());
    let is_word = |group: &str| {
        group.bytes().all(|b| b.is_ascii_alphabetic()) || group.bytes().all(|b| b.is_ascii_digit())
    };
    let is_capitalised = |group: &&str| {
        let bytes = group.as_bytes();
        bytes[0].is_ascii_uppercase() && bytes[1..].iter().any(u8::is_ascii_lowercase)
    };
    (2..=6).contains(&groups().count())
        && groups().all(is_word)
        && (groups().any(|group| group.len() != 4) || groups().filter(is_capitalised).count() > 1)
}

/// The parts of a hint in a search text: `7f3k`, `7F3K…9QWM`, `7F3K-9QWM`, `…9qwm`. `None` when the text cannot be part
/// of a code. Each part has four characters of the alphabet.
pub fn search_parts(text: &str) -> Option<Vec<String>> {
    let canonical: Option<String> = text
        .chars()
        .filter(|c| !matches!(c, '-' | ' ' | '…' | '.'))
        .map(|c| {
            u8::try_from(c)
                .ok()
                .and_then(value_of)
                .map(|value| char::from(ALPHABET[usize::from(value)]))
        })
        .collect();
    match canonical? {
        part if part.len() == 4 => Some(vec![part]),
        parts if parts.len() == 8 => Some(vec![parts[..4].to_owned(), parts[4..].to_owned()]),
        _ => None,
    }
}

/// The text as it would be typed: full-width letters and digits as plain ones, every dash as `-`, all white space as a
/// space, and nothing invisible. The server normalises what people paste to NFKC, which covers more; its tables would
/// be too large for the browser.
fn plain(text: &str) -> Zeroizing<String> {
    let seen = text
        .chars()
        .filter(|c| !crate::form::is_unseen(*c) && !crate::form::turns_around(*c));
    let plain = seen.map(|c| match c {
        c if c.is_whitespace() => ' ',
        // Hyphens and dashes of many scripts, the minus sign, and the long vowel mark that Japanese keyboards type.
        '\u{58a}'
        | '\u{5be}'
        | '\u{1806}'
        | '\u{2010}'..='\u{2015}'
        | '\u{2043}'
        | '\u{2212}'
        | '\u{2e3a}'
        | '\u{2e3b}'
        | '\u{301c}'
        | '\u{3030}'
        | '\u{30fc}'
        | '\u{fe31}'
        | '\u{fe32}'
        | '\u{fe58}'
        | '\u{fe63}' => '-',
        // Full width, as keyboards for Chinese and Japanese type.
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
        c => c,
    });
    Zeroizing::new(plain.collect())
}

/// The value of a character as people write it.
fn value_of(byte: u8) -> Option<u8> {
    let upper = match byte.to_ascii_uppercase() {
        b'O' => b'0',
        b'I' | b'L' => b'1',
        other => other,
    };
    ALPHABET
        .iter()
        .position(|&known| known == upper)
        .and_then(|at| u8::try_from(at).ok())
}

/// The value that makes the weighted sum of all characters zero. The weights are powers of 2 in the field,
/// written with Horner's rule; the check character has the weight 1.
fn check_value(values: &[u8]) -> u8 {
    values.iter().fold(0, |sum, value| doubled(sum ^ value))
}

/// Twice a value, in the field of 32 elements whose polynomial is x⁵ + x² + 1: 31 doublings pass through all values but
/// zero, so no two of the 20 places have the same weight.
fn doubled(value: u8) -> u8 {
    let twice = value << 1;
    if twice < 32 { twice } else { twice ^ 0b10_0101 }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn code(random: [u8; RANDOM_CHARS]) -> String {
        Code::from_random(random).reveal().to_owned()
    }

    #[test]
    fn codes_are_read_the_way_people_write_them() {
        let code = Code::from_random([0, 1, 31, 5, 9, 0, 1, 12, 22, 30, 7, 8, 1, 0, 17, 19, 2, 3, 4]);
        let typed = code
            .grouped()
            .to_lowercase()
            .replace('0', "o")
            .replacen('1', "l", 1)
            .replace('1', "I");
        assert_eq!(typed.parse::<Code>().as_ref(), Ok(&code));
        assert_eq!(
            format!("  {} ", code.grouped().replace('-', " ")).parse::<Code>(),
            Ok(code)
        );
    }

    #[test]
    fn a_link_is_read_for_its_code() {
        let code = Code::from_random([7; RANDOM_CHARS]);
        let (plain, grouped) = (code.reveal(), code.grouped());
        for text in [
            grouped.clone(),
            format!("https://tokens.example.org/t/{plain}"),
            format!("  http://localhost:3000/t/{grouped}  "),
            format!("https://example.org/a/t/{plain}?seen=1"),
            format!("HTTPS://EXAMPLE.ORG/T/{plain}#top"),
            format!("tokens.example.org/t/{}.", plain.to_lowercase()),
            format!("Your link: <https://example.org/t/{plain}>, until Friday"),
            format!("https://example.org/t/open then https://example.org/t/{plain}"),
            format!("https://scan.example/?url=https%3A%2F%2Fexample.org%2Ft%2F{plain}&data=05"),
            format!("https://tokens.example.org/r/{plain}"),
            format!("https://scan.example/?url=https%3A%2F%2Fexample.org%2Fr%2F{plain}&data=05"),
        ] {
            assert_eq!(Code::in_text(&text).as_ref(), Ok(&code), "{text}");
        }
        for text in [
            String::new(),
            "https://example.org/t/".into(),
            format!("https://example.org/t/{}", &plain[1..]),
            format!("https://example.org/x/{plain}"),
            format!("https://example.org/t/ö{plain}"),
        ] {
            assert_eq!(Code::in_text(&text), Err(BadCode), "{text}");
        }
    }

    #[test]
    fn what_programs_put_into_and_around_a_code_does_not_matter() {
        let code = Code::from_random([0, 1, 31, 5, 9, 0, 1, 12, 22, 30, 7, 8, 1, 0, 17, 19, 2, 3, 4]);
        let (plain, grouped) = (code.reveal(), code.grouped());
        let between = |sign: &str| grouped.replace('-', sign);
        let wide: String = grouped
            .chars()
            .map(|c| char::from_u32(u32::from(c) + 0xfee0).expect("a wide one"))
            .collect();
        for text in [
            between("\u{a0}"),
            between("\u{202f}"),
            between("\u{2011}"),
            between(" \u{2013} "),
            between("\u{ad}"),
            between("\u{200b}"),
            between("\u{e0020}"),
            format!("\u{feff}{grouped}"),
            format!("{grouped}."),
            format!("({grouped})"),
            format!("\u{201e}{grouped}\u{201c},"),
            format!("{plain}/"),
            wide,
        ] {
            assert_eq!(text.parse::<Code>().as_ref(), Ok(&code), "{text}");
            assert_eq!(Code::in_text(&text).as_ref(), Ok(&code), "{text}");
        }
        for link in [
            format!("https://example.org/t/{}", between("\u{ad}-")),
            format!("https://example.org/t/{}", between("\u{2011}")),
            format!("https://example.org/r/{plain}/)"),
            format!("https%3A%2F%2Fexample.org%2Fr%2F{plain}&data=05"),
        ] {
            assert_eq!(Code::in_text(&link).as_ref(), Ok(&code), "{link}");
        }
    }

    #[test]
    fn a_code_cannot_be_printed_by_accident() {
        let code = Code::from_random([7; RANDOM_CHARS]);
        assert_eq!(format!("{code:?}"), "Code(…)");
    }

    #[test]
    fn garbage_is_no_code() {
        for text in [
            "",
            "7F3K",
            "UUUU-UUUU-UUUU-UUUU-UUUU",
            &"0".repeat(21),
            "🦺🦺🦺🦺🦺",
            "0000000000000000000\u{0}",
        ] {
            assert_eq!(text.parse::<Code>(), Err(BadCode), "{text}");
        }
    }

    #[test]
    fn no_whole_code_stands_in_an_address() {
        let code = Code::from_random([7; RANDOM_CHARS]);
        let hint = code.hint();
        for searched in [
            code.grouped().to_lowercase(),
            format!("https://example.org/t/{}?seen=1", code.reveal()),
        ] {
            assert_eq!(for_address(&searched), hint.to_string());
        }
        assert_eq!(search_parts(&hint.to_string()), Some(vec![hint.head, hint.tail]));
        assert_eq!(for_address("Spring, 7F3K"), "Spring, 7F3K");
        let secret = crate::PrefixedSecret::from_random(crate::prefixed::Prefix::API, [7; 32]);
        let link = format!("https://example.org/?TOKEN={}", secret.reveal());
        for searched in [secret.reveal(), &link] {
            assert_eq!(for_address(searched), secret.hint().to_string());
        }
    }

    #[test]
    fn a_name_that_happens_to_be_a_code_stays_a_name() {
        let name = "Spring intake West 2028";
        assert!(name.parse::<Code>().is_ok(), "it is well-formed");
        assert_eq!(for_address(name), name);
        assert!(is_words("West East 2028 Team Bees") && is_words("spring intake west 2028"));
        for code in [
            "west east 2028 team bees",
            "WEST-EAST-2028-TEAM-BEES",
            "7F3K9 QWM2X TAPD6 HM5QJ",
            "7F3K9QWM2XTAPD6HM5QJ",
            "7 F 3 K 9 Q W M 2 X T A P D 6 H M 5 Q J",
        ] {
            assert!(!is_words(code), "{code}");
        }
    }

    #[test]
    fn the_shown_parts_can_be_searched() {
        assert_eq!(search_parts("7f3k"), Some(vec!["7F3K".into()]));
        assert_eq!(
            search_parts("7F3K…9QWM"),
            Some(vec!["7F3K".into(), "9QWM".into()])
        );
        assert_eq!(search_parts("…9qwm"), Some(vec!["9QWM".into()]));
        assert_eq!(search_parts("Spring"), None);
        assert_eq!(search_parts("ada@"), None);
    }

    proptest! {
        #[test]
        fn what_is_made_can_be_read(random: [u8; RANDOM_CHARS]) {
            prop_assert!(code(random).parse::<Code>().is_ok());
        }

        #[test]
        fn one_wrong_character_is_always_found(random: [u8; RANDOM_CHARS], at in 0..CHARS, other in 0..32usize) {
            let mut bytes = code(random).into_bytes();
            prop_assume!(bytes[at] != ALPHABET[other]);
            bytes[at] = ALPHABET[other];
            prop_assert_eq!(String::from_utf8(bytes).expect("ASCII").parse::<Code>(), Err(BadCode));
        }

        #[test]
        fn swapped_characters_are_found(random: [u8; RANDOM_CHARS], one in 0..CHARS, other in 0..CHARS) {
            let mut bytes = code(random).into_bytes();
            prop_assume!(bytes[one] != bytes[other]);
            bytes.swap(one, other);
            prop_assert_eq!(String::from_utf8(bytes).expect("ASCII").parse::<Code>(), Err(BadCode));
        }
    }
}
