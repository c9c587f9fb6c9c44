//! Data Integrity proofs of the suite `eddsa-rdfc-2022`.

use chrono::{DateTime, SecondsFormat, Utc};
use ring::signature::{ED25519, UnparsedPublicKey};
use serde_json::{Map, Value, json};

use crate::error::{Error, Result};
use crate::json_ld;
use crate::keys::SigningKeys;

/// The suite.
pub const SUITE: &str = "eddsa-rdfc-2022";

/// The instant as credentials write it.
pub fn instant(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

/// Adds a proof to a document.
///
/// # Errors
/// The document is no JSON-LD.
pub fn sign(
    mut document: Value,
    keys: &SigningKeys,
    verification_method: &str,
    created: DateTime<Utc>,
) -> Result<Value> {
    let mut proof = json!({
        "type": "DataIntegrityProof",
        "cryptosuite": SUITE,
        "created": instant(created),
        "verificationMethod": verification_method,
        "proofPurpose": "assertionMethod",
    });
    let signature = keys.proof.sign(&message(&document, &proof)?);
    proof["proofValue"] = json!(format!("z{}", bs58::encode(signature).into_string()));
    object(&mut document)?.insert("proof".into(), proof);
    Ok(document)
}

/// Checks one proof of a document, which still holds it, against an Ed25519 key.
///
/// # Errors
/// [`Error::WrongSignature`], or what is malformed.
pub fn verify(document: &Value, proof: &Value, key: &[u8; 32]) -> Result<()> {
    let mut unsigned = document.clone();
    object(&mut unsigned)?.remove("proof");
    let mut options = proof.clone();
    let value = object(&mut options)?.remove("proofValue");
    let signature = value
        .as_ref()
        .and_then(Value::as_str)
        .and_then(|text| text.strip_prefix('z'))
        .and_then(|text| bs58::decode(text).into_vec().ok())
        .ok_or_else(|| Error::malformed("The proof holds no signature."))?;
    UnparsedPublicKey::new(&ED25519, key)
        .verify(&message(&unsigned, &options)?, &signature)
        .map_err(|_| Error::WrongSignature)
}

/// What is signed: the hash of the proof without its value, then the hash of the document without its proof.
fn message(document: &Value, proof: &Value) -> Result<[u8; 64]> {
    let mut options = proof.clone();
    if let Some(context) = document.get("@context") {
        object(&mut options)?.insert("@context".into(), context.clone());
    }
    let mut message = [0; 64];
    message[..32].copy_from_slice(&json_ld::hash(&options)?);
    message[32..].copy_from_slice(&json_ld::hash(document)?);
    Ok(message)
}

fn object(value: &mut Value) -> Result<&mut Map<String, Value>> {
    value
        .as_object_mut()
        .ok_or_else(|| Error::malformed("It is no JSON object."))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys;

    fn vector(text: &str) -> (Value, Value) {
        let document: Value = serde_json::from_str(text).expect("JSON");
        let proof = document["proof"].clone();
        (document, proof)
    }

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    fn published(text: &str, key: &str, proof_hash: &str, document_hash: &str) {
        let (document, proof) = vector(text);
        let mut unsigned = document.clone();
        object(&mut unsigned).expect("an object").remove("proof");
        let mut options = proof.clone();
        object(&mut options).expect("an object").remove("proofValue");

        let message = message(&unsigned, &options).expect("hashes");

        assert_eq!(hex(&message[..32]), proof_hash, "proof");
        assert_eq!(hex(&message[32..]), document_hash, "document");
        let key = keys::ed25519_bytes(key).expect("a key");
        verify(&document, &proof, &key).expect("valid");

        let mut changed = document.clone();
        changed["name"] = json!("Another name");
        assert_eq!(verify(&changed, &proof, &key), Err(Error::WrongSignature));
    }

    #[test]
    fn the_vector_of_1edtech_has_its_published_hashes_and_proof() {
        published(
            include_str!("../vectors/1edtech-signed.json"),
            "z6MkjZRZv3aez3r18pB1RBFJR1kwUVJ5jHt92JmQwXbd5hwi",
            "d34009cea0dbc1ca941e09dc01c8c9d3e3ce3c5b853f67ee44698dcea10f5d19",
            "87f65a76d40146205e3b3e06cb0fbd153f97f9ce70372390f52566bb7f9e0773",
        );
    }

    #[test]
    fn signing_with_1edtechs_key_gives_its_published_proof_byte_for_byte() {
        let (document, proof) = vector(include_str!("../vectors/1edtech-signed.json"));
        let mut unsigned = document.clone();
        object(&mut unsigned).expect("an object").remove("proof");
        // Published with the vector, for everybody to sign it again.
        let seed = "6241a409e6707bb640a0140a8a32bc3d193c33a661747284d6adfa4ed4180be4";
        let mut bytes = [0; 32];
        for (at, byte) in bytes.iter_mut().enumerate() {
            *byte = u8::from_str_radix(&seed[2 * at..2 * at + 2], 16).expect("hex");
        }
        let keys = SigningKeys::generate(bytes).expect("keys");
        let created = "2010-01-01T19:23:24Z".parse().expect("an instant");
        let method = proof["verificationMethod"].as_str().expect("a method");

        let signed = sign(unsigned, &keys, method, created).expect("signed");

        assert_eq!(signed, document);
    }

    #[test]
    fn the_vector_of_the_w3c_has_its_published_hashes() {
        published(
            include_str!("../vectors/w3c-signed.json"),
            "z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2",
            "bea7b7acfbad0126b135104024a5f1733e705108f42d59668b05c0c50004c6b0",
            "517744132ae165a5349155bef0bb0cf2258fff99dfe1dbd914b938d775a36017",
        );
    }
}
