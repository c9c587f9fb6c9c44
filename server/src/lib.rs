//! The server: start-up, settings, sessions, routes, events, command line. It knows no SQL and no HTML.
//!
//! * [`cli`]: the commands; [`config`]: the settings
//! * [`process`]: what is requested from the operating system first
//! * [`start`]: from settings to a running server; [`serve`], [`stop`]: connections, and their end
//! * [`routes`]: every route in one list; [`router`]: the routes inside the layers that apply to all
//! * [`request_context`], [`session`], [`layers`], [`failure`]: what every request goes through
//! * [`rest`]: the API for programs; [`oauth`]: how mobile apps are signed in to, and how they get their tokens
//! * [`kept`]: answers that are kept while they are true
//! * [`foreign_pages`]: PDF files of others, drawn in a process of its own
//! * [`pages`], [`events`], [`gate`], [`health`], [`site`]: what answers

// First, because the modules after it use its macros.
#[macro_use]
mod output;

pub mod cli;
mod commands;
pub mod config;
mod cookies;
mod events;
mod failure;
pub mod foreign_pages;
mod gate;
mod health;
mod kept;
mod layers;
mod next;
mod oauth;
mod pages;
pub mod process;
mod request_context;
pub mod rest;
mod route;
pub mod router;
pub mod routes;
pub mod serve;
pub mod server;
mod session;
mod site;
pub mod start;
pub mod stop;
pub mod telemetry;

pub use commands::{archive, run};
