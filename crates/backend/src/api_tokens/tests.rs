//! Stories of API tokens.

mod changes;
mod explaining;
mod lists;
mod policy;
mod reading;
mod reminders;
mod withdrawal;

use chrono::TimeDelta;
use domain::api_tokens::{
    ApiTokenForm, ApiTokenList, ApiTokenOrder, ApiTokenQuery, Bulk, BulkResult, IssuedApiToken, Policy,
    PolicyForm, RotateForm,
};
use domain::departments::DepartmentForm;
use domain::tokens::State;
use domain::{BuiltIn, DepartmentId, Permission, PersonId, Refusal};

use self::explaining::OPERATIONS;
use super::Denied;
use crate::people::testing::{PASSWORD, owner, owner_of, person};
use crate::testing::{World, on_each_engine};
use crate::{Backend, Caller, Client, Error};

fn from(address: &str) -> Client {
    Client {
        address: Some(address.parse().expect("an address")),
        user_agent: "curl/8.0".into(),
        device: None,
    }
}

fn form(name: &str) -> ApiTokenForm {
    ApiTokenForm {
        name: name.into(),
        expires: "90d".into(),
        ..ApiTokenForm::default()
    }
}

/// Somebody else, who may do nearly everything.
async fn bob(backend: &Backend, ada: &Caller) -> PersonId {
    person(
        backend,
        ada.organisation(),
        "Bob",
        "bob@example.org",
        BuiltIn::Administrator,
    )
    .await
}

async fn made(backend: &Backend, caller: &Caller, form: &ApiTokenForm) -> IssuedApiToken {
    let new = form.parse().expect("a good form");
    backend.api_tokens().create(caller, &new).await.expect("made")
}

async fn let_in(backend: &Backend, token: &IssuedApiToken) -> Result<Caller, Denied> {
    let known = backend
        .api_tokens()
        .authenticate(&token.secret, &from("192.0.2.7"))
        .await?;
    Ok(known.caller)
}

fn field(error: Error) -> String {
    match error {
        Error::Refused(Refusal::Invalid(problems)) => problems.first_field().unwrap_or_default().to_owned(),
        other => panic!("another error: {other}"),
    }
}

#[tokio::test]
async fn a_token_does_what_its_person_may_and_nothing_after_it_was_revoked() {
    on_each_engine(async |world| {
        let (backend, ada) = (&world.backend, owner(&world.backend).await);
        let token = made(backend, &ada, &form("Nightly import")).await;
        assert!(token.secret.starts_with("twa_") && !format!("{token:?}").contains(&token.secret));

        let program = let_in(backend, &token).await.expect("let in");
        assert_eq!(program.permissions, ada.permissions);
        assert_eq!(program.organisation(), ada.organisation());
        let myself = backend.api_tokens().myself(&program).expect("a token");
        assert_eq!(
            (myself.id, myself.name.as_str(), myself.user_type.1.as_str()),
            (token.id, "Nightly import", "Owner")
        );
        assert!(let_in(backend, &token).await.is_ok(), "from memory");

        let again = backend
            .api_tokens()
            .create(&program, &form("Another").parse().expect("a form"))
            .await;
        assert!(
            matches!(again, Err(Error::Refused(Refusal::Forbidden))),
            "tokens make no tokens"
        );

        backend
            .api_tokens()
            .revoke(&ada, token.id)
            .await
            .expect("revoked");
        assert!(
            matches!(let_in(backend, &token).await, Err(Denied::Unknown)),
            "at the next request"
        );
        backend
            .api_tokens()
            .revoke(&ada, token.id)
            .await
            .expect("a second time is the same");
    })
    .await;
}

#[tokio::test]
async fn what_its_person_loses_it_loses_at_the_next_request() {
    on_each_engine(async |world| {
        let (backend, ada) = (&world.backend, owner(&world.backend).await);
        let bob = bob(backend, &ada).await;
        let bobs = ApiTokenForm {
            user: bob.to_string(),
            ..form("Bob's")
        };
        let token = made(backend, &ada, &bobs).await;
        let program = let_in(backend, &token).await.expect("let in");
        assert!(program.may(Permission::PeopleManage).is_ok());
        assert!(program.may(Permission::OrganisationManage).is_err());

        backend
            .people()
            .set_user_type(&ada, bob, BuiltIn::Member.into())
            .await
            .expect("changed");
        let program = let_in(backend, &token).await.expect("a token still");
        assert!(program.permissions.is_empty(), "{:?}", program.permissions);

        backend
            .people()
            .set_user_type(&ada, bob, BuiltIn::Owner.into())
            .await
            .expect("changed");
        let program = let_in(backend, &token).await.expect("a token still");
        assert!(program.may(Permission::PeopleManage).is_ok());
        assert!(
            program.may(Permission::OrganisationManage).is_err(),
            "its own user type bounds it, too"
        );

        backend.people().deactivate(&ada, bob).await.expect("ended");
        assert!(matches!(let_in(backend, &token).await, Err(Denied::Unknown)));
        backend.people().reactivate(&ada, bob).await.expect("back");
        assert!(let_in(backend, &token).await.is_ok());
        backend
            .organisations()
            .cancel(ada.organisation())
            .await
            .expect("cancelled");
        assert!(matches!(let_in(backend, &token).await, Err(Denied::Unknown)));
    })
    .await;
}

#[tokio::test]
async fn a_token_is_narrowed_and_nobody_grants_what_they_do_not_have() {
    on_each_engine(async |world| {
        let (backend, ada) = (&world.backend, owner(&world.backend).await);
        let narrow = ApiTokenForm {
            permissions: "tokens:read".into(),
            ..form("Narrow")
        };
        let token = made(backend, &ada, &narrow).await;
        let program = let_in(backend, &token).await.expect("let in");
        assert_eq!(program.permissions.to_string(), "tokens:read");

        let mut bob = ada.clone();
        bob.permissions = "api_tokens:manage tokens:read".parse().expect("permissions");
        let create = async |form: ApiTokenForm| {
            let new = form.parse().expect("a good form");
            backend.api_tokens().create(&bob, &new).await.map_err(field)
        };
        assert_eq!(create(form("All")).await.map(|_| ()), Err("user_type".into()));
        let both = ApiTokenForm {
            permissions: "tokens:read people:read".into(),
            ..form("More")
        };
        assert_eq!(create(both).await.map(|_| ()), Err("user_type".into()));
        assert!(create(narrow).await.is_ok());
        let nobody = ApiTokenForm {
            user: uuid::Uuid::nil().to_string(),
            ..form("Nobody")
        };
        assert_eq!(create(nobody).await.map(|_| ()), Err("user".into()));
    })
    .await;
}

#[tokio::test]
async fn a_token_ends_at_its_instant_and_is_held_to_its_networks() {
    on_each_engine(async |world| {
        let (backend, ada) = (&world.backend, owner(&world.backend).await);
        let bounded = ApiTokenForm {
            expires: "1d".into(),
            networks: "203.0.113.0/24 2001:db8::/32".into(),
            ..form("Bounded")
        };
        let token = made(backend, &ada, &bounded).await;
        let ask = async |client: Client| {
            backend
                .api_tokens()
                .authenticate(&token.secret, &client)
                .await
                .map(|_| ())
        };
        assert!(ask(from("203.0.113.9")).await.is_ok());
        assert!(
            ask(from("::ffff:203.0.113.9")).await.is_ok(),
            "IPv4 written as IPv6 is IPv4"
        );
        assert!(ask(from("2001:db8::9")).await.is_ok());
        for client in [
            from("203.0.114.9"),
            from("2001:db9::1"),
            from("::ffff:203.0.114.9"),
            Client::default(),
        ] {
            assert!(
                matches!(ask(client.clone()).await, Err(Denied::Network)),
                "{client:?}"
            );
        }
        backend
            .clock()
            .advance(TimeDelta::days(1) - TimeDelta::microseconds(1));
        assert!(ask(from("203.0.113.9")).await.is_ok());
        backend.clock().advance(TimeDelta::microseconds(1));
        assert!(
            matches!(ask(from("203.0.113.9")).await, Err(Denied::Expired)),
            "at exactly its end"
        );
    })
    .await;
}

#[tokio::test]
async fn a_rotation_has_a_grace_that_ends_early_and_an_alarm_after_it() {
    on_each_engine(async |world| {
        let (backend, ada) = (&world.backend, owner(&world.backend).await);
        let old = made(backend, &ada, &form("Rotated")).await;
        assert!(let_in(backend, &old).await.is_ok());
        let how = RotateForm {
            grace: "24h".into(),
            until_first_use: true,
        };
        let new = backend
            .api_tokens()
            .rotate(&ada, old.id, &how)
            .await
            .expect("rotated");
        assert!(let_in(backend, &old).await.is_ok(), "within its grace");
        assert!(let_in(backend, &new).await.is_ok());
        assert!(
            matches!(let_in(backend, &old).await, Err(Denied::Replaced)),
            "the new one was used"
        );
        assert!(matches!(let_in(backend, &old).await, Err(Denied::Replaced)));
        let view = backend.api_tokens().view(&ada, old.id).await.expect("a page");
        let alarms = view
            .history
            .iter()
            .filter(|entry| entry.what.starts_with("ALARM"))
            .count();
        assert_eq!(alarms, 1, "{:?}", view.history);

        let how = RotateForm {
            grace: "1h".into(),
            until_first_use: false,
        };
        let newest = backend
            .api_tokens()
            .rotate(&ada, old.id, &how)
            .await
            .expect("rotated");
        assert!(let_in(backend, &newest).await.is_ok() && let_in(backend, &new).await.is_ok());
        backend.clock().advance(TimeDelta::hours(1));
        assert!(matches!(let_in(backend, &new).await, Err(Denied::Replaced)));
        let program = let_in(backend, &newest).await.expect("let in");
        let last = backend
            .api_tokens()
            .rotate(&program, old.id, &RotateForm::default())
            .await
            .expect("by itself");
        assert!(let_in(backend, &last).await.is_ok());
        backend
            .api_tokens()
            .revoke(&program, old.id)
            .await
            .expect("by itself");
        assert!(let_in(backend, &last).await.is_err());
    })
    .await;
}

#[tokio::test]
async fn a_stricter_policy_refuses_and_destroys_nothing() {
    on_each_engine(async |world| {
        let (backend, ada) = (&world.backend, owner(&world.backend).await);
        let endless = made(
            backend,
            &ada,
            &ApiTokenForm {
                expires: "never".into(),
                ..form("Endless")
            },
        )
        .await;
        let short = made(
            backend,
            &ada,
            &ApiTokenForm {
                expires: "30d".into(),
                ..form("Short")
            },
        )
        .await;
        let strict = Policy {
            longest_days: Some(60),
            never_allowed: false,
            default_days: 30,
            ..Policy::default()
        };
        backend
            .api_tokens()
            .set_policy(&ada, &PolicyForm::from(strict))
            .await
            .expect("set");
        assert!(matches!(let_in(backend, &endless).await, Err(Denied::Policy)));
        assert!(let_in(backend, &short).await.is_ok());
        let create = async |form: ApiTokenForm| {
            let new = form.parse().expect("a good form");
            backend.api_tokens().create(&ada, &new).await.map_err(field)
        };
        assert_eq!(create(form("Long")).await.map(|_| ()), Err("expires".into()));
        assert!(
            create(ApiTokenForm {
                expires: String::new(),
                ..form("Usual")
            })
            .await
            .is_ok()
        );
        let held_back = backend
            .api_tokens()
            .view(&ada, endless.id)
            .await
            .expect("a page")
            .held_back;
        assert!(held_back.is_some_and(|why| why.contains("policy")));

        let loose = PolicyForm {
            per_minute: "60".into(),
            idle_days: "7".into(),
            ..PolicyForm::from(Policy::default())
        };
        backend.api_tokens().set_policy(&ada, &loose).await.expect("set");
        let mut fast = Ok(());
        for _ in 0..100 {
            fast = let_in(backend, &endless).await.map(|_| ());
            if fast.is_err() {
                break;
            }
        }
        assert!(matches!(fast, Err(Denied::TooMany { .. })));
        backend.clock().advance(TimeDelta::days(7));
        assert!(
            matches!(let_in(backend, &endless).await, Err(Denied::Expired)),
            "nobody used it"
        );
    })
    .await;
}

#[tokio::test]
async fn the_secret_is_shown_again_for_the_password_and_only_where_it_may() {
    on_each_engine(async |world| {
        let (backend, ada) = (&world.backend, owner(&world.backend).await);
        let token = made(backend, &ada, &form("Sealed")).await;
        let wrong = backend
            .api_tokens()
            .reveal(&ada, token.id, "another password")
            .await;
        assert_eq!(wrong.map_err(field), Err("password".into()));
        let shown = backend
            .api_tokens()
            .reveal(&ada, token.id, PASSWORD)
            .await
            .expect("shown");
        assert_eq!(shown, token.secret);
        let once = PolicyForm {
            show_once: true,
            ..PolicyForm::from(Policy::default())
        };
        backend.api_tokens().set_policy(&ada, &once).await.expect("set");
        let token = made(backend, &ada, &form("Shown once")).await;
        let again = backend.api_tokens().reveal(&ada, token.id, PASSWORD).await;
        assert!(matches!(again, Err(Error::Refused(Refusal::Conflict(_)))));
    })
    .await;
}

#[tokio::test]
async fn uses_are_written_down_together_and_found_in_the_list() {
    on_each_engine(async |world| {
        let (backend, ada) = (&world.backend, owner(&world.backend).await);
        let token = made(backend, &ada, &form("Used")).await;
        let row = async || backend.api_tokens().row(&ada, token.id).await.expect("a row");
        assert!(row().await.last_used.is_none());
        for _ in 0..3 {
            let known = backend
                .api_tokens()
                .authenticate(&token.secret, &from("192.0.2.7"))
                .await;
            let Ok(known) = known else { panic!("not let in") };
            known.meter.uses(Permission::TokensRead);
        }
        assert!(row().await.last_used.is_none(), "not yet");
        backend.api_tokens().note_uses().await.expect("written down");
        let seen = row().await;
        assert_eq!(seen.last_used.map(|when| when.at), Some(backend.clock().now()));
        assert_eq!(seen.last_address, "192.0.2.7");
        let view = backend.api_tokens().view(&ada, token.id).await.expect("a page");
        assert_eq!(view.days, [(89, 3)]);
        assert_eq!(view.used_permissions.to_string(), "tokens:read");
        let unused = ApiTokenQuery {
            never_used: true,
            ..ApiTokenQuery::default()
        };
        assert!(
            backend
                .api_tokens()
                .list(&ada, &unused)
                .await
                .expect("listed")
                .rows
                .is_empty()
        );
        let named = ApiTokenQuery {
            search: "us".into(),
            ..ApiTokenQuery::default()
        };
        assert_eq!(
            backend
                .api_tokens()
                .list(&ada, &named)
                .await
                .expect("listed")
                .rows
                .len(),
            1
        );
    })
    .await;
}

async fn department(
    backend: &Backend,
    caller: &Caller,
    name: &str,
    parent: Option<DepartmentId>,
) -> DepartmentId {
    let form = DepartmentForm {
        name: name.into(),
        parent: parent.map(|id| id.to_string()).unwrap_or_default(),
    };
    backend
        .departments()
        .create(caller, &form)
        .await
        .expect("a department")
}

#[tokio::test]
async fn what_a_token_could_reach_is_what_it_reaches_when_it_is_made() {
    on_each_engine(async |world| {
        let (backend, ada) = (&world.backend, owner(&world.backend).await);
        let north = department(backend, &ada, "North", None).await;
        let collection = world.published(&ada, "Onboarding").await;
        world.published(&ada, "Policies").await;
        let moved = backend
            .collections()
            .set_department(&ada, collection, Some(north))
            .await;
        moved.expect("moved");
        let wide = backend
            .reports()
            .reach(&ada, &ApiTokenForm::default(), OPERATIONS)
            .await;
        let wide = wide.expect("a reach");
        assert_eq!((wide.permissions, &wide.department), (ada.permissions, &None));
        let of = |reach: &domain::api_tokens::Reach, what: &str| {
            let mut records = reach.records.iter();
            records.find(|(name, _)| name == what).map(|(_, count)| *count)
        };
        assert_eq!(
            (of(&wide, "collections"), of(&wide, "people")),
            (Some(2), Some(1))
        );

        let narrow = ApiTokenForm {
            department: north.to_string(),
            permissions: "collections:read".into(),
            ..form("Narrow")
        };
        let reach = backend
            .reports()
            .reach(&ada, &narrow, OPERATIONS)
            .await
            .expect("a reach");
        assert_eq!(reach.permissions.to_string(), "collections:read");
        assert_eq!(reach.department.as_deref(), Some("North"));
        assert_eq!(reach.records, [("collections".to_owned(), 1)]);
        assert_eq!(reach.operations, ["GET /collections", "GET /self"]);
        let token = made(backend, &ada, &narrow).await;
        let program = let_in(backend, &token).await.expect("let in");
        assert_eq!(program.permissions, reach.permissions);
        let seen = backend.collections().count(&program, &Default::default()).await;
        assert_eq!(seen.expect("counted"), 1);

        let refused = backend
            .reports()
            .reach(
                &ada,
                &ApiTokenForm {
                    user: uuid::Uuid::nil().to_string(),
                    ..ApiTokenForm::default()
                },
                OPERATIONS,
            )
            .await;
        assert_eq!(refused.map(|_| ()).map_err(field), Err("user".into()));
        let by_program = backend
            .reports()
            .reach(&program, &ApiTokenForm::default(), OPERATIONS)
            .await;
        assert!(matches!(by_program, Err(Error::Refused(Refusal::Forbidden))));
    })
    .await;
}

#[tokio::test]
async fn a_token_is_changed_and_never_put_where_its_person_sees_nothing() {
    on_each_engine(async |world| {
        let (backend, ada) = (&world.backend, owner(&world.backend).await);
        let north = department(backend, &ada, "North", None).await;
        let south = department(backend, &ada, "South", None).await;
        let token = made(backend, &ada, &form("Import")).await;
        let view = async || backend.api_tokens().view(&ada, token.id).await.expect("a page");
        let changed = ApiTokenForm {
            name: "Export".into(),
            department: north.to_string(),
            permissions: "collections:read".into(),
            narrowed: true,
            networks: "203.0.113.0/24".into(),
            ..view().await.form()
        };
        backend
            .api_tokens()
            .edit_from(&ada, token.id, &changed)
            .await
            .expect("changed");
        let now = view().await;
        assert_eq!(now.row.department.as_ref().map(|(id, _)| *id), Some(north));
        assert_eq!(now.row.name, "Export");
        assert_eq!(now.permissions.to_string(), "collections:read");
        assert_eq!(
            now.form(),
            ApiTokenForm {
                expires: String::new(),
                ..changed
            }
        );
        assert!(now.row.expires.is_some(), "its end stays");
        assert!(matches!(let_in(backend, &token).await, Err(Denied::Network)));

        let bob = bob(backend, &ada).await;
        let people = backend.people();
        people.set_department(&ada, bob, Some(north)).await.expect("put");
        let elsewhere = ApiTokenForm {
            user: bob.to_string(),
            department: south.to_string(),
            ..form("Bob's")
        };
        let refused = backend.api_tokens().create_from(&ada, &elsewhere).await;
        assert_eq!(refused.map(|_| ()).map_err(field), Err("department".into()));

        let choices = backend.api_tokens().choices(&ada).await.expect("choices");
        let names: Vec<&str> = choices.users.iter().map(|(_, name)| name.as_str()).collect();
        assert_eq!(names, ["Ada (ada@example.org)", "Bob (bob@example.org)"]);
        assert_eq!(choices.departments.len(), 2);
        let types: Vec<_> = choices.user_types.iter().map(|one| one.name.as_str()).collect();
        assert_eq!(types, ["Administrator", "Owner"]);
        let bob = crate::people::testing::signed_in(backend, ada.organisation(), "bob@example.org").await;
        let choices = backend.api_tokens().choices(&bob).await.expect("choices");
        let grantable = choices.user_types.iter().filter(|one| one.can_be_granted);
        assert_eq!(
            grantable.map(|one| one.name.as_str()).collect::<Vec<_>>(),
            ["Administrator"]
        );
        assert_eq!(choices.departments.len(), 1, "his own");
    })
    .await;
}
