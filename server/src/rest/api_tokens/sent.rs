//! What an API token is made or changed with, as programs send it.

use domain::api_tokens::{ApiTokenForm, ApiTokenView, NewApiToken};
use schemars::JsonSchema;
use serde::Deserialize;
use uuid::Uuid;

use super::super::Problem;

/// What an API token is made or changed with.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(rename = "ApiTokenSent")]
pub struct Sent {
    /// Its name.
    name: Option<String>,
    /// The person behind it; if it is not said, who makes it.
    user_id: Option<Uuid>,
    /// The department that it is limited to.
    department_id: Option<Uuid>,
    /// Its user type; if it is not said, the person's.
    user_type_id: Option<Uuid>,
    /// What it is narrowed to, at least one permission; if it is not said, nothing narrows it.
    permissions: Option<Vec<String>>,
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
        let text = |id: Option<Uuid>| id.map(|id| id.to_string()).unwrap_or_default();
        ApiTokenForm {
            name: self.name.unwrap_or_default(),
            expires: self.expires.unwrap_or_default(),
            user: text(self.user_id),
            department: text(self.department_id),
            user_type: text(self.user_type_id),
            narrowed: self.permissions.is_some(),
            permissions: self.permissions.unwrap_or_default().join(" "),
            networks: self.networks.unwrap_or_default().join(","),
            description: self.description.unwrap_or_default(),
        }
    }

    /// What was sent, over what is there.
    pub fn over(self, before: &ApiTokenView) -> Self {
        let row = &before.row;
        let keys = before
            .narrowed
            .map(|set| set.iter().map(|one| one.key().to_owned()).collect());
        let networks = before
            .networks
            .split(',')
            .filter(|one| !one.is_empty())
            .map(str::to_owned)
            .collect();
        Self {
            name: self.name.or_else(|| Some(row.name.clone())),
            user_id: self.user_id.or(Some(row.person.0)),
            department_id: self.department_id.or(row.department.as_ref().map(|(id, _)| id.0)),
            user_type_id: self.user_type_id.or(Some(row.user_type.0.0)),
            permissions: self.permissions.or(keys),
            expires: self.expires,
            networks: self.networks.or(Some(networks)),
            description: self.description.or_else(|| Some(before.description.clone())),
        }
    }
}
