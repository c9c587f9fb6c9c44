//! Server functions of page tokens and sites.

use domain::access_tokens::HistoryEntry;
use domain::form::Edited;
use domain::page_tokens::forms::PageTokenForm;
use domain::page_tokens::list::{Explained, PageTokenLink, PageTokenQuery, PageTokenRow};
use domain::page_tokens::sites::{SiteForm, SiteRow};
use domain::{Page, SiteId, TokenId};
use leptos::prelude::*;

use crate::error::ApiError;
use crate::rpc::Rpc;

/// A page of the list.
#[server(protocol = Rpc, prefix = "/rpc", endpoint = "page_tokens/list")]
pub async fn list_page_tokens(query: PageTokenQuery) -> Result<Page<PageTokenRow>, ApiError> {
    let (caller, backend) = crate::caller::caller()?;
    Ok(backend.page_tokens().list(&caller, &query).await?)
}

/// How many page tokens a list has.
#[server(protocol = Rpc, prefix = "/rpc", endpoint = "page_tokens/count")]
pub async fn count_page_tokens(query: PageTokenQuery) -> Result<i64, ApiError> {
    let (caller, backend) = crate::caller::caller()?;
    Ok(backend.page_tokens().count(&caller, &query).await?)
}

/// These page tokens as they are now.
#[server(protocol = Rpc, prefix = "/rpc", endpoint = "page_tokens/rows")]
pub async fn page_token_rows(ids: Vec<TokenId>) -> Result<Vec<PageTokenRow>, ApiError> {
    let (caller, backend) = crate::caller::caller()?;
    Ok(backend.page_tokens().rows(&caller, &ids).await?)
}

/// Makes a page token.
#[server(protocol = Rpc, prefix = "/rpc", endpoint = "page_tokens/create")]
pub async fn create_page_token(form: PageTokenForm) -> Result<(PageTokenRow, PageTokenLink), ApiError> {
    let (caller, backend) = crate::caller::caller()?;
    Ok(backend.page_tokens().create(&caller, &form).await?)
}

/// Changes of a page token what differs from what the form was opened with; its link stays as it is.
#[server(protocol = Rpc, prefix = "/rpc", endpoint = "page_tokens/edit")]
pub async fn edit_page_token(
    id: TokenId,
    form: PageTokenForm,
    shown: PageTokenForm,
) -> Result<Edited<PageTokenRow>, ApiError> {
    let (caller, backend) = crate::caller::caller()?;
    Ok(backend
        .page_tokens()
        .edit_shown(&caller, id, form, &shown)
        .await?)
}

/// Makes another one, described by a form that began with what this one has.
#[server(protocol = Rpc, prefix = "/rpc", endpoint = "page_tokens/duplicate")]
pub async fn duplicate_page_token(
    id: TokenId,
    form: PageTokenForm,
) -> Result<(PageTokenRow, PageTokenLink), ApiError> {
    let (caller, backend) = crate::caller::caller()?;
    Ok(backend.page_tokens().duplicate(&caller, id, &form).await?)
}

/// Pauses a page token, or ends the pause.
#[server(protocol = Rpc, prefix = "/rpc", endpoint = "page_tokens/suspend")]
pub async fn suspend_page_token(id: TokenId, suspended: bool) -> Result<PageTokenRow, ApiError> {
    let (caller, backend) = crate::caller::caller()?;
    Ok(backend
        .page_tokens()
        .set_suspended(&caller, id, suspended)
        .await?)
}

/// Pauses page tokens, or ends their pauses, all of them or none; answers those that were changed.
#[server(protocol = Rpc, prefix = "/rpc", endpoint = "page_tokens/suspend_all")]
pub async fn suspend_page_tokens(ids: Vec<TokenId>, suspended: bool) -> Result<Vec<PageTokenRow>, ApiError> {
    let (caller, backend) = crate::caller::caller()?;
    Ok(backend
        .page_tokens()
        .set_all_suspended(&caller, &ids, suspended)
        .await?)
}

/// Ends a page token for good.
#[server(protocol = Rpc, prefix = "/rpc", endpoint = "page_tokens/revoke")]
pub async fn revoke_page_token(id: TokenId) -> Result<PageTokenRow, ApiError> {
    let (caller, backend) = crate::caller::caller()?;
    Ok(backend.page_tokens().revoke(&caller, id).await?)
}

/// Deletes a page token; for 30 days it can be restored.
#[server(protocol = Rpc, prefix = "/rpc", endpoint = "page_tokens/delete")]
pub async fn delete_page_token(id: TokenId) -> Result<PageTokenRow, ApiError> {
    let (caller, backend) = crate::caller::caller()?;
    Ok(backend.page_tokens().delete(&caller, id).await?)
}

/// Brings a deleted page token back.
#[server(protocol = Rpc, prefix = "/rpc", endpoint = "page_tokens/restore")]
pub async fn restore_page_token(id: TokenId) -> Result<PageTokenRow, ApiError> {
    let (caller, backend) = crate::caller::caller()?;
    Ok(backend.page_tokens().restore(&caller, id).await?)
}

/// Deletes page tokens, all of them or none; for 30 days they can be restored.
#[server(protocol = Rpc, prefix = "/rpc", endpoint = "page_tokens/delete_all")]
pub async fn delete_page_tokens(ids: Vec<TokenId>) -> Result<Vec<PageTokenRow>, ApiError> {
    let (caller, backend) = crate::caller::caller()?;
    Ok(backend.page_tokens().delete_all(&caller, &ids).await?)
}

/// Brings deleted page tokens back, all of them or none.
#[server(protocol = Rpc, prefix = "/rpc", endpoint = "page_tokens/restore_all")]
pub async fn restore_page_tokens(ids: Vec<TokenId>) -> Result<Vec<PageTokenRow>, ApiError> {
    let (caller, backend) = crate::caller::caller()?;
    Ok(backend.page_tokens().restore_all(&caller, &ids).await?)
}

/// The link of a page token. Each time is recorded.
#[server(protocol = Rpc, prefix = "/rpc", endpoint = "page_tokens/reveal")]
pub async fn reveal_page_token(id: TokenId) -> Result<PageTokenLink, ApiError> {
    let (caller, backend) = crate::caller::caller()?;
    Ok(backend.page_tokens().reveal(&caller, id).await?)
}

/// Gives a page token a new link; the old one stays good for so many hours.
#[server(protocol = Rpc, prefix = "/rpc", endpoint = "page_tokens/rotate")]
pub async fn rotate_page_token(id: TokenId, grace_hours: i64) -> Result<PageTokenLink, ApiError> {
    let (caller, backend) = crate::caller::caller()?;
    Ok(backend.page_tokens().rotate(&caller, id, grace_hours).await?)
}

/// What happened to a page token.
#[server(protocol = Rpc, prefix = "/rpc", endpoint = "page_tokens/history")]
pub async fn page_token_history(id: TokenId) -> Result<Vec<HistoryEntry>, ApiError> {
    let (caller, backend) = crate::caller::caller()?;
    Ok(backend.page_tokens().history(&caller, id).await?)
}

/// Why a request is refused, or as whom it is let through.
#[server(protocol = Rpc, prefix = "/rpc", endpoint = "page_tokens/explain")]
pub async fn explain_page_token(url: String, method: String, address: String) -> Result<Explained, ApiError> {
    let (caller, backend) = crate::caller::caller()?;
    Ok(backend
        .page_tokens()
        .explain_typed(&caller, &url, &method, &address)
        .await?)
}

/// The sites that are guarded.
#[server(protocol = Rpc, prefix = "/rpc", endpoint = "page_tokens/sites")]
pub async fn list_sites() -> Result<Vec<SiteRow>, ApiError> {
    let (caller, backend) = crate::caller::caller()?;
    Ok(backend.page_tokens().sites(&caller).await?)
}

/// Adds a site; says its secret.
#[server(protocol = Rpc, prefix = "/rpc", endpoint = "page_tokens/add_site")]
pub async fn add_site(form: SiteForm) -> Result<(SiteRow, String), ApiError> {
    let (caller, backend) = crate::caller::caller()?;
    let (row, secret) = backend.page_tokens().add_site(&caller, &form).await?;
    Ok((row, secret.reveal().to_owned()))
}

/// Changes of a site what differs from what the form was opened with.
#[server(protocol = Rpc, prefix = "/rpc", endpoint = "page_tokens/edit_site")]
pub async fn edit_site(id: SiteId, form: SiteForm, shown: SiteForm) -> Result<Edited<SiteRow>, ApiError> {
    let (caller, backend) = crate::caller::caller()?;
    Ok(backend
        .page_tokens()
        .edit_site_shown(&caller, id, form, &shown)
        .await?)
}

/// Gives a site a new secret; the old one is believed for so many hours more.
#[server(protocol = Rpc, prefix = "/rpc", endpoint = "page_tokens/renew_site_secret")]
pub async fn renew_site_secret(id: SiteId, grace_hours: i64) -> Result<String, ApiError> {
    let (caller, backend) = crate::caller::caller()?;
    let secret = backend
        .page_tokens()
        .renew_site_secret(&caller, id, grace_hours)
        .await?;
    Ok(secret.reveal().to_owned())
}

/// Removes a site that has no tokens.
#[server(protocol = Rpc, prefix = "/rpc", endpoint = "page_tokens/remove_site")]
pub async fn remove_site(id: SiteId) -> Result<(), ApiError> {
    let (caller, backend) = crate::caller::caller()?;
    Ok(backend.page_tokens().remove_site(&caller, id).await?)
}
