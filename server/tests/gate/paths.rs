//! URLs for the differential test: one page written in many ways, others that are nearly it, and paths that try to leave a
//! folder; and what programs of different kinds make of a path.

use crate::dice::Dice;

/// A page, written in one way.
pub struct Page {
    /// Its path.
    pub path: &'static str,
    /// Its parameters, decoded.
    pub pairs: &'static [(&'static str, &'static str)],
}

/// The pages that tokens are made for.
pub const PAGES: [Page; 6] = [
    Page {
        path: "/exact/page",
        pairs: &[],
    },
    Page {
        path: "/caf%C3%A9/~user-1",
        pairs: &[("q", "a,b"), ("x[]", "2"), ("x[]", "3"), ("flag", "")],
    },
    Page {
        path: "/a%2Fb/c",
        pairs: &[("id", "3")],
    },
    Page {
        path: "/wiki/Some+Page-Title/",
        pairs: &[],
    },
    Page {
        path: "/export.php",
        pairs: &[
            ("separator", ","),
            ("CR", "%%%"),
            ("formula", "a=b&c+d e"),
            ("listfields[]", "2"),
            ("listfields[]", "3"),
            ("quote", "\""),
        ],
    },
    Page {
        path: "/",
        pairs: &[("über", "ß")],
    },
];

fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~".contains(&byte)
}

fn escape(byte: u8, dice: &mut Dice) -> String {
    if dice.once_in(2) {
        format!("%{byte:02X}")
    } else {
        format!("%{byte:02x}")
    }
}

impl Page {
    /// Its address in one plain form, as an admin types it.
    pub fn typed(&self) -> String {
        let pairs: Vec<String> = self
            .pairs
            .iter()
            .map(|(name, value)| format!("{}={}", plainly(name), plainly(value)))
            .collect();
        if pairs.is_empty() {
            self.path.to_owned()
        } else {
            format!("{}?{}", self.path, pairs.join("&"))
        }
    }

    /// The same page, written in another way.
    pub fn written(&self, dice: &mut Dice) -> String {
        with_pairs(&self.path_written(dice), self.pairs.to_vec(), dice)
    }

    /// Another page, which looks much like it.
    pub fn missed(&self, dice: &mut Dice) -> String {
        let mut pairs = self.pairs.to_vec();
        let mut path = self.path_written(dice);
        match dice.below(5) {
            0 if !pairs.is_empty() => {
                pairs.remove(dice.below(pairs.len()));
            }
            1 if !pairs.is_empty() => {
                let at = dice.below(pairs.len());
                pairs[at].1 = "another";
            }
            2 => path.push_str(dice.one(&["x", "%2F", "%20", "/x", "%252F"])),
            3 if !pairs.is_empty() => pairs.push(pairs[dice.below(pairs.len())]),
            _ => pairs.push(("more", "1")),
        }
        with_pairs(&path, pairs, dice)
    }

    fn path_written(&self, dice: &mut Dice) -> String {
        let mut out = String::new();
        let mut rest = self.path.bytes();
        while let Some(byte) = rest.next() {
            if byte == b'%' {
                let digits: String = rest.by_ref().take(2).map(char::from).collect();
                let digits = if dice.once_in(2) {
                    digits.to_ascii_lowercase()
                } else {
                    digits
                };
                out.push_str(&format!("%{digits}"));
            } else if is_unreserved(byte) && dice.once_in(4) {
                out.push_str(&escape(byte, dice));
            } else {
                out.push(char::from(byte));
            }
        }
        out
    }
}

fn plainly(text: &str) -> String {
    let plain = |byte: u8| is_unreserved(byte) || b"[]".contains(&byte);
    let piece = |byte: u8| {
        if plain(byte) {
            char::from(byte).to_string()
        } else {
            format!("%{byte:02X}")
        }
    };
    text.bytes().map(piece).collect()
}

fn with_pairs(path: &str, mut pairs: Vec<(&str, &str)>, dice: &mut Dice) -> String {
    let mut out = path.to_owned();
    let mut joint = '?';
    while !pairs.is_empty() {
        let (name, value) = pairs.swap_remove(dice.below(pairs.len()));
        out.push(joint);
        joint = '&';
        out.push_str(&encoded(name, dice));
        if !(value.is_empty() && dice.once_in(2)) {
            out.push('=');
            out.push_str(&encoded(value, dice));
        }
        if dice.once_in(8) {
            out.push('&');
        }
    }
    out
}

fn encoded(text: &str, dice: &mut Dice) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        let may_stand = is_unreserved(byte) || b"[],".contains(&byte);
        if byte == b' ' && dice.once_in(2) {
            out.push('+');
        } else if may_stand && !dice.once_in(4) {
            out.push(char::from(byte));
        } else {
            out.push_str(&escape(byte, dice));
        }
    }
    out
}

/// A path that begins in `/docs/` more often than not, and may try to leave it.
pub fn hostile(dice: &mut Dice) -> String {
    const PIECES: [&str; 36] = [
        "a",
        "b.html",
        "docs",
        "DOCS",
        "admin",
        "index",
        "img.png",
        "%7Eu",
        "~u",
        "caf%C3%A9",
        "a+b",
        "x%20y",
        "..",
        "..",
        ".",
        "%2e%2e",
        "%2E.",
        ".%2e",
        "%2e",
        "...",
        "..;",
        "..;x=1",
        ";",
        "a;b",
        "..%2f",
        "%2F..",
        "%2f",
        "..%5c",
        "%5C",
        "%252e%252e",
        "%252f",
        "%c0%ae%c0%ae",
        "%e0%80%af",
        "%ff",
        "..%c0%af",
        "",
    ];
    let mut out = String::from(if dice.once_in(8) { "/" } else { "/docs/" });
    for _ in 0..=dice.below(5) {
        out.push_str(dice.one(&PIECES));
        out.push_str(dice.one(&["/", "/", "/", "//", "", "%2f", "%5c", ";/"]));
    }
    if dice.once_in(4) {
        out.push_str(dice.one(&["?x=1", "?next=/../admin", "?", "?a=%2e%2e/"]));
    }
    out
}

/// The same with a file or a page at its end, which may be one that a token opens.
pub fn hostile_file(dice: &mut Dice) -> String {
    const FILES: [&str; 9] = [
        "img.png",
        "img.png",
        "/img.png",
        "x.css",
        "page",
        "page",
        "img.png;x",
        "index.php/x.css",
        "img.png%00.php",
    ];
    let path = hostile(dice);
    let path = path.split('?').next().unwrap_or_default();
    format!("{path}{}", dice.one(&FILES))
}

/// Everything that programs take a path for: decoded once, twice or not, with or without what some do besides.
pub fn readings(target: &str) -> Vec<String> {
    let path = target.split('?').next().unwrap_or_default().as_bytes().to_vec();
    let mut readings = Vec::new();
    for decodings in 0..3 {
        for tricks in 0..16_u8 {
            let mut bytes = path.clone();
            for _ in 0..decodings {
                bytes = decoded(&bytes);
            }
            if tricks & 1 != 0 {
                bytes
                    .iter_mut()
                    .filter(|byte| **byte == b'\\')
                    .for_each(|byte| *byte = b'/');
            }
            if tricks & 2 != 0 {
                bytes = without_overlong(&bytes);
            }
            if tricks & 4 != 0 {
                bytes = without_parameters(&bytes);
            }
            if tricks & 8 != 0 {
                bytes.dedup_by(|one, other| *one == b'/' && *other == b'/');
            }
            readings.push(resolved(&bytes));
        }
    }
    readings
}

fn decoded(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut rest = bytes;
    while let Some((&byte, after)) = rest.split_first() {
        let value = (byte == b'%')
            .then(|| std::str::from_utf8(after.get(..2)?).ok())
            .flatten()
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        match value {
            Some(value) => {
                out.push(value);
                rest = &after[2..];
            }
            None => {
                out.push(byte);
                rest = after;
            }
        }
    }
    out
}

/// Two bytes, or three, that careless decoders of UTF-8 take for a dot or a slash.
fn without_overlong(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut rest = bytes;
    while !rest.is_empty() {
        let (piece, byte): (&[u8], Option<u8>) = match rest {
            [0xC0, 0xAE, ..] => (&rest[..2], Some(b'.')),
            [0xC0, 0xAF, ..] => (&rest[..2], Some(b'/')),
            [0xE0, 0x80, 0xAF, ..] => (&rest[..3], Some(b'/')),
            _ => (&rest[..1], None),
        };
        match byte {
            Some(byte) => out.push(byte),
            None => out.extend(piece),
        }
        rest = &rest[piece.len()..];
    }
    out
}

fn without_parameters(bytes: &[u8]) -> Vec<u8> {
    let segments = bytes.split(|byte| *byte == b'/');
    let kept: Vec<&[u8]> = segments
        .map(|segment| segment.split(|byte| *byte == b';').next().unwrap_or_default())
        .collect();
    kept.join(&b'/')
}

fn resolved(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes).into_owned();
    let mut kept: Vec<&str> = Vec::new();
    for segment in text.split('/').skip(1) {
        match segment {
            "." => {}
            ".." => drop(kept.pop()),
            other => kept.push(other),
        }
    }
    format!("/{}", kept.join("/"))
}

/// A page as somebody reads it who knows neither the gate nor its canonical form: the segments of the path, decoded, and the
/// parameters as browsers' own rules have them, in an order of their own.
pub fn meaning(target: &str) -> (Vec<Vec<u8>>, Vec<(String, String)>) {
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let segments = path
        .split('/')
        .map(|segment| decoded(segment.as_bytes()))
        .collect();
    let url = reqwest::Url::parse(&format!("http://x/?{query}")).expect("a URL");
    let mut pairs: Vec<(String, String)> = url.query_pairs().into_owned().collect();
    pairs.sort();
    (segments, pairs)
}
