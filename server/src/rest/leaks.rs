//! `/leaks/report` and `/leaks/check`: tokens that somebody found where they do not belong.

use axum::extract::State;
use backend::leaks::Checked;
use http::Method;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Accepted, Body, Needs, One, Problem, Rest, post, row};
use crate::request_context::RequestContext;
use crate::server::Server;

/// Its operations.
pub const ROUTES: &[Rest] = &[
    row(
        Method::POST,
        "/api/v1/leaks/report",
        Needs::Nothing,
        "End tokens that you found where they do not belong.",
        || post(report),
    ),
    row(
        Method::POST,
        "/api/v1/leaks/check",
        Needs::Nothing,
        "Say which tokens are alive, to whoever found them and does not send them.",
        || post(check),
    ),
];

/// What was found.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
struct Found {
    /// The tokens, up to 1,000: those that begin with `twa_`, `twm_`, `twr_` or `twp_`. Each that is real ends, and the
    /// person behind it, or who made it, is told. Which of them were real is not said.
    tokens: Vec<String>,
}

/// What is asked by.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(rename = "LeakQuestion")]
struct Asked {
    /// The first six hexadecimal digits, in lower case, of the SHA-256 of each token, up to 1,000. They say nothing of a
    /// token to anyone who does not know it.
    prefixes: Vec<String>,
}

/// Which tokens are alive, for those who know them.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "LeakCheck")]
struct Answer {
    /// What the confirmations are salted with: another one each time.
    salt: String,
    /// What was asked by, each once.
    data: Vec<Bucket>,
}

/// What was asked by, with its confirmations.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "LeakCheckPrefix")]
struct Bucket {
    /// The six digits.
    prefix: String,
    /// Your token is alive if the first 32 hexadecimal digits of this are among them: the SHA-256 of the salt, as it stands
    /// there, followed by the 32 bytes of the token's own SHA-256. Most of them are noise.
    confirmations: Vec<String>,
}

impl From<Checked> for Answer {
    fn from(checked: Checked) -> Self {
        let buckets = checked.answers.into_iter();
        Self {
            salt: checked.salt,
            data: buckets
                .map(|(prefix, confirmations)| Bucket {
                    prefix,
                    confirmations,
                })
                .collect(),
        }
    }
}

async fn check(
    State(server): State<Server>,
    visit: RequestContext,
    Body(asked): Body<Asked>,
) -> Result<One<Answer>, Problem> {
    let checked = server
        .backend
        .leaks()
        .check(&asked.prefixes, &visit.client)
        .await?;
    Ok(One(checked.into()))
}

async fn report(
    State(server): State<Server>,
    visit: RequestContext,
    Body(found): Body<Found>,
) -> Result<Accepted, Problem> {
    server
        .backend
        .leaks()
        .report(&found.tokens, &visit.client)
        .await?;
    Ok(Accepted)
}
