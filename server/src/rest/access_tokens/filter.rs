//! What a list of access tokens is asked for.

use backend::Filters;
use chrono::{DateTime, Utc};
use domain::access_tokens::{TokenList, TokenOrder, TokenQuery};
use domain::tokens::State;
use domain::{CollectionId, DepartmentId};
use schemars::JsonSchema;
use serde::Deserialize;
use uuid::Uuid;

use super::super::Problem;
use super::super::filters::{ahead, filter, sort};
use super::super::shape::SOON;
use super::view::Kind;

filter! {
    /// What a list of access tokens takes.
    #[schemars(rename = "AccessTokenFilter")]
    pub struct Filter {
        /// Words, an e-mail address, a code or the shown part of one.
        q: Option<String>,
        /// Which list: `active` (the usual one), `expired` or `deleted`.
        list: Option<List>,
        /// Only those in this state; it decides the list, too.
        state: Option<AskedState>,
        /// Only single or only multi tokens.
        #[serde(rename = "type")]
        kind: Option<Kind>,
        /// Only those that open this collection.
        collection_id: Option<Uuid>,
        /// Only those that nobody has used.
        never_used: Option<bool>,
        /// What they are ordered by; the newest comes first if it is not said.
        sort: Option<Sort>,
    }
}

sort! {
    /// What a list of tokens is ordered by; with a `-` the greatest comes first.
    #[schemars(rename = "TokenSort")]
    pub enum Sort: TokenOrder {
        /// The oldest comes first.
        Created = "created_at",
        /// The newest comes first.
        CreatedDown = "-created_at" => Created;
        /// By name, from A to Z.
        Name = "name",
        /// By name, from Z to A.
        NameDown = "-name" => Name;
        /// What ends first comes first.
        Expires = "expires_at",
        /// What ends last comes first; what never ends comes before all others.
        ExpiresDown = "-expires_at" => Expires;
        /// What was used least comes first.
        Uses = "uses",
        /// What was used most comes first.
        UsesDown = "-uses" => Uses;
        /// What has the fewest uses left comes first.
        Remaining = "remaining",
        /// What has the most uses left comes first.
        RemainingDown = "-remaining" => Remaining;
        /// What was not used for longest comes first.
        LastUsed = "last_used_at",
        /// What was used last comes first.
        LastUsedDown = "-last_used_at" => LastUsed;
    }
}

/// The order that is asked for: the newest first if it is not said.
pub fn order(sort: Option<Sort>) -> (TokenOrder, bool) {
    sort.map_or((TokenOrder::Created, true), Into::into)
}

/// The lists.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum List {
    /// Not yet, live and suspended ones.
    Active,
    /// Used up, expired and revoked ones.
    Expired,
    /// Deleted ones that can still be restored.
    Deleted,
}

/// A state that a token can have.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum OneState {
    /// Its start lies ahead.
    NotYet,
    /// It opens what it is for.
    Live,
    /// Its last use was spent.
    UsedUp,
    /// Its time is over.
    Expired,
    /// Somebody paused it.
    Suspended,
    /// Somebody ended it for good.
    Revoked,
}

/// A state that a list is narrowed to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum AskedState {
    /// Its start lies ahead.
    NotYet,
    /// It opens what it is for.
    Live,
    /// It is live and ends within 30 days, or within as many as `expires_within` says.
    Expiring,
    /// Its last use was spent.
    UsedUp,
    /// Its time is over.
    Expired,
    /// Somebody paused it.
    Suspended,
    /// Somebody ended it for good.
    Revoked,
}

impl From<AskedState> for State {
    fn from(asked: AskedState) -> Self {
        match asked {
            AskedState::NotYet => Self::NotYet,
            AskedState::Live | AskedState::Expiring => Self::Live,
            AskedState::UsedUp => Self::UsedUp,
            AskedState::Expired => Self::Expired,
            AskedState::Suspended => Self::Suspended,
            AskedState::Revoked => Self::Revoked,
        }
    }
}

impl Filter {
    /// The question, from its beginning.
    pub fn query(&self) -> TokenQuery {
        let state = self.state.map(State::from);
        let list = match (self.list, state) {
            (Some(list), _) => list.into(),
            (None, Some(state)) if !state.is_active() => TokenList::Expired,
            (None, _) => TokenList::Active,
        };
        let (order, descending) = order(self.sort);
        TokenQuery {
            list,
            search: self.q.clone().unwrap_or_default(),
            order,
            descending,
            token_type: self.kind.map(Into::into),
            collection: self.collection_id.map(CollectionId),
            state,
            department: self.department_id.map(DepartmentId),
            ..TokenQuery::default()
        }
    }

    /// What narrows it further, at this moment.
    ///
    /// # Errors
    /// What can find nothing.
    pub fn filters(&self, now: DateTime<Utc>) -> Result<Filters, Problem> {
        let mut filters = self.beside().filters()?;
        filters.never_used = self.never_used.unwrap_or_default();
        let days = match self.state {
            Some(AskedState::Expiring) => self.expires_within.or(Some(SOON)),
            _ => self.expires_within,
        };
        if let Some(end) = days.map(|days| ahead(now, days)) {
            let before = filters.expires.before;
            filters.expires.before = Some(before.map_or(end, |before| before.min(end)));
        }
        Ok(filters)
    }
}

impl From<List> for TokenList {
    fn from(list: List) -> Self {
        match list {
            List::Active => Self::Active,
            List::Expired => Self::Expired,
            List::Deleted => Self::Deleted,
        }
    }
}

impl From<OneState> for State {
    fn from(state: OneState) -> Self {
        match state {
            OneState::NotYet => Self::NotYet,
            OneState::Live => Self::Live,
            OneState::UsedUp => Self::UsedUp,
            OneState::Expired => Self::Expired,
            OneState::Suspended => Self::Suspended,
            OneState::Revoked => Self::Revoked,
        }
    }
}
