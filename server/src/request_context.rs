//! The request context: what is known about a request before it is handled.

use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Instant;

use app::plain::{PageContext, Theme};
use axum::extract::FromRequestParts;
use backend::{Client, Random, Secret};
use http::HeaderMap;
use http::header::USER_AGENT;
use http::request::Parts;
use leptos::nonce::Nonce;

use crate::config::Network;
use crate::cookies::Cookies;
use crate::failure::Failure;
use crate::health::ADDED_BY_PROXIES;
use crate::route::Route;
use crate::serve::Peer;
use crate::server::Server;
use crate::session::{self, Side};

/// The most that is kept of a browser's user agent.
const USER_AGENT_CHARS: usize = 300;

/// The context of a request for every layer and handler; cheap to clone.
#[derive(Clone)]
pub struct RequestContext(Arc<Facts>);

/// What is known of it.
pub struct Facts {
    /// When it arrived.
    pub began: Instant,
    /// Its id: in the log, in the answer's headers, and on the page of a fault.
    pub id: String,
    /// Who calls, from where.
    pub client: Client,
    /// The reader's choice of light or dark.
    pub theme: Theme,
    /// The secret of the session that a password began, if its cookie is there. It is not verified yet.
    pub session: Option<Secret>,
    /// The secret of the session on the recipients' side, if its cookie is there.
    pub my_session: Option<Secret>,
    /// Whether it was sent without encryption although the site uses it, as far as can be told.
    pub is_plaintext: bool,
    nonce: OnceLock<Nonce>,
    /// The row of the list of routes; `None` when there is nothing under the address.
    pub route: Option<&'static Route>,
}

impl RequestContext {
    /// Reads the head of a request.
    pub fn of(
        server: &Server,
        request: &http::Request<axum::body::Body>,
        route: Option<&'static Route>,
    ) -> Self {
        let headers = request.headers();
        let cookies = Cookies(headers);
        let peer = request.extensions().get::<Peer>().map(|peer| peer.0.ip());
        let is_forwarded = is_forwarded(headers);
        if let Some(peer) = peer
            && is_forwarded
        {
            warn_of_unlisted_proxy(peer, headers, &server.trusted_proxies);
        }
        Self(Arc::new(Facts {
            began: Instant::now(),
            id: digits(Random.id(server.backend.clock().now())),
            client: Client {
                address: peer.map(|peer| match is_forwarded {
                    true => client_address(peer, headers, &server.trusted_proxies),
                    false => peer.to_canonical(),
                }),
                user_agent: user_agent(headers),
                device: session::device(cookies, &server.public_url),
            },
            theme: cookies.get("theme").map(Theme::from_key).unwrap_or_default(),
            session: Side::Admin.secret(cookies, &server.public_url),
            my_session: Side::Recipient.secret(cookies, &server.public_url),
            is_plaintext: server.public_url.is_https() && is_plaintext(peer, headers),
            nonce: OnceLock::new(),
            route,
        }))
    }

    /// The nonce of the only script that may run.
    pub fn nonce(&self) -> &Nonce {
        self.0.nonce.get_or_init(Nonce::new)
    }

    /// What plain pages need to know.
    pub fn page<'a>(&self, server: &'a Server) -> PageContext<'a> {
        PageContext {
            stylesheet: &server.assets.recipient_css,
            favicon: &server.assets.favicon,
            theme: self.theme,
            letterhead: None,
        }
    }
}

impl std::ops::Deref for RequestContext {
    type Target = Facts;
    fn deref(&self) -> &Facts {
        &self.0
    }
}

impl<S: Sync> FromRequestParts<S> for RequestContext {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Failure> {
        // The outermost layer inserts it.
        parts
            .extensions
            .get::<Self>()
            .cloned()
            .ok_or_else(|| Failure::fault("a request without its visit"))
    }
}

/// An id as 32 digits, written in one go.
fn digits(id: uuid::Uuid) -> String {
    let mut text = uuid::Uuid::encode_buffer();
    id.simple().encode_lower(&mut text).to_owned()
}

/// Whether a proxy says anything of the visitor. Most requests that come directly have few headers: to look at each of
/// them once takes less than to look for each that a proxy may add.
fn is_forwarded(headers: &HeaderMap) -> bool {
    headers
        .keys()
        .any(|name| ADDED_BY_PROXIES.contains(&name.as_str()))
}

/// The address of the client: the peer's, or, if the peer is a trusted proxy, the last address that a trusted proxy
/// saw. Any caller could have written what is further left.
fn client_address(peer: IpAddr, headers: &HeaderMap, trusted: &[Network]) -> IpAddr {
    let is_trusted = |address: IpAddr| trusted.iter().any(|network| network.contains(address));
    let mut client = peer.to_canonical();
    let forwarded = headers
        .get_all("x-forwarded-for")
        .iter()
        .filter_map(|value| value.to_str().ok());
    let hops: Vec<&str> = forwarded
        .flat_map(|value| value.split(','))
        .map(str::trim)
        .collect();
    for hop in hops.into_iter().rev() {
        if !is_trusted(client) {
            break;
        }
        match address_of(hop) {
            Some(address) => client = address.to_canonical(),
            None => break,
        }
    }
    client
}

/// An address, as proxies write it: alone, or with the port of the connection.
pub fn address_of(hop: &str) -> Option<IpAddr> {
    let alone = hop
        .strip_prefix('[')
        .and_then(|hop| hop.strip_suffix(']'))
        .unwrap_or(hop);
    let with_port = || hop.parse::<SocketAddr>().map(|address| address.ip());
    alone.parse().or_else(|_| with_port()).ok()
}

/// Logs once that there seems to be a proxy that is not listed: all of its visitors then count as one client.
fn warn_of_unlisted_proxy(peer: IpAddr, headers: &HeaderMap, trusted: &[Network]) {
    static SAID: AtomicBool = AtomicBool::new(false);
    let peer = peer.to_canonical();
    let is_listed = trusted.iter().any(|network| network.contains(peer));
    if is_listed || SAID.load(Ordering::Relaxed) {
        return;
    }
    let sent = ADDED_BY_PROXIES.iter().find(|name| headers.contains_key(**name));
    if let Some(name) = sent
        && !SAID.swap(true, Ordering::Relaxed)
    {
        tracing::warn!(
            "{peer} sent the header {name} and is not listed, so it is not believed. If it is your reverse proxy, name it: \
             --trusted-proxy {peer}. Otherwise all of its visitors count as one client, and are slowed down together"
        );
    }
}

/// Whether a request came from another machine without encryption. This program speaks plain HTTP to the proxy in front
/// of it, so the proxy's statement counts; a request from another machine that came through no proxy had no encryption.
/// A caller who forges such a statement deceives only themselves.
fn is_plaintext(peer: Option<IpAddr>, headers: &HeaderMap) -> bool {
    let scheme = headers.get_all("x-forwarded-proto").iter().next_back();
    match scheme.and_then(|value| value.to_str().ok()?.rsplit(',').next()) {
        Some(scheme) => scheme.trim().eq_ignore_ascii_case("http"),
        None => {
            let has_proxy = ["x-forwarded-for", "forwarded", "via"]
                .iter()
                .any(|name| headers.contains_key(*name));
            !has_proxy && peer.is_some_and(|peer| !peer.to_canonical().is_loopback())
        }
    }
}

fn user_agent(headers: &HeaderMap) -> String {
    let text = headers
        .get(USER_AGENT)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    // What is text in a header is ASCII, so a character is a byte.
    text.get(..USER_AGENT_CHARS).unwrap_or(text).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(peer: &str, forwarded: &[&str], trusted: &str) -> String {
        let mut headers = HeaderMap::new();
        for value in forwarded {
            headers.append("x-forwarded-for", value.parse().expect("a header"));
        }
        let trusted = Network::parse_list(trusted).expect("networks");
        client_address(peer.parse().expect("an address"), &headers, &trusted).to_string()
    }

    #[test]
    fn each_header_of_a_proxy_is_one_and_no_other() {
        let with = |name: &'static str| {
            let header = (
                http::HeaderName::from_static(name),
                http::HeaderValue::from_static("x"),
            );
            is_forwarded(&[header].into_iter().collect())
        };
        assert!(ADDED_BY_PROXIES.into_iter().all(with));
        assert!(!["host", "authorization", "x-forwarded"].into_iter().any(with));
        assert!(!is_forwarded(&HeaderMap::new()));
    }

    #[test]
    fn an_agent_is_cut_and_an_id_is_digits() {
        let mut headers = HeaderMap::new();
        for (sent, kept) in [(0, 0), (299, 299), (300, 300), (301, 300)] {
            headers.insert(USER_AGENT, "a".repeat(sent).parse().expect("a header"));
            assert_eq!(user_agent(&headers), "a".repeat(kept));
        }
        assert_eq!(digits(uuid::Uuid::from_u128(0xAB)), format!("{:0>32}", "ab"));
    }

    #[test]
    fn nobody_is_believed_unless_trusted() {
        assert_eq!(address("203.0.113.9", &["198.51.100.1"], ""), "203.0.113.9");
        assert_eq!(
            address("203.0.113.9", &["198.51.100.1"], "10.0.0.0/8"),
            "203.0.113.9"
        );
    }

    #[test]
    fn the_last_address_that_a_trusted_proxy_saw_is_the_clients() {
        assert_eq!(
            address("10.0.0.1", &["198.51.100.1"], "10.0.0.0/8"),
            "198.51.100.1"
        );
        assert_eq!(
            address("10.0.0.1", &["6.6.6.6, 198.51.100.1", "10.0.0.2"], "10.0.0.0/8"),
            "198.51.100.1"
        );
        assert_eq!(
            address("10.0.0.1", &["198.51.100.1, nonsense"], "10.0.0.0/8"),
            "10.0.0.1"
        );
        assert_eq!(address("10.0.0.1", &[], "10.0.0.0/8"), "10.0.0.1");
        for (hop, client) in [
            ("203.0.113.10:51234", "203.0.113.10"),
            ("[2001:db8::1]:51234", "2001:db8::1"),
            ("[2001:db8::1]", "2001:db8::1"),
            ("2001:db8::1", "2001:db8::1"),
        ] {
            assert_eq!(address("10.0.0.1", &[hop], "10.0.0.0/8"), client, "{hop}");
        }
    }
}
