//! Server functions for one's own account.

use domain::mobile_sessions::OwnMobileSession;
use domain::people::SessionRow;
use domain::{SessionId, TokenId};
use leptos::prelude::*;

use crate::error::ApiError;
use crate::rpc::Rpc;

/// The browsers that are signed in as the caller.
#[server(protocol = Rpc, prefix = "/rpc", endpoint = "account/sessions")]
pub async fn sessions() -> Result<Vec<SessionRow>, ApiError> {
    let (caller, backend) = crate::caller::caller()?;
    Ok(backend.people().sessions(&caller).await?)
}

/// Signs one of them out.
#[server(protocol = Rpc, prefix = "/rpc", endpoint = "account/end_session")]
pub async fn end_session(id: SessionId) -> Result<(), ApiError> {
    let (caller, backend) = crate::caller::caller()?;
    Ok(backend.people().end_session(&caller, id).await?)
}

/// The apps that are signed in as the caller.
#[server(protocol = Rpc, prefix = "/rpc", endpoint = "account/apps")]
pub async fn apps() -> Result<Vec<OwnMobileSession>, ApiError> {
    let (caller, backend) = crate::caller::caller()?;
    Ok(backend.mobile_sessions().own(&caller).await?)
}

/// Signs one of them out.
#[server(protocol = Rpc, prefix = "/rpc", endpoint = "account/end_app")]
pub async fn end_app(id: TokenId) -> Result<(), ApiError> {
    let (caller, backend) = crate::caller::caller()?;
    Ok(backend.mobile_sessions().end_own(&caller, id).await?)
}

/// Changes the caller's password and signs the others out.
#[server(protocol = Rpc, prefix = "/rpc", endpoint = "account/change_password")]
pub async fn change_password(old: String, new: String) -> Result<(), ApiError> {
    let (caller, backend) = crate::caller::caller()?;
    Ok(backend.people().change_password(&caller, &old, &new).await?)
}
