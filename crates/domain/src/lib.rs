//! Types and rules that browser and server share.
//!
//! Nothing here does I/O, reads the clock or knows Leptos; the crate compiles for the browser with no feature enabled.
//!
//! * [`id`]: every id type, one list
//! * [`code`]: the code of an access token, its check character, its forms
//! * [`prefixed`]: the secrets of programs, such as `twa_…`, and their checksum
//! * [`tokens`]: families, bounds and states, for tokens of every kind
//! * [`access_tokens`], [`api_tokens`], [`campaigns`], [`collections`], [`identity_providers`], [`mobile_sessions`],
//!   [`organisations`], [`page_tokens`], [`people`], [`recipients`]: what each feature shows and accepts
//! * [`permission`], [`user_types`]: what callers may do, and named sets of permissions
//! * [`departments`]: the parts of an organisation
//! * [`finding`]: the search by name from any page
//! * [`refusal`]: why a request is refused, in plain words
//! * [`form`], [`email`], [`page`], [`when`], [`feed`], [`jobs`], [`mail`], [`network`]: small shared types

pub mod access_tokens;
pub mod api_tokens;
pub mod audit;
pub mod campaigns;
pub mod code;
pub mod collections;
pub mod departments;
pub mod email;
pub mod feed;
pub mod finding;
pub mod form;
pub mod id;
pub mod identity_providers;
pub mod jobs;
pub mod mail;
pub mod mobile_sessions;
pub mod network;
pub mod organisations;
pub mod page;
pub mod page_tokens;
pub mod people;
pub mod permission;
pub mod prefixed;
pub mod recipients;
pub mod refusal;
pub mod tokens;
pub mod user_types;
pub mod when;

pub use code::Code;
pub use email::EmailAddress;
pub use form::Problems;
pub use id::*;
pub use page::{Cursor, Page};
pub use permission::{Permission, Permissions};
pub use prefixed::PrefixedSecret;
pub use refusal::Refusal;
pub use user_types::{BuiltIn, UserTypeRef};
pub use when::When;
