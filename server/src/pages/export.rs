//! Tables for a spreadsheet: the list of tokens as it is searched and filtered, and the codes of a multi token with their
//! links. Taking the latter is recorded.

use axum::body::Body;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
use domain::TokenId;
use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};

use super::fields::At;
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
    let head = [
        (CONTENT_TYPE, "text/csv; charset=utf-8; header=present"),
        (CONTENT_DISPOSITION, "attachment; filename=\"tokens.csv\""),
    ];
    Ok((head, Body::from_stream(lines.into_stream())).into_response())
}

/// Streams the codes of a token.
pub async fn codes(
    State(server): State<Server>,
    Admin(caller): Admin,
    At(token): At<TokenId>,
) -> Result<Response, Failure> {
    let lines = server
        .backend
        .access_tokens()
        .export_codes(&caller, token)
        .await?;
    let head = [
        (CONTENT_TYPE, "text/csv; charset=utf-8; header=present"),
        (CONTENT_DISPOSITION, "attachment; filename=\"codes.csv\""),
    ];
    Ok((head, Body::from_stream(lines.into_stream())).into_response())
}
