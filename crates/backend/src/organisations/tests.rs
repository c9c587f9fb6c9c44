//! Stories of organisations, on both engines.

use chrono::TimeDelta;
use domain::Permissions;
use domain::people::SignInForm;

use super::*;
use crate::Error;
use crate::people::testing::{PASSWORD, browser, owner};
use crate::testing::on_each_engine;

const CODE: &str = "K3DX-9QWE";

fn form() -> SetUpForm {
    SetUpForm {
        code: CODE.into(),
        organisation: "Acme".into(),
        time_zone: "Pacific/Auckland".into(),
        name: "Ada".into(),
        email: "Ada@example.org".into(),
        password: PASSWORD.into(),
    }
}

#[tokio::test]
async fn the_first_organisation_is_made_once_and_its_owner_is_in() {
    on_each_engine(async |world| {
        let backend = &world.backend;
        let (organisations, client) = (backend.organisations(), browser("192.0.2.1"));
        assert!(organisations.set_up_needed().await.expect("asked"));

        let session = organisations
            .set_up(&form(), &Secret::new(CODE), &client)
            .await
            .expect("set up");

        assert!(session.is_admin && !organisations.set_up_needed().await.expect("asked"));
        let caller = backend
            .people()
            .caller(&session.secret, &client)
            .await
            .expect("found")
            .expect("an admin");
        assert_eq!(
            (caller.permissions, caller.organisation_name.as_str()),
            (Permissions::all(), "Acme")
        );
        assert_eq!(
            backend.people().me(&caller).expect("an admin").today,
            "2026-11-02",
            "it is tomorrow in Auckland"
        );
        let again = organisations
            .set_up(&form(), &Secret::new(CODE), &client)
            .await
            .expect_err("refused");
        assert!(matches!(again, Error::Refused(Refusal::Conflict(_))), "{again}");
        assert_eq!(organisations.list().await.expect("listed").len(), 1);
    })
    .await;
}

#[tokio::test]
async fn guessing_the_set_up_code_is_slowed_and_problems_stand_at_their_fields() {
    on_each_engine(async |world| {
        let organisations = world.backend.organisations();
        let (code, guesser) = (Secret::new(CODE), browser("198.51.100.7"));
        let wrong = SetUpForm {
            code: "guess".into(),
            ..form()
        };
        for _ in 0..10 {
            let Err(Error::Refused(refusal)) = organisations.set_up(&wrong, &code, &guesser).await else {
                panic!("let in");
            };
            assert!(
                refusal
                    .problems()
                    .and_then(|problems| problems.at("code"))
                    .is_some()
            );
        }
        let slowed = organisations
            .set_up(&form(), &code, &guesser)
            .await
            .expect_err("slowed");
        assert!(
            matches!(slowed, Error::Refused(Refusal::TooMany { .. })),
            "{slowed}"
        );

        let nowhere = SetUpForm {
            time_zone: "Middle/Earth".into(),
            ..form()
        };
        let Err(Error::Refused(refusal)) = organisations.set_up(&nowhere, &code, &browser("192.0.2.1")).await
        else {
            panic!("set up nowhere");
        };
        assert!(
            refusal
                .problems()
                .and_then(|problems| problems.at("time_zone"))
                .is_some()
        );

        world.backend.clock().advance(TimeDelta::minutes(15));
        organisations
            .set_up(&form(), &code, &guesser)
            .await
            .expect("the one with the log in hand");
    })
    .await;
}

#[tokio::test]
async fn two_set_ups_at_once_make_one_organisation() {
    on_each_engine(async |world| {
        let organisations = world.backend.organisations();
        let (code, first, second) = (Secret::new(CODE), browser("192.0.2.1"), browser("192.0.2.2"));
        let form = form();
        let (a, b) = tokio::join!(
            organisations.set_up(&form, &code, &first),
            organisations.set_up(&form, &code, &second)
        );
        assert!(a.is_ok() != b.is_ok(), "one of them");
        assert_eq!(organisations.list().await.expect("listed").len(), 1);
    })
    .await;
}

#[tokio::test]
async fn an_owner_changes_open_among_and_an_administrator_does_not() {
    on_each_engine(async |world| {
        let organisations = world.backend.organisations();
        let owner = owner(&world.backend).await;

        let view = organisations
            .update(&owner, " Acme NZ ", "Europe/Berlin")
            .await
            .expect("changed");
        assert_eq!(
            (view.name.as_str(), view.time_zone.as_str()),
            ("Acme NZ", "Europe/Berlin")
        );
        assert_eq!(organisations.view(&owner).await.expect("seen"), view);

        let Err(Error::Refused(refusal)) = organisations.update(&owner, "", "Berlin?").await else {
            panic!("changed")
        };
        let problems = refusal.problems().expect("problems");
        assert!(problems.at("name").is_some() && problems.at("time_zone").is_some());
        let administrator = Caller {
            permissions: domain::BuiltIn::Administrator.permissions(),
            ..owner
        };
        let refused = organisations
            .update(&administrator, "Mine", "UTC")
            .await
            .expect_err("refused");
        assert!(matches!(refused, Error::Refused(Refusal::Forbidden)));
    })
    .await;
}

#[tokio::test]
async fn a_cancelled_organisation_lets_nobody_in_from_then_on() {
    on_each_engine(async |world| {
        let backend = &world.backend;
        let owner = owner(backend).await;
        let form = SignInForm {
            email: "ada@example.org".into(),
            password: PASSWORD.into(),
            ..SignInForm::default()
        };
        let client = browser("192.0.2.1");
        let Ok(crate::people::SignIn::Done(session)) = backend.people().sign_in(&form, &client).await else {
            panic!("not in");
        };

        backend
            .organisations()
            .set_features(owner.organisation(), false)
            .await
            .expect("switched");
        let caller = backend
            .people()
            .caller(&session.secret, &client)
            .await
            .expect("found")
            .expect("an admin");
        assert!(!caller.full_tokens);
        backend
            .organisations()
            .cancel(owner.organisation())
            .await
            .expect("cancelled");

        assert!(
            backend
                .people()
                .caller(&session.secret, &client)
                .await
                .expect("looked up")
                .is_none()
        );
        assert!(
            backend
                .people()
                .recipient(&session.secret, &client)
                .await
                .expect("looked up")
                .is_none()
        );
        assert!(backend.people().sign_in(&form, &client).await.is_err());
        assert!(
            backend
                .organisations()
                .cancel(owner.organisation())
                .await
                .is_err(),
            "once"
        );
    })
    .await;
}

#[tokio::test]
async fn zones_to_choose_from_are_places() {
    let world = crate::testing::World::on(database::testing::sqlite().await);
    let zones = world.backend.organisations().time_zones();
    assert!(zones.contains(&"Pacific/Auckland") && zones.contains(&"UTC"));
    assert!(
        !zones
            .iter()
            .any(|zone| zone.starts_with("US/") || zone.starts_with("Etc/"))
    );
    assert!(zones.iter().all(|zone| times::zone(zone).is_some()));
}
