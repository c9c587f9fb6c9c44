//! Stories of user types: created, changed while in use, deleted.

use domain::user_types::{UserTypeForm, UserTypeView};
use domain::{BuiltIn, Permission, Permissions, Refusal, UserTypeRef};

use crate::people::testing::{PASSWORD, browser, owner, owner_of, person, signed_in};
use crate::testing::{World, on_each_engine};
use crate::{Caller, Error, Result};

fn form(name: &str, permissions: &str) -> UserTypeForm {
    UserTypeForm {
        name: name.into(),
        description: String::new(),
        permissions: permissions.into(),
    }
}

async fn all(world: &World, caller: &Caller) -> Vec<UserTypeView> {
    world.backend.user_types().list(caller).await.expect("user types")
}

fn refusal<T: std::fmt::Debug>(outcome: Result<T>) -> Refusal {
    match outcome {
        Err(Error::Refused(refusal)) => refusal,
        other => panic!("not refused: {other:?}"),
    }
}

#[tokio::test]
async fn an_organisation_begins_with_three_and_says_how_many_people_have_each() {
    on_each_engine(async |world| {
        let ada = owner(&world.backend).await;
        for email in ["max@example.org", "mia@example.org"] {
            person(&world.backend, ada.organisation(), "M", email, BuiltIn::Member).await;
        }
        let found = all(world, &ada).await;
        let counted: Vec<_> = found.iter().map(|one| (one.built_in, one.people)).collect();
        assert_eq!(
            counted,
            [
                (Some(BuiltIn::Owner), 1),
                (Some(BuiltIn::Administrator), 0),
                (Some(BuiltIn::Member), 2)
            ]
        );
        assert_eq!(found[0].permissions, Permissions::all());
    })
    .await;
}

#[tokio::test]
async fn a_change_of_a_user_type_acts_on_the_next_request() {
    on_each_engine(async |world| {
        let backend = &world.backend;
        let ada = owner(backend).await;
        let types = backend.user_types();
        let id = types
            .create(&ada, &form("Librarian", "collections:read collections:manage"))
            .await
            .expect("made");
        let bob = person(
            backend,
            ada.organisation(),
            "Bob",
            "bob@example.org",
            BuiltIn::Administrator,
        )
        .await;
        backend
            .people()
            .set_user_type(&ada, bob, UserTypeRef::Id(id))
            .await
            .expect("a librarian");
        let client = browser("192.0.2.1");
        let session = {
            let form = domain::people::SignInForm {
                email: "bob@example.org".into(),
                password: PASSWORD.into(),
                ..Default::default()
            };
            match backend.people().sign_in(&form, &client).await {
                Ok(crate::people::SignIn::Done(session)) => session,
                other => panic!("not in: {other:?}"),
            }
        };
        let now = async || {
            backend
                .people()
                .caller(&session.secret, &client)
                .await
                .expect("looked up")
        };
        let caller = now().await.expect("an admin");
        assert!(caller.may(Permission::CollectionsManage).is_ok());
        assert_eq!(caller.may(Permission::TokensRead), Err(Refusal::Forbidden));
        backend
            .collections()
            .create(&caller, "Made")
            .await
            .expect("allowed");

        types
            .update(&ada, id, &form("Librarian", "collections:read"))
            .await
            .expect("changed");
        let caller = now().await.expect("still an admin");
        assert_eq!(
            refusal(backend.collections().create(&caller, "Not made").await),
            Refusal::Forbidden
        );
        types
            .update(&ada, id, &form("Librarian", ""))
            .await
            .expect("changed");
        assert!(now().await.is_none(), "who may do nothing is no admin");
        types
            .update(&ada, id, &form("Librarian", "tokens:read"))
            .await
            .expect("changed");
        assert!(
            now()
                .await
                .is_some_and(|caller| caller.may(Permission::TokensRead).is_ok())
        );
        backend.people().deactivate(&ada, bob).await.expect("ended");
        assert!(now().await.is_none(), "disabled: refused at the next request");
    })
    .await;
}

#[tokio::test]
async fn nobody_grants_or_takes_what_they_do_not_have() {
    on_each_engine(async |world| {
        let backend = &world.backend;
        let ada = owner(backend).await;
        let types = backend.user_types();
        let people = backend.people();
        let keeper = types
            .create(
                &ada,
                &form("Keeper", "people:read people:manage user_types:manage"),
            )
            .await
            .expect("made");
        let reader = types
            .create(&ada, &form("Reader", "people:read"))
            .await
            .expect("made");
        let bob = person(
            backend,
            ada.organisation(),
            "Bob",
            "bob@example.org",
            BuiltIn::Administrator,
        )
        .await;
        people
            .set_user_type(&ada, bob, UserTypeRef::Id(keeper))
            .await
            .expect("a keeper");
        let carl = person(
            backend,
            ada.organisation(),
            "Carl",
            "carl@example.org",
            BuiltIn::Administrator,
        )
        .await;
        let bob = signed_in(backend, ada.organisation(), "bob@example.org").await;

        for outcome in [
            people.set_user_type(&bob, carl, UserTypeRef::Id(reader)).await,
            people.deactivate(&bob, carl).await,
            types.update(&bob, reader, &form("Reader", "tokens:read")).await,
            types.create(&bob, &form("New", "tokens:read")).await.map(|_| ()),
        ] {
            assert_eq!(refusal(outcome), Refusal::Forbidden);
        }
        people
            .set_user_type(&ada, carl, UserTypeRef::Id(reader))
            .await
            .expect("a reader");
        people
            .set_user_type(&bob, carl, UserTypeRef::Id(keeper))
            .await
            .expect("what they have they may give");
        assert_eq!(
            refusal(people.set_user_type(&bob, carl, BuiltIn::Owner.into()).await),
            Refusal::Forbidden
        );
        types
            .create(&bob, &form("Second reader", "people:read"))
            .await
            .expect("what they have");
    })
    .await;
}

#[tokio::test]
async fn built_in_ones_stay_and_used_ones_are_not_deleted() {
    on_each_engine(async |world| {
        let backend = &world.backend;
        let ada = owner(backend).await;
        let types = backend.user_types();
        let found = all(world, &ada).await;
        for (one, is_editable) in found.iter().zip([false, true, false]) {
            let edited = types.update(&ada, one.id, &form(&one.name, "tokens:read")).await;
            assert_eq!(edited.is_ok(), is_editable, "{}", one.name);
            assert!(matches!(
                refusal(types.delete(&ada, one.id).await),
                Refusal::Conflict(_)
            ));
        }
        let taken = refusal(types.create(&ada, &form("OWNER", "")).await);
        assert!(
            taken
                .problems()
                .is_some_and(|problems| problems.at("name").is_some())
        );

        let id = types
            .create(&ada, &form("Librarian", "collections:read"))
            .await
            .expect("made");
        let invitation = domain::people::InvitationForm {
            email: "bob@example.org".into(),
            user_type: id.to_string(),
            department: String::new(),
        };
        let invited = backend.people().invite(&ada, &invitation).await.expect("invited");
        assert!(matches!(
            refusal(types.delete(&ada, id).await),
            Refusal::Conflict(_)
        ));
        backend
            .people()
            .withdraw_invitation(&ada, invited.row.id)
            .await
            .expect("withdrawn");
        let eve = owner_of(backend, "Other", "eve@example.org").await;
        assert_eq!(refusal(types.delete(&eve, id).await), Refusal::NotFound);
        assert_eq!(
            refusal(types.update(&eve, id, &form("Mine", "")).await),
            Refusal::NotFound
        );
        types.delete(&ada, id).await.expect("deleted");
        assert_eq!(all(world, &ada).await.len(), 3);
    })
    .await;
}

#[tokio::test]
async fn what_an_api_token_has_is_not_deleted_until_the_token_is_over() {
    on_each_engine(async |world| {
        let backend = &world.backend;
        let ada = owner(backend).await;
        let types = backend.user_types();
        let id = types
            .create(&ada, &form("Importer", "tokens:read"))
            .await
            .expect("made");
        let token = domain::api_tokens::ApiTokenForm {
            name: "Import".into(),
            user_type: id.to_string(),
            ..Default::default()
        };
        let token = backend
            .api_tokens()
            .create_from(&ada, &token)
            .await
            .expect("a token");
        let refused = refusal(types.delete(&ada, id).await);
        assert!(
            matches!(&refused, Refusal::Conflict(sentence) if sentence.contains("API tokens")),
            "{refused:?}"
        );
        backend
            .api_tokens()
            .revoke(&ada, token.id)
            .await
            .expect("revoked");
        types.delete(&ada, id).await.expect("deleted");
        let view = backend
            .api_tokens()
            .view(&ada, token.id)
            .await
            .expect("it is there still");
        assert_eq!(view.row.user_type.1, "Member");
        assert!(view.permissions.is_empty());
    })
    .await;
}
