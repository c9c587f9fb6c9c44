//! Certificates and badges, for admins: the list of campaigns, a campaign with its recipients, and its designer.

mod add;
mod api;
mod bulk;
mod campaign;
mod create;
mod designer;
mod dialogs;
mod edit;
mod import;
mod issuer;
mod list;
mod recipient;
mod recipients;
mod schedule;

pub use campaign::campaign_page;
pub use designer::design_page;
pub use import::import_page;
pub use list::campaigns_page;
