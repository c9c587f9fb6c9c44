//! The Token Manager's page.

mod clock;
mod first_steps;
mod table;
mod tools;

use std::sync::Arc;

use domain::access_tokens::{CollectionChoice, TokenQuery, TokenRow};
use domain::departments::DepartmentView;
use domain::finding::FirstSteps;
use domain::{Permission, Refusal};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;
use serde::{Deserialize, Serialize};

use self::clock::{watch_clock, watch_jobs};
use self::table::{TableHead, foot_links, nothing};
use self::tools::{Head, Tools};
use super::actions::{OpenDialog, TokenActions};
use super::dialogs::TokenDialog;
use super::many::Choosable;
use super::source::{Tokens, about};
use super::{address, api, row};
use crate::collections::api::collection_choices;
use crate::error::ApiError;
use crate::organisations::api::list_departments;
use crate::request_context::RequestContext;
use crate::routes;
use crate::ui::list::{First, List, Source};
use crate::ui::listing::{Question, Table, follow};
use crate::ui::opening::{both, opening};
use crate::ui::{browser, notice};

impl Question for TokenQuery {
    fn search(&self) -> &str {
        &self.search
    }
}

/// What the page opens with.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Opening {
    query: TokenQuery,
    first: First<TokenRow>,
    choices: Vec<CollectionChoice>,
    departments: Vec<DepartmentView>,
    /// Where there is nothing yet: what to do first.
    steps: Option<FirstSteps>,
}

/// The page.
pub fn token_manager() -> AnyView {
    let address = use_query_map();
    let query = Memo::new(move |_| address.with(address::token_query));
    view! {
        <Title text="Token Manager"/>
        {opening(
            Signal::stored(String::new()),
            move || Box::pin(open(query.get_untracked())),
            move |opening| view! { <Manager opening query/> }.into_any(),
            |refusal| (*refusal == Refusal::FeatureOff).then(feature_off),
        )}
    }
    .into_any()
}

async fn open(query: TokenQuery) -> Result<Opening, ApiError> {
    let choices = both(collection_choices(), list_departments());
    let (first, (choices, departments)) = both(Tokens::first(query.clone()), choices).await?;
    let is_new = first.total == 0 && query == TokenQuery::default();
    let steps = match is_new {
        true => Some(api::get_first_steps().await?).filter(|steps| !steps.has_tokens),
        false => None,
    };
    Ok(Opening {
        query,
        first,
        steps,
        choices,
        departments,
    })
}

fn feature_off() -> AnyView {
    let next =
        view! { <a class="button primary" href=routes::COLLECTIONS>"Go to the collections"</a> }.into_any();
    let sentence = "The full Tokens feature is not switched on for your organisation: ask whoever runs this \
                    installation. Simple tokens are made in the editor of a collection.";
    view! { <h1>"Token Manager"</h1>{notice::empty("Tokens are made with their collection", sentence, next)} }
        .into_any()
}

#[component]
fn Manager(opening: Opening, query: Memo<TokenQuery>) -> AnyView {
    let visit = RequestContext::current();
    let list = List::new(Arc::new(Tokens(opening.query.clone())), opening.first);
    let go = follow(list, opening.query, query, Tokens, address::of_token_query);
    let actions = TokenActions::new(
        move |made: TokenRow| {
            // Whether it is of the department that is asked for, only the server knows.
            let fits = |query: &TokenQuery| {
                *query == TokenQuery::default()
                    || (query.department.is_none() && Tokens(query.clone()).welcomes(&made))
            };
            if query.with_untracked(fits) {
                list.put_first(made);
                browser::to_top();
            } else {
                go.run(TokenQuery::default());
            }
        },
        move |row| list.settle(row),
    );
    watch_jobs(list);
    watch_clock(list);
    let keys = window_event_listener_untyped("keydown", move |event| shortcut(visit, actions, &event));
    on_cleanup(move || keys.remove());
    let makes = move || {
        let steps = [Permission::TokensManage, Permission::CollectionsManage];
        steps.into_iter().any(|permission| visit.may(permission))
    };

    view! {
        <Head list query actions/>
        <Tools query go choices=opening.choices departments=opening.departments/>
        <Table
            list label="Tokens" class="tokens" columns=row::COLUMNS about=Arc::new(about)
            head=view! { <TableHead query go/> }.into_any()
            draw=Arc::new(move |line, at| row::token_row(actions, line, at))
            empty=Arc::new(move || match &opening.steps {
                Some(steps) if makes() && query.with(|query| *query == TokenQuery::default()) => first_steps::first_steps(steps, actions),
                _ => nothing(&query.get(), go, actions),
            })
            foot=foot_links(query)
        />
        <TokenDialog actions boxes=Choosable::Tokens(list, query)/>
    }
    .into_any()
}

/// `C` makes a token.
fn shortcut(visit: RequestContext, actions: TokenActions, event: &web_sys::Event) {
    let is_c = visit
        .shortcut(event)
        .is_some_and(|key| matches!(key.as_str(), "c" | "C"));
    if is_c && visit.may(Permission::TokensManage) {
        actions.open(OpenDialog::Create(None));
        event.prevent_default();
    }
}
