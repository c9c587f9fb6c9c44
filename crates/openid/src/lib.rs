//! Proving a profile by OpenID Connect: the authorization code flow with PKCE, a nonce, a state, and an exact redirect.
//!
//! * [`Provider::discover`] reads what a provider says of itself
//! * [`Provider::way`] is the address that a browser is led to, with what only [`Pending`] knows
//! * [`Provider::identify`] takes what the browser came back with, and answers who it is
//!
//! Tokens and their signatures are read by the crate `openidconnect`. Chance and the clock are arguments. Requests go
//! out by a [`Peer`]: [`Network`] reaches providers and nobody else's machines; tests answer by themselves.

mod network;
mod peer;
mod provider;
#[cfg(test)]
mod tests;
mod trouble;

pub use http::{Request, Response};
pub use network::Network;
pub use peer::{Answering, Ask, Peer};
pub use provider::{Answer, Identity, Manners, Pending, Provider, Registration};
pub use trouble::Trouble;
