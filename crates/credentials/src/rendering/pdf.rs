//! A drawing as PDF/A-3 for archives and PDF/UA for screen readers, with the signed credential inside.

use std::num::NonZeroU16;

use chrono::{Datelike, Timelike, Utc};
use krilla::action::{Action, LinkAction};
use krilla::annotation::{Annotation, LinkAnnotation, Target};
use krilla::color::rgb;
use krilla::configure::{Accessibility, Archival, ConfigurationBuilder};
use krilla::destination::XyzDestination;
use krilla::embed::{AssociationKind, EmbeddedFile, MimeType};
use krilla::geom::{Point, Rect, Size, Transform};
use krilla::metadata::{DateTime, Metadata};
use krilla::outline::{Outline, OutlineNode};
use krilla::page::PageSettings;
use krilla::paint::Fill;
use krilla::surface::Surface;
use krilla::tagging::{ArtifactType, ContentTag, SpanTag, Tag, TagGroup, TagTree};
use krilla::text::{GlyphId, KrillaGlyph};
use krilla::{Document, SerializeSettings};
use krilla_svg::{SurfaceExt, SvgSettings};

use super::layout::{Ink, Letters, Role};
use super::{Drawing, parse};
use crate::error::{Error, Result};

/// The longer side of a page, in points: that of A4.
const LONGER_SIDE: f32 = 841.89;

/// What a PDF says about itself.
#[derive(Debug, Clone)]
pub struct Paper {
    /// Its title.
    pub title: String,
    /// Who issues.
    pub author: String,
    /// `en`.
    pub language: String,
    /// When it was issued.
    pub at: chrono::DateTime<Utc>,
    /// Its own name among documents.
    pub id: String,
}

/// The PDF of a drawing; `credential` is the signed JSON that is attached.
///
/// Letters are letters that can be searched and copied. Where an archive would not take them, such as those of a font
/// whose licence forbids to embed it, they are outlines with their text beside them.
///
/// # Errors
/// The drawing cannot stand in an archive.
pub fn pdf(drawing: &Drawing, paper: &Paper, credential: &[u8]) -> Result<Vec<u8>> {
    written(drawing, paper, credential, Writing::Letters)
        .or_else(|_| written(drawing, paper, credential, Writing::Outlines))
}

/// How a text is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Writing {
    Letters,
    Outlines,
}

fn written(drawing: &Drawing, paper: &Paper, credential: &[u8], writing: Writing) -> Result<Vec<u8>> {
    let configuration = ConfigurationBuilder::new()
        .with_archival_validator(Archival::A3_A)
        .with_accessibility_validator(Accessibility::UA1)
        .finish()
        .map_err(|error| broken(&error))?;
    let mut document = Document::new_with(SerializeSettings {
        configuration,
        enable_tagging: true,
        ..SerializeSettings::default()
    });
    let scale = LONGER_SIDE / drawing.width.max(drawing.height);
    let (width, height) = (drawing.width * scale, drawing.height * scale);
    let settings = PageSettings::from_wh(width, height).ok_or_else(|| broken(&"no page"))?;
    let size = Size::from_wh(drawing.width, drawing.height).ok_or_else(|| broken(&"no page"))?;
    let mut tags = TagTree::new().with_lang(Some(paper.language.clone()));
    let mut page = document.start_page_with(settings);
    let mut surface = page.surface();
    let mut links = Vec::new();
    for piece in &drawing.pieces {
        let tag = match &piece.role {
            Role::Decoration => {
                ContentTag::Artifact(krilla::tagging::Artifact::with_kind(ArtifactType::Layout))
            }
            Role::Heading(_) | Role::Paragraph => ContentTag::Span(span(&piece.ink, writing)),
            Role::Link(..) | Role::Figure(_) => ContentTag::Other,
        };
        let identifier = surface.start_tagged(tag);
        surface.push_transform(&Transform::from_scale(scale, scale));
        match &piece.ink {
            Ink::Svg(svg) => {
                let tree = parse(&drawing.document(svg))?;
                surface.draw_svg(&tree, size, OUTLINED);
            }
            Ink::Letters(letters) if writing == Writing::Letters => write(&mut surface, letters),
            Ink::Letters(letters) => {
                let tree = parse(&drawing.document(&letters.svg()))?;
                surface.draw_svg(&tree, size, OUTLINED);
            }
        }
        surface.pop();
        surface.end_tagged();
        match &piece.role {
            Role::Decoration => {}
            Role::Heading(text) => {
                let mut group = TagGroup::new(Tag::Hn(NonZeroU16::MIN, Some(text.clone())));
                group.push(identifier);
                tags.push(group);
            }
            Role::Paragraph => {
                let mut group = TagGroup::new(Tag::P);
                group.push(identifier);
                tags.push(group);
            }
            Role::Figure(words) => {
                let mut figure = TagGroup::new(Tag::Figure(Some(words.clone())));
                figure.push(identifier);
                tags.push(figure);
            }
            Role::Link(link, square) => links.push((identifier, link, square)),
        }
    }
    surface.finish();
    for (identifier, link, square) in links {
        let rect = Rect::from_xywh(
            square.x * scale,
            square.y * scale,
            square.side * scale,
            square.side * scale,
        )
        .ok_or_else(|| broken(&"no square"))?;
        let target = Target::Action(Action::Link(LinkAction::new(link.clone())));
        let words = format!("Check this credential at {link}");
        let annotation = page.add_tagged_annotation(Annotation::new_link(
            LinkAnnotation::new(rect, target),
            Some(words.clone()),
        ));
        let mut figure = TagGroup::new(Tag::Figure(Some(format!("QR code: {words}"))));
        figure.push(identifier);
        let mut group = TagGroup::new(Tag::Link);
        group.push(annotation);
        group.push(figure);
        let mut paragraph = TagGroup::new(Tag::P);
        paragraph.push(group);
        tags.push(paragraph);
    }
    page.finish();
    document.set_tag_tree(tags);
    let mut outline = Outline::new();
    outline.push_child(OutlineNode::new(
        paper.title.clone(),
        XyzDestination::new(0, Point::from_xy(0.0, 0.0)),
    ));
    document.set_outline(outline);
    document.set_metadata(metadata(paper));
    document.embed_file(EmbeddedFile {
        path: "credential.json".into(),
        mime_type: MimeType::new("application/json"),
        description: Some("The signed credential, an Open Badge 3.0".into()),
        association_kind: AssociationKind::Source,
        data: credential.to_vec().into(),
        modification_date: Some(date(paper.at)),
        // As it is, so that it can be found without unpacking.
        compress: Some(false),
        location: None,
    });
    document.finish().map_err(|error| broken(&error))
}

/// Letters of a drawing are a part of the picture: nothing says which text they would be.
const OUTLINED: SvgSettings = SvgSettings {
    embed_text: false,
    filter_scale: 4.0,
};

fn span(ink: &Ink, writing: Writing) -> SpanTag<'_> {
    match ink {
        Ink::Letters(letters) if writing == Writing::Outlines => {
            SpanTag::empty().with_actual_text(Some(&letters.text))
        }
        Ink::Letters(_) | Ink::Svg(_) => SpanTag::empty(),
    }
}

/// Writes the letters of a text. Each glyph says which part of the text it stands for.
fn write(surface: &mut Surface<'_>, letters: &Letters) {
    surface.set_stroke(None);
    surface.set_fill(Some(Fill {
        paint: colour(&letters.colour).into(),
        ..Fill::default()
    }));
    for (x, y, line) in &letters.lines {
        let mut x = *x;
        for run in &line.runs {
            let glyphs: Vec<KrillaGlyph> = run
                .glyphs
                .iter()
                .map(|glyph| {
                    let id = GlyphId::new(glyph.id.into());
                    KrillaGlyph::new(
                        id,
                        glyph.advance,
                        glyph.x,
                        glyph.y,
                        0.0,
                        glyph.range.clone(),
                        None,
                    )
                })
                .collect();
            let font = run.face.font.clone();
            surface.draw_glyphs(
                Point::from_xy(x, *y),
                &glyphs,
                font,
                &run.text,
                letters.size,
                false,
            );
            x += run.advance() * letters.size;
        }
    }
}

/// A colour of a design, `#rrggbb`.
fn colour(text: &str) -> rgb::Color {
    let part = |at: usize| {
        let digits = text.get(at..at + 2).unwrap_or_default();
        u8::from_str_radix(digits, 16).unwrap_or_default()
    };
    rgb::Color::new(part(1), part(3), part(5))
}

fn metadata(paper: &Paper) -> Metadata {
    Metadata::new()
        .title(paper.title.clone())
        .authors(vec![paper.author.clone()])
        .creator("Tokenwright".into())
        .language(paper.language.clone())
        .document_id(paper.id.clone())
        .creation_date(date(paper.at))
}

fn date(at: chrono::DateTime<Utc>) -> DateTime {
    // Each part of an instant fits its smaller type.
    let part = |number: u32| u8::try_from(number).unwrap_or_default();
    DateTime::new(u16::try_from(at.year()).unwrap_or_default())
        .month(part(at.month()))
        .day(part(at.day()))
        .hour(part(at.hour()))
        .minute(part(at.minute()))
        .second(part(at.second()))
        .utc_offset_hour(0)
        .utc_offset_minute(0)
}

fn broken(error: &dyn std::fmt::Debug) -> Error {
    Error::Drawing(format!("The PDF could not be made: {error:?}"))
}

#[cfg(test)]
pub(super) mod testing {
    use super::*;

    pub(crate) fn paper() -> Paper {
        Paper {
            title: "Safety at work".into(),
            author: "Acme Inc.".into(),
            language: "en".into(),
            at: chrono::DateTime::from_timestamp(1_800_000_000, 0).expect("an instant"),
            id: "urn:uuid:1".into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::design::{TEMPLATES, Values, template};
    use crate::verification::extract;

    #[test]
    fn every_template_is_an_archivable_pdf_that_carries_its_credential() {
        let credential = "{\"type\":[\"VerifiableCredential\"],\"name\":\"Zürich ☃\"}";
        for one in TEMPLATES {
            let design = template(one.key, "#0f766e").expect("there");
            let values: Values = [("recipient", "Zoë مرحبا 山田"), ("title", "Safety at work")]
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .into();
            let drawing = Drawing::new(&design, &values, "https://claims.test/c/1").expect("laid out");
            let pdf = pdf(&drawing, &testing::paper(), credential.as_bytes()).expect(one.key);
            assert!(pdf.starts_with(b"%PDF-1.7"));
            assert_eq!(extract(&pdf).as_deref(), Ok(credential), "{}", one.key);
        }
    }

    /// Names of many scripts, with marks on letters and with joiners.
    const NAMES: [&str; 16] = [
        "राम",
        "अनुष्का शर्मा",
        "สมชาย น้ำใจดี",
        "شَرِيفَة",
        "נִקּוּד שָׁלוֹם",
        "Steffi Office Z\u{308}oe J\u{30c}",
        "क्\u{200d}ष",
        "Zoë\u{200d}\u{feff} Müller",
        "Дмитрий Ёлкин",
        "Αλέξανδρος Ὀδυσσεύς",
        "Nguyễn Thị Phượng",
        "محمد علي",
        "עברית שם",
        "გიორგი",
        "Արամ Խաչատրյան",
        "محمد Zoë राम",
    ];

    fn named(name: &str) -> Drawing {
        let design = template("classic", "#0f766e").expect("there");
        let values: Values = [("recipient", name), ("title", "Safety at work")]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into();
        Drawing::new(&design, &values, "https://claims.test/c/1").expect("laid out")
    }

    #[test]
    fn every_name_that_can_be_drawn_has_a_pdf_with_its_letters() {
        for (at, name) in NAMES.iter().enumerate() {
            assert_eq!(
                crate::rendering::undrawable(name).trim_end_matches('\u{feff}'),
                "",
                "{name}"
            );
            let drawing = named(name);
            let pdf = written(&drawing, &testing::paper(), b"{}", Writing::Letters).expect(name);
            if let Some(folder) = std::env::var_os("DRAWINGS") {
                let folder = std::path::PathBuf::from(folder);
                std::fs::write(folder.join(format!("name-{at}.pdf")), &pdf).expect("written");
                let png = drawing.png(1123).expect("PNG");
                std::fs::write(folder.join(format!("name-{at}.png")), png).expect("written");
            }
        }
    }

    #[test]
    fn what_cannot_be_written_as_letters_is_drawn_as_outlines() {
        let mut paper = testing::paper();
        for name in NAMES {
            written(&named(name), &paper, b"{}", Writing::Outlines).expect(name);
        }
        // A character that archives do not take comes from outside of the check.
        paper.title = "山田 ☃".into();
        assert!(pdf(&named("山田 \u{e000}☃🎓"), &paper, b"{}").is_ok());
    }

    #[test]
    fn words_in_an_uploaded_drawing_are_no_reason_against_the_pdf() {
        let mut design = template("classic", "#0f766e").expect("there");
        let backdrop = design.backdrop.as_mut().expect("a drawing");
        backdrop
            .svg
            .push_str("<text x=\"40\" y=\"40\" font-size=\"20\">राम น้ำ שָׁלוֹם 山</text>");
        let values = Values::from([("recipient".to_owned(), "Zoë".to_owned())]);
        let drawing = Drawing::new(&design, &values, "https://claims.test/c/1").expect("laid out");
        written(&drawing, &testing::paper(), b"{}", Writing::Letters).expect("a PDF");
    }
}
