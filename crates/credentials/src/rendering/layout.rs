//! Where lines break and how far letters shrink.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt::Write;

use fast_qr::{ECL, QRBuilder};

use super::artwork::Fit;
use super::fonts::{MISSING, Style, is_drawable};
use super::letters::Line;
use crate::design::{Align, Background, Field, Layer, Sheet, Square, Values, fill};
use crate::error::{Error, Result};

/// A part of a drawing that is one thing for a screen reader.
#[derive(Debug, Clone)]
pub(super) struct Piece {
    pub ink: Ink,
    pub role: Role,
}

/// What a piece is drawn with.
#[derive(Debug, Clone)]
pub(super) enum Ink {
    /// A drawing.
    Svg(String),
    /// A text.
    Letters(Letters),
}

/// A text, laid out.
#[derive(Debug, Clone)]
pub(super) struct Letters {
    /// The whole text.
    pub text: String,
    /// Its lines, with where each begins on its base line.
    pub lines: Vec<(f32, f32, Line)>,
    /// The size of the letters.
    pub size: f32,
    /// Their colour, `#rrggbb`.
    pub colour: String,
}

impl Ink {
    /// As the inside of an `<svg>` element; letters are outlines.
    pub(super) fn svg(&self) -> Cow<'_, str> {
        match self {
            Self::Svg(svg) => Cow::Borrowed(svg),
            Self::Letters(letters) => Cow::Owned(letters.svg()),
        }
    }
}

impl Letters {
    pub(super) fn svg(&self) -> String {
        let mut svg = String::new();
        for (x, y, line) in &self.lines {
            // Writing into a string does not fail.
            let _ = write!(
                svg,
                "<path fill=\"{}\" d=\"{}\"/>",
                self.colour,
                line.outlines(*x, *y, self.size)
            );
        }
        svg
    }
}

/// What a piece is for somebody who does not see it.
#[derive(Debug, Clone)]
pub(super) enum Role {
    /// Nothing.
    Decoration,
    /// The heading of the page, with its text.
    Heading(String),
    /// A paragraph.
    Paragraph,
    /// A picture, with what is on it.
    Figure(String),
    /// The QR code, with where it leads and where it stands.
    Link(String, Square),
}

/// How far letters may shrink.
const SMALLEST: f32 = 6.0;
/// The most letters of one text, with its placeholders replaced: nobody reads more, and each word is measured.
const LONGEST: usize = 3000;
/// From one base line to the next.
const LINE: f32 = 1.25;
/// The light margin that readers of QR codes need, in modules.
const QUIET: usize = 4;

pub(super) fn pieces(sheet: &Sheet, values: &Values, link: &str) -> Result<Vec<Piece>> {
    let mut pieces = vec![Piece {
        ink: Ink::Svg(background(sheet)?),
        role: Role::Decoration,
    }];
    for layer in &sheet.design.layers {
        match layer {
            Layer::Text(field) => {
                if let Some(letters) = text(field, values) {
                    let role = if field.heading {
                        Role::Heading(letters.text.clone())
                    } else {
                        Role::Paragraph
                    };
                    let ink = Ink::Letters(letters);
                    pieces.push(Piece { ink, role });
                }
            }
            Layer::Qr(square) => pieces.push(Piece {
                ink: Ink::Svg(qr(link, *square)?),
                role: Role::Link(link.to_owned(), *square),
            }),
            Layer::Picture(picture) => {
                let artwork = sheet.pictures.get(&picture.picture).ok_or_else(missing)?;
                let place = (picture.x, picture.y, picture.width, picture.height);
                let role = match picture.description.trim() {
                    "" => Role::Decoration,
                    words => Role::Figure(words.to_owned()),
                };
                pieces.push(Piece {
                    ink: Ink::Svg(artwork.placed(place, Fit::Within)),
                    role,
                });
            }
        }
    }
    Ok(pieces)
}

fn missing() -> Error {
    Error::malformed("A picture of the design is missing.")
}

fn background(sheet: &Sheet) -> Result<String> {
    let (width, height) = sheet.design.size();
    Ok(match (&sheet.design.background, &sheet.backdrop) {
        (Background::Plain { colour }, _) => {
            format!("<rect width=\"{width}\" height=\"{height}\" fill=\"{colour}\"/>")
        }
        (Background::Picture { picture }, _) => {
            let artwork = sheet.pictures.get(picture).ok_or_else(missing)?;
            artwork.placed((0.0, 0.0, width, height), Fit::Cover)
        }
        (Background::Template { .. }, Some(drawn)) if (drawn.width, drawn.height) == (width, height) => {
            format!("<g>{}</g>", drawn.svg)
        }
        (Background::Template { .. }, Some(drawn)) => format!(
            "<svg width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {} {}\" preserveAspectRatio=\"xMidYMid slice\">{}</svg>",
            drawn.width, drawn.height, drawn.svg
        ),
        (Background::Template { .. }, None) => {
            return Err(Error::malformed("The background of the design is missing."));
        }
    })
}

/// A text as it is drawn; nothing, when no letters are left of it.
pub(super) fn text(field: &Field, values: &Values) -> Option<Letters> {
    let text = drawable(&fill(&field.text, values));
    let text: String = text.chars().take(LONGEST).collect();
    if text.is_empty() {
        return None;
    }
    let (lines, size) = fit(field, &text);
    let placed = lines.iter().enumerate().map(|(at, line)| {
        let line = Line::new(line, style(field));
        let before = match field.align {
            Align::Left => 0.0,
            Align::Middle => line.width() * size / 2.0,
            Align::Right => line.width() * size,
        };
        (field.x - before, field.y + at as f32 * size * LINE, line)
    });
    Some(Letters {
        lines: placed.collect(),
        text,
        size,
        colour: field.colour.clone(),
    })
}

fn style(field: &Field) -> Style {
    Style {
        bold: field.bold,
        serif: field.serif,
    }
}

fn drawable(text: &str) -> String {
    text.chars()
        // A mark of byte order is no character of a text.
        .filter(|character| !character.is_control() && *character != '\u{feff}')
        .map(|character| {
            if is_drawable(character) {
                character
            } else {
                MISSING
            }
        })
        .collect()
}

/// The lines of a text and the size of its letters: as many lines as it may take, then smaller.
fn fit(field: &Field, text: &str) -> (Vec<String>, f32) {
    let whole = width(field, text);
    let words: Vec<&str> = text.split(' ').collect();
    if whole <= field.width || (field.lines == 1 || words.len() == 1) {
        let shrunk = field.size * (field.width / whole.max(1.0)).min(1.0);
        return (vec![text.to_owned()], shrunk.max(SMALLEST));
    }
    let mut measured = HashMap::new();
    let mut widths = Vec::with_capacity(words.len());
    for word in &words {
        widths.push(*measured.entry(*word).or_insert_with(|| width(field, word)));
    }
    let space = width(field, "n n") - width(field, "nn");
    let mut size = field.size;
    loop {
        let room = field.width * field.size / size;
        let lines = broken(&words, &widths, space, room);
        let longest = lines.iter().map(|line| line.1).fold(0.0, f32::max);
        if (lines.len() <= usize::from(field.lines) && longest <= room) || size <= SMALLEST {
            return (lines.into_iter().map(|line| line.0).collect(), size);
        }
        size *= 0.94;
    }
}

fn broken(words: &[&str], widths: &[f32], space: f32, room: f32) -> Vec<(String, f32)> {
    let mut lines: Vec<(String, f32)> = Vec::new();
    for (word, width) in words.iter().zip(widths) {
        match lines.last_mut() {
            Some((line, taken)) if *taken + space + width <= room => {
                line.push(' ');
                line.push_str(word);
                *taken += space + width;
            }
            _ => lines.push(((*word).to_owned(), *width)),
        }
    }
    lines
}

/// How wide a text is, in letters of the field's size.
fn width(field: &Field, text: &str) -> f32 {
    Line::new(text, style(field)).width() * field.size
}

pub(super) fn qr(link: &str, square: Square) -> Result<String> {
    let code = QRBuilder::new(link)
        .ecl(ECL::M)
        .build()
        .map_err(|_| Error::Drawing("The link is too long for a QR code.".into()))?;
    let unit = square.side / (code.size + 2 * QUIET) as f32;
    let mut path = String::new();
    for row in 0..code.size {
        for column in 0..code.size {
            if code[row][column].value() {
                let _ = write!(path, "M{} {}h1v1h-1z", column + QUIET, row + QUIET);
            }
        }
    }
    Ok(format!(
        "<g transform=\"translate({} {}) scale({unit})\"><rect width=\"{modules}\" height=\"{modules}\" fill=\"#fff\"/>\
         <path d=\"{path}\" fill=\"#000\" shape-rendering=\"crispEdges\"/></g>",
        square.x,
        square.y,
        modules = code.size + 2 * QUIET,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::design::template;

    fn field(name: &str) -> Field {
        let sheet = template("classic", "#0f766e").expect("there");
        let found = sheet.design.fields().find(|field| field.text == name);
        found.expect("the field").clone()
    }

    #[test]
    fn a_short_text_keeps_its_size_and_a_long_one_shrinks_to_fit() {
        let field = field("{issuer}");
        assert_eq!(fit(&field, "Zoë").1, field.size);
        let long = "Maximiliana-Konstantinopolitanskaja Wolfeschlegelsteinhausenbergerdorff the Third";
        let (lines, size) = fit(&field, long);
        assert_eq!(lines, [long]);
        let smaller = Field {
            size,
            ..field.clone()
        };
        assert!(width(&smaller, long) <= field.width + 1.0);
    }

    #[test]
    fn the_longest_name_takes_two_lines_in_each_template_and_can_be_read() {
        let name = "Maximiliana Konstantinopolitanskaja Wolfeschlegelsteinhausenbergerdorff of the House of Ravensburg and Upper Swabia III";
        assert!(name.chars().count() > 110);
        for template_of in ["classic", "modern", "quiet"] {
            let sheet = template(template_of, "#0f766e").expect("there");
            let field = sheet.design.fields().find(|field| field.text == "{recipient}");
            let field = field.expect("the name").clone();
            let (lines, size) = fit(&field, name);
            assert!(lines.len() == 2 && size > 13.0, "{template_of}: {lines:?} {size}");
        }
    }

    #[test]
    fn a_name_has_room_beneath_the_line_before_it_and_above_the_rule() {
        const RULE: f32 = 452.0;
        let (before, name, title) = (
            field("This is to certify that"),
            field("{recipient}"),
            field("{title}"),
        );
        let top = |field: &Field, height: f32| field.y - field.size * height;
        let end =
            |field: &Field| field.y + f32::from(field.lines - 1) * field.size * LINE + field.size * 0.25;
        assert!(end(&title) < top(&before, 0.75), "two lines of a title");
        assert!(end(&before) + 8.0 < top(&name, 1.1), "accents upon accents");
        assert!(end(&name) < RULE, "two lines of a name");
    }

    #[test]
    fn a_long_text_takes_its_lines_before_it_shrinks() {
        let field = field("{description}");
        let text = "Knows what to do when something burns, leaks or falls. ".repeat(3);
        let (lines, size) = fit(&field, text.trim());
        assert!(lines.len() > 1 && lines.len() <= 3, "{lines:?}");
        assert_eq!(size, field.size);
        assert_eq!(lines.join(" "), text.trim());
        let (lines, size) = fit(&field, text.repeat(4).trim());
        assert!(lines.len() <= 3 && size < field.size, "{lines:?} {size}");
    }

    #[test]
    fn a_text_stands_left_of_its_place_in_the_middle_of_it_or_right_of_it() {
        let field = field("{recipient}");
        let values = Values::from([("recipient".to_owned(), "<script>&\"".to_owned())]);
        let wide = width(&field, "<script>&\"");
        for (align, before) in [
            (Align::Left, 0.0),
            (Align::Middle, wide / 2.0),
            (Align::Right, wide),
        ] {
            let field = Field {
                align,
                ..field.clone()
            };
            let letters = text(&field, &values).expect("letters");
            assert!(
                (letters.lines[0].0 - (field.x - before)).abs() < 0.01,
                "{align:?}"
            );
            assert!(!letters.svg().contains("script"), "letters are outlines");
        }
    }
}
