//! `POST /collections/{id}/files`: a file for a collection, streamed into the database as it arrives.

use app::plain::Wrong;
use axum::Json;
use axum::extract::multipart::{MultipartError, MultipartRejection};
use axum::extract::{Multipart, State};
use axum::response::{IntoResponse, Redirect, Response};
use domain::{CollectionId, Refusal};
use http::header::ACCEPT;
use http::{HeaderMap, StatusCode};

use super::fields::At;
use crate::failure::Failure;
use crate::server::Server;
use crate::session::Admin;

/// Takes the first file of the form. The editor's script asks for JSON; a form without it is redirected back.
pub async fn file(
    State(server): State<Server>,
    Admin(caller): Admin,
    At(collection): At<CollectionId>,
    headers: HeaderMap,
    form: Result<Multipart, MultipartRejection>,
) -> Result<Response, Failure> {
    let mut form = form.map_err(|_| Failure(Wrong::Malformed))?;
    while let Some(field) = form.next_field().await.map_err(|error| broken(&error))? {
        let Some(name) = field.file_name().map(str::to_owned) else {
            continue;
        };
        let view = server
            .backend
            .collections()
            .upload(&caller, collection, &name, field)
            .await?;
        return Ok(match asks_for_json(&headers) {
            true => Json(view).into_response(),
            false => Redirect::to(&format!("/collections/{collection}")).into_response(),
        });
    }
    Err(Refusal::at("file", "Choose a file.").into())
}

fn asks_for_json(headers: &HeaderMap) -> bool {
    headers
        .get(ACCEPT)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|accept| accept.contains("application/json"))
}

fn broken(error: &MultipartError) -> Failure {
    Failure(if error.status() == StatusCode::PAYLOAD_TOO_LARGE {
        Wrong::TooLarge
    } else {
        Wrong::Malformed
    })
}
