//! Lists of page tokens: orders, searches, and many at once.

use domain::Refusal;
use domain::TokenId;
use domain::page_tokens::Rule;
use domain::page_tokens::list::PageTokenQuery;
use domain::tokens::TokenList;

use super::super::gate::Verdict;
use super::{HOST, admin, ask, rule, token};
use crate::Error;
use crate::testing::on_each_engine;

#[tokio::test]
async fn tokens_are_found_and_listed_in_every_order() {
    on_each_engine(async |world| {
        let backend = &world.backend;
        let caller = admin(world).await;
        let (report, secret) = token(backend, &caller, "/wiki/annual-report", |form| {
            form.note = "Board".into();
        })
        .await;
        let (_, _) = token(backend, &caller, "/export", |form| form.max_hits = "5".into()).await;
        let found = async |search: &str| -> Vec<TokenId> {
            let query = PageTokenQuery {
                search: search.into(),
                ..PageTokenQuery::default()
            };
            let page = backend.page_tokens().list(&caller, &query).await.expect("a page");
            assert_eq!(
                backend
                    .page_tokens()
                    .count(&caller, &query)
                    .await
                    .expect("a count"),
                page.rows.len() as i64
            );
            page.rows.into_iter().map(|row| row.id).collect()
        };
        assert_eq!(found("").await.len(), 2);
        for search in [
            "annual rep",
            "board",
            "BOARD wiki",
            &secret,
            &report.hint,
            &format!("{HOST}/x?TOKEN={secret}"),
        ] {
            assert_eq!(found(search).await, [report.id], "{search}");
        }
        assert!(found("nothing like it").await.is_empty());
        for order in domain::access_tokens::TokenOrder::ALL {
            for descending in [false, true] {
                let query = PageTokenQuery {
                    order,
                    descending,
                    ..PageTokenQuery::default()
                };
                let page = backend.page_tokens().list(&caller, &query).await.expect("a page");
                assert_eq!(page.rows.len(), 2, "{order:?}");
            }
        }
    })
    .await;
}

#[tokio::test]
async fn hits_with_and_without_a_limit_stand_in_one_order() {
    on_each_engine(async |world| {
        let backend = &world.backend;
        let caller = admin(world).await;
        let mut ids = Vec::new();
        for (path, max_hits, hits) in [
            ("/none", "-1", 0),
            ("/one", "5", 1),
            ("/two", "-1", 2),
            ("/three", "5", 3),
            ("/four", "-1", 4),
        ] {
            let (row, secret) = token(backend, &caller, path, |form| form.max_hits = max_hits.into()).await;
            for _ in 0..hits {
                let verdict = ask(backend, &format!("{HOST}{path}?TOKEN={secret}")).await;
                assert!(matches!(verdict, Verdict::Allowed(_)), "{verdict:?}");
            }
            ids.push((row.id, hits));
        }
        backend.gate().write_tally().await.expect("written");

        for descending in [false, true] {
            let mut query = PageTokenQuery {
                order: domain::access_tokens::TokenOrder::Uses,
                descending,
                rows: Some(2),
                ..PageTokenQuery::default()
            };
            let mut found = Vec::new();
            loop {
                let page = backend.page_tokens().list(&caller, &query).await.expect("a page");
                found.extend(page.rows.iter().map(|row| (row.id, row.hits)));
                match page.next {
                    Some(next) => query.after = Some(next),
                    None => break,
                }
            }
            if descending {
                found.reverse();
            }
            assert_eq!(found, ids, "page by page");
        }
        assert!(backend.fsck().await.expect("checked").is_empty());
    })
    .await;
}

#[tokio::test]
async fn many_are_deleted_and_brought_back_at_once() {
    on_each_engine(async |world| {
        let backend = &world.backend;
        let tokens = backend.page_tokens();
        let caller = admin(world).await;
        let mut ids = Vec::new();
        let mut urls = Vec::new();
        for path in ["/one", "/two", "/three"] {
            let (row, secret) = token(backend, &caller, path, |_| {}).await;
            ids.push(row.id);
            urls.push(format!("{HOST}{path}?TOKEN={secret}"));
        }
        let eve = world.owner("Eve", "eve@another.example", "Another").await;
        assert!(
            tokens
                .delete_all(&eve, &ids)
                .await
                .expect("none of hers")
                .is_empty()
        );

        let rows = tokens.delete_all(&caller, &ids[..2]).await.expect("deleted");
        assert_eq!(rows.iter().filter(|row| row.deleted.is_some()).count(), 2);
        for (url, rule_of_it) in urls.iter().zip([Some(Rule::Revoked), Some(Rule::Revoked), None]) {
            assert_eq!(rule(&ask(backend, url).await), rule_of_it);
        }
        let listed = async |list: TokenList, rows: Option<u16>| {
            let query = PageTokenQuery {
                list,
                rows,
                ..PageTokenQuery::default()
            };
            let page = tokens.list(&caller, &query).await.expect("a page");
            (page.rows.len(), page.next.is_some())
        };
        assert_eq!(listed(TokenList::Deleted, None).await, (2, false));
        assert_eq!(
            listed(TokenList::Deleted, Some(1)).await,
            (1, true),
            "page by page"
        );

        world.backend.clock.advance(chrono::TimeDelta::days(29));
        tokens.restore_all(&caller, &ids[..1]).await.expect("back");
        world.backend.clock.advance(chrono::TimeDelta::days(2));
        let refused = tokens.restore_all(&caller, &ids).await;
        assert!(matches!(refused, Err(Error::Refused(Refusal::Conflict(_)))));
        assert_eq!(listed(TokenList::Active, None).await, (2, false));
        assert!(backend.fsck().await.expect("checked").is_empty());
    })
    .await;
}
