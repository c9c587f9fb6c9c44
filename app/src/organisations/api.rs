//! Server functions of the organisation.

use domain::departments::{DepartmentForm, DepartmentView};
use domain::organisations::OrganisationView;
use domain::people::Me;
use domain::user_types::{UserTypeForm, UserTypeView};
use domain::{DepartmentId, UserTypeId};
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

/// The signed-in person, and today's date for them.
#[server(protocol = Rpc, prefix = "/rpc", endpoint = "organisations/me")]
pub async fn who_am_i() -> Result<Me, ApiError> {
    let (caller, backend) = crate::caller::caller()?;
    Ok(backend.people().me(&caller).map_err(backend::Error::from)?)
}

/// The departments that the caller may see, as a tree.
#[server(protocol = Rpc, prefix = "/rpc", endpoint = "departments/list")]
pub async fn list_departments() -> Result<Vec<DepartmentView>, ApiError> {
    let (caller, backend) = crate::caller::caller()?;
    Ok(backend.departments().list(&caller).await?)
}

/// Creates a department.
#[server(protocol = Rpc, prefix = "/rpc", endpoint = "departments/create")]
pub async fn create_department(form: DepartmentForm) -> Result<DepartmentId, ApiError> {
    let (caller, backend) = crate::caller::caller()?;
    Ok(backend.departments().create(&caller, &form).await?)
}

/// Renames a department.
#[server(protocol = Rpc, prefix = "/rpc", endpoint = "departments/rename")]
pub async fn rename_department(id: DepartmentId, name: String) -> Result<(), ApiError> {
    let (caller, backend) = crate::caller::caller()?;
    Ok(backend.departments().rename(&caller, id, &name).await?)
}

/// Moves a department.
#[server(protocol = Rpc, prefix = "/rpc", endpoint = "departments/move")]
pub async fn move_department(id: DepartmentId, parent: String) -> Result<(), ApiError> {
    let (caller, backend) = crate::caller::caller()?;
    Ok(backend.departments().move_to(&caller, id, &parent).await?)
}

/// Removes an empty department.
#[server(protocol = Rpc, prefix = "/rpc", endpoint = "departments/remove")]
pub async fn remove_department(id: DepartmentId) -> Result<(), ApiError> {
    let (caller, backend) = crate::caller::caller()?;
    Ok(backend.departments().remove(&caller, id).await?)
}

/// The user types, with how many people have each.
#[server(protocol = Rpc, prefix = "/rpc", endpoint = "user_types/list")]
pub async fn list_user_types() -> Result<Vec<UserTypeView>, ApiError> {
    let (caller, backend) = crate::caller::caller()?;
    Ok(backend.user_types().list(&caller).await?)
}

/// Creates a user type.
#[server(protocol = Rpc, prefix = "/rpc", endpoint = "user_types/create")]
pub async fn create_user_type(form: UserTypeForm) -> Result<UserTypeId, ApiError> {
    let (caller, backend) = crate::caller::caller()?;
    Ok(backend.user_types().create(&caller, &form).await?)
}

/// Changes a user type.
#[server(protocol = Rpc, prefix = "/rpc", endpoint = "user_types/update")]
pub async fn update_user_type(id: UserTypeId, form: UserTypeForm) -> Result<(), ApiError> {
    let (caller, backend) = crate::caller::caller()?;
    Ok(backend.user_types().update(&caller, id, &form).await?)
}

/// Deletes a user type that nobody has.
#[server(protocol = Rpc, prefix = "/rpc", endpoint = "user_types/delete")]
pub async fn delete_user_type(id: UserTypeId) -> Result<(), ApiError> {
    let (caller, backend) = crate::caller::caller()?;
    Ok(backend.user_types().delete(&caller, id).await?)
}
