//! Adding a file: chosen, then sent with a progress indicator.
//!
//! A plain request and not a server function, because only it reports progress.

use domain::collections::{CollectionView, LARGEST_FILE, TOO_LARGE};
use leptos::html;
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{File, FormData, ProgressEvent, XmlHttpRequest};

use super::api;
use crate::routes;
use crate::ui::icon::{self, icon};
use crate::ui::meter::meter;
use crate::ui::toast::Toasts;

/// The progress of a file, in percent.
type Sending = RwSignal<Option<(String, i64)>>;

/// The button that adds files.
#[component]
pub fn Upload(view: RwSignal<CollectionView>) -> AnyView {
    let toasts = Toasts::current();
    let input = NodeRef::<html::Input>::new();
    let sending: Sending = RwSignal::new(None);
    let chosen = move |_| {
        let Some(input) = input.get_untracked() else {
            return;
        };
        let Some(file) = input.files().and_then(|files| files.get(0)) else {
            return;
        };
        input.set_value("");
        if file.size() > LARGEST_FILE as f64 {
            toasts.say(TOO_LARGE);
        } else {
            send(view, sending, toasts, &file);
        }
    };
    view! {
        <button
            type="button" class="button small" disabled=move || sending.with(Option::is_some)
            on:click=move |_| if let Some(input) = input.get_untracked() { input.click() }
        >{icon(icon::UPLOAD)}"Add file"</button>
        <input type="file" class="unseen" tabindex="-1" aria-label="File" node_ref=input on:change=chosen/>
        {move || sending.get().map(|(name, percent)| view! {
            <span class="sending" role="status">{format!("{name}: {percent} %")}{meter(percent, 100)}</span>
        })}
    }
    .into_any()
}

fn send(view: RwSignal<CollectionView>, sending: Sending, toasts: Toasts, file: &File) {
    let id = view.with_untracked(|view| view.id);
    let (Ok(request), Ok(form)) = (XmlHttpRequest::new(), FormData::new()) else {
        return;
    };
    let name = file.name();
    if form.append_with_blob_and_filename("file", file, &name).is_err()
        || request.open("POST", &routes::upload(id)).is_err()
    {
        return;
    }
    sending.set(Some((name.clone(), 0)));
    let progressed = Closure::<dyn FnMut(ProgressEvent)>::new({
        let name = name.clone();
        move |event: ProgressEvent| {
            if event.total() > 0.0 {
                sending.try_set(Some((
                    name.clone(),
                    (event.loaded() * 100.0 / event.total()) as i64,
                )));
            }
        }
    });
    let ended = Closure::<dyn FnMut()>::new({
        let request = request.clone();
        move || {
            sending.try_set(None);
            let status = request.status().unwrap_or_default();
            if (200..400).contains(&status) {
                toasts.say(format!("“{name}” was added."));
                spawn_local(async move {
                    if let Ok(now) = api::get_collection(id).await {
                        view.try_set(now);
                    }
                });
            } else {
                toasts.say(why_not(status, request.response_text().ok().flatten()));
            }
        }
    });
    if let Ok(upload) = request.upload() {
        upload.set_onprogress(Some(progressed.as_ref().unchecked_ref()));
    }
    request.set_onloadend(Some(ended.as_ref().unchecked_ref()));
    drop(request.set_request_header("Accept", "application/json"));
    if request.send_with_opt_form_data(Some(&form)).is_err() {
        sending.set(None);
    }
    // The browser calls them until the request ends; this is rare enough to leak them.
    progressed.forget();
    ended.forget();
}

/// The server's message, if it is a short sentence.
fn why_not(status: u16, answer: Option<String>) -> String {
    match (status, answer) {
        (0, _) => "The server could not be reached. The file was not added.".to_owned(),
        (413, _) => TOO_LARGE.to_owned(),
        (_, Some(words)) if !words.is_empty() && words.len() < 300 && !words.starts_with(['<', '{']) => words,
        _ => "The file was not added. Try again.".to_owned(),
    }
}
