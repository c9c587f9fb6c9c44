//! Server functions of sign-in providers.

use domain::IdentityProviderId;
use domain::identity_providers::{ProviderForm, ProviderList, ProviderRow};
use leptos::prelude::*;

use crate::error::ApiError;
use crate::rpc::Rpc;

/// All providers.
#[server(protocol = Rpc, prefix = "/rpc", endpoint = "identity_providers/list")]
pub async fn list_providers() -> Result<ProviderList, ApiError> {
    let (caller, backend) = crate::caller::caller()?;
    Ok(backend.identity_providers().list(&caller).await?)
}

/// Sets a provider up.
#[server(protocol = Rpc, prefix = "/rpc", endpoint = "identity_providers/add")]
pub async fn add_provider(form: ProviderForm) -> Result<ProviderRow, ApiError> {
    let (caller, backend) = crate::caller::caller()?;
    Ok(backend.identity_providers().add(&caller, &form).await?)
}

/// Changes a provider.
#[server(protocol = Rpc, prefix = "/rpc", endpoint = "identity_providers/edit")]
pub async fn edit_provider(id: IdentityProviderId, form: ProviderForm) -> Result<ProviderRow, ApiError> {
    let (caller, backend) = crate::caller::caller()?;
    Ok(backend.identity_providers().edit(&caller, id, &form).await?)
}

/// Removes a provider.
#[server(protocol = Rpc, prefix = "/rpc", endpoint = "identity_providers/remove")]
pub async fn remove_provider(id: IdentityProviderId) -> Result<(), ApiError> {
    let (caller, backend) = crate::caller::caller()?;
    Ok(backend.identity_providers().remove(&caller, id).await?)
}
