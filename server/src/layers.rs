//! What happens to every request before and after its handler, from the outside in: [`enter`] (id, log, metrics,
//! headers, errors as pages, panics), [`csrf`] (writes come from our own pages), [`guard`] (access), [`size`] (limits). Only the
//! first is a layer of the router; it calls the others.

pub mod csrf;
mod drain;
pub mod enter;
pub mod guard;
pub mod headers;
pub mod size;
