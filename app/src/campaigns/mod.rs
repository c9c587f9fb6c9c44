//! Certificates and badges, for admins: the list of campaigns, and a campaign with its recipients.

mod add;
mod api;
mod campaign;
mod create;
mod list;
mod recipient;

pub use campaign::campaign_page;
pub use list::campaigns_page;
