//! What stands above the list of mobile sessions: search, order and filters.

use domain::mobile_sessions::{MobileChoices, MobileList, MobileOrder, MobileQuery};
use domain::tokens::State;
use leptos::prelude::*;

use super::address::order_key;
use crate::departments::DepartmentFilter;
use crate::ui::filters::filters;
use crate::ui::icon::{self, icon};
use crate::ui::search::Search;

/// The orders: what is sorted by, which way, and the words.
const ORDERS: [(MobileOrder, bool, &str); 8] = [
    (MobileOrder::SignedIn, true, "Signed in last"),
    (MobileOrder::SignedIn, false, "Signed in first"),
    (MobileOrder::LastActive, true, "Active most recently"),
    (MobileOrder::LastActive, false, "Inactive longest"),
    (MobileOrder::Name, false, "Name, A to Z"),
    (MobileOrder::Name, true, "Name, Z to A"),
    (MobileOrder::Expires, false, "Ends soonest"),
    (MobileOrder::Expires, true, "Ends latest"),
];

/// Days within which a session may end.
const WITHIN: [i64; 3] = [1, 7, 14];

/// Search, order and filters.
#[component]
pub fn Tools(query: Memo<MobileQuery>, go: Callback<MobileQuery>, choices: MobileChoices) -> AnyView {
    let search = Signal::derive(move || query.with(|query| query.search.clone()));
    let on_search = Callback::new(move |search| {
        go.run(MobileQuery {
            search,
            ..query.get_untracked()
        });
    });
    let department = Signal::derive(move || query.with(|query| query.department));
    let to_department = Callback::new(move |department| {
        go.run(MobileQuery {
            department,
            ..query.get_untracked()
        });
    });
    let types = choices
        .user_types
        .into_iter()
        .map(|(id, name)| (id.to_string(), name));
    let apps = choices.apps.into_iter().map(|(id, name)| (id.to_string(), name));
    let orders = ORDERS.map(|(order, descending, words)| (order_key(order, descending), words.to_owned()));
    let within = WITHIN.map(|days| (days.to_string(), ends_within(days)));
    let is_filtered = Signal::derive(move || query.with(is_filtered));
    let choices = view! {
        {choice("State", Some("All states"), states(), move || query.with(|query| query.state.map(State::key).unwrap_or_default().to_owned()), move |typed| {
            let state = State::from_key(&typed);
            let list = state.map_or(query.with_untracked(|query| query.list), list_of);
            go.run(MobileQuery { state, list, ..query.get_untracked() });
        })}
        <DepartmentFilter departments=choices.departments chosen=department choose=to_department/>
        {choice("User Type", Some("All user types"), types.collect(), move || query.with(|query| text(query.user_type)), move |typed| {
            go.run(MobileQuery { user_type: typed.parse().ok(), ..query.get_untracked() });
        })}
        {choice("App", Some("All apps"), apps.collect(), move || query.with(|query| text(query.app)), move |typed| {
            go.run(MobileQuery { app: typed.parse().ok(), ..query.get_untracked() });
        })}
        {choice("Expires within", Some("Any end"), within.into(), move || query.with(|query| text(query.expires_within)), move |typed| {
            go.run(MobileQuery { expires_within: typed.parse().ok(), ..query.get_untracked() });
        })}
    }
    .into_any();
    view! {
        <div class="tools">
            <Search label="Search mobile users" placeholder="Search names and addresses" value=search on_search/>
            {choice("Order", None, orders.into(), move || query.with(|query| order_key(query.order, query.descending)), move |typed| {
                if let Some((order, descending)) = MobileOrder::from_key(&typed) {
                    go.run(MobileQuery { order, descending, ..query.get_untracked() });
                }
            })}
            {choice("Show", None, lists(), move || list_key(query.with(|query| query.list)).to_owned(), move |typed| {
                let list = if typed == list_key(MobileList::Ended) { MobileList::Ended } else { MobileList::Active };
                go.run(MobileQuery { list, state: None, ..query.get_untracked() });
            })}
            {filters(is_filtered, choices)}
            {move || query.with(is_narrowed).then(|| view! {
                <button type="button" class="button quiet-button" on:click=move |_| go.run(cleared(&query.get_untracked()))>
                    {icon(icon::CROSS)}"Clear filters"
                </button>
            })}
        </div>
    }
    .into_any()
}

fn text<T: ToString>(value: Option<T>) -> String {
    value.map(|value| value.to_string()).unwrap_or_default()
}

fn ends_within(days: i64) -> String {
    match days {
        1 => "Ends within a day".to_owned(),
        days => format!("Ends within {days} days"),
    }
}

fn list_key(list: MobileList) -> &'static str {
    match list {
        MobileList::Active => "",
        MobileList::Ended => "ended",
    }
}

fn lists() -> Vec<(String, String)> {
    [
        (MobileList::Active, "Signed in"),
        (MobileList::Ended, "Signed out"),
    ]
    .map(|(list, words)| (list_key(list).to_owned(), words.to_owned()))
    .into()
}

/// The states that a session can be in.
fn states() -> Vec<(String, String)> {
    [State::Live, State::Suspended, State::Expired, State::Revoked]
        .map(|state| (state.key().to_owned(), state.label().to_owned()))
        .into()
}

/// The list that a state is in.
fn list_of(state: State) -> MobileList {
    match state.is_active() {
        true => MobileList::Active,
        false => MobileList::Ended,
    }
}

/// A choice among some, or all, if there is a word for that.
fn choice(
    label: &'static str,
    all: Option<&'static str>,
    options: Vec<(String, String)>,
    value: impl Fn() -> String + Copy + Send + Sync + 'static,
    choose: impl Fn(String) + 'static,
) -> AnyView {
    let now = untrack(value);
    let options = options
        .into_iter()
        .map(|(key, words)| {
            let is_chosen = key == now;
            view! { <option value=key selected=is_chosen>{words}</option> }
        })
        .collect_view();
    view! {
        <select class="input" aria-label=label prop:value=value on:change=move |event| choose(event_target_value(&event))>
            {all.map(|words| view! { <option value="">{words}</option> })}
            {options}
        </select>
    }
    .into_any()
}

/// Whether anything is asked for by a filter, whatever is searched for.
fn is_filtered(query: &MobileQuery) -> bool {
    is_narrowed(&MobileQuery {
        search: String::new(),
        ..query.clone()
    })
}

/// Whether anything but the list and its order is asked for.
pub fn is_narrowed(query: &MobileQuery) -> bool {
    *query != cleared(query)
}

/// The same list in the same order, as a whole.
pub fn cleared(query: &MobileQuery) -> MobileQuery {
    MobileQuery {
        list: query.list,
        order: query.order,
        descending: query.descending,
        ..MobileQuery::default()
    }
}
