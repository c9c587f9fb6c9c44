//! API tokens: the list, the form that makes one, and the page of each.

pub mod api;
mod create;
mod list;
mod token;
mod use_it;

pub use list::tokens_page;
pub use token::token_page;
