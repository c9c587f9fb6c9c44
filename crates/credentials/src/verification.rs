//! Checking a credential that anybody issued, step by step.
//!
//! What has to be fetched is asked for by address; the caller decides what may be fetched and from where.

mod older;

use std::io::Read;

use chrono::{DateTime, Utc};
use flate2::read::ZlibDecoder;
use serde_json::Value;

use crate::badge::HashedEmail;
use crate::baking;
use crate::did;
use crate::error::{Error, Result};
use crate::json_ld;
use crate::jwt::{self, Jwt};
use crate::keys::ed25519_bytes;
use crate::proof;
use crate::status_list::StatusList;
use older::Older;

/// What was fetched from an address, if it was.
type Fetched<'a> = &'a dyn Fn(&str) -> Option<Vec<u8>>;

/// What is looked at, in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Check {
    /// It is an Open Badge.
    Shape,
    /// Its issuer's site keeps it.
    Hosting,
    /// What it was given for is known.
    Class,
    /// The issuer, or their key, is known.
    Issuer,
    /// The signature belongs to the content and the key.
    Signature,
    /// Nothing was added that the signature does not cover.
    Coverage,
    /// It is valid now.
    Dates,
    /// It was not revoked.
    Status,
    /// It was given to whom somebody asked about.
    Recipient,
}

impl Check {
    /// What people read.
    pub fn label(self) -> &'static str {
        match self {
            Self::Shape => "Open Badge",
            Self::Hosting => "Where it is kept",
            Self::Class => "What it is for",
            Self::Issuer => "Issuer",
            Self::Signature => "Signature",
            Self::Coverage => "Nothing added",
            Self::Dates => "Dates",
            Self::Status => "Revocation",
            Self::Recipient => "Recipient",
        }
    }
}

/// How one check ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// What was looked at.
    pub check: Check,
    /// Whether it is as it should be.
    pub passed: bool,
    /// What was found, in a sentence.
    pub found: String,
}

/// What was found about a credential.
#[derive(Debug, Clone, Default)]
pub struct Report {
    /// The checks that were made.
    pub steps: Vec<Step>,
    /// The credential, as far as it could be read.
    pub credential: Option<Value>,
    /// The host whose word it is: an Open Badge 2.0 is worth what its issuer's site is.
    pub site: Option<String>,
}

impl Report {
    /// Whether every check passed.
    pub fn is_valid(&self) -> bool {
        !self.steps.is_empty() && self.steps.iter().all(|step| step.passed)
    }

    /// Notes whether what is valid was given to an e-mail address. Whoever knows the address can tell, also where it stands
    /// there as a hash.
    pub fn check_recipient(&mut self, email: &str) {
        if self.is_valid() {
            let found = given_to(self.credential.as_ref().unwrap_or(&Value::Null), email.trim());
            self.add(Check::Recipient, found);
        }
    }

    fn add(&mut self, check: Check, found: Result<String>) -> bool {
        let passed = found.is_ok();
        self.steps.push(Step {
            check,
            passed,
            found: found.unwrap_or_else(|error| error.to_string()),
        });
        passed
    }

    /// Notes whether a document was found, by its name.
    fn found(&mut self, check: Check, document: Result<Value>) -> Option<Value> {
        let said = document.as_ref().map(|document| {
            let name = document.get("name").and_then(Value::as_str);
            name.unwrap_or_default().chars().take(300).collect::<String>()
        });
        self.add(check, said.map_err(Clone::clone));
        document.ok()
    }
}

/// A credential in one of its two forms.
#[derive(Debug, Clone)]
enum Credential {
    Json(Value),
    Jwt(Jwt),
}

impl Credential {
    fn content(&self) -> &Value {
        match self {
            Self::Json(document) => document,
            Self::Jwt(jwt) => &jwt.claims,
        }
    }
}

/// The credential in a file: JSON, JWT, or a picture that carries one.
///
/// # Errors
/// There is none in it.
pub fn extract(file: &[u8]) -> Result<String> {
    if file.starts_with(b"\x89PNG") {
        return baking::read_png(file)?.ok_or_else(|| {
            Error::malformed("This picture carries no credential. Social networks and chats remove it: use the original file.")
        });
    }
    if file.starts_with(b"%PDF") {
        return from_pdf(file);
    }
    let text = std::str::from_utf8(file).map_err(|_| {
        Error::malformed("A credential is a JSON or JWT text, or a PNG, SVG or PDF file that carries one.")
    })?;
    let text = text.trim().trim_start_matches('\u{feff}');
    if text.starts_with('<') {
        return baking::read_svg(text).ok_or_else(|| Error::malformed("This picture carries no credential."));
    }
    Ok(text.to_owned())
}

/// The most bytes that one attachment unpacks to, and all that are looked into.
const MOST_ATTACHED: u64 = 1024 * 1024;
const MOST_UNPACKED: u64 = 16 * MOST_ATTACHED;

/// The attachment of a PDF that is a credential: as it is, like ours, or packed, as other programs attach files.
fn from_pdf(file: &[u8]) -> Result<String> {
    const BEGIN: &[u8] = b"stream";
    const END: &[u8] = b"endstream";
    let find = |from: usize, what: &[u8]| {
        let rest = file.get(from..)?;
        rest.windows(what.len())
            .position(|window| window == what)
            .map(|at| from + at)
    };
    let (mut at, mut left) = (0, MOST_UNPACKED);
    while let Some(begin) = find(at, BEGIN) {
        at = begin + BEGIN.len();
        let start = match file.get(at..) {
            Some([b'\r', b'\n', ..]) => at + 2,
            Some([b'\n', ..]) => at + 1,
            _ => continue,
        };
        let Some(end) = find(start, END) else { break };
        let content = &file[start..end];
        let found = match content.first() {
            Some(b'{' | b'e') => attached(&content[..content.len().min(MOST_ATTACHED as usize)]),
            // The mark of what zlib packed.
            Some(0x78) => unpacked(content, &mut left).and_then(|text| attached(&text)),
            _ => None,
        };
        if let Some(text) = found {
            return Ok(text);
        }
        at = end + END.len();
    }
    Err(Error::malformed("This PDF carries no credential."))
}

/// The text of an attachment that is a credential in one of its two forms.
fn attached(content: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(content).ok()?.trim();
    let is_badge = ["VerifiableCredential", "Assertion"]
        .iter()
        .any(|name| text.contains(name));
    let is_json = text.starts_with('{') && is_badge;
    let is_jwt = text.starts_with("ey") && text.bytes().filter(|byte| *byte == b'.').count() == 2;
    (is_json || is_jwt).then(|| text.to_owned())
}

/// What a packed attachment holds, if it begins like a credential: pages and fonts are not unpacked further.
fn unpacked(content: &[u8], left: &mut u64) -> Option<Vec<u8>> {
    let mut reader = ZlibDecoder::new(content);
    let mut text = vec![0; 1];
    reader.read_exact(&mut text).ok()?;
    if !matches!(text[0], b'{' | b'e') {
        return None;
    }
    let most = MOST_ATTACHED.min(*left);
    let read = reader.take(most).read_to_end(&mut text).ok()?;
    *left = left.saturating_sub(read as u64);
    Some(text)
}

/// The addresses that must be fetched to check a credential, beside what was fetched: its issuer's document and its status
/// list. Those of an Open Badge 2.0 lead to each other, so there may be more when these are fetched.
pub fn documents_needed(credential: &str, fetched: &dyn Fn(&str) -> Option<Vec<u8>>) -> Vec<String> {
    if let Some(older) = Older::read(credential) {
        return older.documents_needed(fetched);
    }
    let Ok(credential) = read(credential) else {
        return Vec::new();
    };
    let content = credential.content();
    let did = issuer_of(content).and_then(|issuer| did::web_address(issuer).ok());
    let list = content
        .pointer("/credentialStatus/statusListCredential")
        .and_then(Value::as_str)
        .map(str::to_owned);
    let needed = did.into_iter().chain(list);
    needed.filter(|address| fetched(address).is_none()).collect()
}

/// Checks a credential with the documents that were fetched.
pub fn verify(credential: &str, now: DateTime<Utc>, fetched: &dyn Fn(&str) -> Option<Vec<u8>>) -> Report {
    if let Some(older) = Older::read(credential) {
        return older.verify(now, fetched);
    }
    let mut report = Report::default();
    let credential = match read(credential) {
        Ok(credential) => credential,
        Err(error) => {
            report.add(Check::Shape, Err(error));
            return report;
        }
    };
    let content = credential.content();
    report.credential = Some(content.clone());
    if !report.add(Check::Shape, shape(content)) {
        return report;
    }
    signed(&mut report, &credential, fetched);
    report.add(Check::Dates, dates(content, now));
    if content.get("credentialStatus").is_some() {
        report.add(Check::Status, status(content, now, fetched));
    }
    report
}

fn read(text: &str) -> Result<Credential> {
    let text = text.trim();
    if text.starts_with('{') {
        let document = serde_json::from_str(text).map_err(|_| Error::malformed("It is no valid JSON."))?;
        return Ok(Credential::Json(document));
    }
    Jwt::read(text)
        .map(Credential::Jwt)
        .map_err(|_| Error::malformed("It is neither a JSON nor a JWT credential."))
}

fn has_type(content: &Value, name: &str) -> bool {
    match content.get("type") {
        Some(Value::Array(types)) => types.iter().any(|one| one == name),
        Some(one) => one == name,
        None => false,
    }
}

fn shape(content: &Value) -> Result<String> {
    if content.get("badge").is_some() && content.get("verify").is_some() {
        return Err(Error::malformed(
            "It is an Open Badge of before 2.0, which is not checked here: ask its issuer for a newer one.",
        ));
    }
    if !has_type(content, "VerifiableCredential") {
        return Err(Error::malformed("It is no Verifiable Credential."));
    }
    if !["OpenBadgeCredential", "AchievementCredential"]
        .iter()
        .any(|name| has_type(content, name))
    {
        return Err(Error::malformed(
            "It is a Verifiable Credential, but no Open Badge.",
        ));
    }
    for member in ["id", "issuer", "validFrom", "credentialSubject"] {
        if content.get(member).is_none() {
            return Err(Error::malformed(format!("The member {member} is missing.")));
        }
    }
    Ok("An Open Badge 3.0.".into())
}

fn issuer_of(content: &Value) -> Option<&str> {
    let issuer = content.get("issuer")?;
    issuer.get("id").unwrap_or(issuer).as_str()
}

fn signed(report: &mut Report, credential: &Credential, fetched: &dyn Fn(&str) -> Option<Vec<u8>>) {
    let Some(issuer) = issuer_of(credential.content()) else {
        report.add(Check::Issuer, Err(Error::malformed("It names no issuer.")));
        return;
    };
    match credential {
        Credential::Json(document) => {
            let proofs = match document.get("proof") {
                Some(Value::Array(proofs)) => proofs.as_slice(),
                Some(proof) => std::slice::from_ref(proof),
                None => &[],
            };
            let proof = proofs
                .iter()
                .find(|proof| proof.get("cryptosuite").and_then(Value::as_str) == Some(proof::SUITE));
            let Some(proof) = proof else {
                report.add(
                    Check::Signature,
                    Err(Error::malformed(format!(
                        "It has no proof of the suite {}.",
                        proof::SUITE
                    ))),
                );
                return;
            };
            let key = proof_key(issuer, proof, fetched);
            let Some(key) = note_issuer(report, issuer, key) else {
                return;
            };
            let valid = proof::verify(document, proof, &key);
            if report.add(
                Check::Signature,
                valid.map(|()| "Valid (eddsa-rdfc-2022).".into()),
            ) {
                report.add(Check::Coverage, coverage(document));
            }
        }
        Credential::Jwt(jwt) => {
            let key = jwt_key(issuer, jwt, fetched);
            let Some(key) = note_issuer(report, issuer, key) else {
                return;
            };
            let valid = jwt.verify(&key).and_then(|()| claims_agree(&jwt.claims));
            report.add(Check::Signature, valid.map(|()| "Valid (JWT).".into()));
        }
    }
}

fn note_issuer<K>(report: &mut Report, issuer: &str, key: Result<K>) -> Option<K> {
    match key {
        Ok(key) => {
            report.add(Check::Issuer, Ok(format!("{issuer} names the key.")));
            Some(key)
        }
        Err(error) => {
            report.add(Check::Issuer, Err(error));
            None
        }
    }
}

fn coverage(document: &Value) -> Result<String> {
    let mut unsigned = document.clone();
    if let Some(object) = unsigned.as_object_mut() {
        object.remove("proof");
    }
    let uncovered = json_ld::uncovered(&unsigned)?;
    match uncovered.first() {
        None => Ok("The signature covers everything.".into()),
        Some(path) => Err(Error::malformed(format!(
            "{path} is not covered by the signature: anybody could have added it."
        ))),
    }
}

/// The method that a proof names must be the issuer's own.
fn proof_key(issuer: &str, proof: &Value, fetched: &dyn Fn(&str) -> Option<Vec<u8>>) -> Result<[u8; 32]> {
    let method = proof
        .get("verificationMethod")
        .and_then(Value::as_str)
        .ok_or_else(|| Error::malformed("The proof names no key."))?;
    if proof.get("proofPurpose").and_then(Value::as_str) != Some("assertionMethod") {
        return Err(Error::malformed("The proof was made for another purpose."));
    }
    let entry = method_of(issuer, method, fetched)?;
    let Some(entry) = entry else {
        return did::key_of(issuer);
    };
    entry
        .get("publicKeyMultibase")
        .and_then(Value::as_str)
        .ok_or_else(|| Error::Key("The issuer's key is of a kind that is not known here.".into()))
        .and_then(ed25519_bytes)
}

fn jwt_key(issuer: &str, jwt: &Jwt, fetched: &dyn Fn(&str) -> Option<Vec<u8>>) -> Result<Value> {
    let method = jwt
        .header
        .get("kid")
        .and_then(Value::as_str)
        .ok_or_else(|| Error::malformed("The JWT names no key of its issuer."))?;
    let entry = method_of(issuer, method, fetched)?;
    let Some(entry) = entry else {
        return did::key_of(issuer).map(|key| jwt::ed25519_jwk(&key));
    };
    if let Some(jwk) = entry.get("publicKeyJwk") {
        return Ok(jwk.clone());
    }
    entry
        .get("publicKeyMultibase")
        .and_then(Value::as_str)
        .ok_or_else(|| Error::Key("The issuer's key is of a kind that is not known here.".into()))
        .and_then(ed25519_bytes)
        .map(|key| jwt::ed25519_jwk(&key))
}

/// The entry of a key in its issuer's document; `None` for a `did:key`, which needs none.
fn method_of(issuer: &str, method: &str, fetched: &dyn Fn(&str) -> Option<Vec<u8>>) -> Result<Option<Value>> {
    let foreign = || Error::Key("It is signed with a key that is not its issuer's.".into());
    let (controller, _) = method.split_once('#').ok_or_else(foreign)?;
    if controller != issuer {
        return Err(foreign());
    }
    if issuer.starts_with("did:key:") {
        return Ok(None);
    }
    let address = if issuer.starts_with("did:web:") {
        did::web_address(issuer)?
    } else {
        return Err(Error::Key(format!(
            "{issuer} is no did:web or did:key, and no other issuer is known here."
        )));
    };
    let bytes = fetched(&address)
        .ok_or_else(|| Error::Key(format!("The issuer's keys could not be fetched from {address}.")))?;
    let document: Value = serde_json::from_slice(&bytes)
        .map_err(|_| Error::Key(format!("What stands at {address} is no issuer's document.")))?;
    if document.get("id").and_then(Value::as_str) != Some(issuer) {
        return Err(foreign());
    }
    let allowed = document
        .get("assertionMethod")
        .and_then(Value::as_array)
        .is_some_and(|methods| {
            methods
                .iter()
                .any(|one| one == method || one.get("id").is_some_and(|id| id == method))
        });
    document
        .get("verificationMethod")
        .and_then(Value::as_array)
        .and_then(|methods| {
            methods
                .iter()
                .find(|one| one.get("id").is_some_and(|id| id == method))
        })
        .filter(|_| allowed)
        .cloned()
        .map(Some)
        .ok_or_else(foreign)
}

/// The registered claims must say the same as the members that they repeat.
fn claims_agree(claims: &Value) -> Result<()> {
    let seconds = |member: &str| {
        claims
            .get(member)
            .and_then(Value::as_str)
            .and_then(|text| DateTime::parse_from_rfc3339(text).ok())
            .map(|at| at.timestamp())
    };
    let number = |claim: &str| claims.get(claim).and_then(Value::as_i64);
    let agree = claims.get("iss").and_then(Value::as_str) == issuer_of(claims)
        && claims.get("jti") == claims.get("id")
        && number("nbf") == seconds("validFrom")
        && number("exp") == seconds("validUntil")
        && claims.get("sub") == claims.pointer("/credentialSubject/id")
        && claims.get("vc").is_none();
    agree
        .then_some(())
        .ok_or_else(|| Error::malformed("The JWT's claims and the credential in it say different things."))
}

fn dates(content: &Value, now: DateTime<Utc>) -> Result<String> {
    let at = |member: &str| -> Result<Option<DateTime<Utc>>> {
        let Some(value) = content.get(member) else {
            return Ok(None);
        };
        value
            .as_str()
            .and_then(|text| DateTime::parse_from_rfc3339(text).ok())
            .map(|at| Some(at.to_utc()))
            .ok_or_else(|| Error::malformed(format!("The member {member} is no instant.")))
    };
    within(at("validFrom")?, at("validUntil")?, now)
}

/// Whether it is valid now.
fn within(from: Option<DateTime<Utc>>, until: Option<DateTime<Utc>>, now: DateTime<Utc>) -> Result<String> {
    if let Some(from) = from.filter(|from| *from > now) {
        return Err(Error::malformed(format!(
            "It is not valid before {}.",
            proof::instant(from)
        )));
    }
    match until {
        Some(until) if until <= now => Err(Error::malformed(format!(
            "It expired at {}.",
            proof::instant(until)
        ))),
        Some(until) => Ok(format!("Valid until {}.", proof::instant(until))),
        None => Ok("Valid without an end.".into()),
    }
}

fn given_to(content: &Value, email: &str) -> Result<String> {
    let identifiers = match content.pointer("/credentialSubject/identifier") {
        Some(Value::Array(many)) => many.as_slice(),
        Some(one) => std::slice::from_ref(one),
        None => &[],
    };
    let text = |one: &Value, member: &str| one[member].as_str().unwrap_or_default().to_owned();
    let addresses: Vec<&Value> = identifiers
        .iter()
        .filter(|one| one["identityType"] == "emailAddress")
        .collect();
    if addresses.is_empty() {
        return Err(Error::malformed("It names no e-mail address of its recipient."));
    }
    let is_it = |one: &&Value| {
        [email.to_owned(), email.to_lowercase()].iter().any(|typed| {
            let meant = match one["hashed"] == true {
                true => HashedEmail::new(typed, &text(one, "salt")).hash().to_owned(),
                false => typed.clone(),
            };
            meant.eq_ignore_ascii_case(&text(one, "identityHash"))
        })
    };
    match addresses.iter().any(is_it) {
        true => Ok("It was given to this address.".into()),
        false => Err(Error::malformed("It was given to another address.")),
    }
}

fn status(content: &Value, now: DateTime<Utc>, fetched: &dyn Fn(&str) -> Option<Vec<u8>>) -> Result<String> {
    let malformed = || Error::malformed("Its entry in a status list is malformed.");
    let entry = content.get("credentialStatus").ok_or_else(malformed)?;
    if entry.get("type").and_then(Value::as_str) != Some("BitstringStatusListEntry") {
        return Err(Error::malformed(
            "Its status is told in a way that is not known here.",
        ));
    }
    let address = entry
        .get("statusListCredential")
        .and_then(Value::as_str)
        .ok_or_else(malformed)?;
    let index: u32 = entry
        .get("statusListIndex")
        .and_then(Value::as_str)
        .and_then(|text| text.parse().ok())
        .ok_or_else(malformed)?;
    let bytes = fetched(address)
        .ok_or_else(|| Error::malformed(format!("The status list could not be fetched from {address}.")))?;
    let list = String::from_utf8(bytes)
        .map_err(|_| malformed())
        .and_then(|text| read(&text))?;
    let claims = list.content();
    if issuer_of(claims) != issuer_of(content) {
        return Err(Error::malformed("The status list was issued by somebody else."));
    }
    if claims.get("id").and_then(Value::as_str) != Some(address) {
        return Err(Error::malformed("The status list is another one."));
    }
    let mut report = Report::default();
    signed(&mut report, &list, fetched);
    if let Some(step) = report.steps.iter().find(|step| !step.passed) {
        return Err(Error::malformed(format!(
            "The status list cannot be trusted: {}",
            step.found
        )));
    }
    dates(claims, now)?;
    if claims.pointer("/credentialSubject/statusPurpose") != entry.get("statusPurpose") {
        return Err(Error::malformed("The status list is for another purpose."));
    }
    let encoded = claims
        .pointer("/credentialSubject/encodedList")
        .and_then(Value::as_str)
        .ok_or_else(malformed)?;
    match StatusList::decode(encoded)?.get(index) {
        Some(false) => Ok("Not revoked.".into()),
        Some(true) => Err(Error::malformed("The issuer revoked it.")),
        None => Err(malformed()),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use serde_json::json;

    use super::*;
    use crate::badge::{self, Award, testing};
    use crate::did::Did;
    use crate::keys::SigningKeys;
    use crate::status_list;

    struct World {
        keys: SigningKeys,
        award: Award,
        documents: HashMap<String, Vec<u8>>,
    }

    impl World {
        fn new(did: impl FnOnce(&SigningKeys) -> Did) -> Self {
            let keys = SigningKeys::generate([9; 32]).expect("keys");
            let mut award = testing::award(&keys);
            award.issuer.did = did(&keys);
            let mut world = Self {
                keys,
                award,
                documents: HashMap::new(),
            };
            let document = did::document(&world.award.issuer.did, &[world.keys.public()]);
            world.documents.insert(
                "https://claims.test/issuers/7/did.json".into(),
                document.to_string().into_bytes(),
            );
            world.serve_list([]);
            world
        }

        fn web() -> Self {
            Self::new(|_| Did::web("https://claims.test", "issuers/7").expect("https"))
        }

        fn serve_list<const N: usize>(&mut self, revoked: [u32; N]) {
            let issuer = &self.award.issuer;
            let list = StatusList::of(revoked);
            for address in ["https://claims.test/status/1", "https://claims.test/status/1.jwt"] {
                let list = status_list::credential(&list, address, issuer, self.award.valid_from, 60_000);
                let body = if address.ends_with("jwt") {
                    jwt::sign(&list, &issuer.did, &self.keys).expect("signed")
                } else {
                    self.sign(list).to_string()
                };
                self.documents.insert(address.into(), body.into_bytes());
            }
        }

        fn sign(&self, document: Value) -> Value {
            let method = self.award.issuer.did.proof_key(&self.keys.public());
            proof::sign(document, &self.keys, &method, self.award.valid_from).expect("signed")
        }

        fn json(&self) -> Value {
            self.sign(self.award.document())
        }

        fn jwt(&self) -> String {
            let document = badge::for_jwt(&self.award.document());
            jwt::sign(&document, &self.award.issuer.did, &self.keys).expect("signed")
        }

        fn verify(&self, credential: &str) -> Report {
            let now = self.award.valid_from + chrono::TimeDelta::days(1);
            verify(credential, now, &|address| self.documents.get(address).cloned())
        }

        fn refused(&self, credential: &str) -> Check {
            let report = self.verify(credential);
            let failed = report.steps.iter().find(|step| !step.passed);
            failed.map(|step| step.check).expect("a check fails")
        }
    }

    #[test]
    fn both_forms_of_both_issuers_are_valid() {
        for world in [World::web(), World::new(|keys| Did::key(&keys.public()))] {
            for credential in [world.json().to_string(), world.jwt()] {
                let report = world.verify(&credential);
                assert!(report.is_valid(), "{:?}", report.steps);
                assert!(report.steps.iter().any(|step| step.check == Check::Status));
            }
        }
    }

    #[test]
    fn every_change_of_a_member_is_found() {
        let world = World::web();
        let valid = world.json();
        for (path, value) in [
            ("/name", json!("Other")),
            (
                "/credentialSubject/identifier/0/identityHash",
                json!("Somebody else"),
            ),
            ("/validUntil", json!("2999-01-01T00:00:00Z")),
            ("/credentialStatus/statusListIndex", json!("8")),
            ("/proof/created", json!("2000-01-01T00:00:00Z")),
        ] {
            let mut forged = valid.clone();
            *forged.pointer_mut(path).expect("a member") = value;
            assert_eq!(world.refused(&forged.to_string()), Check::Signature, "{path}");
        }
        let mut forged = valid.clone();
        forged["accreditation"] = json!("by the state");
        assert_eq!(world.refused(&forged.to_string()), Check::Coverage);
        let mut forged = valid.clone();
        forged["issuer"]["id"] = json!("did:web:claims.test:issuers:8");
        assert_eq!(world.refused(&forged.to_string()), Check::Issuer);
    }

    #[test]
    fn every_changed_character_of_a_jwt_is_found() {
        let world = World::web();
        let valid = world.jwt();
        for at in (0..valid.len()).step_by(97) {
            let mut bytes = valid.clone().into_bytes();
            bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
            let forged = String::from_utf8(bytes).expect("ASCII");
            assert!(!world.verify(&forged).is_valid(), "at {at}");
        }
    }

    #[test]
    fn revoked_expired_and_unfetched_are_told_apart() {
        let mut world = World::web();
        world.serve_list([7]);
        assert_eq!(world.refused(&world.json().to_string()), Check::Status);
        assert_eq!(world.refused(&world.jwt()), Check::Status);

        world.serve_list([]);
        let late = world.award.valid_from + chrono::TimeDelta::days(400);
        let report = verify(&world.json().to_string(), late, &|address| {
            world.documents.get(address).cloned()
        });
        let failed: Vec<_> = report
            .steps
            .iter()
            .filter(|step| !step.passed)
            .map(|step| step.check)
            .collect();
        assert_eq!(failed, [Check::Dates]);

        world.documents.clear();
        assert_eq!(world.refused(&world.json().to_string()), Check::Issuer);
    }

    #[test]
    fn a_list_of_another_issuer_or_with_a_changed_bit_is_not_believed() {
        let mut world = World::web();
        let other = World::new(|keys| Did::key(&keys.public()));
        let (address, own) = (
            "https://claims.test/status/1",
            world.documents["https://claims.test/status/1"].clone(),
        );
        world
            .documents
            .insert(address.into(), other.documents[address].clone());
        assert_eq!(world.refused(&world.json().to_string()), Check::Status);

        let mut forged: Value = serde_json::from_slice(&own).expect("JSON");
        forged["credentialSubject"]["encodedList"] = json!(StatusList::of([3]).encode());
        world
            .documents
            .insert(address.into(), forged.to_string().into_bytes());
        assert_eq!(world.refused(&world.json().to_string()), Check::Status);
    }

    #[test]
    fn whoever_knows_the_address_is_told_whose_it_is() {
        let mut world = World::web();
        let told = |world: &World, credential: &str, email: &str| {
            let mut report = world.verify(credential);
            report.check_recipient(email);
            let last = report.steps.last().expect("a step");
            (last.check, last.passed)
        };
        for credential in [world.json().to_string(), world.jwt()] {
            for email in ["zoe@example.org", " Zoe@Example.org "] {
                assert_eq!(
                    told(&world, &credential, email),
                    (Check::Recipient, true),
                    "{email}"
                );
            }
            for email in ["eve@example.org", "", "sha256$"] {
                assert_eq!(
                    told(&world, &credential, email),
                    (Check::Recipient, false),
                    "{email}"
                );
            }
        }
        // Of what is not valid nobody is told whose it is.
        let forged = world.json().to_string().replace("Safety at work", "Boats");
        assert_ne!(told(&world, &forged, "zoe@example.org").0, Check::Recipient);
        world.award.email = None;
        let nobodys = world.json().to_string();
        assert_eq!(
            told(&world, &nobodys, "zoe@example.org"),
            (Check::Recipient, false)
        );
    }

    #[test]
    fn the_documents_to_fetch_are_named() {
        let world = World::web();
        let json = world.json().to_string();
        let (did, list) = (
            "https://claims.test/issuers/7/did.json",
            "https://claims.test/status/1",
        );
        assert_eq!(documents_needed(&json, &|_| None), [did, list]);
        let one = |address: &str| world.documents.get(address).filter(|_| address == did).cloned();
        assert_eq!(documents_needed(&json, &one), [list]);
        assert_eq!(documents_needed("nothing", &|_| None), Vec::<String>::new());
    }

    #[test]
    fn a_credential_comes_out_of_every_kind_of_file() {
        let json = World::web().json().to_string();
        let svg = baking::bake_svg("<svg xmlns=\"x\"></svg>", &json).expect("baked");
        let pdf = format!("%PDF-1.7\n1 0 obj\nstream\n{json}\nendstream\n");
        for file in [json.as_bytes(), svg.as_bytes(), pdf.as_bytes()] {
            assert_eq!(extract(file).as_deref(), Ok(json.as_str()));
        }
        assert!(extract(b"\xff\xfe").is_err());
        assert!(extract(b"%PDF-1.7").is_err());
    }

    #[test]
    fn a_credential_is_found_in_a_pdf_however_it_is_attached() {
        use std::io::Write;

        use flate2::Compression;
        use flate2::write::ZlibEncoder;

        let pack = |bytes: &[u8]| {
            let mut packed = ZlibEncoder::new(Vec::new(), Compression::best());
            packed.write_all(bytes).expect("packed");
            packed.finish().expect("packed")
        };
        let pdf = |streams: &[Vec<u8>], line: &str| {
            let mut file = b"%PDF-1.7\n".to_vec();
            for stream in streams {
                file.extend(format!("1 0 obj << /Length 9 >> stream{line}").bytes());
                file.extend(stream);
                file.extend(format!("{line}endstream{line}endobj{line}").bytes());
            }
            file
        };
        let world = World::web();
        let (json, jwt) = (world.json().to_string(), world.jwt());
        let page = pack(b"BT (Hello) Tj ET");
        for line in ["\n", "\r\n"] {
            for credential in [&json, &jwt] {
                let plain = credential.clone().into_bytes();
                for attached in [plain.clone(), pack(&plain)] {
                    let file = pdf(&[page.clone(), b"{\"no\": 1}".to_vec(), attached], line);
                    let found = extract(&file).expect("found");
                    assert_eq!(&found, credential);
                    assert!(world.verify(&found).is_valid());
                }
            }
            assert!(extract(&pdf(std::slice::from_ref(&page), line)).is_err());
        }
        // It begins like a credential, and unpacks to more than there is room for.
        let bomb = pack(&[b"{".as_slice(), &vec![b' '; 64 * 1024 * 1024]].concat());
        let begun = std::time::Instant::now();
        assert!(extract(&pdf(&vec![bomb; 40], "\n")).is_err());
        assert!(
            begun.elapsed() < std::time::Duration::from_secs(20),
            "each is read up to a size"
        );
        assert!(extract(b"%PDF-1.7 stream\n{ without an end").is_err());
    }
}
