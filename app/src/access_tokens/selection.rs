//! Which tokens of a list are chosen, to do the same to them: some, or all that the list has.

use domain::TokenId;
use domain::access_tokens::bulk::{BulkAction, Chosen};
use domain::access_tokens::{TokenQuery, TokenRow};
use leptos::prelude::*;
use uuid::Uuid;

use super::actions::{Ask, Desk};
use crate::ui::chosen::chosen_bar;
use crate::ui::list::List;

/// What is chosen in a list.
#[derive(Clone, Copy)]
pub struct Selection {
    /// The list.
    pub list: List<TokenRow>,
    ids: RwSignal<Vec<Uuid>>,
    /// Whether it is all that the list has, also what is not shown yet.
    is_all: RwSignal<bool>,
    /// What was ticked last, where a range begins.
    last: StoredValue<Uuid>,
}

impl Selection {
    /// Nothing of a list.
    pub fn of(list: List<TokenRow>) -> Self {
        Self {
            list,
            ids: RwSignal::new(Vec::new()),
            is_all: RwSignal::new(false),
            last: StoredValue::new(Uuid::nil()),
        }
    }

    /// Takes every tick away.
    pub fn clear(self) {
        self.is_all.try_set(false);
        self.ids.try_set(Vec::new());
    }

    fn has(self, key: Uuid) -> bool {
        self.is_all.get() || self.ids.with(|ids| ids.contains(&key))
    }

    /// Ticks a row or takes its tick away; with Shift, all from the last one to it.
    fn tick(self, key: Uuid, is_ticked: bool, is_range: bool) {
        let shown = self.list.keys();
        if self.is_all.get_untracked() {
            self.is_all.set(false);
            self.ids.set(shown.clone());
        }
        let at = |key: Uuid| shown.iter().position(|shown| *shown == key);
        let range = match (at(self.last.get_value()), at(key)) {
            (Some(from), Some(to)) if is_range => &shown[from.min(to)..=from.max(to)],
            _ => &[key],
        };
        self.ids.update(|ids| {
            ids.retain(|id| !range.contains(id));
            if is_ticked {
                ids.extend_from_slice(range);
            }
        });
        self.last.set_value(key);
    }

    /// What is chosen, as the server is asked.
    pub fn chosen(self, query: &TokenQuery) -> Chosen {
        match self.is_all.get_untracked() {
            true => Chosen::AllThatFit {
                query: query.clone(),
                expected: self.list.total.get_untracked().filter(|total| *total >= 0),
            },
            false => Chosen::These(self.ids.get_untracked().into_iter().map(TokenId).collect()),
        }
    }
}

/// The box of a row.
pub fn tick(selection: Selection, row: RwSignal<TokenRow>) -> AnyView {
    let key = row.with_untracked(|row| row.id.0);
    let label = move || row.with(|row| format!("Choose {}", row.name));
    view! {
        <input type="checkbox" aria-label=label prop:checked=move || selection.has(key) on:click=move |event| {
            selection.tick(key, event_target_checked(&event), event.shift_key());
        }/>
    }
    .into_any()
}

/// The box that chooses every row that is shown, or none.
pub fn tick_all(selection: Selection) -> AnyView {
    let is_every = move || {
        let lines = selection.list.lines;
        lines.with(|lines| !lines.is_empty() && lines.iter().all(|line| selection.has(line.key)))
    };
    view! {
        <input type="checkbox" aria-label="Choose all that are shown" prop:checked=is_every on:change=move |event| {
            selection.clear();
            if event_target_checked(&event) {
                selection.ids.set(selection.list.keys());
            }
        }/>
    }
    .into_any()
}

/// What can be done with what is chosen.
pub fn bar(selection: Selection, query: Memo<TokenQuery>, desk: Desk) -> AnyView {
    let total = move || selection.list.total.get().unwrap_or_default();
    let count = Signal::derive(move || match selection.is_all.get() {
        // A list that was not counted has more than it shows.
        true => total().max(selection.list.lines.with(|lines| lines.len() as i64)),
        false => selection.ids.with(|ids| ids.len() as i64),
    });
    let buttons = move |count| {
        let more = total() > count || total() < 0;
        let all = (more && !selection.is_all.get()).then(|| {
            view! {
                <button type="button" class="button small" on:click=move |_| selection.is_all.set(true)>"Choose all that fit"</button>
            }
        });
        let offered = BulkAction::offered_in(query.with(|query| query.list));
        let offered: Vec<_> = offered
            .iter()
            .map(|action| {
                let action = *action;
                view! {
                    <button type="button" class="button small" on:click=move |_| {
                        desk.open(Ask::Bulk(action, Box::new(selection.chosen(&query.get_untracked()))));
                    }>{action.label()}</button>
                }
            })
            .collect();
        view! { {all}{offered} }.into_any()
    };
    chosen_bar(count, move || selection.clear(), buttons)
}
