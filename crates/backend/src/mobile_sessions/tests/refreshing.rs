//! Refresh tokens: good once, asked for again, stolen, and over.

use super::*;

#[tokio::test]
async fn a_refresh_token_is_good_once_and_its_lost_answer_is_asked_for_again() {
    on_each_engine(async |world| {
        let (backend, ada) = (&world.backend, owner(&world.backend).await);
        let harbour = app(backend, &ada).await;
        let first = sign_in(backend, &ada, &harbour, "tokens:read").await;
        let second = refresh(backend, &harbour, first.refresh.reveal())
            .await
            .expect("refreshed");
        assert_eq!(second.permissions.to_string(), "tokens:read");
        assert!(calls(backend, &first).await.is_ok(), "its minutes are not over");

        backend
            .clock()
            .advance(TimeDelta::seconds(10) - TimeDelta::microseconds(1));
        let lost = refresh(backend, &harbour, first.refresh.reveal())
            .await
            .expect("the answer was lost");
        let third = refresh(backend, &harbour, second.refresh.reveal())
            .await
            .expect("or it was not, after all");
        assert!(calls(backend, &third).await.is_ok());
        let answer = refresh(backend, &harbour, lost.refresh.reveal()).await;
        assert_eq!(
            error(answer),
            OAuthError::InvalidGrant,
            "two hands hold this session"
        );
        for issued in [&first, &second, &lost, &third] {
            assert!(matches!(calls(backend, issued).await, Err(Denied::Unknown)));
        }
        let answer = refresh(backend, &harbour, third.refresh.reveal()).await;
        assert_eq!(error(answer), OAuthError::InvalidGrant);
        assert_eq!(mails_about(backend, &ada).await, 1, "told once");
        let view = backend
            .mobile_sessions()
            .view(&ada, first.session)
            .await
            .expect("a page");
        let alarms = view
            .history
            .iter()
            .filter(|entry| entry.what.starts_with("ALARM"))
            .count();
        assert_eq!(
            (alarms, view.row.state),
            (1, State::Revoked),
            "{:?}",
            view.history
        );
    })
    .await;
}

#[tokio::test]
async fn a_refresh_token_that_is_used_again_after_ten_seconds_ends_its_session() {
    on_each_engine(async |world| {
        let (backend, ada) = (&world.backend, owner(&world.backend).await);
        let harbour = app(backend, &ada).await;
        let bystander = sign_in(backend, &ada, &harbour, "").await;
        let first = sign_in(backend, &ada, &harbour, "").await;
        let second = refresh(backend, &harbour, first.refresh.reveal())
            .await
            .expect("refreshed");
        backend.clock().advance(TimeDelta::seconds(10));
        let answer = refresh(backend, &harbour, first.refresh.reveal()).await;
        assert_eq!(error(answer), OAuthError::InvalidGrant);
        assert!(matches!(calls(backend, &second).await, Err(Denied::Unknown)));
        assert!(
            calls(backend, &bystander).await.is_ok(),
            "another session goes on"
        );
        assert_eq!(mails_about(backend, &ada).await, 1);
    })
    .await;
}

#[tokio::test]
async fn a_session_ends_idle_after_thirty_days_and_in_any_case_after_a_hundred_and_eighty() {
    on_each_engine(async |world| {
        let (backend, ada) = (&world.backend, owner(&world.backend).await);
        let harbour = app(backend, &ada).await;
        let mut issued = sign_in(backend, &ada, &harbour, "").await;
        backend.clock().advance(TimeDelta::minutes(10));
        assert!(
            matches!(calls(backend, &issued).await, Err(Denied::Expired)),
            "at exactly its end"
        );
        let idle = sign_in(backend, &ada, &harbour, "").await;
        let began = backend.clock().now() - TimeDelta::minutes(10);
        while backend.clock().now() + TimeDelta::days(29) < began + TimeDelta::days(180) {
            backend.clock().advance(TimeDelta::days(29));
            issued = refresh(backend, &harbour, issued.refresh.reveal())
                .await
                .expect("it is not idle");
        }
        let answer = refresh(backend, &harbour, idle.refresh.reveal()).await;
        assert_eq!(
            error(answer),
            OAuthError::InvalidGrant,
            "nobody used it for 30 days"
        );
        let end = began + TimeDelta::days(180);
        let row = backend
            .mobile_sessions()
            .row(&ada, issued.session)
            .await
            .expect("a row");
        assert_eq!(row.expires_at, end);
        backend.clock().advance(end - backend.clock().now());
        let answer = refresh(backend, &harbour, issued.refresh.reveal()).await;
        assert_eq!(error(answer), OAuthError::InvalidGrant);
        backend.upkeep().sweep().await.expect("swept");
        let ended = MobileQuery {
            list: MobileList::Ended,
            ..MobileQuery::default()
        };
        let list = backend
            .mobile_sessions()
            .list(&ada, &ended)
            .await
            .expect("a list");
        assert_eq!(list.rows.len(), 2);
        assert_eq!(mails_about(backend, &ada).await, 0, "time is no thief");
    })
    .await;
}

#[tokio::test]
async fn of_many_refreshes_at_once_none_is_taken_for_a_theft() {
    on_each_engine(async |world| {
        let (backend, ada) = (&world.backend, owner(&world.backend).await);
        let harbour = app(backend, &ada).await;
        let issued = sign_in(backend, &ada, &harbour, "").await;
        let tries = (0..8).map(|_| refresh(backend, &harbour, issued.refresh.reveal()));
        let answers = futures::future::join_all(tries).await;
        let answers: Vec<Issued> = answers
            .into_iter()
            .map(|answer| answer.expect("refreshed"))
            .collect();
        for answer in &answers {
            assert!(calls(backend, answer).await.is_ok());
        }
        let kept = refresh(backend, &harbour, answers[3].refresh.reveal())
            .await
            .expect("whichever the app kept");
        assert!(calls(backend, &kept).await.is_ok());
        assert_eq!(mails_about(backend, &ada).await, 0);
    })
    .await;
}
