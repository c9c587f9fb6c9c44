//! People to test with.

use domain::organisations::SetUp;
use domain::people::SignInForm;
use domain::{BuiltIn, OrganisationId, PersonId};

use super::{NewPerson, SignIn, add, sql};
use crate::{Backend, Caller, Client};

/// The password of everybody here.
pub(crate) const PASSWORD: &str = "correct horse battery";

/// A browser at this address.
pub(crate) fn browser(address: &str) -> Client {
    let user_agent = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0".into();
    Client {
        address: Some(address.parse().expect("an address")),
        user_agent,
        device: None,
    }
}

/// A new organisation and its owner, Ada, signed in.
pub(crate) async fn owner(backend: &Backend) -> Caller {
    owner_of(backend, "Acme", "ada@example.org").await
}

/// A new organisation of this name and its owner, signed in.
pub(crate) async fn owner_of(backend: &Backend, organisation: &str, email: &str) -> Caller {
    let new = SetUp {
        organisation: organisation.into(),
        time_zone: "Pacific/Auckland".into(),
        name: "Ada".into(),
        email: email.parse().expect("an address"),
        password: PASSWORD.into(),
    };
    let organisation = backend
        .organisations()
        .create(&new)
        .await
        .expect("an organisation");
    signed_in(backend, organisation, email).await
}

/// Another person of that organisation.
pub(crate) async fn person(
    backend: &Backend,
    organisation: OrganisationId,
    name: &str,
    email: &str,
    user_type: BuiltIn,
) -> PersonId {
    let hash = match user_type {
        BuiltIn::Member => None,
        _ => Some(backend.passwords.hash(PASSWORD).await.expect("a hash")),
    };
    let email = email.parse().expect("an address");
    let mut tx = backend.db.write().await.expect("a transaction");
    let user_type = crate::user_types::chosen(&mut tx, organisation, user_type.into())
        .await
        .expect("a user type");
    let new = NewPerson {
        organisation,
        name,
        email: &email,
        user_type: &user_type,
        department: None,
        password_hash: hash.as_deref(),
    };
    let id = add(&mut tx, backend, &new, backend.clock.now())
        .await
        .expect("added")
        .expect("nobody with this address");
    backend.commit(tx).await.expect("committed");
    id
}

/// An admin with this address, signed in.
pub(crate) async fn signed_in(backend: &Backend, organisation: OrganisationId, email: &str) -> Caller {
    let form = SignInForm {
        email: email.into(),
        password: PASSWORD.into(),
        organisation: organisation.to_string(),
        ..SignInForm::default()
    };
    let client = browser("192.0.2.1");
    let Ok(SignIn::Done(session)) = backend.people().sign_in(&form, &client).await else {
        panic!("not signed in")
    };
    backend
        .people()
        .caller(&session.secret, &client)
        .await
        .expect("looked up")
        .expect("an admin")
}

/// Whether somebody's access was ended.
pub(crate) async fn is_deactivated(
    backend: &Backend,
    organisation: OrganisationId,
    person: PersonId,
) -> bool {
    let mut conn = backend.db.read().await.expect("a reader");
    let row = sql::by_id(&mut conn, &crate::Scope::new(organisation, None), person)
        .await
        .expect("looked up")
        .expect("a person");
    row.deactivated_at.is_some()
}
