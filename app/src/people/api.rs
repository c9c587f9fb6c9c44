//! Server functions of people.

use domain::people::{
    InvitationForm, InvitationRow, NewInvitation, PeopleQuery, PersonReport, PersonRow, ServiceUserForm,
};
use domain::{InvitationId, Page, PersonId};
use leptos::prelude::*;

use crate::error::ApiError;
use crate::rpc::Rpc;

/// A page of the list of people.
#[server(protocol = Rpc, prefix = "/rpc", endpoint = "people/list")]
pub async fn list_people(query: PeopleQuery) -> Result<Page<PersonRow>, ApiError> {
    let (caller, backend) = crate::caller::caller()?;
    Ok(backend.reports().people(&caller, &query).await?)
}

/// How many people a list has.
#[server(protocol = Rpc, prefix = "/rpc", endpoint = "people/count")]
pub async fn count_people(query: PeopleQuery) -> Result<i64, ApiError> {
    let (caller, backend) = crate::caller::caller()?;
    Ok(backend.people().count(&caller, &query).await?)
}

/// These people as they are now.
#[server(protocol = Rpc, prefix = "/rpc", endpoint = "people/rows")]
pub async fn people_rows(ids: Vec<PersonId>) -> Result<Vec<PersonRow>, ApiError> {
    let (caller, backend) = crate::caller::caller()?;
    Ok(backend.reports().people_by_id(&caller, &ids).await?)
}

/// The user report.
#[server(protocol = Rpc, prefix = "/rpc", endpoint = "people/report")]
pub async fn get_report(id: PersonId) -> Result<PersonReport, ApiError> {
    let (caller, backend) = crate::caller::caller()?;
    Ok(backend.reports().report(&caller, id).await?)
}

/// Invites an admin. The link is in this answer and nowhere else.
#[server(protocol = Rpc, prefix = "/rpc", endpoint = "people/invite")]
pub async fn invite(form: InvitationForm) -> Result<NewInvitation, ApiError> {
    let (caller, backend) = crate::caller::caller()?;
    Ok(backend.people().invite(&caller, &form).await?)
}

/// The pending invitations.
#[server(protocol = Rpc, prefix = "/rpc", endpoint = "people/invitations")]
pub async fn invitations() -> Result<Vec<InvitationRow>, ApiError> {
    let (caller, backend) = crate::caller::caller()?;
    Ok(backend.people().invitations(&caller).await?)
}

/// Withdraws an invitation; its link opens nothing any more.
#[server(protocol = Rpc, prefix = "/rpc", endpoint = "people/withdraw_invitation")]
pub async fn withdraw_invitation(id: InvitationId) -> Result<(), ApiError> {
    let (caller, backend) = crate::caller::caller()?;
    Ok(backend.people().withdraw_invitation(&caller, id).await?)
}

/// Creates a service user.
#[server(protocol = Rpc, prefix = "/rpc", endpoint = "people/add_service_user")]
pub async fn add_service_user(form: ServiceUserForm) -> Result<PersonId, ApiError> {
    let (caller, backend) = crate::caller::caller()?;
    Ok(backend.people().add_service_user(&caller, &form).await?)
}

/// Changes a service user's name or owner.
#[server(protocol = Rpc, prefix = "/rpc", endpoint = "people/change_service_user")]
pub async fn change_service_user(id: PersonId, form: ServiceUserForm) -> Result<PersonRow, ApiError> {
    let (caller, backend) = crate::caller::caller()?;
    backend.people().change_service_user(&caller, id, &form).await?;
    Ok(backend.reports().changed_person(&caller, id).await?)
}

/// Changes a person's user type.
#[server(protocol = Rpc, prefix = "/rpc", endpoint = "people/set_user_type")]
pub async fn set_user_type(id: PersonId, user_type: String) -> Result<PersonRow, ApiError> {
    let (caller, backend) = crate::caller::caller()?;
    let user_type = crate::caller::typed("user_type", user_type.parse())?;
    backend.people().set_user_type(&caller, id, user_type).await?;
    Ok(backend.reports().changed_person(&caller, id).await?)
}

/// Ends a person's access.
#[server(protocol = Rpc, prefix = "/rpc", endpoint = "people/deactivate")]
pub async fn deactivate_person(id: PersonId) -> Result<PersonRow, ApiError> {
    let (caller, backend) = crate::caller::caller()?;
    backend.people().deactivate(&caller, id).await?;
    Ok(backend.reports().changed_person(&caller, id).await?)
}

/// Restores a person's access.
#[server(protocol = Rpc, prefix = "/rpc", endpoint = "people/reactivate")]
pub async fn reactivate_person(id: PersonId) -> Result<PersonRow, ApiError> {
    let (caller, backend) = crate::caller::caller()?;
    backend.people().reactivate(&caller, id).await?;
    Ok(backend.reports().changed_person(&caller, id).await?)
}

/// Puts a person into a department, or into none.
#[server(protocol = Rpc, prefix = "/rpc", endpoint = "people/set_department")]
pub async fn set_department(id: PersonId, department: String) -> Result<PersonRow, ApiError> {
    let (caller, backend) = crate::caller::caller()?;
    let department = crate::caller::typed("department", domain::departments::choice(&department))?;
    backend.people().set_department(&caller, id, department).await?;
    Ok(backend.reports().changed_person(&caller, id).await?)
}
