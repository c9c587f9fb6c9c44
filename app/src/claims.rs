//! The recipients' side of certificates and badges, and what is public about them.
//!
//! Every page is one function from plain values to a complete document. Opening a page locks nothing.

mod asking_page;
mod claim_page;
mod connect_page;
mod credential_page;
mod token_page;
mod verify_page;

pub use asking_page::{asked_page, data_deleted_page, deletion_page, links_page, links_sent_page};
pub use claim_page::{ClaimPage, claim_page, code_page, unlock_asked_page};
pub use connect_page::{ConfirmPage, confirm_page, connect_page, not_connected_page};
pub use credential_page::{
    NETWORK, Sharing, credential_page, embedded_page, gone_page, share_address, share_page,
};
pub use token_page::token_page;
pub use verify_page::{VerifyPage, VerifyStep, verify_page};
