//! A token's page: the codes of a multi token, the details of a single one.

use domain::access_tokens::{CodeQuery, CodeRow, HistoryEntry, TokenRow, TokenType, UsesView};
use domain::feed::Change;
use domain::form::grouped;
use domain::{Permission, Refusal, TokenId};
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_meta::Title;
use leptos_router::hooks::{use_navigate, use_query_map};
use serde::{Deserialize, Serialize};

use super::actions::{OpenDialog, TokenActions, TokenMenu, is_being_made};
use super::codes::CodeList;
use super::dialogs::TokenDialog;
use super::source::Codes;
use super::{address, api, facts, history, row, uses};
use crate::error::ApiError;
use crate::request_context::RequestContext;
use crate::routes;
use crate::ui::feed::Feed;
use crate::ui::icon::{self, icon};
use crate::ui::list::First;
use crate::ui::meter::meter;
use crate::ui::opening::{self, both};
use crate::ui::{time, title};

/// What the page opens with.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Opening {
    token: TokenRow,
    query: CodeQuery,
    codes: Option<First<CodeRow>>,
    history: Vec<HistoryEntry>,
    uses: UsesView,
}

/// The page.
pub fn token_page() -> AnyView {
    let id = opening::id();
    let address = use_query_map();
    opening::opening(
        id.into(),
        move || {
            Box::pin(open(
                id.get_untracked(),
                address.with_untracked(address::code_query),
            ))
        },
        |opening| view! { <TokenView opening/> }.into_any(),
        |_| None,
    )
}

async fn open(id: String, query: CodeQuery) -> Result<Opening, ApiError> {
    let id: TokenId = id.parse().map_err(|_| Refusal::NotFound)?;
    let (token, uses) = both(api::get_token(id), api::token_uses(id)).await?;
    let (mut codes, mut history) = (None, Vec::new());
    match token.token_type {
        TokenType::Multi => codes = Some(Codes::first(id, query.clone()).await?),
        TokenType::Single => history = api::token_history(id).await?,
    }
    Ok(Opening {
        token,
        query,
        codes,
        history,
        uses,
    })
}

#[component]
fn TokenView(opening: Opening) -> AnyView {
    let Opening {
        token,
        query,
        codes,
        history,
        uses,
    } = opening;
    let id = token.id;
    let token = RwSignal::new(token);
    let history = RwSignal::new(history);
    let uses = RwSignal::new(uses);
    let is_single = codes.is_none();
    let read_again = move || {
        spawn_local(async move {
            if let Ok(row) = api::get_token(id).await {
                token.try_set(row);
            }
            if let Ok(now) = api::token_uses(id).await {
                uses.try_set(now);
            }
            if is_single && let Ok(entries) = api::token_history(id).await {
                history.try_set(entries);
            }
        });
    };
    let actions = TokenActions::new(|_| {}, {
        move |row: TokenRow| {
            token.set(row);
            read_again();
        }
    });
    Feed::listen(move |changes| {
        if changes
            .iter()
            .any(|change| matches!(change, Change::Everything | Change::Token { .. } if concerns(change, id)))
        {
            read_again();
        }
    });
    leave_when_deleted(token);
    view! {
        <Title text=title::following(token, |token| &token.name)/>
        <TokenHead actions token/>
        {match codes {
            Some(first) => view! {
                <details class="panel">
                    <summary>"Uses per day"</summary>
                    {move || uses.with(|uses| uses::per_day(&uses.days))}
                </details>
                <CodeList actions token query first/>
            }.into_any(),
            None => view! { <Details actions token history uses/><TokenDialog actions/> }.into_any(),
        }}
    }
    .into_any()
}

/// Whether a change is about this token or one of its codes.
pub fn concerns(change: &Change, token: TokenId) -> bool {
    match change {
        Change::Token { id, .. } => *id == token,
        Change::Everything => true,
        _ => false,
    }
}

/// Who deletes a token on its own page goes back to the list, where it can be brought back.
fn leave_when_deleted(token: RwSignal<TokenRow>) {
    let navigate = use_navigate();
    let was_deleted = token.with_untracked(TokenRow::is_deleted);
    Effect::new(move |_| {
        if token.with(TokenRow::is_deleted) && !was_deleted {
            navigate(routes::TOKENS, Default::default());
        }
    });
}

#[component]
fn TokenHead(actions: TokenActions, token: RwSignal<TokenRow>) -> AnyView {
    let visit = RequestContext::current();
    let id = token.with_untracked(|token| token.id);
    let is_multi = token.with_untracked(|token| token.token_type == TokenType::Multi);
    let manages = visit.may(Permission::TokensManage);
    view! {
        <a class="back" href=routes::TOKENS>{icon(icon::BACK)}"Tokens"</a>
        <div class="head">
            <h1>{move || token.with(|token| token.name.clone())}</h1>
            {move || facts::state(token.with(|token| token.state))}
            <span class="actions">
                {is_multi.then(|| view! {
                    <a class="button" href=routes::codes_file(id) rel="external" download="">{icon(icon::DOWNLOAD)}"Export CSV"</a>
                })}
                {(is_multi && visit.may(Permission::TokensReveal)).then(|| view! {
                    <a class="button" href=routes::sheet(id) rel="external">{icon(icon::PAGE)}"Print codes"</a>
                })}
                {(is_multi && manages).then(|| view! {
                    <button type="button" class="button" on:click=move |_| actions.open(OpenDialog::AddCodes(id))>{icon(icon::PLUS)}"Add codes"</button>
                })}
                {manages.then(|| view! { <TokenMenu actions row=token/> })}
            </span>
        </div>
        <dl class="facts">
            <div><dt>"Opens"</dt><dd><a href=move || token.with(|token| routes::collection(token.collection))>
                {move || token.with(|token| token.collection_title.clone())}
            </a></dd></div>
            <div><dt>"Type"</dt><dd>{facts::token_type(token.with_untracked(|token| token.token_type))}</dd></div>
            <div><dt>"Uses"</dt><dd>{move || token.with(used)}</dd></div>
            <div><dt>"Expires"</dt><dd>{move || token.with(facts::expires)}</dd></div>
            <div><dt>"Last used"</dt><dd>{move || token.with(last_used)}</dd></div>
            <div><dt>"Made"</dt><dd>{move || token.with(|token| view! {
                {time::date(&token.created)}<span class="sub">{format!("by {}", token.created_by)}</span>
            })}</dd></div>
        </dl>
        {move || token.with(|token| making(actions, token))}
    }
    .into_any()
}

fn used(token: &TokenRow) -> AnyView {
    let limit = token.limit.map(|limit| format!(" of {}", grouped(limit)));
    let bar = token.limit.map(|limit| meter(token.uses, limit));
    view! { <span class="uses">{grouped(token.uses)}{limit}{bar}</span> }.into_any()
}

fn last_used(token: &TokenRow) -> AnyView {
    match &token.last_used {
        Some(when) => time::relative(when),
        None => view! { <span class="quiet">"not yet"</span> }.into_any(),
    }
}

/// How far the making of codes is, with a way to stop it.
fn making(actions: TokenActions, token: &TokenRow) -> Option<AnyView> {
    let progress = token.making.clone().filter(|_| is_being_made(token))?;
    let id = token.id;
    Some(
        view! {
            <div class="notice" role="status">
                <p>{format!("Making codes: {} of {}.", grouped(progress.done), grouped(progress.total))}</p>
                {meter(progress.done, progress.total)}
                <button type="button" class="button small" on:click=move |_| actions.cancel_job(progress.id, id)>"Stop"</button>
            </div>
        }
        .into_any(),
    )
}

#[component]
fn Details(
    actions: TokenActions,
    token: RwSignal<TokenRow>,
    history: RwSignal<Vec<HistoryEntry>>,
    uses: RwSignal<UsesView>,
) -> AnyView {
    let visit = RequestContext::current();
    let id = token.with_untracked(|token| token.id);
    view! {
        <section class="panel">
            <h2>"The link"</h2>
            <p class="quiet">"One link for many people. Click the code to see it, copy it or show it as a QR code."</p>
            <p>{move || token.with(|token| {
                token.hint.as_ref().map(|hint| row::share_button(actions, visit, token.id, hint, &token.name))
            })}</p>
        </section>
        <section class="panel">
            <h2>"Uses per day"</h2>
            {move || uses.with(|uses| view! { {uses::per_day(&uses.days)}{uses::latest(id, uses)} })}
        </section>
        <details class="panel">
            <summary>"History"</summary>
            {move || history.with(|entries| history::list(entries))}
        </details>
    }
    .into_any()
}
