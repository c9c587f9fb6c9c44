//! The Create Token dialog.

use domain::access_tokens::{CollectionChoice, NewTokenForm, TokenType};
use domain::{CollectionId, Permission};
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::actions::{OpenDialog, TokenActions};
use super::{api, presets, sentence};
use crate::collections::api::collection_choices;
use crate::request_context::RequestContext;
use crate::routes;
use crate::ui::dialog::{Dialog, Opened, foot};
use crate::ui::form::{Field, FormState, Kind, Select};
use crate::ui::notice;
use crate::ui::toast::Toasts;

/// The dialog. Told nothing but what is typed, it makes a token.
#[component]
pub fn CreateToken(
    actions: TokenActions,
    collection: Option<CollectionId>,
    on_close: Callback<()>,
) -> AnyView {
    let choices = RwSignal::new(None::<Vec<CollectionChoice>>);
    let failed = RwSignal::new(None);
    spawn_local(async move {
        match collection_choices().await {
            Ok(found) => drop(choices.try_set(Some(found))),
            Err(error) => drop(failed.try_set(Some(error))),
        }
    });
    view! {
        <Dialog title="Create Token" on_close>
            {move || match (failed.get(), choices.get()) {
                (Some(error), _) => notice::problem(&error, None),
                (_, None) => view! { <div class="body waiting-for" aria-busy="true"></div> }.into_any(),
                (_, Some(choices)) if choices.is_empty() => nothing_published(),
                (_, Some(choices)) => view! { <Fields actions choices collection/> }.into_any(),
            }}
        </Dialog>
    }
    .into_any()
}

fn nothing_published() -> AnyView {
    let next =
        view! { <a class="button primary" href=routes::COLLECTIONS>"Go to the collections"</a> }.into_any();
    notice::empty(
        "No collection is published yet",
        "A token opens a collection. Publish one first, then come back.",
        next,
    )
}

#[component]
fn Fields(
    actions: TokenActions,
    choices: Vec<CollectionChoice>,
    collection: Option<CollectionId>,
) -> AnyView {
    let visit = RequestContext::current();
    let toasts = Toasts::current();
    let opened = Opened::around();
    let form = FormState::new("create");
    let only_one = (choices.len() == 1).then(|| choices[0].id);
    let chosen = collection
        .or(only_one)
        .map(|id| id.to_string())
        .unwrap_or_default();
    let name = RwSignal::new(String::new());
    let token_type = RwSignal::new(TokenType::Single.key().to_owned());
    let usage_limit = RwSignal::new(String::new());
    let no_of_tokens = RwSignal::new(String::new());
    let starts = RwSignal::new(String::new());
    let expires = RwSignal::new(String::new());
    let collection = RwSignal::new(chosen);
    let typed = move || NewTokenForm {
        name: name.get(),
        token_type: token_type.get(),
        usage_limit: usage_limit.get(),
        no_of_tokens: no_of_tokens.get(),
        starts: starts.get(),
        expires: expires.get(),
        collection: collection.get(),
    };
    let options: Vec<_> = std::iter::once((String::new(), "Choose…".to_owned()))
        .chain(
            choices
                .iter()
                .map(|choice| (choice.id.to_string(), choice.title.clone())),
        )
        .collect();
    let says = move || {
        let typed = typed();
        let title = choices
            .iter()
            .find(|choice| choice.id.to_string() == typed.collection);
        sentence::of_new_token(
            &typed,
            title.map(|choice| choice.title.as_str()),
            &visit.time_zone(),
        )
    };
    let is_multi = move || token_type.with(|key| key == TokenType::Multi.key());
    let zone = visit.time_zone();
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let typed = untrack(typed);
        if form.fits(typed.parse(visit.today())) {
            form.send(api::create_token(typed), move |row| {
                toasts.say(format!("“{}” was made.", row.name));
                let link = row.hint.is_some().then(|| (row.id, row.name.clone()));
                actions.made.try_run(row);
                // A link is made to be handed out. The codes of a multi token are on its page.
                if let Some((id, name)) = link.filter(|_| visit.may(Permission::TokensReveal)) {
                    actions.open_next(OpenDialog::Share(id, name));
                }
                if let Some(opened) = opened {
                    opened.close();
                }
            });
        }
    };
    view! {
        <form class="form" novalidate on:submit=submit>
            <div class="body">
                <Field form name="name" label="Name" value=name first=true/>
                <fieldset class="field" aria-describedby="create-token_type-problem">
                    <legend>"Token Type"</legend>
                    <div class="choice">
                        {[
                            (TokenType::Single, "One link for many people, up to a limit."),
                            (TokenType::Multi, "A list of links, each for one person."),
                        ].map(|(kind, explained)| view! {
                            <label>
                                <input
                                    type="radio" name="token_type" value=kind.key()
                                    prop:checked=move || token_type.with(|key| key == kind.key())
                                    on:change=move |_| token_type.set(kind.key().to_owned())
                                />
                                <b>{kind.label()}</b>
                                <span>{explained}</span>
                            </label>
                        }).collect_view()}
                    </div>
                </fieldset>
                {move || if is_multi() {
                    view! { <Field form name="no_of_tokens" label="No of Tokens" value=no_of_tokens kind=Kind::Number
                        hint=Signal::stored("1 to 100,000".to_owned())/> }.into_any()
                } else {
                    view! { <Field form name="usage_limit" label="Usage Limit" value=usage_limit kind=Kind::Number
                        hint=Signal::stored("Blank: no limit".to_owned())/> }.into_any()
                }}
                <div class="two">
                    <Field form name="starts" label="Starts" value=starts kind=Kind::Date hint=Signal::stored("Blank: at once".to_owned())/>
                    <Field form name="expires" label="Expires" value=expires kind=Kind::Date hint=Signal::stored("Blank: never".to_owned())/>
                </div>
                {presets::presets(expires, visit.today())}
                <Select form name="collection" label="Collection" value=collection options=Signal::stored(options)/>
                <p class="says" aria-live="polite" title=zone>{says}</p>
                {form.failure()}
            </div>
            {foot("Create Token", form.busy.into())}
        </form>
    }
    .into_any()
}
