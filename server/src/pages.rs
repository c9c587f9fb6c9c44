//! Handlers: read the request, call one use case, pass its answer to the page.

pub mod admin;
pub mod claims;
pub mod code;
mod compressed;
pub mod confirmation;
pub mod connected;
pub mod credentials;
pub mod designs;
pub mod export;
pub mod fields;
pub mod files;
pub mod imports;
pub mod invitation;
pub mod mail;
pub mod my;
pub mod my_sign_in;
pub mod preview;
pub mod redeem;
pub mod rendered_cache;
pub mod set_up;
pub mod sheet;
pub mod sign_in;
pub mod upload;
