//! `/my`: what a recipient has.

use app::recipients::{collection_page, item_page, my_page};
use axum::extract::State;
use axum::response::{Html, Redirect};
use domain::{CollectionId, ItemId};

use super::fields::At;
use crate::failure::Failure;
use crate::request_context::RequestContext;
use crate::server::Server;
use crate::session::Known;

/// All collections.
pub async fn collections(
    State(server): State<Server>,
    visit: RequestContext,
    Known(recipient): Known,
) -> Result<Html<String>, Failure> {
    let page = server.backend.recipients().my(&recipient).await?;
    Ok(Html(my_page(&visit.page(&server), &page, recipient.is_admin)))
}

/// One collection with its items.
pub async fn collection(
    State(server): State<Server>,
    visit: RequestContext,
    Known(recipient): Known,
    At(collection): At<CollectionId>,
) -> Result<Html<String>, Failure> {
    let page = server
        .backend
        .recipients()
        .my_collection(&recipient, collection)
        .await?;
    Ok(Html(collection_page(&visit.page(&server), &page)))
}

/// One item. Opening it ticks nothing.
pub async fn item(
    State(server): State<Server>,
    visit: RequestContext,
    Known(recipient): Known,
    At((collection, item)): At<(CollectionId, ItemId)>,
) -> Result<Html<String>, Failure> {
    let page = server
        .backend
        .recipients()
        .open_item(&recipient, collection, item)
        .await?;
    Ok(Html(item_page(&visit.page(&server), &page)))
}

/// Ticks an item, and goes on to the next one.
pub async fn opened(
    State(server): State<Server>,
    Known(recipient): Known,
    At((collection, item)): At<(CollectionId, ItemId)>,
) -> Result<Redirect, Failure> {
    let recipients = server.backend.recipients();
    recipients.mark_opened(&recipient, collection, item).await?;
    let page = recipients.open_item(&recipient, collection, item).await?;
    Ok(Redirect::to(&match page.next {
        Some((next, _)) => format!("/my/{collection}/{next}"),
        None => format!("/my/{collection}"),
    }))
}
