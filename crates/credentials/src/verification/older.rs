//! Checking an Open Badge 2.0: one that its issuer's site keeps, or one that is signed with a key that the site names.
//!
//! What stands in a file says nothing by itself. A hosted one is what stands at its own address, and a signed one is worth
//! what the key in its issuer's profile is worth; so documents lead to each other, and each must be what it was named as.

mod site;

use std::cell::RefCell;

use chrono::{DateTime, NaiveTime, Utc};
use serde_json::{Value, json};

use self::site::{authority, document, in_scope, is_address, named, short, text, whatever_is_at};
use super::{Check, Fetched, Report, has_type};
use crate::error::{Error, Result};
use crate::jwt::Jwt;
use crate::keys;

/// What somebody has of an Open Badge 2.0.
pub(super) enum Older {
    /// Its address alone, as pictures carry it.
    Address(String),
    /// A copy of what its issuer's site keeps.
    Copy(Value),
    /// Signed.
    Signed(Jwt),
}

impl Older {
    /// Reads one; `None`: it is none.
    pub(super) fn read(text: &str) -> Option<Self> {
        let text = text.trim();
        if is_address(text) {
            return Some(Self::Address(text.to_owned()));
        }
        if text.starts_with('{') {
            let document: Value = serde_json::from_str(text).ok()?;
            return is_assertion(&document).then_some(Self::Copy(document));
        }
        let jwt = Jwt::read(text).ok().filter(|jwt| is_assertion(&jwt.claims))?;
        Some(match is_hosted(&jwt.claims) {
            true => Self::Copy(jwt.claims),
            false => Self::Signed(jwt),
        })
    }

    /// The addresses that are to be fetched next. What they lead to may name others.
    pub(super) fn documents_needed(&self, fetched: Fetched<'_>) -> Vec<String> {
        let missing = RefCell::new(Vec::new());
        let noting = |address: &str| {
            let found = fetched(address);
            let mut missing = missing.borrow_mut();
            if found.is_none() && !missing.iter().any(|one| one == address) {
                missing.push(address.to_owned());
            }
            found
        };
        // Which documents there are does not depend on the time.
        self.verify(DateTime::UNIX_EPOCH, &noting);
        missing.into_inner()
    }

    /// Checks it with the documents that were fetched.
    pub(super) fn verify(&self, now: DateTime<Utc>, fetched: Fetched<'_>) -> Report {
        let mut report = Report::default();
        let Some(assertion) = self.assertion(&mut report, fetched) else {
            return report;
        };
        report.credential = Some(in_new_words(&assertion, &Value::Null, &Value::Null));
        if let Some(revoked) = revoked(&assertion) {
            report.add(Check::Status, Err(revoked));
            return report;
        }
        let Some(class) = report.found(Check::Class, class_of(&assertion, fetched)) else {
            return report;
        };
        let issuer = profile_of(&class, fetched).and_then(|issuer| match self {
            Self::Signed(_) => Ok(issuer),
            _ => in_scope(text(&assertion, "id"), &issuer).map(|()| issuer),
        });
        let Some(issuer) = report.found(Check::Issuer, issuer) else {
            return report;
        };
        report.credential = Some(in_new_words(&assertion, &class, &issuer));
        report.site = authority(text(&issuer, "id")).map(str::to_owned);
        if let Self::Signed(jwt) = self {
            report.add(Check::Signature, signature(jwt, &issuer, fetched));
        }
        report.add(Check::Dates, dates(&assertion, now));
        let status = match self {
            Self::Signed(_) => listed(&assertion, &issuer, fetched),
            _ => Ok("Its issuer's site does not say that it was revoked.".into()),
        };
        report.add(Check::Status, status);
        report
    }

    /// The assertion that counts: what was signed, or what stands at its address.
    fn assertion(&self, report: &mut Report, fetched: Fetched<'_>) -> Option<Value> {
        let copy = match self {
            Self::Address(address) => {
                report.add(Check::Shape, Ok("The address of an Open Badge 2.0.".into()));
                return hosted(report, address, None, fetched);
            }
            Self::Signed(jwt) => {
                let shape = match is_signed(&jwt.claims) {
                    true => Ok("An Open Badge 2.0, signed.".into()),
                    false => Err(Error::malformed("It does not say how it is verified.")),
                };
                return report.add(Check::Shape, shape).then(|| jwt.claims.clone());
            }
            Self::Copy(copy) => copy,
        };
        let shape = match (is_address(text(copy, "id")), is_signed(copy)) {
            (_, true) => Err(
                "It says that it is signed, and its signature is not here: take the file as its issuer gave it.",
            ),
            (false, _) => Err("It names no address at which its issuer's site keeps it."),
            (true, false) => Ok("An Open Badge 2.0, which its issuer's site keeps.".to_owned()),
        };
        report
            .add(Check::Shape, shape.map_err(Error::malformed))
            .then(|| hosted(report, text(copy, "id"), Some(copy), fetched))
            .flatten()
    }
}

/// What stands at the address of a hosted assertion. A copy of it was given to the same person for the same.
fn hosted(report: &mut Report, address: &str, copy: Option<&Value>, fetched: Fetched<'_>) -> Option<Value> {
    let kept = document(address, "Assertion", "Open Badge 2.0", fetched).and_then(|kept| {
        if is_signed(&kept) {
            return Err(Error::malformed(
                "It says that it is signed, and not that its site keeps it.",
            ));
        }
        let differs = |member: &str| match (copy.and_then(|copy| copy.get(member)), kept.get(member)) {
            (Some(copy), Some(kept)) => !is_same(copy, kept),
            _ => false,
        };
        for (member, sentence) in [
            ("recipient", "The issuer's site says that somebody else has it."),
            ("badge", "The issuer's site says that it is for something else."),
        ] {
            if differs(member) {
                return Err(Error::malformed(sentence));
            }
        }
        Ok(kept)
    });
    match kept {
        Ok(kept) => {
            report.add(Check::Hosting, Ok(format!("It stands at {}.", short(address))));
            Some(kept)
        }
        Err(error) => {
            report.add(Check::Hosting, Err(error));
            None
        }
    }
}

/// Whether two members mean the same: what is named in one may stand in the other.
fn is_same(one: &Value, other: &Value) -> bool {
    let named = |value: &Value| value.get("id").unwrap_or(value).clone();
    one == other || named(one) == named(other)
}

/// What was awarded: a document of its own, or a part of the assertion.
fn class_of(assertion: &Value, fetched: Fetched<'_>) -> Result<Value> {
    let class = match assertion.get("badge") {
        Some(Value::String(address)) => document(address, "BadgeClass", "badge class", fetched)?,
        Some(class) if has_type(class, "BadgeClass") => class.clone(),
        _ => return Err(Error::malformed("It does not say what it was given for.")),
    };
    match text(&class, "name") {
        "" => Err(Error::malformed("What it was given for has no name.")),
        _ => Ok(class),
    }
}

/// Who issued it, as their own site says: a profile that stands elsewhere could say anything of anybody.
fn profile_of(class: &Value, fetched: Fetched<'_>) -> Result<Value> {
    let address = class.get("issuer").and_then(named).unwrap_or_default();
    if !is_address(address) {
        return Err(Error::malformed(
            "Its issuer has no address of a site that says who they are.",
        ));
    }
    let profile = whatever_is_at(address, fetched)?;
    if !["Issuer", "Profile"].iter().any(|name| has_type(&profile, name)) || text(&profile, "name").is_empty()
    {
        return Err(Error::malformed(format!(
            "What stands at {} is no issuer's profile.",
            short(address)
        )));
    }
    Ok(profile)
}

/// Checks a signature with a key that its issuer's profile names, and that names its issuer.
fn signature(jwt: &Jwt, issuer: &Value, fetched: Fetched<'_>) -> Result<String> {
    let foreign = || Error::Key("It is signed with a key that is not its issuer's.".into());
    let owned: Vec<&Value> = match issuer.get("publicKey") {
        Some(Value::Array(keys)) => keys.iter().collect(),
        Some(key) => vec![key],
        None => Vec::new(),
    };
    let creator = jwt.claims.pointer("/verification/creator").and_then(named);
    let key = owned
        .into_iter()
        .find(|key| creator.is_none_or(|creator| named(key) == Some(creator)))
        .ok_or_else(foreign)?;
    let key = match key {
        Value::String(address) => document(address, "CryptographicKey", "key", fetched)?,
        key => key.clone(),
    };
    if key.get("owner").and_then(named) != Some(text(issuer, "id")) {
        return Err(foreign());
    }
    jwt.verify_rs256(&keys::rsa_from_pem(text(&key, "publicKeyPem"))?)?;
    Ok("Valid (RS256).".into())
}

/// Whether an assertion stands in its issuer's list of what was revoked.
fn listed(assertion: &Value, issuer: &Value, fetched: Fetched<'_>) -> Result<String> {
    let Some(list) = issuer.get("revocationList") else {
        return Ok("Its issuer keeps no list of what was revoked.".into());
    };
    let address = named(list).unwrap_or_default();
    let list = document(address, "RevocationList", "list of what was revoked", fetched)?;
    if list.get("issuer").and_then(named) != Some(text(issuer, "id")) {
        return Err(Error::malformed(
            "The list of what was revoked is somebody else's.",
        ));
    }
    let (id, uid) = (text(assertion, "id"), text(assertion, "uid"));
    let means = |entry: &&Value| {
        let names = |name: &str, own: &str| !own.is_empty() && text(entry, name) == own;
        entry.as_str() == Some(id) || names("id", id) || names("uid", uid)
    };
    let entries = list.get("revokedAssertions").and_then(Value::as_array);
    match entries.into_iter().flatten().find(means) {
        Some(entry) => Err(because(entry)),
        None => Ok("Not revoked.".into()),
    }
}

fn revoked(assertion: &Value) -> Option<Error> {
    (assertion.get("revoked") == Some(&Value::Bool(true))).then(|| because(assertion))
}

fn because(revoked: &Value) -> Error {
    Error::malformed(match text(revoked, "revocationReason") {
        "" => "The issuer revoked it.".to_owned(),
        reason => format!("The issuer revoked it: {}", short(reason)),
    })
}

fn dates(assertion: &Value, now: DateTime<Utc>) -> Result<String> {
    let at = |member: &str| -> Result<Option<DateTime<Utc>>> {
        let Some(value) = assertion.get(member).filter(|value| !value.is_null()) else {
            return Ok(None);
        };
        value
            .as_str()
            .and_then(instant)
            .map(Some)
            .ok_or_else(|| Error::malformed(format!("The member {member} is no instant.")))
    };
    let issued = at("issuedOn")?.ok_or_else(|| Error::malformed("It does not say when it was issued."))?;
    super::within(Some(issued), at("expires")?, now)
}

/// An instant, or the first one of a day.
fn instant(text: &str) -> Option<DateTime<Utc>> {
    let day = || text.parse::<chrono::NaiveDate>().ok();
    DateTime::parse_from_rfc3339(text)
        .map(|at| at.to_utc())
        .ok()
        .or_else(|| Some(day()?.and_time(NaiveTime::MIN).and_utc()))
}

/// What it says, in the members that an Open Badge 3.0 has for it.
fn in_new_words(assertion: &Value, class: &Value, issuer: &Value) -> Value {
    let mut told = json!({
        "id": text(assertion, "id"), "name": text(class, "name"),
        "issuer": {"id": text(issuer, "id"), "name": text(issuer, "name")},
        "validFrom": text(assertion, "issuedOn"), "validUntil": text(assertion, "expires"),
    });
    let recipient = assertion.get("recipient").unwrap_or(&Value::Null);
    let identity = text(recipient, "identity");
    let mut subject = json!({});
    if recipient["hashed"] == false {
        subject["name"] = json!(identity);
    }
    if has_type(recipient, "email") {
        subject["identifier"] = json!([{
            "identityType": "emailAddress", "hashed": recipient["hashed"], "identityHash": identity,
            "salt": text(recipient, "salt"),
        }]);
    }
    told["credentialSubject"] = subject;
    told
}

/// Whether it is an assertion of Open Badges 2.0. An Open Badge 3.0 never calls itself that.
fn is_assertion(document: &Value) -> bool {
    has_type(document, "Assertion") && !has_type(document, "VerifiableCredential")
}

fn is_hosted(assertion: &Value) -> bool {
    is_verified_as(assertion, &["hosted", "HostedBadge"])
}

fn is_signed(assertion: &Value) -> bool {
    is_verified_as(assertion, &["signed", "SignedBadge"])
}

fn is_verified_as(assertion: &Value, names: &[&str]) -> bool {
    let verification = assertion.get("verification").unwrap_or(&Value::Null);
    names.iter().any(|name| has_type(verification, name))
}

#[cfg(test)]
mod tests;
