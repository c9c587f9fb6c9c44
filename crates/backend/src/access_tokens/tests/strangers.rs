//! Who may do what: another organisation, a member, and an organisation without the full feature.

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
