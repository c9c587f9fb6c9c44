//! The cookie that a browser's token becomes: which token, of which secret, until when, under a code that only this
//! installation can make. It is bound to its site, and says nothing about what it opens: the token's rule is asked at each
//! request, so that what an admin changes holds at the next one.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use domain::{SiteId, TokenId};
use subtle::ConstantTimeEq;
use uuid::Uuid;

use super::known::Known;
use crate::Backend;
use crate::page_tokens::sites::Site;

/// What the names of all these cookies begin with, behind `__Host-` where the site has TLS.
pub const COOKIE: &str = "tokenwright_page_";

/// The purpose of the code.
const PURPOSE: &str = "page session";

/// The longest session; a token that ends before ends it.
const LONGEST: TimeDelta = TimeDelta::hours(12);

/// A cookie to be set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionCookie {
    /// Its name, one per token.
    pub name: String,
    /// Its value, a secret.
    value: String,
    max_age: i64,
    is_secure: bool,
}

impl SessionCookie {
    /// The value of the header `Set-Cookie`.
    pub fn header(&self) -> String {
        let secure = if self.is_secure { "; Secure" } else { "" };
        format!(
            "{}={}; Path=/; Max-Age={}; HttpOnly; SameSite=Lax{secure}",
            self.name, self.value, self.max_age
        )
    }
}

/// What a cookie says.
pub(super) struct Session {
    pub token: TokenId,
    pub generation: i64,
}

/// Begins a session of a token.
pub(super) fn begin(backend: &Backend, known: &Known, site: &Site) -> SessionCookie {
    let now = backend.clock.now();
    let end = known
        .bounds()
        .expires_at
        .map_or(now + LONGEST, |end| end.min(now + LONGEST));
    let id = known.token.0.simple().to_string();
    let said = format!("{id}.{}.{}", known.generation, end.timestamp());
    let code = backend.keys.look_up(PURPOSE, &bound(site.id, &said)).digest;
    let is_secure = site.address.is_https();
    let prefix = if is_secure { "__Host-" } else { "" };
    SessionCookie {
        name: format!("{prefix}{COOKIE}{}", &id[id.len() - 8..]),
        value: format!("{said}.{}", URL_SAFE_NO_PAD.encode(code)),
        max_age: (end - now).num_seconds().max(0),
        is_secure,
    }
}

/// Reads a cookie; `None` for one that is over, of another site, or nobody's.
pub(super) fn read(backend: &Backend, site: SiteId, value: &str, now: DateTime<Utc>) -> Option<Session> {
    let (said, code) = value.rsplit_once('.')?;
    let code = URL_SAFE_NO_PAD.decode(code).ok()?;
    let look_ups = backend.keys.look_ups(PURPOSE, &bound(site, said));
    let is_ours = look_ups.iter().any(|look_up| look_up.digest.ct_eq(&code).into());
    if !is_ours {
        return None;
    }
    let mut parts = said.split('.');
    let token = TokenId(Uuid::parse_str(parts.next()?).ok()?);
    let generation = parts.next()?.parse().ok()?;
    let end: i64 = parts.next()?.parse().ok()?;
    (now.timestamp() < end).then_some(Session { token, generation })
}

fn bound(site: SiteId, said: &str) -> String {
    format!("{site} {said}")
}
