//! The headers of every answer.

use http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, HeaderName, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY,
    X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use http::{HeaderMap, HeaderValue};

use crate::request_context::RequestContext;
use crate::route::ResponseKind;
use crate::server::Server;

/// Pages without scripts.
const PLAIN: &str = "default-src 'none'; style-src 'self'; img-src 'self' data:; font-src 'self'; \
                     base-uri 'none'; form-action 'self'; frame-ancestors 'none'; manifest-src 'self'";

/// A page that other sites may show in a frame: it has no forms, and a click in it opens a page in its own window.
pub const EMBEDDED: &str = "default-src 'none'; style-src 'self'; img-src 'self' data:; font-src 'self'; \
                            base-uri 'none'; form-action 'none'; frame-ancestors *";

// Values are checked where they are made: once, and not for each answer.
static PLAIN_POLICY: HeaderValue = HeaderValue::from_static(PLAIN);
static NOSNIFF: HeaderValue = HeaderValue::from_static("nosniff");
static DENY: HeaderValue = HeaderValue::from_static("DENY");
static SAME_ORIGIN: HeaderValue = HeaderValue::from_static("same-origin");
static NO_REFERRER: HeaderValue = HeaderValue::from_static("no-referrer");
static NO_PERMISSIONS: HeaderValue =
    HeaderValue::from_static("camera=(), geolocation=(), microphone=(), payment=()");
static NO_STORE: HeaderValue = HeaderValue::from_static("no-store");
static NOT_FOR_ROBOTS: HeaderValue = HeaderValue::from_static("noindex, nofollow, noarchive");

static OPENER_POLICY: HeaderName = HeaderName::from_static("cross-origin-opener-policy");
static RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");
static PERMISSIONS_POLICY: HeaderName = HeaderName::from_static("permissions-policy");
static ROBOTS: HeaderName = HeaderName::from_static("x-robots-tag");
static API_REQUEST_ID: HeaderName = HeaderName::from_static("request-id");
static REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The least number of headers that an answer has.
const USUAL: usize = 16;

/// Adds what the handler did not set itself.
pub fn add(server: &Server, visit: &RequestContext, headers: &mut HeaderMap) {
    headers.reserve(USUAL);
    let kind = visit.route.map_or(ResponseKind::Plain, |route| route.kind);
    if kind == ResponseKind::Gate {
        // It may reach a visitor of another site, about which this site has nothing to say.
        return of_gate(headers);
    }
    let is_embedded = headers
        .get(CONTENT_SECURITY_POLICY)
        .is_some_and(|policy| policy == EMBEDDED);
    let mut set = |name: HeaderName, value: &HeaderValue| {
        headers.entry(name).or_insert_with(|| value.clone());
    };
    set(X_CONTENT_TYPE_OPTIONS, &NOSNIFF);
    // This policy has no value for all sites: where it is present, some browsers show nothing.
    if !is_embedded {
        set(X_FRAME_OPTIONS, &DENY);
    }
    set(OPENER_POLICY.clone(), &SAME_ORIGIN);
    set(RESOURCE_POLICY.clone(), &SAME_ORIGIN);
    set(PERMISSIONS_POLICY.clone(), &NO_PERMISSIONS);
    // Private pages must not stay in a shared computer's cache. Static files set their own.
    set(CACHE_CONTROL, &NO_STORE);
    match kind {
        ResponseKind::Recipient => {
            set(ROBOTS.clone(), &NOT_FOR_ROBOTS);
            set(REFERRER_POLICY, &NO_REFERRER);
        }
        // A form that is sent without Wasm is answered by redirecting back to its page.
        ResponseKind::Admin
        | ResponseKind::Function
        | ResponseKind::Script
        | ResponseKind::Plain
        | ResponseKind::Static
        | ResponseKind::Gate
        | ResponseKind::Api => {
            set(REFERRER_POLICY, &SAME_ORIGIN);
        }
    }
    if server.public_url.is_https() {
        set(STRICT_TRANSPORT_SECURITY, &server.transport_security);
    }
    match kind {
        ResponseKind::Admin => {
            if let Ok(policy) = with_script(visit.nonce()).parse() {
                headers.entry(CONTENT_SECURITY_POLICY).or_insert(policy);
            }
        }
        _ => set(CONTENT_SECURITY_POLICY, &PLAIN_POLICY),
    }
    if let Ok(id) = HeaderValue::from_str(&visit.id) {
        // A program that asks for something that does not exist may want to quote it, too.
        if kind == ResponseKind::Api || visit.route.is_none() {
            headers.insert(API_REQUEST_ID.clone(), id.clone());
        }
        headers.insert(REQUEST_ID.clone(), id);
    }
}

/// The headers of a decision, which no cache may keep.
fn of_gate(headers: &mut HeaderMap) {
    headers
        .entry(X_CONTENT_TYPE_OPTIONS)
        .or_insert_with(|| NOSNIFF.clone());
    headers.entry(CACHE_CONTROL).or_insert_with(|| NO_STORE.clone());
}

/// A page without scripts whose form eventually leads to another site.
pub fn plain_leading_to(place: &str) -> String {
    PLAIN.replace("form-action 'self'", &format!("form-action 'self' {place}"))
}

/// The admin pages: one script, which carries the nonce, and the Wasm that it loads.
fn with_script(nonce: &str) -> String {
    format!(
        "default-src 'none'; script-src 'nonce-{nonce}' 'strict-dynamic' 'wasm-unsafe-eval'; style-src 'self'; \
         connect-src 'self'; img-src 'self' data:; font-src 'self'; frame-src 'self'; base-uri 'none'; object-src 'none'; \
         form-action 'self'; frame-ancestors 'none'; manifest-src 'self'"
    )
}
