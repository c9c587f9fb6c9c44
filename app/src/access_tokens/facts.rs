//! Facts of a token, drawn: its state, its uses, its end.

use domain::access_tokens::{TokenRow, TokenType};
use domain::form::grouped;
use domain::tokens::State;
use leptos::prelude::*;

use crate::ui::icon::{self, icon};
use crate::ui::meter::meter;
use crate::ui::time;

/// A state as a picture and a word.
pub fn state(state: State) -> AnyView {
    let (picture, class) = match state {
        State::Live => (icon::TICK, "state live"),
        State::NotYet => (icon::CLOCK, "state not-yet"),
        State::Suspended => (icon::PAUSE, "state suspended"),
        State::UsedUp => (icon::CIRCLE, "state ended"),
        State::Expired => (icon::HISTORY, "state ended"),
        State::Revoked => (icon::STOP, "state revoked"),
    };
    view! { <span class=class>{icon(picture)}{state.label()}</span> }.into_any()
}

/// A type as a dot and a word.
pub fn token_type(token_type: TokenType) -> AnyView {
    let (class, word) = match token_type {
        TokenType::Single => ("dot", "Single"),
        TokenType::Multi => ("dot hollow", "Multi"),
    };
    view! { <span class="kind"><span class=class></span>{word}</span> }.into_any()
}

/// How often it was used, with a bar where there is a limit.
pub fn uses(row: &TokenRow) -> AnyView {
    let bar = row.limit.map(|limit| meter(row.uses, limit));
    view! { <span class="uses">{grouped(row.uses)}{bar}</span> }.into_any()
}

/// How many uses are left.
pub fn remaining(row: &TokenRow) -> AnyView {
    match row.remaining() {
        Some(remaining) => grouped(remaining).into_any(),
        None => view! { <span class="quiet">"no limit"</span> }.into_any(),
    }
}

/// When it ends, or when it starts if that lies ahead.
pub fn expires(row: &TokenRow) -> AnyView {
    let end = match &row.expires {
        Some(when) => time::date(when),
        None => view! { <span class="quiet">"never"</span> }.into_any(),
    };
    let further = match (&row.starts, &row.expires) {
        (Some(starts), _) if row.state == State::NotYet => Some(format!("starts {}", starts.date)),
        (_, Some(expires)) => Some(expires.relative.clone()),
        _ => None,
    };
    view! { {end}{further.map(|words| view! { <span class="sub">{words}</span> })} }.into_any()
}
