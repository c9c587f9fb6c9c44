//! `tokenwright organisation`.

use std::process::ExitCode;

use backend::Backend;
use database::Opening;
use domain::EmailAddress;
use domain::organisations::{SetUp, organisation_name, password};
use domain::people::person_name;

use crate::cli::{Error, NewOrganisation, Organisation, Switch};
use crate::config::Settings;

/// Runs it.
pub async fn run(settings: &Settings, command: Organisation) -> Result<ExitCode, Error> {
    let opening = match command {
        Organisation::Create(_) => Opening::Make,
        _ => Opening::Existing,
    };
    let backend = super::open_as(settings, opening).await?;
    let done = match command {
        Organisation::Create(new) => create(&backend, new).await,
        Organisation::List => list(&backend).await,
        Organisation::Features { id, full_tokens } => backend
            .organisations()
            .set_features(id, full_tokens == Switch::On)
            .await
            .map_err(Error::from),
        Organisation::Cancel { id } => backend.organisations().cancel(id).await.map_err(Error::from),
        Organisation::Reactivate { id } => backend.organisations().reactivate(id).await.map_err(Error::from),
        Organisation::Credentials { id, validate } => backend
            .organisations()
            .let_credentials_validate(id, validate == Switch::On)
            .await
            .map_err(Error::from),
    };
    backend.database().close().await;
    done.map(|()| ExitCode::SUCCESS)
}

async fn create(backend: &Backend, new: NewOrganisation) -> Result<(), Error> {
    let set_up = SetUp {
        organisation: organisation_name(&new.name)?,
        time_zone: new.time_zone,
        name: person_name(&new.owner_name)?,
        email: new.owner_email.parse::<EmailAddress>()?,
        password: password(&super::read_password()?)?,
    };
    let id = backend.organisations().create(&set_up).await?;
    println!("{id}");
    Ok(())
}

async fn list(backend: &Backend) -> Result<(), Error> {
    for listed in backend.organisations().list().await? {
        let view = listed.view;
        let tokens = if view.full_tokens {
            "full Tokens"
        } else {
            "simple tokens"
        };
        let state = if listed.cancelled { ", cancelled" } else { "" };
        println!("{}  {} ({}, {tokens}{state})", view.id, view.name, view.time_zone);
    }
    Ok(())
}
