//! The editor of a collection.

use domain::access_tokens::{TokenQuery, TokenRow};
use domain::collections::{CollectionState, CollectionView};
use domain::feed::Change;
use domain::{CollectionId, Permission, Refusal};
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_meta::Title;
use serde::{Deserialize, Serialize};

use super::{api, head, items};
use crate::access_tokens::SimpleTokens;
use crate::access_tokens::api::{count_tokens, list_tokens};
use crate::error::ApiError;
use crate::request_context::RequestContext;
use crate::routes;
use crate::ui::feed::Feed;
use crate::ui::icon::{self, icon};
use crate::ui::list::First;
use crate::ui::opening;
use crate::ui::title;
use crate::ui::toast::Toasts;

/// What the page opens with.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Opening {
    view: CollectionView,
    tokens: First<TokenRow>,
}

/// The page.
pub fn editor_page() -> AnyView {
    let id = opening::id();
    opening::opening(
        id.into(),
        move || Box::pin(open(id.get_untracked())),
        |opening| view! { <Editor opening/> }.into_any(),
        |_| None,
    )
}

async fn open(id: String) -> Result<Opening, ApiError> {
    let id: CollectionId = id.parse().map_err(|_| Refusal::NotFound)?;
    let query = TokenQuery {
        collection: Some(id),
        ..TokenQuery::default()
    };
    let tokens = opening::both(list_tokens(query.clone()), count_tokens(query));
    let (view, (page, total)) = opening::both(api::get_collection(id), tokens).await?;
    let tokens = First { page, total };
    Ok(Opening { view, tokens })
}

#[component]
fn Editor(opening: Opening) -> AnyView {
    let visit = RequestContext::current();
    let id = opening.view.id;
    let view = RwSignal::new(opening.view);
    let may_change = visit.may(Permission::CollectionsManage);
    let state = Signal::derive(move || view.with(|view| view.state));
    Feed::listen(move |changes| {
        let is_about_this = |change: &Change| match change {
            Change::Collection { id: other, .. } => *other == id,
            Change::Everything => true,
            _ => false,
        };
        if changes.iter().any(is_about_this) {
            spawn_local(async move {
                if let Ok(now) = api::get_collection(id).await {
                    view.try_update(|view| {
                        let is_new = *view != now;
                        *view = now;
                        is_new
                    });
                }
            });
        }
    });
    view! {
        <Title text=title::following(view, |view| &view.title)/>
        <a class="back" href=routes::COLLECTIONS>{icon(icon::BACK)}"Collections"</a>
        <div class="head">
            <h1>{move || view.with(|view| view.title.clone())}</h1>
            {move || head::state(state.get())}
            <span class="actions">
                <a class="button" href=routes::preview(id) rel="external">{icon(icon::EYE)}"Preview"</a>
                {may_change.then(|| view! { <StateButtons view/> })}
            </span>
        </div>
        <p class="means">{move || means(&view.read())}</p>
        <div class="editor">
            <div class="main-part">
                <items::Items view may_change/>
                <SimpleTokens collection=id state first=opening.tokens/>
            </div>
            <head::HeadForm view may_change/>
        </div>
    }
    .into_any()
}

/// What the state means, and whom a change would affect.
fn means(view: &CollectionView) -> String {
    let people = match view.people {
        0 => "Nobody has it yet.".to_owned(),
        1 => "One person has it.".to_owned(),
        people => format!("{} people have it.", domain::form::grouped(people)),
    };
    format!("{} {people}", view.state.means())
}

/// The transitions from one state to another.
#[component]
fn StateButtons(view: RwSignal<CollectionView>) -> AnyView {
    let toasts = Toasts::current();
    let busy = RwSignal::new(false);
    let set = move |state: CollectionState, words: &'static str| {
        if busy.get_untracked() {
            return;
        }
        busy.set(true);
        let (id, before) = view.with_untracked(|view| (view.id, view.state));
        spawn_local(async move {
            let answer = api::set_collection_state(id, state).await;
            busy.try_set(false);
            match answer {
                Ok(now) => {
                    view.try_set(now);
                    // What affects other people can be undone as easily as it was clicked.
                    match before {
                        CollectionState::Published => {
                            toasts.offer_undo(words, back(view, toasts, id, before));
                        }
                        _ => toasts.say(words),
                    }
                }
                Err(error) => toasts.say(error.to_string()),
            }
        });
    };
    let publish = move |_| {
        set(
            CollectionState::Published,
            "Published. Tokens can be made for it now.",
        );
    };
    let archive = move |_| {
        set(
            CollectionState::Archived,
            "Archived. Who has it keeps it; its links open nothing now.",
        );
    };
    let draft = move |_| {
        set(
            CollectionState::Draft,
            "Back to draft. Its tokens say that it is not ready.",
        );
    };
    (move || match view.with(|view| view.state) {
        CollectionState::Draft => view! {
            <button type="button" class="button primary" on:click=publish>"Publish"</button>
        }
        .into_any(),
        CollectionState::Published => view! {
            <button type="button" class="button" on:click=draft>"Back to draft"</button>
            <button type="button" class="button" on:click=archive>"Archive"</button>
        }
        .into_any(),
        CollectionState::Archived => view! {
            <button type="button" class="button" on:click=draft>"Back to draft"</button>
            <button type="button" class="button primary" on:click=publish>"Publish again"</button>
        }
        .into_any(),
    })
    .into_any()
}

/// Restores the collection's previous state, even when its page was left in the meantime.
fn back(
    view: RwSignal<CollectionView>,
    toasts: Toasts,
    id: CollectionId,
    before: CollectionState,
) -> Callback<()> {
    Callback::new(move |()| {
        spawn_local(async move {
            match api::set_collection_state(id, before).await {
                Ok(now) => drop(view.try_set(now)),
                Err(error) => toasts.say(error.to_string()),
            }
        });
    })
}
