//! Writes come from our own pages.
//!
//! A browser sends cookies along with any form that another site makes it send. It also says where the form came from,
//! and that is all this needs: no token in each form, and nothing that a feature can forget.

use app::plain::Wrong;
use axum::body::Body;
use http::header::{COOKIE, ORIGIN};
use http::{HeaderMap, Method, Request};

use crate::failure::Failure;
use crate::request_context::RequestContext;
use crate::route::ResponseKind;
use crate::server::Server;

/// Refuses what came from elsewhere, before anything is done with it.
///
/// # Errors
/// What is shown instead.
pub fn own_pages_only(
    server: &Server,
    visit: &RequestContext,
    request: &Request<Body>,
) -> Result<(), Failure> {
    #[cfg(feature = "wrong-versions")]
    if backend::wrong::is(backend::wrong::NO_CSRF) {
        return Ok(());
    }
    // A proxy asks with the method and the origin of somebody else's visitor, and writes nothing by that.
    let is_of_gate = visit.route.is_some_and(|route| route.kind == ResponseKind::Gate);
    if is_of_gate || comes_from_here(request.method(), request.headers(), server.public_url.as_str()) {
        return Ok(());
    }
    tracing::warn!(public_url = %server.public_url, "refused a write that did not come from this site's own pages");
    Err(Failure(Wrong::OtherSite))
}

/// What every browser since 2023 says (`Sec-Fetch-Site`) is decisive. Older ones, and all of them over plain HTTP, at
/// least say the origin. A client that says neither is not a browser: a program may write, but not with a cookie.
fn comes_from_here(method: &Method, headers: &HeaderMap, public_url: &str) -> bool {
    if matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS) {
        return true;
    }
    match (headers.get("sec-fetch-site"), headers.get(ORIGIN)) {
        (Some(site), _) => site == "same-origin",
        (None, Some(origin)) => origin == public_url,
        (None, None) => !headers.contains_key(COOKIE),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allowed(method: Method, headers: &[(&'static str, &'static str)]) -> bool {
        let headers = headers.iter().map(|(name, value)| {
            (
                http::HeaderName::from_static(name),
                http::HeaderValue::from_static(value),
            )
        });
        comes_from_here(&method, &headers.collect(), "https://tokens.example.org")
    }

    #[test]
    fn a_write_comes_from_our_own_page_or_not_at_all() {
        let cookie = ("cookie", "a=b");
        for (headers, expected) in [
            (&[cookie, ("sec-fetch-site", "same-origin")][..], true),
            (
                &[
                    cookie,
                    ("sec-fetch-site", "same-site"),
                    ("origin", "https://tokens.example.org"),
                ],
                false,
            ),
            (&[cookie, ("sec-fetch-site", "cross-site")], false),
            (&[cookie, ("sec-fetch-site", "none")], false),
            (&[cookie, ("origin", "https://tokens.example.org")], true),
            (&[cookie, ("origin", "https://evil.example")], false),
            (&[cookie, ("origin", "https://x.tokens.example.org")], false),
            (&[cookie, ("origin", "http://tokens.example.org")], false),
            (&[cookie, ("origin", "null")], false),
            (&[cookie], false),
            (&[("origin", "https://evil.example")], false),
            (&[("sec-fetch-site", "cross-site")], false),
            (&[], true),
        ] {
            assert_eq!(allowed(Method::POST, headers), expected, "{headers:?}");
            assert_eq!(allowed(Method::DELETE, headers), expected, "{headers:?}");
            assert!(
                allowed(Method::GET, headers),
                "looking is for everybody: {headers:?}"
            );
        }
    }
}
