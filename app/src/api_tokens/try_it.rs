//! *Try it*: the call of the command, made by this browser with the string that is shown in it.
//!
//! The string goes from the page to the API in the head of the request, as any program sends it: it stands in no address,
//! and the server sees no more of it than of every other call. Nothing of whoever is signed in goes along.

use leptos::prelude::*;
use leptos::task::spawn_local;
use send_wrapper::SendWrapper;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Headers, RequestCredentials, RequestInit, Response};

use super::use_it::PATH;

/// The button, and what came back.
#[component]
pub fn TryIt(secret: String) -> AnyView {
    let said = RwSignal::new(String::new());
    let busy = RwSignal::new(false);
    let secret = StoredValue::new(secret);
    let ask = move |_| {
        if busy.get_untracked() {
            return;
        }
        busy.set(true);
        spawn_local(async move {
            let came = call(&secret.get_value()).await;
            busy.try_set(false);
            said.try_set(came.unwrap_or_else(|_| "The call did not arrive. Are you online?".into()));
        });
    };
    view! {
        <div class="field">
            <div>
                <button type="button" class="button small" aria-busy=move || busy.get().then_some("true") on:click=ask>"Try it"</button>
                " "<span class="quiet">"Makes this call from your browser. It counts as a use of the token."</span>
            </div>
            <div role="status">
                <pre class="command" tabindex="0" role="group" aria-label="Answer" hidden=move || said.with(String::is_empty)>
                    <code>{move || said.get()}</code>
                </pre>
            </div>
        </div>
    }
    .into_any()
}

/// What a status says to somebody who does not know it.
fn meaning(status: u16) -> &'static str {
    match status {
        200 => "the token works.",
        401 => "the token opens nothing now.",
        403 => "the token may not be used like this, or from here.",
        429 => "the token calls too often.",
        _ => "something is wrong.",
    }
}

/// The status in words, and below it what came back.
async fn call(secret: &str) -> Result<String, JsValue> {
    let headers = Headers::new()?;
    headers.set("authorization", &format!("Bearer {secret}"))?;
    headers.set("accept", "application/json")?;
    let request = RequestInit::new();
    request.set_headers(&headers);
    request.set_credentials(RequestCredentials::Omit);
    let coming = window().fetch_with_str_and_init(PATH, &request);
    SendWrapper::new(async move {
        let response: Response = JsFuture::from(coming).await?.unchecked_into();
        let text = JsFuture::from(response.text()?).await?;
        let status = response.status();
        Ok(format!(
            "{status}: {}\n\n{}",
            meaning(status),
            in_lines(&text.as_string().unwrap_or_default())
        ))
    })
    .await
}

/// JSON with a line for each field; anything else as it came.
fn in_lines(text: &str) -> String {
    let again = js_sys::JSON::parse(text).and_then(|value| {
        js_sys::JSON::stringify_with_replacer_and_space(&value, &JsValue::NULL, &JsValue::from(2))
    });
    again
        .ok()
        .and_then(|lines| lines.as_string())
        .unwrap_or_else(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_is_said_in_words() {
        assert_eq!(meaning(200), "the token works.");
        assert_eq!(meaning(403), "the token may not be used like this, or from here.");
        assert_eq!(meaning(500), "something is wrong.");
    }
}
