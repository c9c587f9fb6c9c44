//! Admin Tokens: page tokens and the sites they belong to.

mod add;
mod address;
pub mod api;
mod batch;
mod dialogs;
mod duplicate;
mod edit;
mod explain;
mod fields;
pub mod gate_page;
mod handed;
mod list;
mod page;
mod question;
mod row;
mod site_form;
mod sites;
mod source;

pub use batch::batch_page;
pub use page::page_tokens_page;
