//! Server functions of the organisation.

use domain::organisations::OrganisationView;
use domain::people::Me;
use leptos::prelude::*;

use crate::error::ApiError;
use crate::rpc::Rpc;

/// The organisation's settings.
#[server(protocol = Rpc, prefix = "/rpc", endpoint = "organisations/view")]
pub async fn view_organisation() -> Result<OrganisationView, ApiError> {
    let (caller, backend) = crate::caller::caller()?;
    Ok(backend.organisations().view(&caller).await?)
}

/// Changes the organisation's name and time zone.
#[server(protocol = Rpc, prefix = "/rpc", endpoint = "organisations/update")]
pub async fn update_organisation(name: String, time_zone: String) -> Result<OrganisationView, ApiError> {
    let (caller, backend) = crate::caller::caller()?;
    Ok(backend.organisations().update(&caller, &name, &time_zone).await?)
}

/// All time zones, to choose from.
#[server(protocol = Rpc, prefix = "/rpc", endpoint = "organisations/time_zones")]
pub async fn time_zones() -> Result<Vec<String>, ApiError> {
    let (_, backend) = crate::caller::caller()?;
    Ok(backend
        .organisations()
        .time_zones()
        .into_iter()
        .map(str::to_owned)
        .collect())
}

/// Who is signed in, and what today is for them.
#[server(protocol = Rpc, prefix = "/rpc", endpoint = "organisations/me")]
pub async fn who_am_i() -> Result<Me, ApiError> {
    let (caller, backend) = crate::caller::caller()?;
    Ok(backend.people().me(&caller).map_err(backend::Error::from)?)
}
