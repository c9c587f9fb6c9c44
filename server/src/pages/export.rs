//! The codes of a multi token as a table for a spreadsheet, with their links. The export is recorded.

use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use domain::TokenId;
use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};

use super::fields::At;
use crate::failure::Failure;
use crate::server::Server;
use crate::session::Admin;

/// Streams the table.
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
