//! Files of recipients: an upload from the admin page, and the list of its bad rows.

use app::plain::Wrong;
use axum::Json;
use axum::extract::multipart::MultipartRejection;
use axum::extract::{Multipart, State};
use axum::response::{IntoResponse, Response};
use domain::{CampaignId, ImportId, Refusal};
use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use serde_json::json;

use super::fields::At;
use crate::failure::Failure;
use crate::server::Server;
use crate::session::Admin;

/// Reads a file, or pasted text. The answer names it, so that the page can ask what its columns contain.
pub async fn read(
    State(server): State<Server>,
    Admin(caller): Admin,
    At(campaign): At<CampaignId>,
    form: Result<Multipart, MultipartRejection>,
) -> Result<Response, Failure> {
    let mut form = form.map_err(|_| Failure(Wrong::Malformed))?;
    while let Some(field) = form.next_field().await.map_err(|_| Failure(Wrong::Malformed))? {
        let name = match field.name() {
            Some("file") => field.file_name().unwrap_or("recipients.csv").to_owned(),
            Some("text") => "Pasted".to_owned(),
            _ => continue,
        };
        let bytes = field.bytes().await.map_err(|_| Failure(Wrong::TooLarge))?;
        let view = server
            .backend
            .campaigns()
            .read_import(&caller, campaign, &name, bytes.to_vec())
            .await?;
        return Ok(Json(json!({ "id": view.id })).into_response());
    }
    Err(Refusal::at("file", "Choose a file, or paste a table.").into())
}

/// The bad rows of a file, as CSV.
pub async fn bad_rows(
    State(server): State<Server>,
    Admin(caller): Admin,
    At((campaign, import)): At<(CampaignId, ImportId)>,
) -> Result<Response, Failure> {
    let text = server
        .backend
        .campaigns()
        .bad_rows(&caller, campaign, import)
        .await?;
    let head = [
        (CONTENT_TYPE, "text/csv; charset=utf-8"),
        (CONTENT_DISPOSITION, "attachment; filename=\"rows-to-mend.csv\""),
    ];
    Ok((head, text).into_response())
}
