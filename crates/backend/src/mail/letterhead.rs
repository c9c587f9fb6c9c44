//! What an organisation's mails and its recipients' pages have in common: a logo, a colour, whom to ask.
//!
//! A logo is drawn anew as PNG when it is taken, small enough to travel with each mail: mail programs show no drawings, and
//! many fetch nothing from elsewhere.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use credentials::rendering::Artwork;
use database::Conn;
use domain::mail::{Contact, Letterhead, Logo};
use domain::{OrganisationId, Permission, Refusal};
use serde_json::json;

use super::{Mail, sql, texts};
use crate::Caller;
use crate::audit::{Entry, Event};
use crate::error::Result;

/// The frame that a logo fits into, in pixels. Pages and mails show it half as large, for screens with small pixels.
const FRAME: (u32, u32) = (480, 120);
/// The most bytes of one: it travels with each mail.
const MOST_BYTES: usize = 64 * 1024;

/// What mails have in common beside their words.
#[derive(Debug, Clone, Default)]
pub(super) struct Look {
    /// The colour of buttons.
    pub colour: Option<String>,
    /// Whom to ask: what there is, and where each leads.
    pub contact: Vec<(String, String)>,
    /// The logo.
    pub logo: Option<sql::StoredLogo>,
}

impl Look {
    pub(super) fn of(row: Option<&sql::SettingsRow>, logo: Option<sql::StoredLogo>) -> Self {
        Self {
            colour: row.and_then(|row| row.colour.clone()),
            contact: row.map(|row| row.contact().links()).unwrap_or_default(),
            logo,
        }
    }
}

impl sql::StoredLogo {
    /// The logo as an address that holds it, for pages that fetch nothing.
    pub(super) fn inline(&self) -> String {
        format!("data:image/png;base64,{}", STANDARD.encode(&self.png))
    }
}

impl sql::SettingsRow {
    pub(super) fn contact(&self) -> Contact {
        Contact {
            email: self.contact_email.clone(),
            phone: self.contact_phone.clone(),
            url: self.contact_url.clone(),
        }
    }
}

impl Mail<'_> {
    /// Whether a caller may change the logo: asked before a file is read.
    ///
    /// # Errors
    /// Forbidden.
    pub fn may_set_logo(&self, caller: &Caller) -> Result<()> {
        caller.may_everywhere(Permission::OrganisationManage)?;
        Ok(())
    }

    /// Takes an SVG, PNG or JPEG file as the logo; without one there is none any more.
    ///
    /// # Errors
    /// Forbidden, or refused at `file`.
    pub async fn set_logo(&self, caller: &Caller, file: Option<Vec<u8>>) -> Result<()> {
        self.may_set_logo(caller)?;
        let logo = match file {
            Some(file) => {
                let drawing = move || Ok(drawn(&file));
                let drawn = self.0.drawing.draw(caller, drawing).await?;
                Some(drawn.map_err(|error| Refusal::at("file", error.to_string()))?)
            }
            None => None,
        };
        let now = self.0.clock.now();
        let mut tx = self.0.db.write().await?;
        let what = if logo.is_some() { "another" } else { "none" };
        sql::put_logo(&mut tx, caller.organisation(), logo, now).await?;
        let entry = Entry {
            facts: json!({ "logo": what }),
            ..Entry::new(Event::LogoChanged)
        };
        self.0.record(&mut tx, caller, entry).await?;
        self.0.commit(tx).await
    }

    /// An organisation's logo as PNG: everybody may see it.
    ///
    /// # Errors
    /// A fault.
    pub async fn logo(&self, organisation: OrganisationId) -> Result<Option<Vec<u8>>> {
        let logo = sql::logo(&mut self.0.db.read().await?, organisation).await?;
        Ok(logo.map(|logo| logo.png))
    }

    /// The style sheet with an organisation's colour, for its recipients' pages; none if it chose none.
    ///
    /// # Errors
    /// A fault.
    pub async fn style(&self, organisation: OrganisationId) -> Result<Option<String>> {
        let row = sql::settings(&mut self.0.db.read().await?, organisation).await?;
        let colour = row.and_then(|row| row.colour);
        Ok(colour.map(|colour| {
            let text = texts::readable_on(&colour);
            format!(
                ".button.primary,.button.primary:hover{{background:{colour};color:{text}}}\n.emblem svg,.imprint svg{{color:{colour};fill:{colour}}}\n"
            )
        }))
    }
}

/// What the pages of an organisation's recipients begin and end with.
///
/// # Errors
/// A fault.
pub(crate) async fn letterhead(
    conn: &mut Conn,
    organisation: OrganisationId,
    name: &str,
) -> Result<Letterhead> {
    let row = sql::settings(conn, organisation).await?;
    let size = sql::logo_size(conn, organisation).await?;
    let place = format!("/issuers/{organisation}");
    Ok(Letterhead {
        name: name.to_owned(),
        logo: size.map(|(width, height, changed_at)| Logo {
            address: format!("{place}/logo.png?v={}", changed_at.timestamp()),
            width: shown(width),
            height: shown(height),
        }),
        style: row
            .as_ref()
            .filter(|row| row.colour.is_some())
            .map(|row| format!("{place}/style.css?v={}", row.changed_at.timestamp())),
        contact: row.as_ref().map(sql::SettingsRow::contact).unwrap_or_default(),
    })
}

/// How large something is shown that has so many pixels.
pub(super) fn shown(pixels: i64) -> i64 {
    (pixels / 2).max(1)
}

/// The logo that a file gives.
fn drawn(file: &[u8]) -> credentials::Result<sql::NewLogo> {
    let artwork = Artwork::clean(file)?;
    let (mut width, mut height) = FRAME;
    loop {
        let (wide, high, png) = artwork.png_within(width, height)?;
        // A photograph packs badly: it gets fewer pixels.
        if png.len() <= MOST_BYTES || width < FRAME.0 / 4 {
            return Ok(sql::NewLogo {
                png,
                width: wide.into(),
                height: high.into(),
            });
        }
        (width, height) = (width / 2, height / 2);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_logo_is_drawn_small_and_keeps_nothing_of_its_file() {
        let svg = "<svg xmlns='http://www.w3.org/2000/svg' width='10' height='5'><script>alert(1)</script>\
                   <image href='https://evil.example/x.png' width='5' height='5'/><rect width='10' height='5' fill='red'/></svg>";
        let logo = drawn(svg.as_bytes()).expect("a logo");
        assert_eq!((logo.width, logo.height), (240, 120));
        assert!(logo.png.starts_with(b"\x89PNG") && logo.png.len() < MOST_BYTES);
        for bad in [
            "",
            "hello",
            "<svg",
            "<!DOCTYPE svg [<!ENTITY a 'b'>]><svg xmlns='http://www.w3.org/2000/svg'/>",
        ] {
            assert!(drawn(bad.as_bytes()).is_err(), "{bad}");
        }
    }
}
