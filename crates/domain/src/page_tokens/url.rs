//! The canonical form of URLs (RFC 3986 §6.2.2 and §6.2.3), in which the URL of a token and that of a request are
//! compared. What different programs read differently is noted: a gate that guesses can be talked round.

use std::fmt;

use super::LONGEST_URL;
use super::host::{SiteAddress, scheme};
use super::query::{Query, hex, with_semicolon};

/// A URL in canonical form: where a site is, a path, and parameters in no order.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct PageUrl {
    /// Scheme, host and port.
    pub site: SiteAddress,
    /// The path: unreserved characters decoded, the others' escapes in upper case, dot segments resolved.
    pub path: String,
    /// The parameters, without the token.
    pub query: Query,
}

/// What a URL cannot be, or holds too much of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadUrl {
    /// There is no scheme and host that can be guarded.
    #[error(
        "A full URL begins with http:// or https:// and names a host, such as https://shop.example.org/report?id=3."
    )]
    NoAddress,
    /// It holds what no URL holds.
    #[error(
        "This URL holds a backslash, a control character or a percent sign that begins nothing. Copy it from the address bar."
    )]
    Malformed,
    /// It is very long.
    #[error("This URL is too long: 16,384 characters and 1,000 parameters are the most.")]
    TooLong,
}

/// What different programs read differently in a path.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Ambiguity {
    /// `.` or `..` between slashes, plain or encoded.
    pub dot_segments: bool,
    /// What some decode once more: an encoded slash, backslash or percent sign, a path parameter behind `;`, bytes
    /// that are no text.
    pub escapes: bool,
    /// Two slashes beside each other, which some take for one.
    pub double_slash: bool,
}

/// The URL that a proxy says was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReceivedUrl {
    /// Its canonical form.
    pub url: PageUrl,
    /// Whether it named a port. Some proxies hand over the host alone.
    pub names_port: bool,
    /// What others might read differently.
    pub ambiguity: Ambiguity,
    /// The names of parameters in which a plain `;` stands: some programs begin another parameter there.
    pub with_semicolon: Vec<Vec<u8>>,
}

impl PageUrl {
    /// Reads a URL that somebody typed or pasted. Its fragment and its token are left out.
    ///
    /// # Errors
    /// A sentence for the field.
    pub fn typed(text: &str, token_parameter: &str) -> Result<Self, BadUrl> {
        let text = text.trim();
        let text = text.split_once('#').map_or(text, |(url, _)| url);
        let read = read(text.as_bytes(), Some(token_parameter))?;
        Ok(read.url)
    }

    /// Reads what [`Display`](fmt::Display) wrote; it holds no token.
    ///
    /// # Errors
    /// [`BadUrl`].
    pub fn canonical(text: &str) -> Result<Self, BadUrl> {
        Ok(read(text.as_bytes(), None)?.url)
    }

    /// The address as it is kept and shown, with the path and parameters in canonical form.
    pub fn path_and_query(&self) -> String {
        if self.query.is_empty() {
            self.path.clone()
        } else {
            format!("{}?{}", self.path, self.query)
        }
    }

    /// The path with slashes beside each other made one, as some proxies hand it over.
    pub fn merged_path(&self) -> String {
        let mut merged = String::with_capacity(self.path.len());
        for c in self.path.chars() {
            if c != '/' || !merged.ends_with('/') {
                merged.push(c);
            }
        }
        merged
    }
}

impl ReceivedUrl {
    /// Reads the URL of a request. A fragment is refused: no browser sends one.
    ///
    /// # Errors
    /// [`BadUrl`].
    pub fn parse(text: &[u8], token_parameter: &str) -> Result<Self, BadUrl> {
        if text.contains(&b'#') {
            return Err(BadUrl::Malformed);
        }
        let mut received = read(text, Some(token_parameter))?;
        let query = text.splitn(2, |byte| *byte == b'?').nth(1);
        received.with_semicolon = with_semicolon(query.unwrap_or_default());
        Ok(received)
    }

    /// The address that the URL of a request begins with, and whether it names a port.
    pub fn origin(text: &[u8]) -> Option<(SiteAddress, bool)> {
        let (https, authority, _) = split(text)?;
        let address = SiteAddress::from_authority(https, authority).ok()?;
        Some((address, names_port(authority)))
    }
}

impl fmt::Display for PageUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.site, self.path)?;
        if self.query.is_empty() {
            Ok(())
        } else {
            write!(f, "?{}", self.query)
        }
    }
}

fn read(text: &[u8], token_parameter: Option<&str>) -> Result<ReceivedUrl, BadUrl> {
    if text.len() > LONGEST_URL {
        return Err(BadUrl::TooLong);
    }
    let (https, authority, target) = split(text).ok_or(BadUrl::NoAddress)?;
    let site = SiteAddress::from_authority(https, authority).map_err(|_| BadUrl::NoAddress)?;
    let end = target
        .iter()
        .position(|byte| *byte == b'?')
        .unwrap_or(target.len());
    let (path, ambiguity) = canonical_path(&target[..end])?;
    let query = target.get(end + 1..).unwrap_or_default();
    if query.iter().any(u8::is_ascii_control) {
        return Err(BadUrl::Malformed);
    }
    let query = Query::parse(query).ok_or(BadUrl::TooLong)?;
    let query = match token_parameter {
        Some(name) => query.without(name),
        None => query,
    };
    Ok(ReceivedUrl {
        names_port: names_port(authority),
        url: PageUrl { site, path, query },
        ambiguity,
        with_semicolon: Vec::new(),
    })
}

/// Whether TLS is used, the host with its port, and everything from the path on.
pub(super) fn split(text: &[u8]) -> Option<(bool, &str, &[u8])> {
    let start = text.windows(3).position(|three| three == b"://")? + 3;
    let end = text[start..]
        .iter()
        .position(|byte| matches!(byte, b'/' | b'?'))
        .map_or(text.len(), |at| start + at);
    let (https, authority) = scheme(std::str::from_utf8(&text[..end]).ok()?)?;
    Some((https, authority, &text[end..]))
}

fn names_port(authority: &str) -> bool {
    let behind_host = authority.rsplit_once(']').map_or(authority, |(_, rest)| rest);
    behind_host.contains(':')
}

/// The canonical path, and what in it is ambiguous.
fn canonical_path(raw: &[u8]) -> Result<(String, Ambiguity), BadUrl> {
    let mut ambiguity = Ambiguity::default();
    let mut decoded = Vec::with_capacity(raw.len());
    let mut text = String::with_capacity(raw.len() + 1);
    let mut rest = raw;
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        let (value, escaped) = if byte == b'%' {
            rest = after.get(2..).unwrap_or_default();
            (hex(after).ok_or(BadUrl::Malformed)?, true)
        } else {
            (byte, false)
        };
        if value.is_ascii_control() || (value == b'\\' && !escaped) {
            return Err(BadUrl::Malformed);
        }
        ambiguity.escapes |= value == b';' || value == b'\\' || (escaped && matches!(value, b'/' | b'%'));
        decoded.push(value);
        if is_unreserved(value) || (!escaped && (is_plain(value) || value == b'/')) {
            text.push(char::from(value));
        } else {
            use std::fmt::Write;
            // Writing to a text does not fail.
            let _ = write!(text, "%{value:02X}");
        }
    }
    ambiguity.escapes |= std::str::from_utf8(&decoded).is_err();
    if text.is_empty() {
        text.push('/');
    }
    ambiguity.double_slash = text.contains("//");
    let (path, had_dots) = without_dot_segments(&text);
    ambiguity.dot_segments = had_dots;
    Ok((path, ambiguity))
}

/// RFC 3986 §5.2.4; and whether there was anything to do.
fn without_dot_segments(path: &str) -> (String, bool) {
    let mut kept: Vec<&str> = Vec::new();
    let mut had_dots = false;
    let mut segments = path.split('/').skip(1).peekable();
    while let Some(segment) = segments.next() {
        let is_last = segments.peek().is_none();
        match segment {
            "." | ".." => {
                had_dots = true;
                if segment == ".." {
                    kept.pop();
                }
                if is_last {
                    kept.push("");
                }
            }
            other => kept.push(other),
        }
    }
    (format!("/{}", kept.join("/")), had_dots)
}

fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~')
}

/// What may stand in a path as it is, besides the unreserved ones and the slash.
fn is_plain(byte: u8) -> bool {
    matches!(
        byte,
        b'!' | b'$' | b'&' | b'\'' | b'(' | b')' | b'*' | b'+' | b',' | b';' | b'=' | b':' | b'@'
    )
}

#[cfg(test)]
mod tests;
