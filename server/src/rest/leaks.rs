//! `/leaks/report`: tokens that somebody found where they do not belong.

use axum::extract::State;
use http::Method;
use schemars::JsonSchema;
use serde::Deserialize;

use super::{Accepted, Body, Needs, Problem, Rest, post, row};
use crate::server::Server;
use crate::visit::Visit;

/// Its operation.
pub const ROUTES: &[Rest] = &[row(
    Method::POST,
    "/api/v1/leaks/report",
    Needs::Nothing,
    "End tokens that you found where they do not belong.",
    || post(report),
)];

/// What was found.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
struct Found {
    /// The tokens, up to 1,000: those that begin with `twa_`, `twm_`, `twr_` or `twp_`. Each that is real ends, and the
    /// person behind it, or who made it, is told. Which of them were real is not said.
    tokens: Vec<String>,
}

async fn report(
    State(server): State<Server>,
    visit: Visit,
    Body(found): Body<Found>,
) -> Result<Accepted, Problem> {
    server
        .backend
        .leaks()
        .report(&found.tokens, &visit.client)
        .await?;
    Ok(Accepted)
}
