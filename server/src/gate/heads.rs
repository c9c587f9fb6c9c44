//! What all doors read alike: the client's own headers, and who asks.

use std::net::IpAddr;

use backend::Secret;
use backend::page_tokens::gate::{Asked, COOKIE};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use domain::page_tokens::PREFIX;
use domain::page_tokens::credential::{Carried, CarriedBy};
use http::header::{ACCEPT, AUTHORIZATION, COOKIE as COOKIES, RANGE, USER_AGENT};
use http::{HeaderMap, HeaderName};

use crate::request_context::address_of;

/// What was asked for, as one proxy's headers say.
pub struct Original {
    /// The URL.
    pub url: Vec<u8>,
    /// The method.
    pub method: String,
    /// What the proxy calls the request, where it calls one that it asks about twice by the same name.
    pub request_id: Option<String>,
}

/// A request, understood.
pub struct Heads<'a> {
    /// What the gate is asked.
    pub asked: Asked<'a>,
}

impl<'a> Heads<'a> {
    /// Puts together what a proxy says and what the client sent.
    pub fn of(original: &'a Original, proxy: Option<IpAddr>, headers: &'a HeaderMap) -> Self {
        let text = |name: HeaderName| {
            headers
                .get(name)
                .and_then(|value| value.to_str().ok())
                .unwrap_or_default()
        };
        Self {
            asked: Asked {
                proxy: proxy.map(|proxy| proxy.to_canonical()),
                site_secret: said(headers, "tokenwright-site-secret").map(Secret::new),
                site: said(headers, "tokenwright-site"),
                url: &original.url,
                method: &original.method,
                client: client(headers).map(|client| client.to_canonical()),
                user_agent: text(USER_AGENT),
                in_headers: in_headers(headers),
                cookies: cookies(headers, is_tls(&original.url)),
                request_id: original.request_id.as_deref().filter(|id| !id.is_empty()),
                is_navigation: is_navigation(headers),
                is_prefetch: is_prefetch(headers),
                is_continuation: is_continuation(text(RANGE)),
            },
        }
    }
}

/// The one value of a header; `None` when there is none, or more than one.
pub fn one<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (Some(value), None) => value.to_str().ok(),
        _ => None,
    }
}

/// What a proxy says of itself, if anything. What comes twice, or cannot be read, is said and fits nothing.
fn said<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    const NOTHING: &str = "?";
    let mut values = headers.get_all(name).iter();
    let said = match (values.next()?, values.next()) {
        (value, None) => value.to_str().unwrap_or(NOTHING),
        _ => NOTHING,
    };
    Some(said).filter(|said| !said.is_empty())
}

/// The address that the proxy saw last: the end of the list, which it wrote itself. Without it nobody knows where a client
/// is, and the proxy does not stand in for it: a token for the proxy's own network would be everybody's.
fn client(headers: &HeaderMap) -> Option<IpAddr> {
    let last = headers.get_all("x-forwarded-for").iter().next_back()?;
    address_of(last.to_str().ok()?.rsplit(',').next()?.trim())
}

/// Tokens in headers. An `Authorization` with something else in it is the back end's own business.
fn in_headers(headers: &HeaderMap) -> Carried {
    let carried = |text: &str| Carried::One(CarriedBy::Header, text.to_owned());
    let page_token = headers.get_all("x-page-token").iter();
    let named = page_token.map(|value| carried(value.to_str().unwrap_or_default()));
    let authorizations = headers.get_all(AUTHORIZATION).iter();
    let authorized = authorizations.filter_map(|value| {
        let (scheme, rest) = value.to_str().ok()?.split_once(' ')?;
        let secret = if scheme.eq_ignore_ascii_case("bearer") {
            rest.trim().to_owned()
        } else if scheme.eq_ignore_ascii_case("basic") {
            let decoded = String::from_utf8(STANDARD.decode(rest.trim()).ok()?).ok()?;
            decoded.split_once(':')?.1.to_owned()
        } else {
            return None;
        };
        secret.starts_with(PREFIX).then(|| carried(&secret))
    });
    named.chain(authorized).fold(Carried::None, Carried::and)
}

fn is_tls(url: &[u8]) -> bool {
    url.get(..6)
        .is_some_and(|scheme| scheme.eq_ignore_ascii_case(b"https:"))
}

/// Cookies of the gate that are read.
const COOKIES_READ: usize = 60;

/// The values of the gate's own cookies, the newest first: browsers send those last, and a visitor with very many links to one
/// site has very many. Over TLS their names begin with `__Host-`, which browsers take from
/// the site alone: without it, a neighbour under the same domain may have set one, to show a visitor the page of another
/// token.
fn cookies(headers: &HeaderMap, is_tls: bool) -> Vec<&str> {
    let all = headers.get_all(COOKIES).iter();
    let mut values: Vec<&str> = all
        .filter_map(|header| header.to_str().ok())
        .flat_map(|header| header.split(';'))
        .filter_map(|cookie| cookie.trim().split_once('='))
        .filter(|(name, _)| match name.strip_prefix("__Host-") {
            Some(name) => name.starts_with(COOKIE),
            None => !is_tls && name.starts_with(COOKIE),
        })
        .map(|(_, value)| value)
        .collect();
    values.reverse();
    values.truncate(COOKIES_READ);
    values
}

/// Whether a browser goes to a page. Over plain HTTP browsers do not say so; there, they ask for the same page over TLS.
fn is_navigation(headers: &HeaderMap) -> bool {
    match headers.get("sec-fetch-mode") {
        Some(mode) => mode == "navigate",
        None => {
            let accepts = headers.get(ACCEPT).and_then(|value| value.to_str().ok());
            headers
                .get("upgrade-insecure-requests")
                .is_some_and(|value| value == "1")
                && accepts.is_some_and(|accepts| accepts.contains("text/html"))
        }
    }
}

fn is_prefetch(headers: &HeaderMap) -> bool {
    ["sec-purpose", "purpose", "x-moz", "x-purpose"]
        .iter()
        .any(|name| {
            headers
                .get_all(*name)
                .iter()
                .filter_map(|value| value.to_str().ok())
                .any(|value| {
                    value.contains("prefetch") || value.contains("prerender") || value.contains("preview")
                })
        })
}

/// Whether a range begins behind the first byte.
fn is_continuation(range: &str) -> bool {
    let first = range
        .trim()
        .strip_prefix("bytes=")
        .and_then(|range| range.split(['-', ',']).next());
    first
        .and_then(|first| first.trim().parse::<u64>().ok())
        .is_some_and(|first| first > 0)
}

/// Whether a reader wants a page rather than something for programs.
pub fn wants_html(headers: &HeaderMap) -> bool {
    let accepts = headers
        .get(ACCEPT)
        .and_then(|value| value.to_str().ok())
        .unwrap_or("*/*");
    !accepts.contains("json")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(*name, value.parse().expect("a header"));
        }
        headers
    }

    #[test]
    fn tokens_in_headers_are_ours_or_left_alone() {
        let one = |text: &str| Carried::One(CarriedBy::Header, text.into());
        // user:twp_abc
        let basic = "Basic dXNlcjp0d3BfYWJj";
        for (pairs, expected) in [
            (&[("authorization", "Bearer twp_abc")][..], one("twp_abc")),
            (&[("authorization", "bearer  twp_abc ")], one("twp_abc")),
            (&[("authorization", basic)], one("twp_abc")),
            (&[("x-page-token", "twp_abc")], one("twp_abc")),
            (&[("x-page-token", "nonsense")], one("nonsense")),
            (&[("authorization", "Bearer somebody-elses")], Carried::None),
            (&[("authorization", "Basic dXNlcjpwYXNz")], Carried::None),
            (&[("authorization", "Basic %%%")], Carried::None),
            (
                &[("authorization", "Bearer twp_abc"), ("x-page-token", "twp_abc")],
                Carried::Repeated,
            ),
            (&[("x-page-token", "a"), ("x-page-token", "a")], Carried::Repeated),
        ] {
            assert!(in_headers(&headers(pairs)) == expected, "{pairs:?}");
        }
    }

    #[test]
    fn over_tls_a_cookie_is_taken_that_no_neighbour_can_set() {
        let sent = headers(&[
            ("cookie", "a=b; tokenwright_page_1=neighbour"),
            (
                "cookie",
                "__Host-tokenwright_page_1=site; __Host-tokenwright=admin",
            ),
        ]);
        assert_eq!(cookies(&sent, is_tls(b"HTTPS://shop.test/")), ["site"]);
        assert_eq!(
            cookies(&sent, is_tls(b"http://shop.test/https:")),
            ["site", "neighbour"]
        );
    }

    #[test]
    fn of_very_many_cookies_the_newest_are_read() {
        let all: Vec<String> = (0..100).map(|n| format!("tokenwright_page_{n}={n}")).collect();
        let mut sent = HeaderMap::new();
        sent.append("cookie", all.join("; ").parse().expect("a header"));
        let read = cookies(&sent, false);
        assert_eq!((read.len(), read[0], read[59]), (60, "99", "40"));
    }

    #[test]
    fn a_browser_that_goes_to_a_page_is_told_from_everything_else() {
        for (pairs, expected) in [
            (&[("sec-fetch-mode", "navigate")][..], true),
            (
                &[("sec-fetch-mode", "no-cors"), ("upgrade-insecure-requests", "1")],
                false,
            ),
            (
                &[("upgrade-insecure-requests", "1"), ("accept", "text/html,*/*")],
                true,
            ),
            (&[("accept", "text/html")], false),
            (&[], false),
        ] {
            assert_eq!(is_navigation(&headers(pairs)), expected, "{pairs:?}");
        }
    }

    #[test]
    fn only_what_goes_on_behind_the_first_byte_continues() {
        for (range, expected) in [
            ("bytes=1000-", true),
            ("bytes=5-9", true),
            ("bytes=0-", false),
            ("bytes=0-99,200-300", false),
            ("bytes=-500", false),
            ("", false),
            ("lines=5-", false),
        ] {
            assert_eq!(is_continuation(range), expected, "{range}");
        }
    }

    #[test]
    fn the_client_is_who_the_proxy_saw_last() {
        let seen = |values: &[(&'static str, &'static str)]| {
            client(&headers(values)).map(|address| address.to_string())
        };
        assert_eq!(
            seen(&[("x-forwarded-for", "6.6.6.6, 192.0.2.1")]).as_deref(),
            Some("192.0.2.1")
        );
        assert_eq!(
            seen(&[("x-forwarded-for", "6.6.6.6"), ("x-forwarded-for", "192.0.2.2")]).as_deref(),
            Some("192.0.2.2")
        );
        for (written, address) in [
            ("203.0.113.10:51234", "203.0.113.10"),
            ("6.6.6.6:1, [2001:db8::7]:443", "2001:db8::7"),
            ("[2001:db8::7]", "2001:db8::7"),
        ] {
            assert_eq!(
                seen(&[("x-forwarded-for", written)]).as_deref(),
                Some(address),
                "with the port of the connection"
            );
        }
        assert_eq!(seen(&[("x-forwarded-for", "unknown")]), None);
    }

    #[test]
    fn a_proxy_stands_in_for_no_client() {
        let original = Original {
            url: b"http://shop.test/".to_vec(),
            method: "GET".into(),
            request_id: None,
        };
        let client = |sent: &HeaderMap| {
            let proxy = "127.0.0.1".parse().ok();
            Heads::of(&original, proxy, sent).asked.client
        };
        for sent in [
            &[][..],
            &[("x-forwarded-for", "unknown")],
            &[("x-forwarded-for", "192.0.2.1,")],
        ] {
            assert_eq!(client(&headers(sent)), None, "{sent:?}");
        }
        let sent = headers(&[("x-forwarded-for", "::ffff:192.0.2.1")]);
        assert_eq!(client(&sent), "192.0.2.1".parse().ok());
    }

    #[test]
    fn what_a_proxy_says_of_itself_is_one_word_or_fits_nothing() {
        const NAME: &str = "tokenwright-site";
        for (sent, expected) in [
            (&[][..], None),
            (&[(NAME, "")], None),
            (&[(NAME, "http://shop.test")], Some("http://shop.test")),
            (
                &[(NAME, "http://shop.test"), (NAME, "http://shop.test")],
                Some("?"),
            ),
            (&[(NAME, ""), (NAME, "")], Some("?")),
        ] {
            assert_eq!(said(&headers(sent), NAME), expected, "{sent:?}");
        }
    }
}
