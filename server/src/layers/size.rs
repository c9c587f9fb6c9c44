//! Requests that announce themselves as too large, answered before they are read.

use app::plain::Wrong;
use axum::body::Body;
use axum::extract::State;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use domain::Refusal;
use http::header::CONTENT_LENGTH;
use http::{HeaderMap, Request};

use crate::failure::Failure;
use crate::routes::Route;

/// Refuses requests that announce more than the route accepts: nobody should send for a minute only to be refused. What
/// still arrives is drained by the outermost layer, so that the answer is seen.
pub async fn announced(State(route): State<&'static Route>, request: Request<Body>, next: Next) -> Response {
    // Read-only requests have no body that anybody reads.
    let is_look = request.method().is_safe();
    if is_look || length(request.headers()).is_none_or(|length| length <= route.takes as u64) {
        return next.run(request).await;
    }
    match route.too_large() {
        Some(sentence) => Failure::from(Refusal::at("file", sentence)).into_response(),
        None => Failure(Wrong::TooLarge).into_response(),
    }
}

/// The announced size of the body, in bytes. hyper accepts only a number.
fn length(headers: &HeaderMap) -> Option<u64> {
    headers.get(CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}
