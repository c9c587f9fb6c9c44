//! The whole HTTP surface: the routes of [`routes`], inside the layers that apply to all.

use std::convert::Infallible;

use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::MethodRouter;
use http::{Method, StatusCode};

use crate::failure::Failure;
use crate::layers::enter;
use crate::rest::{self, Problem, Rest};
use crate::routes::Handler;
use crate::server::Server;
use crate::{routes, site};

/// The router of a server.
pub fn router(server: Server) -> Router {
    // Leptos spawns parts of a page. A second server in this process (as in tests) finds it already set up.
    let _ = any_spawner::Executor::init_tokio();
    let mut router = Router::new();
    for (route, served) in routes::with_handlers() {
        let mut handler = served.method_router();
        if let Handler::Rest(operation) = served {
            handler = rest_layers(handler, operation, &server);
        }
        router = router.route(route.path, handler);
    }
    router
        .fallback(other)
        .method_not_allowed_fallback(no_such_method)
        .layer(from_fn_with_state(server.clone(), enter::enter))
        .with_state(server)
}

/// The layers around an operation of the API, from the inside out: preconditions, and repeated requests. A request that
/// is repeated gets the first answer, whatever has changed since.
fn rest_layers(
    handler: MethodRouter<Server>,
    operation: &'static Rest,
    server: &Server,
) -> MethodRouter<Server> {
    let handler = match operation.method.is_safe() {
        true => handler,
        false => {
            let state = (server.clone(), operation);
            handler.layer::<_, Infallible>(from_fn_with_state(state, rest::if_unchanged))
        }
    };
    match operation.is_idempotent_by_key() {
        true => handler.layer::<_, Infallible>(from_fn_with_state(server.clone(), rest::once)),
        false => handler,
    }
}

/// Files at the root of the site, such as its mark.
async fn other(request: axum::extract::Request) -> Response {
    if request.uri().path().starts_with("/api/") {
        return Problem::from(domain::Refusal::NotFound).into_response();
    }
    match *request.method() {
        Method::GET | Method::HEAD => match without_slash(request.uri()) {
            Some(page) => page.into_response(),
            None => site::file(request).await.into_response(),
        },
        _ => Failure::not_found().into_response(),
    }
}

/// The page that an address with a trailing slash means; links get one when they are typed or pasted. The result is a
/// path of this site, whatever the path begins with.
fn without_slash(uri: &http::Uri) -> Option<Redirect> {
    let path = uri.path().strip_suffix('/')?.trim_matches('/');
    let is_page = routes::all()
        .iter()
        .filter(|route| route.method == Method::GET)
        .any(|route| fits(route.path, path));
    let query = uri.query().map(|query| format!("?{query}")).unwrap_or_default();
    is_page.then(|| Redirect::temporary(&format!("/{path}{query}")))
}

/// Whether a path belongs to a route, without slashes around it.
fn fits(pattern: &str, path: &str) -> bool {
    let (mut pattern, mut path) = (pattern.trim_matches('/').split('/'), path.split('/'));
    loop {
        match (pattern.next(), path.next()) {
            (None, None) => return true,
            (Some(wanted), Some(part)) if wanted == part => {}
            (Some(wanted), Some(part))
                if wanted.starts_with('{') && !wanted.contains('*') && !part.is_empty() => {}
            _ => return false,
        }
    }
}

async fn no_such_method(method: Method) -> Response {
    match method {
        // Asking which methods are allowed does nothing and reveals nothing.
        Method::OPTIONS => StatusCode::NO_CONTENT.into_response(),
        _ => StatusCode::METHOD_NOT_ALLOWED.into_response(),
    }
}
