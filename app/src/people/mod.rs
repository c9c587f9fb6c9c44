//! People: who is known, who manages what, who is invited.

mod api;
mod invitations;
mod list;
mod report;
mod service_users;

pub use list::people_page;
pub use report::report_page;
