//! A drawing as PDF/A-3 for archives and PDF/UA for screen readers, with the signed credential inside.

use std::num::NonZeroU16;

use chrono::{Datelike, Timelike, Utc};
use krilla::action::{Action, LinkAction};
use krilla::annotation::{Annotation, LinkAnnotation, Target};
use krilla::configure::{Accessibility, Archival, ConfigurationBuilder};
use krilla::destination::XyzDestination;
use krilla::embed::{AssociationKind, EmbeddedFile, MimeType};
use krilla::geom::{Point, Rect, Size, Transform};
use krilla::metadata::{DateTime, Metadata};
use krilla::outline::{Outline, OutlineNode};
use krilla::page::PageSettings;
use krilla::tagging::{ArtifactType, ContentTag, SpanTag, Tag, TagGroup, TagTree};
use krilla::{Document, SerializeSettings};
use krilla_svg::{SurfaceExt, SvgSettings};

use super::layout::Role;
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
/// # Errors
/// The drawing cannot stand in an archive.
pub fn pdf(drawing: &Drawing, paper: &Paper, credential: &[u8]) -> Result<Vec<u8>> {
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
        let tree = parse(&drawing.document(&piece.svg))?;
        let tag = match &piece.role {
            Role::Decoration => {
                ContentTag::Artifact(krilla::tagging::Artifact::with_kind(ArtifactType::Layout))
            }
            Role::Heading(_) | Role::Paragraph => ContentTag::Span(SpanTag::empty()),
            Role::Link(..) | Role::Figure(_) => ContentTag::Other,
        };
        let identifier = surface.start_tagged(tag);
        surface.push_transform(&Transform::from_scale(scale, scale));
        surface.draw_svg(&tree, size, SvgSettings::default());
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
}
