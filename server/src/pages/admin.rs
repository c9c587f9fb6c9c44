//! The admin application: its pages, rendered here first, and its server functions.

use std::time::Duration;

use app::SiteAssets;
use app::plain::Wrong;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Redirect, Response};
use backend::{Backend, Caller};
use http::header::CONTENT_LENGTH;
use leptos::nonce::Nonce;
use leptos::prelude::provide_context;
use tokio::runtime::Handle;

use super::compressed;
use crate::failure::Failure;
use crate::request_context::RequestContext;
use crate::rest::OPERATIONS;
use crate::server::Server;
use crate::session::{self, Admin};

/// A page that takes longer than this hangs: every query of a first page takes milliseconds.
const RENDER_TIME: Duration = Duration::from_secs(15);

/// The start page is the Token Manager.
pub async fn start() -> Redirect {
    Redirect::to("/tokens")
}

/// A page in one piece: with its data and the right status, so that nothing is left hanging in a stream.
pub async fn page(
    State(server): State<Server>,
    visit: RequestContext,
    Admin(caller): Admin,
    request: Request,
) -> Response {
    let context = Context::new(&server, &visit, Some(caller));
    let assets = server.assets.clone();
    let path = request.uri().path().to_owned();
    let compress = compressed::may_be(request.headers());
    let render = leptos_axum::render_app_async_with_context(
        move || context.provide(),
        move || app::shell(assets.clone(), &path),
    );
    match on_this_thread(tokio::time::timeout(RENDER_TIME, render(request))) {
        Ok(response) if compress => compressed::compressed(response).await,
        Ok(response) => response,
        Err(_) => Failure::fault("a page was not rendered in time").into_response(),
    }
}

/// Waits for a page without leaving the thread. Leptos finds the page's signals by the thread that made them, also after it
/// waited for their data: on another one there may be none, or those of another page.
fn on_this_thread<F: Future>(page: F) -> F::Output {
    tokio::task::block_in_place(|| Handle::current().block_on(page))
}

/// A server function. Each of them checks the caller itself.
pub async fn call(
    State(server): State<Server>,
    visit: RequestContext,
    request: Request<Body>,
) -> Result<Response, Failure> {
    let path = request.uri().path();
    if !leptos::server_fn::axum::server_fn_paths().any(|(known, _)| known == path) {
        return Err(Failure::not_found());
    }
    let takes = visit.route.map_or(0, |route| route.takes);
    if length(&request).is_some_and(|length| length > takes) {
        return Err(Failure(Wrong::TooLarge));
    }
    let context = Context::new(&server, &visit, session::caller(&server, &visit).await?);
    Ok(
        leptos_axum::handle_server_fns_with_context(move || context.provide(), request)
            .await
            .into_response(),
    )
}

/// The announced length of the body.
fn length(request: &Request<Body>) -> Option<usize> {
    let length = request.headers().get(CONTENT_LENGTH)?;
    length.to_str().ok()?.parse().ok()
}

/// The state for pages and server functions.
#[derive(Clone)]
struct Context {
    backend: Backend,
    caller: Option<Caller>,
    assets: SiteAssets,
    nonce: Nonce,
}

impl Context {
    fn new(server: &Server, visit: &RequestContext, caller: Option<Caller>) -> Self {
        Self {
            backend: server.backend.clone(),
            caller,
            assets: server.assets.clone(),
            nonce: visit.nonce().clone(),
        }
    }

    fn provide(&self) {
        provide_context(self.backend.clone());
        provide_context(self.caller.clone());
        provide_context(self.assets.clone());
        provide_context(self.nonce.clone());
        provide_context(OPERATIONS);
    }
}
