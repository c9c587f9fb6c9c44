//! How a design looks with somebody's name on it, before it is saved and after.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::TimeDelta;
use credentials::design::{Backdrop, Values};
use credentials::rendering::{self, Drawing};
use database::Conn;
use domain::campaigns::CampaignForm;
use domain::campaigns::design::{
    Background, Design, DrawnText, Field, Layer, MOST_LAYERS, MOST_UNITS, PreviewOf,
};
use domain::{CampaignId, Permission, Refusal};

use super::super::issuing::Facts;
use super::super::{Campaigns, sql};
use super::sheet;
use crate::Caller;
use crate::error::Result;

/// How wide a preview is, in pixels.
const WIDTH: u32 = 1200;
/// How wide the picture on a campaign's page is.
const SMALL: u32 = 900;

const ORDINARY: &str = "Maximiliane Wolfeschlegelstein-Müller";
const LONGEST: &str = "Maximiliane Konstantinopolitanskaja Wolfeschlegelsteinhausenbergerdorff-Featherstonehaugh von Hohenlohe-Langenburg III";
const STRANGEST: &str = "مُحَمَّد Zoë בֶּן־דָּוִד Дмитрий अनीता O’Brien <&>";

impl Campaigns<'_> {
    /// A picture of a template in a colour, as PNG: what a new campaign would look like.
    ///
    /// # Errors
    /// Forbidden, or refused at the fields.
    pub async fn preview(&self, caller: &Caller, form: &CampaignForm) -> Result<Vec<u8>> {
        caller.may(Permission::CampaignsRead)?;
        let head = form.parse()?;
        let sheet = sheet::start(&head)?.sheet();
        let link = self.sample_link();
        let values = self.facts(
            caller,
            &link,
            ORDINARY,
            (&head.title, &head.description, head.valid_days),
        );
        let drawn = self
            .0
            .drawing
            .draw_checked(move || Drawing::new(&sheet, &values, &link)?.png(SMALL));
        drawn.await
    }

    /// The design that counts, with a sample recipient, as PNG.
    ///
    /// # Errors
    /// Forbidden or not found.
    pub async fn design_picture(&self, caller: &Caller, id: CampaignId) -> Result<Vec<u8>> {
        caller.may(Permission::CampaignsRead)?;
        let mut conn = self.0.db.read().await?;
        let campaign = sql::by_id(&mut conn, &caller.scope, id)
            .await?
            .ok_or(Refusal::NotFound)?;
        let values = self
            .sample(&mut conn, caller, &campaign, PreviewOf::Ordinary)
            .await?;
        let sheet = sheet::sheet(&mut conn, campaign.design_id).await?;
        drop(conn);
        let link = self.sample_link();
        let drawing = move || Drawing::new(&sheet, &values, &link)?.png(SMALL);
        self.0.drawing.draw(caller, drawing).await
    }

    /// A design that is not saved yet, with one of some recipients, as PNG.
    ///
    /// # Errors
    /// Forbidden, not found, or refused at the values that do not fit; too many, for somebody who waits for several.
    pub async fn preview_design(
        &self,
        caller: &Caller,
        id: CampaignId,
        design: &Design,
        of: PreviewOf,
    ) -> Result<Vec<u8>> {
        caller.may(Permission::CampaignsRead)?;
        let mut conn = self.0.db.read().await?;
        let campaign = sql::by_id(&mut conn, &caller.scope, id)
            .await?
            .ok_or(Refusal::NotFound)?;
        design.check()?;
        let counting = sheet::stored(&mut conn, campaign.design_id).await?;
        let stored = sheet::Stored::of(design, &counting)?;
        let pictures = sql::pictures(&mut conn, id, &design.pictures()).await?;
        let values = self.sample(&mut conn, caller, &campaign, of).await?;
        drop(conn);
        let sheet = stored.with(pictures)?;
        let link = self.sample_link();
        let drawing = move || Drawing::new(&sheet, &values, &link)?.png(WIDTH);
        self.0.drawing.draw(caller, drawing).await
    }

    /// The same picture as an address that holds it, for a page to show.
    ///
    /// # Errors
    /// As those of [`Self::preview_design`].
    pub async fn preview_address(
        &self,
        caller: &Caller,
        id: CampaignId,
        design: &Design,
        of: PreviewOf,
    ) -> Result<String> {
        let picture = self.preview_design(caller, id, design, of).await?;
        Ok(format!("data:image/png;base64,{}", STANDARD.encode(picture)))
    }

    /// Texts as they are drawn, for a designer that places them. A text that is blank is drawn as nothing.
    ///
    /// # Errors
    /// Forbidden, not found, or refused at the values that do not fit.
    pub async fn draw_texts(
        &self,
        caller: &Caller,
        id: CampaignId,
        fields: &[Field],
        of: PreviewOf,
    ) -> Result<Vec<DrawnText>> {
        // Whoever saved a design is shown it, too.
        caller.may_any(&[Permission::CampaignsRead, Permission::CampaignsManage])?;
        let mut conn = self.0.db.read().await?;
        let campaign = sql::by_id(&mut conn, &caller.scope, id)
            .await?
            .ok_or(Refusal::NotFound)?;
        if fields.len() > MOST_LAYERS {
            let sentence = format!("At most {MOST_LAYERS} texts are drawn at once.");
            return Err(Refusal::at("fields", sentence).into());
        }
        alone(fields).check()?;
        let values = self.sample(&mut conn, caller, &campaign, of).await?;
        drop(conn);
        let fields = fields.to_vec();
        let drawing = move || {
            let drawn = fields.iter().map(|field| match field.text.trim() {
                "" => DrawnText::default(),
                _ => DrawnText {
                    svg: rendering::outlines(field, &values),
                },
            });
            Ok(drawn.collect())
        };
        self.0.drawing.draw(caller, drawing).await
    }

    /// The background of a template in a colour, as SVG.
    ///
    /// # Errors
    /// Forbidden, or not found: there is no such template.
    pub fn template_background(&self, caller: &Caller, template: &str, colour: &str) -> Result<String> {
        caller.may(Permission::CampaignsRead)?;
        let drawn = Backdrop::of(template, colour).ok_or(Refusal::NotFound)?;
        Ok(drawn.document())
    }

    /// Where a sample's QR code leads: as long as real ones are, and to nothing.
    pub(super) fn sample_link(&self) -> String {
        format!("{}/c/{}", self.0.settings.public_url, uuid::Uuid::nil())
    }

    async fn sample(
        &self,
        conn: &mut Conn,
        caller: &Caller,
        campaign: &sql::Campaign,
        of: PreviewOf,
    ) -> Result<Values> {
        let named = match of {
            PreviewOf::Ordinary => None,
            PreviewOf::Longest => Some(LONGEST.to_owned()),
            PreviewOf::Strangest => Some(STRANGEST.to_owned()),
            PreviewOf::Recipient(id) => {
                let found = sql::recipient(conn, &caller.scope, id).await?;
                let found = found.filter(|recipient| recipient.campaign_id == campaign.id);
                Some(found.ok_or(Refusal::NotFound)?.name)
            }
        };
        let head = (
            campaign.title.as_str(),
            campaign.description.as_str(),
            campaign.valid_days,
        );
        let name = named.as_deref().unwrap_or(ORDINARY);
        let mut values = self.facts(caller, &self.sample_link(), name, head);
        if let PreviewOf::Recipient(id) = of {
            let columns = sql::columns_of(conn, id).await?.unwrap_or_default();
            add_columns(&mut values, &columns);
        } else {
            // The newest recipients' columns tell what values look like.
            for columns in sql::newest_columns(conn, campaign.id).await?.iter().rev() {
                add_columns(&mut values, columns);
            }
        }
        Ok(values)
    }

    fn facts(
        &self,
        caller: &Caller,
        link: &str,
        recipient: &str,
        (title, description, valid_days): (&str, &str, Option<i64>),
    ) -> Values {
        let now = self.0.clock.now();
        Facts {
            id: link,
            recipient,
            title,
            issuer: &caller.organisation_name,
            description,
            awarded_at: now,
            valid_until: valid_days.map(|days| now + TimeDelta::days(days)),
            zone: caller.time_zone,
        }
        .values()
    }
}

/// The texts on a page as large as a page may be: where they stand does not matter, and blank ones are drawn as nothing.
fn alone(fields: &[Field]) -> Design {
    let texts = fields.iter().filter(|field| !field.text.trim().is_empty());
    Design {
        width: MOST_UNITS,
        height: MOST_UNITS,
        background: Background::Plain {
            colour: "#ffffff".into(),
        },
        layers: texts
            .map(|field| {
                Layer::Text(Field {
                    x: 0.0,
                    y: 0.0,
                    heading: false,
                    ..field.clone()
                })
            })
            .collect(),
    }
}

/// The columns that recipients of a campaign came with, by name.
pub(super) async fn columns(conn: &mut Conn, campaign: CampaignId) -> Result<Vec<String>> {
    let mut all = Values::new();
    for columns in sql::newest_columns(conn, campaign).await? {
        add_columns(&mut all, &columns);
    }
    Ok(all.into_keys().collect())
}

/// Adds the columns that a recipient came with. What every design knows stays what it is.
pub(in super::super) fn add_columns(values: &mut Values, columns: &str) {
    let read: BTreeMap<String, serde_json::Value> = serde_json::from_str(columns).unwrap_or_default();
    for (name, value) in read {
        let is_ours = domain::campaigns::design::PLACEHOLDERS.contains(&name.as_str());
        if let (false, Some(text)) = (is_ours, value.as_str()) {
            values.insert(name, text.to_owned());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sample_names_are_names_that_somebody_could_have() {
        for name in [ORDINARY, LONGEST, STRANGEST] {
            let form = domain::campaigns::RecipientForm {
                name: name.into(),
                email: "zoe@example.org".into(),
            };
            assert!(form.parse().is_ok(), "{name}");
            assert_eq!(rendering::undrawable(name), "", "{name}");
        }
        assert!(
            (110..=120).contains(&LONGEST.chars().count()),
            "{}",
            LONGEST.chars().count()
        );
    }

    #[test]
    fn columns_are_placeholders_but_replace_none_of_ours() {
        let mut values = Values::from([("recipient".into(), "Zoë".into())]);
        add_columns(&mut values, r#"{"course":"Knots","recipient":"Eve","hours":7}"#);
        assert_eq!(values["course"], "Knots");
        assert_eq!(values["recipient"], "Zoë");
        add_columns(&mut values, "no JSON");
        assert_eq!(values.len(), 2);
    }
}
