//! What an organisation's mails and its recipients' pages have in common beside their words.

use serde::{Deserialize, Serialize};

/// A logo, an own colour, and whom to ask. Blank for an organisation that chose none.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Letterhead {
    /// The organisation's name, for those who do not see the logo.
    pub name: String,
    /// The logo.
    pub logo: Option<Logo>,
    /// The address of the style sheet with its colour.
    pub style: Option<String>,
    /// Whom to ask.
    pub contact: Contact,
}

/// A logo, as pages show it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Logo {
    /// Its address.
    pub address: String,
    /// How wide it is shown.
    pub width: i64,
    /// How high it is shown.
    pub height: i64,
}

/// Whom readers may ask.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contact {
    /// An e-mail address.
    pub email: Option<String>,
    /// A telephone number.
    pub phone: Option<String>,
    /// A web address.
    pub url: Option<String>,
}

impl Contact {
    /// What there is, and where each leads.
    pub fn links(&self) -> Vec<(String, String)> {
        let email = self
            .email
            .iter()
            .map(|email| (email.clone(), format!("mailto:{email}")));
        let phone = self.phone.iter().map(|phone| {
            let dialled: String = phone
                .chars()
                .filter(|c| c.is_ascii_digit() || *c == '+')
                .collect();
            (phone.clone(), format!("tel:{dialled}"))
        });
        let url = self.url.iter().map(|url| (url.clone(), url.clone()));
        email.chain(phone).chain(url).collect()
    }
}

/// The longest telephone number.
const PHONE: usize = 40;

/// Reads a telephone number: digits, and what people write between them.
///
/// # Errors
/// What is wrong, in words.
pub(super) fn phone(typed: &str) -> Result<String, String> {
    let number = typed.trim();
    let fits = number.len() <= PHONE
        && number.bytes().any(|byte| byte.is_ascii_digit())
        && number
            .bytes()
            .all(|byte| byte.is_ascii_digit() || b"+-/(). ".contains(&byte));
    match fits {
        true => Ok(number.to_owned()),
        false => Err("A telephone number looks like +49 40 1234567.".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_there_is_leads_somewhere() {
        let contact = Contact {
            email: Some("desk@acme.org".into()),
            phone: Some("+49 (40) 12-34".into()),
            url: None,
        };
        let links = contact.links();
        let addresses: Vec<_> = links.iter().map(|(_, address)| address.as_str()).collect();
        assert_eq!(addresses, ["mailto:desk@acme.org", "tel:+49401234"]);
        for bad in ["call me", "", "+", "12;ext=3", &"1".repeat(41), "<b>1</b>"] {
            assert!(phone(bad).is_err(), "{bad}");
        }
        assert_eq!(phone(" 040 / 12 ").as_deref(), Ok("040 / 12"));
    }
}
