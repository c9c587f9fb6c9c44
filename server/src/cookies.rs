//! The cookies of a request, read in place. Those of this program consist of letters, digits and characters that need
//! no escaping, so there is nothing to decode.

use std::borrow::Cow;
use std::convert::Infallible;

use axum::extract::FromRequestParts;
use http::HeaderMap;
use http::header::COOKIE;
use http::request::Parts;

use crate::server::Server;

/// The cookies that a browser sent along.
#[derive(Debug, Clone, Copy)]
pub struct Cookies<'a>(pub &'a HeaderMap);

impl<'a> Cookies<'a> {
    /// The value of a cookie. Of several with the same name, the last counts.
    pub fn get(self, name: &str) -> Option<&'a str> {
        self.0
            .get_all(COOKIE)
            .iter()
            .filter_map(|header| header.to_str().ok())
            .flat_map(|header| header.split(';'))
            .filter_map(|cookie| cookie.split_once('='))
            .rfind(|(own, _)| own.trim() == name)
            .map(|(_, value)| value.trim())
    }
}

/// The name of a cookie that is sent only to a narrower path than the whole site. With TLS its prefix makes browsers
/// refuse a cookie of that name that did not come over TLS, from a neighbour on the network.
pub fn narrow(name: &str, is_https: bool) -> Cow<'_, str> {
    match is_https {
        true => format!("__Secure-{name}").into(),
        false => name.into(),
    }
}

/// Shows that this browser accepts cookies.
pub const TAKES_COOKIES: &str = "tokenwright_cookies";

/// The message for a reader whose browser keeps no cookies.
pub const REFUSED: &str = "Your browser refuses cookies, and without them nobody can stay signed in here. Allow cookies \
                           for this site and try again.";

/// The cookies of a narrower path than the whole site, for a handler.
pub struct SentCookies {
    headers: HeaderMap,
    is_https: bool,
    is_browser: bool,
}

impl SentCookies {
    /// The value of a cookie.
    pub fn get(&self, name: &str) -> Option<&str> {
        Cookies(&self.headers).get(&narrow(name, self.is_https))
    }

    /// Whether a browser sent this without a single cookie, although the page before set one. A session would be lost
    /// in the same way. Programs do not say where a form comes from, and use other means.
    pub fn are_refused(&self) -> bool {
        self.is_browser && self.headers.is_empty()
    }
}

impl FromRequestParts<Server> for SentCookies {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, server: &Server) -> Result<Self, Infallible> {
        let cookies = parts.headers.get_all(COOKIE).iter();
        Ok(Self {
            headers: cookies.map(|value| (COOKIE, value.clone())).collect(),
            is_https: server.public_url.is_https(),
            is_browser: ["sec-fetch-site", "origin"]
                .iter()
                .any(|name| parts.headers.contains_key(*name)),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(headers: &[&str], name: &str) -> Option<String> {
        let headers: HeaderMap = headers
            .iter()
            .map(|text| (COOKIE, text.parse().expect("a header")))
            .collect();
        Cookies(&headers).get(name).map(str::to_owned)
    }

    #[test]
    fn a_cookie_is_found_by_its_whole_name() {
        let sent = ["theme=dark; tokenwright_my=abc", "tokenwright=x=y ;empty="];
        assert_eq!(value(&sent, "theme").as_deref(), Some("dark"));
        assert_eq!(value(&sent, "tokenwright_my").as_deref(), Some("abc"));
        assert_eq!(value(&sent, "tokenwright").as_deref(), Some("x=y"));
        assert_eq!(value(&sent, "empty").as_deref(), Some(""));
        assert_eq!(value(&sent, "token"), None);
        assert_eq!(value(&[], "theme"), None);
        assert_eq!(value(&["noise", ";;=;a=1; a=2"], "a").as_deref(), Some("2"));
    }
}
