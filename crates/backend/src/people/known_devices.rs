//! Browsers that somebody has signed in with before.
//!
//! After signing in with a password, a browser gets a second cookie, which grants no access: it only says that this
//! browser once knew the password of this address. Attempts from such a browser have a budget of the browser's own, so
//! other people's guesses, wherever they come from, do not lock it out. Someone who steals the cookie can try ten
//! passwords in a quarter of an hour with it, and no more.
//!
//! The cookie is signed with the keys and stored nowhere. When the key that signed it is gone, or after a year, its
//! browser is like any other until somebody signs in with it again.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use domain::EmailAddress;
use subtle::ConstantTimeEq;

use crate::{Backend, Client, Secret, secret};

/// How long a browser is known after somebody signed in with it.
pub const KNOWN_FOR: TimeDelta = TimeDelta::days(365);

/// The purpose of the signature: part of what is signed.
const PURPOSE: &str = "known device";

/// A cookie for a browser in which the password of this address was just typed.
pub(super) fn cookie(backend: &Backend, email: &str, now: DateTime<Utc>) -> Secret {
    let name = backend.random.dated_secret(now);
    let signature = backend
        .keys
        .look_up(PURPOSE, &signed(name.reveal(), email))
        .digest;
    let signature = URL_SAFE_NO_PAD.encode(signature);
    Secret::new(format!("{}.{signature}", name.reveal()))
}

/// The name of the browser, if the password of this address was typed in it before.
pub(super) fn name(
    backend: &Backend,
    client: &Client,
    email: &EmailAddress,
    now: DateTime<Utc>,
) -> Option<String> {
    let (name, signature) = client.device.as_ref()?.reveal().rsplit_once('.')?;
    let signature = URL_SAFE_NO_PAD.decode(signature).ok()?;
    let expected = backend.keys.look_ups(PURPOSE, &signed(name, email.as_str()));
    let is_ours = expected
        .iter()
        .any(|one| bool::from(one.digest.ct_eq(&signature)));
    let until = made_at(name)? + KNOWN_FOR;
    (is_ours && now < until).then(|| name.to_owned())
}

fn signed(name: &str, email: &str) -> String {
    format!("{name}\0{email}")
}

fn made_at(name: &str) -> Option<DateTime<Utc>> {
    let date: [u8; 6] = secret::date_of(name).try_into().ok()?;
    let millis = date.iter().fold(0_i64, |sum, byte| sum << 8 | i64::from(*byte));
    DateTime::from_timestamp_millis(millis)
}
