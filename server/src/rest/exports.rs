//! `/access-tokens/{id}/codes.csv`: the codes of a multi token with their links, for a spreadsheet. Taking it is recorded.

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use backend::access_tokens::CsvLines;
use domain::{Permission, TokenId};
use http::Method;
use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use serde_json::json;

use super::door::{Operation, Output};
use super::{Id, Needs, Path, Problem, Program, Rest, get, row};

/// Its operation.
pub const ROUTES: &[Rest] = &[row(
    Method::GET,
    "/api/v1/access-tokens/{id}/codes.csv",
    Needs::Permission(Permission::TokensReveal),
    "The codes of a multi token with their links, as CSV. That they were taken is recorded.",
    || get(codes),
)];

/// A table, piece by piece.
struct Csv(CsvLines);

async fn codes(Program(caller, backend): Program, Path(Id { id }): Path<Id>) -> Result<Csv, Problem> {
    Ok(Csv(backend
        .access_tokens()
        .export_codes(&caller, TokenId(id))
        .await?))
}

impl IntoResponse for Csv {
    fn into_response(self) -> Response {
        let head = [
            (CONTENT_TYPE, "text/csv; charset=utf-8; header=present"),
            (CONTENT_DISPOSITION, "attachment; filename=\"codes.csv\""),
        ];
        (head, Body::from_stream(self.0.into_stream())).into_response()
    }
}

impl Output for Csv {
    fn describe(operation: &mut Operation<'_>) {
        operation.responses.insert(
            "200".into(),
            json!({ "description": "The table.", "content": { "text/csv": { "schema": { "type": "string" } } } }),
        );
    }
}
