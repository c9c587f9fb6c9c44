//! `/gate/forward`: what Traefik's `forwardAuth`, Caddy's `forward_auth` and our script for HAProxy ask. They relay any
//! answer but a success whole. The query of this door's own address is the client's with Caddy, and is never read.

use axum::extract::State;
use axum::response::Response;
use http::{HeaderMap, Request};

use super::answer::Door;
use super::heads::{Heads, Original, one};
use crate::serve::Peer;
use crate::server::Server;

/// Whether a request is let through.
pub async fn decide(State(server): State<Server>, request: Request<axum::body::Body>) -> Response {
    let peer = request.extensions().get::<Peer>().map(|peer| peer.0.ip());
    let headers = request.headers();
    let original = original(headers);
    let heads = original
        .as_ref()
        .map(|original| Heads::of(original, peer, headers));
    super::decide(&server, Door::Forward, heads, headers).await
}

fn original(headers: &HeaderMap) -> Option<Original> {
    let mut targets = headers.get_all("x-forwarded-uri").iter();
    let (Some(target), None) = (targets.next(), targets.next()) else {
        return None;
    };
    Some(Original {
        url: url(
            one(headers, "x-forwarded-proto")?,
            one(headers, "x-forwarded-host")?,
            target.as_bytes(),
        )?,
        method: one(headers, "x-forwarded-method")?.to_owned(),
        // Neither of them gives a request a name that the client could not have chosen, and neither asks twice.
        request_id: None,
    })
}

/// The URL, of its parts. Traefik says `ws` where a WebSocket begins.
pub(super) fn url(scheme: &str, host: &str, target: &[u8]) -> Option<Vec<u8>> {
    let scheme = match scheme {
        "http" | "ws" => "http://",
        "https" | "wss" => "https://",
        _ => return None,
    };
    let is_host = !host.is_empty() && !host.contains([',', '/', '?', '#', '@', ' ', '\\']);
    (is_host && target.first() == Some(&b'/')).then(|| [scheme.as_bytes(), host.as_bytes(), target].concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_put_together_of_what_cannot_reach_beyond_its_part() {
        let text = |scheme, host, target: &str| {
            url(scheme, host, target.as_bytes()).map(|url| String::from_utf8_lossy(&url).into_owned())
        };
        assert_eq!(
            text("http", "shop.test:8080", "/a?b").as_deref(),
            Some("http://shop.test:8080/a?b")
        );
        assert_eq!(
            text("wss", "shop.test", "/").as_deref(),
            Some("https://shop.test/")
        );
        for (scheme, host, target) in [
            ("ftp", "shop.test", "/"),
            ("http", "shop.test/x", "/"),
            ("http", "a@shop.test", "/"),
            ("http", "shop.test, evil.test", "/"),
            ("http", "", "/"),
            ("http", "shop.test", "http://evil.test/"),
            ("http", "shop.test", ""),
        ] {
            assert_eq!(text(scheme, host, target), None, "{scheme} {host} {target}");
        }
    }
}
