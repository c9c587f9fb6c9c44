//! The tokens of one collection, in its editor. Organisations without the full Tokens feature make simple
//! ones here: single, with a name and an expiry.

use std::sync::Arc;

use domain::access_tokens::{NewTokenForm, TokenQuery, TokenRow, TokenType};
use domain::collections::CollectionState;
use domain::{CollectionId, Permission};
use leptos::prelude::*;

use super::actions::{OpenDialog, TokenActions};
use super::dialogs::TokenDialog;
use super::source::{Tokens, about};
use super::{api, row};
use crate::request_context::RequestContext;
use crate::ui::dialog::{Dialog, Opened, foot};
use crate::ui::feed::Feed;
use crate::ui::form::{Field, FormState, Kind};
use crate::ui::icon::{self, icon};
use crate::ui::list::{First, List};
use crate::ui::rows::{Foot, Rows};
use crate::ui::toast::Toasts;

/// The tokens of a collection.
#[component]
pub fn SimpleTokens(
    collection: CollectionId,
    state: Signal<CollectionState>,
    first: First<TokenRow>,
) -> AnyView {
    let visit = RequestContext::current();
    let query = TokenQuery {
        collection: Some(collection),
        ..TokenQuery::default()
    };
    let list = List::new(Arc::new(Tokens(query)), first);
    let actions = TokenActions::new(move |made| list.put_first(made), move |row| list.apply(row));
    let making_simple = RwSignal::new(false);
    Feed::listen(move |changes| list.hear(changes, false, about));
    let make = move |_| {
        if visit.full_tokens() {
            actions.open(OpenDialog::Create(Some(collection)));
        } else {
            making_simple.set(true);
        }
    };
    view! {
        <section class="panel tokens-of">
            <div class="panel-head">
                <h2>"Active tokens"</h2>
                {move || (state.get() == CollectionState::Published && visit.may(Permission::TokensManage)).then(|| view! {
                    <button type="button" class="button small" on:click=make>{icon(icon::PLUS)}"Create Token"</button>
                })}
            </div>
            {move || if list.is_empty() {
                let sentence = match state.get() {
                    CollectionState::Published => "No token opens this collection yet.",
                    CollectionState::Draft => "Publish the collection, then make tokens that open it.",
                    CollectionState::Archived => "An archived collection gets no new tokens.",
                };
                view! { <p class="quiet">{sentence}</p> }.into_any()
            } else {
                view! {
                    <div class="table tokens compact">
                        <table role="table" aria-label="Tokens of this collection">
                            <thead role="rowgroup">
                                <tr role="row">
                                    <th role="columnheader" scope="col" class="primary">"Name"</th>
                                    <th role="columnheader" scope="col" class="token">"Token"</th>
                                    <th role="columnheader" scope="col" class="type">"Type"</th>
                                    <th role="columnheader" scope="col" class="opens">"Collection"</th>
                                    <th role="columnheader" scope="col" class="n">"Uses"</th>
                                    <th role="columnheader" scope="col" class="n">"Remaining"</th>
                                    <th role="columnheader" scope="col" class="end">"Expires"</th>
                                    <th role="columnheader" scope="col" class="act"><span class="unseen">"Actions"</span></th>
                                </tr>
                            </thead>
                            <Rows list columns=row::COLUMNS draw=Arc::new(move |line, at| row::token_row(actions, line, at))/>
                        </table>
                        <Foot list/>
                    </div>
                }.into_any()
            }}
        </section>
        {move || making_simple.get().then(|| view! {
            <Dialog title="Create Token" on_close=move |()| making_simple.set(false)>
                <SimpleFields actions collection/>
            </Dialog>
        })}
        <TokenDialog actions/>
    }
    .into_any()
}

#[component]
fn SimpleFields(actions: TokenActions, collection: CollectionId) -> AnyView {
    let toasts = Toasts::current();
    let opened = Opened::around();
    let visit = RequestContext::current();
    let form = FormState::new("simple");
    let name = RwSignal::new(String::new());
    let expires = RwSignal::new(String::new());
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let typed = NewTokenForm {
            name: name.get_untracked(),
            token_type: TokenType::Single.key().to_owned(),
            expires: expires.get_untracked(),
            collection: collection.to_string(),
            ..NewTokenForm::default()
        };
        if form.fits(typed.parse(visit.today())) {
            form.send(api::create_token(typed), move |row| {
                toasts.say(format!("“{}” was made.", row.name));
                let link = OpenDialog::Share(row.id, row.name.clone());
                actions.made.try_run(row);
                if let Some(opened) = opened {
                    opened.close();
                }
                if visit.may(Permission::TokensReveal) {
                    actions.open(link);
                }
            });
        }
    };
    view! {
        <form class="form" novalidate on:submit=submit>
            <div class="body">
                <Field form name="name" label="Name" value=name first=true/>
                <Field form name="expires" label="Expires" value=expires kind=Kind::Date hint=Signal::stored("Blank: never".to_owned())/>
                <p class="says">"One link to this collection, used as often as people like. Limits and lists of links come with the full Tokens feature."</p>
                {form.failure()}
            </div>
            {foot("Create Token", form.busy.into())}
        </form>
    }
    .into_any()
}
