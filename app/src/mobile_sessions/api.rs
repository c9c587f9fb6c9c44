//! Server functions of mobile sessions and apps.

use domain::api_tokens::BulkResult;
use domain::mobile_sessions::{
    MobileAppForm, MobileAppRow, MobileChoices, MobileQuery, MobileSessionRow, MobileSessionView,
};
use domain::{MobileAppId, Page, TokenId};
use leptos::prelude::*;

use crate::error::ApiError;
use crate::rpc::Rpc;

/// A page of the list.
#[server(protocol = Rpc, prefix = "/rpc", endpoint = "mobile_sessions/list")]
pub async fn list_mobile_sessions(query: MobileQuery) -> Result<Page<MobileSessionRow>, ApiError> {
    let (caller, backend) = crate::caller::caller()?;
    Ok(backend.mobile_sessions().list(&caller, &query).await?)
}

/// How many sessions a list has.
#[server(protocol = Rpc, prefix = "/rpc", endpoint = "mobile_sessions/count")]
pub async fn count_mobile_sessions(query: MobileQuery) -> Result<i64, ApiError> {
    let (caller, backend) = crate::caller::caller()?;
    Ok(backend.mobile_sessions().count(&caller, &query).await?)
}

/// What the filters of the list offer.
#[server(protocol = Rpc, prefix = "/rpc", endpoint = "mobile_sessions/choices")]
pub async fn session_choices() -> Result<MobileChoices, ApiError> {
    let (caller, backend) = crate::caller::caller()?;
    Ok(backend.mobile_sessions().choices(&caller).await?)
}

/// These sessions as they are now.
#[server(protocol = Rpc, prefix = "/rpc", endpoint = "mobile_sessions/rows")]
pub async fn mobile_session_rows(ids: Vec<TokenId>) -> Result<Vec<MobileSessionRow>, ApiError> {
    let (caller, backend) = crate::caller::caller()?;
    Ok(backend.mobile_sessions().rows(&caller, &ids).await?)
}

/// A session's page.
#[server(protocol = Rpc, prefix = "/rpc", endpoint = "mobile_sessions/get")]
pub async fn get_mobile_session(id: TokenId) -> Result<MobileSessionView, ApiError> {
    let (caller, backend) = crate::caller::caller()?;
    Ok(backend.mobile_sessions().view(&caller, id).await?)
}

/// Signs a session out.
#[server(protocol = Rpc, prefix = "/rpc", endpoint = "mobile_sessions/end")]
pub async fn end_mobile_session(id: TokenId) -> Result<MobileSessionRow, ApiError> {
    let (caller, backend) = crate::caller::caller()?;
    backend.mobile_sessions().end(&caller, id).await?;
    Ok(backend.mobile_sessions().row(&caller, id).await?)
}

/// Signs the person of a session out of every app.
#[server(protocol = Rpc, prefix = "/rpc", endpoint = "mobile_sessions/end_everywhere")]
pub async fn end_everywhere(id: TokenId) -> Result<i64, ApiError> {
    let (caller, backend) = crate::caller::caller()?;
    Ok(backend.mobile_sessions().end_everywhere(&caller, id).await?)
}

/// Signs many sessions out at once, or pauses them, which can be undone.
#[server(protocol = Rpc, prefix = "/rpc", endpoint = "mobile_sessions/end_many")]
pub async fn end_many(
    ids: Vec<TokenId>,
    #[server(default)] suspend: bool,
) -> Result<Vec<(TokenId, BulkResult)>, ApiError> {
    let (caller, backend) = crate::caller::caller()?;
    let what = match suspend {
        true => domain::api_tokens::Bulk::Suspend,
        false => domain::api_tokens::Bulk::Revoke,
    };
    Ok(backend.mobile_sessions().bulk(&caller, &ids, what).await?)
}

/// Lets a session go on that was paused.
#[server(protocol = Rpc, prefix = "/rpc", endpoint = "mobile_sessions/resume")]
pub async fn resume_mobile_session(id: TokenId) -> Result<MobileSessionRow, ApiError> {
    let (caller, backend) = crate::caller::caller()?;
    Ok(backend.mobile_sessions().resume(&caller, id).await?)
}

/// Asks the app of a session to remove everything from the device.
#[server(protocol = Rpc, prefix = "/rpc", endpoint = "mobile_sessions/wipe")]
pub async fn wipe_mobile_session(id: TokenId) -> Result<MobileSessionRow, ApiError> {
    let (caller, backend) = crate::caller::caller()?;
    Ok(backend.mobile_sessions().wipe(&caller, id).await?)
}

/// The apps that are registered.
#[server(protocol = Rpc, prefix = "/rpc", endpoint = "mobile_apps/list")]
pub async fn list_mobile_apps() -> Result<Vec<MobileAppRow>, ApiError> {
    let (caller, backend) = crate::caller::caller()?;
    Ok(backend.mobile_sessions().apps(&caller).await?)
}

/// Registers an app.
#[server(protocol = Rpc, prefix = "/rpc", endpoint = "mobile_apps/add")]
pub async fn add_mobile_app(form: MobileAppForm) -> Result<MobileAppRow, ApiError> {
    let (caller, backend) = crate::caller::caller()?;
    Ok(backend.mobile_sessions().add_app(&caller, &form).await?)
}

/// Changes an app.
#[server(protocol = Rpc, prefix = "/rpc", endpoint = "mobile_apps/edit")]
pub async fn edit_mobile_app(id: MobileAppId, form: MobileAppForm) -> Result<MobileAppRow, ApiError> {
    let (caller, backend) = crate::caller::caller()?;
    Ok(backend.mobile_sessions().edit_app(&caller, id, &form).await?)
}

/// Removes an app, and ends all sign-ins with it.
#[server(protocol = Rpc, prefix = "/rpc", endpoint = "mobile_apps/remove")]
pub async fn remove_mobile_app(id: MobileAppId) -> Result<(), ApiError> {
    let (caller, backend) = crate::caller::caller()?;
    Ok(backend.mobile_sessions().remove_app(&caller, id).await?)
}
