//! What a design is drawn from, and the values that are put into it.
//!
//! The design itself is [`domain::campaigns::design`], which the browser knows, too. Here it comes with the drawing behind
//! it and its pictures: together they give SVG, PNG and PDF. In its texts `{recipient}`, `{title}`, `{issuer}`, `{date}`,
//! `{until}`, `{description}`, `{id}` and columns of an import are replaced.

mod templates;

use std::collections::BTreeMap;

use domain::DesignPictureId;
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::rendering::Artwork;

pub use domain::campaigns::design::{Align, Background, Design, Field, Layer, Picture, Square};
pub use templates::{TEMPLATES, Template, template};

/// A design with everything that it is drawn from.
#[derive(Debug, Clone, PartialEq)]
pub struct Sheet {
    /// The design.
    pub design: Design,
    /// What its background drew when it was saved; nothing for a plain one and for a picture.
    pub backdrop: Option<Backdrop>,
    /// Its pictures.
    pub pictures: BTreeMap<DesignPictureId, Artwork>,
}

/// A drawing behind a design. It covers the page, whatever its own size.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Backdrop {
    /// The inside of an `<svg>` element.
    pub svg: String,
    /// How wide it was drawn.
    pub width: f32,
    /// How high it was drawn.
    pub height: f32,
}

/// What is put in the place of placeholders.
pub type Values = BTreeMap<String, String>;

impl Sheet {
    /// Checks that it is whole and can be drawn.
    ///
    /// # Errors
    /// What is wrong, in words for the person who designs.
    pub fn check(&self) -> Result<()> {
        self.design
            .check()
            .map_err(|problems| Error::malformed(problems.to_string()))?;
        self.weigh()
    }

    /// Whether its pictures are there, and few enough to be drawn for each recipient. A picture counts as often as it
    /// stands on the page.
    fn weigh(&self) -> Result<()> {
        let behind = match &self.design.background {
            Background::Picture { picture } => Some(*picture),
            Background::Plain { .. } | Background::Template { .. } => None,
        };
        let on_it = self.design.layers.iter().filter_map(|layer| match layer {
            Layer::Picture(picture) => Some(picture.picture),
            Layer::Text(_) | Layer::Qr(_) => None,
        });
        let (mut bytes, mut pixels) = (0, 0);
        for id in behind.into_iter().chain(on_it) {
            let artwork = self
                .pictures
                .get(&id)
                .ok_or_else(|| Error::malformed("A picture of the design is missing. Add it again."))?;
            bytes += artwork.content.len();
            pixels += artwork.pixels();
        }
        if bytes > MOST_BYTES {
            return Err(Error::malformed(
                "The pictures of a design have at most 12 MB together, because each certificate carries them. Use smaller ones.",
            ));
        }
        if pixels > MOST_PIXELS {
            return Err(Error::malformed(
                "The pictures of a design have at most 40 million pixels together. Use smaller ones.",
            ));
        }
        Ok(())
    }
}

/// The most bytes of all pictures on a design.
const MOST_BYTES: usize = 12 * 1024 * 1024;
/// The most pixels of all pictures on a design.
const MOST_PIXELS: u64 = 40_000_000;

impl Backdrop {
    /// The drawing of a template; `None` for an unknown one.
    pub fn of(template: &str, colour: &str) -> Option<Self> {
        templates::template(template, colour)?.backdrop
    }

    /// The whole drawing, as a file.
    pub fn document(&self) -> String {
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{w}\" height=\"{h}\" viewBox=\"0 0 {w} {h}\">{}</svg>",
            self.svg,
            w = self.width,
            h = self.height,
        )
    }
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
    fn every_template_is_a_valid_design() {
        for one in TEMPLATES {
            let sheet = template(one.key, "#0f766e").expect(one.key);
            assert_eq!(sheet.check(), Ok(()), "{}", one.key);
            let needs_name = sheet.design.placeholders().contains(&"recipient".to_owned());
            assert_eq!(needs_name, !one.badge, "{}", one.key);
        }
        assert!(template("nothing", "#0f766e").is_none());
        assert!(template("classic", "red").is_none());
    }

    #[test]
    fn a_design_without_its_picture_is_not_drawn() {
        let mut sheet = template("classic", "#1d4ed8").expect("there");
        sheet.design.background = Background::Picture {
            picture: DesignPictureId(uuid::Uuid::nil()),
        };
        assert!(sheet.check().is_err());
    }

    #[test]
    fn pictures_are_weighed_as_often_as_they_stand_on_the_page() {
        let id = DesignPictureId(uuid::Uuid::nil());
        let mut sheet = template("classic", "#1d4ed8").expect("there");
        sheet.design.layers = vec![
            Layer::Picture(Picture {
                picture: id,
                x: 0.0,
                y: 0.0,
                width: 10.0,
                height: 10.0,
                description: String::new(),
            });
            3
        ];
        let mut with = |width: u32, bytes: usize| {
            let artwork = Artwork {
                media: crate::rendering::Media::Png,
                width,
                height: 1000,
                content: vec![0; bytes],
            };
            sheet.pictures.insert(id, artwork);
            sheet.check().map_err(|error| error.to_string())
        };
        assert_eq!(with(13_000, MOST_BYTES / 3), Ok(()));
        assert!(with(13_000, MOST_BYTES / 3 + 1).is_err_and(|sentence| sentence.contains("12 MB")));
        assert!(with(14_000, 1).is_err_and(|sentence| sentence.contains("40 million")));
    }
}
