//! The organisation's settings: its name and time zone, its departments, its user types.

pub mod api;
mod departments;
mod general;
mod user_types;

use leptos::prelude::*;

use crate::routes;
use crate::ui::tabs::tabs;

pub use departments::departments_page;
pub use general::organisation_page;
pub use user_types::user_types_page;

/// The pages of the organisation.
const PAGES: [(&str, &str); 3] = [
    (routes::ORGANISATION, "General"),
    (routes::DEPARTMENTS, "Departments"),
    (routes::USER_TYPES, "User types"),
];

fn organisation_tabs() -> AnyView {
    tabs("Organisation", PAGES)
}
