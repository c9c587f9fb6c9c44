//! How an organisation sends its mail, as typed and as checked.

use serde::{Deserialize, Serialize};

use super::letterhead::{Contact, Logo, phone};
use crate::collections::web_address;
use crate::email::EmailAddress;
use crate::form::{self, Problems};

/// Mails in an hour, at most.
pub const MOST_PER_HOUR: i64 = 1_000_000;

/// The settings page, as typed. The password is blank when it stays as it is.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct MailSettingsForm {
    /// *Mail server*: blank for the installation's own.
    pub host: String,
    /// *Port*.
    pub port: String,
    /// *Encryption*: `starttls` or `tls`.
    pub security: String,
    /// *User*.
    pub user: String,
    /// *Password*.
    pub password: String,
    /// *From*.
    pub from: String,
    /// *Replies to*.
    pub reply_to: String,
    /// *Colour of buttons*: `#0f766e`.
    pub colour: String,
    /// *Language*: `en`.
    pub language: String,
    /// *Mails in an hour, at most*.
    pub per_hour: String,
    /// *Address to ask*.
    pub contact_email: String,
    /// *Telephone*.
    pub contact_phone: String,
    /// *Web site*.
    pub contact_url: String,
}

impl std::fmt::Debug for MailSettingsForm {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("MailSettingsForm(…)")
    }
}

/// The settings as they are, without the password.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MailSettingsView {
    /// What stands in the form.
    pub form: MailSettingsForm,
    /// Whether a password is kept.
    pub has_password: bool,
    /// How mail goes out without a mail server of one's own, in words.
    pub otherwise: String,
    /// The logo, if there is one.
    #[serde(default)]
    pub logo: Option<Logo>,
}

/// A mail server that an organisation named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnServer {
    /// Its name or address.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// `tls` or `starttls`.
    pub security: String,
    /// With whom it takes mail; none: with everybody.
    pub user: Option<String>,
    /// The address that mails come from.
    pub from: EmailAddress,
}

/// Settings that were checked. The password is taken from the form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailSettings {
    /// The server.
    pub server: Option<OwnServer>,
    /// Where replies go.
    pub reply_to: Option<EmailAddress>,
    /// The colour of buttons.
    pub colour: Option<String>,
    /// The language of mails whose reader's is not known.
    pub language: Option<String>,
    /// Mails in an hour, at most.
    pub per_hour: i64,
    /// Whom readers may ask.
    pub contact: Contact,
}

impl MailSettingsForm {
    /// Checks it.
    ///
    /// # Errors
    /// A sentence for each field that does not fit.
    pub fn parse(&self) -> Result<MailSettings, Problems> {
        let mut problems = Problems::default();
        let server = self.server(&mut problems);
        let reply_to = address(&mut problems, "reply_to", &self.reply_to);
        let colour = optional(&self.colour);
        if colour.as_ref().is_some_and(|colour| !is_colour(colour)) {
            problems.add("colour", "A colour looks like #0f766e.");
        }
        let language = optional(&self.language).map(|typed| language(&typed).ok_or(typed));
        if matches!(language, Some(Err(_))) {
            problems.add("language", "A language looks like en, de or pt-BR.");
        }
        let per_hour = problems.check(
            "per_hour",
            form::number("Mails in an hour", 1, MOST_PER_HOUR, &self.per_hour),
        );
        let contact = self.contact(&mut problems);
        problems.into_result()?;
        Ok(MailSettings {
            server,
            contact,
            reply_to,
            colour: colour.map(|colour| colour.to_ascii_lowercase()),
            language: language.and_then(Result::ok),
            per_hour: per_hour.flatten().unwrap_or(DEFAULT_PER_HOUR),
        })
    }

    fn contact(&self, problems: &mut Problems) -> Contact {
        let email = address(problems, "contact_email", &self.contact_email);
        let number = optional(&self.contact_phone);
        let phone = number.and_then(|number| problems.check("contact_phone", phone(&number)));
        let typed = optional(&self.contact_url);
        let url = typed.and_then(|typed| problems.check("contact_url", web_address(&typed)));
        Contact {
            email: email.map(|email| email.to_string()),
            phone,
            url,
        }
    }

    fn server(&self, problems: &mut Problems) -> Option<OwnServer> {
        let host = optional(&self.host)?;
        if !is_host(&host) {
            problems.add("host", "A mail server's name looks like mail.example.org.");
        }
        let port = problems.check("port", form::number("A port", 1, 65_535, &self.port))?;
        let from = address(problems, "from", &self.from);
        if from.is_none() && self.from.trim().is_empty() {
            problems.add(
                "from",
                "Say which address mails come from: your server sends for it alone.",
            );
        }
        if !["tls", "starttls"].contains(&self.security.as_str()) {
            problems.add("security", "Choose how the connection is encrypted.");
        }
        let default_port = if self.security == "tls" { 465 } else { 587 };
        Some(OwnServer {
            host,
            port: port
                .and_then(|port| u16::try_from(port).ok())
                .unwrap_or(default_port),
            security: self.security.clone(),
            user: optional(&self.user),
            from: from?,
        })
    }
}

/// Mails of an organisation in an hour, unless it says otherwise.
pub const DEFAULT_PER_HOUR: i64 = 20_000;

fn optional(text: &str) -> Option<String> {
    Some(text.trim().to_owned()).filter(|text| !text.is_empty())
}

fn address(problems: &mut Problems, field: &str, text: &str) -> Option<EmailAddress> {
    problems.check(field, optional(text)?.parse::<EmailAddress>())
}

fn is_host(text: &str) -> bool {
    text.len() <= 253
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-._:".contains(&byte))
}

fn is_colour(text: &str) -> bool {
    text.strip_prefix('#')
        .is_some_and(|digits| digits.len() == 6 && digits.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

/// A language as it is written: `de`, `pt-BR`, `zh-Hant`, however it was typed; `None` for what is none.
pub fn language(typed: &str) -> Option<String> {
    let parts = typed
        .trim()
        .split(['-', '_'])
        .enumerate()
        .map(|(at, part)| match (at, part.len()) {
            (0, _) => part.to_ascii_lowercase(),
            (_, 2) => part.to_ascii_uppercase(),
            (_, 4) => {
                let (first, rest) = part.split_at_checked(1).unwrap_or((part, ""));
                first.to_ascii_uppercase() + &rest.to_ascii_lowercase()
            }
            _ => part.to_ascii_lowercase(),
        });
    Some(parts.collect::<Vec<_>>().join("-")).filter(|language| is_language(language))
}

/// Whether a text names a language, such as `en` or `pt-BR`.
pub fn is_language(text: &str) -> bool {
    let mut parts = text.split('-');
    let first = parts.next().unwrap_or_default();
    (2..=3).contains(&first.len())
        && first.bytes().all(|byte| byte.is_ascii_lowercase())
        && parts.all(|part| {
            (2..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric())
        })
        && text.len() <= 20
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form() -> MailSettingsForm {
        MailSettingsForm {
            host: "mail.acme.org".into(),
            security: "starttls".into(),
            user: "certs".into(),
            password: "canary".into(),
            from: "Certs@acme.org".into(),
            ..MailSettingsForm::default()
        }
    }

    #[test]
    fn languages_are_read_however_they_are_typed() {
        for (typed, written) in [
            ("de", "de"),
            ("DE", "de"),
            (" de-at ", "de-AT"),
            ("pt_br", "pt-BR"),
            ("ZH-HANT-tw", "zh-Hant-TW"),
        ] {
            assert_eq!(language(typed).as_deref(), Some(written), "{typed}");
        }
        for none in ["", "german", "d", "../de", "de-", "日本"] {
            assert_eq!(language(none), None, "{none}");
        }
    }

    #[test]
    fn settings_are_read_with_their_defaults() {
        let settings = form().parse().expect("settings");
        let server = settings.server.expect("a server");
        assert_eq!((server.port, server.from.as_str()), (587, "certs@acme.org"));
        assert_eq!(settings.per_hour, DEFAULT_PER_HOUR);
        assert_eq!(MailSettingsForm::default().parse().expect("blank").server, None);
        assert!(!format!("{:?}", form()).contains("canary"));
    }

    #[test]
    fn every_problem_is_told_at_its_field() {
        let form = MailSettingsForm {
            host: "mail acme".into(),
            port: "0".into(),
            security: "none".into(),
            from: "".into(),
            reply_to: "nobody".into(),
            colour: "teal".into(),
            language: "English".into(),
            per_hour: "-1".into(),
            contact_email: "desk".into(),
            contact_phone: "call".into(),
            contact_url: "javascript:alert(1)".into(),
            ..form()
        };
        let problems = form.parse().expect_err("problems");
        for field in [
            "host",
            "port",
            "reply_to",
            "colour",
            "language",
            "per_hour",
            "contact_email",
            "contact_phone",
            "contact_url",
        ] {
            assert!(problems.at(field).is_some(), "{field}: {problems}");
        }
        let form = MailSettingsForm {
            security: "none".into(),
            from: "".into(),
            ..self::form()
        };
        let problems = form.parse().expect_err("problems");
        assert!(problems.at("security").is_some() && problems.at("from").is_some());
    }
}
