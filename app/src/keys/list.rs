//! The list of all keyboard shortcuts.

use leptos::prelude::*;

use crate::request_context::RequestContext;
use crate::routes;
use crate::ui::dialog::Dialog;

/// A key, and what it does.
type Keys = &'static [(&'static [&'static str], &'static str)];

const EVERYWHERE: Keys = &[
    (
        &["Ctrl", "K"],
        "Go to a page, a token, a collection or a person; do something to what is chosen",
    ),
    (&["?"], "Show this list"),
    (&["F6"], "Go to the message at the edge of the page"),
    (&["Ctrl", "Z"], "Undo what that message offers to undo"),
    (&["Esc"], "Close what is open, empty the search, choose no row"),
];

const IN_LISTS: Keys = &[
    (&["/"], "Search"),
    (&["\u{2191}", "\u{2193}"], "Go from row to row"),
    (&["C"], "Create Token"),
    (&["E"], "Edit the token of this row"),
    (&["S"], "Share its link"),
    (&["X"], "Delete it"),
];

/// The dialog.
#[component]
pub fn KeyList(on_close: Callback<()>) -> AnyView {
    let visit = RequestContext::current();
    let group = |title: &'static str, keys: Keys| {
        view! {
            <h3>{title}</h3>
            <dl class="keys">
                {keys.iter().map(|(pressed, does)| view! {
                    <div>
                        <dt>{pressed.iter().map(|key| view! { <kbd>{*key}</kbd> }).collect_view()}</dt>
                        <dd>{*does}</dd>
                    </div>
                }).collect_view()}
            </dl>
        }
    };
    let single = match visit.shortcuts.get_untracked() {
        true => "Single letters can be switched off in ",
        false => "Single letters are switched off. Switch them on in ",
    };
    view! {
        <Dialog title="Keys" on_close>
            <div class="body scrolls">
                {group("Everywhere", EVERYWHERE)}
                {group("In lists", IN_LISTS)}
                <p class="fine">{single}<a href=routes::ACCOUNT on:click=move |_| on_close.run(())>"your account"</a>"."</p>
            </div>
        </Dialog>
    }
    .into_any()
}
