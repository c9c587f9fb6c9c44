//! How an admin gets in: set-up, sign-in, invitations. Plain pages, which work without scripts.

mod invitation_page;
mod set_up_page;
mod sign_in_page;

pub use invitation_page::{invitation_gone_page, invitation_page};
pub use set_up_page::set_up_page;
pub use sign_in_page::sign_in_page;
