//! Adding pictures: a file is chosen, sent, and stands on the page or behind it.

use domain::DesignPictureId;
use domain::campaigns::design::{Background, Layer, MOST_PICTURE_BYTES, PICTURE_TOO_LARGE, Picture};
use leptos::html;
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{File, FormData, RequestInit, Response};

use super::desk::Desk;
use crate::routes;
use crate::ui::icon::{self, icon};

/// A picture that was sent: its id, width and height.
#[derive(Clone, Copy)]
pub struct Sent {
    id: DesignPictureId,
    width: f32,
    height: f32,
}

/// A button that lets a file be chosen and sends it.
pub fn chooser(label: &'static str, desk: Desk, done: fn(Desk, Sent)) -> AnyView {
    let input = NodeRef::<html::Input>::new();
    let busy = RwSignal::new(false);
    let chosen = move |_| {
        let Some(input) = input.get_untracked() else {
            return;
        };
        let Some(file) = input.files().and_then(|files| files.get(0)) else {
            return;
        };
        input.set_value("");
        if file.size() > MOST_PICTURE_BYTES as f64 {
            desk.toasts.say(PICTURE_TOO_LARGE);
            return;
        }
        busy.set(true);
        spawn_local(async move {
            match send(desk, &file).await {
                Ok(sent) => done(desk, sent),
                Err(sentence) => desk.toasts.say(sentence),
            }
            busy.try_set(false);
        });
    };
    view! {
        <button
            type="button" class="button small" aria-busy=move || busy.get().then_some("true") disabled=move || busy.get()
            on:click=move |_| if let Some(input) = input.get_untracked() { input.click() }
        >{icon(icon::UPLOAD)}{label}</button>
        <input
            type="file" class="unseen" tabindex="-1" aria-label=format!("{label}: file") node_ref=input
            accept="image/png,image/jpeg,image/svg+xml,.pdf" on:change=chosen
        />
    }
    .into_any()
}

/// Puts a picture on the page, as large as looks well.
pub fn place(desk: Desk, sent: Sent) {
    let (width, height) = desk.history.with_untracked(|history| history.now().size());
    let scale = (width * 0.3 / sent.width)
        .min(height * 0.3 / sent.height)
        .min(1.0);
    let (wide, high) = ((sent.width * scale).max(8.0), (sent.height * scale).max(8.0));
    desk.add(Layer::Picture(Picture {
        picture: sent.id,
        x: ((width - wide) / 2.0).round(),
        y: ((height - high) / 2.0).round(),
        width: wide.round(),
        height: high.round(),
        description: String::new(),
    }));
}

/// Puts a picture behind everything.
pub fn put_behind(desk: Desk, sent: Sent) {
    desk.change(None, |design| {
        design.background = Background::Picture { picture: sent.id };
    });
}

/// Sends a file. A plain request and not a server function: those take less than a picture may have.
async fn send(desk: Desk, file: &File) -> Result<Sent, String> {
    let unreached = |_: JsValue| "The picture was not added. Try again.".to_owned();
    let form = FormData::new().map_err(unreached)?;
    form.append_with_blob_and_filename("file", file, &file.name())
        .map_err(unreached)?;
    let request = RequestInit::new();
    request.set_method("POST");
    request.set_body(&form);
    let answer = window().fetch_with_str_and_init(&routes::pictures(desk.campaign), &request);
    let answer: Response = JsFuture::from(answer).await.map_err(unreached)?.unchecked_into();
    if answer.status() == 413 {
        return Err(PICTURE_TOO_LARGE.to_owned());
    }
    if !answer.ok() {
        let said = JsFuture::from(answer.text().map_err(unreached)?).await.ok();
        let said = said.and_then(|said| said.as_string()).unwrap_or_default();
        return Err(
            if said.is_empty() || said.len() > 300 || said.starts_with(['<', '{']) {
                "The picture was not added. Try again.".to_owned()
            } else {
                said
            },
        );
    }
    let value = JsFuture::from(answer.json().map_err(unreached)?)
        .await
        .map_err(unreached)?;
    let member = |name: &str| js_sys::Reflect::get(&value, &JsValue::from_str(name)).ok();
    let side = |name: &str| {
        member(name)
            .and_then(|side| side.as_f64())
            .map(|side| (side as f32).max(1.0))
    };
    let id = member("id")
        .and_then(|id| id.as_string())
        .and_then(|id| id.parse().ok());
    match (id, side("width"), side("height")) {
        (Some(id), Some(width), Some(height)) => Ok(Sent { id, width, height }),
        _ => Err("This page is older than the server. Load it again.".to_owned()),
    }
}
