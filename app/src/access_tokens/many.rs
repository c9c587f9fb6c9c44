//! The same for many rows at once: which ones are chosen, what is done to them, and what became of it.
//!
//! The boxes in the rows are inputs of the page and know nothing, so that a list costs no more to open. Whoever ticks one
//! is heard here, by one listener for all, in the part that comes after the page: what was ticked before it came counts.

mod bar;
mod question;

use std::time::Duration;

use domain::TokenId;
use domain::access_tokens::bulk::{BulkAction, BulkView, Chosen};
use domain::access_tokens::{CodeQuery, CodeRow, TokenQuery, TokenRow};
use domain::page::count_label;
use gloo_timers::future::sleep;
use leptos::mount::mount_to;
use leptos::prelude::*;
use leptos::task::spawn_local;
use uuid::Uuid;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement, HtmlInputElement};

pub use question::{Question, refused};

use super::actions::TokenActions;
use super::address;
use crate::routes;
use crate::ui::browser;
use crate::ui::list::List;
use crate::ui::toast::Toasts;

/// A list whose rows can be chosen.
#[derive(Clone, Copy)]
pub enum Choosable {
    /// The Token Manager's.
    Tokens(List<TokenRow>, Memo<TokenQuery>),
    /// The codes of a multi token.
    Codes(TokenId, ListedCodes, Memo<CodeQuery>),
}

/// A list of codes by what is asked of it. The list itself belongs to another part of the Wasm: what two parts know by its
/// type, every page would have to load.
#[derive(Clone, Copy)]
pub struct ListedCodes {
    keys: Callback<(), Vec<Uuid>>,
    total: RwSignal<Option<i64>>,
    track: Callback<()>,
    catch_up: Callback<()>,
}

impl From<List<CodeRow>> for ListedCodes {
    fn from(list: List<CodeRow>) -> Self {
        Self {
            keys: Callback::new(move |()| list.keys()),
            total: list.total,
            track: Callback::new(move |()| list.lines.track()),
            catch_up: Callback::new(move |()| list.catch_up(false)),
        }
    }
}

impl Choosable {
    fn keys(self) -> Vec<Uuid> {
        match self {
            Self::Tokens(list, _) => list.keys(),
            Self::Codes(_, codes, _) => codes.keys.run(()),
        }
    }

    fn total(self) -> Option<i64> {
        match self {
            Self::Tokens(list, _) => list.total.get(),
            Self::Codes(_, codes, _) => codes.total.get(),
        }
    }

    fn track_rows(self) {
        match self {
            Self::Tokens(list, _) => list.lines.track(),
            Self::Codes(_, codes, _) => codes.track.run(()),
        }
    }

    fn track_question(self) {
        match self {
            Self::Tokens(_, query) => query.track(),
            Self::Codes(_, _, query) => query.track(),
        }
    }

    /// Reads again what is shown.
    fn catch_up(self) {
        match self {
            Self::Tokens(list, _) => list.catch_up(false),
            Self::Codes(_, codes, _) => codes.catch_up.run(()),
        }
    }

    fn actions(self) -> &'static [BulkAction] {
        match self {
            Self::Tokens(_, query) => BulkAction::offered_in(query.with_untracked(|query| query.list)),
            Self::Codes(..) => BulkAction::offered_for_codes(),
        }
    }

    /// All that the list shows, as the server is asked for it.
    fn every(self) -> Chosen {
        match self {
            Self::Tokens(list, query) => Chosen::AllThatFit {
                query: query.get_untracked(),
                expected: list.total.get_untracked(),
            },
            Self::Codes(token, codes, query) => Chosen::AllCodesThatFit {
                token,
                query: query.get_untracked(),
                expected: codes.total.get_untracked(),
            },
        }
    }

    fn these(self, ids: Vec<TokenId>) -> Chosen {
        match self {
            Self::Tokens(..) => Chosen::These(ids),
            Self::Codes(token, ..) => Chosen::TheseCodes { token, codes: ids },
        }
    }

    /// The address of all that the list shows as a file.
    fn file(self) -> String {
        match self {
            Self::Tokens(_, query) => routes::tokens_file(&query.with_untracked(address::of_token_query)),
            Self::Codes(token, _, query) => {
                let list = query.with_untracked(|query| address::of_code_query(token, query));
                list.replacen(&routes::token(token), &routes::codes_file(token), 1)
            }
        }
    }

    fn say(self, count: i64) -> String {
        let word = match (self, count) {
            (Self::Tokens(..), 1) => "token",
            (Self::Tokens(..), _) => "tokens",
            (Self::Codes(..), 1) => "code",
            (Self::Codes(..), _) => "codes",
        };
        format!("{} {word}", count_label(count))
    }

    fn table(self) -> Option<HtmlElement> {
        let table = match self {
            Self::Tokens(..) => ".table.tokens",
            Self::Codes(..) => ".table.codes",
        };
        document().query_selector(table).ok().flatten()?.dyn_into().ok()
    }
}

/// What is chosen in a list, and what is done to it.
#[derive(Clone, Copy)]
pub struct Many {
    list: Choosable,
    chosen: RwSignal<Vec<Uuid>>,
    /// Whether it is all that the list shows, read or not.
    every: RwSignal<bool>,
    /// What is under way, or ended with something to say.
    work: RwSignal<Option<BulkView>>,
    /// The box that was pressed last, from which *shift* reaches to the next one.
    last: StoredValue<Option<Uuid>>,
    toasts: Toasts,
}

/// Hears the boxes of a list and shows the bar, for as long as the page is open.
pub fn hear(actions: TokenActions, list: Choosable) {
    // Anyone who has left the page meanwhile may be on another one with such a table.
    let Some(table) = list.table().filter(|_| actions.is_there()) else {
        return;
    };
    let many = Many {
        list,
        chosen: RwSignal::new(Vec::new()),
        every: RwSignal::new(false),
        work: RwSignal::new(None),
        last: StoredValue::new(None),
        toasts: actions.toasts,
    };
    let ticked = boxes(list).into_iter().filter(|(_, input)| input.checked());
    many.chosen.set(ticked.filter_map(|(key, _)| key).collect());
    let click = window_event_listener_untyped("click", move |event| many.press(&event));
    let escape = window_event_listener_untyped("keydown", move |event| {
        let is_escape = browser::property(&event, "key").as_deref() == Some("Escape");
        if is_escape && !event.default_prevented() && !browser::is_covered() {
            many.choose_none();
        }
    });
    // Rows come into the page and leave it while somebody scrolls: those that come are ticked as they were.
    let moves = ["scroll", "resize", "focusin"]
        .map(|name| window_event_listener_untyped(name, move |_| many.tick_soon()));
    on_cleanup(move || {
        click.remove();
        escape.remove();
        moves.into_iter().for_each(WindowListenerHandle::remove);
    });
    Effect::new(move |_| {
        list.track_rows();
        many.chosen.track();
        many.every.track();
        many.tick_soon();
    });
    // What was chosen in one list is not chosen in another.
    Effect::new(move |before: Option<()>| {
        list.track_question();
        if before.is_some() {
            many.choose_none();
        }
    });
    mount_to(table, move || many.bar(actions)).forget();
}

/// The boxes that are in the page: those of the rows with their keys, and the one of the head.
fn boxes(list: Choosable) -> Vec<(Option<Uuid>, HtmlInputElement)> {
    let Some(Ok(found)) = list
        .table()
        .map(|table| table.query_selector_all(".choose input"))
    else {
        return Vec::new();
    };
    (0..found.length())
        .filter_map(|at| found.get(at)?.dyn_into().ok())
        .map(|input: HtmlInputElement| (key(&input), input))
        .collect()
}

/// The key of the row that a box stands in.
fn key(input: &Element) -> Option<Uuid> {
    let row = input.closest("[data-key]").ok().flatten()?;
    row.get_attribute("data-key")?.parse().ok()
}

impl Many {
    /// How many are chosen, as lists say how many rows they have.
    fn count(self) -> i64 {
        match self.every.get() {
            true => self.list.total().unwrap_or_default(),
            false => i64::try_from(self.chosen.with(Vec::len)).unwrap_or_default(),
        }
    }

    fn choose_none(self) {
        self.every.try_set(false);
        self.chosen.try_set(Vec::new());
    }

    /// A box was pressed: its row, or all from the one before if *shift* is held; in the head, all rows that are here.
    fn press(self, event: &web_sys::Event) {
        let Some(input) =
            browser::target(event).and_then(|target| target.dyn_into::<HtmlInputElement>().ok())
        else {
            return;
        };
        if !boxes(self.list).iter().any(|(_, other)| *other == input) {
            return;
        }
        let here = self.list.keys();
        let at = |key: Option<Uuid>| here.iter().position(|other| Some(*other) == key);
        let pressed = at(key(&input));
        let before = pressed.and_then(|_| at(self.last.get_value()));
        let meant = match (pressed, before.filter(|_| browser::flag(event, "shiftKey"))) {
            (None, _) => here.as_slice(),
            (Some(one), None) => &here[one..=one],
            (Some(one), Some(other)) => &here[one.min(other)..=one.max(other)],
        };
        self.last.set_value(key(&input));
        let every = self.every.get_untracked();
        self.chosen.update(|chosen| {
            if every {
                chosen.clone_from(&here);
            }
            chosen.retain(|key| !meant.contains(key));
            if input.checked() {
                chosen.extend_from_slice(meant);
            }
        });
        self.every.set(false);
    }

    /// Ticks the boxes that are in the page, once what is being drawn is there.
    fn tick_soon(self) {
        spawn_local(async move {
            sleep(Duration::ZERO).await;
            let (Some(every), Some(chosen)) =
                (self.every.try_get_untracked(), self.chosen.try_get_untracked())
            else {
                return;
            };
            let is_chosen = |key: &Uuid| every || chosen.contains(key);
            let here = self.list.keys();
            let all = !here.is_empty() && here.iter().all(is_chosen);
            for (key, input) in boxes(self.list) {
                input.set_checked(key.as_ref().map_or(all, is_chosen));
            }
        });
    }
}
