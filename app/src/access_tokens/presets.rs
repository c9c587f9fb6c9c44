//! Days that tokens often end on, a press away from the field that takes any day.

use chrono::{Datelike, Days, NaiveDate};
use leptos::prelude::*;

/// The words of a button, and the date that it writes into the field.
fn ends(today: NaiveDate) -> [(&'static str, String); 4] {
    let written = |day: NaiveDate| format!("{:04}-{:02}-{:02}", day.year(), day.month(), day.day());
    let in_days = |days| {
        today
            .checked_add_days(Days::new(days))
            .map(written)
            .unwrap_or_default()
    };
    [
        ("30 days", in_days(30)),
        ("90 days", in_days(90)),
        ("End of year", format!("{:04}-12-31", today.year())),
        ("Never", String::new()),
    ]
}

/// A button for each; the one whose date stands in the field is marked.
pub fn presets(value: RwSignal<String>, today: NaiveDate) -> AnyView {
    let button = |(words, date): (&'static str, String)| {
        let date = StoredValue::new(date);
        let is_chosen = move || date.with_value(|date| value.with(|value| value == date));
        view! {
            <button
                type="button" class="button small" aria-pressed=move || if is_chosen() { "true" } else { "false" }
                on:click=move |_| value.set(date.get_value())
            >{words}</button>
        }
    };
    let is_never = move || value.with(String::is_empty);
    view! {
        <div class="presets" role="group" aria-label="When it ends">{ends(today).map(button).collect_view()}</div>
        {move || is_never().then(|| view! {
            <p class="says warns">"It never ends by itself: it opens until somebody withdraws it."</p>
        })}
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_counted_from_today_and_a_year_ends_in_december() {
        let today = NaiveDate::from_ymd_opt(2026, 11, 28).expect("a date");
        assert_eq!(
            ends(today).map(|(_, date)| date),
            ["2026-12-28", "2027-02-26", "2026-12-31", ""]
        );
    }
}
