//! Open Badges 2.0 as hosted documents, for backpacks that read nothing newer: the same facts as in the signed document.

use serde_json::{Value, json};

const CONTEXT: &str = "https://w3id.org/openbadges/v2";

/// The three hosted documents of a credential.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Hosted {
    /// Who got what, when.
    Assertion,
    /// What was awarded.
    Class,
    /// Who issued it.
    Issuer,
}

impl Hosted {
    /// The end of its address, behind that of the credential.
    pub fn ending(self) -> &'static str {
        match self {
            Self::Assertion => "ob2.json",
            Self::Class => "class.json",
            Self::Issuer => "issuer.json",
        }
    }

    /// The document behind an ending.
    pub fn from_ending(ending: &str) -> Option<Self> {
        [Self::Assertion, Self::Class, Self::Issuer]
            .into_iter()
            .find(|hosted| hosted.ending() == ending)
    }
}

/// A hosted document of a signed credential; `revoked` is the reason, where it was.
pub fn hosted(credential: &Value, hosted: Hosted, revoked: Option<&str>) -> Value {
    let text = |path: &str| {
        credential
            .pointer(path)
            .and_then(Value::as_str)
            .unwrap_or_default()
    };
    let address = |hosted: Hosted| format!("{}.{}", text("/id"), hosted.ending());
    match hosted {
        Hosted::Assertion => match revoked {
            Some(reason) => json!({
                "@context": CONTEXT, "type": "Assertion", "id": address(hosted), "revoked": true,
                "revocationReason": reason,
            }),
            None => assertion(credential, &address),
        },
        Hosted::Class => json!({
            "@context": CONTEXT, "type": "BadgeClass", "id": address(hosted),
            "name": text("/name"),
            "description": text("/credentialSubject/achievement/description"),
            "image": text("/image/id"),
            "criteria": {"narrative": text("/credentialSubject/achievement/criteria/narrative")},
            "issuer": address(Hosted::Issuer),
        }),
        Hosted::Issuer => {
            let mut issuer = json!({
                "@context": CONTEXT, "type": "Issuer", "id": address(hosted),
                "name": text("/issuer/name"), "url": text("/issuer/url"),
            });
            for (member, path) in [
                ("description", "/issuer/description"),
                ("email", "/issuer/email"),
                ("telephone", "/issuer/phone"),
                ("image", "/issuer/image/id"),
            ] {
                if let Some(said) = credential.pointer(path) {
                    issuer[member] = said.clone();
                }
            }
            issuer
        }
    }
}

fn assertion(credential: &Value, address: &dyn Fn(Hosted) -> String) -> Value {
    let hashed = credential
        .pointer("/credentialSubject/identifier")
        .and_then(Value::as_array)
        .and_then(|identifiers| {
            identifiers
                .iter()
                .find(|one| one["identityType"] == "emailAddress")
        });
    let recipient = match hashed {
        Some(one) => {
            json!({"type": "email", "hashed": true, "identity": one["identityHash"], "salt": one["salt"]})
        }
        None => {
            json!({"type": "url", "hashed": false, "identity": credential.pointer("/credentialSubject/id")})
        }
    };
    let mut assertion = json!({
        "@context": CONTEXT, "type": "Assertion", "id": address(Hosted::Assertion),
        "recipient": recipient, "badge": address(Hosted::Class),
        "issuedOn": credential["awardedDate"], "verification": {"type": "hosted"},
    });
    if let Some(until) = credential.get("validUntil") {
        assertion["expires"] = until.clone();
    }
    if let Some(image) = credential.pointer("/image/id") {
        assertion["image"] = image.clone();
    }
    assertion
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::badge::testing::award;
    use crate::keys::SigningKeys;

    #[test]
    fn hosted_documents_name_each_other_and_repeat_the_facts() {
        let keys = SigningKeys::generate([8; 32]).expect("keys");
        let document = award(&keys).document();
        let assertion = hosted(&document, Hosted::Assertion, None);
        let class = hosted(&document, Hosted::Class, None);
        let issuer = hosted(&document, Hosted::Issuer, None);
        assert_eq!(assertion["id"], "https://claims.test/c/0199.ob2.json");
        assert_eq!(
            (&assertion["badge"], &class["issuer"]),
            (&class["id"], &issuer["id"])
        );
        assert_eq!(class["name"], "Safety at work");
        assert_eq!(
            (&issuer["telephone"], &issuer["image"]),
            (&json!("+49 30 1234567"), &json!("https://claims.test/logo.png"))
        );
        assert_eq!(assertion["recipient"]["hashed"], true);
        assert_eq!(assertion["expires"], document["validUntil"]);
        let revoked = hosted(&document, Hosted::Assertion, Some("Issued by mistake"));
        assert_eq!(
            (&revoked["revoked"], &revoked["recipient"]),
            (&json!(true), &Value::Null)
        );
        for one in [Hosted::Assertion, Hosted::Class, Hosted::Issuer] {
            assert_eq!(Hosted::from_ending(one.ending()), Some(one));
        }
    }
}
