//! What a list of mobile sessions is asked for.

use backend::Filters;
use domain::mobile_sessions::{MobileList, MobileOrder, MobileQuery};
use domain::{DepartmentId, MobileAppId, PersonId, UserTypeId};
use uuid::Uuid;

use super::super::Problem;
use super::super::filters::{filter, network, sort};
use super::super::shape::Which;

filter! {
    /// What a list of mobile sessions takes.
    #[schemars(rename = "SessionFilter")]
    pub struct Filter {
        /// Words of a name, or an address.
        q: Option<String>,
        /// Which of them; `active`, which are signed in, if it is not said.
        state: Option<Which>,
        /// Only those of this person.
        user_id: Option<Uuid>,
        /// Only people of this user type.
        user_type_id: Option<Uuid>,
        /// Only those with this app.
        app_id: Option<Uuid>,
        /// Only those that were last used from this address or network.
        last_used_ip: Option<String>,
        /// What they are ordered by; whoever signed in last comes first if it is not said.
        sort: Option<Sort>,
    }
}

sort! {
    /// What a list of mobile sessions is ordered by; with a `-` the greatest comes first.
    #[schemars(rename = "SessionSort")]
    enum Sort: MobileOrder {
        /// Whoever signed in first comes first.
        Created = "created_at",
        /// Whoever signed in last comes first.
        CreatedDown = "-created_at" => SignedIn;
        /// By name, from A to Z.
        Name = "name",
        /// By name, from Z to A.
        NameDown = "-name" => Name;
        /// Anyone who was not active for longest comes first.
        LastActive = "last_active_at",
        /// Anyone who was active last comes first.
        LastActiveDown = "-last_active_at" => LastActive;
        /// What ends first comes first.
        Expires = "expires_at",
        /// What ends last comes first.
        ExpiresDown = "-expires_at" => Expires;
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
