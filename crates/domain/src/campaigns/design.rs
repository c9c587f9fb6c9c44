//! A design: a page with a background, and on it texts with placeholders, pictures and the QR code, in reading order.
//!
//! Browser and server share it: the designer moves what the renderer draws. What is stored with a campaign's credentials
//! never changes; each save makes another version.

mod check;
mod place;
mod view;

use serde::{Deserialize, Serialize};

use crate::DesignPictureId;

pub use check::{MOST_LAYERS, MOST_TEXT, MOST_UNITS};
pub use place::Frame;
pub use view::{
    DesignPicture, DesignVersion, DesignView, DrawnText, MOST_PICTURE_BYTES, MOST_PICTURES,
    PICTURE_TOO_LARGE, PreviewOf,
};

/// The placeholders that every design knows; columns of an import come to them.
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
    /// What stands behind everything.
    pub background: Background,
    /// What stands on it, in reading order; what comes later covers what came before.
    #[serde(default)]
    pub layers: Vec<Layer>,
}

/// What stands behind everything.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Background {
    /// One colour.
    Plain {
        /// `#rrggbb`.
        colour: String,
    },
    /// The drawing of a template, in a colour.
    Template {
        /// Its key.
        template: String,
        /// `#rrggbb`.
        colour: String,
    },
    /// A picture that was uploaded; it covers the page.
    Picture {
        /// Which one.
        picture: DesignPictureId,
    },
}

/// Something that stands on a design.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Layer {
    /// A text.
    Text(Field),
    /// The QR code that leads to the credential's public page.
    Qr(Square),
    /// A picture: a signature, a logo.
    Picture(Picture),
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

impl Align {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Left, Self::Middle, Self::Right];

    /// The word in documents.
    pub fn key(self) -> &'static str {
        match self {
            Self::Left => "left",
            Self::Middle => "middle",
            Self::Right => "right",
        }
    }

    /// What people read.
    pub fn label(self) -> &'static str {
        match self {
            Self::Left => "Left",
            Self::Middle => "Centre",
            Self::Right => "Right",
        }
    }

    /// The one behind a word.
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|align| align.key() == key)
    }
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

/// A picture on a design: as large as fits into its frame, in the middle of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Picture {
    /// Which one.
    pub picture: DesignPictureId,
    /// Its left edge.
    pub x: f32,
    /// Its upper edge.
    pub y: f32,
    /// How wide it is.
    pub width: f32,
    /// How high it is.
    pub height: f32,
    /// What is on it, for those who do not see it; blank: it says nothing.
    #[serde(default)]
    pub description: String,
}

impl Design {
    /// The texts, in reading order.
    pub fn fields(&self) -> impl Iterator<Item = &Field> {
        self.layers.iter().filter_map(|layer| match layer {
            Layer::Text(field) => Some(field),
            _ => None,
        })
    }

    /// The pictures that it is drawn from, once each.
    pub fn pictures(&self) -> Vec<DesignPictureId> {
        let behind = match &self.background {
            Background::Picture { picture } => Some(*picture),
            _ => None,
        };
        let on_it = self.layers.iter().filter_map(|layer| match layer {
            Layer::Picture(picture) => Some(picture.picture),
            _ => None,
        });
        let mut all: Vec<_> = behind.into_iter().chain(on_it).collect();
        all.sort_unstable();
        all.dedup();
        all
    }

    /// The placeholders that the texts name, in order and once each.
    pub fn placeholders(&self) -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        for name in self.fields().flat_map(|field| placeholders_in(&field.text)) {
            if !names.iter().any(|known| known == name) {
                names.push(name.to_owned());
            }
        }
        names
    }
}

impl Layer {
    /// What it is called in lists.
    pub fn label(&self) -> String {
        match self {
            Self::Text(field) => field.text.clone(),
            Self::Qr(_) => "QR code".into(),
            Self::Picture(picture) if picture.description.trim().is_empty() => "Picture".into(),
            Self::Picture(picture) => format!("Picture: {}", picture.description),
        }
    }
}

fn placeholders_in(text: &str) -> impl Iterator<Item = &str> {
    text.split('{')
        .skip(1)
        .filter_map(|rest| rest.split_once('}').map(|(name, _)| name.trim()))
}

/// Whether a text is a colour, `#rrggbb`.
pub fn is_colour(text: &str) -> bool {
    text.strip_prefix('#')
        .is_some_and(|hex| hex.len() == 6 && hex.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_design_names_its_placeholders_and_pictures_once_each() {
        let mut design = check::tests::design();
        let picture = DesignPictureId(uuid::Uuid::from_u128(7));
        design.background = Background::Picture { picture };
        design.layers.push(Layer::Picture(Picture {
            picture,
            x: 1.0,
            y: 1.0,
            width: 10.0,
            height: 10.0,
            description: String::new(),
        }));
        let Some(Layer::Text(field)) = design.layers.first_mut() else {
            panic!("a text comes first")
        };
        field.text = "{recipient}, { course } and {recipient}".into();
        assert_eq!(design.placeholders(), ["recipient", "course"]);
        assert_eq!(design.pictures(), [picture]);
    }
}
