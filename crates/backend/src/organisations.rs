//! Organisations: the tenants of one installation, each seeing only its own.

mod sql;
#[cfg(test)]
pub(crate) mod testing;
