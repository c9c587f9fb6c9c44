//! Who may do what: another organisation, a member, and an organisation without the full feature.

use domain::Permission;

use super::super::TokenChange;
use super::*;

#[tokio::test]
async fn another_organisation_finds_nothing_here() {
    on_each_engine(async |world| {
        let story = Story::new(world).await;
        let tokens = world.backend.access_tokens();
        let eve = &story.stranger;
        let single = story.create(story.single("Secret", "")).await.id;
        let multi = story.create(story.multi("Codes", "2")).await.id;
        let code = story.codes(multi, CodeQuery::default()).await[0].id;
        let link = tokens.share(&story.ada, code).await.expect("a link");

        assert_eq!(
            tokens
                .list(eve, &TokenQuery::default())
                .await
                .expect("a page")
                .rows,
            Vec::new()
        );
        for typed in ["secret", link.code.as_str(), &link.code[..4]] {
            let query = TokenQuery {
                search: typed.into(),
                ..TokenQuery::default()
            };
            assert_eq!(tokens.list(eve, &query).await.expect("a page").rows, Vec::new());
        }
        assert_eq!(
            tokens.rows(eve, &[single, multi, code]).await.expect("rows"),
            Vec::new()
        );
        let edit = EditTokenForm {
            name: "Mine".into(),
            ..EditTokenForm::default()
        };
        let refusals = [
            refusal(tokens.get(eve, single).await),
            refusal(tokens.edit(eve, single, &edit).await),
            refusal(tokens.suspend(eve, single).await),
            refusal(tokens.resume(eve, single).await),
            refusal(tokens.delete(eve, single).await),
            refusal(tokens.restore(eve, single).await),
            refusal(tokens.revoke(eve, single).await),
            refusal(tokens.share(eve, code).await),
            refusal(tokens.history(eve, code).await),
            refusal(tokens.add_codes(eve, multi, "1").await),
            refusal(tokens.codes(eve, multi, &CodeQuery::default()).await),
            refusal(tokens.count_codes(eve, multi, &CodeQuery::default()).await),
            refusal(tokens.code_rows(eve, multi, &[code]).await),
            refusal(tokens.assign(eve, code, "eve@example.org").await),
            refusal(tokens.clear_assignment(eve, code).await),
            refusal(tokens.new_link(eve, code).await),
            refusal(tokens.replace(eve, code).await),
            refusal(tokens.export_codes(eve, multi).await.map(|_| ())),
        ];
        assert!(
            refusals.iter().all(|refusal| *refusal == Refusal::NotFound),
            "{refusals:?}"
        );
        let foreign = NewTokenForm {
            collection: story.onboarding.to_string(),
            ..story.single("Theirs", "")
        };
        let refused = refusal(tokens.create(eve, &foreign).await);
        assert_eq!(
            refused.problems().and_then(|p| p.at("collection")),
            Some("Choose a published collection.")
        );
    })
    .await;
}

#[tokio::test]
async fn a_member_may_do_nothing_here() {
    on_each_engine(async |world| {
        let story = Story::new(world).await;
        let tokens = world.backend.access_tokens();
        let row = story.create(story.multi("Codes", "2")).await;
        let code = story.codes(row.id, CodeQuery::default()).await[0].id;
        let member = Caller {
            permissions: domain::BuiltIn::Member.permissions(),
            ..story.ada.clone()
        };
        let edit = EditTokenForm {
            name: "Mine".into(),
            ..EditTokenForm::default()
        };
        let refusals = [
            refusal(tokens.create(&member, &story.single("Mine", "")).await),
            refusal(tokens.list(&member, &TokenQuery::default()).await),
            refusal(tokens.count(&member, &TokenQuery::default()).await),
            refusal(tokens.rows(&member, &[row.id]).await),
            refusal(tokens.get(&member, row.id).await),
            refusal(tokens.edit(&member, row.id, &edit).await),
            refusal(tokens.suspend(&member, row.id).await),
            refusal(tokens.resume(&member, row.id).await),
            refusal(tokens.delete(&member, row.id).await),
            refusal(tokens.restore(&member, row.id).await),
            refusal(tokens.revoke(&member, row.id).await),
            refusal(tokens.share(&member, code).await),
            refusal(tokens.history(&member, row.id).await),
            refusal(tokens.add_codes(&member, row.id, "1").await),
            refusal(tokens.codes(&member, row.id, &CodeQuery::default()).await),
            refusal(tokens.count_codes(&member, row.id, &CodeQuery::default()).await),
            refusal(tokens.code_rows(&member, row.id, &[code]).await),
            refusal(tokens.assign(&member, code, "x@example.org").await),
            refusal(tokens.clear_assignment(&member, code).await),
            refusal(tokens.new_link(&member, code).await),
            refusal(tokens.replace(&member, code).await),
            refusal(tokens.export_codes(&member, row.id).await.map(|_| ())),
            refusal(
                world
                    .backend
                    .jobs()
                    .cancel(&member, domain::JobId(row.id.0))
                    .await,
            ),
        ];
        assert!(
            refusals.iter().all(|refusal| *refusal == Refusal::Forbidden),
            "{refusals:?}"
        );
    })
    .await;
}

#[tokio::test]
async fn without_the_full_feature_only_simple_tokens_are_made() {
    on_each_engine(async |world| {
        let story = Story::new(world).await;
        let tokens = world.backend.access_tokens();
        let ada = Caller {
            full_tokens: false,
            ..story.ada.clone()
        };
        assert!(tokens.create(&ada, &story.single("Simple", "")).await.is_ok());
        assert_eq!(
            refusal(tokens.create(&ada, &story.single("Limited", "3")).await),
            Refusal::FeatureOff
        );
        assert_eq!(
            refusal(tokens.create(&ada, &story.multi("Many", "3")).await),
            Refusal::FeatureOff
        );
    })
    .await;
}

#[tokio::test]
async fn who_may_manage_and_see_nothing_is_answered_with_what_they_made() {
    on_each_engine(async |world| {
        let story = Story::new(world).await;
        let tokens = world.backend.access_tokens();
        let maker = Caller {
            permissions: [Permission::TokensManage].into_iter().collect(),
            ..story.ada.clone()
        };
        let row = tokens
            .create(&maker, &story.single("Spring", "5"))
            .await
            .expect("made");
        assert_eq!((row.name.as_str(), row.limit), ("Spring", Some(5)));
        let renamed = TokenChange {
            name: Some("Summer".into()),
            ..TokenChange::default()
        };
        let row = tokens.change(&maker, row.id, &renamed).await.expect("changed");
        assert_eq!(row.name, "Summer");
        for (state, row) in [
            (State::Suspended, tokens.suspend(&maker, row.id).await),
            (State::Live, tokens.resume(&maker, row.id).await),
        ] {
            assert_eq!(row.expect("a row").state, state);
        }
        assert!(tokens.delete(&maker, row.id).await.expect("deleted").is_deleted());
        assert!(
            !tokens
                .restore(&maker, row.id)
                .await
                .expect("restored")
                .is_deleted()
        );
        let over = tokens.revoke(&maker, row.id).await.expect("revoked");
        assert_eq!(over.state, State::Revoked);
        let multi = tokens
            .create(&maker, &story.multi("Seats", "2"))
            .await
            .expect("made");
        let more = tokens.add_codes(&maker, multi.id, "3").await.expect("more");
        assert_eq!(more.limit, Some(5));
        let code = story.codes(multi.id, CodeQuery::default()).await[0].id;
        tokens.has_code(&maker, multi.id, code).await.expect("one of it");
        assert_eq!(
            refusal(tokens.has_code(&maker, multi.id, row.id).await),
            Refusal::NotFound
        );
        assert_eq!(refusal(tokens.get(&maker, row.id).await), Refusal::Forbidden);
    })
    .await;
}
