//! Stories of page tokens and the gate.

mod cookies;
mod departments;
mod editing;
mod explaining;
mod leaked;

use domain::page_tokens::credential::Carried;
use domain::page_tokens::forms::PageTokenForm;
use domain::page_tokens::list::PageTokenQuery;
use domain::page_tokens::sites::SiteForm;
use domain::page_tokens::{Rule, list::PageTokenRow};
use domain::tokens::{State, TokenList};
use domain::{Refusal, TokenId};

use super::gate::{Asked, Verdict};
use crate::testing::{World, on_each_engine};
use crate::{Backend, Caller, Error, Secret};

pub(super) const HOST: &str = "http://shop.test:8080";

pub(super) async fn admin(world: &World) -> Caller {
    let caller = world.owner("Ada", "ada@example.org", "Harbour School").await;
    let form = SiteForm {
        address: HOST.into(),
        trusted_networks: "127.0.0.1/32".into(),
        ..SiteForm::default()
    };
    world
        .backend
        .page_tokens()
        .add_site(&caller, &form)
        .await
        .expect("a site");
    caller
}

pub(super) async fn token(
    backend: &Backend,
    caller: &Caller,
    path: &str,
    change: impl FnOnce(&mut PageTokenForm),
) -> (PageTokenRow, String) {
    let mut form = PageTokenForm {
        full_url: format!("{HOST}{path}"),
        groups: "Editors, Batch".into(),
        ..PageTokenForm::default()
    };
    change(&mut form);
    let (row, link) = backend
        .page_tokens()
        .create(caller, &form)
        .await
        .expect("a token");
    (row, link.token)
}

pub(super) fn asked<'a>(url: &'a str, request_id: Option<&'a str>) -> Asked<'a> {
    Asked {
        proxy: "127.0.0.1".parse().ok(),
        site_secret: None,
        url: url.as_bytes(),
        method: "GET",
        client: "192.0.2.1".parse().ok(),
        user_agent: "curl",
        in_headers: Carried::None,
        cookies: Vec::new(),
        request_id,
        is_navigation: false,
        is_prefetch: false,
        is_continuation: false,
    }
}

async fn ask(backend: &Backend, url: &str) -> Verdict {
    backend.gate().decide(&asked(url, None)).await.expect("a verdict")
}

fn rule(verdict: &Verdict) -> Option<Rule> {
    match verdict {
        Verdict::Refused(rule) => Some(*rule),
        _ => None,
    }
}

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

#[tokio::test]
async fn whatever_an_admin_changes_holds_at_the_next_request() {
    on_each_engine(async |world| {
        let backend = &world.backend;
        let tokens = backend.page_tokens();
        let caller = admin(world).await;
        let (row, secret) = token(backend, &caller, "/page", |_| {}).await;
        let url = format!("{HOST}/page?TOKEN={secret}");
        assert!(matches!(ask(backend, &url).await, Verdict::Allowed(_)));

        let mut form = row.form();
        form.groups = "Readers".into();
        form.timeout = "60".into();
        tokens.edit(&caller, row.id, &form).await.expect("edited");
        let Verdict::Allowed(identity) = ask(backend, &url).await else {
            panic!("the link stays as it is");
        };
        assert_eq!(identity.groups, "Readers");

        tokens
            .set_suspended(&caller, row.id, true)
            .await
            .expect("suspended");
        assert_eq!(rule(&ask(backend, &url).await), Some(Rule::Suspended));
        tokens
            .set_suspended(&caller, row.id, false)
            .await
            .expect("resumed");

        let rotated = tokens.rotate(&caller, row.id, 2).await.expect("rotated");
        let new_url = format!("{HOST}/page?TOKEN={}", rotated.token);
        assert!(
            matches!(ask(backend, &url).await, Verdict::Allowed(_)),
            "within its grace"
        );
        assert!(matches!(ask(backend, &new_url).await, Verdict::Allowed(_)));
        tokens.rotate(&caller, row.id, 0).await.expect("rotated");
        for url in [&url, &new_url] {
            assert_eq!(rule(&ask(backend, url).await), Some(Rule::Unknown));
        }

        let (other, secret) = token(backend, &caller, "/other", |form| form.timeout = "60".into()).await;
        let url = format!("{HOST}/other?TOKEN={secret}");
        assert!(matches!(ask(backend, &url).await, Verdict::Allowed(_)));
        world.backend.clock.advance(chrono::TimeDelta::seconds(60));
        assert_eq!(rule(&ask(backend, &url).await), Some(Rule::Expired));
        tokens.revoke(&caller, other.id).await.expect("revoked");
        assert_eq!(rule(&ask(backend, &url).await), Some(Rule::Revoked));
        tokens.delete(&caller, other.id).await.expect("deleted");
        assert_eq!(rule(&ask(backend, &url).await), Some(Rule::Revoked));
    })
    .await;
}

#[tokio::test]
async fn a_browsers_token_becomes_a_cookie_that_is_bound_to_its_site_and_token() {
    on_each_engine(async |world| {
        let backend = &world.backend;
        let caller = admin(world).await;
        let (row, secret) = token(backend, &caller, "/page?a=1", |form| form.max_hits = "2".into()).await;
        let url = format!("{HOST}/page?TOKEN={secret}&a=1");
        let browser = Asked {
            is_navigation: true,
            user_agent: "Browser",
            ..asked(&url, None)
        };
        let Verdict::Exchange { location, cookie } =
            backend.gate().decide(&browser).await.expect("a verdict")
        else {
            panic!("an exchange");
        };
        assert_eq!(String::from_utf8_lossy(&location), format!("{HOST}/page?a=1"));
        let header = cookie.header();
        let value = header.split(['=', ';']).nth(1).expect("a value");
        let with_cookie = |url: &'static str| Asked {
            cookies: vec![value],
            ..asked(url, None)
        };
        for _ in 0..5 {
            let verdict = backend
                .gate()
                .decide(&with_cookie("http://shop.test:8080/page?a=1"))
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
            1
        );

        let another = SiteForm {
            address: "http://other.test".into(),
            trusted_networks: "127.0.0.1".into(),
            ..SiteForm::default()
        };
        backend
            .page_tokens()
            .add_site(&caller, &another)
            .await
            .expect("a site");
        let verdict = backend
            .gate()
            .decide(&with_cookie("http://other.test/page?a=1"))
            .await
            .expect("a verdict");
        assert_eq!(
            rule(&verdict),
            Some(Rule::NoToken),
            "of another site it is nobody's"
        );

        backend
            .page_tokens()
            .revoke(&caller, row.id)
            .await
            .expect("revoked");
        let verdict = backend
            .gate()
            .decide(&with_cookie("http://shop.test:8080/page?a=1"))
            .await
            .expect("a verdict");
        assert_eq!(rule(&verdict), Some(Rule::Revoked));
    })
    .await;
}

#[tokio::test]
async fn a_sites_old_secret_is_believed_for_its_grace() {
    on_each_engine(async |world| {
        let backend = &world.backend;
        let tokens = backend.page_tokens();
        let caller = admin(world).await;
        let (_, token) = token(backend, &caller, "/page", |_| {}).await;
        let url = format!("{HOST}/page?TOKEN={token}");
        let is_answered = async |secret: &Secret| {
            let asked = Asked {
                proxy: "192.0.2.9".parse().ok(),
                site_secret: Some(Secret::new(secret.reveal())),
                ..asked(&url, None)
            };
            let verdict = backend.gate().decide(&asked).await.expect("a verdict");
            !matches!(verdict, Verdict::Untrusted)
        };
        let site = tokens.sites(&caller).await.expect("sites")[0].id;
        let renew = async |hours| tokens.renew_site_secret(&caller, site, hours).await;
        let old = renew(0).await.expect("a secret");
        let new = renew(24).await.expect("a secret");
        assert!(is_answered(&old).await && is_answered(&new).await);
        world.backend.clock.advance(chrono::TimeDelta::hours(24));
        assert!(!is_answered(&old).await && is_answered(&new).await);

        let last = renew(0).await.expect("a secret");
        assert!(
            !is_answered(&new).await && is_answered(&last).await,
            "without a grace it ends at once"
        );
        for hours in [-1, 745] {
            assert!(matches!(
                renew(hours).await,
                Err(Error::Refused(Refusal::Invalid(_)))
            ));
        }
    })
    .await;
}

#[tokio::test]
async fn only_a_sites_own_proxies_are_answered() {
    on_each_engine(async |world| {
        let backend = &world.backend;
        let caller = admin(world).await;
        let (_, token) = token(backend, &caller, "/page", |_| {}).await;
        let url = format!("{HOST}/page?TOKEN={token}");
        let from_elsewhere = |secret: Option<Secret>| Asked {
            proxy: "192.0.2.9".parse().ok(),
            site_secret: secret,
            ..asked(&url, None)
        };
        let site = backend.page_tokens().sites(&caller).await.expect("sites")[0].id;
        let secret = backend
            .page_tokens()
            .renew_site_secret(&caller, site, 0)
            .await
            .expect("a secret");
        for (secret, answered) in [
            (None, false),
            (Some(Secret::new("guess")), false),
            (Some(secret), true),
        ] {
            let verdict = backend
                .gate()
                .decide(&from_elsewhere(secret))
                .await
                .expect("a verdict");
            assert_eq!(matches!(verdict, Verdict::Allowed(_)), answered, "{verdict:?}");
            assert_eq!(matches!(verdict, Verdict::Untrusted), !answered, "{verdict:?}");
        }
        assert!(matches!(
            ask(backend, "http://unknown.test/").await,
            Verdict::Untrusted
        ));
    })
    .await;
}

#[tokio::test]
async fn another_organisation_sees_and_touches_nothing() {
    on_each_engine(async |world| {
        let backend = &world.backend;
        let tokens = backend.page_tokens();
        let ada = admin(world).await;
        let (row, secret) = token(backend, &ada, "/page", |_| {}).await;
        let site = tokens.sites(&ada).await.expect("sites")[0].id;
        let eve = world.owner("Eve", "eve@another.example", "Another").await;

        let is_unknown = |answer: Option<Error>| matches!(answer, Some(Error::Refused(Refusal::NotFound)));
        assert!(is_unknown(tokens.get(&eve, row.id).await.err()));
        assert!(is_unknown(tokens.reveal(&eve, row.id).await.err()));
        assert!(is_unknown(tokens.edit(&eve, row.id, &row.form()).await.err()));
        assert!(is_unknown(tokens.rotate(&eve, row.id, 0).await.err()));
        assert!(is_unknown(tokens.revoke(&eve, row.id).await.err()));
        assert!(is_unknown(tokens.delete(&eve, row.id).await.err()));
        assert!(is_unknown(tokens.remove_site(&eve, site).await.err()));
        assert!(is_unknown(tokens.renew_site_secret(&eve, site, 0).await.err()));
        assert!(tokens.sites(&eve).await.expect("none").is_empty());
        assert_eq!(
            tokens
                .count(&eve, &PageTokenQuery::default())
                .await
                .expect("none"),
            0
        );
        let url = format!("{HOST}/page?TOKEN={secret}");
        let explained = tokens.explain_typed(&eve, &url, "", "").await.expect("an answer");
        assert_eq!(explained.rule, Some(Rule::Site), "it is not one of hers");
        let taken = SiteForm {
            address: HOST.into(),
            ..SiteForm::default()
        };
        let refused = tokens.add_site(&eve, &taken).await.err();
        assert!(
            matches!(refused, Some(Error::Refused(Refusal::Invalid(_)))),
            "an address belongs to one site"
        );
    })
    .await;
}

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
async fn what_does_not_fit_is_said_at_its_field() {
    on_each_engine(async |world| {
        let backend = &world.backend;
        let caller = admin(world).await;
        let refused = async |change: fn(&mut PageTokenForm)| {
            let mut form = PageTokenForm {
                full_url: format!("{HOST}/page"),
                ..PageTokenForm::default()
            };
            change(&mut form);
            match backend.page_tokens().create(&caller, &form).await {
                Err(Error::Refused(Refusal::Invalid(problems))) => problems,
                other => panic!("{other:?}"),
            }
        };
        let problems = refused(|form| form.full_url = "http://elsewhere.test/".into()).await;
        assert!(
            problems
                .at("full_url")
                .expect("a sentence")
                .contains("http://elsewhere.test")
        );
        let problems = refused(|form| form.expires = "2026-10-31".into()).await;
        assert!(problems.at("expires").is_some());
        let problems = refused(|form| form.max_hits = "0".into()).await;
        assert!(problems.at("max_hits").is_some());
        let site = backend
            .page_tokens()
            .sites(&caller)
            .await
            .expect("sites")
            .remove(0);
        let form = SiteForm {
            groups: "Readers".into(),
            ..site.form()
        };
        backend
            .page_tokens()
            .edit_site(&caller, site.id, &form)
            .await
            .expect("edited");
        let problems = refused(|form| form.groups = "Readers,Owners".into()).await;
        assert!(problems.at("groups").expect("a sentence").contains("Owners"));
        let (row, secret) = token(backend, &caller, "/page", |form| {
            form.groups = "Readers".into();
            form.max_hits = "5".into();
        })
        .await;
        for _ in 0..2 {
            ask(backend, &format!("{HOST}/page?TOKEN={secret}")).await;
        }
        let mut form = row.form();
        form.max_hits = "1".into();
        let refused = backend.page_tokens().edit(&caller, row.id, &form).await;
        assert!(
            matches!(refused, Err(Error::Refused(Refusal::Invalid(_)))),
            "never below its hits"
        );
    })
    .await;
}

#[tokio::test]
async fn a_link_is_mailed_to_whom_it_is_for() {
    on_each_engine(async |world| {
        let backend = &world.backend;
        let caller = admin(world).await;
        let (_, secret) = token(backend, &caller, "/report", |form| {
            form.email = "bob@example.org".into();
            form.note = "Bob, who owes us money".into();
            form.max_hits = "3".into();
            form.timeout = "3600".into();
        })
        .await;
        backend.mail().deliver_due().await.expect("delivered");
        let mails: Vec<String> = std::fs::read_dir(world.mail.path())
            .expect("a folder")
            .flatten()
            .filter_map(|entry| std::fs::read_to_string(entry.path()).ok())
            .collect();
        assert_eq!(mails.len(), 1);
        let mail = mails[0].replace("=\r\n", "");
        for said in ["bob@example.org", "shop.test/report", "3 times", &secret] {
            assert!(mail.contains(said), "{said}: {mail}");
        }
        let zone = caller.time_zone.to_string();
        assert!(mail.contains(&format!("({zone})")), "{zone}: {mail}");
        assert!(!mail.contains("owes us"), "the note is for admins: {mail}");
    })
    .await;
}

#[tokio::test]
async fn a_duplicate_opens_the_same_within_the_same_bounds() {
    on_each_engine(async |world| {
        let backend = &world.backend;
        let tokens = backend.page_tokens();
        let caller = admin(world).await;
        let (row, secret) = token(backend, &caller, "/page?a=1", |form| {
            form.timeout = "3600".into();
            form.max_hits = "2".into();
            form.scope = "assets".into();
            form.note = "Nightly".into();
            form.networks = "192.0.2.0/24".into();
        })
        .await;
        let url = |secret: &str| format!("{HOST}/page?a=1&TOKEN={secret}");
        for _ in 0..2 {
            ask(backend, &url(&secret)).await;
        }
        world.backend.clock.advance(chrono::TimeDelta::seconds(600));
        let (other, link) = tokens
            .duplicate(&caller, row.id, &row.form())
            .await
            .expect("another");
        assert_ne!((other.id, &link.token), (row.id, &secret));
        assert_eq!((other.hits, other.hits_left()), (0, Some(2)));
        assert_eq!(other.form(), row.form(), "everything else is the same");
        let ends = |row: &PageTokenRow| row.expires.as_ref().map(|when| when.at);
        assert_eq!(ends(&other), ends(&row), "they end together");
        assert!(matches!(
            ask(backend, &url(&link.token)).await,
            Verdict::Allowed(_)
        ));
        assert_eq!(rule(&ask(backend, &url(&secret)).await), Some(Rule::Hits));

        world.backend.clock.advance(chrono::TimeDelta::seconds(3600));
        let (late, _) = tokens
            .duplicate(&caller, row.id, &row.form())
            .await
            .expect("another");
        let end = backend.clock.now() + chrono::TimeDelta::seconds(3600);
        assert_eq!(ends(&late), Some(end), "an hour, as the first one had");
        let (unlimited, _) = token(backend, &caller, "/page", |form| form.timeout = "-1".into()).await;
        let (other, _) = tokens
            .duplicate(&caller, unlimited.id, &unlimited.form())
            .await
            .expect("another");
        assert_eq!((ends(&other), other.max_hits), (None, None), "-1 stays unlimited");
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
