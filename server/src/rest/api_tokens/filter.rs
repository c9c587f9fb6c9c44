//! What a list of API tokens is asked for.

use domain::api_tokens::{ApiTokenList, ApiTokenOrder, ApiTokenQuery};
use domain::permission::UnknownPermission;
use domain::{DepartmentId, PersonId, UserTypeId};
use schemars::JsonSchema;
use serde::Deserialize;
use uuid::Uuid;

use super::super::Problem;
use super::super::shape::Which;

/// What a list of API tokens takes.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(rename = "ApiTokenFilter")]
pub struct Filter {
    /// Words of the name, the shown part of a secret, or the address of the person behind it.
    q: Option<String>,
    /// Which of them; `active` if it is not said.
    state: Option<Which>,
    /// Only those behind this person.
    user_id: Option<Uuid>,
    /// Only those of this user type.
    user_type_id: Option<Uuid>,
    /// Only those of this department and of those below it.
    department_id: Option<Uuid>,
    /// Only those that end within so many days.
    expires_within: Option<i64>,
    /// Only those that nobody has used.
    never_used: Option<bool>,
    /// Only those that the organisation's policy refuses.
    refused: Option<bool>,
    /// What they are ordered by; the newest comes first if it is not said.
    sort: Option<Sort>,
    /// Only those that may do this, such as `people:read`; several with spaces between them.
    permission: Option<String>,
}

/// What a list of API tokens is ordered by; with a `-` the greatest comes first.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[schemars(rename = "ApiTokenSort")]
enum Sort {
    /// The oldest comes first.
    #[serde(rename = "created_at")]
    Created,
    /// The newest comes first.
    #[serde(rename = "-created_at")]
    CreatedDown,
    /// By name, from A to Z.
    #[serde(rename = "name")]
    Name,
    /// By name, from Z to A.
    #[serde(rename = "-name")]
    NameDown,
    /// By the name of the person behind it, from A to Z.
    #[serde(rename = "user")]
    User,
    /// The same from Z to A.
    #[serde(rename = "-user")]
    UserDown,
    /// By the department that limits it, from A to Z; none comes first.
    #[serde(rename = "department")]
    Department,
    /// The same from Z to A.
    #[serde(rename = "-department")]
    DepartmentDown,
    /// What was not used for longest comes first.
    #[serde(rename = "last_used_at")]
    LastUsed,
    /// What was used last comes first.
    #[serde(rename = "-last_used_at")]
    LastUsedDown,
    /// What ends first comes first.
    #[serde(rename = "expires_at")]
    Expires,
    /// What ends last comes first.
    #[serde(rename = "-expires_at")]
    ExpiresDown,
}

impl From<Sort> for (ApiTokenOrder, bool) {
    fn from(sort: Sort) -> Self {
        match sort {
            Sort::Created => (ApiTokenOrder::Created, false),
            Sort::CreatedDown => (ApiTokenOrder::Created, true),
            Sort::Name => (ApiTokenOrder::Name, false),
            Sort::NameDown => (ApiTokenOrder::Name, true),
            Sort::User => (ApiTokenOrder::User, false),
            Sort::UserDown => (ApiTokenOrder::User, true),
            Sort::Department => (ApiTokenOrder::Department, false),
            Sort::DepartmentDown => (ApiTokenOrder::Department, true),
            Sort::LastUsed => (ApiTokenOrder::LastUsed, false),
            Sort::LastUsedDown => (ApiTokenOrder::LastUsed, true),
            Sort::Expires => (ApiTokenOrder::Expires, false),
            Sort::ExpiresDown => (ApiTokenOrder::Expires, true),
        }
    }
}

impl Filter {
    /// The question, from its beginning.
    ///
    /// # Errors
    /// What is no permission.
    pub fn query(&self) -> Result<ApiTokenQuery, UnknownPermission> {
        let (order, descending) = self.sort.map_or((ApiTokenOrder::Created, true), Into::into);
        let which = self.state.unwrap_or_default();
        Ok(ApiTokenQuery {
            order,
            descending,
            refused: self.refused.unwrap_or_default(),
            list: match which.is_active() {
                true => ApiTokenList::Active,
                false => ApiTokenList::Ended,
            },
            state: which.state(),
            search: self.q.clone().unwrap_or_default(),
            person: self.user_id.map(PersonId),
            user_type: self.user_type_id.map(UserTypeId),
            department: self.department_id.map(DepartmentId),
            expires_within: which.within(self.expires_within),
            never_used: self.never_used.unwrap_or_default(),
            may: self.permission.as_deref().unwrap_or_default().parse()?,
            ..ApiTokenQuery::default()
        })
    }
}

/// What is said of a permission that there is not, in an address.
pub fn as_parameter(unknown: UnknownPermission) -> Problem {
    Problem::parameter("permission", unknown.to_string())
}
