//! The recipient's side of certificates and badges, and what everybody may see of them.
//!
//! Every page is one function from plain values to a whole document. Looking at a page locks nothing.

mod claim_page;
mod connect_page;
mod credential_page;
mod import_page;
mod token_page;
mod verify_page;

pub use claim_page::{ClaimPage, claim_page, code_page, unlock_asked_page};
pub use connect_page::{ConfirmPage, confirm_page, connect_page, not_connected_page};
pub use credential_page::{credential_page, gone_page};
pub use import_page::import_page;
pub use token_page::token_page;
pub use verify_page::{VerifyPage, VerifyStep, verify_page};
