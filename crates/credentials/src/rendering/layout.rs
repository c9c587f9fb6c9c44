//! Where lines break and how far letters shrink.

use std::fmt::Write;

use fast_qr::{ECL, QRBuilder};

use super::fonts::{MISSING, SANS, SERIF, is_drawable};
use super::parse;
use crate::design::{Align, Design, Field, Square, Values, fill};
use crate::error::{Error, Result};

/// A part of a drawing that is one thing for a screen reader.
#[derive(Debug, Clone)]
pub(super) struct Piece {
    pub svg: String,
    pub role: Role,
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
    /// The QR code, with where it leads and where it stands.
    Link(String, Square),
}

/// How far letters may shrink.
const SMALLEST: f32 = 6.0;
/// From one base line to the next.
const LINE: f32 = 1.25;
/// The light margin that readers of QR codes need, in modules.
const QUIET: usize = 4;

pub(super) fn pieces(design: &Design, values: &Values, link: &str) -> Result<Vec<Piece>> {
    let mut pieces = vec![Piece {
        svg: format!("<g>{}</g>", design.background),
        role: Role::Decoration,
    }];
    for field in &design.fields {
        let text = drawable(&fill(&field.text, values));
        if text.is_empty() {
            continue;
        }
        let (lines, size) = fit(field, &text)?;
        pieces.push(Piece {
            svg: element(field, &lines, size),
            role: if field.heading {
                Role::Heading(text)
            } else {
                Role::Paragraph
            },
        });
    }
    if let Some(square) = design.qr {
        pieces.push(Piece {
            svg: qr(link, square)?,
            role: Role::Link(link.to_owned(), square),
        });
    }
    Ok(pieces)
}

fn drawable(text: &str) -> String {
    text.chars()
        .filter(|character| !character.is_control())
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
fn fit(field: &Field, text: &str) -> Result<(Vec<String>, f32)> {
    let whole = width(field, text)?;
    let words: Vec<&str> = text.split(' ').collect();
    if whole <= field.width || (field.lines == 1 || words.len() == 1) {
        let shrunk = field.size * (field.width / whole.max(1.0)).min(1.0);
        return Ok((vec![text.to_owned()], shrunk.max(SMALLEST)));
    }
    let widths = words
        .iter()
        .map(|word| width(field, word))
        .collect::<Result<Vec<_>>>()?;
    let space = width(field, "n n")? - width(field, "nn")?;
    let mut size = field.size;
    loop {
        let room = field.width * field.size / size;
        let lines = broken(&words, &widths, space, room);
        let longest = lines.iter().map(|line| line.1).fold(0.0, f32::max);
        if (lines.len() <= usize::from(field.lines) && longest <= room) || size <= SMALLEST {
            return Ok((lines.into_iter().map(|line| line.0).collect(), size));
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
fn width(field: &Field, text: &str) -> Result<f32> {
    if text.trim().is_empty() {
        return Ok(0.0);
    }
    let line = Field {
        x: 0.0,
        align: Align::Left,
        ..field.clone()
    };
    let svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"10\" height=\"10\">{}</svg>",
        element(&line, &[text.to_owned()], field.size)
    );
    Ok(parse(&svg)?.root().bounding_box().width())
}

fn element(field: &Field, lines: &[String], size: f32) -> String {
    let anchor = match field.align {
        Align::Left => "start",
        Align::Middle => "middle",
        Align::Right => "end",
    };
    let family = if field.serif { SERIF } else { SANS };
    let weight = if field.bold { 700 } else { 400 };
    let mut svg = String::new();
    for (at, line) in lines.iter().enumerate() {
        let y = field.y + at as f32 * size * LINE;
        // Writing into a string does not fail.
        let _ = write!(
            svg,
            "<text x=\"{}\" y=\"{y}\" font-family=\"{family}\" font-size=\"{size}\" font-weight=\"{weight}\" \
             text-anchor=\"{anchor}\" fill=\"{}\">{}</text>",
            field.x,
            field.colour,
            escaped(line)
        );
    }
    svg
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

fn qr(link: &str, square: Square) -> Result<String> {
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
        let design = template("classic", "#0f766e").expect("there");
        let found = design.fields.into_iter().find(|field| field.text == name);
        found.expect("the field")
    }

    #[test]
    fn a_short_text_keeps_its_size_and_a_long_one_shrinks_to_fit() {
        let field = field("{recipient}");
        assert_eq!(fit(&field, "Zoë").expect("fits").1, field.size);
        let long = "Maximiliana-Konstantinopolitanskaja Wolfeschlegelsteinhausenbergerdorff the Third";
        let (lines, size) = fit(&field, long).expect("fits");
        assert_eq!(lines, [long]);
        let smaller = Field {
            size,
            ..field.clone()
        };
        assert!(width(&smaller, long).expect("measured") <= field.width + 1.0);
    }

    #[test]
    fn a_long_text_takes_its_lines_before_it_shrinks() {
        let field = field("{description}");
        let text = "Knows what to do when something burns, leaks or falls. ".repeat(3);
        let (lines, size) = fit(&field, text.trim()).expect("fits");
        assert!(lines.len() > 1 && lines.len() <= 3, "{lines:?}");
        assert_eq!(size, field.size);
        assert_eq!(lines.join(" "), text.trim());
        let (lines, size) = fit(&field, text.repeat(4).trim()).expect("fits");
        assert!(lines.len() <= 3 && size < field.size, "{lines:?} {size}");
    }

    #[test]
    fn what_was_typed_stays_text() {
        let svg = element(&field("{recipient}"), &["<script>&\"".to_owned()], 10.0);
        assert!(svg.contains(">&lt;script&gt;&amp;\"</text>"), "{svg}");
    }
}
