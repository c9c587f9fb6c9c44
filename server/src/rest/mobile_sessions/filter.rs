//! What a list of mobile sessions is asked for.

use domain::mobile_sessions::{MobileList, MobileOrder, MobileQuery};
use domain::{DepartmentId, MobileAppId, PersonId, UserTypeId};
use schemars::JsonSchema;
use serde::Deserialize;
use uuid::Uuid;

use super::super::shape::Which;

/// What a list of mobile sessions takes.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Filter {
    /// Words of a name, or an address.
    q: Option<String>,
    /// Which of them; `active`, which are signed in, if it is not said.
    state: Option<Which>,
    /// Only those of this person.
    user_id: Option<Uuid>,
    /// Only those with this app.
    app_id: Option<Uuid>,
    /// Only people of this department and of those below it.
    department_id: Option<Uuid>,
    /// Only people of this user type.
    user_type_id: Option<Uuid>,
    /// Only those that end within so many days.
    expires_within: Option<i64>,
    /// What they are ordered by; whoever signed in last comes first if it is not said.
    sort: Option<Sort>,
}

/// What a list of mobile sessions is ordered by; with a `-` the greatest comes first.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[schemars(rename = "SessionSort")]
enum Sort {
    /// Whoever signed in first comes first.
    #[serde(rename = "created_at")]
    Created,
    /// Whoever signed in last comes first.
    #[serde(rename = "-created_at")]
    CreatedDown,
    /// By name, from A to Z.
    #[serde(rename = "name")]
    Name,
    /// By name, from Z to A.
    #[serde(rename = "-name")]
    NameDown,
    /// Whoever was not active for longest comes first.
    #[serde(rename = "last_active_at")]
    LastActive,
    /// Whoever was active last comes first.
    #[serde(rename = "-last_active_at")]
    LastActiveDown,
    /// What ends first comes first.
    #[serde(rename = "expires_at")]
    Expires,
    /// What ends last comes first.
    #[serde(rename = "-expires_at")]
    ExpiresDown,
}

impl From<Sort> for (MobileOrder, bool) {
    fn from(sort: Sort) -> Self {
        match sort {
            Sort::Created => (MobileOrder::SignedIn, false),
            Sort::CreatedDown => (MobileOrder::SignedIn, true),
            Sort::Name => (MobileOrder::Name, false),
            Sort::NameDown => (MobileOrder::Name, true),
            Sort::LastActive => (MobileOrder::LastActive, false),
            Sort::LastActiveDown => (MobileOrder::LastActive, true),
            Sort::Expires => (MobileOrder::Expires, false),
            Sort::ExpiresDown => (MobileOrder::Expires, true),
        }
    }
}

impl Filter {
    /// The question, from its beginning.
    pub fn query(&self) -> MobileQuery {
        let (order, descending) = self.sort.map_or((MobileOrder::SignedIn, true), Into::into);
        let which = self.state.unwrap_or_default();
        MobileQuery {
            order,
            descending,
            list: match which.is_active() {
                true => MobileList::Active,
                false => MobileList::Ended,
            },
            state: which.state(),
            user_type: self.user_type_id.map(UserTypeId),
            expires_within: which.within(self.expires_within),
            search: self.q.clone().unwrap_or_default(),
            person: self.user_id.map(PersonId),
            app: self.app_id.map(MobileAppId),
            department: self.department_id.map(DepartmentId),
            ..MobileQuery::default()
        }
    }
}
