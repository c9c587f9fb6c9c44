//! Pages, components and server functions, by feature.

pub mod plain;
pub mod recipients;
pub mod sign_in;
pub mod site;

pub use site::SiteAssets;
