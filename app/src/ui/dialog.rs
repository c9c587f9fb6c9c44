//! Dialogs: the browser's own `<dialog>`. It keeps the focus inside, closes on Escape and gives the focus
//! back to where it came from.

use leptos::html;
use leptos::prelude::*;

use super::icon::{self, icon};

/// A way to close the dialog that contains a part.
#[derive(Clone, Copy)]
pub struct Opened(NodeRef<html::Dialog>);

impl Opened {
    /// The dialog around this part.
    pub fn around() -> Option<Self> {
        use_context()
    }

    /// Closes it.
    pub fn close(self) {
        if let Some(Some(dialog)) = self.0.try_get_untracked() {
            dialog.close();
        }
    }
}

/// A modal dialog, open as long as it is in the page. `on_close` removes it.
#[component]
pub fn Dialog(
    /// Its heading.
    #[prop(into)]
    title: String,
    /// Called when it was closed, in whatever way.
    #[prop(into)]
    on_close: Callback<()>,
    /// A further class, for its width.
    #[prop(optional)]
    class: &'static str,
    children: Children,
) -> AnyView {
    let dialog = NodeRef::<html::Dialog>::new();
    provide_context(Opened(dialog));
    Effect::new(move |_| {
        if let Some(dialog) = dialog.get()
            && !dialog.open()
        {
            drop(dialog.show_modal());
        }
    });
    view! {
        <dialog node_ref=dialog class=format!("dialog {class}") aria-labelledby="dialog-title" on:close=move |_| on_close.run(())>
            <header>
                <h2 id="dialog-title">{title}</h2>
                <button type="button" class="icon-button" aria-label="Close" on:click=move |_| Opened(dialog).close()>
                    {icon(icon::CROSS)}
                </button>
            </header>
            {children()}
        </dialog>
    }
    .into_any()
}

/// The buttons at the bottom of a dialog with a form: *Cancel* and the one that submits it.
pub fn foot(action: &'static str, busy: Signal<bool>) -> AnyView {
    let opened = Opened::around();
    view! {
        <footer>
            <button type="button" class="button" on:click=move |_| if let Some(opened) = opened { opened.close() }>"Cancel"</button>
            <button type="submit" class="button primary" aria-busy=move || busy.get().then_some("true")>{action}</button>
        </footer>
    }
    .into_any()
}
