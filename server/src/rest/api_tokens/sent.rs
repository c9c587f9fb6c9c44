//! What an API token is made or changed with, as programs send it.

use domain::api_tokens::{ApiTokenForm, NewApiToken};
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
        self.form().parse().map_err(as_sent)
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
