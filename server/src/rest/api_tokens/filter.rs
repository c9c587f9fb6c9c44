//! What a list of API tokens is asked for.

use backend::Filters;
use domain::api_tokens::{ApiTokenList, ApiTokenOrder, ApiTokenQuery};
use domain::permission::UnknownPermission;
use domain::{DepartmentId, PersonId, UserTypeId};
use uuid::Uuid;

use super::super::Problem;
use super::super::filters::{filter, network, sort};
use super::super::shape::Which;

filter! {
    /// What a list of API tokens takes.
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
        /// Only those that nobody has used.
        never_used: Option<bool>,
        /// Only those that were last used from this address or network.
        last_used_ip: Option<String>,
        /// Only those that the organisation's policy refuses.
        refused: Option<bool>,
        /// What they are ordered by; the newest comes first if it is not said.
        sort: Option<Sort>,
        /// Only those that may do this, such as `people:read`; several with spaces between them.
        permission: Option<String>,
    }
}

sort! {
    /// What a list of API tokens is ordered by; with a `-` the greatest comes first.
    #[schemars(rename = "ApiTokenSort")]
    enum Sort: ApiTokenOrder {
        /// The oldest comes first.
        Created = "created_at",
        /// The newest comes first.
        CreatedDown = "-created_at" => Created;
        /// By name, from A to Z.
        Name = "name",
        /// By name, from Z to A.
        NameDown = "-name" => Name;
        /// By the name of the person behind it, from A to Z.
        User = "user",
        /// The same from Z to A.
        UserDown = "-user" => User;
        /// By the department that limits it, from A to Z; none comes first.
        Department = "department",
        /// The same from Z to A.
        DepartmentDown = "-department" => Department;
        /// What was not used for longest comes first.
        LastUsed = "last_used_at",
        /// What was used last comes first.
        LastUsedDown = "-last_used_at" => LastUsed;
        /// What ends first comes first.
        Expires = "expires_at",
        /// What ends last comes first.
        ExpiresDown = "-expires_at" => Expires;
    }
}

impl Filter {
    /// The question, from its beginning.
    ///
    /// # Errors
    /// What is no permission.
    pub fn query(&self) -> Result<ApiTokenQuery, Problem> {
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
            may: self.permission.as_deref().unwrap_or_default().parse().map_err(
                |unknown: UnknownPermission| Problem::parameter("permission", unknown.to_string()),
            )?,
            ..ApiTokenQuery::default()
        })
    }

    /// What narrows it further.
    ///
    /// # Errors
    /// What can find nothing.
    pub fn filters(&self) -> Result<Filters, Problem> {
        Ok(Filters {
            last_network: network("last_used_ip", self.last_used_ip.as_deref())?,
            ..self.beside().filters()?
        })
    }
}
