//! Server functions of API tokens.

use domain::api_tokens::{
    ApiTokenForm, ApiTokenQuery, ApiTokenRow, ApiTokenView, Bulk, BulkPreview, BulkResult, Choices,
    Explained, IssuedApiToken, PolicyForm, PolicyView, Question, Reach, RotateForm,
};
use domain::{Page, Problems, TokenId};
use leptos::prelude::*;

use crate::error::ApiError;
use crate::rpc::Rpc;

/// A page of the list.
#[server(protocol = Rpc, prefix = "/rpc", endpoint = "api_tokens/list")]
pub async fn list_tokens(query: ApiTokenQuery) -> Result<Page<ApiTokenRow>, ApiError> {
    let (caller, backend) = crate::caller::caller()?;
    Ok(backend.api_tokens().list(&caller, &query).await?)
}

/// How many API tokens a list has.
#[server(protocol = Rpc, prefix = "/rpc", endpoint = "api_tokens/count")]
pub async fn count_tokens(query: ApiTokenQuery) -> Result<i64, ApiError> {
    let (caller, backend) = crate::caller::caller()?;
    Ok(backend.api_tokens().count(&caller, &query).await?)
}

/// These API tokens as they are now.
#[server(protocol = Rpc, prefix = "/rpc", endpoint = "api_tokens/rows")]
pub async fn token_rows(ids: Vec<TokenId>) -> Result<Vec<ApiTokenRow>, ApiError> {
    let (caller, backend) = crate::caller::caller()?;
    Ok(backend.api_tokens().rows(&caller, &ids).await?)
}

/// The ids of all API tokens that a list has, as many as are changed at once.
#[server(protocol = Rpc, prefix = "/rpc", endpoint = "api_tokens/ids")]
pub async fn token_ids(query: ApiTokenQuery) -> Result<Vec<TokenId>, ApiError> {
    let (caller, backend) = crate::caller::caller()?;
    Ok(backend
        .api_tokens()
        .ids(&caller, &query, &Default::default())
        .await?)
}

/// Everything about a token but its secret.
#[server(protocol = Rpc, prefix = "/rpc", endpoint = "api_tokens/view")]
pub async fn view_token(id: TokenId) -> Result<ApiTokenView, ApiError> {
    let (caller, backend) = crate::caller::caller()?;
    Ok(backend.api_tokens().view(&caller, id).await?)
}

/// What the form offers.
#[server(protocol = Rpc, prefix = "/rpc", endpoint = "api_tokens/choices")]
pub async fn token_choices() -> Result<Choices, ApiError> {
    let (caller, backend) = crate::caller::caller()?;
    Ok(backend.api_tokens().choices(&caller).await?)
}

/// What a token could reach, before it is made.
#[server(protocol = Rpc, prefix = "/rpc", endpoint = "api_tokens/reach")]
pub async fn token_reach(form: ApiTokenForm) -> Result<Reach, ApiError> {
    let (caller, backend) = crate::caller::caller()?;
    let operations = crate::caller::operations()?;
    Ok(backend.reports().reach(&caller, &form, operations).await?)
}

/// Why a request with a token is refused.
#[server(protocol = Rpc, prefix = "/rpc", endpoint = "api_tokens/explain")]
pub async fn explain_token(question: Question) -> Result<Explained, ApiError> {
    let (caller, backend) = crate::caller::caller()?;
    let operations = crate::caller::operations()?;
    Ok(backend.reports().explain(&caller, &question, operations).await?)
}

/// Changes what was changed in a form that was opened with `shown`. Of what somebody else changed meanwhile only that is
/// overwritten which the person was told of.
#[server(protocol = Rpc, prefix = "/rpc", endpoint = "api_tokens/edit")]
pub async fn edit_token(
    id: TokenId,
    form: ApiTokenForm,
    shown: ApiTokenForm,
    #[server(default)] told: Problems,
) -> Result<(), ApiError> {
    let (caller, backend) = crate::caller::caller()?;
    Ok(backend
        .api_tokens()
        .edit_shown(&caller, id, form, &shown, &told)
        .await?)
}

/// Makes a token. Its secret is in this answer.
#[server(protocol = Rpc, prefix = "/rpc", endpoint = "api_tokens/create")]
pub async fn create_token(form: ApiTokenForm) -> Result<IssuedApiToken, ApiError> {
    let (caller, backend) = crate::caller::caller()?;
    Ok(backend.api_tokens().create_from(&caller, &form).await?)
}

/// Gives a token a new secret, which is in this answer.
#[server(protocol = Rpc, prefix = "/rpc", endpoint = "api_tokens/rotate")]
pub async fn rotate_token(id: TokenId, form: RotateForm) -> Result<IssuedApiToken, ApiError> {
    let (caller, backend) = crate::caller::caller()?;
    Ok(backend.api_tokens().rotate(&caller, id, &form).await?)
}

/// Pauses a token, or ends its pause.
#[server(protocol = Rpc, prefix = "/rpc", endpoint = "api_tokens/set_suspended")]
pub async fn set_suspended(id: TokenId, suspended: bool) -> Result<(), ApiError> {
    let (caller, backend) = crate::caller::caller()?;
    backend.api_tokens().set_suspended(&caller, id, suspended).await?;
    Ok(())
}

/// What a change of these tokens would hit.
#[server(protocol = Rpc, prefix = "/rpc", endpoint = "api_tokens/preview")]
pub async fn preview_change(ids: Vec<TokenId>) -> Result<BulkPreview, ApiError> {
    let (caller, backend) = crate::caller::caller()?;
    Ok(backend.api_tokens().preview(&caller, &ids).await?)
}

/// Ends or pauses tokens, or ends their pause, with what became of each.
#[server(protocol = Rpc, prefix = "/rpc", endpoint = "api_tokens/bulk")]
pub async fn change_tokens(ids: Vec<TokenId>, what: Bulk) -> Result<Vec<(TokenId, BulkResult)>, ApiError> {
    let (caller, backend) = crate::caller::caller()?;
    Ok(backend.api_tokens().bulk(&caller, &ids, what).await?)
}

/// What the organisation allows, and how many tokens that refuses.
#[server(protocol = Rpc, prefix = "/rpc", endpoint = "api_tokens/policy")]
pub async fn view_policy() -> Result<PolicyView, ApiError> {
    let (caller, backend) = crate::caller::caller()?;
    Ok(backend.api_tokens().policy(&caller).await?)
}

/// How many tokens a policy would refuse.
#[server(protocol = Rpc, prefix = "/rpc", endpoint = "api_tokens/would_refuse")]
pub async fn would_refuse(form: PolicyForm) -> Result<i64, ApiError> {
    let (caller, backend) = crate::caller::caller()?;
    Ok(backend.api_tokens().would_refuse(&caller, &form).await?)
}

/// Changes what the organisation allows.
#[server(protocol = Rpc, prefix = "/rpc", endpoint = "api_tokens/set_policy")]
pub async fn set_policy(form: PolicyForm) -> Result<PolicyView, ApiError> {
    let (caller, backend) = crate::caller::caller()?;
    Ok(backend.api_tokens().set_policy(&caller, &form).await?)
}

/// The secret of a token, for the password. Each time is recorded.
#[server(protocol = Rpc, prefix = "/rpc", endpoint = "api_tokens/reveal")]
pub async fn reveal_token(id: TokenId, password: String) -> Result<String, ApiError> {
    let (caller, backend) = crate::caller::caller()?;
    Ok(backend.api_tokens().reveal(&caller, id, &password).await?)
}
