//! Mail says when a link opens something, and none goes out with a link that opens nothing. Neither does a file.

use domain::TokenId;
use domain::access_tokens::CodeQuery;
use domain::collections::CollectionState;

use super::*;

impl Story<'_> {
    async fn facts_of_mail(&self, code: TokenId) -> String {
        let mut conn = self.world.backend.db.read().await.expect("a reader");
        let (facts,): (String,) = conn
            .query("SELECT facts FROM mails WHERE token_id = $1")
            .bind(code)
            .one()
            .await
            .expect("a mail");
        facts
    }

    async fn exported(&self, multi: TokenId) -> String {
        let tokens = self.world.backend.access_tokens();
        let mut lines = tokens.export_codes(&self.ada, multi).await.expect("an export");
        let mut text = String::new();
        while let Some(piece) = lines.next().await.expect("a piece") {
            text.push_str(&piece);
        }
        text
    }
}

#[tokio::test]
async fn a_code_of_what_opens_nothing_is_not_mailed() {
    on_each_engine(async |world| {
        let story = Story::new(world).await;
        let (tokens, collections) = (world.backend.access_tokens(), world.backend.collections());
        let multi = story.create(story.multi("Seats", "2")).await.id;
        let code = story.codes(multi, CodeQuery::default()).await[0].id;
        let sentence = async || {
            let refused = tokens.assign(&story.ada, code, "ben@example.org").await;
            refusal(refused).to_string()
        };

        tokens.suspend(&story.ada, multi).await.expect("suspended");
        assert!(sentence().await.contains("is suspended"));
        tokens.resume(&story.ada, multi).await.expect("resumed");
        for (state, word) in [
            (CollectionState::Archived, "is archived"),
            (CollectionState::Draft, "is a draft"),
        ] {
            collections
                .set_state(&story.ada, story.safety, state)
                .await
                .expect("changed");
            assert!(sentence().await.contains(word), "{word}");
        }
        assert_eq!(story.codes(multi, CodeQuery::default()).await[0].assigned, None);

        collections
            .set_state(&story.ada, story.safety, CollectionState::Published)
            .await
            .expect("published");
        tokens
            .assign(&story.ada, code, "ben@example.org")
            .await
            .expect("assigned");
    })
    .await;
}

#[tokio::test]
async fn a_mail_says_from_when_until_when_and_where_that_is() {
    on_each_engine(async |world| {
        let story = Story::new(world).await;
        let later = NewTokenForm {
            starts: "2030-03-01".into(),
            expires: "2030-12-31".into(),
            ..story.multi("Seats", "1")
        };
        let multi = story.create(later).await.id;
        let code = story.codes(multi, CodeQuery::default()).await[0].id;
        let tokens = world.backend.access_tokens();
        tokens
            .assign(&story.ada, code, "ben@example.org")
            .await
            .expect("assigned");

        let facts = story.facts_of_mail(code).await;
        for words in [
            "\"from\":\"1 Mar 2030, 00:00 (Pacific/Auckland)\"",
            "\"until\":\"31 Dec 2030, 23:59 (Pacific/Auckland)\"",
        ] {
            assert!(facts.contains(words), "{words} in {facts}");
        }
    })
    .await;
}

#[tokio::test]
async fn the_export_of_a_revoked_token_says_so_and_holds_no_link() {
    on_each_engine(async |world| {
        let story = Story::new(world).await;
        let tokens = world.backend.access_tokens();
        let multi = story.create(story.multi("Seats", "2")).await.id;
        let before = story.exported(multi).await;
        assert!(
            before.contains("Used on (Pacific/Auckland)") && before.contains("/t/"),
            "{before}"
        );

        tokens.suspend(&story.ada, multi).await.expect("suspended");
        let paused = story.exported(multi).await;
        assert_eq!(paused.matches(",suspended,").count(), 2, "{paused}");
        tokens.revoke(&story.ada, multi).await.expect("revoked");
        let after = story.exported(multi).await;
        assert_eq!(after.matches(",,revoked,").count(), 2, "{after}");
        assert!(!after.contains("/t/") && !after.contains("free"), "{after}");
    })
    .await;
}
