//! `If-Match` and `If-None-Match`: a change is made to what its sender has seen, and what did not change is not sent again
//! (RFC 9110 §13).
//!
//! The tag of something is a digest of how it is shown, but for how it is used. So what a change is compared with is what its GET answers to the
//! same caller at that moment, whichever operation it is: no use case has to know of tags. Changes with `If-Match` wait for
//! each other, on all servers, so that of two who have seen the same, one is told. A change without it, which takes
//! whatever is there, can come in between for the few milliseconds of the comparison.

use axum::body::Body;
use axum::extract::State;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::header::{ETAG, IF_MATCH, IF_NONE_MATCH};
use http::{Extensions, HeaderMap, HeaderName, HeaderValue, Method, Request, StatusCode};
use tower::ServiceExt;

use super::{Problem, ROUTES, Rest};
use crate::server::Server;

/// The operation that shows what this one changes, if there is one.
pub fn shown_by(rest: &Rest) -> Option<&'static Rest> {
    if rest.method.is_safe() {
        return None;
    }
    let thing = match (&rest.method, rest.path.rsplit_once('/')) {
        // An action on a thing; what is made by a POST to a list is not there yet.
        (&Method::POST, Some((thing, _))) if thing.ends_with('}') => thing,
        (&Method::POST, _) => return None,
        _ => rest.path,
    };
    ROUTES
        .iter()
        .copied()
        .find(|other| other.method == Method::GET && other.path == thing)
}

/// The tags of the answers that whoever sends a GET has already.
pub fn known(headers: &HeaderMap) -> Option<HeaderValue> {
    headers.get(IF_NONE_MATCH).cloned()
}

/// The answer to a GET, unless its caller has it already.
pub fn unless_known(known: Option<HeaderValue>, response: Response) -> Response {
    let Some(known) = known else { return response };
    match response.headers().get(ETAG).cloned() {
        Some(tag) if response.status() == StatusCode::OK && names(&known, &tag, Compared::Weakly) => {
            (StatusCode::NOT_MODIFIED, [(ETAG, tag)]).into_response()
        }
        _ => response,
    }
}

/// A change that may be made only to what its sender has seen.
pub async fn if_unchanged(
    State((server, changing)): State<(Server, &'static Rest)>,
    request: Request<Body>,
    next: Next,
) -> Response {
    let Some(seen) = request.headers().get(IF_MATCH).cloned() else {
        return next.run(request).await;
    };
    let Some(shows) = shown_by(changing) else {
        let sentence = "This operation has nothing to compare with, so it takes no If-Match.";
        return Problem::malformed(sentence).into_response();
    };
    let steps = shows.path.split('/').count();
    let thing: Vec<&str> = request.uri().path().split('/').take(steps).collect();
    let thing = thing.join("/");
    let _turn = match server.backend.exclusively(&thing).await {
        Ok(turn) => turn,
        Err(error) => return Problem::from(error).into_response(),
    };
    let now = shown(&server, shows, &thing, request.extensions().clone()).await;
    let tag = now.headers().get(ETAG).cloned();
    match tag {
        _ if !now.status().is_success() => now,
        Some(tag) if names(&seen, &tag, Compared::Strongly) => next.run(request).await,
        tag => changed(tag),
    }
}

/// What the GET of a thing answers to anyone who sent the request. Who that is, and the variable parts of the path, stand in
/// what was noted of it.
async fn shown(server: &Server, shows: &Rest, thing: &str, noted: Extensions) -> Response {
    let mut look = Request::new(Body::empty());
    if let Ok(uri) = thing.parse() {
        *look.uri_mut() = uri;
    }
    *look.extensions_mut() = noted;
    let handler = shows.method_router().with_state::<()>(server.clone());
    match handler.oneshot(look).await {
        Ok(response) => response,
        Err(never) => match never {},
    }
}

fn changed(tag: Option<HeaderValue>) -> Response {
    let sentence = "It was changed since you read it. Read it again, look at what is different, and send your change with \
                    the new tag.";
    let problem = Problem::new(StatusCode::PRECONDITION_FAILED, "precondition-failed", sentence);
    let mut headers = HeaderMap::new();
    if let Some(tag) = tag {
        headers.insert::<HeaderName>(ETAG, tag);
    }
    (headers, problem).into_response()
}

/// How tags are compared (RFC 9110 §8.8.3.2).
#[derive(Clone, Copy, PartialEq, Eq)]
enum Compared {
    /// For a change: a weak tag is none.
    Strongly,
    /// For an answer that may be there already: proxies make tags weak when they compress.
    Weakly,
}

/// Whether a list of tags holds this one.
fn names(list: &HeaderValue, tag: &HeaderValue, compared: Compared) -> bool {
    let (Ok(list), Ok(tag)) = (list.to_str(), tag.to_str()) else {
        return false;
    };
    let opaque = |one| match compared {
        Compared::Strongly => one,
        Compared::Weakly => str::strip_prefix(one, "W/").unwrap_or(one),
    };
    list.split(',')
        .map(str::trim)
        .any(|one| one == "*" || opaque(one) == opaque(tag))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(method: Method, path: &str) -> &'static Rest {
        let found = ROUTES
            .iter()
            .find(|rest| rest.method == method && rest.path == path);
        found.expect("an operation")
    }

    #[test]
    fn a_change_is_compared_with_the_thing_that_it_changes() {
        let of = |method, path| shown_by(find(method, path)).map(|rest| rest.path);
        let token = Some("/api/v1/api-tokens/{id}");
        assert_eq!(of(Method::PATCH, "/api/v1/api-tokens/{id}"), token);
        assert_eq!(of(Method::DELETE, "/api/v1/api-tokens/{id}"), token);
        assert_eq!(of(Method::POST, "/api/v1/api-tokens/{id}/suspend"), token);
        assert_eq!(
            of(Method::PUT, "/api/v1/policies/tokens"),
            Some("/api/v1/policies/tokens")
        );
        assert_eq!(
            of(Method::POST, "/api/v1/api-tokens"),
            None,
            "it is not there yet"
        );
        assert_eq!(of(Method::GET, "/api/v1/api-tokens/{id}"), None);
    }

    #[test]
    fn a_tag_is_found_in_a_list_and_a_weak_one_only_where_nothing_is_changed() {
        let tag = HeaderValue::from_static("\"abc\"");
        let named = |list, compared| names(&HeaderValue::from_static(list), &tag, compared);
        for list in ["\"abc\"", "\"x\", \"abc\"", "*"] {
            assert!(
                named(list, Compared::Strongly) && named(list, Compared::Weakly),
                "{list}"
            );
        }
        for list in ["W/\"abc\"", "\"x\", W/\"abc\""] {
            assert!(
                !named(list, Compared::Strongly) && named(list, Compared::Weakly),
                "{list}"
            );
        }
        assert!(!named("abc", Compared::Strongly) && !named("W/abc", Compared::Weakly));
    }
}
