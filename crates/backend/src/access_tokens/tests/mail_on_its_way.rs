//! What became of a mail is told to anyone who looks at its code, and stands in the code's history.

use chrono::TimeDelta;
use domain::TokenId;
use domain::access_tokens::CodeQuery;
use domain::feed::Change;
use domain::mail::MailState;

use super::{Story, on_each_engine};
use crate::audit;

impl Story<'_> {
    /// A code whose mail waits.
    async fn assigned(&self) -> (TokenId, TokenId) {
        let multi = self.create(self.multi("Seats", "1")).await.id;
        let code = self.codes(multi, CodeQuery::default()).await[0].id;
        let tokens = self.world.backend.access_tokens();
        tokens
            .assign(&self.ada, code, "ben@example.org")
            .await
            .expect("assigned");
        (multi, code)
    }

    async fn last_told(&self) -> Option<Change> {
        let mut conn = self.world.backend.db.read().await.expect("a reader");
        let told = audit::heard_since(&mut conn, uuid::Uuid::nil())
            .await
            .expect("heard");
        told.into_iter().filter_map(|(_, _, change)| change).next_back()
    }

    async fn last_in_history(&self, code: TokenId) -> String {
        let tokens = self.world.backend.access_tokens();
        tokens.history(&self.ada, code).await.expect("a history")[0]
            .what
            .clone()
    }
}

#[tokio::test]
async fn a_mail_that_went_out_is_told() {
    on_each_engine(async |world| {
        let story = Story::new(world).await;
        let (multi, code) = story.assigned().await;
        world.backend.clock().advance(TimeDelta::seconds(1));

        world.backend.mail().deliver_due().await.expect("delivered");

        assert_eq!(
            story.codes(multi, CodeQuery::default()).await[0].mail,
            Some(MailState::Sent)
        );
        assert!(
            matches!(story.last_told().await, Some(Change::Mail { code: told, .. }) if told == Some(code))
        );
        assert_eq!(
            story.last_in_history(code).await,
            "The mail to ben@example.org went out"
        );
    })
    .await;
}

#[tokio::test]
async fn a_mail_that_was_given_up_is_told() {
    on_each_engine(async |world| {
        let story = Story::new(world).await;
        let (multi, code) = story.assigned().await;
        // A file where the folder should be: nothing can be written into it.
        std::fs::remove_dir(world.mail.path()).expect("removed");
        std::fs::write(world.mail.path(), "").expect("a file");

        for _ in 0..10 {
            world.backend.mail().deliver_due().await.expect("tried");
            world.backend.clock().advance(TimeDelta::hours(12));
        }

        assert_eq!(
            story.codes(multi, CodeQuery::default()).await[0].mail,
            Some(MailState::Failed)
        );
        assert!(
            matches!(story.last_told().await, Some(Change::Mail { code: told, .. }) if told == Some(code))
        );
        assert!(story.last_in_history(code).await.contains("could not be sent"));
        std::fs::remove_file(world.mail.path()).expect("removed");
        std::fs::create_dir(world.mail.path()).expect("a folder");
    })
    .await;
}
