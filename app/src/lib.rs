//! Pages, components and server functions, by feature.

pub mod site;

pub use site::SiteAssets;
