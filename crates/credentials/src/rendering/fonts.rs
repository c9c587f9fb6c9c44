//! The fonts that are built in.

use std::collections::HashSet;
use std::sync::{Arc, LazyLock};

use resvg::usvg::fontdb::{Database, Source};

/// The family without serifs.
pub(super) const SANS: &str = "Noto Sans";
/// The family with serifs.
pub(super) const SERIF: &str = "Noto Serif";

/// What is drawn in the place of a character that no font has.
pub(super) const MISSING: char = '\u{fffd}';

static FONTS: [&[u8]; 10] = [
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

static DATABASE: LazyLock<Arc<Database>> = LazyLock::new(|| {
    let mut database = Database::new();
    for font in FONTS {
        database.load_font_source(Source::Binary(Arc::new(font)));
    }
    database.set_sans_serif_family(SANS);
    database.set_serif_family(SERIF);
    Arc::new(database)
});

static CHARACTERS: LazyLock<HashSet<char>> = LazyLock::new(|| {
    let mut characters = HashSet::new();
    for font in FONTS {
        let Ok(face) = ttf_parser::Face::parse(font, 0) else {
            continue;
        };
        let Some(cmap) = face.tables().cmap else { continue };
        for subtable in cmap
            .subtables
            .into_iter()
            .filter(ttf_parser::cmap::Subtable::is_unicode)
        {
            subtable.codepoints(|point| {
                if subtable.glyph_index(point).is_some_and(|glyph| glyph.0 != 0) {
                    characters.extend(char::from_u32(point));
                }
            });
        }
    }
    characters
});

pub(super) fn database() -> Arc<Database> {
    DATABASE.clone()
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
    character.is_whitespace() || CHARACTERS.contains(&character)
}
