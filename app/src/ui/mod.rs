//! Parts that pages are made of. They take values and callbacks and know no feature.

pub mod browser;
pub mod chosen;
pub mod dialog;
pub mod feed;
pub mod filters;
pub mod form;
pub mod icon;
pub mod late;
pub mod list;
pub mod listing;
pub mod menu;
pub mod meter;
pub mod notice;
pub mod opening;
pub mod permissions;
pub mod response;
pub mod rows;
pub mod search;
pub mod tabs;
pub mod text_area;
pub mod time;
pub mod title;
pub mod toast;
pub mod tools;
pub mod window;
