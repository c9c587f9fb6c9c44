//! What apps lose: with their person, with their registration, and on every server.

use super::*;

#[tokio::test]
async fn what_a_person_loses_their_apps_lose_at_the_next_request() {
    on_each_engine(async |world| {
        let (backend, ada) = (&world.backend, owner(&world.backend).await);
        let harbour = app(backend, &ada).await;
        let organisation = ada.organisation();
        let bob = person(
            backend,
            organisation,
            "Bob",
            "bob@example.org",
            BuiltIn::Administrator,
        )
        .await;
        let bobs = signed_in(backend, organisation, "bob@example.org").await;
        let issued = sign_in(
            backend,
            &bobs,
            &harbour,
            "people:read tokens:read organisation:manage",
        )
        .await;
        assert_eq!(
            issued.permissions.to_string(),
            "tokens:read people:read",
            "no more than Bob has"
        );

        let people = backend.people();
        people
            .set_user_type(&ada, bob, BuiltIn::Member.into())
            .await
            .expect("changed");
        let caller = calls(backend, &issued).await.expect("signed in still");
        assert!(caller.permissions.is_empty() && caller.may(Permission::TokensRead).is_err());
        people
            .set_user_type(&ada, bob, BuiltIn::Owner.into())
            .await
            .expect("changed");
        let caller = calls(backend, &issued).await.expect("signed in still");
        assert!(caller.may(Permission::OrganisationManage).is_ok());
        assert!(
            caller.may(Permission::TokensManage).is_err(),
            "what was allowed bounds it"
        );

        people.deactivate(&ada, bob).await.expect("ended");
        assert!(matches!(calls(backend, &issued).await, Err(Denied::Unknown)));
        let answer = refresh(backend, &harbour, issued.refresh.reveal()).await;
        assert_eq!(error(answer), OAuthError::InvalidGrant);
        people.reactivate(&ada, bob).await.expect("back");
        assert!(calls(backend, &issued).await.is_ok());

        let more = domain::mobile_sessions::TokenForm {
            client_id: harbour.id.to_string(),
            refresh_token: issued.refresh.reveal().into(),
            scope: "tokens:manage".into(),
            ..Default::default()
        };
        let answer = backend
            .mobile_sessions()
            .refresh(&more, &device(), &phone())
            .await;
        assert_eq!(error(answer), OAuthError::InvalidScope);
        assert!(
            refresh(backend, &harbour, issued.refresh.reveal()).await.is_ok(),
            "it was not used"
        );

        backend
            .organisations()
            .cancel(organisation)
            .await
            .expect("cancelled");
        assert!(matches!(calls(backend, &issued).await, Err(Denied::Unknown)));
    })
    .await;
}

#[tokio::test]
async fn an_app_that_is_removed_is_signed_out_everywhere() {
    on_each_engine(async |world| {
        let (backend, ada) = (&world.backend, owner(&world.backend).await);
        let harbour = app(backend, &ada).await;
        let issued = sign_in(backend, &ada, &harbour, "").await;
        let waiting = code(backend, &ada, &harbour, "").await;
        let sessions = backend.mobile_sessions();
        assert_eq!(sessions.app(&ada, harbour.id).await.expect("an app").sessions, 1);
        sessions.remove_app(&ada, harbour.id).await.expect("removed");
        assert!(matches!(calls(backend, &issued).await, Err(Denied::Unknown)));
        let answer = sessions
            .exchange(&exchanges(&harbour, &waiting), &device(), &phone())
            .await;
        assert_eq!(error(answer), OAuthError::InvalidGrant);
        assert!(
            sessions
                .asking_app(&harbour.id.to_string())
                .await
                .expect("asked")
                .is_none()
        );
        assert!(sessions.apps(&ada).await.expect("apps").is_empty());
    })
    .await;
}

#[tokio::test]
async fn who_is_signed_out_on_one_server_is_refused_on_another() {
    on_each_engine(async |world: &World| {
        let Some(there) = world.another_server_if_shared().await else {
            return;
        };
        let here = &world.backend;
        let ada = owner(here).await;
        let harbour = app(here, &ada).await;
        let issued = sign_in(here, &ada, &harbour, "").await;
        let asking = tokio::spawn({
            let db = there.database().clone();
            async move { db.ask_for_changes().await }
        });
        tokio::time::sleep(std::time::Duration::from_millis(400)).await;
        assert!(calls(&there, &issued).await.is_ok() && calls(&there, &issued).await.is_ok());
        here.mobile_sessions()
            .end(&ada, issued.session)
            .await
            .expect("ended");
        tokio::time::sleep(std::time::Duration::from_secs(1)).await;
        assert!(
            matches!(calls(&there, &issued).await, Err(Denied::Unknown)),
            "a second later at the latest"
        );
        asking.abort();
    })
    .await;
}
