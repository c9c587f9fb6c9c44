//! The token in a URL: what it is, and the URL without it.

use super::query::{pair, pieces};

/// What a request carries.
#[derive(Clone, PartialEq, Eq)]
pub enum Carried {
    /// No token.
    None,
    /// One, with where it stood.
    One(CarriedBy, String),
    /// More than one: nobody can tell which is meant.
    Repeated,
}

/// Where a token stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CarriedBy {
    /// A parameter of the URL.
    Query,
    /// `Authorization: Bearer`, `X-Page-Token` or the password of `Authorization: Basic`.
    Header,
}

impl Carried {
    /// The same with one more.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        match (self, other) {
            (one, Self::None) | (Self::None, one) => one,
            _ => Self::Repeated,
        }
    }
}

impl std::fmt::Debug for Carried {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::None => "None",
            Self::One(..) => "One(…)",
            Self::Repeated => "Repeated",
        })
    }
}

/// The token among the parameters of a URL. Its name is read in whatever case.
pub fn in_url(url: &[u8], parameter: &str) -> Carried {
    let Some(start) = url.iter().position(|byte| *byte == b'?') else {
        return Carried::None;
    };
    pieces(&url[start + 1..])
        .filter_map(pair)
        .filter(|(name, _)| name.eq_ignore_ascii_case(parameter.as_bytes()))
        .map(|(_, value)| Carried::One(CarriedBy::Query, String::from_utf8_lossy(&value).into_owned()))
        .fold(Carried::None, Carried::and)
}

/// A URL with the token cut out and nothing else changed: not decoded, not sorted, not cleaned.
pub fn without_token(url: &[u8], parameter: &str) -> Vec<u8> {
    let Some(start) = url.iter().position(|byte| *byte == b'?') else {
        return url.to_vec();
    };
    let is_token =
        |piece: &[u8]| pair(piece).is_some_and(|(name, _)| name.eq_ignore_ascii_case(parameter.as_bytes()));
    let kept: Vec<&[u8]> = pieces(&url[start + 1..])
        .filter(|piece| !is_token(piece))
        .collect();
    let mut out = url[..start].to_vec();
    let query = kept.join(&b'&');
    if !query.is_empty() {
        out.push(b'?');
        out.extend(query);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_found_in_any_case_and_once() {
        let one = |text: &str| Carried::One(CarriedBy::Query, text.into());
        for (url, carried) in [
            ("http://a/?TOKEN=x", one("x")),
            ("http://a/?b=1&token=x&c", one("x")),
            ("http://a/?%54oken=%78", one("x")),
            ("http://a/?tokens=x&b=TOKEN", Carried::None),
            ("http://a/TOKEN=x", Carried::None),
            ("http://a/?TOKEN=x&token=x", Carried::Repeated),
            ("http://a/?TOKEN", one("")),
        ] {
            assert!(in_url(url.as_bytes(), "TOKEN") == carried, "{url}");
        }
        assert!(
            in_url(b"http://a/?key=x&TOKEN=y", "key") == one("x"),
            "the site chose another name"
        );
        assert_eq!(format!("{:?}", one("canary")), "One(…)");
    }

    #[test]
    fn nothing_but_the_token_leaves_the_url() {
        for (url, clean) in [
            ("http://a/?TOKEN=x", "http://a/"),
            ("http://a/p?b=%2c,&token=x&&c[]=1", "http://a/p?b=%2c,&&c[]=1"),
            ("http://a/%7ep?z&a&Token=x", "http://a/%7ep?z&a"),
            ("http://a/p", "http://a/p"),
            ("http://a/p?b=1", "http://a/p?b=1"),
        ] {
            let left = without_token(url.as_bytes(), "TOKEN");
            assert_eq!(String::from_utf8_lossy(&left), clean);
        }
    }
}
