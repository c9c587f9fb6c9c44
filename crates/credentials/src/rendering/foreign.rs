//! The first page of somebody else's PDF, as a drawing.
//!
//! A PDF is a program for a machine with a dozen decoders, and hostile ones take all there is. So this runs in a process of
//! its own, whose time and memory have an end; what it draws is then cleaned like any drawing that somebody sends.

use hayro_svg::hayro_interpret::InterpreterSettings;
use hayro_svg::hayro_interpret::hayro_syntax::{LoadPdfError, Pdf};
use hayro_svg::{RenderCache, SvgRenderSettings, convert};

use super::pixels::{JPEG, PNG};

/// The longest drawing that a page may become: two photographs in pixels, and not three.
pub const MOST_DRAWN_BYTES: usize = 8 * 1024 * 1024;

/// How far into a file its mark may stand.
const HEAD: usize = 1024;

/// Why a page was not drawn, in words for who sent it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Undrawn {
    /// Nobody can read it without its password.
    #[error("The PDF is locked with a password. Save it without one.")]
    Locked,
    /// It has none.
    #[error("The PDF has no page.")]
    NoPage,
    /// It cannot be read.
    #[error("The PDF is damaged. Save it anew, or save its page as an SVG, PNG or JPEG picture.")]
    Damaged,
    /// What it becomes is longer than what is kept.
    #[error("The first page of the PDF is larger than 8 MB as a drawing. Save it as a PNG or JPEG picture.")]
    TooLarge,
    /// It had no end in the time and the memory that it may take.
    #[error("The first page of the PDF takes too much to draw. Save it as a PNG or JPEG picture.")]
    TooMuch,
    /// This installation draws none.
    #[error("PDF files cannot be drawn here. Save the page as an SVG, PNG or JPEG picture.")]
    NotHere,
}

impl Undrawn {
    const ALL: [Self; 6] = [
        Self::Locked,
        Self::NoPage,
        Self::Damaged,
        Self::TooLarge,
        Self::TooMuch,
        Self::NotHere,
    ];

    /// The word that a process says.
    pub fn key(self) -> &'static str {
        match self {
            Self::Locked => "locked",
            Self::NoPage => "no page",
            Self::Damaged => "damaged",
            Self::TooLarge => "too large",
            Self::TooMuch => "too much",
            Self::NotHere => "not here",
        }
    }

    /// The reason behind a word.
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|undrawn| undrawn.key() == key)
    }
}

/// Whether a file says that it is a PDF: there may be something before its mark, but no other kind of picture.
pub fn is_pdf(file: &[u8]) -> bool {
    let head = &file[..file.len().min(HEAD)];
    let is_another =
        file.starts_with(PNG) || file.starts_with(JPEG) || head.trim_ascii_start().starts_with(b"<");
    !is_another && head.windows(5).any(|window| window == b"%PDF-")
}

/// Draws the first page. Nothing limits what this takes: the process that calls it does.
///
/// # Errors
/// It is locked, damaged, empty or too large.
pub fn first_page(file: Vec<u8>) -> Result<String, Undrawn> {
    let pdf = Pdf::new(file).map_err(|error| match error {
        LoadPdfError::Decryption(_) => Undrawn::Locked,
        LoadPdfError::Invalid => Undrawn::Damaged,
    })?;
    let page = pdf.pages().first().ok_or(Undrawn::NoPage)?;
    let drawn = convert(
        page,
        &RenderCache::new(),
        &InterpreterSettings::default(),
        &SvgRenderSettings::default(),
    );
    match drawn.len() <= MOST_DRAWN_BYTES {
        true => Ok(drawn),
        false => Err(Undrawn::TooLarge),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::design::{Values, template};
    use crate::rendering::{Artwork, Drawing, Media};

    /// What the product makes itself.
    fn pdf() -> Vec<u8> {
        let sheet = template("classic", "#0f766e").expect("there");
        let values: Values = [("recipient".to_owned(), "Zoë Müller".to_owned())].into();
        let drawing = Drawing::new(&sheet, &values, "https://claims.test/c/1").expect("laid out");
        crate::rendering::pdf(&drawing, &crate::rendering::pdf::testing::paper(), b"{}").expect("a PDF")
    }

    /// The objects of a PDF around its mark and its end.
    fn written(objects: &[&str], trailer: &str) -> Vec<u8> {
        let mut file = "%PDF-1.7\n".to_owned();
        let mut places = Vec::new();
        for (number, object) in objects.iter().enumerate() {
            places.push(file.len());
            file.push_str(&format!("{} 0 obj\n{object}\nendobj\n", number + 1));
        }
        let table = file.len();
        file.push_str(&format!("xref\n0 {}\n0000000000 65535 f \n", places.len() + 1));
        for place in &places {
            file.push_str(&format!("{place:010} 00000 n \n"));
        }
        let size = places.len() + 1;
        file.push_str(&format!(
            "trailer\n<< /Size {size} /Root 1 0 R {trailer} >>\nstartxref\n{table}\n%%EOF\n"
        ));
        file.into_bytes()
    }

    const CATALOG: &str = "<< /Type /Catalog /Pages 2 0 R >>";

    #[test]
    fn the_first_page_becomes_a_drawing_that_is_cleaned_like_any_other() {
        let drawn = first_page(pdf()).expect("drawn");
        let artwork = Artwork::of_page(&drawn).expect("clean");
        assert_eq!(artwork.media, Media::Svg);
        let sides = (
            artwork.width.max(artwork.height),
            artwork.width.min(artwork.height),
        );
        assert!(
            sides.0 > 800 && sides.1 > 500,
            "a page of A4 in points: {sides:?}"
        );
        let clean = String::from_utf8(artwork.content).expect("text");
        assert!(clean.contains("<path"), "it has shapes");
        for bad in ["<script", "http://evil", "<!DOCTYPE", "<foreignObject"] {
            assert!(!clean.contains(bad), "{bad}");
        }
    }

    #[test]
    fn what_is_no_page_is_told_as_that() {
        let empty = written(&[CATALOG, "<< /Type /Pages /Kids [] /Count 0 >>"], "");
        assert_eq!(first_page(empty).err(), Some(Undrawn::NoPage));
        let page = "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 100] >>";
        let pages = "<< /Type /Pages /Kids [3 0 R] /Count 1 >>";
        let secret = "a".repeat(64);
        let lock =
            format!("<< /Filter /Standard /V 2 /R 3 /Length 128 /P -44 /O <{secret}> /U <{secret}> >>");
        let locked = written(
            &[CATALOG, pages, page, &lock],
            "/Encrypt 4 0 R /ID [<00112233445566778899aabbccddeeff> <00112233445566778899aabbccddeeff>]",
        );
        assert_eq!(first_page(locked).err(), Some(Undrawn::Locked));
        for damaged in [&b"%PDF-1.7 and nothing else"[..], b"%PDF-", &pdf()[..300]] {
            assert!(is_pdf(damaged));
            let outcome = first_page(damaged.to_vec());
            assert!(
                matches!(outcome, Err(Undrawn::Damaged | Undrawn::NoPage)),
                "{outcome:?}"
            );
        }
        for other in [
            &b"A text that is called .pdf."[..],
            b"",
            b"<svg><!-- %PDF-1.7 -->",
            b"\x89PNG\r\n\x1a\n%PDF-1.7",
        ] {
            assert!(!is_pdf(other));
        }
        assert!(is_pdf(b"\nsomething before it\n%PDF-1.4"));
        let blank = written(&[CATALOG, pages, page], "");
        let drawn = Artwork::of_page(&first_page(blank).expect("drawn")).expect("a blank page is one");
        assert_eq!((drawn.width, drawn.height), (200, 100));
    }

    #[test]
    fn a_process_says_its_reason_in_a_word() {
        for undrawn in Undrawn::ALL {
            assert_eq!(Undrawn::from_key(undrawn.key()), Some(undrawn));
            assert!(undrawn.to_string().ends_with('.'), "{undrawn}");
        }
        assert_eq!(Undrawn::from_key("<svg"), None);
    }
}
