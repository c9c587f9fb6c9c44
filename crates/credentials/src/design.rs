//! A design: a background, text fields with placeholders, and the place of the QR code.
//!
//! One design gives SVG, PNG and PDF. Its background is an SVG drawing, cleaned when it is uploaded; its fields hold
//! text in which `{recipient}`, `{title}`, `{issuer}`, `{date}`, `{until}`, `{description}` and columns of an import
//! are replaced.

mod templates;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

pub use templates::{TEMPLATES, Template, template};

/// The largest side of a design.
const MOST_UNITS: f32 = 4000.0;
/// The most fields of a design.
const MOST_FIELDS: usize = 40;
/// The placeholders that every design knows.
pub const PLACEHOLDERS: [&str; 7] = [
    "recipient",
    "title",
    "issuer",
    "date",
    "until",
    "description",
    "id",
];

/// How a certificate or badge looks.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Design {
    /// Its width; a page of A4 lying down is 1123 wide.
    pub width: f32,
    /// Its height.
    pub height: f32,
    /// What stands behind the fields: the inside of an `<svg>` element.
    pub background: String,
    /// The texts, in reading order.
    pub fields: Vec<Field>,
    /// Where the QR code stands.
    pub qr: Option<Square>,
}

/// A text on a design.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Field {
    /// The text with its placeholders.
    pub text: String,
    /// Where it stands: its left edge, middle or right edge, as it is aligned.
    pub x: f32,
    /// The base line of its first line.
    pub y: f32,
    /// How wide it may be: it shrinks to fit.
    pub width: f32,
    /// The height of its letters, if it fits.
    pub size: f32,
    /// How many lines it may take before it shrinks.
    pub lines: u8,
    /// Letters with serifs.
    pub serif: bool,
    /// Bold letters.
    pub bold: bool,
    /// Where its lines meet `x`.
    pub align: Align,
    /// `#rrggbb`.
    pub colour: String,
    /// Whether it is the heading of the page, for screen readers.
    pub heading: bool,
}

/// Where lines meet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Align {
    /// At their left edge.
    Left,
    /// In the middle.
    Middle,
    /// At their right edge.
    Right,
}

/// A square.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Square {
    /// Its left edge.
    pub x: f32,
    /// Its upper edge.
    pub y: f32,
    /// Its side.
    pub side: f32,
}

/// What is put in the place of placeholders.
pub type Values = BTreeMap<String, String>;

impl Design {
    /// Checks what somebody sent.
    ///
    /// # Errors
    /// What is wrong, in words for the person who designs.
    pub fn check(&self) -> Result<()> {
        let inside =
            |number: f32, least: f32, most: f32| number.is_finite() && (least..=most).contains(&number);
        if !inside(self.width, 16.0, MOST_UNITS) || !inside(self.height, 16.0, MOST_UNITS) {
            return Err(Error::malformed(
                "A design is between 16 and 4000 units wide and high.",
            ));
        }
        if self.fields.len() > MOST_FIELDS {
            return Err(Error::malformed(format!(
                "A design has at most {MOST_FIELDS} texts."
            )));
        }
        for field in &self.fields {
            let placed = inside(field.x, 0.0, self.width)
                && inside(field.y, 0.0, self.height)
                && inside(field.width, 1.0, self.width)
                && inside(field.size, 4.0, 400.0)
                && (1..=4).contains(&field.lines);
            if !placed {
                return Err(Error::malformed(format!(
                    "The text “{}” stands outside the design.",
                    field.text
                )));
            }
            if !is_colour(&field.colour) {
                return Err(Error::malformed("A colour is written as #rrggbb."));
            }
        }
        if let Some(qr) = self.qr {
            let placed = inside(qr.side, 40.0, self.width.min(self.height))
                && inside(qr.x, 0.0, self.width - qr.side)
                && inside(qr.y, 0.0, self.height - qr.side);
            if !placed {
                return Err(Error::malformed(
                    "The QR code is at least 40 units wide, inside the design.",
                ));
            }
        }
        Ok(())
    }

    /// The placeholders that the texts name, in order and once each.
    pub fn placeholders(&self) -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        for field in &self.fields {
            for name in placeholders_in(&field.text) {
                if !names.iter().any(|known| known == name) {
                    names.push(name.to_owned());
                }
            }
        }
        names
    }
}

fn is_colour(text: &str) -> bool {
    text.strip_prefix('#')
        .is_some_and(|hex| hex.len() == 6 && hex.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

fn placeholders_in(text: &str) -> impl Iterator<Item = &str> {
    text.split('{')
        .skip(1)
        .filter_map(|rest| rest.split_once('}').map(|(name, _)| name.trim()))
}

/// A text with its placeholders replaced; one without a value becomes nothing.
pub fn fill(text: &str, values: &Values) -> String {
    let mut filled = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        filled.push_str(before);
        match after.split_once('}') {
            Some((name, behind)) => {
                filled.push_str(values.get(name.trim()).map_or("", String::as_str));
                rest = behind;
            }
            None => {
                filled.push('{');
                rest = after;
            }
        }
    }
    filled.push_str(rest);
    filled.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_are_replaced_and_unknown_ones_become_nothing() {
        let values = Values::from([
            ("recipient".into(), "Zoë {title}".into()),
            ("date".into(), "1 May".into()),
        ]);
        assert_eq!(
            fill("To {recipient}, on { date } {nothing}", &values),
            "To Zoë {title}, on 1 May"
        );
        assert_eq!(fill("a { b", &values), "a { b");
    }

    #[test]
    fn a_design_names_what_it_needs_and_is_checked() {
        let mut design = template("classic", "#1d4ed8").expect("there");
        assert!(design.check().is_ok());
        assert!(design.placeholders().contains(&"recipient".to_owned()));

        design.fields[0].x = f32::NAN;
        assert!(design.check().is_err());
        let mut design = template("classic", "#1d4ed8").expect("there");
        design.fields[0].colour = "red\"/><script>".into();
        assert!(design.check().is_err());
    }

    #[test]
    fn every_template_is_a_valid_design() {
        for one in TEMPLATES {
            let design = template(one.key, "#0f766e").expect(one.key);
            assert_eq!(design.check(), Ok(()), "{}", one.key);
        }
        assert!(template("nothing", "#0f766e").is_none());
        assert!(template("classic", "red").is_none());
    }
}
