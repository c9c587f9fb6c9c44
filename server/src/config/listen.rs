//! Where the site is: the address it listens on, the one browsers use, and the proxies between the two.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

/// Only this machine can reach it, until somebody decides otherwise.
pub const DEFAULT: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 3000);

/// Reads an address with its port.
pub fn address(text: &str) -> Result<SocketAddr, String> {
    text.trim().parse().map_err(|_| {
        format!("expected an address and a port such as 127.0.0.1:3000 or [::]:3000, not {text}")
    })
}

/// How browsers reach the site: scheme, host and port, nothing else. Every absolute link begins with it; the `Host`
/// header of a request, which any caller can choose, is never used for one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicUrl(String);

impl PublicUrl {
    /// Reads the origin, in the form that browsers send in `Origin`: lower case, without the default port.
    pub fn parse(text: &str) -> Result<Self, String> {
        let expected = || format!("expected an address such as https://tokens.example.org, not {text}");
        let lower = text.trim().trim_end_matches('/').to_ascii_lowercase();
        let (scheme, default_port, authority) = lower
            .strip_prefix("https://")
            .map(|rest| ("https", ":443", rest))
            .or_else(|| lower.strip_prefix("http://").map(|rest| ("http", ":80", rest)))
            .ok_or_else(expected)?;
        if authority.contains('/') {
            return Err(format!(
                "expected only a host, without a path: the site has to stand at the root, not at {text}"
            ));
        }
        let uri: http::Uri = format!("{scheme}://{authority}/")
            .parse()
            .map_err(|_| expected())?;
        let clean = uri.host().is_some_and(|host| !host.is_empty()) && !authority.contains(['@', '?', '#']);
        let has_port = authority
            .rsplit_once(':')
            .is_some_and(|(_, port)| !port.ends_with(']'));
        if !clean || (has_port && uri.port_u16().is_none()) {
            return Err(expected());
        }
        Ok(Self(format!(
            "{scheme}://{}",
            authority.strip_suffix(default_port).unwrap_or(authority)
        )))
    }

    /// The default when nothing is set: where the listener is, as this machine would call it.
    pub fn of_listener(listen: SocketAddr) -> Self {
        let host = match listen.ip() {
            ip if ip.is_unspecified() => "localhost".into(),
            IpAddr::V4(ip) => ip.to_string(),
            IpAddr::V6(ip) => format!("[{ip}]"),
        };
        match listen.port() {
            80 => Self(format!("http://{host}")),
            port => Self(format!("http://{host}:{port}")),
        }
    }

    /// The origin, without a trailing slash.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What to connect to: `host:port`.
    pub fn host_and_port(&self) -> String {
        let (default, authority) = match self.0.split_once("://") {
            Some(("https", authority)) => (443, authority),
            Some((_, authority)) => (80, authority),
            None => (80, self.0.as_str()),
        };
        match authority.rsplit_once(':') {
            Some((_, port)) if !port.ends_with(']') => authority.to_owned(),
            _ => format!("{authority}:{default}"),
        }
    }

    /// Whether browsers reach the site over TLS.
    pub fn is_https(&self) -> bool {
        self.0.starts_with("https://")
    }

    /// Whether others can listen in between browser and site: plain HTTP to another machine.
    pub fn is_exposed(&self) -> bool {
        let host = self
            .0
            .strip_prefix("http://")
            .map(|rest| rest.rsplit_once(':').map_or(rest, |(host, _)| host));
        host.is_some_and(|host| {
            let ip = host.trim_matches(['[', ']']).parse::<IpAddr>();
            host != "localhost" && !host.ends_with(".localhost") && !ip.is_ok_and(|ip| ip.is_loopback())
        })
    }
}

impl fmt::Display for PublicUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_public_url_is_an_origin_as_browsers_write_it() {
        for (typed, kept) in [
            ("https://Tokens.Example.org/", "https://tokens.example.org"),
            ("https://tokens.example.org:443", "https://tokens.example.org"),
            ("http://127.0.0.1:3000", "http://127.0.0.1:3000"),
            ("http://[::1]:80", "http://[::1]"),
        ] {
            assert_eq!(
                PublicUrl::parse(typed).map(|url| url.to_string()),
                Ok(kept.into())
            );
        }
        for bad in [
            "",
            "tokens.example.org",
            "ftp://x",
            "https://",
            "https://a/b",
            "https://u@a",
            "https://a b",
            "https://a:99999",
            "https://a:x",
        ] {
            assert!(PublicUrl::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_public_url_says_what_to_connect_to() {
        for (url, place) in [
            ("https://tokens.example.org", "tokens.example.org:443"),
            ("http://tokens.example.org", "tokens.example.org:80"),
            ("http://[::1]", "[::1]:80"),
            ("http://[::1]:3000", "[::1]:3000"),
        ] {
            assert_eq!(PublicUrl::parse(url).expect("a URL").host_and_port(), place);
        }
    }

    #[test]
    fn only_plain_http_to_elsewhere_is_exposed() {
        for (url, exposed) in [
            ("http://localhost:3000", false),
            ("http://127.0.0.1", false),
            ("http://[::1]:3000", false),
            ("https://example.org", false),
            ("http://example.org", true),
            ("http://192.168.1.5:3000", true),
        ] {
            assert_eq!(
                PublicUrl::parse(url).expect("a URL").is_exposed(),
                exposed,
                "{url}"
            );
        }
    }
}
