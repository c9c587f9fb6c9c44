//! Stories of people, on both engines.

mod admins;
mod directory;
mod service_users;
mod sign_in;
