//! The bar: what can be done with what is chosen, how far it is, and how it ended.

use std::time::Duration;

use domain::BatchId;
use domain::access_tokens::bulk::{BulkAction, BulkView};
use domain::form::grouped;
use domain::jobs::JobState;
use domain::page::NOT_COUNTED;
use gloo_timers::future::sleep;
use leptos::prelude::*;
use leptos::task::spawn_local;
use uuid::Uuid;

use super::Many;
use crate::access_tokens::actions::{OpenDialog, TokenActions};
use crate::access_tokens::api;
use crate::ui::browser;
use crate::ui::chosen::chosen_bar;
use crate::ui::icon::{self, icon};
use crate::ui::meter::meter;

/// The id of what tells how far it is.
const UNDER_WAY: &str = "under-way";

impl Many {
    /// What stands in sight while something is chosen or under way.
    pub(super) fn bar(self, actions: TokenActions) -> AnyView {
        let count = Signal::derive(move || match self.work.with(Option::is_some) {
            true => 0,
            false => self.count(),
        });
        let buttons = move |count| self.buttons(actions, count);
        view! {
            {move || self.work.get().map(|work| self.under_way(actions, work))}
            {chosen_bar(count, move || self.choose_none(), buttons)}
        }
        .into_any()
    }

    fn buttons(self, actions: TokenActions, count: i64) -> AnyView {
        let all = move |_| self.every.set(true);
        // A number below zero stands for more than it says; what was not counted cannot be chosen as a whole.
        let are_more =
            (self.list.total()).is_some_and(|total| total > count || total < NOT_COUNTED && total != count);
        let button = move |action: &'static BulkAction| {
            let class = match action.can_be_undone() {
                true => "button small",
                false => "button small danger",
            };
            view! {
                <button type="button" class=class on:click=move |_| actions.open(OpenDialog::Many(self, *action))>{action.label()}</button>
            }
        };
        view! {
            {are_more.then(|| view! { <button type="button" class="button small" on:click=all>"Choose all that fit"</button> })}
            {self.list.actions().iter().map(button).collect_view()}
            {self.export()}
        }
        .into_any()
    }

    /// The chosen ones as a file: by the question of the list, or by their ids, which have no room in an address.
    fn export(self) -> AnyView {
        let words = view! { {icon(icon::DOWNLOAD)}"Export" };
        if self.every.get_untracked() {
            return view! { <a class="button small" href=self.list.file() rel="external" download="">{words}</a> }
                .into_any();
        }
        let ids = self.chosen.with_untracked(|chosen| {
            let ids: Vec<String> = chosen.iter().map(Uuid::to_string).collect();
            ids.join(",")
        });
        let to = self.list.file();
        let to = to.split('?').next().unwrap_or_default().to_owned();
        view! {
            <form method="post" action=to>
                <input type="hidden" name="ids" value=ids/>
                <button type="submit" class="button small">{words}</button>
            </form>
        }
        .into_any()
    }

    /// How far it is, or how it ended.
    fn under_way(self, actions: TokenActions, work: BulkView) -> AnyView {
        let (id, job) = (work.id, work.progress.id);
        let is_running = work.progress.state == JobState::Running;
        let (done, total) = (work.progress.done, work.progress.total);
        let label = if work.is_undo { "Undo" } else { work.action.label() };
        let words = match is_running {
            true => format!("{label}: {} of {}", grouped(done), self.list.say(total)),
            false => self.said(&work),
        };
        let stop = move |_| {
            spawn_local(async move {
                if let Err(error) = api::cancel_job(job).await {
                    self.toasts.say(error.to_string());
                }
            });
        };
        let undo = work.can_be_undone().then(|| {
            view! {
                <button type="button" class="button small" on:click=move |_| self.undo(id)>"Undo"</button>
            }
        });
        let refused = (!is_running && work.refused > 0).then(|| {
            let work = StoredValue::new(work.clone());
            let why = move |_| actions.open(OpenDialog::Refused(work));
            view! { <button type="button" class="button small" on:click=why>"Show why"</button> }
        });
        view! {
            <span class="chosen" id=UNDER_WAY tabindex="-1">
                <b role="status">{words}</b>
                {match is_running {
                    true => view! { {meter(done, total)}<button type="button" class="button small" on:click=stop>"Stop"</button> }.into_any(),
                    false => view! {
                        {refused}{undo}
                        <button type="button" class="button small" on:click=move |_| self.work.set(None)>"Done"</button>
                    }.into_any(),
                }}
            </span>
        }
        .into_any()
    }

    /// What became of it, in words.
    fn said(self, work: &BulkView) -> String {
        let were = if work.changed == 1 { "was" } else { "were" };
        let done = match work.is_undo {
            true => "changed back",
            false => work.action.done(),
        };
        let mut words = format!("{} {were} {done}.", self.list.say(work.changed));
        if work.unchanged > 0 {
            words += &format!(" There was nothing to change in {}.", grouped(work.unchanged));
        }
        if work.refused > 0 {
            words += &format!(" Refused: {}.", grouped(work.refused));
        }
        words
    }

    /// Takes note that it began, and looks how far it is until it has ended.
    pub(super) fn begun(self, begun: BulkView) {
        self.choose_none();
        self.work.try_set(Some(begun));
        spawn_local(async move {
            let mut pause = 150;
            while let Some(Some(work)) = self.work.try_get_untracked() {
                if work.progress.state != JobState::Running {
                    return self.ended(&work);
                }
                sleep(Duration::from_millis(pause)).await;
                if pause == 150 {
                    // The dialog that asked is closed by now, and what it was opened from is gone.
                    browser::focus(UNDER_WAY);
                    pause = 600;
                }
                if let Ok(now) = api::work_on_tokens(work.id).await {
                    self.work.try_set(Some(now));
                }
            }
        });
    }

    /// What has nothing more to tell is told at the edge of the page; the rest stays until it was read.
    fn ended(self, work: &BulkView) {
        self.list.catch_up();
        if work.refused > 0 {
            return;
        }
        self.work.try_set(None);
        let (words, id) = (self.said(work), work.id);
        match work.can_be_undone() {
            true => self
                .toasts
                .offer_undo(words, Callback::new(move |()| self.undo(id))),
            false => self.toasts.say(words),
        }
    }

    fn undo(self, id: BatchId) {
        spawn_local(async move {
            match api::undo_on_tokens(id).await {
                Ok(begun) => self.begun(begun),
                Err(error) => self.toasts.say(error.to_string()),
            }
        });
    }
}
