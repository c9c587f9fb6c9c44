//! The codes of a multi token, to be printed.

use app::{Paper, sheet_page};
use axum::extract::{Query, State};
use axum::response::Html;
use domain::TokenId;
use serde::Deserialize;

use super::fields::At;
use crate::failure::Failure;
use crate::request_context::RequestContext;
use crate::server::Server;
use crate::session::Admin;

/// What is asked for: on which paper, and the codes after which number.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    paper: String,
    after: i64,
}

/// The codes that nobody has used.
pub async fn show(
    State(server): State<Server>,
    visit: RequestContext,
    Admin(caller): Admin,
    At(token): At<TokenId>,
    Query(asked): Query<Asked>,
) -> Result<Html<String>, Failure> {
    let after = asked.after.max(0);
    let sheet = server
        .backend
        .access_tokens()
        .sheet(&caller, token, after)
        .await?;
    let paper = Paper::from_key(&asked.paper);
    Ok(Html(sheet_page(&visit.page(&server), &sheet, paper, after)))
}
