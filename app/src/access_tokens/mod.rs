//! The Token Manager: the list of tokens, and the page of each.

pub mod actions;
mod address;
pub mod api;
mod code_row;
mod codes;
pub mod create;
mod dialogs;
mod edit;
pub mod facts;
pub mod history;
mod manager;
mod many;
mod presets;
mod revoke;
mod row;
mod sentence;
mod share;
mod sheet_page;
mod simple;
mod source;
mod token;
mod uses;

pub use address::query_of_address;
pub use facts::state as state_of;
pub use manager::token_manager;
pub use share::CopyField;
pub use sheet_page::{Paper, sheet_page};
pub use simple::SimpleTokens;
pub use token::token_page;
