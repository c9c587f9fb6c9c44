//! What stands above the list of API tokens: search, order and filters.

use domain::api_tokens::{ApiTokenList, ApiTokenOrder, ApiTokenQuery, Choices};
use domain::tokens::State;
use domain::{Permission, Permissions};
use leptos::prelude::*;

use super::address::order_key;
use crate::departments;
use crate::ui::search::Search;
use crate::ui::tools::{Filter, choice, text, tools};

/// The orders: what is sorted by, which way, and the words.
const ORDERS: [(ApiTokenOrder, bool, &str); 12] = [
    (ApiTokenOrder::Created, true, "Newest first"),
    (ApiTokenOrder::Created, false, "Oldest first"),
    (ApiTokenOrder::Name, false, "Name, A to Z"),
    (ApiTokenOrder::Name, true, "Name, Z to A"),
    (ApiTokenOrder::User, false, "User, A to Z"),
    (ApiTokenOrder::User, true, "User, Z to A"),
    (ApiTokenOrder::Department, false, "Department, A to Z"),
    (ApiTokenOrder::Department, true, "Department, Z to A"),
    (ApiTokenOrder::Expires, false, "Ends soonest"),
    (ApiTokenOrder::Expires, true, "Ends latest"),
    (ApiTokenOrder::LastUsed, true, "Used most recently"),
    (ApiTokenOrder::LastUsed, false, "Unused longest"),
];

/// Days within which a token may end.
const WITHIN: [i64; 4] = [7, 14, 30, 90];

/// Search, order and filters.
#[component]
pub fn Tools(query: Memo<ApiTokenQuery>, go: Callback<ApiTokenQuery>, choices: Choices) -> AnyView {
    let ask = move |change: &dyn Fn(&mut ApiTokenQuery)| {
        let mut next = query.get_untracked();
        change(&mut next);
        go.run(next);
    };
    let search = Signal::derive(move || query.with(|query| query.search.clone()));
    let on_search = Callback::new(move |search: String| ask(&|query| query.search.clone_from(&search)));
    let orders = ORDERS.map(|(order, descending, words)| (order_key(order, descending), words.to_owned()));
    let order = choice(
        "Order",
        orders.into(),
        move || query.with(|query| order_key(query.order, query.descending)),
        move |key| {
            if let Some(order) = ApiTokenOrder::from_key(&key) {
                ask(&|query| (query.order, query.descending) = order);
            }
        },
    );
    let types = choices
        .user_types
        .iter()
        .map(|one| (one.id.to_string(), one.name.clone()))
        .collect();
    let states = Signal::derive(move || {
        let is_active = query.with(|query| query.list == ApiTokenList::Active);
        let states = [State::Live, State::Suspended, State::Expired, State::Revoked].into_iter();
        let of_list = states.filter(|state| state.is_active() == is_active);
        of_list
            .map(|state| (state.key().to_owned(), state.label().to_owned()))
            .collect()
    });
    let mut filters = vec![
        Filter::new(
            "State",
            "All states",
            states,
            move || query.with(|query| text(query.state.map(State::key))),
            move |key| ask(&|query| query.state = State::from_key(&key)),
        ),
        Filter::new(
            "User",
            "All users",
            Signal::stored(choices.users),
            move || query.with(|query| text(query.person)),
            move |id| ask(&|query| query.person = id.parse().ok()),
        ),
    ];
    filters.extend(departments::filter(
        &choices.departments,
        move || query.with(|query| query.department),
        move |department| ask(&|query| query.department = department),
    ));
    filters.extend([
        Filter::new(
            "User Type",
            "All user types",
            Signal::stored(types),
            move || query.with(|query| text(query.user_type)),
            move |id| ask(&|query| query.user_type = id.parse().ok()),
        ),
        Filter::new(
            "Permission",
            "May do anything",
            Signal::stored(permissions()),
            move || query.with(|query| query.may.to_string()),
            move |key| ask(&|query| query.may = Permissions::from(key.clone())),
        ),
        Filter::new(
            "Expires within",
            "Any end",
            Signal::stored(ends()),
            move || query.with(|query| text(query.expires_within)),
            move |days| ask(&|query| query.expires_within = days.parse().ok()),
        ),
        Filter::tick(
            "Never used",
            move || query.with(|query| query.never_used),
            move |is_set| ask(&|query| query.never_used = is_set),
        ),
        Filter::tick(
            "Refused by the policy",
            move || query.with(|query| query.refused),
            move |is_set| ask(&|query| query.refused = is_set),
        ),
    ]);
    let first = view! {
        <Search label="Search API tokens" placeholder="Search names, tokens and addresses" value=search on_search/>
        {order}
    }
    .into_any();
    tools(
        first,
        filters,
        Signal::derive(move || query.with(is_narrowed)),
        Callback::new(move |()| go.run(cleared(&query.get_untracked()))),
    )
}

fn permissions() -> Vec<(String, String)> {
    Permission::ALL
        .iter()
        .map(|permission| {
            (
                permission.key().to_owned(),
                format!("May {}", permission.sentence()),
            )
        })
        .collect()
}

fn ends() -> Vec<(String, String)> {
    WITHIN
        .iter()
        .map(|days| (days.to_string(), format!("Ends within {days} days")))
        .collect()
}

/// Whether anything but the list and its order is asked for.
pub fn is_narrowed(query: &ApiTokenQuery) -> bool {
    *query != cleared(query)
}

/// The same list in the same order, as a whole.
pub fn cleared(query: &ApiTokenQuery) -> ApiTokenQuery {
    ApiTokenQuery {
        list: query.list,
        order: query.order,
        descending: query.descending,
        ..ApiTokenQuery::default()
    }
}
