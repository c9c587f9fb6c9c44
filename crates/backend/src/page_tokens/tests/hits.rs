//! A hit is a use: so many of them, no matter who asks at the same time.

use domain::page_tokens::Rule;
use domain::tokens::State;

use super::super::gate::{Asked, Verdict};
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

/// A download that was broken off goes on within its hit, the last one too; what is another page does not.
#[tokio::test]
async fn what_is_continued_is_what_was_counted() {
    on_each_engine(async |world| {
        let backend = &world.backend;
        let caller = admin(world).await;
        let (row, secret) = token(backend, &caller, "/file?id=1", |form| {
            form.max_hits = "1".into();
            form.any_value = "id".into();
        })
        .await;
        let decide = async |id: &str, is_continuation: bool, user_agent: &str| {
            let url = format!("{HOST}/file?id={id}&TOKEN={secret}");
            let asked = Asked {
                is_continuation,
                user_agent,
                ..asked(&url, None)
            };
            backend.gate().decide(&asked).await.expect("a verdict")
        };
        assert!(matches!(decide("1", false, "wget").await, Verdict::Allowed(_)));
        let again = decide("1", true, "wget").await;
        assert!(
            matches!(again, Verdict::Allowed(_)),
            "its hit was counted: {again:?}"
        );
        for (id, is_continuation, agent) in [("2", true, "wget"), ("1", true, "curl"), ("1", false, "wget")] {
            let verdict = decide(id, is_continuation, agent).await;
            assert_eq!(rule(&verdict), Some(Rule::Hits), "{id} {is_continuation} {agent}");
        }
        let row = backend.page_tokens().get(&caller, row.id).await.expect("a row");
        assert_eq!(row.hits, 1);

        let (row, secret) = token(backend, &caller, "/docs/", |form| {
            form.max_hits = "5".into();
            form.scope = "below".into();
        })
        .await;
        for (target, hits) in [("?id=1", 1), ("?id=2", 2), ("a?id=1", 3), ("?id=1", 3)] {
            let joint = format!("{HOST}/docs/{target}&TOKEN={secret}");
            let asked = Asked {
                is_continuation: true,
                ..asked(&joint, None)
            };
            let verdict = backend.gate().decide(&asked).await.expect("a verdict");
            assert!(matches!(verdict, Verdict::Allowed(_)), "{target}: {verdict:?}");
            let row = backend.page_tokens().get(&caller, row.id).await.expect("a row");
            assert_eq!(row.hits, hits, "{target}");
        }
    })
    .await;
}

/// OPTIONS asks what may be asked, and some sites answer it with the page.
#[tokio::test]
async fn where_a_view_costs_something_options_is_nobodys() {
    on_each_engine(async |world| {
        let backend = &world.backend;
        let caller = admin(world).await;
        for (max_hits, confirm, is_nobodys) in [("3", "", true), ("-1", "on", true), ("-1", "", false)] {
            let (row, secret) = token(backend, &caller, "/page", |form| {
                form.max_hits = max_hits.into();
                form.confirm = confirm.into();
            })
            .await;
            let url = format!("{HOST}/page?TOKEN={secret}");
            for (method, shown) in [("OPTIONS", !is_nobodys), ("HEAD", true)] {
                let asked = Asked {
                    method,
                    ..asked(&url, None)
                };
                let verdict = backend.gate().decide(&asked).await.expect("a verdict");
                let Verdict::Allowed(identity) = verdict else {
                    panic!("{method} is let through: {verdict:?}");
                };
                let groups = if shown { "Editors,Batch" } else { "" };
                assert_eq!(identity.groups, groups, "{method} {max_hits} {confirm}");
                assert_eq!(identity.token.is_some(), shown);
            }
            let row = backend.page_tokens().get(&caller, row.id).await.expect("a row");
            assert_eq!(row.hits, 0);
        }
    })
    .await;
}
