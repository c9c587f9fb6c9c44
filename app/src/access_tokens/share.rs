//! The dialog that hands out a link: to copy, to read aloud, to scan.

use std::time::Duration;

use domain::TokenId;
use domain::access_tokens::SharedLink;
use gloo_timers::future::sleep;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::api;
use crate::ui::dialog::Dialog;
use crate::ui::icon::{self, icon};
use crate::ui::{browser, notice};

/// The dialog. Opening it asks for the secret, which is recorded.
#[component]
pub fn Share(id: TokenId, name: String, on_close: Callback<()>) -> AnyView {
    let answer = RwSignal::new(None);
    spawn_local(async move {
        let shared = api::share_token(id).await;
        answer.try_set(Some(shared));
    });
    let title = format!("Share {name}");
    view! {
        <Dialog title class="share" on_close>
            <div class="body" aria-busy=move || answer.with(Option::is_none).then_some("true")>
                {move || answer.get().map(|answer| match answer {
                    Ok(shared) => link(shared, &name),
                    Err(error) => notice::problem(&error, None),
                })}
            </div>
        </Dialog>
    }
    .into_any()
}

fn link(shared: SharedLink, name: &str) -> AnyView {
    let encoded = |text: &str| String::from(js_sys::encode_uri_component(text));
    let svg = format!("data:image/svg+xml,{}", encoded(&shared.qr_svg));
    let mail = format!("mailto:?subject={}&body={}", encoded(name), encoded(&shared.link));
    let sheet = browser::can_share().then(|| {
        let link = shared.link.clone();
        view! { <button type="button" class="button" on:click=move |_| browser::share(&link)>{icon(icon::SHARE)}"Share…"</button> }
    });
    let sentence = shared.sentence();
    let picture = svg.clone();
    view! {
        <CopyField id="share-link" label="Link" text=shared.link action="Copy link" first=true/>
        <CopyField id="share-code" label="Code" text=shared.code action="Copy code"/>
        <img class="qr" src=picture alt="The link as a QR code" width="200" height="200"/>
        <div class="presets">
            {sheet}
            <a class="button" href=mail>{icon(icon::MAIL)}"Mail it"</a>
            <a class="button" href=svg download="link.svg">"QR code as SVG"</a>
            <a class="button" href=shared.qr_png download="link.png">"QR code as PNG"</a>
        </div>
        <p class="fine">{sentence}" That you looked at it was recorded."</p>
    }
    .into_any()
}

/// A text to copy, with a button. What became of it is said here: a message at the edge of the page would lie
/// behind the dialog.
#[component]
pub fn CopyField(
    id: &'static str,
    label: &'static str,
    #[prop(into)] text: String,
    action: &'static str,
    /// Whether its button has the focus when it shows.
    #[prop(optional)]
    first: bool,
) -> AnyView {
    let button = NodeRef::<leptos::html::Button>::new();
    Effect::new(move |_| {
        if let Some(button) = button.get().filter(|_| first) {
            drop(button.focus());
        }
    });
    let copied = RwSignal::new(None::<bool>);
    let kept = StoredValue::new(text.clone());
    let copy = move |_| {
        spawn_local(async move {
            let worked = browser::copy(id, kept.get_value()).await;
            if !worked {
                browser::focus_and_select(id);
            }
            copied.try_set(Some(worked));
            sleep(Duration::from_secs(4)).await;
            copied.try_set(None);
        });
    };
    let picture = move || match copied.get() {
        Some(true) => icon(icon::TICK),
        _ => icon(icon::COPY),
    };
    let said = move || match copied.get() {
        Some(true) => format!("{label} copied."),
        Some(false) => "This browser does not let pages copy. It is selected: press Ctrl+C.".to_owned(),
        None => String::new(),
    };
    view! {
        <div class="field">
            <label for=id>{label}</label>
            <div class="copy">
                <input
                    id=id class="input code-text" type="text" readonly value=text
                    on:focus=move |_| browser::select(id)
                />
                <button type="button" class="button" node_ref=button on:click=copy>{picture}{action}</button>
            </div>
            <small role="status" class="said">{said}</small>
        </div>
    }
    .into_any()
}
