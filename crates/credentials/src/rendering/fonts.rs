//! The fonts that are built in, and those that an operator adds.

use std::path::Path;
use std::sync::{Arc, OnceLock};

use krilla::text::{Font, Tag};
use resvg::usvg::fontdb::{Database, Source};
use rustybuzz::ttf_parser;
use ttf_parser::GlyphId;

/// The family without serifs.
pub(super) const SANS: &str = "Noto Sans";
/// The family with serifs.
pub(super) const SERIF: &str = "Noto Serif";

/// What is drawn in the place of a character that no font has.
pub(super) const MISSING: char = '\u{fffd}';

/// The largest font of an operator that is read: packs of Chinese, Japanese and Korean have up to 30 MB.
const LARGEST: u64 = 64 * 1024 * 1024;
/// The weights of letters.
const REGULAR: f32 = 400.0;
const BOLD: f32 = 700.0;

static BUILT_IN: [&[u8]; 10] = [
    include_bytes!("../../fonts/NotoSans-Regular.ttf"),
    include_bytes!("../../fonts/NotoSans-Bold.ttf"),
    include_bytes!("../../fonts/NotoSerif-Regular.ttf"),
    include_bytes!("../../fonts/NotoSerif-Bold.ttf"),
    include_bytes!("../../fonts/NotoSansArabic-Regular.ttf"),
    include_bytes!("../../fonts/NotoSansHebrew-Regular.ttf"),
    include_bytes!("../../fonts/NotoSansDevanagari-Regular.ttf"),
    include_bytes!("../../fonts/NotoSansArmenian-Regular.ttf"),
    include_bytes!("../../fonts/NotoSansGeorgian-Regular.ttf"),
    include_bytes!("../../fonts/NotoSansThai-Regular.ttf"),
];

static FONTS: OnceLock<Fonts> = OnceLock::new();

/// A font in one weight.
pub(super) struct Face {
    /// What shapes and outlines its letters.
    pub shaper: rustybuzz::Face<'static>,
    /// The same for PDF.
    pub font: Font,
    bold: bool,
    serif: bool,
}

impl Face {
    /// The faces of a file: one, or several of a collection, and two of a font whose weight is chosen. Fonts without
    /// outlines, which are pictures in colour, are left out.
    fn of_file(file: &'static [u8]) -> Vec<Self> {
        let count = ttf_parser::fonts_in_collection(file).unwrap_or(1);
        (0..count).flat_map(|index| Self::weights(file, index)).collect()
    }

    fn weights(file: &'static [u8], index: u32) -> Vec<Self> {
        let Ok(face) = ttf_parser::Face::parse(file, index) else {
            return Vec::new();
        };
        let tables = face.tables();
        if tables.glyf.is_none() && tables.cff.is_none() && tables.cff2.is_none() {
            return Vec::new();
        }
        let weight = ttf_parser::Tag::from_bytes(b"wght");
        let axis = face.variation_axes().into_iter().find(|axis| axis.tag == weight);
        match axis {
            Some(axis) => [REGULAR, BOLD]
                .map(|wanted| wanted.clamp(axis.min_value, axis.max_value))
                .iter()
                .filter_map(|value| Self::new(file, index, Some(*value)))
                .collect(),
            None => Self::new(file, index, None).into_iter().collect(),
        }
    }

    fn new(file: &'static [u8], index: u32, weight: Option<f32>) -> Option<Self> {
        let mut shaper = rustybuzz::Face::from_slice(file, index)?;
        let mut coordinates = Vec::new();
        if let Some(value) = weight {
            let tag = ttf_parser::Tag::from_bytes(b"wght");
            shaper.set_variations(&[rustybuzz::Variation { tag, value }]);
            coordinates.push((Tag::new(b"wght"), value));
        }
        let font = Font::new_variable(file.into(), index, &coordinates)?;
        let family = shaper
            .names()
            .into_iter()
            .find(|name| name.name_id == ttf_parser::name_id::FAMILY && name.is_unicode())
            .and_then(|name| name.to_string())
            .unwrap_or_default();
        Some(Self {
            bold: weight.map_or_else(|| shaper.is_bold(), |weight| weight > REGULAR),
            serif: family.contains("Serif"),
            shaper,
            font,
        })
    }

    /// How many of its units make the size of letters.
    pub(super) fn units(&self) -> f32 {
        self.shaper.units_per_em().max(1) as f32
    }

    /// Whether it can draw a character. Marks that only steer how others join or turn have no shape of their own.
    pub(super) fn has(&self, character: char) -> bool {
        is_invisible(character)
            || self
                .shaper
                .glyph_index(character)
                .is_some_and(|glyph| glyph != GlyphId(0))
    }
}

/// All fonts, in the order in which they are asked.
pub(super) struct Fonts {
    faces: Vec<Face>,
    database: Arc<Database>,
}

impl Fonts {
    fn new(added: Vec<Vec<u8>>) -> Self {
        let mut database = Database::new();
        let mut faces = Vec::new();
        // They are there as long as the process is.
        let added = added.into_iter().map(|file| &*Box::leak(file.into_boxed_slice()));
        for file in BUILT_IN.into_iter().chain(added) {
            faces.extend(Face::of_file(file));
            database.load_font_source(Source::Binary(Arc::new(file)));
        }
        database.set_sans_serif_family(SANS);
        database.set_serif_family(SERIF);
        Self {
            faces,
            database: Arc::new(database),
        }
    }

    /// The face that draws some characters together: the first of the wanted weight and kind that has all of them, then
    /// of the weight, then of the kind, then any.
    pub(super) fn face(&self, characters: &str, style: Style) -> Option<&Face> {
        let suits = |face: &&Face| characters.chars().all(|character| face.has(character));
        let closeness =
            |face: &&Face| u8::from(face.bold != style.bold) * 2 + u8::from(face.serif != style.serif);
        // The first of the closest ones.
        self.faces.iter().filter(suits).min_by_key(closeness)
    }

    fn is_drawable(&self, character: char) -> bool {
        character.is_whitespace()
            || (!is_private(character) && self.faces.iter().any(|face| face.has(character)))
    }
}

/// How letters are to look.
#[derive(Debug, Clone, Copy)]
pub(super) struct Style {
    pub bold: bool,
    pub serif: bool,
}

/// Reads the fonts of a folder, beside those that are built in: TrueType and OpenType files and collections, by their
/// names. Done once, before anything is drawn. Answers how many files were read and the names of those that are no
/// fonts with outlines; a folder that is not there has none.
///
/// # Errors
/// The folder or a file in it cannot be read.
pub fn add_fonts(folder: &Path) -> std::io::Result<AddedFonts> {
    let mut files = match std::fs::read_dir(folder) {
        Ok(entries) => entries
            .map(|entry| entry.map(|entry| entry.path()))
            .collect::<std::io::Result<Vec<_>>>()?,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Vec::new(),
        Err(error) => return Err(error),
    };
    files.retain(|file| {
        let ending = file
            .extension()
            .and_then(|ending| ending.to_str())
            .unwrap_or_default();
        ["ttf", "otf", "ttc", "otc"]
            .iter()
            .any(|known| ending.eq_ignore_ascii_case(known))
    });
    files.sort();
    let (mut added, mut answer) = (Vec::new(), AddedFonts::default());
    for file in files {
        let content = if std::fs::metadata(&file)?.len() <= LARGEST {
            std::fs::read(&file)?
        } else {
            Vec::new()
        };
        if has_outlines(&content) {
            added.push(content);
            answer.read += 1;
        } else {
            let name = file.file_name().unwrap_or_default();
            answer.passed_over.push(name.to_string_lossy().into_owned());
        }
    }
    // A second call finds the fonts chosen already; without any, they are made when something is drawn.
    if !added.is_empty() {
        FONTS.get_or_init(|| Fonts::new(added));
    }
    Ok(answer)
}

/// What was found in a folder of fonts.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct AddedFonts {
    /// How many files were read.
    pub read: usize,
    /// The names of files that are no fonts with outlines, or too large.
    pub passed_over: Vec<String>,
}

fn has_outlines(file: &[u8]) -> bool {
    ttf_parser::Face::parse(file, 0).is_ok_and(|face| {
        let tables = face.tables();
        tables.glyf.is_some() || tables.cff.is_some() || tables.cff2.is_some()
    })
}

pub(super) fn fonts() -> &'static Fonts {
    FONTS.get_or_init(|| Fonts::new(Vec::new()))
}

pub(super) fn database() -> Arc<Database> {
    fonts().database.clone()
}

/// The characters of a text that no font has, once each and in order: what would be drawn as an empty box.
pub fn undrawable(text: &str) -> String {
    let mut missing = String::new();
    for character in text.chars() {
        if !is_drawable(character) && !missing.contains(character) {
            missing.push(character);
        }
    }
    missing
}

pub(super) fn is_drawable(character: char) -> bool {
    fonts().is_drawable(character)
}

/// Joiners, marks of direction, selectors of variants: they have no shape, and fonts need not know them.
pub(super) fn is_invisible(character: char) -> bool {
    matches!(
        character,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{180b}'..='\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{2064}' | '\u{2066}'..='\u{2069}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
            | '\u{e0100}'..='\u{e01ef}'
    )
}

/// A character whose meaning is agreed upon by some: a PDF for archives has none.
fn is_private(character: char) -> bool {
    matches!(character, '\u{e000}'..='\u{f8ff}' | '\u{f0000}'..='\u{10ffff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fonts_of_a_folder_are_drawn_with_and_known_to_the_check() {
        let folder = std::env::temp_dir().join(format!("fonts-{}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("a folder");
        std::fs::write(folder.join("Thai.TTF"), BUILT_IN[9]).expect("written");
        std::fs::write(folder.join("broken.otf"), b"no font").expect("written");
        std::fs::write(folder.join("OFL.txt"), b"a licence").expect("written");
        let answer = add_fonts(&folder).expect("read");
        std::fs::remove_dir_all(&folder).expect("removed");
        assert_eq!(
            (answer.read, answer.passed_over),
            (1, vec!["broken.otf".to_owned()])
        );
        assert_eq!(add_fonts(&folder).expect("no folder"), AddedFonts::default());
        let few = Fonts {
            faces: BUILT_IN[..4]
                .iter()
                .flat_map(|file| Face::of_file(file))
                .collect(),
            database: Arc::default(),
        };
        let style = Style {
            bold: true,
            serif: true,
        };
        assert!(few.face("ก", style).is_none() && !few.is_drawable('ก'));
        let more = Fonts::new(vec![BUILT_IN[9].to_vec()]);
        assert!(more.face("ก", style).is_some() && more.is_drawable('ก'));
        assert!(more.face("a", style).is_some_and(|face| face.bold && face.serif));
    }

    #[test]
    fn marks_without_a_shape_can_be_drawn_and_private_characters_cannot() {
        assert_eq!(undrawable("क\u{94d}\u{200d}ष\u{200e}\u{ad}"), "");
        assert_eq!(undrawable("a\u{e000}b"), "\u{e000}");
    }
}
