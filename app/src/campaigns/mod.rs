//! Certificates and badges, for admins: the list of campaigns, a campaign with its recipients, and its designer.

mod add;
mod api;
mod campaign;
mod create;
mod designer;
mod list;
mod recipient;

pub use campaign::campaign_page;
pub use designer::design_page;
pub use list::campaigns_page;
