//! Where recipients prove a profile, for admins: the providers of OpenID Connect that the organisation set up.

mod api;
mod fields;
mod page;

pub use page::providers_page;
