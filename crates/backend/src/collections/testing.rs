//! A collection to test with.

use domain::CollectionId;
use domain::collections::{CollectionState, ItemForm};

use crate::{Backend, Caller};

/// A published collection of this title, with a page and a link in it.
pub(crate) async fn published(backend: &Backend, caller: &Caller, title: &str) -> CollectionId {
    let collections = backend.collections();
    let id = collections.create(caller, title).await.expect("a collection").id;
    for form in [
        page("Welcome", "Read *this* first."),
        link("Map", "https://example.org/map"),
    ] {
        collections.add_item(caller, id, &form).await.expect("an item");
    }
    collections
        .set_state(caller, id, CollectionState::Published)
        .await
        .expect("published");
    id
}

/// A page, as typed.
pub(crate) fn page(title: &str, text: &str) -> ItemForm {
    ItemForm {
        item_type: "page".into(),
        title: title.into(),
        text: text.into(),
        ..ItemForm::default()
    }
}

/// A link, as typed.
pub(crate) fn link(title: &str, url: &str) -> ItemForm {
    ItemForm {
        item_type: "link".into(),
        title: title.into(),
        url: url.into(),
        ..ItemForm::default()
    }
}
