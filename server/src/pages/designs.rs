//! What a campaign's designer shows beside its page: backgrounds and pictures, and where pictures are uploaded.

use app::plain::Wrong;
use axum::Json;
use axum::extract::multipart::{MultipartError, MultipartRejection};
use axum::extract::{Multipart, Query, State};
use axum::response::{IntoResponse, Response};
use domain::{CampaignId, DesignPictureId, Refusal};
use http::StatusCode;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use serde::Deserialize;

use super::fields::At;
use crate::failure::Failure;
use crate::server::Server;
use crate::session::Admin;

/// Neither a template's drawing nor an uploaded picture ever changes.
const KEPT: &str = "private, max-age=3600";

/// A template in a colour.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Wanted {
    template: String,
    colour: String,
}

/// The background of a template.
pub async fn background(
    State(server): State<Server>,
    Admin(caller): Admin,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Failure> {
    let svg = server
        .backend
        .campaigns()
        .template_background(&caller, &wanted.template, &wanted.colour)?;
    Ok(([(CONTENT_TYPE, "image/svg+xml"), (CACHE_CONTROL, KEPT)], svg).into_response())
}

/// The design of a campaign with a sample recipient.
pub async fn design(
    State(server): State<Server>,
    Admin(caller): Admin,
    At(campaign): At<CampaignId>,
) -> Result<Response, Failure> {
    let picture = server
        .backend
        .campaigns()
        .design_picture(&caller, campaign)
        .await?;
    Ok(([(CONTENT_TYPE, "image/png")], picture).into_response())
}

/// An uploaded picture.
pub async fn picture(
    State(server): State<Server>,
    Admin(caller): Admin,
    At((campaign, picture)): At<(CampaignId, DesignPictureId)>,
) -> Result<Response, Failure> {
    let (media, bytes) = server
        .backend
        .campaigns()
        .picture(&caller, campaign, picture)
        .await?;
    let head = [(CONTENT_TYPE, media), (CACHE_CONTROL, KEPT.to_owned())];
    Ok((head, bytes).into_response())
}

/// Takes the first file of the form.
pub async fn add_picture(
    State(server): State<Server>,
    Admin(caller): Admin,
    At(campaign): At<CampaignId>,
    form: Result<Multipart, MultipartRejection>,
) -> Result<Response, Failure> {
    let campaigns = server.backend.campaigns();
    campaigns.may_add_picture(&caller, campaign).await?;
    let mut form = form.map_err(|_| Failure(Wrong::Malformed))?;
    while let Some(field) = form.next_field().await.map_err(|error| broken(&error))? {
        let Some(name) = field.file_name().map(str::to_owned) else {
            continue;
        };
        let file = field.bytes().await.map_err(|error| broken(&error))?.to_vec();
        let picture = campaigns.add_picture(&caller, campaign, &name, file).await?;
        return Ok(Json(picture).into_response());
    }
    Err(Refusal::at("file", "Choose a file.").into())
}

fn broken(error: &MultipartError) -> Failure {
    Failure(if error.status() == StatusCode::PAYLOAD_TOO_LARGE {
        Wrong::TooLarge
    } else {
        Wrong::Malformed
    })
}
