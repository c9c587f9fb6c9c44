//! What everybody may see of a credential, in every form.

use std::collections::HashMap;

use chrono::{DateTime, Datelike, TimeDelta, Utc};
use credentials::badge;
use credentials::baking;
use credentials::design::Sheet;
use credentials::open_badges_2::{self, Hosted};
use credentials::rendering::{self, Drawing, Paper};
use credentials::verification;
use domain::CredentialId;
use domain::campaigns::CredentialState;
use domain::campaigns::claims::PublicCredential;
use serde_json::Value;

use super::issuing::Facts;
use super::{Campaigns, design, issuer, sql};
use crate::error::{Error, Fault, Result, corrupt};
use crate::mail;
use crate::times::{self, Times};

/// The forms of a credential.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Form {
    /// The signed document.
    Json,
    /// The same as JWT.
    Jwt,
    /// A page to print, with the signed document inside.
    Pdf,
    /// A picture that carries it.
    Png,
    /// A drawing that carries it.
    Svg,
    /// A document of Open Badges 2.0.
    Hosted(Hosted),
}

impl Form {
    /// The form behind the ending of a file's name.
    pub fn from_ending(ending: &str) -> Option<Self> {
        Some(match ending {
            "json" => Self::Json,
            "jwt" => Self::Jwt,
            "pdf" => Self::Pdf,
            "png" => Self::Png,
            "svg" => Self::Svg,
            other => return Hosted::from_ending(other).map(Self::Hosted),
        })
    }
}

/// A credential in one form.
#[derive(Debug, Clone)]
pub struct Document {
    /// What a file of it is called, without an ending.
    pub name: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// How wide pictures are, in pixels: enough for a card of a social network, which shows what is narrower than 1200 small.
const WIDTH: u32 = 1600;
const BADGE_WIDTH: u32 = 1200;

impl Campaigns<'_> {
    /// What the public page of a credential shows; `None` for what was deleted and for what never was.
    ///
    /// # Errors
    /// A fault.
    pub async fn public(&self, id: CredentialId) -> Result<Option<PublicCredential>> {
        let mut conn = self.0.db.read().await?;
        let Some(stored) = sql::credential(&mut conn, id)
            .await?
            .filter(sql::Credential::is_there)
        else {
            return Ok(None);
        };
        let signer = issuer::of_key(&mut conn, self.0, stored.organisation_id, stored.key_id).await?;
        let document: Value = serde_json::from_str(&stored.document).map_err(Fault::new)?;
        let text = |path: &str| {
            document
                .pointer(path)
                .and_then(Value::as_str)
                .unwrap_or_default()
                .to_owned()
        };
        // The name that it was issued under, beside the logo as it is now.
        let name = text("/issuer/name");
        let letterhead = mail::letterhead(&mut conn, stored.organisation_id, &name).await?;
        drop(conn);
        let now = self.0.clock.now();
        let key = credentials::keys::ed25519_bytes(&signer.keys.public().multibase).map_err(Fault::new)?;
        let proof = document.get("proof").cloned().unwrap_or_default();
        let zone = stored.zone()?;
        let times = Times { zone, now };
        let month = |at: DateTime<Utc>| {
            let there = at.with_timezone(&zone);
            (there.year(), there.month())
        };
        Ok(Some(PublicCredential {
            id,
            address: format!("{}/c/{id}", self.0.settings.public_url),
            state: stored.state(now),
            signature_is_good: self.0.signatures.is_good(&stored.document, &key, || {
                credentials::proof::verify(&document, &proof, &key).is_ok()
            }),
            kind: stored.kind()?,
            recipient: stored.recipient.clone(),
            title: text("/name"),
            description: text("/credentialSubject/achievement/description"),
            criteria: text("/credentialSubject/achievement/criteria/narrative"),
            issuer: name,
            letterhead,
            issuer_id: text("/issuer/id"),
            issuer_url: text("/issuer/url"),
            issuer_about: text("/issuer/description"),
            language: text("/credentialSubject/achievement/inLanguage"),
            awarded: times.when(stored.awarded_at),
            until: stored.valid_until.map(|end| times.last_minute(end)),
            revoked: stored
                .revoked_at
                .map(|at| (times.when(at), stored.reason.clone().unwrap_or_default())),
            issued_month: month(stored.awarded_at),
            expires_month: stored
                .valid_until
                .map(|end| month(end - TimeDelta::microseconds(1))),
        }))
    }

    /// A credential in one of its forms; `None` for what was deleted and for what never was.
    ///
    /// # Errors
    /// A fault.
    pub async fn document(&self, id: CredentialId, form: Form) -> Result<Option<Document>> {
        let mut conn = self.0.db.read().await?;
        let Some(stored) = sql::credential(&mut conn, id)
            .await?
            .filter(sql::Credential::is_there)
        else {
            return Ok(None);
        };
        let bytes = match form {
            Form::Json => stored.document.clone().into_bytes(),
            Form::Jwt => {
                let signer = issuer::of_key(&mut conn, self.0, stored.organisation_id, stored.key_id).await?;
                let document: Value = serde_json::from_str(&stored.document).map_err(Fault::new)?;
                signer.jwt(&badge::for_jwt(&document))?.into_bytes()
            }
            Form::Hosted(hosted) => {
                let document: Value = serde_json::from_str(&stored.document).map_err(Fault::new)?;
                let reason = stored
                    .revoked_at
                    .map(|_| stored.reason.as_deref().unwrap_or_default());
                open_badges_2::hosted(&document, hosted, reason)
                    .to_string()
                    .into_bytes()
            }
            Form::Pdf | Form::Png | Form::Svg => {
                let sheet = design::sheet(&mut conn, stored.design_id).await?;
                drop(conn);
                let address = format!("{}/c/{id}", self.0.settings.public_url);
                self.drawn(&stored, sheet, address, form).await?
            }
        };
        Ok(Some(Document {
            name: file_name(&stored.title, &stored.recipient),
            bytes,
        }))
    }

    async fn drawn(
        &self,
        stored: &sql::Credential,
        sheet: Sheet,
        address: String,
        form: Form,
    ) -> Result<Vec<u8>> {
        let document: Value = serde_json::from_str(&stored.document).map_err(Fault::new)?;
        let text = |path: &str| {
            document
                .pointer(path)
                .and_then(Value::as_str)
                .unwrap_or_default()
                .to_owned()
        };
        let (title, issuer) = (text("/name"), text("/issuer/name"));
        let mut values = Facts {
            id: &address,
            recipient: &stored.recipient,
            title: &title,
            issuer: &issuer,
            description: &text("/credentialSubject/achievement/description"),
            awarded_at: stored.awarded_at,
            valid_until: stored.valid_until,
            zone: stored.zone()?,
        }
        .values();
        design::add_columns(&mut values, &stored.columns);
        let paper = Paper {
            title: format!("{title}: {}", stored.recipient),
            author: issuer,
            language: match text("/credentialSubject/achievement/inLanguage") {
                none if none.is_empty() => "en".into(),
                language => language,
            },
            at: stored.valid_from,
            id: address.clone(),
        };
        let is_badge = stored.kind()? == domain::campaigns::CampaignKind::Badge;
        let signed = stored.document.clone();
        let drawn = self.0.drawing.draw_checked(move || {
            let drawing = Drawing::new(&sheet, &values, &address)?;
            match form {
                Form::Pdf => rendering::pdf(&drawing, &paper, signed.as_bytes()),
                Form::Svg => baking::bake_svg(&drawing.svg()?, &signed).map(String::into_bytes),
                _ => baking::bake_png(&drawing.png(if is_badge { BADGE_WIDTH } else { WIDTH })?, &signed),
            }
        });
        drawn.await
    }

    /// Checks a credential that anybody issued, with documents that were fetched for it. Those of this installation are
    /// read from the database.
    ///
    /// # Errors
    /// A fault.
    pub async fn verify(
        &self,
        credential: &str,
        fetched: &(dyn Fn(&str) -> Option<Vec<u8>> + Sync),
    ) -> Result<verification::Report> {
        let mut own = HashMap::<String, Vec<u8>>::new();
        loop {
            let needed = verification::documents_needed(credential, &|address| {
                own.get(address).cloned().or_else(|| fetched(address))
            });
            let before = own.len();
            for address in needed {
                if let Some(bytes) = self.own_document(&address).await? {
                    own.insert(address, bytes);
                }
            }
            // One leads to the next.
            if own.len() == before {
                break;
            }
        }
        let look_up = |address: &str| own.get(address).cloned().or_else(|| fetched(address));
        Ok(verification::verify(credential, self.0.clock.now(), &look_up))
    }

    /// The credential of this installation whose public page, or file, has this address. Nothing is asked for anywhere.
    pub fn credential_at(&self, address: &str) -> Option<CredentialId> {
        let home = self.0.settings.public_url.as_str();
        let name = address.trim().strip_prefix(home)?.strip_prefix("/c/")?;
        let end = name.find(['.', '?', '#', '/']).unwrap_or(name.len());
        name[..end].parse().ok()
    }

    /// A document of this installation, which a check asks for by its address.
    pub(super) async fn own_document(&self, address: &str) -> Result<Option<Vec<u8>>> {
        let home = &self.0.settings.public_url;
        let Some(path) = address.strip_prefix(home.as_str()) else {
            return Ok(None);
        };
        let found = if let Some(rest) = path.strip_prefix("/issuers/") {
            match rest.strip_suffix("/did.json").and_then(|id| id.parse().ok()) {
                Some(organisation) => self.issuer_document(organisation).await?,
                None => None,
            }
        } else if let Some(rest) = path.strip_prefix("/status/") {
            let number = rest.strip_suffix(".jwt").unwrap_or(rest);
            match number.parse() {
                Ok(number) => self.status_list(number, rest.ends_with(".jwt")).await?,
                Err(_) => None,
            }
        } else if let Some((id, hosted)) = hosted_at(path) {
            let found = self.document(id, Form::Hosted(hosted)).await?;
            return Ok(found.map(|document| document.bytes));
        } else {
            None
        };
        Ok(found.map(String::into_bytes))
    }
}

/// The document for old backpacks that a path names.
fn hosted_at(path: &str) -> Option<(CredentialId, Hosted)> {
    let (id, ending) = path.strip_prefix("/c/")?.split_once('.')?;
    Some((id.parse().ok()?, Hosted::from_ending(ending)?))
}

impl sql::Credential {
    fn state(&self, now: DateTime<Utc>) -> CredentialState {
        if self.revoked_at.is_some() {
            CredentialState::Revoked
        } else if self.valid_until.is_some_and(|end| end <= now) {
            CredentialState::Expired
        } else {
            CredentialState::Valid
        }
    }

    fn zone(&self) -> Result<chrono_tz::Tz, Error> {
        times::zone(&self.time_zone)
            .ok_or_else(|| corrupt("organisations", "time_zone", self.organisation_id))
    }
}

/// The longest name of a file, in bytes: systems take 255, with its ending.
const LONGEST_NAME: usize = 200;

/// What a file is called: the words of title and name, in their own letters. Signs that have a meaning to some system are
/// left out, as are those that turn the direction of what follows.
fn file_name(title: &str, recipient: &str) -> String {
    let is_kept = |c: char| {
        c.is_ascii_alphanumeric()
            || !(c.is_ascii()
                || c.is_control()
                || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'))
    };
    let name: String = format!("{title} {recipient}")
        .chars()
        .map(|c| if is_kept(c) { c } else { ' ' })
        .collect();
    let mut name = name.split_whitespace().collect::<Vec<_>>().join("-");
    while name.len() > LONGEST_NAME {
        name.pop();
    }
    if name.is_empty() {
        "credential".into()
    } else {
        name
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_keeps_the_letters_of_a_name() {
        assert_eq!(
            file_name("Kurs in Zürich", "Zoë O'Brien"),
            "Kurs-in-Zürich-Zoë-O-Brien"
        );
        assert_eq!(file_name("../a\\b\"c", "अनुष्का शर्मा"), "a-b-c-अनुष्का-शर्मा");
        assert_eq!(file_name("\u{202e}", "/"), "credential");
        assert!(file_name(&"長".repeat(200), "x").len() <= LONGEST_NAME);
    }
}
