//! Drawing a design as SVG, PNG and PDF, the same everywhere: the fonts are built in.

mod artwork;
mod cost;
mod fonts;
mod foreign;
mod layout;
mod letters;
mod packs;
mod pdf;
mod pixels;
#[cfg(test)]
mod scripts;

use resvg::tiny_skia;
use resvg::usvg;

use crate::design::{Field, Sheet, Square, Values};
use crate::error::{Error, Result};

pub use artwork::{Artwork, Media};
pub use fonts::{AddedFonts, add_fonts, undrawable};
pub use foreign::{MOST_DRAWN_BYTES, Undrawn, first_page, is_pdf};
pub use packs::packs;
pub use pdf::{Paper, pdf};

/// The most pixels of a picture.
const MOST_PIXELS: u64 = 16_000_000;

/// A design with its values, laid out.
#[derive(Debug, Clone)]
pub struct Drawing {
    width: f32,
    height: f32,
    pieces: Vec<layout::Piece>,
}

impl Drawing {
    /// Lays a design out. `link` is what the QR code says.
    ///
    /// # Errors
    /// The design is none.
    pub fn new(sheet: &Sheet, values: &Values, link: &str) -> Result<Self> {
        sheet.check()?;
        Ok(Self {
            width: sheet.design.width,
            height: sheet.design.height,
            pieces: layout::pieces(sheet, values, link)?,
        })
    }

    /// As SVG; its letters are outlines, so that it looks the same without the fonts.
    ///
    /// # Errors
    /// The background is no drawing.
    pub fn svg(&self) -> Result<String> {
        let options = usvg::WriteOptions {
            coordinates_precision: 3,
            transforms_precision: 5,
            indent: usvg::Indent::None,
            attributes_indent: usvg::Indent::None,
            ..usvg::WriteOptions::default()
        };
        Ok(self.tree()?.to_string(&options))
    }

    /// As PNG, so many pixels wide.
    ///
    /// # Errors
    /// The background is no drawing, or the picture would be too large.
    pub fn png(&self, width: u32) -> Result<Vec<u8>> {
        let tree = self.tree()?;
        let scale = width as f32 / self.width;
        let height = (self.height * scale).round() as u32;
        if u64::from(width) * u64::from(height) > MOST_PIXELS {
            return Err(Error::Drawing("The picture would be too large.".into()));
        }
        let mut pixels = tiny_skia::Pixmap::new(width, height)
            .ok_or_else(|| Error::Drawing("The picture would have no pixels.".into()))?;
        resvg::render(
            &tree,
            tiny_skia::Transform::from_scale(scale, scale),
            &mut pixels.as_mut(),
        );
        pixels
            .encode_png()
            .map_err(|error| Error::Drawing(format!("The picture could not be written: {error}")))
    }

    fn tree(&self) -> Result<usvg::Tree> {
        let inside: String = self.pieces.iter().map(|piece| piece.ink.svg()).collect();
        parse(&self.document(&inside))
    }

    fn document(&self, inside: &str) -> String {
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" xmlns:xlink=\"http://www.w3.org/1999/xlink\" \
             width=\"{w}\" height=\"{h}\" viewBox=\"0 0 {w} {h}\">{inside}</svg>",
            w = self.width,
            h = self.height,
        )
    }
}

/// How a text is drawn, as if it stood at 0, 0: outlines, for those who have none of the fonts. Nothing for a text that
/// has no letters left.
pub fn outlines(field: &Field, values: &Values) -> String {
    let field = Field {
        x: 0.0,
        y: 0.0,
        ..field.clone()
    };
    layout::text(&field, values).map_or_else(String::new, |letters| letters.svg())
}

/// A QR code with its light margin, as wide as one unit.
///
/// # Errors
/// The link is too long for one.
pub fn qr_code(link: &str) -> Result<String> {
    let unit = Square {
        x: 0.0,
        y: 0.0,
        side: 1.0,
    };
    layout::qr(link, unit)
}

/// What stands inside of the outermost element of a document.
fn inside(svg: &str) -> &str {
    let start = svg.find('>').map_or(svg.len(), |at| at + 1);
    let end = svg.rfind("</svg>").unwrap_or(start);
    svg.get(start..end).unwrap_or_default()
}

/// Reads SVG: nothing is fetched, no file is opened, and the fonts are ours.
fn parse(svg: &str) -> Result<usvg::Tree> {
    let options = usvg::Options {
        font_family: fonts::SANS.to_owned(),
        fontdb: fonts::database(),
        image_href_resolver: usvg::ImageHrefResolver {
            resolve_data: usvg::ImageHrefResolver::default_data_resolver(),
            resolve_string: Box::new(|_, _| None),
        },
        ..usvg::Options::default()
    };
    usvg::Tree::from_str(svg, &options).map_err(|error| not_svg(&error))
}

fn not_svg(error: &usvg::Error) -> Error {
    Error::Drawing(format!("It is no SVG drawing: {error}."))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::design::{TEMPLATES, template};

    fn values(recipient: &str) -> Values {
        [
            ("recipient", recipient),
            ("title", "Safety at work"),
            ("issuer", "Acme Inc."),
            ("date", "27 November 2026"),
            ("until", "Valid until 27 November 2028"),
            (
                "description",
                "Knows what to do when something burns, leaks or falls, and how to keep it from happening.",
            ),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into()
    }

    #[test]
    fn every_template_is_drawn_as_svg_png_and_pdf() {
        for one in TEMPLATES {
            let design = template(one.key, "#0f766e").expect("there");
            let drawing =
                Drawing::new(&design, &values("Zoë Müller"), "https://claims.test/c/1").expect("laid out");
            let svg = drawing.svg().expect("SVG");
            assert!(
                svg.starts_with("<svg") && !svg.contains("<text") && !svg.contains("<script"),
                "{}",
                one.key
            );
            let png = drawing.png(600).expect("PNG");
            assert!(png.starts_with(b"\x89PNG"), "{}", one.key);
            if let Some(folder) = std::env::var_os("DRAWINGS") {
                let folder = std::path::PathBuf::from(folder);
                std::fs::write(folder.join(format!("{}.svg", one.key)), &svg).expect("written");
                std::fs::write(
                    folder.join(format!("{}.png", one.key)),
                    drawing.png(1123).expect("PNG"),
                )
                .expect("written");
                let paper = pdf::testing::paper();
                let pdf = pdf(&drawing, &paper, b"{}").expect("PDF");
                std::fs::write(folder.join(format!("{}.pdf", one.key)), pdf).expect("written");
            }
        }
    }

    #[test]
    fn the_same_drawing_has_the_same_bytes() {
        let design = template("classic", "#0f766e").expect("there");
        let draw = || {
            let drawing = Drawing::new(&design, &values("Zoë"), "https://claims.test/c/1").expect("laid out");
            (drawing.svg().expect("SVG"), drawing.png(300).expect("PNG"))
        };
        assert_eq!(draw(), draw());
    }

    #[test]
    fn a_text_is_outlined_as_it_is_drawn_wherever_it_stands() {
        let sheet = template("classic", "#0f766e").expect("there");
        let named = sheet.design.fields().find(|field| field.text == "{recipient}");
        let mut field = named.expect("the name").clone();
        let drawn = outlines(&field, &values("محمد Zoë"));
        assert!(
            drawn.contains("<path") && !drawn.contains("<text") && !drawn.contains("<svg"),
            "{drawn}"
        );
        field.x = 17.0;
        field.y = 99.0;
        assert_eq!(outlines(&field, &values("محمد Zoë")), drawn);
        assert_eq!(outlines(&field, &values("")), "");
        assert!(
            qr_code("https://claims.test/c/1")
                .expect("a code")
                .contains("<path")
        );
    }

    #[test]
    fn names_of_six_scripts_are_drawn_and_others_are_named() {
        for name in [
            "Łukasz Ærø",
            "Αλέξανδρος",
            "Дмитрий",
            "עברית שם",
            "محمد علي",
            "अनीता शर्मा",
            "Արամ",
            "გიორგი",
            "สมชาย",
        ] {
            assert_eq!(undrawable(name), "", "{name}");
        }
        assert_eq!(undrawable("山田 太郎 Zoë 🎓"), "山田太郎🎓");
    }
}
