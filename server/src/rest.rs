//! The REST API for programs, under `/api/v1`.
//!
//! What can be done stands in [`ROUTES`], a row for each operation: method, path, what it needs, a sentence, and
//! its door. The router, the guard ([`guard`]), the OpenAPI document ([`document`]) and the tests are made from
//! these rows and from the types of the doors, so none of them can say anything else.
//!
//! # Adding a resource
//!
//! 1. A file of its own here, named like its path (`page_tokens.rs` for `/page-tokens`), with three parts:
//!    * its *views*: what is sent and taken, as types of this room (`Serialize` or `Deserialize`, and
//!      `JsonSchema`; snake_case, instants as RFC 3339). What is taken has `#[serde(deny_unknown_fields)]`: a
//!      mistyped `expires_at` must not make an endless token. The doc comment of a type or field is what the
//!      document says of it.
//!    * its *doors*: handlers of three lines that take [`Program`] (the caller), [`Path`], [`Query`] or [`Body`],
//!      call one use case of the backend, and answer [`One`], [`Listed`], [`Created`] or [`Done`], or a [`Problem`]. A
//!      use case's error becomes one with `?`.
//!    * `pub const ROUTES: &[Rest]`: its rows.
//! 2. Its name in [`RESOURCES`].
//!
//! A list takes [`Asked`] around its own parameters, which adds `limit` and `cursor`, and answers `asked.listed(page)`,
//! which signs the next cursor. One that can be counted is [`Countable`]. One that people take into a spreadsheet has its table beside it ([`tables`]). Every row
//! declares what it [`Needs`]; a caller who lacks it never reaches the door. The use case asks once more, in its first
//! line.

mod access_tokens;
mod answer;
mod api_token_use;
mod api_tokens;
mod audit_events;
mod batches;
mod body;
mod campaigns;
mod codes;
mod collections;
mod credentials;
mod cursor;
mod departments;
pub mod designs;
pub mod document;
mod door;
pub mod examples;
mod exports;
mod filters;
mod guard;
mod idempotency;
mod identity_providers;
pub mod imports;
mod invitations;
mod issuer;
mod items;
mod jobs;
mod leaks;
mod mails;
mod mobile_apps;
mod mobile_sessions;
mod new_secret;
mod notes;
mod operations;
mod own_sessions;
mod page_tokens;
pub mod pages;
mod people;
mod permissions;
mod policies;
mod precondition;
mod problem;
mod reading;
mod recipients;
mod shape;
mod sites;
mod tables;
mod tokens_self;
mod user_types;
mod uses;

use std::sync::LazyLock;

pub use answer::{Accepted, Created, Done, Listed, One, Secretly};
pub use backend::Needs;
pub use body::{Body, Id, Path, Program, Query};
pub use cursor::{Asked, Countable};
pub use door::{Door, delete, get, patch, post, put};
pub use guard::admit;
pub use idempotency::once;
pub use notes::tell;
pub use operations::OPERATIONS;
pub use precondition::{if_unchanged, known, shown_by, unless_known};
pub use problem::Problem;

use axum::routing::MethodRouter;
use http::Method;

use crate::server::Server;

/// One operation.
pub struct Rest {
    /// The method. GET answers HEAD, too.
    pub method: Method,
    /// The path, with its variable parts in braces.
    pub path: &'static str,
    /// What a caller needs.
    pub needs: Needs,
    /// What it does, in a sentence.
    pub summary: &'static str,
    /// The handler, with what its types say.
    pub door: fn() -> Door,
}

impl Rest {
    /// The handler.
    pub fn method_router(&self) -> MethodRouter<Server> {
        (self.door)().router
    }

    /// Whether a repeated request with the same `Idempotency-Key` gets the first answer again.
    pub fn is_idempotent_by_key(&self) -> bool {
        self.method == Method::POST && self.needs != Needs::Nothing
    }
}

/// A resource's name, with its operations.
type Resource = (&'static str, &'static [Rest]);

/// All resources.
static RESOURCES: &[Resource] = &[
    ("This token", tokens_self::ROUTES),
    ("What this token may do", api_token_use::OF_ITSELF),
    ("Access tokens", access_tokens::ROUTES),
    ("Codes", codes::ROUTES),
    ("Uses", uses::ROUTES),
    ("Exports", exports::ROUTES),
    ("Jobs", jobs::ROUTES),
    ("API tokens", api_tokens::ROUTES),
    ("Use of API tokens", api_token_use::OF_TOKENS),
    ("Mobile sessions", mobile_sessions::ROUTES),
    ("Mobile apps", mobile_apps::ROUTES),
    ("Oneself", own_sessions::ROUTES),
    ("Collections", collections::ROUTES),
    ("Items of collections", items::ROUTES),
    ("Page tokens", page_tokens::ROUTES),
    ("Sites", sites::ROUTES),
    ("Campaigns", campaigns::ROUTES),
    ("Designs", designs::ROUTES),
    ("Imports", imports::ROUTES),
    ("Batches", batches::ROUTES),
    ("Recipients", recipients::ROUTES),
    ("Credentials", credentials::ROUTES),
    ("Issuer", issuer::ROUTES),
    ("Sign-in providers", identity_providers::ROUTES),
    ("People", people::ROUTES),
    ("Invitations", invitations::ROUTES),
    ("Departments", departments::ROUTES),
    ("User types", user_types::ROUTES),
    ("Permissions", permissions::ROUTES),
    ("Mails", mails::ROUTES),
    ("Policies", policies::ROUTES),
    ("Audit events", audit_events::ROUTES),
    ("Leaks", leaks::ROUTES),
    ("About this API", pages::ROUTES),
];

/// All operations.
pub static ROUTES: LazyLock<Vec<&'static Rest>> =
    LazyLock::new(|| RESOURCES.iter().flat_map(|(_, rows)| rows.iter()).collect());

/// A row.
const fn row(
    method: Method,
    path: &'static str,
    needs: Needs,
    summary: &'static str,
    door: fn() -> Door,
) -> Rest {
    Rest {
        method,
        path,
        needs,
        summary,
        door,
    }
}
