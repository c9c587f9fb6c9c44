//! The audit log, for people who may read it.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::id::{CollectionId, PersonId, TokenId};
use crate::page::Cursor;

/// A query of the log.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AuditQuery {
    /// Only this event.
    pub event: Option<String>,
    /// Only events that involve this token.
    pub token: Option<TokenId>,
    /// Only what this person did or what happened to them.
    pub person: Option<PersonId>,
    /// Where the page starts.
    pub after: Option<Cursor>,
    /// How many rows it has; `None`: as many as a screen shows.
    pub rows: Option<u16>,
}

/// An entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditRow {
    /// Its id.
    pub id: Uuid,
    /// When it happened.
    pub at: DateTime<Utc>,
    /// The name of the event.
    pub event: String,
    /// What happened, as a sentence.
    pub what: String,
    /// Who did it.
    pub actor: String,
    /// The person, if it was one.
    pub actor_id: Option<PersonId>,
    /// The token that it is about.
    pub token: Option<TokenId>,
    /// The code of a multi token.
    pub code: Option<TokenId>,
    /// The collection that it is about.
    pub collection: Option<CollectionId>,
    /// The person that it is about.
    pub person: Option<PersonId>,
    /// The address that it was done from.
    pub address: Option<String>,
}
