//! *Mobile Users Logged In*: who is signed in in a mobile app, one session's page, and the apps.

mod address;
mod api;
mod apps;
mod list;
mod page;
mod tools;

pub use apps::apps_page;
pub use list::mobile_users_page;
pub use page::mobile_session_page;
