//! What is deleted, revoked or paused.

use super::*;

#[tokio::test]
async fn what_is_deleted_opens_nothing_and_can_be_restored_for_thirty_days() {
    on_each_engine(async |world| {
        let story = Story::new(world).await;
        let tokens = world.backend.access_tokens();
        let row = story.create(story.single("Volunteers", "")).await;

        tokens.delete(&story.ada, row.id).await.expect("deleted");
        assert_eq!(story.use_once(row.id, "a@example.org").await, Spent::Gone);
        assert_eq!(story.names(TokenQuery::default()).await, Vec::<String>::new());
        let deleted = TokenQuery {
            list: TokenList::Deleted,
            ..TokenQuery::default()
        };
        assert_eq!(story.names(deleted.clone()).await, ["Volunteers"]);
        let edit = EditTokenForm {
            name: "X".into(),
            ..EditTokenForm::default()
        };
        assert!(matches!(
            refusal(tokens.edit(&story.ada, row.id, &edit).await),
            Refusal::Conflict(_)
        ));

        tokens.restore(&story.ada, row.id).await.expect("restored");
        assert_eq!(
            story.use_once(row.id, "a@example.org").await,
            Spent::New { number: 1 }
        );
        tokens.delete(&story.ada, row.id).await.expect("deleted again");
        world.backend.clock.advance(TimeDelta::days(30));
        assert!(matches!(
            refusal(tokens.restore(&story.ada, row.id).await),
            Refusal::Conflict(_)
        ));
        assert_eq!(story.names(deleted).await, Vec::<String>::new());
    })
    .await;
}

#[tokio::test]
async fn what_is_revoked_stays_revoked() {
    on_each_engine(async |world| {
        let story = Story::new(world).await;
        let tokens = world.backend.access_tokens();
        let row = story.create(story.single("Leaked", "5")).await;

        assert_eq!(
            tokens.revoke(&story.ada, row.id).await.expect("revoked").state,
            State::Revoked
        );

        assert_eq!(
            story.use_once(row.id, "a@example.org").await,
            Spent::Refused(State::Revoked)
        );
        let edit = EditTokenForm {
            name: "Leaked".into(),
            usage_limit: "9".into(),
            ..EditTokenForm::default()
        };
        assert_eq!(
            tokens
                .edit(&story.ada, row.id, &edit)
                .await
                .expect("edited")
                .state,
            State::Revoked
        );
        let revoked = TokenQuery {
            list: TokenList::Expired,
            state: Some(State::Revoked),
            ..TokenQuery::default()
        };
        assert_eq!(story.names(revoked).await, ["Leaked"]);
    })
    .await;
}

#[tokio::test]
async fn a_pause_holds_a_whole_multi_token_back() {
    on_each_engine(async |world| {
        let story = Story::new(world).await;
        let tokens = world.backend.access_tokens();
        let row = story.create(story.multi("Partner pilot", "2")).await;
        let code = story.codes(row.id, CodeQuery::default()).await[0].id;

        assert_eq!(
            tokens.suspend(&story.ada, row.id).await.expect("paused").state,
            State::Suspended
        );
        assert_eq!(
            story.use_once(code, "a@example.org").await,
            Spent::Refused(State::Suspended)
        );
        assert_eq!(
            story.names(TokenQuery::default()).await,
            ["Partner pilot"],
            "it is still an active one"
        );
        assert_eq!(
            tokens.resume(&story.ada, row.id).await.expect("resumed").state,
            State::Live
        );
        assert_eq!(
            story.use_once(code, "a@example.org").await,
            Spent::New { number: 1 }
        );
    })
    .await;
}
