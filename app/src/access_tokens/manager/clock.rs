//! What changes in the list of tokens without anybody doing something: codes come, times begin and end.

use std::time::Duration;

use domain::access_tokens::TokenRow;
use gloo_timers::future::sleep;
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::access_tokens::actions::is_being_made;
use crate::ui::list::List;

/// While codes are being made, looks every second how far they are: the making of codes is no change that is
/// worth telling every browser of.
pub fn watch_jobs(list: List<TokenRow>) {
    let looked = RwSignal::new(0u32);
    Effect::new(move |_| {
        looked.track();
        let making: Vec<_> = list.lines.with(|lines| {
            lines
                .iter()
                .filter(|line| line.row.with(is_being_made))
                .map(|line| line.key)
                .collect()
        });
        if !making.is_empty() {
            spawn_local(async move {
                sleep(Duration::from_secs(1)).await;
                list.refresh(making);
                looked.try_update(|looked| *looked = looked.wrapping_add(1));
            });
        }
    });
}

/// When the next of the shown tokens starts or ends, reads it again: nobody else tells of what the clock did.
pub fn watch_clock(list: List<TokenRow>) {
    let turn = StoredValue::new(0u32);
    Effect::new(move |_| {
        let now = js_sys::Date::now() as i64;
        let next = list.lines.with(|lines| {
            let moments = lines
                .iter()
                .flat_map(|line| line.row.with(|row| turns(row).map(|at| (at, line.key))));
            moments.filter(|(at, _)| *at > now).min()
        });
        let Some(this) = turn.try_update_value(|turn| {
            *turn = turn.wrapping_add(1);
            *turn
        }) else {
            return;
        };
        let Some((at, key)) = next.filter(|(at, _)| at - now < DAY) else {
            return;
        };
        spawn_local(async move {
            sleep(Duration::from_millis((at - now) as u64 + 500)).await;
            if turn.try_get_value() == Some(this) {
                list.refresh(vec![key]);
            }
        });
    });
}

/// A day in milliseconds: further ahead nobody has the page open, and timers overflow.
const DAY: i64 = 24 * 60 * 60 * 1000;

/// When a token starts and ends, in milliseconds. What is shown of its end is the last minute that it is valid.
fn turns(row: &TokenRow) -> [i64; 2] {
    let starts = row.starts.as_ref().map_or(0, |when| when.at.timestamp_millis());
    let ends = row
        .expires
        .as_ref()
        .map_or(0, |when| when.at.timestamp_millis() + 60_000);
    [starts, ends]
}
