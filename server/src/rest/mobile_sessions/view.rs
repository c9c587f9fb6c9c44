//! What is answered about mobile sessions.

use chrono::{DateTime, Utc};
use domain::Permission;
use domain::mobile_sessions::{MobileSessionRow, MobileSessionView, Wipe};
use schemars::JsonSchema;
use serde::Serialize;
use uuid::Uuid;

use super::super::shape::{self, TokenState};

/// What a table of mobile sessions has of each.
pub const COLUMNS: &[&str] = &[
    "id",
    "state",
    "wipe",
    "user_name",
    "email",
    "department",
    "user_type",
    "app",
    "device",
    "app_version",
    "system",
    "created_at",
    "last_active_at",
    "last_address",
    "expires_at",
];

/// Somebody who is signed in in an app, on one device.
#[derive(Debug, Serialize, JsonSchema)]
pub struct MobileSession {
    /// Its id.
    id: Uuid,
    /// What it is now.
    state: TokenState,
    /// Whether the app is to remove everything from the device.
    wipe: WipeState,
    /// The person.
    user_id: Uuid,
    /// Their name.
    user_name: String,
    /// Their address.
    email: String,
    /// Their department.
    department_id: Option<Uuid>,
    /// Its name.
    department: Option<String>,
    /// The name of their user type.
    user_type: String,
    /// The app.
    app_id: Uuid,
    /// Its name.
    app: String,
    /// The device, as far as the app says.
    device: String,
    /// The app and its version, as far as it says.
    app_version: String,
    /// The system, as far as the app says.
    system: String,
    /// When the person signed in.
    created_at: DateTime<Utc>,
    /// When the app was last active.
    last_active_at: DateTime<Utc>,
    /// Where from.
    last_address: String,
    /// When it ends, if the app is not used until then.
    expires_at: DateTime<Utc>,
}

/// A mobile session with everything about it.
#[derive(Debug, Serialize, JsonSchema)]
pub struct WholeMobileSession {
    /// As lists show it.
    #[serde(flatten)]
    session: MobileSession,
    /// What the app may do now.
    permissions: Vec<&'static str>,
    /// When it ends, however much it is used.
    ends_at: DateTime<Utc>,
    /// The addresses that it was used from last, the latest first.
    networks: Vec<NetworkSeen>,
    /// Why it opens nothing although it is live.
    held_back: Option<String>,
}

/// An address that a session was used from.
#[derive(Debug, Serialize, JsonSchema)]
pub struct NetworkSeen {
    /// The address.
    address: String,
    /// When it was last used from there.
    last_at: DateTime<Utc>,
}

/// Whether an app is to remove everything from the device.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum WipeState {
    /// Nobody asked for it.
    Nothing,
    /// The app is told at its next call.
    Pending,
    /// The app said that it has done so.
    Done,
}

impl From<Wipe> for WipeState {
    fn from(wipe: Wipe) -> Self {
        match wipe {
            Wipe::Nothing => Self::Nothing,
            Wipe::Pending => Self::Pending,
            Wipe::Done => Self::Done,
        }
    }
}

impl From<MobileSessionRow> for MobileSession {
    fn from(row: MobileSessionRow) -> Self {
        let (department_id, department) = row.department.map(|(id, name)| (id.0, name)).unzip();
        Self {
            id: row.id.0,
            state: row.state.into(),
            wipe: row.wipe.into(),
            user_id: row.person.0,
            user_name: row.name,
            email: row.email.to_string(),
            department_id,
            department,
            user_type: row.user_type,
            app_id: row.app.0.0,
            app: row.app.1,
            device: row.device,
            app_version: row.version,
            system: row.system,
            created_at: row.signed_in.at,
            last_active_at: row.last_active.at,
            last_address: row.last_address,
            expires_at: row.expires_at,
        }
    }
}

impl From<MobileSessionView> for WholeMobileSession {
    fn from(view: MobileSessionView) -> Self {
        Self {
            permissions: view.permissions.iter().map(Permission::key).collect(),
            ends_at: shape::end(&view.ends),
            networks: view
                .networks
                .into_iter()
                .map(|(address, when)| NetworkSeen {
                    address,
                    last_at: when.at,
                })
                .collect(),
            held_back: view.held_back,
            session: view.row.into(),
        }
    }
}
