//! The parameters of a URL: decoded pairs, in no order. `%2C` is a comma, `x[]` is a name like any other, `x` is `x=`.
//! This is how forms are read everywhere (WHATWG), so a percent sign that begins nothing stands for itself.

/// Most parameters that are compared.
const MOST: usize = 1000;

/// A multiset of names and values.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Query(Vec<(Vec<u8>, Vec<u8>)>);

impl Query {
    /// Reads what stands behind the question mark; `None` for more parameters than anybody means.
    pub fn parse(text: &[u8]) -> Option<Self> {
        let mut pairs = Vec::new();
        for (name, value) in pieces(text).filter_map(pair) {
            if pairs.len() == MOST {
                return None;
            }
            pairs.push((name, value));
        }
        pairs.sort_unstable();
        Some(Self(pairs))
    }

    /// Without the parameters that have this name, in whatever case.
    #[must_use]
    pub fn without(mut self, name: &str) -> Self {
        self.0
            .retain(|(own, _)| !own.eq_ignore_ascii_case(name.as_bytes()));
        self
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The pairs, sorted.
    pub fn pairs(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        self.0
            .iter()
            .map(|(name, value)| (name.as_slice(), value.as_slice()))
    }

    /// The values of a name, sorted.
    pub fn values(&self, name: &[u8]) -> impl Iterator<Item = &[u8]> {
        self.pairs()
            .filter(move |(own, _)| *own == name)
            .map(|(_, value)| value)
    }

    /// Whether there is a parameter with this name.
    pub fn has(&self, name: &[u8]) -> bool {
        self.values(name).next().is_some()
    }
}

impl std::fmt::Display for Query {
    /// The canonical text: sorted, with everything encoded that could mean something else.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (n, (name, value)) in self.0.iter().enumerate() {
            if n > 0 {
                f.write_str("&")?;
            }
            write_encoded(f, name)?;
            f.write_str("=")?;
            write_encoded(f, value)?;
        }
        Ok(())
    }
}

/// The pieces between the `&`, as they stand there.
pub(super) fn pieces(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    text.split(|byte| *byte == b'&')
}

/// The names of the parameters in which a plain `;` stands.
pub(super) fn with_semicolon(text: &[u8]) -> Vec<Vec<u8>> {
    let split = pieces(text).filter(|piece| piece.contains(&b';'));
    split.filter_map(pair).map(|(name, _)| name).collect()
}

/// Name and value of a piece, decoded; `None` for an empty piece.
pub(super) fn pair(piece: &[u8]) -> Option<(Vec<u8>, Vec<u8>)> {
    if piece.is_empty() {
        return None;
    }
    let end = piece.iter().position(|byte| *byte == b'=').unwrap_or(piece.len());
    let value = piece.get(end + 1..).unwrap_or_default();
    Some((decoded(&piece[..end]), decoded(value)))
}

fn decoded(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        match byte {
            b'+' => out.push(b' '),
            b'%' => match hex(after) {
                Some(value) => {
                    out.push(value);
                    rest = &after[2..];
                }
                None => out.push(b'%'),
            },
            other => out.push(other),
        }
    }
    out
}

/// The byte that two hexadecimal digits at the beginning stand for.
pub(super) fn hex(text: &[u8]) -> Option<u8> {
    let digit = |at: usize| text.get(at).and_then(|byte| char::from(*byte).to_digit(16));
    u8::try_from(digit(0)? << 4 | digit(1)?).ok()
}

fn write_encoded(f: &mut std::fmt::Formatter<'_>, bytes: &[u8]) -> std::fmt::Result {
    for byte in bytes {
        match byte {
            b'A'..=b'Z'
            | b'a'..=b'z'
            | b'0'..=b'9'
            | b'-'
            | b'.'
            | b'_'
            | b'~'
            | b','
            | b':'
            | b'/'
            | b'@' => {
                write!(f, "{}", char::from(*byte))?;
            }
            other => write!(f, "%{other:02X}")?,
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn query(text: &str) -> Query {
        Query::parse(text.as_bytes()).expect("few parameters")
    }

    #[test]
    fn what_means_the_same_is_the_same() {
        for (one, other) in [
            ("a=1&b=2", "b=2&a=1"),
            ("separator=%2C", "separator=,"),
            (
                "listfields[]=2&listfields[]=3",
                "listfields%5B%5D=3&listfields%5b%5d=2",
            ),
            ("x", "x="),
            ("a=1+2", "a=1%202"),
            ("CR=%%", "CR=%25%25"),
            ("&a=1&&", "a=1"),
            ("e=caf%c3%a9", "e=café"),
            ("a=b=c", "a=b%3Dc"),
        ] {
            assert_eq!(query(one), query(other), "{one} {other}");
        }
    }

    #[test]
    fn what_differs_differs() {
        for (one, other) in [
            ("a=1", "a=1&a=1"),
            ("a=1&b=2", "a=2&b=1"),
            ("a=1", "A=1"),
            ("a=0", "a="),
            ("a[]=1", "a=1"),
            ("a=%2526", "a=%26"),
        ] {
            assert_ne!(query(one), query(other), "{one} {other}");
        }
    }

    #[test]
    fn the_canonical_text_leads_back() {
        let one = query("b=%26&a=%25%25&c[]=\"&d=+");
        assert_eq!(one.to_string(), "a=%25%25&b=%26&c%5B%5D=%22&d=%20");
        assert_eq!(query(&one.to_string()), one);
    }

    #[test]
    fn thousands_of_parameters_are_nobodys() {
        assert!(Query::parse("a&".repeat(1000).as_bytes()).is_some());
        assert!(Query::parse("a&".repeat(1001).as_bytes()).is_none());
    }
}
