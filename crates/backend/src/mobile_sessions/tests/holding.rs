//! What people do with their own sessions, and whoever has a token with it.

use super::*;

#[tokio::test]
async fn everybody_sees_and_ends_their_own_and_nobody_elses() {
    on_each_engine(async |world| {
        let (backend, ada) = (&world.backend, owner(&world.backend).await);
        let harbour = app(backend, &ada).await;
        let organisation = ada.organisation();
        person(
            backend,
            organisation,
            "Bob",
            "bob@example.org",
            BuiltIn::Administrator,
        )
        .await;
        let bob = signed_in(backend, organisation, "bob@example.org").await;
        let first = sign_in(backend, &ada, &harbour, "").await;
        let second = sign_in(backend, &ada, &harbour, "").await;
        let bobs = sign_in(backend, &bob, &harbour, "").await;
        let sessions = backend.mobile_sessions();
        let by_phone = calls(backend, &first).await.expect("let in");
        let own = sessions.own(&by_phone).await.expect("a list");
        assert_eq!(own.len(), 2);
        assert_eq!(
            own.iter()
                .filter(|one| one.is_this)
                .map(|one| one.id)
                .collect::<Vec<_>>(),
            [first.session]
        );
        assert_eq!(own[0].device, "Pixel 9, Android 16");
        assert_eq!(
            sessions.own(&ada).await.expect("a list").len(),
            2,
            "in a browser, too"
        );
        for id in [bobs.session, domain::TokenId(uuid::Uuid::nil())] {
            let refused = sessions.end_own(&ada, id).await;
            assert!(matches!(refused, Err(Error::Refused(Refusal::NotFound))));
        }
        assert_eq!(sessions.end_other_own(&by_phone).await.expect("ended"), 1);
        assert!(calls(backend, &second).await.is_err() && calls(backend, &first).await.is_ok());
        sessions.end_own(&ada, first.session).await.expect("ended");
        assert!(calls(backend, &first).await.is_err() && calls(backend, &bobs).await.is_ok());
    })
    .await;
}

#[tokio::test]
async fn whoever_has_a_token_can_revoke_it_and_ask_what_it_is_if_they_may() {
    on_each_engine(async |world| {
        let (backend, ada) = (&world.backend, owner(&world.backend).await);
        let eve = owner_of(backend, "Another", "eve@example.org").await;
        let harbour = app(backend, &ada).await;
        let issued = sign_in(backend, &ada, &harbour, "tokens:read").await;
        let sessions = backend.mobile_sessions();
        let active = async |caller: &Caller, secret: &str| {
            let answer = sessions.introspect(caller, secret).await.expect("an answer");
            answer.is_some()
        };
        for secret in [issued.access.reveal(), issued.refresh.reveal()] {
            assert!(active(&ada, secret).await, "who may see sessions");
            assert!(!active(&eve, secret).await, "another organisation");
            let mut blind = ada.clone();
            blind.permissions = domain::Permissions::NONE;
            assert!(!active(&blind, secret).await);
        }
        let itself = calls(backend, &issued).await.expect("let in");
        assert!(active(&itself, issued.access.reveal()).await, "its own");
        let known = sessions
            .introspect(&ada, issued.access.reveal())
            .await
            .expect("an answer");
        let known = known.expect("active");
        assert_eq!(known.view.permissions.to_string(), "tokens:read");
        assert_eq!((known.app, known.is_bearer), (Some(harbour.id), true));
        assert_eq!(
            known.view.expires_at,
            Some(backend.clock().now() + TimeDelta::minutes(10))
        );
        for garbage in [
            "",
            "x",
            "twm_",
            "twa_00000000000000000000000000000000000000000000znndx",
        ] {
            assert!(!active(&ada, garbage).await);
            sessions
                .revoke_token(garbage, &phone())
                .await
                .expect("nothing is said");
        }

        sessions
            .revoke_token(issued.access.reveal(), &phone())
            .await
            .expect("revoked");
        assert!(matches!(calls(backend, &issued).await, Err(Denied::Unknown)));
        assert!(!active(&ada, issued.access.reveal()).await);
        let next = refresh(backend, &harbour, issued.refresh.reveal())
            .await
            .expect("the session goes on");
        assert!(!active(&ada, issued.refresh.reveal()).await, "it was used");
        sessions
            .revoke_token(next.refresh.reveal(), &phone())
            .await
            .expect("revoked");
        assert!(matches!(calls(backend, &next).await, Err(Denied::Unknown)));
        let row = sessions.row(&ada, issued.session).await.expect("a row");
        assert_eq!(row.state, State::Revoked);
    })
    .await;
}
