//! E-mail addresses as they are typed, stored and compared.

use std::fmt;

use serde::{Deserialize, Serialize};

/// An address that a mail can be sent to. Stored in lower case, because people type their own address in any case and
/// every mail service in use ignores case.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct EmailAddress(String);

/// The text is not an e-mail address that mail can be sent to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadEmail {
    /// It does not have the form of an address.
    #[error("An e-mail address looks like name@example.org.")]
    Form,
    /// Its domain contains letters that mail programs cannot send to.
    #[error(
        "Mail is sent to domains in the letters a to z. Write this one as its mail provider does, such as xn--mller-kva.de for m\u{fc}ller.de."
    )]
    Domain,
    /// Its local part does.
    #[error("The part before the @ has the letters a to z: mail cannot be sent to others from here.")]
    Name,
}

impl EmailAddress {
    /// The address, in lower case.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The address with most of its local part left out (`g…e@example.org`): enough for its owner to recognise it, too
    /// little for anybody else to write to it.
    pub fn masked(&self) -> String {
        let (name, host) = self.0.split_once('@').unwrap_or((&self.0, ""));
        let mut chars = name.chars();
        let first = chars.next().map(String::from).unwrap_or_default();
        // Of two letters, only the last remains.
        let last = chars
            .next_back()
            .filter(|_| chars.next().is_some())
            .map(String::from)
            .unwrap_or_default();
        format!("{first}…{last}@{host}")
    }
}

impl TryFrom<String> for EmailAddress {
    type Error = BadEmail;
    fn try_from(text: String) -> Result<Self, BadEmail> {
        text.parse()
    }
}

impl std::str::FromStr for EmailAddress {
    type Err = BadEmail;

    /// The form that mail programs accept without quoting (RFC 5321 §4.1.2 `Dot-string`), with a host that has a dot;
    /// lengths as in §4.5.3.1. Anything outside ASCII is refused: such mailboxes need a server extension that cannot be
    /// relied on.
    fn from_str(text: &str) -> Result<Self, BadEmail> {
        let text = text.trim().to_ascii_lowercase();
        let (name, host) = text.rsplit_once('@').ok_or(BadEmail::Form)?;
        let is_foreign = |part: &str| part.chars().any(|c| !c.is_ascii() && c.is_alphanumeric());
        if is_foreign(name) {
            return Err(BadEmail::Name);
        }
        if is_foreign(host) {
            return Err(BadEmail::Domain);
        }
        let name_fits = (1..=64).contains(&name.len())
            && name.split('.').all(|atom| !atom.is_empty())
            && name
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~.".contains(&b));
        let labels: Vec<&str> = host.split('.').collect();
        let host_fits = host.len() <= 253
            && labels.len() >= 2
            && labels.iter().all(|label| {
                (1..=63).contains(&label.len())
                    && !label.starts_with('-')
                    && !label.ends_with('-')
                    && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
            });
        if name_fits && host_fits {
            Ok(Self(text))
        } else {
            Err(BadEmail::Form)
        }
    }
}

impl From<EmailAddress> for String {
    fn from(address: EmailAddress) -> Self {
        address.0
    }
}

impl fmt::Display for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn good_addresses_are_read_and_folded() {
        for (typed, kept) in [
            (" Ada@Example.ORG ", "ada@example.org"),
            ("o'neil+tag@mail.example.org", "o'neil+tag@mail.example.org"),
        ] {
            assert_eq!(
                typed.parse::<EmailAddress>().map(String::from).as_deref(),
                Ok(kept)
            );
        }
    }

    #[test]
    fn everything_that_could_break_a_mail_is_refused() {
        for bad in [
            "",
            "ada",
            "ada@",
            "@example.org",
            "a b@example.org",
            "ada@example",
            "ada@example..org",
            ".a@example.org",
            "a..b@example.org",
            "ada@example.org\r\nBcc: x@example.org",
            "ada@-example.org",
            "<ada@example.org>",
            "ada@example.org,bob@example.org",
        ] {
            assert_eq!(bad.parse::<EmailAddress>(), Err(BadEmail::Form), "{bad}");
        }
    }

    #[test]
    fn letters_that_mail_is_not_sent_to_are_refused_with_the_reason() {
        assert_eq!(
            "max@m\u{fc}ller.de".parse::<EmailAddress>(),
            Err(BadEmail::Domain)
        );
        assert!(BadEmail::Domain.to_string().contains("xn--mller-kva.de"));
        assert_eq!(
            "\u{e4}da@example.org".parse::<EmailAddress>(),
            Err(BadEmail::Name)
        );
        let punycode = "max@xn--mller-kva.de".parse::<EmailAddress>();
        assert_eq!(punycode.map(String::from).as_deref(), Ok("max@xn--mller-kva.de"));
    }

    #[test]
    fn the_name_of_a_masked_address_is_never_whole() {
        for (address, masked) in [
            ("ab@example.org", "a…@example.org"),
            ("a@example.org", "a…@example.org"),
            ("abc@example.org", "a…c@example.org"),
        ] {
            let address: EmailAddress = address.parse().expect("an address");
            assert_eq!(address.masked(), masked);
        }
    }

    #[test]
    fn a_masked_address_keeps_its_ends_and_host() {
        let address: EmailAddress = "grete@example.org".parse().expect("an address");
        assert_eq!(address.masked(), "g…e@example.org");
    }
}
