//! Signing credentials as the product does, and the least that it costs, each one after the other.
//!
//! The least is what `eddsa-rdfc-2022` asks of everybody: what is said of the proof and the document as RDF, both in their
//! canonical form, their hashes, and one Ed25519 signature. It uses the same libraries, without anything around them: the
//! difference is what the product adds. What reading JSON-LD takes of it is seen by the same from quads that are ready.

use std::time::Instant;

use bench::Outcome;
use chrono::{DateTime, TimeDelta};
use credentials::badge::{Achievement, Award, HashedEmail, Issuer, Profile};
use credentials::did::Did;
use credentials::keys::SigningKeys;
use credentials::{json_ld, proof};
use oxjsonld::{JsonLdParser, JsonLdRemoteDocument};
use oxrdf::Dataset;
use oxrdf::dataset::{CanonicalizationAlgorithm, CanonicalizationHashAlgorithm};
use ring::signature::Ed25519KeyPair;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// Where keys come from: the same ones on all sides.
const SEED: [u8; 32] = [7; 32];

const HOME: &str = "https://tokens.example.org";

/// Documents that credentials name, as they stand in the product.
const CONTEXTS: [(&str, &str); 2] = [
    (
        json_ld::CREDENTIALS_V2,
        include_str!("../../../../crates/credentials/contexts/credentials-v2.json"),
    ),
    (
        json_ld::OPEN_BADGES_V3,
        include_str!("../../../../crates/credentials/contexts/ob-v3p0-context-3.0.3.json"),
    ),
];

/// Makes so many credentials, signs them, and writes them out, as it is done when they are claimed.
pub fn sign(count: usize) -> Outcome<Value> {
    let by = By::new()?;
    let began = Instant::now();
    let mut bytes = 0;
    for n in 0..count {
        bytes += by.signed(n)?.to_string().len();
    }
    Ok(report(count, began, bytes))
}

/// Canonicalises and signs the same ones from their texts.
pub fn sign_documents(count: usize) -> Outcome<Value> {
    let (by, bare) = (By::new()?, Bare::new()?);
    let texts = (0..count).map(|n| by.texts(n)).collect::<Outcome<Vec<_>>>()?;
    let began = Instant::now();
    let mut bytes = 0;
    for [options, document] in &texts {
        bytes += bare.sign(quads(options)?, quads(document)?).len();
    }
    Ok(report(count, began, bytes))
}

/// The same from quads that are ready.
pub fn sign_quads(count: usize) -> Outcome<Value> {
    let (by, bare) = (By::new()?, Bare::new()?);
    let mut ready = Vec::new();
    for n in 0..count {
        let [options, document] = by.texts(n)?;
        ready.push((quads(&options)?, quads(&document)?));
    }
    let began = Instant::now();
    let mut bytes = 0;
    for (options, document) in ready {
        bytes += bare.sign(options, document).len();
    }
    Ok(report(count, began, bytes))
}

/// The bytes are there so that nothing of the work can be left out.
fn report(count: usize, began: Instant, bytes: usize) -> Value {
    json!({ "count": count, "seconds": began.elapsed().as_secs_f64(), "bytes": bytes })
}

/// Who issues.
struct By {
    keys: SigningKeys,
    issuer: Issuer,
    method: String,
}

impl By {
    fn new() -> Outcome<Self> {
        let keys = SigningKeys::generate(SEED)?;
        let organisation = "issuers/0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b";
        let did = Did::web(HOME, organisation).ok_or("the address begins with https")?;
        Ok(Self {
            method: did.proof_key(&keys.public()),
            issuer: Issuer {
                did,
                name: "Bench".into(),
                url: Some(HOME.into()),
                profile: Profile::default(),
            },
            keys,
        })
    }

    /// What the nth recipient is awarded.
    fn award(&self, n: usize) -> Award {
        let at = DateTime::UNIX_EPOCH
            + TimeDelta::days(20_000)
            + TimeDelta::seconds(i64::try_from(n).unwrap_or(0));
        let address = format!("{HOME}/c/0190a1b2-c3d4-4e5f-8a9b-{n:012x}");
        Award {
            issuer: self.issuer.clone(),
            achievement: Achievement {
                id: "urn:uuid:0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5c".into(),
                achievement_type: "Certificate".into(),
                name: "Safety at work".into(),
                description: "Knows what to do when something burns.".into(),
                criteria: "Passed the test.".into(),
                language: Some("en".into()),
            },
            awarded_at: at,
            valid_from: at,
            valid_until: Some(at + TimeDelta::days(365)),
            subject: format!("urn:uuid:0190a1b2-c3d4-4e5f-9a9b-{n:012x}"),
            recipient: format!("Robin Field {n}"),
            email: Some(HashedEmail::new(
                &format!("robin{n}@example.org"),
                &format!("{n:032x}"),
            )),
            image: Some(format!("{address}.png")),
            status: Some((
                format!("{HOME}/status/1"),
                u32::try_from(n % 131_072).unwrap_or_default(),
            )),
            id: address,
        }
    }

    fn signed(&self, n: usize) -> Outcome<Value> {
        let award = self.award(n);
        Ok(proof::sign(
            award.document(),
            &self.keys,
            &self.method,
            award.valid_from,
        )?)
    }

    /// What is signed of it: what is said of its proof, and the document.
    fn texts(&self, n: usize) -> Outcome<[String; 2]> {
        let award = self.award(n);
        let document = award.document();
        let options = json!({
            "@context": document["@context"],
            "type": "DataIntegrityProof",
            "cryptosuite": proof::SUITE,
            "created": proof::instant(award.valid_from),
            "verificationMethod": self.method,
            "proofPurpose": "assertionMethod",
        });
        Ok([options.to_string(), document.to_string()])
    }
}

/// A key, and nothing else.
struct Bare(Ed25519KeyPair);

impl Bare {
    fn new() -> Outcome<Self> {
        let key = Ed25519KeyPair::from_seed_unchecked(&SEED).map_err(|_| "the seed is a key")?;
        Ok(Self(key))
    }

    fn sign(&self, options: Dataset, document: Dataset) -> Vec<u8> {
        let message = [hash(options), hash(document)].concat();
        self.0.sign(&message).as_ref().to_vec()
    }
}

fn quads(text: &str) -> Outcome<Dataset> {
    let mut dataset = Dataset::new();
    let parser = JsonLdParser::new().for_slice(text);
    for quad in parser.with_load_document_callback(|url, _| {
        let context = CONTEXTS.iter().find(|(address, _)| *address == url);
        let (_, context) = context.ok_or_else(|| format!("{url} is not there"))?;
        Ok(JsonLdRemoteDocument {
            document: context.as_bytes().to_vec(),
            document_url: url.to_owned(),
        })
    }) {
        dataset.insert(&quad?);
    }
    Ok(dataset)
}

fn hash(mut dataset: Dataset) -> [u8; 32] {
    dataset.canonicalize(CanonicalizationAlgorithm::Rdfc10 {
        hash_algorithm: CanonicalizationHashAlgorithm::Sha256,
    });
    let mut lines: Vec<String> = dataset.iter().map(|quad| format!("{quad} .\n")).collect();
    lines.sort_unstable();
    Sha256::digest(lines.concat()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_sides_sign_the_same() {
        let (by, bare) = (By::new().expect("keys"), Bare::new().expect("a key"));
        for n in [0, 9_999] {
            let signed = by.signed(n).expect("signed");
            let [options, document] = by.texts(n).expect("texts");
            let signature = bare.sign(quads(&options).expect("RDF"), quads(&document).expect("RDF"));
            let text = format!("z{}", bs58::encode(signature).into_string());
            assert_eq!(signed["proof"]["proofValue"], text);
        }
        for report in [sign(2), sign_documents(2), sign_quads(2)] {
            assert_eq!(report.expect("signed")["count"], 2);
        }
    }
}
