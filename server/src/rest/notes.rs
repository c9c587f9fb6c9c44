//! What a program is told in the head of each answer, before it is too late: that its token ends soon, that its secret was
//! replaced, how much it may still call (draft-ietf-httpapi-ratelimit-headers).

use backend::api_tokens::{Left, Notes};
use http::{HeaderMap, HeaderName, HeaderValue};

static EXPIRES_AT: HeaderName = HeaderName::from_static("token-expires-at");
static SUPERSEDED: HeaderName = HeaderName::from_static("token-superseded");
static LIMIT: HeaderName = HeaderName::from_static("ratelimit");
static POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");

/// Adds what there is to tell.
pub fn tell(notes: &Notes, headers: &mut HeaderMap) {
    let mut set = |name: &HeaderName, value: String| {
        if let Ok(value) = HeaderValue::try_from(value) {
            headers.insert(name.clone(), value);
        }
    };
    if let Some(end) = notes.ends_at {
        set(
            &EXPIRES_AT,
            end.to_rfc3339_opts(chrono::SecondsFormat::Secs, true),
        );
    }
    if let Some(until) = notes.replaced_until {
        set(&SUPERSEDED, format!("?1;ends=@{}", until.timestamp()));
    }
    let limits = [("token", notes.limit), ("organisation", notes.organisation_limit)];
    let said = |words: fn(&Left) -> String| {
        let limits = limits
            .iter()
            .filter_map(|(name, left)| Some(format!("\"{name}\";{}", words(left.as_ref()?))));
        limits.collect::<Vec<_>>().join(", ")
    };
    let left = said(|left| format!("r={};t={}", left.requests, left.seconds));
    if !left.is_empty() {
        set(&POLICY, said(|left| format!("q={};w=60", left.per_minute)));
        set(&LIMIT, left);
    }
}
