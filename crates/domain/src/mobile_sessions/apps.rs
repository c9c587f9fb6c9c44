//! Registered apps, and the addresses that they are called back at.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::form::{self, Problems};
use crate::id::MobileAppId;
use crate::when::When;

/// Addresses that an app has, at most.
const MOST_REDIRECTS: usize = 10;

/// Characters of an address, at most.
const LONGEST: usize = 300;

/// An app, as typed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MobileAppForm {
    /// *App Name*.
    pub name: String,
    /// *Redirect addresses*, one in each line.
    pub redirects: String,
}

/// An app to be registered, or what one is to become.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewMobileApp {
    /// Its name.
    pub name: String,
    /// Where it is called back.
    pub redirects: Vec<RedirectAddress>,
}

/// A registered app.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MobileAppRow {
    /// Its id, which is its *Client Id*.
    pub id: MobileAppId,
    /// Its name.
    pub name: String,
    /// Where it is called back.
    pub redirects: Vec<String>,
    /// How many sign-ins with it are alive.
    pub sessions: i64,
    /// When it was registered.
    pub created: When,
}

impl MobileAppForm {
    /// The app that was described.
    ///
    /// # Errors
    /// All problems at once, by field.
    pub fn parse(&self) -> Result<NewMobileApp, Problems> {
        let mut problems = Problems::default();
        let name = problems.check("name", form::line("An app's name", 60, &self.name));
        let redirects: Result<Vec<RedirectAddress>, BadRedirect> = self
            .redirects
            .lines()
            .map(str::trim)
            .filter(|line| !line.is_empty())
            .map(RedirectAddress::parse)
            .collect();
        let mut redirects = problems.check("redirects", redirects).unwrap_or_default();
        redirects.dedup();
        if problems.at("redirects").is_none() && !(1..=MOST_REDIRECTS).contains(&redirects.len()) {
            let sentence = format!("Give 1 to {MOST_REDIRECTS} redirect addresses.");
            problems.add("redirects", sentence);
        }
        problems.into_result()?;
        Ok(NewMobileApp {
            name: name.unwrap_or_default(),
            redirects,
        })
    }
}

/// An address at which an app gets its answer: of a web site with https, of a scheme that belongs to the app
/// (`com.example.app:/signed-in`), or of the device itself (`http://127.0.0.1/signed-in`). It is compared character by
/// character; on the device itself the port is the app's choice at each sign-in (RFC 8252).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RedirectAddress(String);

/// The text is no address that an app may be called back at.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{address} is no redirect address: {why}")]
pub struct BadRedirect {
    address: String,
    why: &'static str,
}

/// Hosts that are the device itself.
const LOOPBACK: [&str; 2] = ["127.0.0.1", "[::1]"];

impl RedirectAddress {
    /// Reads an address.
    ///
    /// # Errors
    /// [`BadRedirect`].
    pub fn parse(text: &str) -> Result<Self, BadRedirect> {
        check(text)
            .map(|()| Self(text.to_owned()))
            .map_err(|why| BadRedirect {
                address: text.chars().take(80).collect(),
                why,
            })
    }

    /// The characters.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it is the one that an app asks to be called back at.
    pub fn is_meant_by(&self, asked: &str) -> bool {
        if self.0 == asked {
            return true;
        }
        match (loopback(&self.0), loopback(asked)) {
            (Some((own, own_path)), Some((host, path))) => own == host && own_path == path,
            _ => false,
        }
    }
}

impl fmt::Display for RedirectAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn check(text: &str) -> Result<(), &'static str> {
    let is_plain =
        |c: char| c.is_ascii_graphic() && !matches!(c, '"' | '\'' | '<' | '>' | '\\' | '`' | ',' | ';');
    if text.len() > LONGEST || !text.chars().all(is_plain) {
        return Err("it has up to 300 plain characters, without spaces and quotation marks.");
    }
    if text.contains('#') {
        return Err("what stands behind # never reaches the app.");
    }
    let (scheme, rest) = text
        .split_once(':')
        .ok_or("it begins with a scheme, such as com.example.app:/signed-in.")?;
    let mut letters = scheme.chars();
    let is_scheme = letters.next().is_some_and(|c| c.is_ascii_lowercase())
        && letters.all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '.' | '-' | '+'));
    if !is_scheme {
        return Err("a scheme has small letters, digits, dots and dashes.");
    }
    match scheme {
        "https" => authority(rest)
            .filter(|host| is_host(host))
            .map(|_| ())
            .ok_or("behind https:// stands a host, such as app.example.org."),
        "http" => loopback(text)
            .map(|_| ())
            .ok_or("http is for the device itself: http://127.0.0.1/… or http://[::1]/…"),
        _ if scheme.contains('.') => Ok(()),
        _ => Err("a scheme of one's own is a domain read backwards, such as com.example.app."),
    }
}

/// What stands between `//` and the path.
fn authority(rest: &str) -> Option<&str> {
    let rest = rest.strip_prefix("//")?;
    rest.split(['/', '?']).next()
}

fn is_host(authority: &str) -> bool {
    let (host, port) = authority
        .split_once(':')
        .map_or((authority, None), |(host, port)| (host, Some(port)));
    let is_label = |label: &str| {
        !label.is_empty()
            && label
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
    };
    host.split('.').all(is_label) && port.is_none_or(is_port)
}

fn is_port(port: &str) -> bool {
    port.parse::<u16>().is_ok_and(|number| number > 0) && !port.starts_with(['0', '+'])
}

/// The host and the path of an address on the device itself, whatever its port.
fn loopback(text: &str) -> Option<(&'static str, &str)> {
    let rest = text.strip_prefix("http://")?;
    LOOPBACK.into_iter().find_map(|host| {
        let rest = rest.strip_prefix(host)?;
        let path = match rest.strip_prefix(':') {
            None => rest,
            Some(with_port) => {
                let end = with_port.find(['/', '?']).unwrap_or(with_port.len());
                is_port(&with_port[..end]).then_some(&with_port[end..])?
            }
        };
        (path.is_empty() || path.starts_with(['/', '?'])).then_some((host, path))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_app_is_called_back_where_only_it_listens() {
        for good in [
            "com.example.app:/signed-in",
            "com.example.app://signed-in",
            "https://app.example.org/signed-in?from=tokenwright",
            "https://app.example.org:8443/",
            "http://127.0.0.1/signed-in",
            "http://127.0.0.1:4711/signed-in",
            "http://[::1]:4711/",
            "http://127.0.0.1",
        ] {
            assert!(RedirectAddress::parse(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "signed-in",
            "javascript:alert(1)",
            "data:text/html,x",
            "myapp:/signed-in",
            "http://example.org/",
            "http://localhost/",
            "http://127.0.0.1.example.org/",
            "http://127.0.0.1@example.org/",
            "http://127.0.0.1:0/",
            "http://127.0.0.1:99999/",
            "http://127.0.0.1:80x/",
            "https://",
            "https://user@example.org/",
            "https://example.org/#x",
            "https://Example.org/",
            "https:/example.org",
            "https://a b/",
            "https://example.org/;script-src",
            "com.example.app:/\"x",
            "COM.example:/",
            "*.example.org:/",
        ] {
            assert!(RedirectAddress::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn addresses_are_compared_exactly_but_for_the_port_on_the_device_itself() {
        let registered = |text: &str| RedirectAddress::parse(text).expect("an address");
        let app = registered("com.example.app:/signed-in");
        assert!(app.is_meant_by("com.example.app:/signed-in"));
        for other in [
            "com.example.app:/signed-in/",
            "com.example.app:/signed-in?x=1",
            "com.example.app:/Signed-in",
        ] {
            assert!(!app.is_meant_by(other), "{other}");
        }
        let device = registered("http://127.0.0.1/signed-in");
        assert!(device.is_meant_by("http://127.0.0.1:51004/signed-in"));
        for other in [
            "http://127.0.0.1:51004/other",
            "http://[::1]:51004/signed-in",
            "http://127.0.0.1:51004@evil.example/signed-in",
            "http://127.0.0.1.evil.example/signed-in",
            "https://127.0.0.1/signed-in",
        ] {
            assert!(!device.is_meant_by(other), "{other}");
        }
        let web = registered("https://app.example.org/signed-in");
        assert!(!web.is_meant_by("https://app.example.org:444/signed-in"));
    }

    #[test]
    fn an_app_has_a_name_and_addresses() {
        let form = MobileAppForm {
            name: " Harbour ".into(),
            redirects: "com.example.app:/in\n\n http://127.0.0.1/in \n".into(),
        };
        let app = form.parse().expect("an app");
        assert_eq!((app.name.as_str(), app.redirects.len()), ("Harbour", 2));
        let problems = MobileAppForm::default().parse().expect_err("nothing");
        assert!(problems.at("name").is_some() && problems.at("redirects").is_some());
        let form = MobileAppForm {
            redirects: "http://example.org".into(),
            ..form
        };
        let sentence = form.parse().expect_err("http");
        assert!(
            sentence
                .at("redirects")
                .is_some_and(|sentence| sentence.contains("http://127.0.0.1"))
        );
    }
}
