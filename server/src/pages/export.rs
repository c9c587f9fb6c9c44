//! Tables for a spreadsheet: the list of tokens as it is searched and filtered, and the codes of a multi token with their
//! links. Taking the latter is recorded.

use axum::body::Body;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
use domain::access_tokens::{CodeFilter, CodeQuery};
use domain::{Refusal, TokenId};
use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use serde::Deserialize;

use super::fields::{At, Fields};
use crate::failure::Failure;
use crate::server::Server;
use crate::session::Admin;

/// Streams the list of tokens.
pub async fn tokens(
    State(server): State<Server>,
    Admin(caller): Admin,
    Query(asked): Query<Vec<(String, String)>>,
) -> Result<Response, Failure> {
    let query = app::query_of_address(asked);
    let lines = server.backend.access_tokens().export_list(&caller, &query)?;
    Ok(table(
        "attachment; filename=\"tokens.csv\"",
        Body::from_stream(lines.into_stream()),
    ))
}

/// Rows that were chosen one by one: their ids, with a comma between two.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct These {
    ids: String,
}

impl These {
    fn read(&self) -> Result<Vec<TokenId>, Failure> {
        let ids = self.ids.split(',').filter(|id| !id.is_empty());
        let ids: Result<Vec<TokenId>, _> = ids.map(str::parse).collect();
        ids.map_err(|_| Refusal::Malformed.into())
    }
}

/// Streams the tokens that were chosen in the list. It is posted, since a thousand ids have no room in an address.
pub async fn these_tokens(
    State(server): State<Server>,
    Admin(caller): Admin,
    Fields(these): Fields<These>,
) -> Result<Response, Failure> {
    let lines = server
        .backend
        .access_tokens()
        .export_these(&caller, these.read()?)?;
    Ok(table(
        "attachment; filename=\"tokens.csv\"",
        Body::from_stream(lines.into_stream()),
    ))
}

/// Which codes of a token are asked for, as its page is.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    q: String,
    show: String,
}

/// Streams the codes of a token, as they are searched and filtered.
pub async fn codes(
    State(server): State<Server>,
    Admin(caller): Admin,
    At(token): At<TokenId>,
    Query(asked): Query<Asked>,
) -> Result<Response, Failure> {
    let query = CodeQuery {
        search: asked.q,
        show: CodeFilter::from_key(&asked.show).unwrap_or_default(),
        ..CodeQuery::default()
    };
    let tokens = server.backend.access_tokens();
    let lines = tokens.export_codes_that_fit(&caller, token, &query).await?;
    Ok(table(
        "attachment; filename=\"codes.csv\"",
        Body::from_stream(lines.into_stream()),
    ))
}

/// Streams the codes of a token that were chosen in its list.
pub async fn these_codes(
    State(server): State<Server>,
    Admin(caller): Admin,
    At(token): At<TokenId>,
    Fields(these): Fields<These>,
) -> Result<Response, Failure> {
    let tokens = server.backend.access_tokens();
    let lines = tokens.export_these_codes(&caller, token, &these.read()?).await?;
    Ok(table(
        "attachment; filename=\"codes.csv\"",
        Body::from_stream(lines.into_stream()),
    ))
}

/// Streams who used a single token.
pub async fn uses(
    State(server): State<Server>,
    Admin(caller): Admin,
    At(token): At<TokenId>,
) -> Result<Response, Failure> {
    let lines = server.backend.access_tokens().export_uses(&caller, token).await?;
    Ok(table(
        "attachment; filename=\"uses.csv\"",
        Body::from_stream(lines.into_stream()),
    ))
}

fn table(name: &'static str, lines: Body) -> Response {
    let head = [
        (CONTENT_TYPE, "text/csv; charset=utf-8; header=present"),
        (CONTENT_DISPOSITION, name),
    ];
    (head, lines).into_response()
}
