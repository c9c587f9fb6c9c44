//! The codes of a multi token: assigned, cleared, replaced, mailed and exported.

use super::*;

#[tokio::test]
async fn a_multi_token_has_codes_that_are_assigned_cleared_and_replaced() {
    on_each_engine(async |world| {
        let story = Story::new(world).await;
        let tokens = world.backend.access_tokens();
        let row = story.create(story.multi("Partner pilot", "3")).await;
        assert_eq!(
            (row.token_type, row.limit, row.hint),
            (TokenType::Multi, Some(3), None)
        );
        assert!(matches!(
            refusal(tokens.share(&story.ada, row.id).await),
            Refusal::Conflict(_)
        ));
        let codes = story.codes(row.id, CodeQuery::default()).await;
        assert_eq!(
            codes.iter().map(|code| code.number).collect::<Vec<_>>(),
            [1, 2, 3]
        );
        let code = codes[0].id;
        let first = tokens.share(&story.ada, code).await.expect("a link").link;

        let assigned = tokens
            .assign(&story.ada, code, " Grete@Example.org ")
            .await
            .expect("assigned");
        assert_eq!(
            assigned.assigned.as_ref().map(domain::EmailAddress::as_str),
            Some("grete@example.org")
        );
        assert!(
            story.link_opens(&first).await,
            "the first assignment keeps the code"
        );
        let cleared = tokens.clear_assignment(&story.ada, code).await.expect("cleared");
        assert_eq!(cleared.assigned, None);
        assert!(!story.link_opens(&first).await, "what was mailed opens nothing");
        tokens
            .assign(&story.ada, code, "hine@example.org")
            .await
            .expect("assigned again");
        let second = tokens.share(&story.ada, code).await.expect("a link").link;
        tokens
            .assign(&story.ada, code, "tama@example.org")
            .await
            .expect("assigned to another");
        assert!(!story.link_opens(&second).await);
        let third = tokens.share(&story.ada, code).await.expect("a link").link;
        tokens.new_link(&story.ada, code).await.expect("a new link");
        assert!(!story.link_opens(&third).await);

        assert!(matches!(
            refusal(tokens.replace(&story.ada, code).await),
            Refusal::Conflict(_)
        ));
        assert_eq!(
            story.use_once(code, "tama@example.org").await,
            Spent::New { number: 1 }
        );
        assert!(matches!(
            refusal(tokens.clear_assignment(&story.ada, code).await),
            Refusal::Conflict(_)
        ));
        assert!(matches!(
            refusal(tokens.assign(&story.ada, code, "x@example.org").await),
            Refusal::Conflict(_)
        ));
        let replacement = tokens.replace(&story.ada, code).await.expect("a replacement");
        assert!(replacement.is_replacement && replacement.number == 4);
        assert_eq!(
            replacement.assigned.as_ref().map(domain::EmailAddress::as_str),
            Some("tama@example.org"),
            "it goes to the mailbox that the used one went to"
        );
        assert_eq!(replacement.mail, Some(domain::mail::MailState::Queued));
        assert!(matches!(
            refusal(tokens.replace(&story.ada, code).await),
            Refusal::Conflict(_)
        ));

        let used = story
            .codes(
                row.id,
                CodeQuery {
                    show: CodeFilter::Used,
                    ..CodeQuery::default()
                },
            )
            .await;
        assert_eq!(used.len(), 1);
        assert_eq!(
            used[0].used_by.as_ref().map(|by| by.name.as_str()),
            Some("Grete Høst")
        );
        assert_eq!(used[0].replaced_by, Some(replacement.id));
        let row = tokens.get(&story.ada, row.id).await.expect("a row");
        assert_eq!((row.uses, row.limit), (1, Some(4)));
        for (show, expected) in [
            (CodeFilter::All, 4),
            (CodeFilter::Used, 1),
            (CodeFilter::Assigned, 1),
            (CodeFilter::Free, 2),
        ] {
            let query = CodeQuery {
                show,
                ..CodeQuery::default()
            };
            assert_eq!(
                tokens
                    .count_codes(&story.ada, row.id, &query)
                    .await
                    .expect("a count"),
                expected,
                "{show:?}"
            );
            assert_eq!(
                story.codes(row.id, query).await.len(),
                usize::try_from(expected).expect("few"),
                "{show:?}"
            );
        }
        let all = tokens.history(&story.ada, row.id).await.expect("a history").len();
        assert!(all > tokens.history(&story.ada, code).await.expect("a history").len());
    })
    .await;
}

#[tokio::test]
async fn a_link_that_opens_nothing_is_not_mailed() {
    on_each_engine(async |world| {
        let story = Story::new(world).await;
        let tokens = world.backend.access_tokens();
        let row = story.create(story.multi("Partner pilot", "2")).await;
        let codes = story.codes(row.id, CodeQuery::default()).await;
        tokens
            .assign(&story.ada, codes[0].id, "a@example.org")
            .await
            .expect("assigned");
        let over = EditTokenForm {
            name: row.name.clone(),
            expires: "2026-10-01".into(),
            ..EditTokenForm::default()
        };
        tokens.edit(&story.ada, row.id, &over).await.expect("ended");

        let refusals = [
            refusal(tokens.assign(&story.ada, codes[1].id, "b@example.org").await),
            refusal(tokens.new_link(&story.ada, codes[0].id).await),
        ];

        assert!(
            refusals
                .iter()
                .all(|refusal| matches!(refusal, Refusal::Conflict(_))),
            "{refusals:?}"
        );
    })
    .await;
}

#[tokio::test]
async fn the_export_holds_every_code_with_its_link() {
    on_each_engine(async |world| {
        let story = Story::new(world).await;
        let tokens = world.backend.access_tokens();
        let row = story.create(story.multi("Partner pilot", "1,203")).await;
        let code = story.codes(row.id, CodeQuery::default()).await[0].id;
        tokens
            .assign(&story.ada, code, "+formula@example.org")
            .await
            .expect("assigned");
        let link = tokens.share(&story.ada, code).await.expect("a link").link;

        let mut lines = tokens.export_codes(&story.ada, row.id).await.expect("an export");
        let mut text = String::new();
        while let Some(piece) = lines.next().await.expect("a piece") {
            text.push_str(&piece);
        }

        assert_eq!(text.lines().count(), 1_204);
        let first = text.lines().nth(1).expect("a line");
        assert!(
            first.contains(&link) && first.contains("\"'+formula@example.org\""),
            "{first}"
        );
        let last = text.lines().last().expect("a line");
        assert!(last.starts_with("1203,"), "{last}");
    })
    .await;
}
