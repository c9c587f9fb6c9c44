//! The answer with a new secret of an API token.
//!
//! No cache keeps it. If nobody is to see the secret again, it is not kept for repeated requests either.

use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Utc};
use domain::api_tokens::IssuedApiToken;
use http::header::LOCATION;
use http::{HeaderValue, StatusCode};
use schemars::JsonSchema;
use serde::Serialize;
use uuid::Uuid;

use super::door::{Operation, Output};
use super::idempotency::KeptInstead;
use super::{Created, Secretly};

/// A new secret. It is not shown again unless the organisation's policy allows it.
#[derive(Serialize, JsonSchema)]
pub struct NewSecret {
    /// The token.
    id: Uuid,
    /// The secret; null if it is shown once, and was in an earlier answer to the same `Idempotency-Key`.
    token: Option<String>,
    /// Whether the secret was in an earlier answer, and is in no other.
    secret_already_delivered: bool,
    /// When it ends; null: never.
    expires_at: Option<DateTime<Utc>>,
}

/// A token that was made.
pub struct Made(pub IssuedApiToken);

/// A token that was rotated.
pub struct Rotated(pub IssuedApiToken);

fn answer(issued: IssuedApiToken) -> Response {
    let mut secret = NewSecret {
        id: issued.id.0,
        token: Some(issued.secret),
        secret_already_delivered: false,
        expires_at: issued.expires_at,
    };
    let mut response = Secretly(&secret).into_response();
    if issued.shown_once {
        secret.token = None;
        secret.secret_already_delivered = true;
        let again = serde_json::to_string(&secret).unwrap_or_default();
        response.extensions_mut().insert(KeptInstead(again));
    }
    response
}

impl IntoResponse for Made {
    fn into_response(self) -> Response {
        let place = format!("/api/v1/api-tokens/{}", self.0.id);
        let mut response = answer(self.0);
        *response.status_mut() = StatusCode::CREATED;
        if let Ok(place) = HeaderValue::try_from(place) {
            response.headers_mut().insert(LOCATION, place);
        }
        response
    }
}

impl IntoResponse for Rotated {
    fn into_response(self) -> Response {
        answer(self.0)
    }
}

impl Output for Made {
    fn describe(operation: &mut Operation<'_>) {
        Created::<NewSecret>::describe(operation);
    }
}

impl Output for Rotated {
    fn describe(operation: &mut Operation<'_>) {
        Secretly::<NewSecret>::describe(operation);
    }
}
