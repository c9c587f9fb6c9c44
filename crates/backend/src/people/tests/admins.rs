//! Stories of admins: invited, promoted, sent away.

use chrono::TimeDelta;
use domain::people::{AcceptForm, InvitationForm, NewInvitation};
use domain::{BuiltIn, EmailAddress, PersonId, Refusal};

use crate::people::testing::{PASSWORD, browser, is_deactivated, owner, owner_of, person, signed_in};
use crate::people::{NewSession, find_or_add};
use crate::testing::{World, on_each_engine};
use crate::{Caller, Error, Result, Secret};

fn email(text: &str) -> EmailAddress {
    text.parse().expect("an address")
}

async fn invite(world: &World, caller: &Caller, email: &str, user_type: BuiltIn) -> Result<NewInvitation> {
    let form = InvitationForm {
        email: email.into(),
        user_type: user_type.key().into(),
        department: String::new(),
    };
    world.backend.people().invite(caller, &form).await
}

fn secret(invitation: &NewInvitation) -> Secret {
    let (_, secret) = invitation.link.rsplit_once("/invitation/").expect("a link");
    Secret::new(secret)
}

async fn accept(world: &World, secret: &Secret) -> Result<NewSession> {
    let form = AcceptForm {
        name: "Bob".into(),
        password: PASSWORD.into(),
    };
    world
        .backend
        .people()
        .accept_invitation(secret, &form, &browser("192.0.2.2"))
        .await
}

fn refusal<T: std::fmt::Debug>(outcome: Result<T>) -> Refusal {
    match outcome.expect_err("refused") {
        Error::Refused(refusal) => refusal,
        Error::Fault(fault) => panic!("{fault:?}"),
    }
}

#[tokio::test]
async fn an_invitation_makes_an_admin_once() {
    on_each_engine(async |world| {
        let people = world.backend.people();
        let ada = owner(&world.backend).await;
        let invitation = invite(world, &ada, "bob@example.org", BuiltIn::Administrator)
            .await
            .expect("invited");
        assert!(
            invitation
                .link
                .starts_with("https://tokens.example.org/invitation/")
        );
        assert_eq!(
            people.invitations(&ada).await.expect("listed"),
            std::slice::from_ref(&invitation.row)
        );
        let shown = people.invitation(&secret(&invitation)).await.expect("shown");
        assert_eq!(
            (shown.organisation.as_str(), shown.invited_by.as_str()),
            ("Acme", "Ada")
        );

        let short = AcceptForm {
            name: " ".into(),
            password: "short".into(),
        };
        let problems = refusal(
            people
                .accept_invitation(&secret(&invitation), &short, &browser("192.0.2.2"))
                .await,
        );
        assert!(
            problems
                .problems()
                .is_some_and(|p| p.at("name").is_some() && p.at("password").is_some())
        );
        let session = accept(world, &secret(&invitation)).await.expect("accepted");

        assert!(session.is_admin);
        let bob = signed_in(&world.backend, ada.organisation(), "bob@example.org").await;
        assert_eq!(
            (bob.permissions, bob.name()),
            (BuiltIn::Administrator.permissions(), "Bob")
        );
        assert_eq!(
            refusal(accept(world, &secret(&invitation)).await),
            Refusal::NotFound
        );
        assert!(people.invitations(&ada).await.expect("listed").is_empty());
        let again = refusal(invite(world, &ada, "bob@example.org", BuiltIn::Administrator).await);
        assert!(
            again
                .problems()
                .and_then(|problems| problems.at("email"))
                .is_some()
        );
    })
    .await;
}

#[tokio::test]
async fn an_invitation_ends_by_time_by_hand_and_by_a_newer_one() {
    on_each_engine(async |world| {
        let people = world.backend.people();
        let ada = owner(&world.backend).await;
        let first = invite(world, &ada, "bob@example.org", BuiltIn::Administrator)
            .await
            .expect("invited");
        let second = invite(world, &ada, "bob@example.org", BuiltIn::Administrator)
            .await
            .expect("invited");
        assert_eq!(refusal(accept(world, &secret(&first)).await), Refusal::NotFound);

        let stranger = owner_of(&world.backend, "Other", "eve@example.org").await;
        let not_hers = people.withdraw_invitation(&stranger, second.row.id).await;
        assert_eq!(refusal(not_hers), Refusal::NotFound);
        people
            .withdraw_invitation(&ada, second.row.id)
            .await
            .expect("withdrawn");
        assert_eq!(
            refusal(people.withdraw_invitation(&ada, second.row.id).await),
            Refusal::NotFound
        );
        assert_eq!(refusal(accept(world, &secret(&second)).await), Refusal::NotFound);

        let third = invite(world, &ada, "bob@example.org", BuiltIn::Administrator)
            .await
            .expect("invited");
        world.backend.clock().advance(TimeDelta::days(7));
        assert!(people.invitations(&ada).await.expect("listed")[0].expired);
        let over = refusal(accept(world, &secret(&third)).await);
        assert_eq!(
            over,
            Refusal::Conflict("This invitation is over. Ask Ada for a new one.".into())
        );
        assert_eq!(
            refusal(people.invitation(&Secret::new("guess")).await),
            Refusal::NotFound
        );
    })
    .await;
}

#[tokio::test]
async fn a_recipient_who_is_invited_stays_the_same_person() {
    on_each_engine(async |world| {
        let backend = &world.backend;
        let ada = owner(backend).await;
        let member = person(
            backend,
            ada.organisation(),
            "Robert",
            "bob@example.org",
            BuiltIn::Member,
        )
        .await;
        let invitation = invite(world, &ada, "bob@example.org", BuiltIn::Administrator)
            .await
            .expect("invited");

        let session = accept(world, &secret(&invitation)).await.expect("accepted");

        assert_eq!(session.person, member);
        let report = backend.reports().report(&ada, member).await.expect("a report");
        assert_eq!(
            (report.person.name.as_str(), report.person.user_type.built_in),
            ("Bob", Some(BuiltIn::Administrator))
        );
    })
    .await;
}

#[tokio::test]
async fn only_owners_touch_owners_and_members_touch_nobody() {
    on_each_engine(async |world| {
        let people = world.backend.people();
        let ada = owner(&world.backend).await;
        let organisation = ada.organisation();
        person(
            &world.backend,
            organisation,
            "Bob",
            "bob@example.org",
            BuiltIn::Administrator,
        )
        .await;
        let bob = signed_in(&world.backend, organisation, "bob@example.org").await;
        let member = person(
            &world.backend,
            organisation,
            "Max",
            "max@example.org",
            BuiltIn::Member,
        )
        .await;
        let as_member = Caller {
            permissions: domain::BuiltIn::Member.permissions(),
            ..bob.clone()
        };

        for outcome in [
            people
                .set_user_type(&bob, ada.person().expect("a person"), BuiltIn::Member.into())
                .await,
            people.deactivate(&bob, ada.person().expect("a person")).await,
            people.reactivate(&bob, ada.person().expect("a person")).await,
            people
                .set_user_type(&bob, bob.person().expect("a person"), BuiltIn::Owner.into())
                .await,
            people.deactivate(&as_member, member).await,
        ] {
            assert_eq!(refusal(outcome), Refusal::Forbidden);
        }
        assert_eq!(
            refusal(invite(world, &bob, "x@example.org", BuiltIn::Owner).await),
            Refusal::Forbidden
        );
        let by_owner = invite(world, &ada, "x@example.org", BuiltIn::Owner)
            .await
            .expect("invited");
        let withdrawn = people.withdraw_invitation(&bob, by_owner.row.id).await;
        assert_eq!(refusal(withdrawn), Refusal::Forbidden);
        assert_eq!(refusal(people.invitations(&as_member).await), Refusal::Forbidden);

        let stranger = owner_of(&world.backend, "Other", "eve@example.org").await;
        assert_eq!(
            refusal(people.deactivate(&stranger, member).await),
            Refusal::NotFound
        );
        assert_eq!(
            refusal(
                people
                    .set_user_type(&stranger, member, BuiltIn::Member.into())
                    .await
            ),
            Refusal::NotFound
        );
    })
    .await;
}

#[tokio::test]
async fn the_last_owner_cannot_leave() {
    on_each_engine(async |world| {
        let people = world.backend.people();
        let ada = owner(&world.backend).await;
        let last = "This is the last owner. Make somebody else an owner first.";
        assert_eq!(
            refusal(people.deactivate(&ada, ada.person().expect("a person")).await).to_string(),
            last
        );
        assert_eq!(
            refusal(
                people
                    .set_user_type(&ada, ada.person().expect("a person"), BuiltIn::Member.into())
                    .await
            )
            .to_string(),
            last
        );

        let bob = person(
            &world.backend,
            ada.organisation(),
            "Bob",
            "bob@example.org",
            BuiltIn::Administrator,
        )
        .await;
        people
            .set_user_type(&ada, bob, BuiltIn::Owner.into())
            .await
            .expect("promoted");
        let bob = signed_in(&world.backend, ada.organisation(), "bob@example.org").await;
        let (a, b) = tokio::join!(
            people.deactivate(&ada, bob.person().expect("a person")),
            people.deactivate(&bob, ada.person().expect("a person"))
        );
        assert!(
            a.is_ok() != b.is_ok(),
            "of two owners who end each other's access, one stays"
        );
    })
    .await;
}

#[tokio::test]
async fn a_change_of_rights_signs_out_everywhere_and_members_need_an_invitation() {
    on_each_engine(async |world| {
        let people = world.backend.people();
        let ada = owner(&world.backend).await;
        let bob = person(
            &world.backend,
            ada.organisation(),
            "Bob",
            "bob@example.org",
            BuiltIn::Administrator,
        )
        .await;
        let invitation = invite(world, &ada, "carl@example.org", BuiltIn::Administrator)
            .await
            .expect("invited");
        let carl = accept(world, &secret(&invitation)).await.expect("accepted");
        let client = browser("192.0.2.2");

        people
            .set_user_type(&ada, carl.person, BuiltIn::Member.into())
            .await
            .expect("changed");
        let user_type = async |person| {
            let row = world.backend.reports().person(&ada, person).await;
            row.expect("a row").user_type.built_in
        };
        assert_eq!(user_type(carl.person).await, Some(BuiltIn::Member));
        assert!(
            people
                .recipient(&carl.secret, &client)
                .await
                .expect("looked up")
                .is_none()
        );

        let member = person(
            &world.backend,
            ada.organisation(),
            "Max",
            "max@example.org",
            BuiltIn::Member,
        )
        .await;
        let refused = refusal(
            people
                .set_user_type(&ada, member, BuiltIn::Administrator.into())
                .await,
        );
        assert!(
            refused.to_string().starts_with("Max has no password yet."),
            "{refused}"
        );
        people
            .set_user_type(&ada, bob, BuiltIn::Administrator.into())
            .await
            .expect("nothing to do");
        assert_eq!(user_type(bob).await, Some(BuiltIn::Administrator));
    })
    .await;
}

#[tokio::test]
async fn ended_access_ends_sessions_and_comes_back() {
    on_each_engine(async |world| {
        let backend = &world.backend;
        let people = backend.people();
        let ada = owner(backend).await;
        let invitation = invite(world, &ada, "bob@example.org", BuiltIn::Administrator)
            .await
            .expect("invited");
        let bob = accept(world, &secret(&invitation)).await.expect("accepted");
        let client = browser("192.0.2.2");

        people.deactivate(&ada, bob.person).await.expect("ended");
        assert!(
            people
                .caller(&bob.secret, &client)
                .await
                .expect("looked up")
                .is_none()
        );
        assert!(is_deactivated(backend, ada.organisation(), bob.person).await);
        let known: Result<PersonId> = {
            let mut tx = backend.db.write().await.expect("a transaction");
            find_or_add(
                &mut tx,
                backend,
                ada.organisation(),
                &email("bob@example.org"),
                "Bob",
                backend.clock.now(),
            )
            .await
        };
        assert!(
            matches!(refusal(known), Refusal::Conflict(_)),
            "links open nothing for them"
        );

        people.reactivate(&ada, bob.person).await.expect("given back");
        assert!(!is_deactivated(backend, ada.organisation(), bob.person).await);
        assert!(
            people
                .caller(&bob.secret, &client)
                .await
                .expect("looked up")
                .is_none(),
            "but not the old session"
        );
        signed_in(backend, ada.organisation(), "bob@example.org").await;
    })
    .await;
}

#[tokio::test]
async fn the_operator_helps_those_who_are_locked_out() {
    on_each_engine(async |world| {
        let people = world.backend.people();
        let ada = owner(&world.backend).await;
        person(
            &world.backend,
            ada.organisation(),
            "Max",
            "max@example.org",
            BuiltIn::Member,
        )
        .await;
        let new = "a password from the operator";

        people
            .reset_password(ada.organisation(), &ada.signed_in().expect("an admin").email, new)
            .await
            .expect("reset");
        assert!(people.sessions(&ada).await.expect("listed").is_empty());
        let member = people
            .reset_password(ada.organisation(), &email("max@example.org"), new)
            .await;
        assert!(matches!(refusal(member), Refusal::Conflict(_)));
        assert_eq!(
            refusal(
                people
                    .reset_password(ada.organisation(), &email("no@example.org"), new)
                    .await
            ),
            Refusal::NotFound
        );

        let link = people
            .invite_for(ada.organisation(), &email("max@example.org"), BuiltIn::Owner)
            .await
            .expect("a link");
        let (_, invited) = link.rsplit_once('/').expect("a link");
        let session = accept(world, &Secret::new(invited)).await.expect("accepted");
        assert!(session.is_admin);
    })
    .await;
}

#[tokio::test]
async fn an_admin_and_whoever_has_proven_the_mailbox_change_a_persons_name() {
    on_each_engine(async |world| {
        let people = world.backend.people();
        let ada = owner(&world.backend).await;
        let grete = person(
            &world.backend,
            ada.organisation(),
            "A Rude Word",
            "grete@example.org",
            BuiltIn::Member,
        )
        .await;
        let name = async || {
            let mut conn = world.backend.db.read().await.expect("a reader");
            let names = crate::people::names_within(&mut conn, &ada.scope, &[grete])
                .await
                .expect("names");
            names[&grete].clone()
        };

        people.rename(&ada, grete, " Grete Host ").await.expect("renamed");
        assert_eq!(name().await, "Grete Host");
        let refused = refusal(people.rename(&ada, grete, "\u{200b}").await);
        assert!(
            refused
                .problems()
                .and_then(|problems| problems.at("name"))
                .is_some()
        );
        let eve = owner_of(&world.backend, "Other", "eve@example.org").await;
        assert_eq!(
            refusal(people.rename(&eve, grete, "Eve's").await),
            Refusal::NotFound
        );

        let mut recipient = crate::Recipient {
            person: grete,
            organisation: ada.organisation(),
            name: "Grete Host".into(),
            email: email("grete@example.org"),
            session: domain::SessionId(uuid::Uuid::nil()),
            proven: false,
            is_admin: false,
            organisation_name: "Acme".into(),
            time_zone: ada.time_zone,
            client: browser("192.0.2.3"),
        };
        let refused = refusal(people.rename_oneself(&recipient, "Mallory").await);
        assert!(matches!(refused, Refusal::Conflict(_)), "{refused}");
        recipient.proven = true;
        people
            .rename_oneself(&recipient, "Grete Høst")
            .await
            .expect("renamed");
        assert_eq!(name().await, "Grete Høst");
    })
    .await;
}
