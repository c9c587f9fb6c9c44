//! How a server function is called: one `POST` with its arguments, one answer.
//!
//! Leptos generates the sending and waiting separately for each function, a fifth of what browsers loaded. Here only
//! writing the arguments and reading the answer are specific to each function; [`ask`] is shared by all.

use std::future::Future;
use std::pin::Pin;

use http::Method;
use js_sys::Uint8Array;
use leptos::prelude::window;
use leptos::server_fn::client::Client;
use leptos::server_fn::codec::{FromReq, PostUrl};
use leptos::server_fn::error::FromServerFnError;
use leptos::server_fn::request::Req;
use leptos::server_fn::response::TryRes;
use leptos::server_fn::server::Server;
use leptos::server_fn::{ContentType, Protocol};
use send_wrapper::SendWrapper;
use serde::Serialize;
use serde::de::DeserializeOwned;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Headers, RequestInit, Response};

use crate::error::ApiError;
use crate::wire::{self, Wire};

/// The protocol of all server functions.
pub struct Rpc;

/// A pending answer.
pub type Coming<T> = Pin<Box<dyn Future<Output = Result<T, ApiError>> + Send>>;

impl<Input, Output, C, S> Protocol<Input, Output, C, S, ApiError> for Rpc
where
    Input: Serialize + DeserializeOwned + Send,
    Output: Serialize + DeserializeOwned + Send,
    C: Client<ApiError>,
    S: Server<ApiError>,
{
    const METHOD: Method = Method::POST;

    async fn run_server<F, Fut>(request: S::Request, function: F) -> Result<S::Response, ApiError>
    where
        F: Fn(Input) -> Fut + Send,
        Fut: Future<Output = Result<Output, ApiError>> + Send,
    {
        let kind = request.to_content_type().unwrap_or_default().into_owned();
        let input = if kind == Wire::CONTENT_TYPE {
            wire::read(&request.try_into_bytes().await?)?
        } else if kind.starts_with(PostUrl::CONTENT_TYPE) {
            // As a form sends it, so that a form can, and so can a developer who tries a function by hand.
            <Input as FromReq<PostUrl, S::Request, ApiError>>::from_req(request).await?
        } else {
            // A tab from before an upgrade.
            return Err(ApiError::malformed());
        };
        let answer = wire::write(&function(input).await?)?;
        S::Response::try_from_bytes(Wire::CONTENT_TYPE, answer.into())
    }

    fn run_client(path: &str, input: Input) -> impl Future<Output = Result<Output, ApiError>> + Send {
        let answer = wire::write(&input).map(|question| ask(path, &question));
        async move { wire::read(&answer?.await?) }
    }
}

/// Sends a request and waits for the bytes of its answer.
fn ask(path: &str, question: &[u8]) -> Coming<Vec<u8>> {
    let answer = send(path, question).map(|promise| SendWrapper::new(JsFuture::from(promise)));
    Box::pin(SendWrapper::new(async move {
        let answer: Response = answer.map_err(lost)?.await.map_err(lost)?.unchecked_into();
        let kind = answer
            .headers()
            .get("content-type")
            .ok()
            .flatten()
            .unwrap_or_default();
        let body = JsFuture::from(answer.array_buffer().map_err(lost)?)
            .await
            .map_err(lost)?;
        let bytes = Uint8Array::new(&body).to_vec();
        if kind != Wire::CONTENT_TYPE {
            // A server of another build refused, or something in front of the function did.
            return Err(match kind.starts_with(wire::KIND) {
                true => ApiError::malformed(),
                false => ApiError::Transport(kind),
            });
        }
        if answer.ok() {
            Ok(bytes)
        } else {
            Err(ApiError::de(bytes.into()))
        }
    }))
}

fn send(path: &str, question: &[u8]) -> Result<js_sys::Promise, JsValue> {
    let headers = Headers::new()?;
    headers.set("content-type", Wire::CONTENT_TYPE)?;
    headers.set("accept", Wire::CONTENT_TYPE)?;
    let request = RequestInit::new();
    request.set_method("POST");
    request.set_headers(&headers);
    request.set_body(&Uint8Array::from(question));
    Ok(window().fetch_with_str_and_init(path, &request))
}

fn lost(error: JsValue) -> ApiError {
    ApiError::Transport(error.as_string().unwrap_or_default())
}
