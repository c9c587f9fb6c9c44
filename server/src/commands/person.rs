//! `tokenwright person`.

use std::process::ExitCode;

use backend::Backend;
use domain::organisations::password;
use domain::{BuiltIn, EmailAddress, OrganisationId};

use crate::cli::{AdminType, Error, Person};
use crate::config::Settings;

/// Runs it.
pub async fn run(settings: &Settings, command: Person) -> Result<ExitCode, Error> {
    let backend = super::open(settings).await?;
    let done = match command {
        Person::ResetPassword { email, organisation } => reset_password(&backend, &email, organisation).await,
        Person::Invite {
            email,
            user_type,
            organisation,
        } => invite(&backend, &email, user_type, organisation).await,
    };
    backend.database().close().await;
    done.map(|()| ExitCode::SUCCESS)
}

async fn reset_password(
    backend: &Backend,
    email: &str,
    organisation: Option<OrganisationId>,
) -> Result<(), Error> {
    let email: EmailAddress = email.parse()?;
    let organisation = the_one(backend, organisation).await?;
    let new = password(&super::read_password()?)?;
    backend
        .people()
        .reset_password(organisation, &email, &new)
        .await?;
    println!("The password of {email} is set, and all of their sessions have ended.");
    Ok(())
}

async fn invite(
    backend: &Backend,
    email: &str,
    user_type: AdminType,
    organisation: Option<OrganisationId>,
) -> Result<(), Error> {
    let email: EmailAddress = email.parse()?;
    let organisation = the_one(backend, organisation).await?;
    let user_type = match user_type {
        AdminType::Administrator => BuiltIn::Administrator,
        AdminType::Owner => BuiltIn::Owner,
    };
    println!(
        "{}",
        backend
            .people()
            .invite_for(organisation, &email, user_type)
            .await?
    );
    Ok(())
}

/// The organisation that was named, or the only one.
pub async fn the_one(backend: &Backend, named: Option<OrganisationId>) -> Result<OrganisationId, Error> {
    if let Some(id) = named {
        return Ok(id);
    }
    let all = backend.organisations().list().await?;
    match all.iter().filter(|listed| !listed.cancelled).collect::<Vec<_>>().as_slice() {
        [only] => Ok(only.view.id),
        [] => Err("There is no organisation yet. Make one with `tokenwright organisation create`.".into()),
        _ => Err("There are several organisations. Name one with --organisation; `tokenwright organisation list` shows \
                  their ids."
            .into()),
    }
}
