//! Whether a token works: how often it was used on which days, as a drawing and as a table, and by whom.

use domain::TokenId;
use domain::access_tokens::{DayOfUses, USE_DAYS, UseRow, UsesView};
use domain::form::grouped;
use leptos::prelude::*;

use crate::routes;
use crate::ui::icon::{self, icon};
use crate::ui::time;

/// How high the highest bar is.
const HEIGHT: i64 = 44;

/// The days with a use, drawn, with their table.
pub fn per_day(days: &[DayOfUses]) -> AnyView {
    if days.is_empty() {
        return view! { <p class="quiet">"It was not used in the last 90 days."</p> }.into_any();
    }
    let all: i64 = days.iter().map(|day| day.uses).sum();
    let most = days.iter().map(|day| day.uses).max().unwrap_or_default();
    let said = format!("Uses per day in the last 90 days: {} in all", grouped(all));
    let rows = days
        .iter()
        .rev()
        .map(|day| view! { <tr><th scope="row">{day.date.clone()}</th><td class="n">{grouped(day.uses)}</td></tr> })
        .collect_view();
    view! {
        <svg class="days" viewBox="0 0 360 44" preserveAspectRatio="none" role="img" aria-label=said>
            <path d=bars(days, most)></path>
        </svg>
        <p class="days-scale"><span>"90 days ago"</span><span>"Most in a day: "{grouped(most)}</span><span>"Today"</span></p>
        <details class="more">
            <summary>"As a table"</summary>
            <table class="days-table" aria-label="Uses per day">
                <thead><tr><th scope="col">"Day"</th><th scope="col" class="n">"Uses"</th></tr></thead>
                <tbody>{rows}</tbody>
            </table>
        </details>
    }
    .into_any()
}

/// A bar for each day with a use: the busiest is the highest, and none is too low to be seen.
fn bars(days: &[DayOfUses], most: i64) -> String {
    let mut path = String::new();
    for day in days {
        let height = (day.uses.saturating_mul(HEIGHT) / most.max(1)).clamp(2, HEIGHT);
        let left = day.day.clamp(0, USE_DAYS - 1) * 4;
        path += &format!("M{left} {HEIGHT}v-{height}h3v{height}z");
    }
    path
}

/// Who used a single token at last, and the way to all of them.
pub fn latest(id: TokenId, uses: &UsesView) -> AnyView {
    if uses.latest.is_empty() {
        return ().into_any();
    }
    let who = |one: &UseRow| match one.person {
        Some(person) => view! { <a href=routes::person(person)>{one.name.clone()}</a> }.into_any(),
        None => view! { <span class="quiet">"somebody else"</span> }.into_any(),
    };
    let rows = uses
        .latest
        .iter()
        .map(|one| view! { <tr><th scope="row">{who(one)}</th><td>{time::minute(&one.when)}</td></tr> })
        .collect_view();
    view! {
        <h2>"Who used it"</h2>
        <table class="days-table" aria-label="Who used it">
            <thead><tr><th scope="col">"Used by"</th><th scope="col">"Used on"</th></tr></thead>
            <tbody>{rows}</tbody>
        </table>
        <p><a class="button small" href=routes::uses_file(id) rel="external" download="">{icon(icon::DOWNLOAD)}"Export uses"</a></p>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_busiest_day_is_the_highest_and_a_single_use_is_seen() {
        let day = |day, uses| DayOfUses {
            day,
            date: String::new(),
            uses,
        };
        assert_eq!(
            bars(&[day(0, 1), day(88, 10_000), day(89, 5_000)], 10_000),
            "M0 44v-2h3v2zM352 44v-44h3v44zM356 44v-22h3v22z"
        );
    }
}
