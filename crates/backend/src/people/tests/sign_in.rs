//! Stories of signing in and of sessions.

use std::time::{Duration, Instant};

use chrono::TimeDelta;
use domain::people::SignInForm;
use domain::{BuiltIn, Refusal};

use crate::people::testing::{PASSWORD, browser, owner, owner_of, person, signed_in};
use crate::people::{NewSession, SessionKind, SignIn, new_session};
use crate::testing::{World, on_each_engine};
use crate::{Caller, Client, Error, Result, Secret};

fn form(email: &str, password: &str) -> SignInForm {
    SignInForm {
        email: email.into(),
        password: password.into(),
        ..SignInForm::default()
    }
}

async fn try_in(world: &World, password: &str, client: &Client) -> Result<SignIn> {
    world
        .backend
        .people()
        .sign_in(&form("ada@example.org", password), client)
        .await
}

async fn people_form(world: &World, email: &str, client: &Client) -> Result<SignIn> {
    let people = world.backend.people();
    people
        .sign_in(&form(email, "a guess that is wrong"), client)
        .await
}

async fn let_in(world: &World, client: &Client) -> NewSession {
    let Ok(SignIn::Done(session)) = try_in(world, PASSWORD, client).await else {
        panic!("not in")
    };
    session
}

async fn caller(world: &World, session: &NewSession) -> Option<Caller> {
    let client = browser("192.0.2.1");
    world
        .backend
        .people()
        .caller(&session.secret, &client)
        .await
        .expect("looked up")
}

fn is_wrong(outcome: &Result<SignIn>) -> bool {
    let Err(Error::Refused(refusal)) = outcome else {
        return false;
    };
    refusal
        .problems()
        .and_then(|problems| problems.at("password"))
        .is_some()
}

fn is_slowed(outcome: &Result<SignIn>) -> bool {
    matches!(outcome, Err(Error::Refused(Refusal::TooMany { .. })))
}

#[tokio::test]
async fn a_password_lets_in_and_signing_out_ends_it() {
    on_each_engine(async |world| {
        owner(&world.backend).await;
        let client = browser("192.0.2.1");
        let session = let_in(world, &client).await;
        assert_eq!(
            caller(world, &session)
                .await
                .expect("an admin")
                .signed_in()
                .expect("a person")
                .email
                .as_str(),
            "ada@example.org"
        );
        let recipient = world
            .backend
            .people()
            .recipient(&session.secret, &client)
            .await
            .expect("looked up");
        assert!(recipient.is_some_and(|recipient| recipient.proven && recipient.is_admin));

        world
            .backend
            .people()
            .sign_out(&session.secret)
            .await
            .expect("signed out");
        world
            .backend
            .people()
            .sign_out(&session.secret)
            .await
            .expect("nothing left to do");

        assert!(caller(world, &session).await.is_none());
    })
    .await;
}

#[tokio::test]
async fn wrong_passwords_and_unknown_addresses_are_told_the_same() {
    on_each_engine(async |world| {
        owner(&world.backend).await;
        let client = browser("192.0.2.9");
        let wrong = try_in(world, "not the password", &client).await;
        let unknown = world
            .backend
            .people()
            .sign_in(&form("bob@example.org", PASSWORD), &client)
            .await;
        assert!(is_wrong(&wrong) && is_wrong(&unknown));
        assert_eq!(
            wrong.expect_err("refused").to_string(),
            unknown.expect_err("refused").to_string()
        );
    })
    .await;
}

#[tokio::test]
async fn guessing_is_slowed_and_the_real_owner_still_gets_in() {
    on_each_engine(async |world| {
        owner(&world.backend).await; // signed in from 192.0.2.1
        for guesser in 0..6 {
            let client = browser(&format!("198.51.100.{guesser}"));
            for _ in 0..10 {
                let outcome = try_in(world, "a guess that is wrong", &client).await;
                assert!(is_wrong(&outcome) || is_slowed(&outcome));
            }
            assert!(is_slowed(&try_in(world, "one more", &client).await));
        }
        let began = Instant::now();
        let_in(world, &browser("203.0.113.5")).await;
        assert!(
            began.elapsed() >= Duration::from_millis(200),
            "the account is under attack"
        );

        let_in(world, &browser("192.0.2.1")).await;
        world.backend.clock().advance(TimeDelta::hours(1));
        let_in(world, &browser("203.0.113.6")).await;
    })
    .await;
}

#[tokio::test]
async fn three_thousand_wrong_passwords_from_many_networks_lock_no_owner_out() {
    on_each_engine(async |world| {
        owner(&world.backend).await;
        let guessers = (0..34).map(async |guesser| {
            let client = browser(&format!("198.51.100.{guesser}"));
            let mut checked = 0;
            for _ in 0..89 {
                let outcome = try_in(world, "a guess that is wrong", &client).await;
                assert!(is_wrong(&outcome) || is_slowed(&outcome));
                checked += usize::from(is_wrong(&outcome));
            }
            checked
        });
        let checked = futures::future::join_all(guessers).await;
        assert!(checked.iter().all(|checked| *checked <= 10), "{checked:?}");
        let anywhere = browser("203.0.113.5");
        let unknown = people_form(world, "nobody@example.org", &anywhere).await;
        assert!(is_wrong(&unknown), "who is unknown is told the same");

        let_in(world, &anywhere).await;
    })
    .await;
}

#[tokio::test]
async fn a_browser_that_is_known_is_held_to_its_own_tries_alone() {
    on_each_engine(async |world| {
        owner(&world.backend).await;
        let office = browser("203.0.113.5");
        let desk = Client {
            device: let_in(world, &office).await.device,
            ..office.clone()
        };
        assert!(desk.device.is_some());
        for _ in 0..10 {
            assert!(is_wrong(&try_in(world, "a guess that is wrong", &office).await));
        }
        assert!(
            is_slowed(&try_in(world, PASSWORD, &office).await),
            "the office guessed"
        );

        let_in(world, &desk).await;
        for _ in 0..10 {
            assert!(is_wrong(&try_in(world, "a guess that is wrong", &desk).await));
        }
        assert!(is_slowed(&try_in(world, PASSWORD, &desk).await), "its own tries");
        world.backend.clock().advance(TimeDelta::minutes(15));
        let_in(world, &desk).await;
    })
    .await;
}

#[tokio::test]
async fn a_browser_is_known_at_one_account_for_a_year_and_by_its_own_cookie() {
    on_each_engine(async |world| {
        let ada = owner(&world.backend).await;
        person(
            &world.backend,
            ada.organisation(),
            "Bob",
            "bob@example.org",
            BuiltIn::Owner,
        )
        .await;
        let office = browser("203.0.113.5");
        let device = let_in(world, &office).await.device.expect("a cookie");
        let with = |text: String| Client {
            device: Some(Secret::new(text)),
            ..office.clone()
        };
        for _ in 0..10 {
            try_in(world, "a guess that is wrong", &office)
                .await
                .expect_err("wrong");
            people_form(world, "bob@example.org", &office)
                .await
                .expect_err("wrong");
        }
        let known = with(device.reveal().into());
        assert!(
            is_slowed(&people_form(world, "bob@example.org", &known).await),
            "another's"
        );
        for forged in [
            device.reveal().replacen('.', ".x", 1),
            format!("{}x", device.reveal()),
            "..".into(),
        ] {
            assert!(
                is_slowed(&try_in(world, PASSWORD, &with(forged)).await),
                "not ours"
            );
        }
        let_in(world, &known).await;

        world.backend.clock().advance(TimeDelta::days(366));
        for _ in 0..10 {
            try_in(world, "a guess that is wrong", &office)
                .await
                .expect_err("wrong");
        }
        assert!(is_slowed(&try_in(world, PASSWORD, &known).await), "too long ago");
    })
    .await;
}

#[tokio::test]
async fn tries_at_once_are_counted_before_they_are_made() {
    on_each_engine(async |world| {
        owner(&world.backend).await;
        let client = browser("198.51.100.7");
        let tries = (0..14).map(|_| try_in(world, "a guess that is wrong", &client));
        let outcomes = futures::future::join_all(tries).await;
        assert_eq!(outcomes.iter().filter(|outcome| is_wrong(outcome)).count(), 10);
        assert_eq!(outcomes.iter().filter(|outcome| is_slowed(outcome)).count(), 4);
    })
    .await;
}

#[tokio::test]
async fn one_address_in_two_organisations_is_asked_which() {
    on_each_engine(async |world| {
        let acme = owner(&world.backend).await;
        let other = owner_of(&world.backend, "Other", "ada@example.org").await;
        let client = browser("192.0.2.1");
        let Ok(SignIn::Choose(choice)) = try_in(world, PASSWORD, &client).await else {
            panic!("no choice")
        };
        assert_eq!(choice.len(), 2);
        assert!(choice.contains(&(acme.organisation(), "Acme".into())));

        let chosen = SignInForm {
            organisation: other.organisation().to_string(),
            ..form("ada@example.org", PASSWORD)
        };
        let Ok(SignIn::Done(session)) = world.backend.people().sign_in(&chosen, &client).await else {
            panic!("not in");
        };
        assert_eq!(
            caller(world, &session).await.expect("an admin").organisation(),
            other.organisation()
        );
    })
    .await;
}

#[tokio::test]
async fn sessions_end_when_idle_and_after_thirty_days() {
    on_each_engine(async |world| {
        owner(&world.backend).await;
        let session = let_in(world, &browser("192.0.2.1")).await;
        let clock = world.backend.clock();
        for _ in 0..60 {
            clock.advance(TimeDelta::hours(12) - TimeDelta::minutes(2));
            assert!(caller(world, &session).await.is_some(), "in use");
        }
        clock.advance(TimeDelta::hours(2));
        assert!(caller(world, &session).await.is_none(), "thirty days");

        let session = let_in(world, &browser("192.0.2.1")).await;
        clock.advance(TimeDelta::hours(12));
        assert!(caller(world, &session).await.is_none(), "idle");
        clock.advance(TimeDelta::days(30));
        world.backend.people().sweep().await.expect("swept");
        let mut conn = world.backend.db.read().await.expect("a reader");
        let left = conn
            .query("SELECT CAST(COUNT(*) AS BIGINT) FROM sessions")
            .number()
            .await
            .expect("a count");
        assert_eq!(left, 0);
    })
    .await;
}

#[tokio::test]
async fn ones_own_sessions_are_listed_and_ended_and_nobody_elses() {
    on_each_engine(async |world| {
        let people = world.backend.people();
        let ada = owner(&world.backend).await;
        person(
            &world.backend,
            ada.organisation(),
            "Bob",
            "bob@example.org",
            BuiltIn::Administrator,
        )
        .await;
        let bob = signed_in(&world.backend, ada.organisation(), "bob@example.org").await;
        let phone = let_in(world, &browser("192.0.2.44")).await;

        let rows = people.sessions(&ada).await.expect("listed");
        assert_eq!(rows.len(), 2);
        assert_eq!(rows.iter().filter(|row| row.is_this).count(), 1);
        assert!(rows.iter().all(|row| row.device == "Firefox on Linux"));
        assert!(
            rows.iter()
                .any(|row| row.id == phone.id && row.address == "192.0.2.44")
        );

        let refused = people.end_session(&bob, phone.id).await.expect_err("not his");
        assert!(matches!(refused, Error::Refused(Refusal::NotFound)));
        people.end_session(&ada, phone.id).await.expect("ended");
        assert!(caller(world, &phone).await.is_none());
        assert_eq!(people.sessions(&ada).await.expect("listed").len(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_new_password_signs_the_others_out_and_needs_the_old_one() {
    on_each_engine(async |world| {
        let people = world.backend.people();
        let client = browser("192.0.2.1");
        owner(&world.backend).await;
        let (this, other) = (let_in(world, &client).await, let_in(world, &client).await);
        let ada = caller(world, &this).await.expect("an admin");
        let new = "a new and long password";

        let Err(Error::Refused(wrong)) = people.change_password(&ada, "guess", new).await else {
            panic!("changed")
        };
        assert!(wrong.problems().and_then(|problems| problems.at("old")).is_some());
        let Err(Error::Refused(short)) = people.change_password(&ada, PASSWORD, "short").await else {
            panic!("changed");
        };
        assert!(short.problems().and_then(|problems| problems.at("new")).is_some());
        people
            .change_password(&ada, PASSWORD, new)
            .await
            .expect("changed");

        assert!(caller(world, &this).await.is_some() && caller(world, &other).await.is_none());
        assert!(is_wrong(&try_in(world, PASSWORD, &client).await));
        assert!(try_in(world, new, &client).await.is_ok());
    })
    .await;
}

#[tokio::test]
async fn a_session_by_mail_opens_no_admins_pages() {
    on_each_engine(async |world| {
        let backend = &world.backend;
        let ada = owner(backend).await;
        let client = browser("192.0.2.1");
        let mut tx = backend.db.write().await.expect("a transaction");
        let kind = SessionKind::Recipient;
        let session = new_session(
            &mut tx,
            backend,
            ada.person().expect("a person"),
            ada.organisation(),
            true,
            &client,
            kind,
        )
        .await
        .expect("a session");
        backend.commit(tx).await.expect("committed");

        assert!(!session.is_admin && caller(world, &session).await.is_none());
        let recipient = backend
            .people()
            .recipient(&session.secret, &client)
            .await
            .expect("looked up");
        assert!(recipient.is_some_and(|recipient| !recipient.is_admin));
    })
    .await;
}
