//! Organisations: the tenants of one installation.

use serde::{Deserialize, Serialize};

use crate::email::EmailAddress;
use crate::form::{self, Problems};
use crate::id::OrganisationId;

/// The set-up page, as typed.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SetUpForm {
    /// *Set-up code*, from the log.
    pub code: String,
    /// *Organisation*.
    pub organisation: String,
    /// *Time zone*, such as `Pacific/Auckland`.
    pub time_zone: String,
    /// *Your name*.
    pub name: String,
    /// *E-mail*.
    pub email: String,
    /// *Password*.
    pub password: String,
}

/// An organisation to be created, with its first owner. The server, which has the table of zones, checks that the time
/// zone exists.
#[derive(Clone, PartialEq, Eq)]
pub struct SetUp {
    /// Its name.
    pub organisation: String,
    /// Its time zone, as typed.
    pub time_zone: String,
    /// The owner's name.
    pub name: String,
    /// The owner's address.
    pub email: EmailAddress,
    /// The owner's password.
    pub password: String,
}

impl SetUpForm {
    /// The organisation, from what was typed.
    ///
    /// # Errors
    /// All problems at once, by field.
    pub fn parse(&self) -> Result<SetUp, Problems> {
        let mut problems = Problems::default();
        let organisation = problems.check("organisation", organisation_name(&self.organisation));
        let name = problems.check("name", form::line("Your name", 120, &self.name));
        let email = problems.check("email", self.email.parse());
        let password = problems.check("password", password(&self.password));
        problems.into_result()?;
        match (organisation, name, email, password) {
            (Some(organisation), Some(name), Some(email), Some(password)) => Ok(SetUp {
                organisation,
                time_zone: self.time_zone.trim().to_owned(),
                name,
                email,
                password,
            }),
            _ => Err(Problems::one("organisation", "Fill in the form.")),
        }
    }
}

/// An organisation's name: one line of 1 to 80 characters.
///
/// # Errors
/// A sentence with the bounds.
pub fn organisation_name(text: &str) -> Result<String, form::BadText> {
    form::line("An organisation's name", 80, text)
}

/// A new password. Length is what counts (NIST SP 800-63B §3.1.1.2): 12 to 200 characters, of any kind.
///
/// # Errors
/// A sentence with the bounds.
pub fn password(text: &str) -> Result<String, &'static str> {
    if (12..=200).contains(&text.chars().count()) {
        Ok(text.to_owned())
    } else {
        Err("A password has 12 to 200 characters. A few words in a row are easy to keep in mind.")
    }
}

/// The organisation, as its admins see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrganisationView {
    /// Its id, known to API users as *Tenant Id*.
    pub id: OrganisationId,
    /// Its name.
    pub name: String,
    /// Its time zone.
    pub time_zone: String,
    /// Whether it has the full Tokens feature.
    pub full_tokens: bool,
}

impl std::fmt::Debug for SetUpForm {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SetUpForm(…)")
    }
}

impl std::fmt::Debug for SetUp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SetUp(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn set_up_says_all_problems_at_once() {
        let problems = SetUpForm {
            email: "ada".into(),
            password: "short".into(),
            ..SetUpForm::default()
        }
        .parse()
        .expect_err("a bad form");
        let fields: Vec<&str> = problems.iter().map(|(field, _)| field).collect();
        assert_eq!(fields, ["organisation", "name", "email", "password"]);
    }

    #[test]
    fn a_form_with_a_password_cannot_be_printed() {
        let form = SetUpForm {
            password: "correct horse battery".into(),
            ..SetUpForm::default()
        };
        assert!(!format!("{form:?}").contains("horse"));
    }
}
