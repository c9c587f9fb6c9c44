//! What is kept of a session, and for how long.

use super::*;

#[tokio::test]
async fn when_a_session_was_active_is_written_down_together_and_moves_forward() {
    on_each_engine(async |world| {
        let (backend, ada) = (&world.backend, owner(&world.backend).await);
        let harbour = app(backend, &ada).await;
        let issued = sign_in(backend, &ada, &harbour, "").await;
        let sessions = backend.mobile_sessions();
        for last in 50..58 {
            backend.clock().advance(TimeDelta::seconds(1));
            let from = Client {
                address: format!("198.51.100.{last}").parse().ok(),
                user_agent: "Harbour".into(),
                device: None,
            };
            let known = sessions.authenticate(issued.access.reveal(), &from).await;
            assert!(known.is_ok());
            sessions.note_uses().await.expect("written down");
        }
        let view = sessions.view(&ada, issued.session).await.expect("a page");
        assert_eq!(view.row.last_active.at, backend.clock().now());
        assert_eq!(view.row.last_address, "198.51.100.57");
        let addresses: Vec<_> = view
            .networks
            .iter()
            .map(|(address, _)| address.as_str())
            .collect();
        assert_eq!(
            addresses,
            [
                "198.51.100.57",
                "198.51.100.56",
                "198.51.100.55",
                "198.51.100.54",
                "198.51.100.53"
            ]
        );
        sessions.sweep().await.expect("swept");
        let view = sessions.view(&ada, issued.session).await.expect("a page");
        assert_eq!(view.networks.len(), 5);
        sessions
            .was_exposed(issued.access.reveal(), &phone())
            .await
            .expect("recorded");
        assert!(matches!(calls(backend, &issued).await, Err(Denied::Unknown)));
    })
    .await;
}

#[tokio::test]
async fn what_a_session_leaves_behind_is_forgotten_ninety_days_after_its_end() {
    on_each_engine(async |world| {
        let (backend, ada) = (&world.backend, owner(&world.backend).await);
        let harbour = app(backend, &ada).await;
        let over = sign_in(backend, &ada, &harbour, "").await;
        let over = refresh(backend, &harbour, over.refresh.reveal())
            .await
            .expect("refreshed");
        let sessions = backend.mobile_sessions();
        sessions.end(&ada, over.session).await.expect("signed out");
        sessions.wipe(&ada, over.session).await.expect("asked for");
        let keys = async || {
            let mut conn = backend.db.read().await.expect("a reader");
            let earlier = super::super::sql::count_with_key(&mut conn, 1)
                .await
                .expect("counted");
            let newest = conn
                .query("SELECT COUNT(*) FROM tokens WHERE family = 'mobile' AND key_id = 1")
                .number()
                .await
                .expect("counted");
            (earlier, newest)
        };
        assert_eq!(
            keys().await,
            (3, 1),
            "one refresh token before, two access tokens"
        );
        backend.clock().advance(TimeDelta::days(90));
        sessions.sweep().await.expect("swept");
        assert_eq!(keys().await, (1, 1), "the app is told still");
        let answer = refresh(backend, &harbour, over.refresh.reveal()).await;
        assert!(matches!(answer, Err(TokenError::Wipe)));
        let alive = sign_in(backend, &ada, &harbour, "").await;
        backend.clock().advance(TimeDelta::microseconds(1));
        sessions.sweep().await.expect("swept");
        assert_eq!(keys().await, (1, 1), "those of the session that goes on");
        let answer = refresh(backend, &harbour, over.refresh.reveal()).await;
        assert_eq!(error(answer), OAuthError::InvalidGrant);
        assert!(refresh(backend, &harbour, alive.refresh.reveal()).await.is_ok());
    })
    .await;
}
