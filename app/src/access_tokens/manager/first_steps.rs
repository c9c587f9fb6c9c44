//! What stands in place of the list while there has never been a token: the way from nothing to the first link that is
//! handed out, with what is done ticked.

use domain::Permission;
use domain::finding::FirstSteps;
use leptos::prelude::*;

use crate::access_tokens::actions::{OpenDialog, TokenActions};
use crate::request_context::RequestContext;
use crate::routes;
use crate::ui::icon::{self, icon};

pub fn first_steps(steps: &FirstSteps, actions: TokenActions) -> AnyView {
    let visit = RequestContext::current();
    let may_collect = visit.may(Permission::CollectionsManage);
    let may_make = visit.may(Permission::TokensManage);
    let has_collection = steps.is_published || steps.draft.is_some();
    let link = |to: String, words: &'static str| {
        may_collect.then(|| view! { <a class="button primary" href=to>{words}</a> }.into_any())
    };
    let begin = link(routes::COLLECTIONS.to_owned(), "Go to the collections");
    let publish = steps
        .draft
        .and_then(|id| link(routes::collection(id), "Open the draft"));
    let make = may_make.then(|| {
        view! {
            <button type="button" class="button primary" on:click=move |_| actions.open(OpenDialog::Create(None))>"Make the first one"</button>
        }
        .into_any()
    });
    let now = [has_collection, steps.is_published]
        .iter()
        .take_while(|done| **done)
        .count();
    let all = [
        (
            "Start a collection",
            "It is what a link opens: pages, links and files, in an order.",
            begin,
        ),
        ("Publish it", "A draft is seen by admins alone.", publish),
        (
            "Make a token",
            "One link for many people, or a list of links for one person each.",
            make,
        ),
        (
            "Hand out its link",
            "Copy it, show it as a QR code, or have it mailed to somebody.",
            None,
        ),
    ];
    let step =
        move |(at, (title, sentence, next)): (usize, (&'static str, &'static str, Option<AnyView>))| {
            let (is_done, is_now) = (at < now, at == now);
            let picture = icon(if is_done { icon::TICK } else { icon::CIRCLE });
            view! {
                <li class:done=is_done aria-current=is_now.then_some("step")>
                    {picture}
                    <span>
                        <b>{title}{is_done.then(|| view! { <span class="unseen">" (done)"</span> })}</b>
                        <small>{sentence}</small>
                    </span>
                    {next.filter(|_| is_now)}
                </li>
            }
        };
    view! {
        <div class="first-steps">
            <h2>"Four steps to the first link"</h2>
            <ol>{all.into_iter().enumerate().map(step).collect_view()}</ol>
        </div>
    }
    .into_any()
}
