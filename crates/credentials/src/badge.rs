//! An Open Badge 3.0 as an unsigned document.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::did::Did;
use crate::json_ld::{CREDENTIALS_V2, OPEN_BADGES_V3};
use crate::proof::instant;
use crate::status_list;

/// Who issues.
#[derive(Debug, Clone)]
pub struct Issuer {
    /// The identifier whose keys sign.
    pub did: Did,
    /// The organisation's name.
    pub name: String,
    /// Its web address.
    pub url: Option<String>,
    /// What else is said of it.
    pub profile: Profile,
}

/// What an issuer says of itself beside its name and its web address.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Profile {
    /// Who it is.
    pub description: Option<String>,
    /// Where it is written to.
    pub email: Option<String>,
    /// Where it is called.
    pub phone: Option<String>,
    /// Its picture's address.
    pub image: Option<String>,
}

/// What is awarded.
#[derive(Debug, Clone)]
pub struct Achievement {
    /// An address or URN that stays the same.
    pub id: String,
    /// `Badge`, `Certificate`, `Course`, …
    pub achievement_type: String,
    /// What it is called.
    pub name: String,
    /// What it is.
    pub description: String,
    /// What had to be done for it.
    pub criteria: String,
    /// The language of these texts.
    pub language: Option<String>,
}

/// One award to one recipient.
#[derive(Debug, Clone)]
pub struct Award {
    /// The address of the credential.
    pub id: String,
    /// Who issues.
    pub issuer: Issuer,
    /// What is awarded.
    pub achievement: Achievement,
    /// When it was awarded first.
    pub awarded_at: DateTime<Utc>,
    /// Since when this version of it is valid: the newer of two versions wins.
    pub valid_from: DateTime<Utc>,
    /// Until when, if not for ever.
    pub valid_until: Option<DateTime<Utc>>,
    /// The recipient's opaque id, a URN.
    pub subject: String,
    /// The recipient's name.
    pub recipient: String,
    /// The recipient's address, which stands in the credential as a salted hash alone.
    pub email: Option<HashedEmail>,
    /// The picture's address.
    pub image: Option<String>,
    /// The list that says whether it was revoked, and its place there.
    pub status: Option<(String, u32)>,
}

/// An address as a salted hash: who knows the address can check it, others learn nothing but by guessing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HashedEmail {
    salt: String,
    hash: String,
}

impl HashedEmail {
    /// The hash of an address with a salt.
    pub fn new(email: &str, salt: &str) -> Self {
        let digest = Sha256::digest(format!("{email}{salt}"));
        let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        Self {
            salt: salt.to_owned(),
            hash: format!("sha256${hex}"),
        }
    }

    /// `sha256$` and the hash.
    pub(crate) fn hash(&self) -> &str {
        &self.hash
    }
}

impl Award {
    /// The document, to be signed.
    pub fn document(&self) -> Value {
        let achievement = &self.achievement;
        let mut identifiers = vec![json!({
            "type": "IdentityObject",
            "hashed": false,
            "identityHash": self.recipient,
            "identityType": "name",
        })];
        if let Some(email) = &self.email {
            identifiers.push(json!({
                "type": "IdentityObject",
                "hashed": true,
                "identityHash": email.hash,
                "identityType": "emailAddress",
                "salt": email.salt,
            }));
        }
        let mut issuer = json!({
            "id": self.issuer.did.as_str(),
            "type": ["Profile"],
            "name": self.issuer.name,
        });
        if let Some(url) = &self.issuer.url {
            issuer["url"] = json!(url);
        }
        let Profile {
            description,
            email,
            phone,
            image,
        } = &self.issuer.profile;
        for (member, said) in [("description", description), ("email", email), ("phone", phone)] {
            if let Some(said) = said {
                issuer[member] = json!(said);
            }
        }
        if let Some(image) = image {
            issuer["image"] = json!({"id": image, "type": "Image"});
        }
        let mut document = json!({
            "@context": [CREDENTIALS_V2, OPEN_BADGES_V3],
            "id": self.id,
            "type": ["VerifiableCredential", "OpenBadgeCredential"],
            "issuer": issuer,
            "name": achievement.name,
            "validFrom": instant(self.valid_from),
            "awardedDate": instant(self.awarded_at),
            "credentialSubject": {
                "id": self.subject,
                "type": ["AchievementSubject"],
                "identifier": identifiers,
                "achievement": {
                    "id": achievement.id,
                    "type": ["Achievement"],
                    "achievementType": achievement.achievement_type,
                    "name": achievement.name,
                    "description": achievement.description,
                    "criteria": {"narrative": achievement.criteria},
                },
            },
        });
        if let Some(language) = &achievement.language {
            document["credentialSubject"]["achievement"]["inLanguage"] = json!(language);
        }
        if let Some(until) = self.valid_until {
            document["validUntil"] = json!(instant(until));
        }
        if let Some(image) = &self.image {
            document["image"] = json!({"id": image, "type": "Image"});
        }
        if let Some((list, index)) = &self.status {
            document["credentialStatus"] = status_list::entry(list, *index);
        }
        document
    }
}

/// The document as its JWT holds it: the list is the one that is a JWT, too.
pub fn for_jwt(document: &Value) -> Value {
    let mut document = document.clone();
    let list = document
        .pointer("/credentialStatus/statusListCredential")
        .and_then(Value::as_str)
        .map(|list| format!("{list}.jwt"));
    let index = document
        .pointer("/credentialStatus/statusListIndex")
        .and_then(Value::as_str)
        .and_then(|index| index.parse().ok());
    if let (Some(list), Some(index)) = (list, index) {
        document["credentialStatus"] = status_list::entry(&list, index);
    }
    document
}

/// Awards for tests.
#[cfg(test)]
pub(crate) mod testing {
    use super::*;
    use crate::keys::SigningKeys;

    pub(crate) fn award(keys: &SigningKeys) -> Award {
        let at = DateTime::from_timestamp(1_800_000_000, 0).expect("an instant");
        Award {
            id: "https://claims.test/c/0199".into(),
            issuer: Issuer {
                did: Did::key(&keys.public()),
                name: "Zürich ☃ 山田".into(),
                url: Some("https://claims.test".into()),
                profile: Profile {
                    description: Some("Courses since 1990.".into()),
                    email: Some("courses@claims.test".into()),
                    phone: Some("+49 30 1234567".into()),
                    image: Some("https://claims.test/logo.png".into()),
                },
            },
            achievement: Achievement {
                id: "urn:uuid:58172aac-d8ba-11ed-83dd-0b3aef56cc33".into(),
                achievement_type: "Certificate".into(),
                name: "Safety at work".into(),
                description: "What everybody should know.".into(),
                criteria: "Passed the test.".into(),
                language: Some("en".into()),
            },
            awarded_at: at,
            valid_from: at,
            valid_until: Some(at + chrono::TimeDelta::days(365)),
            subject: "urn:uuid:91537dba-56cb-41ec-bf63-0242ac130002".into(),
            recipient: "Zoë 🎓 O'Brien".into(),
            email: Some(HashedEmail::new("zoe@example.org", "salt")),
            image: Some("https://claims.test/c/0199.png".into()),
            status: Some(("https://claims.test/status/1".into(), 7)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json_ld;
    use crate::keys::SigningKeys;

    #[test]
    fn the_signature_covers_every_member() {
        let keys = SigningKeys::generate([5; 32]).expect("keys");
        let document = testing::award(&keys).document();
        assert_eq!(
            json_ld::uncovered(&document).expect("canonical"),
            Vec::<String>::new()
        );
    }

    #[test]
    fn an_address_stands_there_as_a_salted_hash() {
        let hashed = HashedEmail::new("a@example.com", "KosherSalt");
        assert!(hashed.hash.starts_with("sha256$") && hashed.hash.len() == 7 + 64);
        assert_ne!(hashed, HashedEmail::new("a@example.com", "Other"));
    }

    #[test]
    fn a_jwt_names_the_list_that_is_a_jwt() {
        let keys = SigningKeys::generate([5; 32]).expect("keys");
        let document = testing::award(&keys).document();
        let entry = &for_jwt(&document)["credentialStatus"];
        assert_eq!(entry["statusListCredential"], "https://claims.test/status/1.jwt");
        assert_eq!(entry["statusListIndex"], "7");
    }
}
