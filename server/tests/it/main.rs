//! Stories over HTTP: a real server on a port of its own, with a fresh database, and programs that talk to it
//! as browsers do.

mod archive;
mod claims;
mod connected;
mod cookies;
mod csrf;
mod events;
mod files;
mod foreign_client;
mod foreign_provider;
mod gate_doors;
mod guessing;
mod headers;
mod keys;
mod links;
mod malformed;
mod oauth;
mod page_token_commands;
mod process;
mod redeem;
mod refusals;
mod render;
mod rest;
mod restored;
mod robots;
mod scanners;
mod secrets;
mod security_page;
mod set_up;
mod sign_in;
mod statements;
mod strangers;
mod two_sides;
mod world;
