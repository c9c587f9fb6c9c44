//! Page tokens are edited, by two people at once, too, and paused.

use domain::form::Edited;
use domain::page_tokens::Rule;
use domain::page_tokens::forms::PageTokenForm;
use domain::page_tokens::list::PageTokenRow;
use domain::tokens::State;

use super::super::gate::Verdict;
use super::{HOST, admin, ask, rule, token};
use crate::testing::on_each_engine;

#[tokio::test]
async fn two_who_edit_one_page_token_do_not_overwrite_each_other() {
    on_each_engine(async |world| {
        let caller = admin(world).await;
        let (row, _) = token(&world.backend, &caller, "/page", |form| {
            form.max_hits = "5".into();
        })
        .await;
        let (shown, opened) = (row.shown(), row.form());
        let save = async |form: PageTokenForm, shown: &PageTokenForm| {
            let tokens = world.backend.page_tokens();
            tokens
                .edit_shown(&caller, row.id, form, shown)
                .await
                .expect("an answer")
        };
        let timed = PageTokenForm {
            timeout: "3600".into(),
            max_hits: "9".into(),
            ..opened.clone()
        };
        assert!(matches!(save(timed, &shown).await, Edited::Saved(_)));

        let noted = PageTokenForm {
            note: "For the night".into(),
            ..opened.clone()
        };
        let Edited::Saved(now) = save(noted, &shown).await else {
            panic!("each changed something else");
        };
        assert_eq!((now.note.as_str(), now.max_hits), ("For the night", Some(9)));
        assert!(now.expires.is_some(), "the end stays as the other one left it");

        let both = PageTokenForm {
            timeout: "60".into(),
            ..opened.clone()
        };
        let Edited::Meanwhile(now) = save(both.clone(), &shown).await else {
            panic!("both changed the end");
        };
        let mut again = both;
        assert!(again.settle(&shown, &now.shown()).at("timeout").is_some());
        assert!(matches!(save(again, &now.shown()).await, Edited::Saved(_)));
    })
    .await;
}

#[tokio::test]
async fn many_are_suspended_at_once_and_taken_back_as_they_were() {
    on_each_engine(async |world| {
        let caller = admin(world).await;
        let tokens = world.backend.page_tokens();
        let mut ids = Vec::new();
        for path in ["/a", "/b", "/c", "/d"] {
            ids.push(token(&world.backend, &caller, path, |_| {}).await.0.id);
        }
        tokens
            .set_suspended(&caller, ids[0], true)
            .await
            .expect("suspended");
        tokens.revoke(&caller, ids[1]).await.expect("revoked");
        let eve = world.owner("Eve", "eve@example.org", "Elsewhere").await;
        let foreign = tokens.set_all_suspended(&eve, &ids, true).await.expect("rows");
        assert_eq!(foreign.len(), 0, "they are not hers");

        let rows = tokens.set_all_suspended(&caller, &ids, true).await.expect("rows");
        let mut changed: Vec<_> = rows.iter().map(|row| row.id).collect();
        changed.sort_unstable();
        let mut expected = ids[2..].to_vec();
        expected.sort_unstable();
        assert_eq!(changed, expected);
        assert!(rows.iter().all(|row| row.state == State::Suspended));

        let rows = tokens
            .set_all_suspended(&caller, &changed, false)
            .await
            .expect("rows");
        assert!(rows.iter().all(|row| row.state == State::Live) && rows.len() == 2);
        let first = tokens.get(&caller, ids[0]).await.expect("a row");
        assert_eq!(first.state, State::Suspended, "it was suspended before");
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
        tokens
            .edit(&caller, row.id, |now| *now = form.clone())
            .await
            .expect("edited");
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
async fn two_programs_at_once_change_only_what_each_names() {
    on_each_engine(async |world| {
        let tokens = world.backend.page_tokens();
        let caller = admin(world).await;
        let (row, _) = token(&world.backend, &caller, "/page", |form| {
            form.timeout = "3600".into();
        })
        .await;
        for round in 0..5 {
            let (note, group) = (format!("Night {round}"), format!("Group {round}"));
            let (noted, grouped) = tokio::join!(
                tokens.edit(&caller, row.id, |form| form.note.clone_from(&note)),
                tokens.edit(&caller, row.id, |form| form.groups.clone_from(&group)),
            );
            noted.and(grouped).expect("both are written");
            let now = tokens.get(&caller, row.id).await.expect("a row");
            assert_eq!((&now.note, &now.groups), (&note, &group));
            let end = |row: &PageTokenRow| row.expires.as_ref().map(|end| end.at);
            assert_eq!(end(&now), end(&row), "what nobody named stays");
        }
    })
    .await;
}

#[tokio::test]
async fn what_was_ticked_is_recorded_like_everything_else() {
    on_each_engine(async |world| {
        let tokens = world.backend.page_tokens();
        let caller = admin(world).await;
        let (row, _) = token(&world.backend, &caller, "/page", |_| {}).await;
        let change = |form: &mut PageTokenForm| {
            form.reads_only = "on".into();
            form.confirm = "on".into();
        };
        tokens.edit(&caller, row.id, change).await.expect("edited");
        let history = tokens.history(&caller, row.id).await.expect("a history");
        let told =
            "whether it is for reading only from “no” to “yes”, whether a page asks first from “no” to “yes”";
        assert!(
            history.iter().any(|entry| entry.what.contains(told)),
            "{history:?}"
        );
    })
    .await;
}
