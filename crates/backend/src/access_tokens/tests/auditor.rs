//! What the auditor finds.

use super::*;

#[tokio::test]
async fn the_auditor_finds_nothing_after_a_story_and_everything_after_tampering() {
    on_each_engine(async |world| {
        let story = Story::new(world).await;
        let tokens = world.backend.access_tokens();
        let single = story.create(story.single("Spring", "2")).await.id;
        let multi = story.create(story.multi("Codes", "3")).await.id;
        let code = story.codes(multi, CodeQuery::default()).await[0].id;
        tokens
            .assign(&story.ada, code, "a@example.org")
            .await
            .expect("assigned");
        let person = world
            .person(story.ada.organisation(), "grete@example.org", "Grete Høst")
            .await;
        assert_eq!(world.backend.fsck().await.expect("checked"), Vec::<String>::new());

        // A use alone, without what belongs to it.
        story.use_once(single, "grete@example.org").await;

        let mut tx = world.backend.db.write().await.expect("a transaction");
        tx.query("UPDATE tokens SET uses = 2 WHERE id = $1")
            .bind(single)
            .run()
            .await
            .expect("tampered");
        tx.query("UPDATE tokens SET use_limit = 4 WHERE id = $1")
            .bind(multi)
            .run()
            .await
            .expect("tampered");
        tx.query("UPDATE uses SET token_id = $1")
            .bind(TokenId(Random.id(noon())))
            .run()
            .await
            .expect("tampered");
        tx.query("UPDATE person_words SET word = $2 WHERE person_id = $1 AND word = $3")
            .bind(person)
            .bind(b"gretel".to_vec())
            .bind(b"grete".to_vec())
            .run()
            .await
            .expect("tampered");
        tx.query("UPDATE mails SET state = 'cancelled'")
            .run()
            .await
            .expect("tampered");
        tx.query("UPDATE tokens SET sealed = $2 WHERE id = $1")
            .bind(code)
            .bind(vec![1_u8; 60])
            .run()
            .await
            .expect("tampered");
        tx.commit().await.expect("committed");

        let findings = world.backend.fsck().await.expect("checked").join("\n");
        for wrong in [
            "the counter of a token is not the number of its uses",
            "a use is of no token",
            "a use has not exactly one grant",
            &format!("a word of person {person} does not find them"),
            "the limit of a token is not the number of its parts",
            "the mail of an assignment was withdrawn",
            "cannot be read with the keys at hand",
        ] {
            assert!(findings.contains(wrong), "{wrong}: {findings}");
        }
    })
    .await;
}
