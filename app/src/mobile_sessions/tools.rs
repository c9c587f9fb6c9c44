//! What stands above the list of mobile sessions: search, order and filters.

use domain::mobile_sessions::{MobileChoices, MobileList, MobileOrder, MobileQuery};
use domain::tokens::State;
use leptos::prelude::*;

use super::address::order_key;
use crate::departments;
use crate::ui::search::Search;
use crate::ui::tools::{Filter, choice, text, tools, words};

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
    let ask = move |change: &dyn Fn(&mut MobileQuery)| {
        let mut next = query.get_untracked();
        change(&mut next);
        go.run(next);
    };
    let search = Signal::derive(move || query.with(|query| query.search.clone()));
    let on_search = Callback::new(move |search: String| ask(&|query| query.search.clone_from(&search)));
    let types = choices
        .user_types
        .into_iter()
        .map(|(id, name)| (id.to_string(), name));
    let apps = choices.apps.into_iter().map(|(id, name)| (id.to_string(), name));
    let orders = ORDERS.map(|(order, descending, words)| (order_key(order, descending), words.to_owned()));
    let within = WITHIN.map(|days| (days.to_string(), ends_within(days)));
    let states = [State::Live, State::Suspended, State::Expired, State::Revoked]
        .map(|state| (state.key(), state.label()));
    let order = choice(
        "Order",
        orders.into(),
        move || query.with(|query| order_key(query.order, query.descending)),
        move |key| {
            if let Some(order) = MobileOrder::from_key(&key) {
                ask(&|query| (query.order, query.descending) = order);
            }
        },
    );
    let show = choice(
        "Show",
        lists(),
        move || list_key(query.with(|query| query.list)).to_owned(),
        move |key| {
            let list = match key == list_key(MobileList::Ended) {
                true => MobileList::Ended,
                false => MobileList::Active,
            };
            ask(&|query| (query.list, query.state) = (list, None));
        },
    );
    let mut filters = vec![Filter::new(
        "State",
        "All states",
        words(&states),
        move || query.with(|query| text(query.state.map(State::key))),
        move |key| {
            let state = State::from_key(&key);
            ask(&|query| {
                query.state = state;
                query.list = state.map_or(query.list, list_of);
            });
        },
    )];
    filters.extend(departments::filter(
        &choices.departments,
        move || query.with(|query| query.department),
        move |department| ask(&|query| query.department = department),
    ));
    filters.extend([
        Filter::new(
            "User Type",
            "All user types",
            Signal::stored(types.collect()),
            move || query.with(|query| text(query.user_type)),
            move |id| ask(&|query| query.user_type = id.parse().ok()),
        ),
        Filter::new(
            "App",
            "All apps",
            Signal::stored(apps.collect()),
            move || query.with(|query| text(query.app)),
            move |id| ask(&|query| query.app = id.parse().ok()),
        ),
        Filter::new(
            "Expires within",
            "Any end",
            Signal::stored(within.into()),
            move || query.with(|query| text(query.expires_within)),
            move |days| ask(&|query| query.expires_within = days.parse().ok()),
        ),
    ]);
    let first = view! {
        <Search label="Search mobile users" placeholder="Search names and addresses" value=search on_search/>
        {order}
        {show}
    }
    .into_any();
    tools(
        first,
        filters,
        Signal::derive(move || query.with(is_narrowed)),
        Callback::new(move |()| go.run(cleared(&query.get_untracked()))),
    )
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

/// The list that a state is in.
fn list_of(state: State) -> MobileList {
    match state.is_active() {
        true => MobileList::Active,
        false => MobileList::Ended,
    }
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
