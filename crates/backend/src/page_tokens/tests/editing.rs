//! Two people edit one page token.

use domain::form::Edited;
use domain::page_tokens::forms::PageTokenForm;

use domain::tokens::State;

use super::{admin, token};
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
