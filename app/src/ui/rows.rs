//! The body of a long table. Rows far outside the visible area are left out of the page and replaced by gaps of the
//! same height; the next page is read before it scrolls into view.

use std::sync::Arc;

use leptos::html;
use leptos::prelude::*;
use uuid::Uuid;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement, KeyboardEvent};

use super::browser;
use super::icon::{self, icon};
use super::list::{Doing, Line, List, Row};
use super::notice;
use super::window::{self, Piece};

/// Renders a row: the row, and its index in the list.
pub type Draw<R> = Arc<dyn Fn(Line<R>, Memo<usize>) -> AnyView + Send + Sync>;

/// The `<tbody>` of a list.
#[component]
pub fn Rows<R: Row>(
    /// The list.
    list: List<R>,
    /// How many columns its gaps span.
    columns: u32,
    /// How a row is rendered: as a `<tr>`.
    draw: Draw<R>,
) -> AnyView {
    let body = NodeRef::<html::Tbody>::new();
    let near = RwSignal::new((0, window::ALL_UP_TO));
    let focused = RwSignal::new(None::<Uuid>);
    let height = RwSignal::new(0.0);

    let look = move || {
        let Some(Some(body)) = body.try_get_untracked() else {
            return;
        };
        let rows = list.lines.with_untracked(Vec::len);
        let row = first_row_height(&body)
            .filter(|row| *row > 0.0)
            .unwrap_or_else(|| height.get_untracked());
        height.set(row);
        let above = -body.get_bounding_client_rect().top();
        let seen = window::near(above, browser::height(), row, rows);
        if near.get_untracked() != seen {
            near.set(seen);
        }
        let end = body.get_bounding_client_rect().bottom();
        if end < browser::height() * 2.0 {
            list.more();
        }
    };
    Effect::new(move |_| {
        let scroll = window_event_listener(leptos::ev::scroll, move |_| look());
        let resize = window_event_listener(leptos::ev::resize, move |_| look());
        on_cleanup(move || {
            scroll.remove();
            resize.remove();
        });
    });
    Effect::new(move |_| {
        list.lines.track();
        list.doing.track();
        look();
    });

    let pieces = Memo::new(move |_| {
        list.lines.with(|lines| {
            let focused = focused
                .get()
                .and_then(|key| lines.iter().position(|line| line.key == key));
            window::pieces(lines.len(), near.get(), focused)
                .into_iter()
                .filter_map(|piece| match piece {
                    Piece::Row(at) => lines.get(at).map(|line| Part::Row(line.key)),
                    Piece::Gap { from, rows } => Some(Part::Gap { from, rows }),
                })
                .collect::<Vec<_>>()
        })
    });
    view! {
        <tbody
            role="rowgroup" node_ref=body
            on:focusin=move |event| focused.set(row_of(&event).and_then(|row| row.get_attribute("data-key")?.parse().ok()))
            // A row that is only moved, to stay in the page, loses the focus, and gets it back.
            on:focusout=move |event| if browser::flag(&event, "relatedTarget") { focused.set(None) }
            on:keydown=move |event| step(&event)
        >
            <For each=move || pieces.get() key=|part| *part children=move |part| match part {
                Part::Row(key) => {
                    let at = Memo::new(move |_| {
                        list.lines.with(|lines| lines.iter().position(|line| line.key == key)).unwrap_or_default()
                    });
                    list.line(key).map(|line| draw(line, at)).into_any()
                }
                Part::Gap { rows, .. } => view! {
                    <tr class="gap" aria-hidden="true">
                        <td colspan=columns.to_string()>
                            <svg width="1" height=move || ((rows as f64 * height.get()) as i64).to_string() aria-hidden="true"></svg>
                        </td>
                    </tr>
                }.into_any(),
            }/>
        </tbody>
    }
    .into_any()
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Part {
    Row(Uuid),
    Gap { from: usize, rows: usize },
}

/// The line under a list: how much of it is here, its state, and a button to continue without scrolling.
#[component]
pub fn Foot<R: Row>(
    /// The list.
    list: List<R>,
    /// What else is shown there.
    #[prop(optional)]
    children: Option<Children>,
) -> AnyView {
    let words = move || {
        let here = domain::form::grouped(list.lines.with(Vec::len) as i64);
        match list.total.get() {
            Some(total) if list.has_more() => format!("{here} of {}", domain::page::count_label(total)),
            Some(1) => "1 row".to_owned(),
            _ => format!("{here} rows"),
        }
    };
    view! {
        <div class="foot">
            <span role="status">{words}</span>
            {move || (list.has_more() && list.doing.get() == Doing::Resting).then(|| view! {
                <button type="button" class="button small" on:click=move |_| list.more()>"Show more"</button>
            })}
            {move || (list.doing.get() == Doing::AskingMore).then(|| view! { <span>"Loading…"</span> })}
            {children.map(|children| children())}
        </div>
        {move || match list.doing.get() {
            Doing::Failed(error) => Some(notice::problem(&error, Some(Callback::new(move |()| list.reload())))),
            _ => None,
        }}
    }
    .into_any()
}

/// The button that shows the waiting new rows.
#[component]
pub fn Waiting<R: Row>(
    /// The list.
    list: List<R>,
) -> AnyView {
    (move || {
        let waiting = list.waiting.with(Vec::len);
        (waiting > 0).then(|| {
            view! {
                <button type="button" class="waiting" on:click=move |_| {
                    list.reload();
                    browser::to_top();
                }>
                    {icon(icon::UP)}{format!("{waiting} new")}
                </button>
            }
        })
    })
    .into_any()
}

fn first_row_height(body: &HtmlElement) -> Option<f64> {
    Some(
        body.query_selector("tr[data-key]")
            .ok()??
            .get_bounding_client_rect()
            .height(),
    )
}

fn row_of(event: &web_sys::Event) -> Option<Element> {
    browser::target(event)?.closest("tr[data-key]").ok().flatten()
}

/// The arrow keys move from row to row, to the same control or to the row itself.
fn step(event: &KeyboardEvent) {
    let down = match event.key().as_str() {
        "ArrowDown" => true,
        "ArrowUp" => false,
        _ => return,
    };
    if browser::is_typing() || browser::is_covered() {
        return;
    }
    let Some(row) = row_of(event) else { return };
    let next = if down {
        row.next_element_sibling()
    } else {
        row.previous_element_sibling()
    };
    if let Some(next) = next
        .and_then(|next| next.dyn_into::<HtmlElement>().ok())
        .filter(|next| next.has_attribute("data-key"))
    {
        event.prevent_default();
        drop(next.focus());
    }
}
