//! Stories of service users.

use chrono::TimeDelta;
use domain::api_tokens::{ApiTokenForm, ApiTokenQuery};
use domain::people::{PeopleQuery, ServiceUserForm};
use domain::{BuiltIn, PersonId, Refusal};

use crate::api_tokens::Named;
use crate::people::testing::{owner, owner_of, person};
use crate::people::{by_address, find_or_add, mailbox};
use crate::testing::on_each_engine;
use crate::{Backend, Caller, Client, Error};

fn form(name: &str) -> ServiceUserForm {
    ServiceUserForm {
        name: name.into(),
        user_type: BuiltIn::Administrator.key().into(),
        ..ServiceUserForm::default()
    }
}

async fn made(backend: &Backend, caller: &Caller, form: &ServiceUserForm) -> PersonId {
    let made = backend.people().add_service_user(caller, form).await;
    made.expect("a service user")
}

fn field(error: Error) -> String {
    match error {
        Error::Refused(Refusal::Invalid(problems)) => problems.first_field().unwrap_or_default().to_owned(),
        other => panic!("another error: {other}"),
    }
}

#[tokio::test]
async fn a_service_user_stands_behind_a_token_and_nobody_is_it() {
    on_each_engine(async |world| {
        let (backend, ada) = (&world.backend, owner(&world.backend).await);
        let id = made(backend, &ada, &form("Nightly import")).await;
        let row = backend.reports().person(&ada, id).await.expect("a row");
        assert_eq!((row.name.as_str(), &row.email), ("Nightly import", &None));
        assert_eq!(row.owner.as_ref().map(|(id, _)| Some(*id)), Some(ada.person()));
        assert_eq!(row.reached_at(), "service user of Ada");
        let found = PeopleQuery {
            search: "nightly".into(),
            ..PeopleQuery::default()
        };
        let page = backend.reports().people(&ada, &found).await.expect("a page");
        assert_eq!(page.rows.iter().map(|row| row.id).collect::<Vec<_>>(), [id]);

        // It is chosen like a person, and its token does what it may.
        let choices = backend.api_tokens().choices(&ada).await.expect("choices");
        let choice = (id.to_string(), "Nightly import (service user)".to_owned());
        assert!(choices.users.contains(&choice), "{:?}", choices.users);
        let token = ApiTokenForm {
            name: "Import".into(),
            user: id.to_string(),
            expires: "90d".into(),
            ..ApiTokenForm::default()
        };
        let tokens = backend.api_tokens();
        let token = tokens.create_from(&ada, &token).await.expect("a token");
        let known = tokens.authenticate(&token.secret, &Client::default()).await;
        let Ok(known) = known else { panic!("not let in") };
        let myself = tokens.myself(&known.caller).expect("a token");
        assert_eq!((myself.person, myself.email), (id, None));
        let listed = tokens
            .list(&ada, &ApiTokenQuery::default())
            .await
            .expect("a list");
        assert_eq!(listed.rows[0].reached_at(), "service user");
        let people = backend.people();
        let unowned = people.add_service_user(&known.caller, &form("Another")).await;
        assert_eq!(
            unowned.map_err(field),
            Err("owner".into()),
            "a program answers for nothing"
        );

        // Nothing that could be typed finds it, and nothing is mailed to it.
        assert!(id.to_string().parse::<domain::EmailAddress>().is_err());
        let mut conn = backend.db.read().await.expect("a reader");
        assert_eq!(mailbox(&mut conn, &ada.scope, id).await.expect("looked up"), None);
        drop(conn);
        let wide = people.set_user_type(&ada, id, BuiltIn::Owner.into()).await;
        wide.expect("it needs no password");
        let last = people.deactivate(&ada, ada.person().expect("Ada")).await;
        assert!(
            matches!(last, Err(Error::Refused(Refusal::Conflict(_)))),
            "no service user is the owner who can come in: {last:?}"
        );

        people.deactivate(&ada, id).await.expect("ended");
        assert!(
            tokens
                .authenticate(&token.secret, &Client::default())
                .await
                .is_err()
        );
        people.reactivate(&ada, id).await.expect("back");
        assert!(
            tokens
                .authenticate(&token.secret, &Client::default())
                .await
                .is_ok()
        );
        assert_eq!(
            backend.fsck().await.expect("looked through"),
            Vec::<String>::new()
        );
    })
    .await;
}

#[tokio::test]
async fn a_service_user_has_a_person_for_owner_and_no_more_rights_than_who_makes_it() {
    on_each_engine(async |world| {
        let (backend, ada) = (&world.backend, owner(&world.backend).await);
        let people = backend.people();
        let bob = person(
            backend,
            ada.organisation(),
            "Bob",
            "bob@example.org",
            BuiltIn::Administrator,
        )
        .await;
        let bobs = ServiceUserForm {
            owner: "bob@example.org".into(),
            ..form("Export")
        };
        let id = made(backend, &ada, &bobs).await;
        let owner_now = async || {
            let row = backend.reports().person(&ada, id).await.expect("a row");
            (row.name, row.owner.map(|(id, _)| id))
        };
        assert_eq!(owner_now().await, ("Export".into(), Some(bob)));
        for wrong in ["nobody@example.org".to_owned(), id.to_string()] {
            let form = ServiceUserForm {
                owner: wrong,
                ..form("Wrong")
            };
            let refused = people.add_service_user(&ada, &form).await;
            assert_eq!(refused.map_err(field), Err("owner".into()));
        }
        let renamed = ServiceUserForm {
            name: "Weekly export".into(),
            owner: ada.person().expect("Ada").to_string(),
            ..ServiceUserForm::default()
        };
        people
            .change_service_user(&ada, id, &renamed)
            .await
            .expect("changed");
        assert_eq!(owner_now().await, ("Weekly export".into(), ada.person()));
        let a_person = people.change_service_user(&ada, bob, &renamed).await;
        assert!(matches!(a_person, Err(Error::Refused(Refusal::NotFound))));

        let mut limited = ada.clone();
        limited.permissions = "people:manage people:read".parse().expect("permissions");
        let more = people.add_service_user(&limited, &form("More")).await;
        assert!(matches!(more, Err(Error::Refused(Refusal::Forbidden))));
        let eve = owner_of(backend, "Elsewhere", "eve@example.net").await;
        let foreign = people.change_service_user(&eve, id, &renamed).await;
        assert!(matches!(foreign, Err(Error::Refused(Refusal::NotFound))));

        let history = backend
            .reports()
            .report(&ada, id)
            .await
            .expect("a report")
            .history;
        let said: Vec<&str> = history.iter().map(|entry| entry.what.as_str()).collect();
        assert!(
            said.iter()
                .any(|what| what.starts_with("Made the service user Export as Administrator")),
            "{said:?}"
        );
        assert!(
            said.contains(&"Made Ada the owner of the service user"),
            "{said:?}"
        );

        // The operator names it.
        let operator = backend
            .organisations()
            .operator(ada.organisation())
            .await
            .expect("an operator");
        let new = ApiTokenForm {
            name: "Export".into(),
            ..ApiTokenForm::default()
        };
        for user in ["weekly export".to_owned(), id.to_string()] {
            let named = Named {
                user: Some(user),
                ..Named::default()
            };
            let new = new.parse().expect("a good form");
            let new = backend
                .api_tokens()
                .named(&operator, &named, new)
                .await
                .expect("named");
            assert_eq!(new.person, Some(id));
        }
    })
    .await;
}

#[tokio::test]
async fn no_recipient_is_taken_for_a_service_user() {
    on_each_engine(async |world| {
        let (backend, ada) = (&world.backend, owner(&world.backend).await);
        let id = made(backend, &ada, &form("mia@example.org")).await;
        let mia = "mia@example.org".parse().expect("an address");
        let mut conn = backend.db.read().await.expect("a reader");
        let known = by_address(&mut conn, ada.organisation(), &mia)
            .await
            .expect("looked up");
        assert_eq!(known, None, "its name is no address");
        drop(conn);
        let mut tx = backend.db.write().await.expect("a transaction");
        let now = backend.clock().now();
        let met = find_or_add(&mut tx, backend, ada.organisation(), &mia, "Mia", now).await;
        assert_ne!(met.expect("added"), id);
        backend.commit(tx).await.expect("committed");
    })
    .await;
}

#[tokio::test]
async fn who_answers_for_a_service_user_is_reminded_and_after_them_the_administrators() {
    on_each_engine(async |world| {
        let (backend, ada) = (&world.backend, owner(&world.backend).await);
        let bob = person(
            backend,
            ada.organisation(),
            "Bob",
            "bob@example.org",
            BuiltIn::Administrator,
        )
        .await;
        person(
            backend,
            ada.organisation(),
            "Mia",
            "mia@example.org",
            BuiltIn::Administrator,
        )
        .await;
        let bobs = ServiceUserForm {
            owner: "bob@example.org".into(),
            ..form("Import")
        };
        let id = made(backend, &ada, &bobs).await;
        let operator = backend
            .organisations()
            .operator(ada.organisation())
            .await
            .expect("an operator");
        let token = ApiTokenForm {
            name: "Import".into(),
            user: id.to_string(),
            expires: "90d".into(),
            ..ApiTokenForm::default()
        };
        let token = token.parse().expect("a good form");
        backend
            .api_tokens()
            .create(&operator, &token)
            .await
            .expect("a token");
        let written_to = async || {
            let mails = backend
                .mail()
                .list(&ada, &Default::default())
                .await
                .expect("the mails");
            let mut to: Vec<String> = mails.rows.iter().map(|mail| mail.to.to_string()).collect();
            to.sort();
            to
        };
        let before = written_to().await;
        backend.clock().advance(TimeDelta::days(31));
        assert_eq!(backend.api_tokens().remind().await.expect("reminded"), 1);
        let mut first = before.clone();
        first.push("bob@example.org".into());
        first.sort();
        assert_eq!(written_to().await, first, "who answers for it");

        backend.people().deactivate(&ada, bob).await.expect("ended");
        backend.clock().advance(TimeDelta::days(30));
        assert_eq!(
            backend.api_tokens().remind().await.expect("reminded"),
            1,
            "the token goes on"
        );
        let mut second = first;
        second.extend(["ada@example.org".to_owned(), "mia@example.org".to_owned()]);
        second.sort();
        assert_eq!(written_to().await, second, "nobody answers for it any more");
    })
    .await;
}
