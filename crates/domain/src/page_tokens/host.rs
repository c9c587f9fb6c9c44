//! The address of a site, in one form: scheme, host and port in lower case, without the default port. Names in other
//! scripts are written as browsers send them (`xn--…`).

use std::fmt;

use serde::{Deserialize, Serialize};

/// Scheme, host and port of a site.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct SiteAddress {
    https: bool,
    host: String,
    /// `None`: the scheme's default, or none was named.
    port: Option<u16>,
}

/// The text is no address of a site.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("An address begins with http:// or https:// and names a host, such as https://shop.example.org.")]
pub struct BadAddress;

impl SiteAddress {
    /// Reads `https://host:port`, with nothing behind it but perhaps a slash.
    ///
    /// # Errors
    /// [`BadAddress`].
    pub fn parse(text: &str) -> Result<Self, BadAddress> {
        let (https, rest) = scheme(text.trim()).ok_or(BadAddress)?;
        Self::from_authority(https, rest.strip_suffix('/').unwrap_or(rest))
    }

    /// Reads the part between `//` and the path. A user name in it is refused: it makes one host look like another.
    ///
    /// # Errors
    /// [`BadAddress`].
    pub fn from_authority(https: bool, authority: &str) -> Result<Self, BadAddress> {
        let (host, port) = match authority.strip_prefix('[') {
            Some(rest) => {
                let (address, port) = rest.split_once(']').ok_or(BadAddress)?;
                let address: std::net::Ipv6Addr = address.parse().map_err(|_| BadAddress)?;
                (format!("[{address}]"), port)
            }
            None => {
                let end = authority.find(':').unwrap_or(authority.len());
                let (host, port) = authority.split_at(end);
                (ascii_host(host).ok_or(BadAddress)?, port)
            }
        };
        let port = match port.strip_prefix(':') {
            None if port.is_empty() => None,
            Some("") => None,
            Some(digits) if digits.bytes().all(|byte| byte.is_ascii_digit()) => Some(
                digits
                    .parse::<u16>()
                    .ok()
                    .filter(|port| *port > 0)
                    .ok_or(BadAddress)?,
            ),
            _ => return Err(BadAddress),
        };
        let default = if https { 443 } else { 80 };
        Ok(Self {
            https,
            host,
            port: port.filter(|port| *port != default),
        })
    }

    /// Whether the site is reached over TLS.
    pub fn is_https(&self) -> bool {
        self.https
    }

    /// The host, in lower case.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Whether it is this machine, whoever says so.
    pub fn is_loopback(&self) -> bool {
        let host = self.host.trim_start_matches('[').trim_end_matches(']');
        let is_name = host == "localhost" || host.ends_with(".localhost");
        is_name
            || host
                .parse::<std::net::IpAddr>()
                .is_ok_and(|address| address.is_loopback())
    }

    /// The port, unless it is the scheme's default.
    pub fn port(&self) -> Option<u16> {
        self.port
    }
}

impl fmt::Display for SiteAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.https { "https" } else { "http" };
        write!(f, "{scheme}://{}", self.host)?;
        match self.port {
            Some(port) => write!(f, ":{port}"),
            None => Ok(()),
        }
    }
}

/// Whether the text begins with a scheme that is guarded, and what comes after `://`.
pub(super) fn scheme(text: &str) -> Option<(bool, &str)> {
    let (scheme, rest) = text.split_once("://")?;
    if scheme.eq_ignore_ascii_case("https") {
        Some((true, rest))
    } else if scheme.eq_ignore_ascii_case("http") {
        Some((false, rest))
    } else {
        None
    }
}

/// A host name as browsers send it; `None` when it is none.
fn ascii_host(host: &str) -> Option<String> {
    // Letter by letter, as browsers do it: a sigma at the end of a word is no other letter here.
    let lower: String = host.chars().flat_map(char::to_lowercase).collect();
    let labels: Option<Vec<String>> = lower
        .strip_suffix('.')
        .unwrap_or(&lower)
        .split(['.', '\u{3002}'])
        .map(ascii_label)
        .collect();
    labels
        .map(|labels| labels.join("."))
        .filter(|host| host.len() <= 253)
}

fn ascii_label(label: &str) -> Option<String> {
    let ascii = if label.is_ascii() {
        label.to_owned()
    } else if label.chars().all(|c| c.is_alphanumeric() || c == '-') {
        format!("xn--{}", punycode(label)?)
    } else {
        return None;
    };
    let fits = (1..=63).contains(&ascii.len())
        && ascii
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_');
    fits.then_some(ascii)
}

/// RFC 3492: the ASCII form of a label with other letters.
fn punycode(label: &str) -> Option<String> {
    const BASE: u32 = 36;
    const T_MIN: u32 = 1;
    const T_MAX: u32 = 26;
    let digit = |d: u32| char::from_digit(if d < 26 { d + 10 } else { d - 26 }, 36);
    let letters: Vec<u32> = label.chars().map(u32::from).collect();
    let mut out: String = label.chars().filter(char::is_ascii).collect();
    let basic = u32::try_from(out.len()).ok()?;
    if basic > 0 {
        out.push('-');
    }
    let (mut next, mut delta, mut bias, mut done) = (128, 0u32, 72, basic);
    while (done as usize) < letters.len() {
        let least = letters.iter().copied().filter(|letter| *letter >= next).min()?;
        delta = delta.checked_add((least - next).checked_mul(done + 1)?)?;
        next = least;
        for letter in &letters {
            if *letter < next {
                delta = delta.checked_add(1)?;
            }
            if *letter != next {
                continue;
            }
            let (mut rest, mut k) = (delta, BASE);
            loop {
                let t = k.saturating_sub(bias).clamp(T_MIN, T_MAX);
                if rest < t {
                    break;
                }
                out.push(digit(t + (rest - t) % (BASE - t))?);
                rest = (rest - t) / (BASE - t);
                k += BASE;
            }
            out.push(digit(rest)?);
            bias = adapt(delta, done + 1, done == basic);
            delta = 0;
            done += 1;
        }
        delta += 1;
        next += 1;
    }
    // `digit` writes a to z before 0 to 9, as the RFC orders them.
    Some(out)
}

fn adapt(delta: u32, points: u32, first: bool) -> u32 {
    let mut delta = if first { delta / 700 } else { delta / 2 };
    delta += delta / points;
    let mut k = 0;
    while delta > 455 {
        delta /= 35;
        k += 36;
    }
    k + 36 * delta / (delta + 38)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_one_form() {
        for (typed, kept) in [
            ("HTTPS://Shop.Example.ORG:443/", "https://shop.example.org"),
            ("http://shop.test:8080", "http://shop.test:8080"),
            ("http://shop.test:80/", "http://shop.test"),
            ("https://shop.test.", "https://shop.test"),
            ("http://[::0001]:8080/", "http://[::1]:8080"),
            ("https://Bücher.example", "https://xn--bcher-kva.example"),
            ("https://münchen-süd.de", "https://xn--mnchen-sd-q9ah.de"),
            ("https://例え.jp", "https://xn--r8jz45g.jp"),
        ] {
            let address = SiteAddress::parse(typed).map(|address| address.to_string());
            assert_eq!(address.as_deref(), Ok(kept), "{typed}");
        }
    }

    #[test]
    fn this_machine_is_known_by_all_its_names() {
        for (typed, is_loopback) in [
            ("http://localhost:8080", true),
            ("http://shop.localhost", true),
            ("http://127.0.0.9:8080", true),
            ("https://[::1]", true),
            ("http://localhost.test", false),
            ("http://128.0.0.1", false),
        ] {
            let address = SiteAddress::parse(typed).expect("an address");
            assert_eq!(address.is_loopback(), is_loopback, "{typed}");
        }
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for text in [
            "",
            "shop.test",
            "ftp://shop.test",
            "http://",
            "http://a b",
            "http://a/b",
            "http://u@shop.test",
            "http://shop.test:99999",
            "http://shop.test:0",
            "http://shop.test:x",
            "http://a..b",
            "http://[1]",
            "http://a?b",
            "http://a#b",
            "http://a\\b",
            "http://[::1]x",
        ] {
            assert_eq!(SiteAddress::parse(text), Err(BadAddress), "{text}");
        }
    }
}
