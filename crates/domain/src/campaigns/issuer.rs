//! What credentials say of their issuer beside its name.

use serde::{Deserialize, Serialize};

use crate::collections::web_address;
use crate::form::{self, Problems};
use crate::{EmailAddress, When};

/// The longest description.
const TEXT: usize = 500;
/// The longest address.
const ADDRESS: usize = 500;

/// An issuer's profile, as typed and as stored; what is blank is not said.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct IssuerProfile {
    /// Its web address; blank: that of the site.
    pub url: String,
    /// Who it is.
    pub description: String,
    /// Where it is written to.
    pub email: String,
    /// Where it is called.
    pub phone: String,
    /// The web address of its picture.
    pub image: String,
}

impl IssuerProfile {
    /// Reads what was typed.
    ///
    /// # Errors
    /// Problems at the fields.
    pub fn parse(&self) -> Result<Self, Problems> {
        let mut problems = Problems::default();
        let mut read = |field: &str, typed: &str, fits: &dyn Fn(&str) -> Result<String, String>| {
            let typed = typed.trim();
            match typed.is_empty() {
                true => String::new(),
                false => problems.check(field, fits(typed)).unwrap_or_default(),
            }
        };
        let parsed = Self {
            url: read("url", &self.url, &address),
            description: read("description", &self.description, &description),
            email: read("email", &self.email, &|typed| {
                let email = typed.parse::<EmailAddress>();
                email
                    .map(|email| email.to_string())
                    .map_err(|error| error.to_string())
            }),
            phone: read("phone", &self.phone, &phone),
            image: read("image", &self.image, &image),
        };
        problems.into_result()?;
        Ok(parsed)
    }
}

/// A key that an issuer signs with, or did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IssuerKey {
    /// Its number, from 1.
    pub number: i64,
    /// What everybody checks its proofs with, as multibase.
    pub public: String,
    /// When it was made.
    pub made: When,
    /// Whether it signs what is issued now.
    pub signs: bool,
}

fn address(typed: &str) -> Result<String, String> {
    let fits = web_address(typed).ok().filter(|address| address.len() <= ADDRESS);
    fits.ok_or_else(|| {
        format!("A web address is written as https://example.org, with at most {ADDRESS} characters.")
    })
}

fn image(typed: &str) -> Result<String, String> {
    let fits = address(typed)
        .ok()
        .filter(|address| address.starts_with("https://"));
    fits.ok_or_else(|| {
        format!("The picture is named by its address, https://example.org/logo.png, with at most {ADDRESS} characters.")
    })
}

fn description(typed: &str) -> Result<String, String> {
    let text = form::text(typed);
    match text.chars().count() <= TEXT {
        true => Ok(text),
        false => Err(format!("A description has at most {TEXT} characters.")),
    }
}

fn phone(typed: &str) -> Result<String, String> {
    let is_written_so = |c: char| c.is_ascii_digit() || "+-. ()/".contains(c);
    let digits = typed.bytes().filter(u8::is_ascii_digit).count();
    let fits = typed.chars().all(is_written_so) && (3..=20).contains(&digits) && typed.len() <= 40;
    match fits {
        true => Ok(typed.to_owned()),
        false => Err("A telephone number is written as +49 30 1234567.".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_profile_is_blank_or_fits() {
        assert_eq!(IssuerProfile::default().parse(), Ok(IssuerProfile::default()));
        let typed = IssuerProfile {
            url: " https://acme.example ".into(),
            description: "Courses since 1990.\r\nIn three towns.".into(),
            email: "courses@acme.example".into(),
            phone: "+49 (30) 123-45/67".into(),
            image: "https://acme.example/logo.png".into(),
        };
        let profile = typed.parse().expect("fits");
        assert_eq!(profile.url, "https://acme.example");
        assert_eq!(profile.description, "Courses since 1990.\nIn three towns.");
        assert_eq!(
            profile.parse(),
            Ok(profile.clone()),
            "what is stored is read again"
        );
    }

    #[test]
    fn what_does_not_fit_is_told_at_its_field() {
        let typed = IssuerProfile {
            url: "javascript:alert(1)".into(),
            description: "a".repeat(501),
            email: "acme".into(),
            phone: "call us".into(),
            image: "http://acme.example/logo.png".into(),
        };
        let problems = typed.parse().expect_err("nothing fits");
        let fields: Vec<_> = problems.iter().map(|(field, _)| field).collect();
        assert_eq!(fields, ["url", "description", "email", "phone", "image"]);
        for image in [
            "data:image/png;base64,aaaa",
            "/logo.png",
            "https://a b/",
            "https://x/\"><script>",
        ] {
            let one = IssuerProfile {
                image: image.into(),
                ..IssuerProfile::default()
            };
            assert!(one.parse().is_err(), "{image}");
        }
    }
}
