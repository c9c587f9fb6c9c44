//! Open Badges 2.0 as hosted documents, for backpacks that read nothing newer.

use serde_json::{Value, json};

use crate::badge::Award;
use crate::proof::instant;

const CONTEXT: &str = "https://w3id.org/openbadges/v2";

/// Where the three documents of an award stand.
#[derive(Debug, Clone)]
pub struct Places {
    /// The assertion.
    pub assertion: String,
    /// The badge class.
    pub class: String,
    /// The issuer.
    pub issuer: String,
    /// The picture of the class.
    pub image: String,
}

/// The assertion of an award.
pub fn assertion(award: &Award, places: &Places, email_hash: Option<(&str, &str)>) -> Value {
    let recipient = match email_hash {
        Some((hash, salt)) => json!({"type": "email", "hashed": true, "identity": hash, "salt": salt}),
        None => json!({"type": "url", "hashed": false, "identity": award.subject}),
    };
    let mut assertion = json!({
        "@context": CONTEXT,
        "type": "Assertion",
        "id": places.assertion,
        "recipient": recipient,
        "badge": places.class,
        "issuedOn": instant(award.awarded_at),
        "verification": {"type": "hosted"},
    });
    if let Some(until) = award.valid_until {
        assertion["expires"] = json!(instant(until));
    }
    if let Some(image) = &award.image {
        assertion["image"] = json!(image);
    }
    assertion
}

/// What stands in the place of an assertion that was revoked.
pub fn revoked(places: &Places, reason: &str) -> Value {
    json!({
        "@context": CONTEXT,
        "type": "Assertion",
        "id": places.assertion,
        "revoked": true,
        "revocationReason": reason,
    })
}

/// The badge class.
pub fn class(award: &Award, places: &Places) -> Value {
    json!({
        "@context": CONTEXT,
        "type": "BadgeClass",
        "id": places.class,
        "name": award.achievement.name,
        "description": award.achievement.description,
        "image": places.image,
        "criteria": {"narrative": award.achievement.criteria},
        "issuer": places.issuer,
    })
}

/// The issuer.
pub fn issuer(award: &Award, places: &Places, home: &str) -> Value {
    json!({
        "@context": CONTEXT,
        "type": "Issuer",
        "id": places.issuer,
        "name": award.issuer.name,
        "url": home,
    })
}
