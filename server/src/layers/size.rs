//! Requests that announce themselves as too large, answered before they are read.

use app::plain::Wrong;
use axum::body::Body;
use domain::Refusal;
use http::header::CONTENT_LENGTH;
use http::{HeaderMap, Request};

use crate::failure::Failure;
use crate::route::Route;

/// Refuses what announces more than the route takes: nobody sends for a minute to be told then. What arrives all the
/// same is read on by the outermost layer, so that the answer is seen.
pub fn announced(route: &Route, request: &Request<Body>) -> Result<(), Failure> {
    // What is only looked at has no body that anybody reads.
    let is_look = request.method().is_safe();
    if is_look || length(request.headers()).is_none_or(|length| length <= route.takes as u64) {
        return Ok(());
    }
    Err(match route.too_large() {
        Some(sentence) => Failure::from(Refusal::at("file", sentence)),
        None => Failure(Wrong::TooLarge),
    })
}

/// The announced size of the body, in bytes. hyper accepts only a number.
fn length(headers: &HeaderMap) -> Option<u64> {
    headers.get(CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}
