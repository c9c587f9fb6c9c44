//! What stands above the list of API tokens: search, order and filters.

use domain::api_tokens::{ApiTokenList, ApiTokenOrder, ApiTokenQuery, Choices};
use domain::tokens::State;
use domain::{Permission, Permissions};
use leptos::prelude::*;

use super::address::order_key;
use crate::departments::DepartmentFilter;
use crate::ui::filters::filters;
use crate::ui::icon::{self, icon};
use crate::ui::search::Search;

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
    let search = Signal::derive(move || query.with(|query| query.search.clone()));
    let on_search = Callback::new(move |search| {
        go.run(ApiTokenQuery {
            search,
            ..query.get_untracked()
        });
    });
    let department = Signal::derive(move || query.with(|query| query.department));
    let to_department = Callback::new(move |department| {
        go.run(ApiTokenQuery {
            department,
            ..query.get_untracked()
        });
    });
    let users = choices.users.clone();
    let types: Vec<_> = choices
        .user_types
        .iter()
        .map(|one| (one.id.to_string(), one.name.clone()))
        .collect();
    let is_filtered = Signal::derive(move || query.with(is_filtered));
    let choices = view! {
        {states(query, go)}
        {filter("User", "All users", users, move || query.with(|query| text(query.person)), move |typed| {
            go.run(ApiTokenQuery { person: typed.parse().ok(), ..query.get_untracked() });
        })}
        <DepartmentFilter departments=choices.departments chosen=department choose=to_department/>
        {filter("User Type", "All user types", types, move || query.with(|query| text(query.user_type)), move |typed| {
            go.run(ApiTokenQuery { user_type: typed.parse().ok(), ..query.get_untracked() });
        })}
        {filter("Permission", "May do anything", permissions(), move || query.with(|query| query.may.to_string()), move |typed| {
            go.run(ApiTokenQuery { may: Permissions::from(typed), ..query.get_untracked() });
        })}
        {filter("Expires within", "Any end", ends(), move || query.with(|query| text(query.expires_within)), move |typed| {
            go.run(ApiTokenQuery { expires_within: typed.parse().ok(), ..query.get_untracked() });
        })}
        <label class="check">
            <input
                type="checkbox" prop:checked=move || query.with(|query| query.never_used)
                on:change=move |event| go.run(ApiTokenQuery { never_used: event_target_checked(&event), ..query.get_untracked() })
            />
            <span>"Never used"</span>
        </label>
        <label class="check">
            <input
                type="checkbox" prop:checked=move || query.with(|query| query.refused)
                on:change=move |event| go.run(ApiTokenQuery { refused: event_target_checked(&event), ..query.get_untracked() })
            />
            <span>"Refused by the policy"</span>
        </label>
    }
    .into_any();
    view! {
        <div class="tools">
            <Search label="Search API tokens" placeholder="Search names, tokens and addresses" value=search on_search/>
            {order(query, go)}
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

/// A choice among some, or all.
fn filter(
    label: &'static str,
    all: &'static str,
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
            <option value="">{all}</option>
            {options}
        </select>
    }
    .into_any()
}

fn order(query: Memo<ApiTokenQuery>, go: Callback<ApiTokenQuery>) -> AnyView {
    let value = move || query.with(|query| order_key(query.order, query.descending));
    let now = untrack(value);
    let options = ORDERS
        .into_iter()
        .map(|(order, descending, words)| {
            let key = order_key(order, descending);
            let is_chosen = key == now;
            view! { <option value=key selected=is_chosen>{words}</option> }
        })
        .collect_view();
    view! {
        <select class="input" aria-label="Order" prop:value=value on:change=move |event| {
            if let Some((order, descending)) = ApiTokenOrder::from_key(&event_target_value(&event)) {
                go.run(ApiTokenQuery { order, descending, ..query.get_untracked() });
            }
        }>{options}</select>
    }
    .into_any()
}

/// The states that the list can have.
fn states(query: Memo<ApiTokenQuery>, go: Callback<ApiTokenQuery>) -> AnyView {
    let value = move || query.with(|query| query.state.map(State::key).unwrap_or_default());
    let is_active = move || query.with(|query| query.list == ApiTokenList::Active);
    let states = [State::Live, State::Suspended, State::Expired, State::Revoked].map(|state| {
        view! {
            <option
                value=state.key() hidden=move || state.is_active() != is_active()
                selected=query.with_untracked(|query| query.state == Some(state))
            >{state.label()}</option>
        }
    });
    view! {
        <select class="input" aria-label="State" prop:value=value on:change=move |event| {
            go.run(ApiTokenQuery { state: State::from_key(&event_target_value(&event)), ..query.get_untracked() });
        }>
            <option value="">"All states"</option>
            {states.collect_view()}
        </select>
    }
    .into_any()
}

/// Whether anything is asked for by a filter, whatever is searched for.
fn is_filtered(query: &ApiTokenQuery) -> bool {
    is_narrowed(&ApiTokenQuery {
        search: String::new(),
        ..query.clone()
    })
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
