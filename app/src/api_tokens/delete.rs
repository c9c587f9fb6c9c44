//! The dialog that ends API tokens: first what it would hit, then how far it is, then what became of each.

use std::collections::HashMap;

use domain::TokenId;
use domain::api_tokens::{Bulk, BulkPreview, BulkResult};
use domain::form::grouped;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::actions::{Actions, count};
use super::api;
use crate::error::ApiError;
use crate::ui::dialog::{Dialog, Opened};
use crate::ui::meter::meter;
use crate::ui::notice;
use crate::ui::opening::both;

/// Tokens that are changed in one transaction: between two, it is said how far it is.
const AT_ONCE: usize = 100;

/// Names that are asked for at once.
const NAMES: usize = 500;

type Names = HashMap<TokenId, String>;
type Results = Vec<(TokenId, BulkResult)>;

/// How far it is.
#[derive(Clone, PartialEq)]
enum Stage {
    /// What it would hit is on its way.
    Looking,
    /// It waits for somebody to say so.
    Asking(BulkPreview),
    /// So many are done.
    Doing(usize),
    /// This became of each.
    Done(Results),
    /// It could not be carried out; what was done before is there.
    Failed(ApiError, Results),
}

/// The dialog.
#[component]
pub fn Delete(ids: Vec<TokenId>, actions: Actions, on_close: Callback<()>) -> AnyView {
    let title = match ids.len() {
        1 => "Delete the API token".to_owned(),
        many => format!("Delete {} API tokens", grouped(count(many))),
    };
    view! {
        <Dialog title class="final" on_close>
            <Steps ids actions/>
        </Dialog>
    }
    .into_any()
}

#[component]
fn Steps(ids: Vec<TokenId>, actions: Actions) -> AnyView {
    let opened = Opened::around();
    let stage = RwSignal::new(Stage::Looking);
    let names = RwSignal::new(Names::new());
    let ids = StoredValue::new(ids);
    spawn_local(async move {
        match look(ids.get_value()).await {
            Ok((found, preview)) => {
                names.try_set(found);
                stage.try_set(Stage::Asking(preview));
            }
            Err(error) => drop(stage.try_set(Stage::Failed(error, Vec::new()))),
        }
    });
    let close = move || {
        if let Some(opened) = opened {
            opened.close();
        }
    };
    let delete = move |_| {
        let ids = ids.get_value();
        stage.set(Stage::Doing(0));
        spawn_local(async move {
            let (results, failed) = each(&ids, Bulk::Revoke, stage).await;
            actions.chosen.try_set(Vec::new());
            actions.changed.try_run(ids);
            match (failed, results.as_slice()) {
                (Some(error), _) => drop(stage.try_set(Stage::Failed(error, results))),
                (None, [(id, BulkResult::Revoked)]) => {
                    let name = names.try_with_untracked(|names| names.get(id).cloned()).flatten();
                    let name = name.unwrap_or_default();
                    actions
                        .toasts
                        .say(format!("“{name}” was deleted. It opens nothing any more."));
                    close();
                }
                (None, _) => drop(stage.try_set(Stage::Done(results))),
            }
        });
    };
    let suspend = move |_| {
        let ids = ids.get_value();
        stage.set(Stage::Doing(0));
        spawn_local(async move {
            let (results, failed) = each(&ids, Bulk::Suspend, stage).await;
            actions.chosen.try_set(Vec::new());
            actions.changed.try_run(ids);
            match failed {
                Some(error) => drop(stage.try_set(Stage::Failed(error, results))),
                None => {
                    actions.say_suspended(&results);
                    close();
                }
            }
        });
    };
    (move || {
        let all = ids.with_value(Vec::len);
        match stage.get() {
            Stage::Looking => view! { <div class="body" aria-busy="true"><p>"Looking at what uses them…"</p></div> }.into_any(),
            Stage::Asking(preview) => view! {
                <div class="body">
                    <p>{names.with_untracked(which)}</p>
                    <p><b>{hit(&preview)}</b></p>
                    <p>"Programs that use them are refused at once, for good. Suspending can be undone."</p>
                </div>
                <footer>
                    <button type="button" class="button" on:click=move |_| close()>"Cancel"</button>
                    <button type="button" class="button" on:click=suspend>"Suspend instead"</button>
                    <button type="button" class="button primary" on:click=delete>"Delete"</button>
                </footer>
            }.into_any(),
            Stage::Doing(done) => view! {
                <div class="body" role="status">
                    <p>{format!("{} of {}", grouped(count(done)), grouped(count(all)))}</p>
                    {meter(count(done), count(all))}
                </div>
            }.into_any(),
            Stage::Done(results) => view! {
                <div class="body">{names.with_untracked(|names| outcome(&results, names))}</div>
                <footer><button type="button" class="button" on:click=move |_| close()>"Done"</button></footer>
            }.into_any(),
            Stage::Failed(error, results) => view! {
                <div class="body">
                    {notice::problem(&error, None)}
                    {(!results.is_empty()).then(|| names.with_untracked(|names| outcome(&results, names)))}
                </div>
                <footer><button type="button" class="button" on:click=move |_| close()>"Close"</button></footer>
            }.into_any(),
        }
    })
    .into_any()
}

/// The names of the tokens, and what a change would hit.
async fn look(ids: Vec<TokenId>) -> Result<(Names, BulkPreview), ApiError> {
    let names = async {
        let mut names = Names::new();
        for some in ids.chunks(NAMES) {
            let rows = api::token_rows(some.to_vec()).await?;
            names.extend(rows.into_iter().map(|row| (row.id, row.name)));
        }
        Ok(names)
    };
    both(names, api::preview_change(ids.clone())).await
}

/// Changes some after the other, as far as it goes.
async fn each(ids: &[TokenId], what: Bulk, stage: RwSignal<Stage>) -> (Results, Option<ApiError>) {
    let mut results = Results::new();
    for some in ids.chunks(AT_ONCE) {
        match api::change_tokens(some.to_vec(), what).await {
            Ok(more) => results.extend(more),
            Err(error) => return (results, Some(error)),
        }
        stage.try_set(Stage::Doing(results.len()));
    }
    (results, None)
}

/// Which tokens it is about.
fn which(names: &Names) -> String {
    let mut names: Vec<&str> = names.values().map(String::as_str).collect();
    names.sort_unstable();
    match names.as_slice() {
        some if some.len() <= 4 => some.join(", "),
        [first, second, third, others @ ..] => {
            format!(
                "{first}, {second}, {third} and {} more",
                grouped(count(others.len()))
            )
        }
        _ => String::new(),
    }
}

/// What a change would hit, in words.
fn hit(preview: &BulkPreview) -> String {
    let all = preview.tokens;
    if all == 0 {
        return "None of them opens anything any more.".to_owned();
    }
    if preview.never_used == all {
        return match all {
            1 => "It was never used.".to_owned(),
            _ => "None of them was ever used.".to_owned(),
        };
    }
    let of = |used: i64| match all {
        1 => "It was".to_owned(),
        _ if used == 1 => format!("1 of {} was", grouped(all)),
        _ => format!("{} of {} were", grouped(used), grouped(all)),
    };
    let from = match preview.addresses {
        1 => ", from 1 address".to_owned(),
        many => format!(", from {} addresses", grouped(many)),
    };
    match (preview.used_last_hour, preview.used_last_day) {
        (0, 0) => format!("{} not used in the last day.", of(all)),
        (0, used) => format!("{} used in the last day{from}.", of(used)),
        (used, _) => format!("{} used in the last hour{from}.", of(used)),
    }
}

/// What became of each.
fn outcome(results: &[(TokenId, BulkResult)], names: &Names) -> AnyView {
    let revoked = results
        .iter()
        .filter(|(_, result)| *result == BulkResult::Revoked)
        .count();
    let rows = results
        .iter()
        .map(|(id, result)| {
            let name = names.get(id).cloned().unwrap_or_else(|| id.to_string());
            view! { <li><span class="titles">{name}</span><span class="quiet">{result.label()}</span></li> }
        })
        .collect_view();
    view! {
        <p role="status">{format!("{} of {} were deleted.", grouped(count(revoked)), grouped(count(results.len())))}</p>
        <ul class="plain-list results" tabindex="0" aria-label="What became of each">{rows}</ul>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_change_would_hit_is_said_in_a_sentence() {
        let preview = |tokens, hour, day, never| BulkPreview {
            tokens,
            used_last_hour: hour,
            used_last_day: day,
            addresses: 2,
            never_used: never,
            people: 1,
        };
        assert_eq!(
            hit(&preview(14, 3, 5, 2)),
            "3 of 14 were used in the last hour, from 2 addresses."
        );
        assert_eq!(
            hit(&preview(14, 0, 1, 2)),
            "1 of 14 was used in the last day, from 2 addresses."
        );
        assert_eq!(hit(&preview(2, 0, 0, 1)), "2 of 2 were not used in the last day.");
        assert_eq!(
            hit(&preview(1, 1, 1, 0)),
            "It was used in the last hour, from 2 addresses."
        );
        assert_eq!(hit(&preview(1, 0, 0, 1)), "It was never used.");
        assert_eq!(hit(&preview(0, 0, 0, 0)), "None of them opens anything any more.");
    }

    #[test]
    fn many_names_are_counted_and_few_are_said() {
        let names = |many: u128| -> Names {
            (0..many)
                .map(|n| (TokenId(uuid::Uuid::from_u128(n)), format!("Token {n}")))
                .collect()
        };
        assert_eq!(which(&names(2)), "Token 0, Token 1");
        assert_eq!(which(&names(5)), "Token 0, Token 1, Token 2 and 2 more");
    }
}
