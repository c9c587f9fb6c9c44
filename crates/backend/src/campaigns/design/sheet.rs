//! A version as it is stored, and everything that it is drawn from.
//!
//! What a template draws is stored with the version: templates get better, and what was issued must not.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use credentials::design::{self, Backdrop, Sheet, TEMPLATES};
use credentials::rendering::{Artwork, Media};
use database::{Conn, WriteTx};
use domain::campaigns::CampaignHead;
use domain::campaigns::design::{Background, Design, Field, Layer, Square};
use domain::{CampaignId, DesignId, Refusal};
use serde::{Deserialize, Serialize};

use super::super::sql;
use super::kind_of;
use crate::Caller;
use crate::error::{Fault, Result, corrupt};

/// A version as it is stored.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Stored {
    pub design: Design,
    /// What its template drew when it was saved.
    pub backdrop: Option<Backdrop>,
}

/// A version of before designs could be edited: a template with its background drawn in.
#[derive(Deserialize)]
struct First {
    width: f32,
    height: f32,
    background: String,
    fields: Vec<Field>,
    qr: Option<Square>,
}

impl Stored {
    fn read(row: &sql::Drawn) -> Result<Self, serde_json::Error> {
        let Ok(first) = serde_json::from_str::<First>(&row.document) else {
            return serde_json::from_str(&row.document);
        };
        let texts = first.fields.into_iter().map(Layer::Text);
        Ok(Self {
            design: Design {
                width: first.width,
                height: first.height,
                background: Background::Template {
                    template: row.template.clone(),
                    colour: row.colour.clone(),
                },
                layers: texts.chain(first.qr.map(Layer::Qr)).collect(),
            },
            backdrop: Some(Backdrop {
                svg: first.background,
                width: first.width,
                height: first.height,
            }),
        })
    }

    /// A design to be stored; a background that stays is not drawn anew.
    pub(super) fn of(design: &Design, before: &Self) -> Result<Self, Refusal> {
        let backdrop = match &design.background {
            same if *same == before.design.background => before.backdrop.clone(),
            Background::Template { template, colour } => {
                Some(Backdrop::of(template, colour).ok_or_else(|| {
                    let keys: Vec<_> = TEMPLATES.iter().map(|template| template.key).collect();
                    let sentence = format!("Choose one of these templates: {}.", keys.join(", "));
                    Refusal::at("background/template", sentence)
                })?)
            }
            Background::Plain { .. } | Background::Picture { .. } => None,
        };
        Ok(Self {
            design: design.clone(),
            backdrop,
        })
    }

    /// It with its pictures, to be drawn.
    pub(super) fn with(self, pictures: Vec<sql::StoredPicture>) -> Result<Sheet> {
        Ok(Sheet {
            pictures: artworks(pictures)?,
            design: self.design,
            backdrop: self.backdrop,
        })
    }

    /// Writes it as the next version. `names` are the template and the colour that the campaign is known by.
    pub(super) async fn insert(
        &self,
        tx: &mut WriteTx,
        caller: &Caller,
        campaign: CampaignId,
        id: DesignId,
        (template, colour): (&str, &str),
        now: DateTime<Utc>,
    ) -> Result<i64> {
        let new = sql::NewDesign {
            id,
            organisation: caller.organisation(),
            campaign,
            template,
            colour,
            document: &serde_json::to_string(self).map_err(Fault::new)?,
            pictures: &self.design.pictures(),
            author: caller.name(),
            now,
        };
        Ok(sql::insert_design(tx, &new).await?)
    }
}

/// The first version of a campaign: a template in a colour.
pub(in super::super) struct Start {
    stored: Stored,
    template: String,
    colour: String,
}

/// What a campaign starts from.
///
/// # Errors
/// Refused at `template`.
pub(in super::super) fn start(head: &CampaignHead) -> Result<Start, Refusal> {
    let fits = |template: &&design::Template| kind_of(template.badge) == head.kind;
    let chosen = match head.template.as_str() {
        "" => TEMPLATES.iter().find(fits),
        key => TEMPLATES.iter().filter(fits).find(|template| template.key == key),
    };
    let drawn =
        chosen.and_then(|template| Some((template.key, design::template(template.key, &head.colour)?)));
    let Some((template, sheet)) = drawn else {
        let keys: Vec<_> = TEMPLATES
            .iter()
            .filter(fits)
            .map(|template| template.key)
            .collect();
        let sentence = format!("Choose one of these designs: {}.", keys.join(", "));
        return Err(Refusal::at("template", sentence));
    };
    Ok(Start {
        stored: Stored {
            design: sheet.design,
            backdrop: sheet.backdrop,
        },
        template: template.into(),
        colour: head.colour.clone(),
    })
}

impl Start {
    /// Writes it as the next version.
    pub(in super::super) async fn insert(
        &self,
        tx: &mut WriteTx,
        caller: &Caller,
        campaign: CampaignId,
        id: DesignId,
        now: DateTime<Utc>,
    ) -> Result<()> {
        let names = (self.template.as_str(), self.colour.as_str());
        self.stored.insert(tx, caller, campaign, id, names, now).await?;
        Ok(())
    }

    /// It, to be drawn.
    pub(super) fn sheet(self) -> Sheet {
        Sheet {
            design: self.stored.design,
            backdrop: self.stored.backdrop,
            pictures: BTreeMap::new(),
        }
    }
}

/// A version as it is stored.
pub(super) async fn stored(conn: &mut Conn, id: DesignId) -> Result<Stored> {
    let row = sql::drawn(conn, id)
        .await?
        .ok_or_else(|| corrupt("designs", "id", id))?;
    Stored::read(&row).map_err(|_| corrupt("designs", "document", id))
}

/// A version with everything that it is drawn from.
pub(in super::super) async fn sheet(conn: &mut Conn, id: DesignId) -> Result<Sheet> {
    let pictures = sql::pictures_of(conn, id).await?;
    stored(conn, id).await?.with(pictures)
}

/// Stored pictures, to be drawn.
fn artworks(stored: Vec<sql::StoredPicture>) -> Result<BTreeMap<domain::DesignPictureId, Artwork>> {
    stored
        .into_iter()
        .map(|row| {
            let media =
                Media::from_key(&row.media).ok_or_else(|| corrupt("design_pictures", "media", row.id))?;
            let side =
                |side: i64| u32::try_from(side).map_err(|_| corrupt("design_pictures", "width", row.id));
            let artwork = Artwork {
                media,
                width: side(row.width)?,
                height: side(row.height)?,
                content: row.content,
            };
            Ok((row.id, artwork))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_of_before_is_read_with_the_background_that_it_was_issued_with() {
        let row = sql::Drawn {
            template: "quiet".into(),
            colour: "#0f766e".into(),
            document: r##"{"width":1123.0,"height":794.0,"background":"<rect/>","fields":[{"text":"{recipient}",
                "x":561.5,"y":428.0,"width":860.0,"size":52.0,"lines":1,"serif":true,"bold":false,"align":"middle",
                "colour":"#0f766e","heading":false}],"qr":{"x":930.0,"y":606.0,"side":116.0}}"##
                .into(),
        };
        let stored = Stored::read(&row).expect("read");
        assert_eq!(stored.design.check(), Ok(()));
        assert!(matches!(stored.design.layers[..], [Layer::Text(_), Layer::Qr(_)]));
        assert_eq!(
            stored.backdrop.as_ref().map(|drawn| drawn.svg.as_str()),
            Some("<rect/>")
        );
        // Saved again with the same background, it keeps that drawing; with another it gets another one.
        let again = Stored::of(&stored.design, &stored).expect("stored");
        assert_eq!(again, stored);
        let written = sql::Drawn {
            document: serde_json::to_string(&again).expect("written"),
            ..row
        };
        assert_eq!(Stored::read(&written).expect("read"), again);
        let mut other = stored.design.clone();
        other.background = Background::Template {
            template: "classic".into(),
            colour: "#0f766e".into(),
        };
        let drawn = Stored::of(&other, &stored)
            .expect("stored")
            .backdrop
            .expect("drawn");
        assert_ne!(drawn.svg, "<rect/>");
        other.background = Background::Template {
            template: "nothing".into(),
            colour: "#0f766e".into(),
        };
        let refused = Stored::of(&other, &stored).expect_err("no such template");
        assert!(refused.to_string().contains("classic"), "{refused}");
    }
}
