//! `/gate/envoy/…`: what Envoy's `ext_authz` over HTTP asks. It sends the client's own method, and the client's path and
//! query behind this door's address; the client gets any answer but 200 as it is.

use axum::extract::State;
use axum::response::Response;
use http::header::HOST;
use http::{Request, Uri};

use super::answer::Door;
use super::forward::url;
use super::heads::{Heads, Original, one};
use crate::serve::Peer;
use crate::server::Server;

/// What stands before the client's path.
const PREFIX: &str = "/gate/envoy";

/// Whether a request is let through.
pub async fn decide(State(server): State<Server>, request: Request<axum::body::Body>) -> Response {
    let peer = request.extensions().get::<Peer>().map(|peer| peer.0.ip());
    let headers = request.headers();
    let original = original(&request);
    let heads = original
        .as_ref()
        .map(|original| Heads::of(original, peer, headers));
    super::decide(&server, Door::Envoy, heads, headers).await
}

fn original(request: &Request<axum::body::Body>) -> Option<Original> {
    let headers = request.headers();
    let host = match request.uri().authority() {
        Some(authority) => authority.as_str(),
        None => one(headers, HOST.as_str())?,
    };
    Some(Original {
        url: url(
            one(headers, "x-forwarded-proto")?,
            host,
            target(request.uri())?.as_bytes(),
        )?,
        method: request.method().as_str().to_owned(),
        // Envoy keeps a name that the client chose.
        request_id: None,
    })
}

/// The client's path and query.
fn target(uri: &Uri) -> Option<&str> {
    uri.path_and_query()?.as_str().strip_prefix(PREFIX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clients_path_stands_behind_the_door() {
        let of = |text: &str| target(&text.parse().expect("a URI")).map(str::to_owned);
        assert_eq!(
            of("/gate/envoy/a%2Fb//c?TOKEN=x&y").as_deref(),
            Some("/a%2Fb//c?TOKEN=x&y")
        );
        assert_eq!(of("/gate/envoy/").as_deref(), Some("/"));
        assert_eq!(of("/gate/nginx"), None);
    }
}
