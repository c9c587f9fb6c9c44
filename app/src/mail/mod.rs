//! Mail: what went out, what waits, what came back, and what can be done about it.

mod api;
mod list;
mod page;
mod settings_page;
mod texts_page;

pub use list::mails_page;
pub use page::mail_page;
pub use settings_page::mail_settings_page;
pub use texts_page::{mail_text_page, mail_texts_page};
