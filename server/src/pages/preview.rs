//! A collection as its recipients will see it, for admins. Nothing is ticked or stored.

use app::recipients::{collection_page, item_page};
use axum::extract::State;
use axum::response::Html;
use domain::{CollectionId, ItemId};

use super::fields::At;
use crate::failure::Failure;
use crate::request_context::RequestContext;
use crate::server::Server;
use crate::session::Admin;

/// The collection with its items.
pub async fn collection(
    State(server): State<Server>,
    visit: RequestContext,
    Admin(caller): Admin,
    At(collection): At<CollectionId>,
) -> Result<Html<String>, Failure> {
    let page = server.backend.collections().preview(&caller, collection).await?;
    Ok(Html(collection_page(&visit.page(&server), &page)))
}

/// One item.
pub async fn item(
    State(server): State<Server>,
    visit: RequestContext,
    Admin(caller): Admin,
    At((collection, item)): At<(CollectionId, ItemId)>,
) -> Result<Html<String>, Failure> {
    let page = server
        .backend
        .collections()
        .preview_item(&caller, collection, item)
        .await?;
    Ok(Html(item_page(&visit.page(&server), &page)))
}
