//! Signing what was claimed.

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use credentials::badge::{Achievement, Award};
use credentials::design::Values;
use database::WriteTx;
use domain::campaigns::NewRecipient;
use domain::{CredentialId, Refusal};
use serde_json::Value;
use uuid::Uuid;

use super::actions::hashed;
use super::{issuer, sql, status};
use crate::Backend;
use crate::error::Result;

/// Issues the credential of a recipient, signed.
pub(super) async fn issue(
    tx: &mut WriteTx,
    backend: &Backend,
    claim: &sql::Claim,
    now: DateTime<Utc>,
) -> Result<CredentialId> {
    let signer = issuer::newest(tx, backend, claim.organisation_id).await?;
    let (list, place) = status::take_place(tx, backend, claim.organisation_id, &signer).await?;
    let salt = Uuid::from_bytes(backend.random.bytes()).simple().to_string();
    let new = sql::NewCredential {
        id: CredentialId(Uuid::from_bytes(v4(backend.random.bytes()))),
        key: signer.key,
        list,
        place: i64::from(place),
        subject: Uuid::from_bytes(v4(backend.random.bytes())),
        salt,
        awarded_at: now,
        valid_from: now,
        valid_until: claim.valid_days.map(|days| now + TimeDelta::days(days)),
    };
    let document = signer
        .sign(award(backend, &signer, claim, &new).document(), now)?
        .to_string();
    sql::insert_credential(tx, claim, &new, &document).await?;
    sql::set_credential(tx, claim.recipient_id, new.id).await?;
    Ok(new.id)
}

/// Signs a credential anew for a corrected recipient: the same id, a newer version, the day of the award as it was.
pub(super) async fn issue_again(
    tx: &mut WriteTx,
    backend: &Backend,
    id: CredentialId,
    corrected: &NewRecipient,
) -> Result<()> {
    let stored = sql::credential(tx, id).await?.ok_or(Refusal::NotFound)?;
    let claim = sql::Claim {
        name: corrected.name.clone(),
        email: corrected.email.to_string(),
        ..sql::claim_of_credential(tx, id).await?.ok_or(Refusal::NotFound)?
    };
    let until = stored.valid_until;
    sign_anew(tx, backend, id, &claim, stored, until).await
}

/// Signs a credential anew that is valid until another instant, or for ever.
pub(super) async fn issue_until(
    tx: &mut WriteTx,
    backend: &Backend,
    id: CredentialId,
    until: Option<DateTime<Utc>>,
) -> Result<()> {
    let stored = sql::credential(tx, id).await?.ok_or(Refusal::NotFound)?;
    let claim = sql::claim_of_credential(tx, id).await?.ok_or(Refusal::NotFound)?;
    sign_anew(tx, backend, id, &claim, stored, until).await
}

async fn sign_anew(
    tx: &mut WriteTx,
    backend: &Backend,
    id: CredentialId,
    claim: &sql::Claim,
    stored: sql::Credential,
    until: Option<DateTime<Utc>>,
) -> Result<()> {
    let now = backend.clock.now();
    let signer = issuer::of_key(tx, backend, claim.organisation_id, stored.key_id).await?;
    let new = sql::NewCredential {
        id,
        key: stored.key_id,
        list: stored.list,
        place: stored.place,
        subject: stored.subject,
        salt: stored.salt,
        awarded_at: stored.awarded_at,
        // Of two versions the one that begins later counts; none begins after its own end.
        valid_from: until.map_or(now, |end| end.min(now)),
        valid_until: until,
    };
    let mut document = award(backend, &signer, claim, &new).document();
    // What was awarded stays what it was, whatever the campaign says by now.
    if let Ok(Value::Object(before)) = serde_json::from_str::<Value>(&stored.document) {
        for member in ["name", "issuer"] {
            if let Some(value) = before.get(member) {
                document[member] = value.clone();
            }
        }
        if let Some(achievement) = before
            .get("credentialSubject")
            .and_then(|subject| subject.get("achievement"))
        {
            document["credentialSubject"]["achievement"] = achievement.clone();
        }
    }
    let document = signer.sign(document, now)?.to_string();
    sql::replace_credential(tx, claim, &new, &document).await?;
    Ok(())
}

fn award(backend: &Backend, signer: &issuer::Signer, claim: &sql::Claim, new: &sql::NewCredential) -> Award {
    let home = &backend.settings.public_url;
    let address = format!("{home}/c/{}", new.id);
    Award {
        issuer: signer.issuer.clone(),
        achievement: Achievement {
            id: format!("urn:uuid:{}", claim.campaign_id),
            achievement_type: claim.achievement_type.clone(),
            name: claim.title.clone(),
            description: claim.description.clone(),
            criteria: claim.criteria.clone(),
            language: claim.languages().of_texts().map(str::to_owned),
        },
        awarded_at: new.awarded_at,
        valid_from: new.valid_from,
        valid_until: new.valid_until,
        subject: format!("urn:uuid:{}", new.subject),
        recipient: claim.name.clone(),
        email: Some(hashed(&claim.email, &new.salt)),
        image: Some(format!("{address}.png")),
        // A list is counted from 1, and its place fits by its making.
        status: Some((
            format!("{home}/status/{}", new.list),
            u32::try_from(new.place).unwrap_or_default(),
        )),
        id: address,
    }
}

/// Random bytes as a UUID of version 4: a public id must not tell when it was made.
fn v4(mut bytes: [u8; 16]) -> [u8; 16] {
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    bytes
}

/// What stands on a certificate.
pub(super) struct Facts<'a> {
    /// Where its public page is.
    pub id: &'a str,
    pub recipient: &'a str,
    pub title: &'a str,
    pub issuer: &'a str,
    pub description: &'a str,
    pub awarded_at: DateTime<Utc>,
    pub valid_until: Option<DateTime<Utc>>,
    pub zone: Tz,
}

impl Facts<'_> {
    pub(super) fn values(&self) -> Values {
        let date = |at: DateTime<Utc>| at.with_timezone(&self.zone).format("%-d %B %Y").to_string();
        let until = self
            .valid_until
            .map(|end| format!("Valid until {}", date(end - TimeDelta::microseconds(1))));
        [
            // The part of the address that is its own: what somebody would read out.
            ("id", self.id.rsplit('/').next().unwrap_or_default().to_owned()),
            ("recipient", self.recipient.to_owned()),
            ("title", self.title.to_owned()),
            ("issuer", self.issuer.to_owned()),
            ("description", self.description.to_owned()),
            ("date", date(self.awarded_at)),
            ("until", until.unwrap_or_default()),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .into()
    }
}
