//! What is answered about API tokens.

use chrono::{DateTime, Utc};
use domain::api_tokens::{ApiTokenRow, ApiTokenView};
use domain::{Permission, When};
use schemars::JsonSchema;
use serde::Serialize;
use uuid::Uuid;

use super::super::shape::TokenState;

/// What a table of API tokens has of each.
pub const COLUMNS: &[&str] = &[
    "id",
    "name",
    "hint",
    "state",
    "user_name",
    "user_email",
    "department",
    "user_type",
    "created_at",
    "expires_at",
    "last_used_at",
];

/// An API token.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ApiToken {
    /// Its id.
    id: Uuid,
    /// Its name.
    name: String,
    /// What lists show of its secret.
    hint: String,
    /// What it is now.
    state: TokenState,
    /// The person behind it.
    user_id: Uuid,
    /// Their name.
    user_name: String,
    /// Their address; null for a service user.
    user_email: Option<String>,
    /// The department that it is limited to.
    department_id: Option<Uuid>,
    /// Its name.
    department: Option<String>,
    /// Its user type.
    user_type_id: Uuid,
    /// The name of its user type.
    user_type: String,
    /// When it was made.
    created_at: DateTime<Utc>,
    /// When it ends; null: never.
    expires_at: Option<DateTime<Utc>>,
    /// When it was last used.
    last_used_at: Option<DateTime<Utc>>,
}

/// An API token with everything about it.
#[derive(Debug, Serialize, JsonSchema)]
pub struct WholeApiToken {
    /// As lists show it.
    #[serde(flatten)]
    token: ApiToken,
    /// The organisation that it belongs to.
    tenant_id: Uuid,
    /// What it is for.
    description: String,
    /// What it was narrowed to; null: all that its user type may do.
    narrowed_to: Option<Vec<&'static str>>,
    /// What it may do now.
    permissions: Vec<&'static str>,
    /// What of this it has used.
    used_permissions: Vec<&'static str>,
    /// Where it may be used from, as CIDR; none: everywhere.
    networks: Vec<String>,
    /// The addresses that it was used from last, the latest first.
    addresses: Vec<AddressOfUse>,
    /// Until when the secret before still opens, after a rotation.
    old_secret_until: Option<DateTime<Utc>>,
    /// Why it opens nothing although it is live.
    held_back: Option<String>,
}

/// An address that it was used from.
#[derive(Debug, Serialize, JsonSchema)]
pub struct AddressOfUse {
    /// The address.
    address: String,
    /// When it was last used from there.
    last_at: DateTime<Utc>,
}

impl From<ApiTokenRow> for ApiToken {
    fn from(row: ApiTokenRow) -> Self {
        let (department_id, department) = row.department.map(|(id, name)| (id.0, name)).unzip();
        Self {
            id: row.id.0,
            name: row.name,
            hint: row.hint,
            state: row.state.into(),
            user_id: row.person.0,
            user_name: row.person_name,
            user_email: row.email.map(|email| email.to_string()),
            department_id,
            department,
            user_type_id: row.user_type.0.0,
            user_type: row.user_type.1,
            created_at: row.created.at,
            expires_at: row.expires_at,
            last_used_at: row.last_used.map(|when| when.at),
        }
    }
}

impl From<ApiTokenView> for WholeApiToken {
    fn from(view: ApiTokenView) -> Self {
        let keys = |set: domain::Permissions| set.iter().map(Permission::key).collect::<Vec<_>>();
        Self {
            tenant_id: view.tenant.0,
            description: view.description,
            narrowed_to: view.narrowed.map(keys),
            permissions: keys(view.permissions),
            used_permissions: keys(view.used_permissions),
            networks: view
                .networks
                .split(',')
                .filter(|one| !one.is_empty())
                .map(str::to_owned)
                .collect(),
            addresses: view.addresses.into_iter().map(AddressOfUse::from).collect(),
            old_secret_until: view.grace.map(|until| until.at),
            held_back: view.held_back,
            token: view.row.into(),
        }
    }
}

impl From<(String, When)> for AddressOfUse {
    fn from((address, when): (String, When)) -> Self {
        Self {
            address,
            last_at: when.at,
        }
    }
}
