//! Access control: the session is looked up where the route says so, and a caller without one is led to the sign-in.

use axum::body::Body;
use axum::extract::{DefaultBodyLimit, Query};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use domain::Refusal;
use domain::code::for_address;
use http::{Method, Request, Uri};

use super::size;
use crate::failure::Failure;
use crate::next;
use crate::request_context::RequestContext;
use crate::rest;
use crate::route::Access;
use crate::server::Server;
use crate::session;

/// Lets in callers whom the route is for. It is called by the outermost layer and is none itself: each layer costs a request
/// about half a microsecond.
pub async fn guard(
    server: &Server,
    visit: &RequestContext,
    mut request: Request<Body>,
    next: Next,
) -> Response {
    let Some(route) = visit.route.filter(|route| route.answers(request.method())) else {
        // There is nothing there, or not by this method, which anybody may know.
        return next.run(request).await;
    };
    // Nobody reads what comes with a look.
    if !route.method.is_safe() {
        DefaultBodyLimit::max(route.takes).apply(&mut request);
    }
    // Only what has a tag can be known already.
    let known = match request.method().is_safe() {
        true => rest::known(request.headers()),
        false => None,
    };
    let admitted = match route.who {
        Access::Anybody => Ok(()),
        // Boxed, so that they take no room in the future of a program's request, which is moved several times.
        Access::Admin => Box::pin(admin(server, visit, &mut request)).await,
        Access::Recipient => Box::pin(recipient(server, visit, &mut request)).await,
        Access::Program(needs) => match rest::admit(server, visit, &mut request, needs).await {
            Ok(notes) => {
                let mut answer = rest::unless_known(known, next.run(request).await);
                rest::tell(&notes, answer.headers_mut());
                return answer;
            }
            Err(problem) => Err(problem.into_response()),
        },
    };
    if let Err(answer) = admitted {
        return answer;
    }
    match size::announced(route, &request) {
        Ok(()) => next.run(request).await,
        Err(failure) => failure.into_response(),
    }
}

async fn admin(server: &Server, visit: &RequestContext, request: &mut Request<Body>) -> Result<(), Response> {
    if is_look(request)
        && let Some(address) = without_code(request.uri())
    {
        return Err(Redirect::to(&address).into_response());
    }
    if let Some(caller) = session::caller(server, visit)
        .await
        .map_err(IntoResponse::into_response)?
    {
        request.extensions_mut().insert(caller);
        return Ok(());
    }
    // Programs and streams get an error; people who open a page are redirected.
    if !is_look(request) {
        return Err(Failure::from(Refusal::SignedOut).into_response());
    }
    if !server.is_set_up().await.map_err(IntoResponse::into_response)? {
        return Err(Redirect::to("/setup").into_response());
    }
    match session::recipient(server, visit)
        .await
        .map_err(IntoResponse::into_response)?
    {
        Some(_) => Err(Redirect::to("/my").into_response()),
        None => Err(Redirect::to(&next::sign_in(wanted(request.uri()))).into_response()),
    }
}

async fn recipient(
    server: &Server,
    visit: &RequestContext,
    request: &mut Request<Body>,
) -> Result<(), Response> {
    match session::recipient(server, visit)
        .await
        .map_err(IntoResponse::into_response)?
    {
        Some(recipient) => {
            request.extensions_mut().insert(recipient);
            Ok(())
        }
        None if is_look(request) => Err(Redirect::to("/my/sign-in").into_response()),
        None => Err(Failure::from(Refusal::SignedOut).into_response()),
    }
}

/// The same address without a complete code or secret in its search text, if there is one. Pages write no such address;
/// people paste codes into all kinds of fields.
fn without_code(uri: &Uri) -> Option<String> {
    let Query(fields) = Query::<Vec<(String, String)>>::try_from_uri(uri).ok()?;
    let is_secret = |(name, value): &(String, String)| name == "q" && for_address(value) != *value;
    fields.iter().any(is_secret).then(|| {
        let shown = |(name, value): &(String, String)| {
            let value = if name == "q" {
                for_address(value)
            } else {
                value.clone()
            };
            format!("{}={}", next::encoded(name), next::encoded(&value))
        };
        let fields: Vec<_> = fields.iter().map(shown).collect();
        format!("{}?{}", uri.path(), fields.join("&"))
    })
}

fn is_look(request: &Request<Body>) -> bool {
    let accept = request
        .headers()
        .get(http::header::ACCEPT)
        .and_then(|value| value.to_str().ok())
        .unwrap_or("*/*");
    matches!(*request.method(), Method::GET | Method::HEAD) && !accept.contains("text/event-stream")
}

fn wanted(uri: &Uri) -> &str {
    uri.path_and_query().map_or("/", |wanted| wanted.as_str())
}

#[cfg(test)]
mod tests {
    use domain::prefixed::Prefix;
    use domain::{Code, PrefixedSecret};

    use super::*;

    #[test]
    fn a_whole_code_leaves_the_address() {
        let code = Code::from_random([7; 19]);
        let hint = next::encoded(&code.hint().to_string());
        let address = |text: &str| without_code(&text.parse().expect("an address"));
        for written in [
            code.grouped(),
            format!("https%3A%2F%2Fa.example%2Ft%2F{}", code.reveal()),
        ] {
            assert_eq!(
                address(&format!("/tokens?list=expired&q={written}&state=used-up")),
                Some(format!("/tokens?list=expired&q={hint}&state=used-up"))
            );
        }
        let secret = PrefixedSecret::from_random(Prefix::API, [7; 32]);
        assert_eq!(
            address(&format!("/administrator/tokens?q={}", secret.reveal())),
            Some(format!(
                "/administrator/tokens?q={}",
                next::encoded(&secret.hint().to_string())
            ))
        );
        assert_eq!(address("/tokens?q=Spring"), None);
        assert_eq!(address("/tokens"), None);
        assert_eq!(
            address(&format!("/tokens?q={hint}")),
            None,
            "it leads nowhere else again"
        );
    }
}
