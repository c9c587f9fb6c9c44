//! Letters: which font draws each, and where they stand. One font shapes the whole of a run, so that vowel signs, joined
//! letters and the spaces between words are where its designers put them.

use std::fmt::Write;
use std::ops::Range;

use rustybuzz::ttf_parser::{GlyphId, OutlineBuilder};
use rustybuzz::{BufferClusterLevel, Direction, UnicodeBuffer};
use unicode_bidi::BidiInfo;
use unicode_script::{Script, UnicodeScript};

use super::fonts::{Face, Style, fonts, is_invisible};

/// A line of text, from left to right as it is seen.
#[derive(Debug, Clone)]
pub(super) struct Line {
    pub runs: Vec<Run>,
}

/// Letters of one font and one direction.
#[derive(Clone)]
pub(super) struct Run {
    pub face: &'static Face,
    pub text: String,
    pub glyphs: Vec<Glyph>,
}

/// A shape of a font. Lengths are in parts of the size of letters.
#[derive(Debug, Clone)]
pub(super) struct Glyph {
    pub id: u16,
    /// Which part of the run's text it stands for, alone or with its neighbours.
    pub range: Range<usize>,
    pub advance: f32,
    pub x: f32,
    pub y: f32,
}

impl std::fmt::Debug for Run {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Run")
            .field("text", &self.text)
            .field("glyphs", &self.glyphs)
            .finish_non_exhaustive()
    }
}

impl Line {
    /// Shapes a text whose characters all have a font.
    pub(super) fn new(text: &str, style: Style) -> Self {
        let mut runs = Vec::new();
        let order = BidiInfo::new(text, None);
        for paragraph in &order.paragraphs {
            let (levels, parts) = order.visual_runs(paragraph, paragraph.range.clone());
            for part in parts {
                let is_rtl = levels.get(part.start).is_some_and(unicode_bidi::Level::is_rtl);
                let mut by_font = by_font(text.get(part).unwrap_or_default(), style);
                if is_rtl {
                    by_font.reverse();
                }
                runs.extend(
                    by_font
                        .into_iter()
                        .map(|(text, face)| Run::new(text, face, is_rtl)),
                );
            }
        }
        Self { runs }
    }

    /// How wide it is, in parts of the size of letters.
    pub(super) fn width(&self) -> f32 {
        self.runs.iter().map(Run::advance).sum()
    }

    /// Its outlines, as the data of an SVG path.
    pub(super) fn outlines(&self, x: f32, y: f32, size: f32) -> String {
        let mut pen = Pen {
            path: String::new(),
            x,
            y,
            scale: 1.0,
        };
        let mut at = x;
        for run in &self.runs {
            pen.scale = size / run.face.units();
            for glyph in &run.glyphs {
                pen.x = at + glyph.x * size;
                pen.y = y - glyph.y * size;
                run.face.shaper.outline_glyph(GlyphId(glyph.id), &mut pen);
                at += glyph.advance * size;
            }
        }
        pen.path
    }
}

impl Run {
    fn new(text: String, face: &'static Face, is_rtl: bool) -> Self {
        let mut buffer = UnicodeBuffer::new();
        // A mark keeps its own part of the text, so that readers of a PDF find it behind its letter in scripts of both
        // directions.
        buffer.set_cluster_level(BufferClusterLevel::MonotoneCharacters);
        buffer.push_str(&text);
        buffer.set_direction(if is_rtl {
            Direction::RightToLeft
        } else {
            Direction::LeftToRight
        });
        let shaped = rustybuzz::shape(&face.shaper, &[], buffer);
        let units = face.units();
        let mut starts: Vec<usize> = shaped
            .glyph_infos()
            .iter()
            .map(|info| info.cluster as usize)
            .collect();
        starts.push(text.len());
        starts.sort_unstable();
        starts.dedup();
        let glyphs = shaped
            .glyph_infos()
            .iter()
            .zip(shaped.glyph_positions())
            .map(|(info, position)| {
                let start = info.cluster as usize;
                let next = starts.partition_point(|other| *other <= start);
                Glyph {
                    id: u16::try_from(info.glyph_id).unwrap_or_default(),
                    range: start..starts.get(next).copied().unwrap_or(text.len()),
                    advance: position.x_advance as f32 / units,
                    x: position.x_offset as f32 / units,
                    y: position.y_offset as f32 / units,
                }
            })
            .collect();
        Self { face, text, glyphs }
    }

    pub(super) fn advance(&self) -> f32 {
        self.glyphs.iter().map(|glyph| glyph.advance).sum()
    }
}

/// The parts of a text that one font draws each.
fn by_font(text: &str, style: Style) -> Vec<(String, &'static Face)> {
    let mut parts: Vec<(String, &'static Face)> = Vec::new();
    let mut script = Script::Common;
    for letter in with_marks(text) {
        let first = letter.chars().next().unwrap_or(' ');
        let stays = matches!(first.script(), Script::Common | Script::Inherited) || first.script() == script;
        if let Some((part, face)) = parts.last_mut()
            && stays
            && letter.chars().all(|character| face.has(character))
        {
            part.push_str(letter);
            continue;
        }
        script = first.script();
        match fonts().face(letter, style) {
            Some(face) => join(&mut parts, letter, face),
            // No font has the letter with all its marks: each is drawn by one that has it.
            None => {
                for (at, character) in letter.char_indices() {
                    let one = letter.get(at..at + character.len_utf8()).unwrap_or_default();
                    if let Some(face) = fonts().face(one, style) {
                        join(&mut parts, one, face);
                    }
                }
            }
        }
    }
    parts
}

fn join(parts: &mut Vec<(String, &'static Face)>, text: &str, face: &'static Face) {
    match parts.last_mut() {
        Some((part, before)) if std::ptr::eq(*before, face) => part.push_str(text),
        _ => parts.push((text.to_owned(), face)),
    }
}

/// Letters with the marks that stand on them.
fn with_marks(text: &str) -> Vec<&str> {
    let mut letters = Vec::new();
    let mut start = 0;
    for (at, character) in text.char_indices().skip(1) {
        if character.script() != Script::Inherited && !is_invisible(character) {
            letters.extend(text.get(start..at));
            start = at;
        }
    }
    letters.extend(text.get(start..).filter(|rest| !rest.is_empty()));
    letters
}

/// Draws outlines of a font, which stand on a base line and grow upwards, where SVG has them.
struct Pen {
    path: String,
    x: f32,
    y: f32,
    scale: f32,
}

impl Pen {
    fn put(&mut self, command: char, points: &[(f32, f32)]) {
        self.path.push(command);
        for (at, (x, y)) in points.iter().enumerate() {
            let space = if at == 0 { "" } else { " " };
            // Writing into a string does not fail.
            let _ = write!(
                self.path,
                "{space}{:.3} {:.3}",
                self.x + x * self.scale,
                self.y - y * self.scale
            );
        }
    }
}

impl OutlineBuilder for Pen {
    fn move_to(&mut self, x: f32, y: f32) {
        self.put('M', &[(x, y)]);
    }
    fn line_to(&mut self, x: f32, y: f32) {
        self.put('L', &[(x, y)]);
    }
    fn quad_to(&mut self, x1: f32, y1: f32, x: f32, y: f32) {
        self.put('Q', &[(x1, y1), (x, y)]);
    }
    fn curve_to(&mut self, x1: f32, y1: f32, x2: f32, y2: f32, x: f32, y: f32) {
        self.put('C', &[(x1, y1), (x2, y2), (x, y)]);
    }
    fn close(&mut self) {
        self.path.push('Z');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STYLE: Style = Style {
        bold: false,
        serif: true,
    };

    fn line(text: &str) -> Line {
        Line::new(text, STYLE)
    }

    #[test]
    fn one_font_shapes_a_name_with_its_signs_and_spaces() {
        for name in ["राम", "अनुष्का शर्मा", "สมชาย น้ำใจดี", "شَرِيفَة", "Z\u{308}oe J\u{30c}"]
        {
            let line = line(name);
            assert_eq!(line.runs.len(), 1, "{name}: {line:?}");
            assert_eq!(line.runs[0].text, name);
            assert!(
                line.runs[0].glyphs.iter().all(|glyph| glyph.id != 0),
                "{name}: {line:?}"
            );
        }
    }

    #[test]
    fn a_vowel_sign_stands_beside_its_consonant_and_a_space_has_its_width() {
        let widths = |text: &str| line(text).width();
        assert!(widths("राम") > widths("रम") + 0.1, "the sign takes room");
        let (first, second) = (widths("अनुष्का"), widths("शर्मा"));
        assert!(widths("अनुष्का शर्मा") > first + second + 0.1, "so does the space");
    }

    #[test]
    fn what_is_read_from_the_right_stands_there() {
        let seen = |text: &str| -> Vec<String> { line(text).runs.into_iter().map(|run| run.text).collect() };
        assert_eq!(seen("שלום Zoë"), ["Zoë", "שלום "]);
        assert_eq!(seen("Zoë שלום"), ["Zoë ", "שלום"]);
    }

    #[test]
    fn every_glyph_stands_for_a_part_of_the_text() {
        for name in ["น้ำใจดี", "שָׁלוֹם", "क्\u{200d}ष", "Nguyễn Thị"] {
            for run in line(name).runs {
                for glyph in &run.glyphs {
                    assert!(
                        run.text
                            .get(glyph.range.clone())
                            .is_some_and(|text| !text.is_empty()),
                        "{name}: {run:?}"
                    );
                }
            }
        }
    }
}
