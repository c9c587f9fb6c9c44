//! Signing in to an app, and what it may do then.

use super::*;

#[tokio::test]
async fn an_app_does_what_its_person_may_until_they_are_signed_out() {
    on_each_engine(async |world| {
        let (backend, ada) = (&world.backend, owner(&world.backend).await);
        let harbour = app(backend, &ada).await;
        let issued = sign_in(backend, &ada, &harbour, "").await;
        assert!(issued.access.reveal().starts_with("twm_") && issued.refresh.reveal().starts_with("twr_"));
        assert!(!format!("{issued:?}").contains(issued.access.reveal()));
        assert_eq!(issued.seconds, 600);

        let caller = calls(backend, &issued).await.expect("let in");
        assert_eq!(caller.permissions, ada.permissions);
        assert_eq!(
            (caller.person(), caller.organisation()),
            (ada.person(), ada.organisation())
        );
        let create = backend
            .api_tokens()
            .create(
                &caller,
                &domain::api_tokens::ApiTokenForm {
                    name: "From a phone".into(),
                    ..Default::default()
                }
                .parse()
                .expect("a form"),
            )
            .await;
        assert!(
            matches!(create, Err(Error::Refused(Refusal::Forbidden))),
            "a phone makes no tokens"
        );

        let view = backend
            .mobile_sessions()
            .view(&ada, issued.session)
            .await
            .expect("a page");
        assert_eq!(
            (
                view.row.name.as_str(),
                view.row.user_type.as_str(),
                view.row.device.as_str()
            ),
            ("Ada", "Owner", "Pixel 9")
        );
        assert_eq!(
            (view.row.system.as_str(), view.row.version.as_str()),
            ("Android 16", "Harbour 3.2")
        );
        assert_eq!(view.networks.len(), 1);
        assert_eq!(view.networks[0].0, "192.0.2.44");
        assert_eq!(view.row.expires_at, backend.clock().now() + TimeDelta::days(30));

        backend
            .mobile_sessions()
            .end(&ada, issued.session)
            .await
            .expect("signed out");
        assert!(
            matches!(calls(backend, &issued).await, Err(Denied::Unknown)),
            "at the next request"
        );
        let answer = refresh(backend, &harbour, issued.refresh.reveal()).await;
        assert_eq!(error(answer), OAuthError::InvalidGrant);
        assert_eq!(mails_about(backend, &ada).await, 0, "that was no theft");
        backend
            .mobile_sessions()
            .end(&ada, issued.session)
            .await
            .expect("a second time is the same");
        assert_eq!(backend.fsck().await.expect("checked"), Vec::<String>::new());
    })
    .await;
}

#[tokio::test]
async fn a_code_is_exchanged_once_by_whoever_asked_for_it_and_within_a_minute() {
    on_each_engine(async |world| {
        let (backend, ada) = (&world.backend, owner(&world.backend).await);
        let harbour = app(backend, &ada).await;
        let other = MobileAppForm {
            name: "Other".into(),
            redirects: REDIRECT.into(),
        };
        let other = backend
            .mobile_sessions()
            .add_app(&ada, &other)
            .await
            .expect("another app");
        let sessions = backend.mobile_sessions();
        type Change = Box<dyn Fn(&mut domain::mobile_sessions::TokenForm)>;
        let changes: Vec<Change> = vec![
            Box::new(move |form| form.client_id = other.id.to_string()),
            Box::new(|form| form.redirect_uri.push('/')),
            Box::new(|form| form.code_verifier = CHALLENGE.into()),
            Box::new(|form| form.code_verifier.clear()),
        ];
        for change in changes {
            let code = code(backend, &ada, &harbour, "").await;
            let mut form = exchanges(&harbour, &code);
            change(&mut form);
            let answer = sessions.exchange(&form, &device(), &phone()).await;
            assert_eq!(error(answer), OAuthError::InvalidGrant, "{form:?}");
            let answer = sessions
                .exchange(&exchanges(&harbour, &code), &device(), &phone())
                .await;
            assert_eq!(error(answer), OAuthError::InvalidGrant, "it is used up");
        }

        let late = code(backend, &ada, &harbour, "").await;
        backend.clock().advance(TimeDelta::seconds(60));
        let answer = sessions
            .exchange(&exchanges(&harbour, &late), &device(), &phone())
            .await;
        assert_eq!(error(answer), OAuthError::InvalidGrant, "at exactly its end");
        let in_time = code(backend, &ada, &harbour, "").await;
        backend
            .clock()
            .advance(TimeDelta::seconds(60) - TimeDelta::microseconds(1));
        let form = exchanges(&harbour, &in_time);
        let issued = sessions
            .exchange(&form, &device(), &phone())
            .await
            .expect("in time");
        assert!(calls(backend, &issued).await.is_ok());

        let again = sessions.exchange(&form, &device(), &phone()).await;
        assert_eq!(error(again), OAuthError::InvalidGrant);
        assert!(
            matches!(calls(backend, &issued).await, Err(Denied::Unknown)),
            "what it gave has ended"
        );
        assert_eq!(mails_about(backend, &ada).await, 1, "and its person is told");
    })
    .await;
}

#[tokio::test]
async fn an_app_of_another_organisation_and_another_address_get_no_code() {
    on_each_engine(async |world| {
        let (backend, ada) = (&world.backend, owner(&world.backend).await);
        let eve = owner_of(backend, "Another", "eve@example.org").await;
        let harbour = app(backend, &ada).await;
        let granted = asks(&harbour, "").asked().expect("a good request");
        for (signer, redirect) in [(&eve, REDIRECT), (&ada, "org.example.other:/signed-in")] {
            let signer = Signer::admin(signer).expect("an admin");
            let answer = backend
                .mobile_sessions()
                .allow(&signer, &harbour, redirect, &granted)
                .await;
            assert!(
                matches!(answer, Err(Error::Refused(Refusal::Forbidden))),
                "{redirect}"
            );
        }
    })
    .await;
}
