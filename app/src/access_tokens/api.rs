//! Server functions of access tokens.

use domain::access_tokens::bulk::{BulkForm, BulkView};
use domain::access_tokens::{
    CodeQuery, CodeRow, EditTokenForm, HistoryEntry, NewTokenForm, SharedLink, TokenQuery, TokenRow, UsesView,
};
use domain::finding::FirstSteps;
use domain::form::Edited;
use domain::{BatchId, JobId, Page, TokenId};
use leptos::prelude::*;

use crate::error::ApiError;
use crate::rpc::Rpc;

/// A page of the Token Manager.
#[server(protocol = Rpc, prefix = "/rpc", endpoint = "access_tokens/list")]
pub async fn list_tokens(query: TokenQuery) -> Result<Page<TokenRow>, ApiError> {
    let (caller, backend) = crate::caller::caller()?;
    Ok(backend.access_tokens().list(&caller, &query).await?)
}

/// How far the organisation has come on the way to its first link.
#[server(protocol = Rpc, prefix = "/rpc", endpoint = "access_tokens/first_steps")]
pub async fn get_first_steps() -> Result<FirstSteps, ApiError> {
    let (caller, backend) = crate::caller::caller()?;
    Ok(backend.reports().first_steps(&caller).await?)
}

/// How many tokens a list has.
#[server(protocol = Rpc, prefix = "/rpc", endpoint = "access_tokens/count")]
pub async fn count_tokens(query: TokenQuery) -> Result<i64, ApiError> {
    let (caller, backend) = crate::caller::caller()?;
    Ok(backend.access_tokens().count(&caller, &query).await?)
}

/// These tokens as they are now.
#[server(protocol = Rpc, prefix = "/rpc", endpoint = "access_tokens/rows")]
pub async fn token_rows(ids: Vec<TokenId>) -> Result<Vec<TokenRow>, ApiError> {
    let (caller, backend) = crate::caller::caller()?;
    Ok(backend.access_tokens().rows(&caller, &ids).await?)
}

/// One token.
#[server(protocol = Rpc, prefix = "/rpc", endpoint = "access_tokens/get")]
pub async fn get_token(id: TokenId) -> Result<TokenRow, ApiError> {
    let (caller, backend) = crate::caller::caller()?;
    Ok(backend.access_tokens().get(&caller, id).await?)
}

/// Makes a token.
#[server(protocol = Rpc, prefix = "/rpc", endpoint = "access_tokens/create")]
pub async fn create_token(form: NewTokenForm) -> Result<TokenRow, ApiError> {
    let (caller, backend) = crate::caller::caller()?;
    Ok(backend.access_tokens().create(&caller, &form).await?)
}

/// Changes a token's name, dates and limit: what differs from what the form was opened with.
#[server(protocol = Rpc, prefix = "/rpc", endpoint = "access_tokens/edit")]
pub async fn edit_token(
    id: TokenId,
    form: EditTokenForm,
    shown: EditTokenForm,
) -> Result<Edited<TokenRow>, ApiError> {
    let (caller, backend) = crate::caller::caller()?;
    Ok(backend
        .access_tokens()
        .edit_shown(&caller, id, form, &shown)
        .await?)
}

/// Pauses a token.
#[server(protocol = Rpc, prefix = "/rpc", endpoint = "access_tokens/suspend")]
pub async fn suspend_token(id: TokenId) -> Result<TokenRow, ApiError> {
    let (caller, backend) = crate::caller::caller()?;
    Ok(backend.access_tokens().suspend(&caller, id).await?)
}

/// Ends a pause.
#[server(protocol = Rpc, prefix = "/rpc", endpoint = "access_tokens/resume")]
pub async fn resume_token(id: TokenId) -> Result<TokenRow, ApiError> {
    let (caller, backend) = crate::caller::caller()?;
    Ok(backend.access_tokens().resume(&caller, id).await?)
}

/// Ends a token for good.
#[server(protocol = Rpc, prefix = "/rpc", endpoint = "access_tokens/revoke")]
pub async fn revoke_token(id: TokenId) -> Result<TokenRow, ApiError> {
    let (caller, backend) = crate::caller::caller()?;
    Ok(backend.access_tokens().revoke(&caller, id).await?)
}

/// Deletes a token; for 30 days it can be restored.
#[server(protocol = Rpc, prefix = "/rpc", endpoint = "access_tokens/delete")]
pub async fn delete_token(id: TokenId) -> Result<TokenRow, ApiError> {
    let (caller, backend) = crate::caller::caller()?;
    Ok(backend.access_tokens().delete(&caller, id).await?)
}

/// Brings a deleted token back.
#[server(protocol = Rpc, prefix = "/rpc", endpoint = "access_tokens/restore")]
pub async fn restore_token(id: TokenId) -> Result<TokenRow, ApiError> {
    let (caller, backend) = crate::caller::caller()?;
    Ok(backend.access_tokens().restore(&caller, id).await?)
}

/// Begins to do something to many tokens, or to many codes of a multi token.
#[server(protocol = Rpc, prefix = "/rpc", endpoint = "access_tokens/act_on_many")]
pub async fn act_on_tokens(form: BulkForm) -> Result<BulkView, ApiError> {
    let (caller, backend) = crate::caller::caller()?;
    Ok(backend.access_tokens().act_on_many(&caller, &form).await?)
}

/// How far that is, and who was refused why.
#[server(protocol = Rpc, prefix = "/rpc", endpoint = "access_tokens/bulk")]
pub async fn work_on_tokens(id: BatchId) -> Result<BulkView, ApiError> {
    let (caller, backend) = crate::caller::caller()?;
    Ok(backend.access_tokens().bulk(&caller, id).await?)
}

/// Takes back what was done to many tokens.
#[server(protocol = Rpc, prefix = "/rpc", endpoint = "access_tokens/undo_many")]
pub async fn undo_on_tokens(id: BatchId) -> Result<BulkView, ApiError> {
    let (caller, backend) = crate::caller::caller()?;
    Ok(backend.access_tokens().undo_many(&caller, id).await?)
}

/// Makes further codes for a multi token.
#[server(protocol = Rpc, prefix = "/rpc", endpoint = "access_tokens/add_codes")]
pub async fn add_codes(id: TokenId, no_of_tokens: String) -> Result<TokenRow, ApiError> {
    let (caller, backend) = crate::caller::caller()?;
    Ok(backend
        .access_tokens()
        .add_codes(&caller, id, &no_of_tokens)
        .await?)
}

/// Stops making codes; those that are made stay.
#[server(protocol = Rpc, prefix = "/rpc", endpoint = "access_tokens/cancel_job")]
pub async fn cancel_job(id: JobId) -> Result<(), ApiError> {
    let (caller, backend) = crate::caller::caller()?;
    Ok(backend.jobs().cancel(&caller, id).await?)
}

/// A page of a multi token's codes.
#[server(protocol = Rpc, prefix = "/rpc", endpoint = "access_tokens/codes")]
pub async fn list_codes(id: TokenId, query: CodeQuery) -> Result<Page<CodeRow>, ApiError> {
    let (caller, backend) = crate::caller::caller()?;
    Ok(backend.access_tokens().codes(&caller, id, &query).await?)
}

/// How many codes a list has.
#[server(protocol = Rpc, prefix = "/rpc", endpoint = "access_tokens/count_codes")]
pub async fn count_codes(id: TokenId, query: CodeQuery) -> Result<i64, ApiError> {
    let (caller, backend) = crate::caller::caller()?;
    Ok(backend.access_tokens().count_codes(&caller, id, &query).await?)
}

/// These codes as they are now.
#[server(protocol = Rpc, prefix = "/rpc", endpoint = "access_tokens/code_rows")]
pub async fn code_rows(id: TokenId, codes: Vec<TokenId>) -> Result<Vec<CodeRow>, ApiError> {
    let (caller, backend) = crate::caller::caller()?;
    Ok(backend.access_tokens().code_rows(&caller, id, &codes).await?)
}

/// The link of a single token or a code. Each time is recorded.
#[server(protocol = Rpc, prefix = "/rpc", endpoint = "access_tokens/share")]
pub async fn share_token(id: TokenId) -> Result<SharedLink, ApiError> {
    let (caller, backend) = crate::caller::caller()?;
    Ok(backend.access_tokens().share(&caller, id).await?)
}

/// Assigns a code to an address and sends its link there.
#[server(protocol = Rpc, prefix = "/rpc", endpoint = "access_tokens/assign")]
pub async fn assign_code(id: TokenId, email: String) -> Result<CodeRow, ApiError> {
    let (caller, backend) = crate::caller::caller()?;
    Ok(backend.access_tokens().assign(&caller, id, &email).await?)
}

/// Takes a code back from an address; its link opens nothing any more.
#[server(protocol = Rpc, prefix = "/rpc", endpoint = "access_tokens/clear_assignment")]
pub async fn clear_assignment(id: TokenId) -> Result<CodeRow, ApiError> {
    let (caller, backend) = crate::caller::caller()?;
    Ok(backend.access_tokens().clear_assignment(&caller, id).await?)
}

/// Makes a new code that replaces a used one.
#[server(protocol = Rpc, prefix = "/rpc", endpoint = "access_tokens/replace")]
pub async fn replace_code(id: TokenId) -> Result<CodeRow, ApiError> {
    let (caller, backend) = crate::caller::caller()?;
    Ok(backend.access_tokens().replace(&caller, id).await?)
}

/// Gives an assigned code a new link and mails it; the old link opens nothing any more.
#[server(protocol = Rpc, prefix = "/rpc", endpoint = "access_tokens/new_link")]
pub async fn new_link(id: TokenId) -> Result<CodeRow, ApiError> {
    let (caller, backend) = crate::caller::caller()?;
    Ok(backend.access_tokens().new_link(&caller, id).await?)
}

/// How often a token was used on which days, and by whom.
#[server(protocol = Rpc, prefix = "/rpc", endpoint = "access_tokens/uses")]
pub async fn token_uses(id: TokenId) -> Result<UsesView, ApiError> {
    let (caller, backend) = crate::caller::caller()?;
    Ok(backend.access_tokens().uses_view(&caller, id).await?)
}

/// What happened to a token or code.
#[server(protocol = Rpc, prefix = "/rpc", endpoint = "access_tokens/history")]
pub async fn token_history(id: TokenId) -> Result<Vec<HistoryEntry>, ApiError> {
    let (caller, backend) = crate::caller::caller()?;
    Ok(backend.access_tokens().history(&caller, id).await?)
}
