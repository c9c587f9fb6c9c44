//! Mail: what went out, what waits, what came back, and what can be done about it.

mod api;
mod list;
mod page;

pub use list::mails_page;
pub use page::mail_page;
