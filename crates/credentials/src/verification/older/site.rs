//! Documents that stand at addresses, and which of them an issuer's site speaks for.

use serde_json::Value;

use super::super::{Fetched, has_type};
use crate::error::{Error, Result};

/// A document that calls itself by its address, and is of a type.
pub(super) fn document(address: &str, kind: &str, what: &str, fetched: Fetched<'_>) -> Result<Value> {
    let found = whatever_is_at(address, fetched)?;
    has_type(&found, kind)
        .then_some(found)
        .ok_or_else(|| Error::malformed(format!("What stands at {} is no {what}.", short(address))))
}

pub(super) fn whatever_is_at(address: &str, fetched: Fetched<'_>) -> Result<Value> {
    let told = short(address);
    if !is_address(address) {
        return Err(Error::malformed(format!("{told} is no address of a document.")));
    }
    let bytes = fetched(address)
        .ok_or_else(|| Error::malformed(format!("What stands at {told} could not be fetched.")))?;
    let found: Value = serde_json::from_slice(&bytes)
        .map_err(|_| Error::malformed(format!("What stands at {told} is no JSON.")))?;
    if text(&found, "id") != address {
        let sentence = format!("What stands at {told} calls itself something else.");
        return Err(Error::malformed(sentence));
    }
    Ok(found)
}

/// Whether an issuer keeps assertions at an address: where their profile says, or on its own host.
pub(super) fn in_scope(assertion: &str, profile: &Value) -> Result<()> {
    let policy = profile.get("verification").filter(|policy| policy.is_object());
    let said = |member: &str| policy.map(|policy| texts(policy.get(member))).unwrap_or_default();
    let (begins, hosts) = (said("startsWith"), said("allowedOrigins"));
    let host = authority(assertion);
    let is_in = if begins.is_empty() && hosts.is_empty() {
        host.is_some() && same(host, authority(text(profile, "id")))
    } else {
        // A beginning that ends within a host's name would let other hosts in.
        let begins_so = |begin: &&str| same(authority(begin), host) && assertion.starts_with(*begin);
        let is_there = |allowed: &&str| {
            let allowed = authority(allowed).unwrap_or(allowed);
            same(Some(allowed), host) || same(Some(allowed), host.and_then(without_port))
        };
        host.is_some()
            && (begins.is_empty() || begins.iter().any(begins_so))
            && (hosts.is_empty() || hosts.iter().any(is_there))
    };
    is_in.then_some(()).ok_or_else(|| {
        Error::malformed(
            "Its issuer keeps no badges at its address: anybody can put a file anywhere that names them.",
        )
    })
}

pub(super) fn is_address(text: &str) -> bool {
    ["https://", "http://"]
        .iter()
        .any(|scheme| text.starts_with(scheme))
}

pub(super) fn text<'a>(value: &'a Value, member: &str) -> &'a str {
    value.get(member).and_then(Value::as_str).unwrap_or_default()
}

/// The id of something that is named by it, or stands there itself.
pub(super) fn named(value: &Value) -> Option<&str> {
    value.get("id").unwrap_or(value).as_str()
}

fn texts(value: Option<&Value>) -> Vec<&str> {
    match value {
        Some(Value::Array(many)) => many.iter().filter_map(Value::as_str).collect(),
        Some(one) => one.as_str().into_iter().collect(),
        None => Vec::new(),
    }
}

/// The host of an address, with its port; `None` where somebody could take another one for it.
pub(super) fn authority(address: &str) -> Option<&str> {
    let (_, rest) = address.split_once("://")?;
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b".-:[]".contains(&byte);
    (!host.is_empty() && host.bytes().all(is_plain)).then_some(host)
}

fn without_port(host: &str) -> Option<&str> {
    host.rsplit_once(':').map(|(name, _)| name)
}

fn same(one: Option<&str>, other: Option<&str>) -> bool {
    one.zip(other)
        .is_some_and(|(one, other)| one.eq_ignore_ascii_case(other))
}

/// As much of a foreign text as a sentence has room for.
pub(super) fn short(text: &str) -> String {
    text.chars().take(300).collect()
}
