//! Page tokens are made: what fits, whom a link is sent to, what a copy has.

use domain::Refusal;
use domain::page_tokens::Rule;
use domain::page_tokens::forms::PageTokenForm;
use domain::page_tokens::list::PageTokenRow;

use super::super::gate::Verdict;
use super::{HOST, admin, ask, rule, token};
use crate::Error;
use crate::testing::on_each_engine;

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
        backend
            .page_tokens()
            .edit_site(&caller, site.id, |form| form.groups = "Readers".into())
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
        let refused = backend
            .page_tokens()
            .edit(&caller, row.id, |form| form.max_hits = "1".into())
            .await;
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
