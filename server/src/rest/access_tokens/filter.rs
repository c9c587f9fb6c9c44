//! What a list of access tokens is asked for.

use domain::access_tokens::{TokenList, TokenOrder, TokenQuery};
use domain::{CollectionId, DepartmentId};
use schemars::JsonSchema;
use serde::Deserialize;
use uuid::Uuid;

use super::super::Problem;
use super::view::Kind;

/// What a list of access tokens takes.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Filter {
    /// Words, an e-mail address, a code or the shown part of one.
    q: Option<String>,
    /// Which list: `active` (the usual one), `expired` or `deleted`.
    list: Option<List>,
    /// Only those in this state; it decides the list, too.
    state: Option<OneState>,
    /// Only single or only multi tokens.
    #[serde(rename = "type")]
    kind: Option<Kind>,
    /// Only those that open this collection.
    collection_id: Option<Uuid>,
    /// Only those of this department and of those below it.
    department_id: Option<Uuid>,
    /// `name`, `created_at`, `expires_at`, `uses`, `remaining` or `last_used_at`; with a `-` before it, the greatest
    /// first. `-created_at` if it is not said.
    sort: Option<String>,
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

/// A state.
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

impl Filter {
    /// The question, from its beginning.
    ///
    /// # Errors
    /// An order that there is not.
    pub fn query(&self) -> Result<TokenQuery, Problem> {
        let state = self.state.map(Into::into);
        let list = match (self.list, state) {
            (Some(list), _) => list.into(),
            (None, Some(state)) if !domain::tokens::State::is_active(state) => TokenList::Expired,
            (None, _) => TokenList::Active,
        };
        let (order, descending) = order(self.sort.as_deref())?;
        Ok(TokenQuery {
            list,
            search: self.q.clone().unwrap_or_default(),
            order,
            descending,
            token_type: self.kind.map(Into::into),
            collection: self.collection_id.map(CollectionId),
            state,
            department: self.department_id.map(DepartmentId),
            ..TokenQuery::default()
        })
    }
}

/// The order that `sort` names: the newest first if it is not said.
pub fn order(sort: Option<&str>) -> Result<(TokenOrder, bool), Problem> {
    let Some(sort) = sort else {
        return Ok((TokenOrder::Created, true));
    };
    sort_of(sort).ok_or_else(|| {
        Problem::parameter(
            "sort",
            "sort is name, created_at, expires_at, uses, remaining or last_used_at, with a - before it for the greatest \
             first.",
        )
    })
}

fn sort_of(sort: &str) -> Option<(TokenOrder, bool)> {
    let (word, descending) = sort.strip_prefix('-').map_or((sort, false), |word| (word, true));
    let order = match word {
        "name" => TokenOrder::Name,
        "created_at" => TokenOrder::Created,
        "expires_at" => TokenOrder::Expires,
        "uses" => TokenOrder::Uses,
        "remaining" => TokenOrder::Remaining,
        "last_used_at" => TokenOrder::LastUsed,
        _ => return None,
    };
    Some((order, descending))
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

impl From<OneState> for domain::tokens::State {
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
