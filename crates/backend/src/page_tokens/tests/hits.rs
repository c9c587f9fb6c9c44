//! A hit is a use: so many of them, whoever asks at the same time.

use domain::page_tokens::Rule;
use domain::tokens::State;

use super::super::gate::Verdict;
use super::{HOST, admin, ask, asked, rule, token};
use crate::testing::on_each_engine;

#[tokio::test]
async fn a_token_opens_its_page_as_its_groups_so_often_and_no_more() {
    on_each_engine(async |world| {
        let backend = &world.backend;
        let caller = admin(world).await;
        let (row, secret) = token(backend, &caller, "/report?id=3", |form| {
            form.max_hits = "3".into();
        })
        .await;
        assert!(secret.starts_with("twp_") && row.hint.starts_with("twp_"));
        assert_eq!(row.canonical_url, "http://shop.test:8080/report?id=3");

        for number in 1..=3 {
            let Verdict::Allowed(identity) =
                ask(backend, &format!("{HOST}/report?token={secret}&id=3")).await
            else {
                panic!("hit {number} is let in");
            };
            assert_eq!(
                (identity.token, identity.groups.as_str()),
                (Some(row.id), "Editors,Batch")
            );
        }
        let fourth = ask(backend, &format!("{HOST}/report?token={secret}&id=3")).await;
        assert_eq!(rule(&fourth), Some(Rule::Hits));
        let row = backend.page_tokens().get(&caller, row.id).await.expect("a row");
        assert_eq!(
            (row.hits, row.hits_left(), row.state),
            (3, Some(0), State::UsedUp)
        );
        let history = backend
            .page_tokens()
            .history(&caller, row.id)
            .await
            .expect("a history");
        assert_eq!(history.len(), 4, "it was made, and used three times");
        assert!(backend.fsck().await.expect("checked").is_empty());
    })
    .await;
}

#[tokio::test]
async fn a_proxy_that_asks_twice_for_one_request_pays_once() {
    on_each_engine(async |world| {
        let backend = &world.backend;
        let caller = admin(world).await;
        let (row, secret) = token(backend, &caller, "/page", |form| form.max_hits = "5".into()).await;
        let url = format!("{HOST}/page?TOKEN={secret}");
        for id in ["a", "a", "b"] {
            let verdict = backend
                .gate()
                .decide(&asked(&url, Some(id)))
                .await
                .expect("a verdict");
            assert!(matches!(verdict, Verdict::Allowed(_)), "{verdict:?}");
        }
        assert_eq!(
            backend
                .page_tokens()
                .get(&caller, row.id)
                .await
                .expect("a row")
                .hits,
            2
        );
    })
    .await;
}

#[tokio::test]
async fn many_hits_at_once_are_counted_exactly() {
    on_each_engine(async |world| {
        let backend = &world.backend;
        let caller = admin(world).await;
        let (row, secret) = token(backend, &caller, "/page", |form| form.max_hits = "20".into()).await;
        let url = format!("{HOST}/page?TOKEN={secret}");
        let another = world.another_server_if_shared().await;
        let servers = [backend, another.as_ref().unwrap_or(backend)];

        let asks = (0..80).map(|n| ask(servers[n % 2], &url));
        let verdicts = futures::future::join_all(asks).await;

        let allowed = verdicts
            .iter()
            .filter(|verdict| matches!(verdict, Verdict::Allowed(_)))
            .count();
        assert_eq!(allowed, 20);
        assert_eq!(
            backend
                .page_tokens()
                .get(&caller, row.id)
                .await
                .expect("a row")
                .hits,
            20
        );
        assert!(backend.fsck().await.expect("checked").is_empty());
    })
    .await;
}

#[tokio::test]
async fn a_token_without_a_limit_writes_nothing_until_its_tally_is_written() {
    on_each_engine(async |world| {
        let backend = &world.backend;
        let caller = admin(world).await;
        let (row, secret) = token(backend, &caller, "/page", |form| form.max_hits = "-1".into()).await;
        let url = format!("{HOST}/page?TOKEN={secret}");
        for _ in 0..7 {
            assert!(matches!(ask(backend, &url).await, Verdict::Allowed(_)));
        }
        let before = backend.page_tokens().get(&caller, row.id).await.expect("a row");
        assert_eq!((before.hits, before.last_used.is_some()), (0, false));

        assert_eq!(backend.gate().write_tally().await.expect("written"), 1);

        let after = backend.page_tokens().get(&caller, row.id).await.expect("a row");
        assert_eq!(
            (after.hits, after.last_used.is_some(), after.max_hits),
            (7, true, None)
        );
        assert_eq!(backend.gate().write_tally().await.expect("nothing"), 0);
        assert!(backend.fsck().await.expect("checked").is_empty());
    })
    .await;
}
