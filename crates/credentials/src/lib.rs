//! Open Badges: making, signing, drawing and verifying credentials.
//!
//! A credential is an Open Badge 3.0, a W3C Verifiable Credential 2.0. Its first form is JSON with a Data Integrity
//! proof (`eddsa-rdfc-2022`), because every verifier reads it; the same facts stand in a JWT (ES256) and, for old
//! backpacks, in an Open Badges 2.0 assertion. Nothing here knows a database, HTTP or the clock: instants, random
//! bytes and fetched documents are arguments.

pub mod badge;
pub mod baking;
pub mod design;
pub mod did;
mod error;
pub mod json_ld;
pub mod jwt;
pub mod keys;
pub mod open_badges_2;
pub mod proof;
pub mod rendering;
pub mod status_list;
pub mod verification;

pub use error::{Error, Result};
