//! `Idempotency-Key`: a request that is sent again, because its answer was lost, gets the same answer and does
//! nothing a second time (draft-ietf-httpapi-idempotency-key-header).

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::State;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use backend::Caller;
use backend::answers::{Answer, Before};
use http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, LOCATION};
use http::{HeaderName, HeaderValue, Request, StatusCode};

use super::Problem;
use crate::request_context::RequestContext;
use crate::server::Server;

/// The header.
static KEY: HeaderName = HeaderName::from_static("idempotency-key");
/// Says that an answer is an earlier one.
static REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");
/// Characters that a key has at most.
const LONGEST: usize = 255;
/// What is kept of the head of an answer.
const KEPT: [HeaderName; 4] = [CONTENT_TYPE, LOCATION, ETAG, CACHE_CONTROL];

/// What a repeated request is answered, if that is something else than the first one was.
#[derive(Clone)]
pub(super) struct KeptInstead(pub String);

/// Answers a repeated request with the first answer.
pub async fn once(
    State(server): State<Server>,
    visit: RequestContext,
    request: Request<Body>,
    next: Next,
) -> Response {
    match answered(&server, &visit, request, next).await {
        Ok(response) => response,
        Err(problem) => problem.into_response(),
    }
}

async fn answered(
    server: &Server,
    visit: &RequestContext,
    request: Request<Body>,
    next: Next,
) -> Result<Response, Problem> {
    let Some(key) = request.headers().get(&KEY).cloned() else {
        return Ok(next.run(request).await);
    };
    let key = key
        .to_str()
        .ok()
        .filter(|key| (1..=LONGEST).contains(&key.len()))
        .ok_or_else(|| Problem::malformed("An Idempotency-Key has 1 to 255 visible characters."))?;
    let caller = request
        .extensions()
        .get::<Caller>()
        .cloned()
        .ok_or_else(Problem::missing_token)?;
    let takes = visit.route.map_or(0, |route| route.takes);
    let (head, body) = request.into_parts();
    let body = to_bytes(body, takes).await.map_err(|_| {
        Problem::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "too-large",
            "What was sent is larger than what is taken here.",
        )
    })?;
    let operation = head.uri.path_and_query().map_or("", |address| address.as_str());
    let answers = server.backend.answers();
    let place = match answers.begin(&caller, operation, key, &body).await? {
        Before::Nothing(place) => place,
        Before::Answered(answer) => return Ok(again(answer)),
        Before::Running => {
            return Err(Problem::new(
                StatusCode::CONFLICT,
                "idempotency-in-progress",
                "The first request with this key has no answer yet. Wait a moment; if this stays, look whether it was \
                 carried out, and use a new key.",
            ));
        }
        Before::Another => {
            return Err(Problem::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                "idempotency-key-reused",
                "This key was used with another request. Use a new key for each.",
            ));
        }
    };
    let response = next.run(Request::from_parts(head, Body::from(body))).await;
    if !response.status().is_success() {
        answers.forget(&place).await?;
        return Ok(response);
    }
    let (head, body) = response.into_parts();
    let body = to_bytes(body, usize::MAX).await.unwrap_or_else(|_| Bytes::new());
    let kept = match head.extensions.get::<KeptInstead>() {
        Some(KeptInstead(instead)) => instead.clone(),
        None => String::from_utf8(body.to_vec()).unwrap_or_default(),
    };
    let headers = KEPT.iter().filter_map(|name| {
        let value = head.headers.get(name)?.to_str().ok()?;
        Some((name.as_str().to_owned(), value.to_owned()))
    });
    let answer = Answer {
        status: head.status.as_u16(),
        headers: headers.collect(),
        body: kept,
    };
    answers.keep(&place, &answer).await?;
    Ok(Response::from_parts(head, Body::from(body)))
}

fn again(answer: Answer) -> Response {
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::OK);
    let mut response = (status, answer.body).into_response();
    response.headers_mut().remove(CONTENT_TYPE);
    for (name, value) in answer.headers {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            response.headers_mut().insert(name, value);
        }
    }
    response
        .headers_mut()
        .insert(REPLAYED.clone(), HeaderValue::from_static("true"));
    response
}
