//! Uses per day: a drawing, and the same as a table.

use domain::form::grouped;
use leptos::prelude::*;

/// Days that are drawn.
const DAYS: i64 = 90;

/// How high the highest bar is.
const HEIGHT: i64 = 44;

/// The last ninety days; those without a use are left out of what is given.
pub fn days(days: &[(i64, i64)]) -> AnyView {
    if days.is_empty() {
        return view! { <p class="quiet">"It was not used in the last 90 days."</p> }.into_any();
    }
    let all: i64 = days.iter().map(|(_, uses)| uses).sum();
    let bars = bars(days)
        .into_iter()
        .map(|bar| view! { <rect x=bar.x.to_string() y=(HEIGHT - bar.height).to_string() width="3" height=bar.height.to_string()></rect> })
        .collect_view();
    let rows = days
        .iter()
        .rev()
        .map(|(day, uses)| view! { <tr><th scope="row">{when(*day)}</th><td class="n">{grouped(*uses)}</td></tr> })
        .collect_view();
    let busiest = days.iter().map(|(_, uses)| *uses).max().unwrap_or_default();
    let said = format!("Uses per day in the last 90 days: {} in all", grouped(all));
    view! {
        <svg class="days" viewBox="0 0 360 44" preserveAspectRatio="none" role="img" aria-label=said>
            {bars}
        </svg>
        <p class="days-scale"><span>"90 days ago"</span><span>"Most in a day: "{grouped(busiest)}</span><span>"Today"</span></p>
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

struct Bar {
    x: i64,
    height: i64,
}

/// A bar for each day with a use: the busiest is the highest, and none is too low to be seen.
fn bars(days: &[(i64, i64)]) -> Vec<Bar> {
    let most = days
        .iter()
        .map(|(_, uses)| *uses)
        .max()
        .unwrap_or_default()
        .max(1);
    let bar = |(day, uses): &(i64, i64)| Bar {
        x: day.clamp(&0, &(DAYS - 1)) * 4,
        height: (uses.saturating_mul(HEIGHT) / most).clamp(2, HEIGHT),
    };
    days.iter().map(bar).collect()
}

fn when(day: i64) -> String {
    match DAYS - 1 - day {
        0 => "Today".to_owned(),
        1 => "Yesterday".to_owned(),
        ago => format!("{ago} days ago"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_busiest_day_is_the_highest_and_a_single_use_is_seen() {
        let bars = bars(&[(0, 1), (88, 10_000), (89, 5_000)]);
        let heights: Vec<i64> = bars.iter().map(|bar| bar.height).collect();
        assert_eq!(heights, [2, 44, 22]);
        assert_eq!(bars[2].x, 356);
        assert_eq!(when(89), "Today");
        assert_eq!(when(0), "89 days ago");
    }
}
