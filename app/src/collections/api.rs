//! Server functions of collections.

use domain::access_tokens::CollectionChoice;
use domain::collections::{
    CollectionForm, CollectionQuery, CollectionRow, CollectionState, CollectionView, ItemForm,
};
use domain::{CollectionId, ItemId, Page};
use leptos::prelude::*;

use crate::error::ApiError;
use crate::rpc::Rpc;

/// A page of the list of collections.
#[server(protocol = Rpc, prefix = "/rpc", endpoint = "collections/list")]
pub async fn list_collections(query: CollectionQuery) -> Result<Page<CollectionRow>, ApiError> {
    let (caller, backend) = crate::caller::caller()?;
    Ok(backend.collections().list(&caller, &query).await?)
}

/// How many collections a list has.
#[server(protocol = Rpc, prefix = "/rpc", endpoint = "collections/count")]
pub async fn count_collections(query: CollectionQuery) -> Result<i64, ApiError> {
    let (caller, backend) = crate::caller::caller()?;
    Ok(backend.collections().count(&caller, &query).await?)
}

/// These collections as they are now.
#[server(protocol = Rpc, prefix = "/rpc", endpoint = "collections/rows")]
pub async fn collection_rows(ids: Vec<CollectionId>) -> Result<Vec<CollectionRow>, ApiError> {
    let (caller, backend) = crate::caller::caller()?;
    Ok(backend.collections().rows(&caller, &ids).await?)
}

/// The published collections, to choose from.
#[server(protocol = Rpc, prefix = "/rpc", endpoint = "collections/choices")]
pub async fn collection_choices() -> Result<Vec<CollectionChoice>, ApiError> {
    let (caller, backend) = crate::caller::caller()?;
    Ok(backend.collections().choices(&caller).await?)
}

/// A collection in its editor.
#[server(protocol = Rpc, prefix = "/rpc", endpoint = "collections/get")]
pub async fn get_collection(id: CollectionId) -> Result<CollectionView, ApiError> {
    let (caller, backend) = crate::caller::caller()?;
    Ok(backend.collections().view(&caller, id).await?)
}

/// Starts a collection.
#[server(protocol = Rpc, prefix = "/rpc", endpoint = "collections/create")]
pub async fn create_collection(title: String) -> Result<CollectionView, ApiError> {
    let (caller, backend) = crate::caller::caller()?;
    Ok(backend.collections().create(&caller, &title).await?)
}

/// Changes the head of a collection.
#[server(protocol = Rpc, prefix = "/rpc", endpoint = "collections/update")]
pub async fn update_collection(id: CollectionId, form: CollectionForm) -> Result<CollectionView, ApiError> {
    let (caller, backend) = crate::caller::caller()?;
    Ok(backend.collections().update(&caller, id, &form).await?)
}

/// Publishes, archives, or takes a collection back to draft.
#[server(protocol = Rpc, prefix = "/rpc", endpoint = "collections/set_state")]
pub async fn set_collection_state(
    id: CollectionId,
    state: CollectionState,
) -> Result<CollectionView, ApiError> {
    let (caller, backend) = crate::caller::caller()?;
    Ok(backend.collections().set_state(&caller, id, state).await?)
}

/// Adds a page or a link.
#[server(protocol = Rpc, prefix = "/rpc", endpoint = "collections/add_item")]
pub async fn add_item(id: CollectionId, form: ItemForm) -> Result<CollectionView, ApiError> {
    let (caller, backend) = crate::caller::caller()?;
    Ok(backend.collections().add_item(&caller, id, &form).await?)
}

/// Changes an item.
#[server(protocol = Rpc, prefix = "/rpc", endpoint = "collections/update_item")]
pub async fn update_item(id: CollectionId, item: ItemId, form: ItemForm) -> Result<CollectionView, ApiError> {
    let (caller, backend) = crate::caller::caller()?;
    Ok(backend
        .collections()
        .update_item(&caller, id, item, &form)
        .await?)
}

/// Removes an item.
#[server(protocol = Rpc, prefix = "/rpc", endpoint = "collections/remove_item")]
pub async fn remove_item(id: CollectionId, item: ItemId) -> Result<CollectionView, ApiError> {
    let (caller, backend) = crate::caller::caller()?;
    Ok(backend.collections().remove_item(&caller, id, item).await?)
}

/// Moves an item to another place, counted from 0.
#[server(protocol = Rpc, prefix = "/rpc", endpoint = "collections/move_item")]
pub async fn move_item(id: CollectionId, item: ItemId, to: i64) -> Result<CollectionView, ApiError> {
    let (caller, backend) = crate::caller::caller()?;
    Ok(backend.collections().move_item(&caller, id, item, to).await?)
}

/// Puts a collection and its tokens into a department, or into none.
#[server(protocol = Rpc, prefix = "/rpc", endpoint = "collections/set_department")]
pub async fn set_department(id: CollectionId, department: String) -> Result<CollectionView, ApiError> {
    let (caller, backend) = crate::caller::caller()?;
    let department = crate::caller::typed("department", domain::departments::choice(&department))?;
    Ok(backend
        .collections()
        .set_department(&caller, id, department)
        .await?)
}
