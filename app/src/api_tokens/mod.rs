//! API tokens: the list, the form that makes and changes one, the page of each, and what the organisation allows.

mod actions;
mod address;
pub mod api;
mod days;
mod delete;
mod dialogs;
mod explain;
mod fields;
mod form;
mod list;
mod page;
mod policy;
mod reach;
mod rotate;
mod row;
mod secret;
mod source;
pub mod tabs;
mod tools;
mod try_it;
mod use_it;

pub use explain::explain_page;
pub use list::tokens_page;
pub use page::token_page;
pub use policy::policy_page;
