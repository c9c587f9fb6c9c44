//! Stories of people, on both engines.

mod admins;
mod directory;
mod sign_in;
