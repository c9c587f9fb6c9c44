//! What an API token is made or changed with, as programs send it.

use chrono::{DateTime, Datelike, Utc};
use domain::api_tokens::{ApiTokenForm, Lifetime, NewApiToken};
use schemars::JsonSchema;
use serde::Deserialize;
use uuid::Uuid;

use super::super::Problem;

/// What an API token is made or changed with. A new one takes what is usual where something is not said; of one that is
/// there it stays.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(rename = "ApiTokenSent")]
pub struct Sent {
    /// Its name.
    name: Option<String>,
    /// The person behind it; if it is not said, who makes it.
    user_id: Option<Uuid>,
    /// The department that it is limited to; null: none.
    #[serde(deserialize_with = "super::super::shape::said::deserialize")]
    #[schemars(with = "Option<Uuid>")]
    department_id: Option<Option<Uuid>>,
    /// Its user type; if it is not said, the person's.
    user_type_id: Option<Uuid>,
    /// What it is narrowed to, at least one permission; null: nothing narrows it.
    #[serde(deserialize_with = "super::super::shape::said::deserialize")]
    #[schemars(with = "Option<Vec<String>>")]
    permissions: Option<Option<Vec<String>>>,
    /// When it ends: a number of days such as `90d`, a date, or `never`.
    expires: Option<String>,
    /// The same as an instant, instead of `expires`; null: never.
    #[serde(deserialize_with = "super::super::shape::said::deserialize")]
    #[schemars(with = "Option<DateTime<Utc>>")]
    expires_at: Option<Option<DateTime<Utc>>>,
    /// Where it may be used from, as CIDR.
    networks: Option<Vec<String>>,
    /// What it is for.
    description: Option<String>,
}

/// What is wrong, with the fields as they are called here.
pub fn as_sent(wrong: impl Into<Problem>) -> Problem {
    wrong
        .into()
        .renamed("expires_on", "expires")
        .renamed("user", "user_id")
}

impl Sent {
    /// What was described.
    pub fn parsed(self) -> Result<NewApiToken, Problem> {
        let lifetime = self.lifetime()?;
        let mut new = self.form().parse().map_err(as_sent)?;
        new.lifetime = lifetime.or(new.lifetime);
        Ok(new)
    }

    /// When it ends, where it was said as an instant.
    ///
    /// # Errors
    /// It was said in both ways; an instant that no database knows.
    pub fn lifetime(&self) -> Result<Option<Lifetime>, Problem> {
        let wrong = |sentence: &str| Err(Problem::field("/expires_at", sentence));
        match self.expires_at {
            None => Ok(None),
            Some(_) if self.expires.is_some() => wrong("Send expires or expires_at, and not both."),
            Some(None) => Ok(Some(Lifetime::Never)),
            Some(Some(at)) if !(1..=9999).contains(&at.year()) => {
                wrong("Write an instant of the years 1 to 9999, such as 2027-01-31T12:00:00Z.")
            }
            Some(Some(at)) => Ok(Some(Lifetime::Until(at))),
        }
    }

    /// What is wrong, with the fields as they were sent.
    pub fn named(&self) -> impl Fn(Problem) -> Problem + Send + use<> {
        let is_instant = self.expires_at.is_some();
        move |problem| match is_instant {
            true => problem.renamed("expires", "expires_at"),
            false => problem,
        }
    }

    /// The form with what was sent.
    pub fn form(self) -> ApiTokenForm {
        let mut form = ApiTokenForm::default();
        self.over(&mut form);
        form
    }

    /// Writes what was sent over a form, and leaves the rest of it.
    pub fn over(self, form: &mut ApiTokenForm) {
        let text = |id: Option<Uuid>| id.map(|id| id.to_string()).unwrap_or_default();
        for (sent, field) in [
            (self.name, &mut form.name),
            (self.expires, &mut form.expires),
            (self.user_id.map(|id| id.to_string()), &mut form.user),
            (self.user_type_id.map(|id| id.to_string()), &mut form.user_type),
            (self.department_id.map(text), &mut form.department),
            (self.networks.map(|all| all.join(",")), &mut form.networks),
            (self.description, &mut form.description),
        ] {
            if let Some(sent) = sent {
                *field = sent;
            }
        }
        if let Some(permissions) = self.permissions {
            form.narrowed = permissions.is_some();
            form.permissions = permissions.unwrap_or_default().join(" ");
        }
    }
}
