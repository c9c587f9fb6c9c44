//! The recipient's pages: the card behind a link, and what became theirs.
//!
//! Every page is one function from plain values to a whole document. A GET shows, a form posts; nothing
//! here changes anything by being looked at.

mod code_page;
mod collection_page;
mod icon;
mod item_page;
mod landing_page;
mod my_page;
mod sign_in_link;
mod unsubscribe_page;

pub use code_page::code_page;
pub use collection_page::collection_page;
pub use item_page::item_page;
pub use landing_page::{LandingPage, landing_page};
pub use my_page::my_page;
pub use sign_in_link::{ask_sign_in_link_page, mailed_page, sign_in_link_page};
pub use unsubscribe_page::unsubscribe_page;

use leptos::prelude::*;

/// `6 items`, `1 item`.
fn items_in_words(items: i64) -> String {
    if items == 1 {
        "1 item".into()
    } else {
        format!("{} items", domain::form::grouped(items))
    }
}

/// The bar above a recipient's own pages: whose they are, and the way out.
fn bar(organisation: &str, who: Option<&str>) -> impl IntoView + use<> {
    let out = who.map(|name| {
        view! {
            <span class="who">{name.to_owned()}</span>
            <form method="post" action="/sign-out">
                <input type="hidden" name="side" value="my" />
                <button class="quiet">"Sign out"</button>
            </form>
        }
    });
    view! { <header class="bar"><a class="org" href="/my">{organisation.to_owned()}</a>{out}</header> }
}

/// The bar above a preview, which leads back to the editor.
fn preview_bar(collection: domain::CollectionId) -> impl IntoView + use<> {
    view! {
        <header class="bar preview">
            <p>
                <b>"Preview."</b>
                " This is what recipients see. Nothing is ticked or kept."
            </p>
            <a class="quiet" href=format!("/collections/{collection}")>
                "Back to the editor"
            </a>
        </header>
    }
}
