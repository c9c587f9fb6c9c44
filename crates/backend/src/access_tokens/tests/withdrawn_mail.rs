//! Links that open nothing are not mailed: what still waits goes with the token.

use domain::TokenId;
use domain::access_tokens::CodeQuery;
use domain::mail::MailState;

use super::{Story, on_each_engine};

impl Story<'_> {
    /// A multi token with one code sent to Ben and one whose mail to Cleo still waits.
    async fn sent_and_waiting(&self, name: &str) -> TokenId {
        let tokens = self.world.backend.access_tokens();
        let multi = self.create(self.multi(name, "3")).await.id;
        let codes = self.codes(multi, CodeQuery::default()).await;
        tokens
            .assign(&self.ada, codes[0].id, "ben@example.org")
            .await
            .expect("assigned");
        self.world.backend.mail().deliver_due().await.expect("delivered");
        tokens
            .assign(&self.ada, codes[1].id, "cleo@example.org")
            .await
            .expect("assigned");
        assert_eq!(
            self.mails(multi).await,
            [Some(MailState::Sent), Some(MailState::Queued), None]
        );
        multi
    }

    async fn mails(&self, multi: TokenId) -> Vec<Option<MailState>> {
        let codes = self.codes(multi, CodeQuery::default()).await;
        codes.into_iter().map(|code| code.mail).collect()
    }

    async fn delivered(&self) -> usize {
        self.world.backend.mail().deliver_due().await.expect("delivered")
    }

    async fn books_agree(&self) {
        assert_eq!(
            self.world.backend.fsck().await.expect("checked"),
            Vec::<String>::new()
        );
    }
}

const WITHDRAWN: [Option<MailState>; 3] = [Some(MailState::Sent), Some(MailState::Cancelled), None];

#[tokio::test]
async fn revoking_withdraws_the_mails_that_wait() {
    on_each_engine(async |world| {
        let story = Story::new(world).await;
        let multi = story.sent_and_waiting("Seats").await;
        let tokens = world.backend.access_tokens();
        let other = story.create(story.multi("Other seats", "1")).await.id;
        let code = story.codes(other, CodeQuery::default()).await[0].id;
        tokens
            .assign(&story.ada, code, "dora@example.org")
            .await
            .expect("assigned");

        tokens.revoke(&story.ada, multi).await.expect("revoked");

        assert_eq!(story.mails(multi).await, WITHDRAWN);
        assert_eq!(
            story.delivered().await,
            1,
            "the other token's mail goes out, and no more"
        );
        assert_eq!(story.mails(other).await, [Some(MailState::Sent)]);
        story.books_agree().await;
    })
    .await;
}

#[tokio::test]
async fn restoring_sends_nothing_by_itself_and_a_new_link_does() {
    on_each_engine(async |world| {
        let story = Story::new(world).await;
        let tokens = world.backend.access_tokens();
        let multi = story.sent_and_waiting("Seats").await;

        tokens.delete(&story.ada, multi).await.expect("deleted");
        assert_eq!(story.mails(multi).await, WITHDRAWN);
        story.books_agree().await;

        tokens.restore(&story.ada, multi).await.expect("restored");
        assert_eq!(story.delivered().await, 0);
        assert_eq!(
            story.mails(multi).await,
            WITHDRAWN,
            "the row says that nothing was sent"
        );
        let codes = story.codes(multi, CodeQuery::default()).await;
        assert_eq!(
            codes[1].assigned.as_ref().map(ToString::to_string).as_deref(),
            Some("cleo@example.org")
        );
        story.books_agree().await;

        tokens
            .new_link(&story.ada, codes[1].id)
            .await
            .expect("a new link");
        assert_eq!(story.delivered().await, 1);
        assert_eq!(story.mails(multi).await[1], Some(MailState::Sent));
        story.books_agree().await;
    })
    .await;
}

#[tokio::test]
async fn the_auditor_finds_mails_that_should_wait_and_those_that_should_not() {
    on_each_engine(async |world| {
        let story = Story::new(world).await;
        let multi = story.sent_and_waiting("Seats").await;
        let tampered = async |statement: &'static str| {
            let mut tx = world.backend.db.write().await.expect("a transaction");
            tx.query(statement).run().await.expect("tampered");
            tx.commit().await.expect("committed");
            world.backend.fsck().await.expect("checked").join("\n")
        };
        let findings =
            tampered("UPDATE mails SET state = 'cancelled', sealed = NULL WHERE state = 'queued'").await;
        assert!(
            findings.contains("the token was never deleted or revoked"),
            "{findings}"
        );

        world
            .backend
            .access_tokens()
            .revoke(&story.ada, multi)
            .await
            .expect("revoked");
        story.books_agree().await;
        let findings = tampered("UPDATE mails SET state = 'queued' WHERE state = 'cancelled'").await;
        assert!(findings.contains("a mail waits with the link"), "{findings}");
    })
    .await;
}
