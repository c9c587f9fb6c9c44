//! The canonical form of JSON-LD: what is hashed and signed.
//!
//! Contexts are built in, and no other is read: fetching one would let its host change what a signature covers. A
//! member that no context defines is not covered by the signature; [`uncovered`] finds those.

use oxjsonld::{JsonLdParser, JsonLdRemoteDocument};
use oxrdf::Dataset;
use oxrdf::dataset::{CanonicalizationAlgorithm, CanonicalizationHashAlgorithm};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::error::{Error, Result};

/// The first context of every credential.
pub const CREDENTIALS_V2: &str = "https://www.w3.org/ns/credentials/v2";
/// The second context of every Open Badge 3.0.
pub const OPEN_BADGES_V3: &str = "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json";

/// Contexts by address.
const CONTEXTS: &[(&str, &str)] = &[
    (CREDENTIALS_V2, include_str!("../contexts/credentials-v2.json")),
    (
        OPEN_BADGES_V3,
        include_str!("../contexts/ob-v3p0-context-3.0.3.json"),
    ),
    (
        "https://purl.imsglobal.org/spec/ob/v3p0/context.json",
        include_str!("../contexts/ob-v3p0-context-3.0.3.json"),
    ),
    (
        "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.2.json",
        include_str!("../contexts/ob-v3p0-context-3.0.2.json"),
    ),
    (
        "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.1.json",
        include_str!("../contexts/ob-v3p0-context-3.0.1.json"),
    ),
    (
        "https://purl.imsglobal.org/spec/ob/v3p0/extensions.json",
        include_str!("../contexts/ob-v3p0-extensions.json"),
    ),
    (
        "https://w3id.org/security/data-integrity/v2",
        include_str!("../contexts/security-data-integrity-v2.json"),
    ),
    (
        "https://w3id.org/security/multikey/v1",
        include_str!("../contexts/security-multikey-v1.json"),
    ),
    #[cfg(test)]
    (
        "https://www.w3.org/ns/credentials/examples/v2",
        include_str!("../vectors/w3c-examples-context.json"),
    ),
];

/// The longest document that is canonicalised: what is longer is no badge.
const MOST_BYTES: usize = 256 * 1024;

/// The most blank nodes of a document: the work of the algorithm may grow much faster than they do.
const MOST_BLANK_NODES: usize = 64;

/// The most members that [`uncovered`] looks at.
const MOST_MEMBERS: usize = 400;

/// The SHA-256 of a document's canonical N-Quads.
///
/// # Errors
/// The document is no JSON-LD, is too large, or names a context that is not built in.
pub fn hash(document: &Value) -> Result<[u8; 32]> {
    Ok(Sha256::digest(canonical(document)?).into())
}

/// A document's canonical N-Quads (RDFC-1.0).
///
/// # Errors
/// The document is no JSON-LD, is too large, or names a context that is not built in.
pub fn canonical(document: &Value) -> Result<String> {
    check_contexts(document)?;
    let text = document.to_string();
    if text.len() > MOST_BYTES {
        return Err(Error::malformed("It is too large to be a badge."));
    }
    let mut dataset = Dataset::new();
    let quads = JsonLdParser::new()
        .for_slice(&text)
        .with_load_document_callback(|url, _| match built_in(url) {
            Some(context) => Ok(JsonLdRemoteDocument {
                document: context.as_bytes().to_vec(),
                document_url: url.to_owned(),
            }),
            None => Err(format!("the context {url} is not built in").into()),
        });
    for quad in quads {
        dataset.insert(&quad.map_err(|error| Error::malformed(format!("It is no valid JSON-LD: {error}")))?);
    }
    let blank: std::collections::HashSet<_> = dataset
        .iter()
        .filter_map(|quad| match quad.subject {
            oxrdf::NamedOrBlankNodeRef::BlankNode(node) => Some(node),
            oxrdf::NamedOrBlankNodeRef::NamedNode(_) => None,
        })
        .collect();
    if blank.len() > MOST_BLANK_NODES {
        return Err(Error::malformed(
            "It has too many parts without a name to be checked.",
        ));
    }
    dataset.canonicalize(CanonicalizationAlgorithm::Rdfc10 {
        hash_algorithm: CanonicalizationHashAlgorithm::Sha256,
    });
    let mut lines: Vec<String> = dataset.iter().map(|quad| format!("{quad} .\n")).collect();
    lines.sort_unstable();
    Ok(lines.concat())
}

/// The members of a document that its signature does not cover, as paths: dropping one leaves the canonical form as
/// it is, so anybody could have put it in.
///
/// # Errors
/// Those of [`canonical`]; the document has too many members to be looked at one by one.
pub fn uncovered(document: &Value) -> Result<Vec<String>> {
    let whole = canonical(document)?;
    let mut paths = Vec::new();
    members(document, String::new(), &mut paths);
    if paths.len() > MOST_MEMBERS {
        return Err(Error::malformed("It has too many members to be checked."));
    }
    let mut found = Vec::new();
    for path in paths {
        let mut without = document.clone();
        let Some((parent, name)) = path.rsplit_once('/') else {
            continue;
        };
        let Some(Value::Object(object)) = without.pointer_mut(parent) else {
            continue;
        };
        let removed = object.remove(&name.replace("~1", "/").replace("~0", "~"));
        let says_something = removed.is_some_and(|value| !is_empty(&value));
        if says_something && canonical(&without).is_ok_and(|other| other == whole) {
            found.push(path);
        }
    }
    Ok(found)
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(items) => items.iter().all(is_empty),
        _ => false,
    }
}

fn members(value: &Value, path: String, paths: &mut Vec<String>) {
    match value {
        Value::Object(object) => {
            for (name, value) in object.iter().filter(|(name, _)| *name != "@context") {
                let path = format!("{path}/{}", name.replace('~', "~0").replace('/', "~1"));
                members(value, path.clone(), paths);
                paths.push(path);
            }
        }
        Value::Array(items) => {
            for (at, item) in items.iter().enumerate() {
                members(item, format!("{path}/{at}"), paths);
            }
        }
        _ => {}
    }
}

fn built_in(url: &str) -> Option<&'static str> {
    CONTEXTS
        .iter()
        .find(|(address, _)| *address == url)
        .map(|(_, text)| *text)
}

/// Says which context is unknown, in place of the parser's sentence.
fn check_contexts(value: &Value) -> Result<()> {
    match value {
        Value::Object(object) => {
            for (name, value) in object {
                if name == "@context" {
                    let named = match value {
                        Value::Array(items) => items.as_slice(),
                        one => std::slice::from_ref(one),
                    };
                    for url in named.iter().filter_map(Value::as_str) {
                        if built_in(url).is_none() {
                            return Err(Error::UnknownContext(url.to_owned()));
                        }
                    }
                } else {
                    check_contexts(value)?;
                }
            }
            Ok(())
        }
        Value::Array(items) => items.iter().try_for_each(check_contexts),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_frozen_contexts_are_the_published_ones() {
        for (url, expected) in [
            (
                CREDENTIALS_V2,
                "59955ced6697d61e03f2b2556febe5308ab16842846f5b586d7f1f7adec92734",
            ),
            (
                "https://w3id.org/security/data-integrity/v2",
                "67f21e6e33a6c14e5ccfd2fc7865f7474fb71a04af7e94136cb399dfac8ae8f4",
            ),
            (
                "https://w3id.org/security/multikey/v1",
                "ba2c182de2d92f7e47184bcca8fcf0beaee6d3986c527bf664c195bbc7c58597",
            ),
        ] {
            let text = built_in(url).expect("built in");
            assert_eq!(hex(&Sha256::digest(text)), expected, "{url}");
        }
    }

    #[test]
    fn a_member_that_no_context_defines_is_found() {
        let document = json!({
            "@context": [CREDENTIALS_V2, OPEN_BADGES_V3],
            "id": "urn:uuid:58172aac-d8ba-11ed-83dd-0b3aef56cc33",
            "type": ["VerifiableCredential", "OpenBadgeCredential"],
            "name": "Zürich ☃ 山田 🎓",
            "issuer": {"id": "did:web:example.org", "type": ["Profile"], "name": "Example"},
        });
        assert_eq!(uncovered(&document).expect("canonical"), Vec::<String>::new());

        let mut forged = document.clone();
        forged["issuer"]["accreditedBy"] = json!("Somebody important");
        assert_eq!(uncovered(&forged).expect("canonical"), ["/issuer/accreditedBy"]);
    }

    #[test]
    fn text_of_any_script_stands_in_the_canonical_form_as_it_is() {
        let document = json!({
            "@context": [CREDENTIALS_V2],
            "id": "urn:uuid:58172aac-d8ba-11ed-83dd-0b3aef56cc33",
            "name": "Zürich ☃ 山田 🎓 \u{65}\u{301}",
        });
        let canonical = canonical(&document).expect("canonical");
        assert!(
            canonical.contains("\"Zürich ☃ 山田 🎓 \u{65}\u{301}\""),
            "{canonical}"
        );
    }

    #[test]
    fn another_context_is_refused_by_name() {
        let document = json!({"@context": "https://evil.example/context", "id": "urn:x:y"});
        assert_eq!(
            canonical(&document),
            Err(Error::UnknownContext("https://evil.example/context".into()))
        );
    }

    #[test]
    fn a_document_made_to_be_hard_is_refused() {
        let nodes: Vec<_> = (0..65)
            .map(|_| json!({"name": "x", "description": "y"}))
            .collect();
        let document = json!({
            "@context": [CREDENTIALS_V2], "type": ["VerifiableCredential"], "credentialSubject": nodes,
        });
        let canonical = canonical(&document);
        assert!(canonical.is_err(), "{canonical:?}");
    }

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }
}
