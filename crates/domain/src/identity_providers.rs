//! OpenID Connect providers at which recipients prove a profile: what an organisation sets up, and the template it
//! starts from.

use serde::{Deserialize, Serialize};

use crate::form::{self, Problems};
use crate::{IdentityProviderId, When};

/// The longest label.
const LABEL: usize = 40;
/// The longest address, client id and secret.
const LONGEST: usize = 300;
/// The placeholder in an issuer's address where an organisation's own id belongs.
pub const TENANT: &str = "TENANT-ID";
/// The most providers of an organisation.
pub const MOST_PROVIDERS: usize = 20;

/// A template to start from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProviderTemplate {
    /// LinkedIn.
    #[serde(rename = "linkedin")]
    LinkedIn,
    /// Google.
    Google,
    /// Microsoft: a directory, or everybody's personal accounts.
    Microsoft,
    /// Any other: Keycloak, a school's own, …
    Other,
}

impl ProviderTemplate {
    /// All of them, in the order in which they are offered.
    pub const ALL: [Self; 4] = [Self::LinkedIn, Self::Google, Self::Microsoft, Self::Other];

    /// Its name in the database, in forms and in the API.
    pub fn key(self) -> &'static str {
        match self {
            Self::LinkedIn => "linkedin",
            Self::Google => "google",
            Self::Microsoft => "microsoft",
            Self::Other => "other",
        }
    }

    /// The template with this name.
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|template| template.key() == key)
    }

    /// What people call it.
    pub fn label(self) -> &'static str {
        match self {
            Self::LinkedIn => "LinkedIn",
            Self::Google => "Google",
            Self::Microsoft => "Microsoft",
            Self::Other => "Any other",
        }
    }

    /// Its address, as far as it is known.
    pub fn issuer(self) -> &'static str {
        match self {
            Self::LinkedIn => "https://www.linkedin.com/oauth",
            Self::Google => "https://accounts.google.com",
            Self::Microsoft => "https://login.microsoftonline.com/TENANT-ID/v2.0",
            Self::Other => "",
        }
    }

    /// Where to register a client there, in a sentence.
    pub fn hint(self) -> &'static str {
        match self {
            Self::LinkedIn => {
                "Make an app at linkedin.com/developers, and add the product Sign In with LinkedIn using OpenID Connect."
            }
            Self::Google => {
                "Make an OAuth client of the type Web application in the Google Cloud console, under Credentials."
            }
            Self::Microsoft => {
                "Register an app in the Microsoft Entra admin center. Put the id of your directory in the place of \
                 TENANT-ID; 9188040d-6c67-4c5b-b112-36a304b66dad stands for personal accounts."
            }
            Self::Other => {
                "Make a confidential client for the authorization code flow. Its address is what stands before \
                 /.well-known/openid-configuration."
            }
        }
    }
}

/// A provider as typed. The secret is blank when it is unchanged.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ProviderForm {
    /// The template that it started from.
    pub template: String,
    /// What recipients read on the button; blank: the template's.
    pub label: String,
    /// Its address; blank: the template's.
    pub issuer: String,
    /// The client id.
    pub client_id: String,
    /// The client secret.
    pub client_secret: String,
    /// Blank: recipients are not offered it.
    pub enabled: String,
}

impl std::fmt::Debug for ProviderForm {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ProviderForm(…)")
    }
}

/// A provider that can be set up. Its secret is stored elsewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProviderHead {
    /// The template that it started from.
    pub template: ProviderTemplate,
    /// What recipients read on the button.
    pub label: String,
    /// Its address.
    pub issuer: String,
    /// The client id.
    pub client_id: String,
    /// Whether recipients are offered it.
    pub enabled: bool,
}

impl ProviderForm {
    /// Reads what was typed.
    ///
    /// # Errors
    /// Problems at `template`, `label`, `issuer`, `client_id` and `client_secret`.
    pub fn parse(&self) -> Result<ProviderHead, Problems> {
        let mut problems = Problems::default();
        let template = ProviderTemplate::from_key(self.template.trim());
        if template.is_none() {
            problems.add("template", "Choose linkedin, google, microsoft or other.");
        }
        let or = |typed: &str, otherwise: fn(ProviderTemplate) -> &'static str| match typed.trim() {
            "" => template.map(otherwise).unwrap_or_default().to_owned(),
            typed => typed.to_owned(),
        };
        let label = match template {
            Some(ProviderTemplate::Other) => self.label.clone(),
            _ => or(&self.label, ProviderTemplate::label),
        };
        let label = problems.check("label", form::line("A name", LABEL, &label));
        let issuer = or(&self.issuer, ProviderTemplate::issuer);
        if let Err(sentence) = check_issuer(&issuer) {
            problems.add("issuer", sentence);
        }
        let client_id = problems.check("client_id", form::line("A client id", LONGEST, &self.client_id));
        let secret = &self.client_secret;
        if secret.chars().count() > LONGEST || secret.chars().any(char::is_control) {
            problems.add(
                "client_secret",
                format!("A client secret has at most {LONGEST} characters."),
            );
        }
        problems.into_result()?;
        match (template, label, client_id) {
            (Some(template), Some(label), Some(client_id)) => Ok(ProviderHead {
                template,
                label,
                issuer,
                client_id,
                enabled: !self.enabled.is_empty(),
            }),
            // A missing value was already reported.
            _ => Err(Problems::default()),
        }
    }
}

/// The address of an issuer, as OpenID Connect requires it: https, with nothing after its path. Plain http is allowed
/// only on this machine, which is checked before it is contacted.
fn check_issuer(issuer: &str) -> Result<(), &'static str> {
    if issuer.contains(TENANT) {
        return Err("Put the id of your directory in the place of TENANT-ID.");
    }
    let rest = issuer
        .strip_prefix("https://")
        .or_else(|| issuer.strip_prefix("http://127.0.0.1"))
        .or_else(|| issuer.strip_prefix("http://localhost"));
    let fits = rest.is_some_and(|rest| {
        !rest.is_empty()
            && rest
                .chars()
                .all(|c| c.is_ascii_graphic() && !"?#@\\\"<>".contains(c))
    });
    if fits && issuer.len() <= LONGEST {
        Ok(())
    } else {
        Err("An address looks like https://login.example.org, without ? and # in it.")
    }
}

/// A provider as admins see it: without its secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProviderRow {
    /// Its id.
    pub id: IdentityProviderId,
    /// The template that it started from.
    pub template: ProviderTemplate,
    /// What recipients read on the button.
    pub label: String,
    /// Its address.
    pub issuer: String,
    /// The client id.
    pub client_id: String,
    /// Whether recipients are offered it.
    pub enabled: bool,
    /// When it was set up.
    pub created: When,
}

impl ProviderRow {
    /// The form that edits it.
    pub fn form(&self) -> ProviderForm {
        ProviderForm {
            template: self.template.key().into(),
            label: self.label.clone(),
            issuer: self.issuer.clone(),
            client_id: self.client_id.clone(),
            client_secret: String::new(),
            enabled: if self.enabled { "on".into() } else { String::new() },
        }
    }
}

/// All providers of an organisation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProviderList {
    /// Each of them, in the order in which they were set up.
    pub rows: Vec<ProviderRow>,
    /// The redirect address for all providers: it must be registered there, exactly like this.
    pub redirect: String,
}

/// A provider that recipients are offered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProviderChoice {
    /// Its id.
    pub id: IdentityProviderId,
    /// The text on the button.
    pub label: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(template: &str) -> ProviderForm {
        ProviderForm {
            template: template.into(),
            client_id: "abc".into(),
            client_secret: "canary".into(),
            enabled: "on".into(),
            ..ProviderForm::default()
        }
    }

    #[test]
    fn a_template_fills_in_what_is_known() {
        let head = form("google").parse().expect("fits");
        assert_eq!(
            (head.label.as_str(), head.issuer.as_str()),
            ("Google", "https://accounts.google.com")
        );
        assert!(head.enabled);
        assert!(form("linkedin").parse().is_ok());
        let problems = form("microsoft").parse().expect_err("whose directory?");
        assert!(
            problems
                .at("issuer")
                .is_some_and(|sentence| sentence.contains("TENANT-ID"))
        );
        let problems = form("other").parse().expect_err("which?");
        assert!(problems.at("issuer").is_some() && problems.at("label").is_some());
        for template in ProviderTemplate::ALL {
            assert_eq!(ProviderTemplate::from_key(template.key()), Some(template));
        }
    }

    #[test]
    fn an_issuer_is_an_address_and_nothing_more() {
        for fits in [
            "https://login.example.org",
            "https://login.example.org:8443/realms/school",
            "https://example.auth0.com/",
            "http://127.0.0.1:4000",
        ] {
            assert_eq!(check_issuer(fits), Ok(()), "{fits}");
        }
        for bad in [
            "",
            "https://",
            "http://login.example.org",
            "ftp://login.example.org",
            "https://login.example.org/?a=b",
            "https://login.example.org/#x",
            "https://user@login.example.org",
            "https://login.example.org/a b",
            "login.example.org",
        ] {
            assert!(check_issuer(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_form_that_is_printed_holds_no_secret() {
        assert!(!format!("{:?}", form("google")).contains("canary"));
    }
}
