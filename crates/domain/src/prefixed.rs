//! The secrets of programs: a prefix that names the kind, 256 random bits, and a checksum.
//!
//! The prefix lets scanners recognise a secret that somebody committed or pasted by mistake, and the checksum lets
//! them, and this program, tell a real one from a typo without querying a database. The form follows GitHub's tokens:
//! 43 base-62 characters, then CRC-32 over everything before as 6 more.

use std::fmt;

use zeroize::Zeroizing;

use crate::code::Hint;

const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// The number of characters that hold the random bits: 62⁴³ is a little more than 2²⁵⁶.
const RANDOM_CHARS: usize = 43;

/// The number of characters that hold the checksum: 62⁶ is more than 2³².
const CHECK_CHARS: usize = 6;

/// The number of characters after the prefix.
pub const CHARS: usize = RANDOM_CHARS + CHECK_CHARS;

/// The number of random characters that hints show after the prefix.
const HINT_CHARS: usize = 4;

/// The prefix of a kind of secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Prefix(&'static str);

impl Prefix {
    /// API tokens.
    pub const API: Self = Self::new("twa_");
    /// The access tokens of mobile sessions.
    pub const MOBILE: Self = Self::new("twm_");
    /// The refresh tokens of mobile sessions.
    pub const MOBILE_REFRESH: Self = Self::new("twr_");
    /// Page tokens.
    pub const PAGE: Self = Self::new("twp_");

    /// All of them.
    pub const ALL: [Self; 4] = [Self::API, Self::MOBILE, Self::MOBILE_REFRESH, Self::PAGE];

    /// A prefix; it ends with `_`, which appears nowhere else in a secret.
    pub const fn new(text: &'static str) -> Self {
        Self(text)
    }

    /// The characters.
    pub fn as_str(self) -> &'static str {
        self.0
    }
}

/// Whether a text is a complete secret of any kind that this program issues.
pub fn is_whole(text: &str) -> bool {
    of_any_kind(text).is_some()
}

/// A complete secret, of whatever kind.
pub fn of_any_kind(text: &str) -> Option<PrefixedSecret> {
    Prefix::ALL
        .into_iter()
        .find_map(|prefix| PrefixedSecret::parse(prefix, text).ok())
}

/// A complete secret among the parameters of a URL, where logs would keep it.
pub fn token_in_query(query: &str) -> Option<&str> {
    query.split(['&', '=']).find(|piece| is_whole(piece))
}

/// All complete secrets in a text, wherever they are.
pub fn in_text(text: &str) -> impl Iterator<Item = PrefixedSecret> + '_ {
    text.match_indices("tw").filter_map(|(at, _)| {
        let end = at + Prefix::API.0.len() + CHARS;
        let piece = text.get(at..end)?;
        of_any_kind(piece)
    })
}

/// The hint of the first text that looks like a complete secret of a program. The checksum is not checked: a secret
/// with one wrong character is still nearly one, and browsers need no table for it.
pub fn hint_in_text(text: &str) -> Option<Hint> {
    Prefix::ALL.into_iter().find_map(|Prefix(prefix)| {
        let at = text.find(prefix)?;
        let piece = text.get(at..at + prefix.len() + CHARS)?;
        let is_whole = piece[prefix.len()..]
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric());
        is_whole.then(|| Hint {
            head: piece[..prefix.len() + HINT_CHARS].to_owned(),
            tail: piece[piece.len() - HINT_CHARS..].to_owned(),
        })
    })
}

/// A well-formed secret of a program. It cannot be printed or serialised by accident, leaves only through
/// [`reveal`](Self::reveal), and its memory is overwritten when it is dropped.
#[derive(Clone, PartialEq, Eq)]
pub struct PrefixedSecret {
    prefix: Prefix,
    text: Zeroizing<String>,
}

/// The text is not such a secret: another prefix, another length, an invalid character, or a wrong checksum.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("This is not a whole token. Copy it again, from its prefix to its last character.")]
pub struct BadSecret;

impl PrefixedSecret {
    /// The secret made of 256 random bits.
    pub fn from_random(prefix: Prefix, random: [u8; 32]) -> Self {
        let random = Zeroizing::new(random);
        let mut text = Zeroizing::new(String::with_capacity(prefix.0.len() + CHARS));
        text.push_str(prefix.0);
        push_number(&mut text, random.as_slice(), RANDOM_CHARS);
        let check = check_digits(&text);
        text.extend(check.map(char::from));
        Self { prefix, text }
    }

    /// Reads a secret of one kind. Case matters; surrounding space is removed.
    ///
    /// # Errors
    /// [`BadSecret`].
    pub fn parse(prefix: Prefix, text: &str) -> Result<Self, BadSecret> {
        let text = text.trim();
        let rest = text.strip_prefix(prefix.0).ok_or(BadSecret)?;
        if rest.len() != CHARS || !rest.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            return Err(BadSecret);
        }
        let (checked, check) = text.split_at(text.len() - CHECK_CHARS);
        if check.as_bytes() != check_digits(checked).as_slice() {
            return Err(BadSecret);
        }
        Ok(Self {
            prefix,
            text: Zeroizing::new(text.to_owned()),
        })
    }

    /// Its prefix.
    pub fn prefix(&self) -> Prefix {
        self.prefix
    }

    /// The secret itself.
    pub fn reveal(&self) -> &str {
        &self.text
    }

    /// The part of it that lists show: the prefix with four characters, and the last four, which only repeat
    /// information about the others.
    pub fn hint(&self) -> Hint {
        Hint {
            head: self.text[..self.prefix.0.len() + HINT_CHARS].to_owned(),
            tail: self.text[self.text.len() - HINT_CHARS..].to_owned(),
        }
    }
}

impl fmt::Debug for PrefixedSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PrefixedSecret({}…)", self.prefix.0)
    }
}

/// The checksum of a text in base 62. It is computed for each request, and takes no memory.
fn check_digits(text: &str) -> [u8; CHECK_CHARS] {
    let mut rest = crc32fast::hash(text.as_bytes());
    let mut digits = [ALPHABET[0]; CHECK_CHARS];
    for digit in digits.iter_mut().rev() {
        *digit = ALPHABET[(rest % 62) as usize];
        rest /= 62;
    }
    digits
}

/// Appends a big-endian number in base 62, with this many digits; digits that do not fit are left out.
fn push_number(text: &mut String, bytes: &[u8], digits: usize) {
    let mut values = Zeroizing::new(vec![0_u8; digits]);
    for byte in bytes {
        let mut carry = u32::from(*byte);
        for value in values.iter_mut().rev() {
            let sum = u32::from(*value) * 256 + carry;
            // Below 62, so it fits.
            *value = (sum % 62) as u8;
            carry = sum / 62;
        }
    }
    text.extend(
        values
            .iter()
            .map(|value| char::from(ALPHABET[usize::from(*value)])),
    );
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const LEAST: &str = "twa_00000000000000000000000000000000000000000000znndx";
    const GREATEST: &str = "twp_yhjskwdA6OZ1AL1YmHWZWm8LLG7HjnuCA2j5rOw8Xp108mFKt";

    #[test]
    fn the_form_is_fixed() {
        // Computed with Python: digits of the number, then `binascii.crc32` of prefix and digits.
        let least = PrefixedSecret::from_random(Prefix::API, [0; 32]);
        assert_eq!(least.reveal(), LEAST);
        let greatest = PrefixedSecret::from_random(Prefix::PAGE, [255; 32]);
        assert_eq!(greatest.reveal(), GREATEST);
    }

    #[test]
    fn a_secret_of_one_kind_is_none_of_another() {
        let secret = PrefixedSecret::from_random(Prefix::API, [7; 32]);
        assert_eq!(
            PrefixedSecret::parse(Prefix::API, secret.reveal()).as_ref(),
            Ok(&secret)
        );
        assert_eq!(
            PrefixedSecret::parse(Prefix::MOBILE, secret.reveal()),
            Err(BadSecret)
        );
        let other = secret.reveal().replacen(Prefix::API.0, Prefix::MOBILE.0, 1);
        assert_eq!(
            PrefixedSecret::parse(Prefix::MOBILE, &other),
            Err(BadSecret),
            "the checksum holds the prefix"
        );
    }

    #[test]
    fn garbage_is_no_secret() {
        let whole = PrefixedSecret::from_random(Prefix::API, [7; 32]);
        let whole = whole.reveal();
        for text in [
            "",
            "twa_",
            &whole[..whole.len() - 1],
            &format!("{whole}0"),
            &whole.to_lowercase(),
            &format!("twa_{}", "ä".repeat(24)),
            &format!("twa_{}", "-".repeat(CHARS)),
        ] {
            assert_eq!(PrefixedSecret::parse(Prefix::API, text), Err(BadSecret), "{text}");
        }
        assert!(PrefixedSecret::parse(Prefix::API, &format!(" {whole}\n")).is_ok());
    }

    #[test]
    fn a_secret_cannot_be_printed_by_accident() {
        let secret = PrefixedSecret::from_random(Prefix::API, [7; 32]);
        assert_eq!(format!("{secret:?}"), "PrefixedSecret(twa_…)");
        let hint = secret.hint();
        assert_eq!((hint.head.len(), hint.tail.len()), (8, 4));
        assert!(secret.reveal().starts_with(&hint.head) && secret.reveal().ends_with(&hint.tail));
    }

    proptest! {
        #[test]
        fn what_is_made_can_be_read(random: [u8; 32]) {
            let secret = PrefixedSecret::from_random(Prefix::PAGE, random);
            prop_assert_eq!(PrefixedSecret::parse(Prefix::PAGE, secret.reveal()), Ok(secret));
        }

        #[test]
        fn one_wrong_character_is_always_found(random: [u8; 32], at in 0..CHARS, other in 0..62_usize) {
            let mut bytes = PrefixedSecret::from_random(Prefix::PAGE, random).reveal().as_bytes().to_vec();
            let at = at + Prefix::PAGE.0.len();
            prop_assume!(bytes[at] != ALPHABET[other]);
            bytes[at] = ALPHABET[other];
            let text = String::from_utf8(bytes).expect("ASCII");
            prop_assert_eq!(PrefixedSecret::parse(Prefix::PAGE, &text), Err(BadSecret));
        }

        #[test]
        fn different_bits_make_different_secrets(one: [u8; 32], other: [u8; 32]) {
            prop_assume!(one != other);
            let [one, other] = [one, other].map(|random| PrefixedSecret::from_random(Prefix::API, random));
            prop_assert_ne!(one, other);
        }
    }
}
