//! Collections: the list of them, and the editor of each.

pub mod api;
mod editor;
mod head;
mod item;
mod items;
mod list;
mod upload;

pub use editor::editor_page;
pub use head::cover;
pub use list::collections_page;
