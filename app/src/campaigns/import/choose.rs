//! The file, or the table that is pasted. It is sent as it is: the server reads every form that spreadsheets write.

use domain::CampaignId;
use leptos::html;
use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{FormData, XmlHttpRequest};

use crate::routes;
use crate::ui::form::{Field, FormState, Kind};

/// What is sent.
enum Sent {
    File(web_sys::File),
    Text(String),
}

#[component]
pub fn Choose(campaign: CampaignId) -> AnyView {
    let form = FormState::new("import");
    let input = NodeRef::<html::Input>::new();
    let text = RwSignal::new(String::new());
    let problem = form.problem("file");
    let navigate = use_navigate();
    let done = Callback::new(move |import: String| {
        navigate(&routes::import_of(campaign, &import), NavigateOptions::default());
    });
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let file = input
            .get_untracked()
            .and_then(|input| input.files())
            .and_then(|files| files.get(0));
        let typed = text.get_untracked();
        match file {
            Some(file) => send(campaign, form, Sent::File(file), done),
            None if !typed.trim().is_empty() => send(campaign, form, Sent::Text(typed), done),
            None => refuse(form, "Choose a file, or paste a table."),
        }
    };
    view! {
        <section class="panel narrow">
            <form class="form" novalidate on:submit=submit>
                <div class="body">
                    <div class="field">
                        <label for="import-file">"File"</label>
                        <input id="import-file" class="input" type="file" node_ref=input
                            accept=".csv,.tsv,.txt,.xlsx,text/csv,application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
                            aria-describedby="import-file-hint"
                            aria-invalid=move || problem.with(Option::is_some).then_some("true")/>
                        <small id="import-file-hint">"CSV or Excel (XLSX), up to 50,000 rows. Nothing is added before you have seen what is in it."</small>
                        {move || problem.get().map(|sentence| view! { <p class="field-problem" id="import-file-problem">{sentence}</p> })}
                    </div>
                    <Field form name="text" label="Or paste a table" value=text kind=Kind::Lines(8)
                        hint=Signal::stored("With a row of headings, copied from a spreadsheet.".to_owned())/>
                    {form.failure()}
                </div>
                <footer><button type="submit" class="button primary" disabled=move || form.busy.get()>"Continue"</button></footer>
            </form>
        </section>
    }
    .into_any()
}

fn refuse(form: FormState, sentence: &str) {
    let mut problems = domain::Problems::default();
    problems.add("file", sentence);
    form.refuse(problems);
}

/// Sends it with a plain request: a file is no argument of a function.
fn send(campaign: CampaignId, form: FormState, sent: Sent, done: Callback<String>) {
    let (Ok(request), Ok(data)) = (XmlHttpRequest::new(), FormData::new()) else {
        return;
    };
    let added = match &sent {
        Sent::File(file) => data.append_with_blob_and_filename("file", file, &file.name()),
        Sent::Text(text) => data.append_with_str("text", text),
    };
    if added.is_err() || request.open("POST", &routes::import(campaign)).is_err() {
        return;
    }
    form.busy.set(true);
    let ended = Closure::<dyn FnMut()>::new({
        let request = request.clone();
        move || {
            form.busy.try_set(false);
            let answer = request.response_text().ok().flatten().unwrap_or_default();
            match request.status().unwrap_or_default() {
                // The answer is `{"id":"…"}`.
                200 => {
                    if let Some(import) = answer.split('"').nth(3) {
                        done.run(import.to_owned());
                    }
                }
                0 => refuse(form, "The server could not be reached. Try again."),
                413 => refuse(form, "A file of recipients has at most 16 MB."),
                _ if !answer.is_empty() && answer.len() < 300 && !answer.starts_with(['<', '{']) => {
                    refuse(form, &answer);
                }
                _ => refuse(form, "The file could not be read. Try again."),
            }
        }
    });
    request.set_onloadend(Some(ended.as_ref().unchecked_ref()));
    if request.send_with_opt_form_data(Some(&data)).is_err() {
        form.busy.set(false);
    }
    // The browser calls it when the request is over; it is rare enough to let it stay.
    ended.forget();
}
