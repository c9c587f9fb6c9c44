//! Reading what a person typed: reports every problem at once, each with its field.

mod meanwhile;

use std::fmt;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

pub use meanwhile::{Edited, changed_to, settle};

/// The invalid fields, in the order of the form, each with a sentence that says what was expected.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problems(Vec<(String, String)>);

impl Problems {
    /// A single sentence.
    pub fn one(field: &str, sentence: impl Into<String>) -> Self {
        Self(vec![(field.into(), sentence.into())])
    }

    /// Adds a sentence for a field.
    pub fn add(&mut self, field: &str, sentence: impl Into<String>) {
        self.0.push((field.into(), sentence.into()));
    }

    /// The value, or `None` with its sentence added for the field.
    pub fn check<T, E: fmt::Display>(&mut self, field: &str, result: Result<T, E>) -> Option<T> {
        result.map_err(|error| self.add(field, error.to_string())).ok()
    }

    /// The sentence for a field, if it has one.
    pub fn at(&self, field: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(name, _)| name == field)
            .map(|(_, sentence)| sentence.as_str())
    }

    /// The first field with a problem, which gets the focus.
    pub fn first_field(&self) -> Option<&str> {
        self.0.first().map(|(name, _)| name.as_str())
    }

    /// Whether there are no problems.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// All fields with their sentences.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0
            .iter()
            .map(|(field, sentence)| (field.as_str(), sentence.as_str()))
    }

    /// `Ok` when there are no problems.
    pub fn into_result(self) -> Result<(), Self> {
        if self.is_empty() { Ok(()) } else { Err(self) }
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, (_, sentence)) in self.0.iter().enumerate() {
            if n > 0 {
                f.write_str(" ")?;
            }
            f.write_str(sentence)?;
        }
        Ok(())
    }
}

impl std::error::Error for Problems {}

/// An invalid text of one line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadText {
    /// It has no visible characters, or too many.
    #[error("{what} has 1 to {most} characters.")]
    Length {
        /// What was expected.
        what: &'static str,
        /// The most characters.
        most: usize,
    },
    /// It contains a line break or another control character.
    #[error("{what} is one line of text. There is a line break or another control character in it.")]
    Control {
        /// What was expected.
        what: &'static str,
    },
}

/// One line of text between 1 and `most` characters: trimmed, and without control characters (a line break in a name
/// would also be one in a mail's header). A tab, as spreadsheets paste it, counts as a space. Characters that change
/// the direction of the text, and those that only programs read, are removed: they could make one name look like
/// another. Something visible has to remain.
///
/// # Errors
/// [`BadText`] when nothing in it is visible, it is too long, or it contains control characters.
pub fn line(what: &'static str, most: usize, text: &str) -> Result<String, BadText> {
    let mut is_flag = false;
    let kept = text.chars().filter(|c| {
        // Flags of regions are a black flag followed by the region's tags.
        is_flag = *c == '\u{1f3f4}' || is_flag && is_tag(*c);
        !turns_around(*c) && (is_flag || !is_tag(*c))
    });
    let text: String = kept.map(|c| if c == '\t' { ' ' } else { c }).collect();
    let text = text.trim();
    let is_seen = text.chars().any(|c| !c.is_whitespace() && !is_unseen(c));
    if text.chars().any(char::is_control) {
        Err(BadText::Control { what })
    } else if is_seen && text.chars().count() <= most {
        Ok(text.to_owned())
    } else {
        Err(BadText::Length { what, most })
    }
}

/// Direction marks, including deprecated ones, and annotation marks.
pub(crate) fn turns_around(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{206f}' | '\u{fff9}'..='\u{fffb}')
}

fn is_tag(c: char) -> bool {
    matches!(c, '\u{e0000}'..='\u{e007f}')
}

/// Zero-width characters. Between others they are needed, in emoji and in many scripts.
pub(crate) fn is_unseen(c: char) -> bool {
    is_tag(c)
        || matches!(c, '\u{ad}' | '\u{34f}' | '\u{115f}' | '\u{1160}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2060}'..='\u{2064}'
        | '\u{2800}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}')
}

/// Text of several lines: with uniform line breaks, and without the one character that PostgreSQL refuses.
pub fn text(text: &str) -> String {
    text.replace("\r\n", "\n").replace('\0', "")
}

/// A whole number within bounds; blank is `None`. Its thousands may be separated: `12,345`, `12 345`.
///
/// # Errors
/// A sentence that names the bounds.
pub fn number(what: &str, least: i64, most: i64, text: &str) -> Result<Option<i64>, String> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    digits(text)
        .and_then(|digits| digits.parse().ok())
        .filter(|n| (least..=most).contains(n))
        .map(Some)
        .ok_or_else(|| {
            format!(
                "{what} is a whole number from {} to {}.",
                grouped(least),
                grouped(most)
            )
        })
}

/// A number without its thousands separators. A separator anywhere else than between groups of three, such as the comma
/// of `2,5`, is not part of a whole number.
fn digits(text: &str) -> Option<String> {
    let sets_apart = |c: char| c.is_whitespace() || matches!(c, ',' | '\'' | '_');
    let Some(mark) = text.chars().find(|c| sets_apart(*c)) else {
        return Some(text.to_owned());
    };
    let mut groups = text.split(mark);
    let first = groups.next()?;
    let leads = (1..=3).contains(&first.trim_start_matches('-').len());
    let fits =
        leads && groups.all(|group| group.len() == 3 && group.bytes().all(|byte| byte.is_ascii_digit()));
    fits.then(|| text.replace(mark, ""))
}

/// A date as `<input type="date">` sends it (2026-12-31); blank is `None`.
///
/// # Errors
/// A sentence that shows the form.
pub fn date(what: &str, text: &str) -> Result<Option<NaiveDate>, String> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    year_month_day(text)
        .map(Some)
        .ok_or_else(|| format!("{what} is a date such as 2026-12-31, or blank."))
}

/// By hand, because chrono's general parser is larger in the browser than all of this module.
fn year_month_day(text: &str) -> Option<NaiveDate> {
    let mut parts = text.split('-');
    let year = parts
        .next()?
        .parse()
        .ok()
        .filter(|year| (1970..=9999).contains(year))?;
    let month = parts.next()?.parse().ok()?;
    let day = parts.next()?.parse().ok()?;
    parts
        .next()
        .is_none()
        .then(|| NaiveDate::from_ymd_opt(year, month, day))?
}

/// A number with thousands separators: `12,345`.
pub fn grouped(number: i64) -> String {
    let digits = number.unsigned_abs().to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3 + 1);
    if number < 0 {
        text.push('-');
    }
    for (n, digit) in digits.chars().enumerate() {
        if n > 0 && (digits.len() - n).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_trimmed_and_bounded_in_characters_not_bytes() {
        assert_eq!(line("A name", 3, " åäö ").as_deref(), Ok("åäö"));
        assert_eq!(
            line("A name", 3, "abcd").expect_err("too long").to_string(),
            "A name has 1 to 3 characters."
        );
        assert!(line("A name", 9, " ").is_err());
        assert_eq!(
            line("A name", 9, "a\nb").expect_err("two lines").to_string(),
            "A name is one line of text. There is a line break or another control character in it."
        );
        assert_eq!(line("A name", 9, "Ada\tQuist").as_deref(), Ok("Ada Quist"));
    }

    #[test]
    fn what_only_programs_read_is_left_out_of_a_line() {
        for unseen in ["\u{e0041}\u{e0042}", "\u{206a}", "\u{fff9}\u{fffb}"] {
            assert!(line("A name", 9, unseen).is_err(), "{unseen:?}");
            assert_eq!(line("A name", 9, &format!("A{unseen}da")).as_deref(), Ok("Ada"));
        }
        let scotland = "\u{1f3f4}\u{e0067}\u{e0062}\u{e0073}\u{e0063}\u{e0074}\u{e007f}";
        assert_eq!(line("A name", 9, scotland).as_deref(), Ok(scotland));
    }

    #[test]
    fn a_line_shows_something_and_is_what_it_looks_like() {
        for unseen in ["\u{200b}", "\u{202e}\u{200b}", "\u{2800} \u{3164}", "\u{feff}"] {
            assert!(line("A name", 9, unseen).is_err(), "{unseen:?}");
        }
        assert_eq!(line("A name", 9, "gnp\u{202e}.exe").as_deref(), Ok("gnp.exe"));
        assert_eq!(line("A name", 9, "👩\u{200d}👧").as_deref(), Ok("👩\u{200d}👧"));
        assert_eq!(
            line("A name", 9, "می\u{200c}خواهم").as_deref(),
            Ok("می\u{200c}خواهم")
        );
    }

    #[test]
    fn text_has_line_breaks_of_one_kind_and_no_zeros() {
        assert_eq!(text("a\r\nb\0c\n"), "a\nbc\n");
    }

    #[test]
    fn numbers_may_be_blank_or_grouped_but_not_out_of_bounds() {
        assert_eq!(number("No of Tokens", 1, 100_000, ""), Ok(None));
        assert_eq!(number("No of Tokens", 1, 100_000, "100,000"), Ok(Some(100_000)));
        for (typed, meant) in [
            ("1 000", 1_000),
            ("12'345", 12_345),
            ("1,234,567", 1_234_567),
            (" 7 ", 7),
            ("-1", -1),
        ] {
            assert_eq!(number("Hits", -1, 9_999_999, typed), Ok(Some(meant)), "{typed}");
        }
        for typed in [
            "2,5",
            "1,00",
            "1,0000",
            "1,000 000",
            ",100",
            "100,",
            "1,,000",
            "- 1",
            "1,-23",
        ] {
            assert!(number("Hits", -1, 9_999_999, typed).is_err(), "{typed}");
        }
        let refused = number("No of Tokens", 1, 100_000, "0").expect_err("below the least");
        assert_eq!(refused, "No of Tokens is a whole number from 1 to 100,000.");
        assert!(number("No of Tokens", 1, 9, "9999999999999999999999").is_err());
    }

    #[test]
    fn dates_are_read_as_browsers_send_them() {
        assert_eq!(
            date("Expires", "2026-12-31"),
            Ok(NaiveDate::from_ymd_opt(2026, 12, 31))
        );
        assert_eq!(date("Expires", " "), Ok(None));
        for wrong in [
            "31.12.2026",
            "99999-01-01",
            "1969-12-31",
            "2026-02-29",
            "2026-12",
            "2026-12-31-1",
            "2026--1",
        ] {
            assert!(date("Expires", wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn thousands_are_set_apart() {
        assert_eq!(grouped(0), "0");
        assert_eq!(grouped(-1234567), "-1,234,567");
    }
}
