//! API tokens: the list, the form that makes and changes one, and the page of each.

mod actions;
mod address;
pub mod api;
mod days;
mod delete;
mod fields;
mod form;
mod list;
mod page;
mod reach;
mod rotate;
mod row;
mod secret;
mod source;
pub mod tabs;
mod tools;
mod use_it;

pub use list::tokens_page;
pub use page::token_page;
