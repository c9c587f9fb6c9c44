//! Where to go after signing in: a path of this site, never another site.

/// The sign-in page that leads back to a path.
pub fn sign_in(wanted: &str) -> String {
    if wanted == "/" {
        "/sign-in".into()
    } else {
        format!("/sign-in?next={}", encoded(wanted))
    }
}

/// The most characters of a path: what an app sends when somebody signs in to it is long.
const LONGEST: usize = 4000;

/// The requested path, or the given one when it is not a path of this site. Browsers read `//` and `/\` as the
/// beginning of another host, and drop tabs and line breaks.
pub fn path<'a>(wanted: &'a str, otherwise: &'a str) -> &'a str {
    let is_page = wanted.starts_with('/')
        && !wanted.starts_with("//")
        && wanted.len() <= LONGEST
        && !wanted.contains(|c: char| c == '\\' || c.is_control() || c.is_whitespace())
        && !["/sign-in", "/sign-out", "/rpc/", "/setup"]
            .iter()
            .any(|page| wanted.starts_with(page));
    if is_page { wanted } else { otherwise }
}

/// Percent-encodes everything that could end a value in a query.
pub fn encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len() + 16);
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' | b'/' => {
                encoded.push(char::from(byte));
            }
            _ => encoded.push_str(&format!("%{byte:02X}")),
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_paths_of_this_site_are_followed() {
        for good in ["/", "/tokens?list=expired&q=a%20b", "/collections/0190", "/my#x"] {
            assert_eq!(path(good, "/other"), good);
        }
        for bad in [
            "",
            "tokens",
            "//evil.example",
            "/\\evil.example",
            "/\t/evil.example",
            "https://evil.example",
            "javascript:alert(1)",
            "/a\\b",
            "/a\r\nSet-Cookie: x=y",
            "/ x",
            "/sign-out",
            "/sign-in?next=/",
            "/rpc/x",
            "\u{a0}/x",
            "/\u{2028}x",
        ] {
            assert_eq!(path(bad, "/tokens"), "/tokens", "{bad:?}");
        }
    }

    #[test]
    fn the_way_back_stands_in_the_query_whole() {
        assert_eq!(sign_in("/"), "/sign-in");
        assert_eq!(
            sign_in("/tokens?q=a&b=c"),
            "/sign-in?next=/tokens%3Fq%3Da%26b%3Dc"
        );
    }
}
