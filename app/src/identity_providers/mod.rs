//! Where recipients prove a profile, for admins: the OpenID Connect providers that the organisation has set up.

mod api;
mod fields;
mod page;

pub use page::providers_page;
