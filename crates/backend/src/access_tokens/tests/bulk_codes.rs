//! The same for many codes of a multi token at once.

use chrono::TimeDelta;
use domain::access_tokens::bulk::{BulkAction, BulkForm, BulkView, Chosen};
use domain::jobs::JobState;

use super::*;

fn these(action: BulkAction, token: TokenId, codes: &[TokenId]) -> BulkForm {
    BulkForm {
        action,
        expires: String::new(),
        chosen: Chosen::TheseCodes {
            token,
            codes: codes.to_vec(),
        },
    }
}

fn all(action: BulkAction, token: TokenId, query: CodeQuery) -> BulkForm {
    BulkForm {
        action,
        expires: String::new(),
        chosen: Chosen::AllCodesThatFit {
            token,
            query,
            expected: None,
        },
    }
}

impl Story<'_> {
    /// Begins it when the codes are older than that, and lets the job run to its end.
    async fn act_on_codes(&self, form: &BulkForm) -> BulkView {
        let backend = &self.world.backend;
        backend.clock().advance(TimeDelta::seconds(1));
        let tokens = backend.access_tokens();
        let begun = tokens.act_on_many(&self.ada, form).await.expect("begun");
        while backend.jobs().run_one_slice().await.expect("a slice") {}
        let view = tokens.bulk(&self.ada, begun.id).await.expect("a view");
        assert_eq!(view.progress.state, JobState::Done);
        view
    }

    async fn assign_to(&self, code: TokenId, email: &str) {
        let tokens = self.world.backend.access_tokens();
        tokens.assign(&self.ada, code, email).await.expect("assigned");
    }
}

#[tokio::test]
async fn new_links_go_to_those_who_have_a_code_and_others_are_told_why_not() {
    on_each_engine(async |world| {
        let story = Story::new(world).await;
        let tokens = world.backend.access_tokens();
        let multi = story.create(story.multi("Seats", "3")).await.id;
        let rows = story.codes(multi, CodeQuery::default()).await;
        let ids: Vec<TokenId> = rows.iter().map(|row| row.id).collect();
        story.assign_to(ids[0], "grete@example.org").await;
        story.assign_to(ids[1], "hine@example.org").await;
        let link = tokens.share(&story.ada, ids[0]).await.expect("a link").link;

        let done = story.act_on_codes(&these(BulkAction::NewLink, multi, &ids)).await;
        assert_eq!((done.changed, done.refused), (2, 1));
        assert_eq!(
            done.refusals[0].name, rows[2].hint,
            "a code has no name, but a hint"
        );
        assert!(done.refusals[0].reason.contains("Assign the code to an address"));
        assert!(!done.can_be_undone(), "a mail cannot be taken back");
        assert!(
            !story.link_opens(&link).await,
            "what was mailed before opens nothing"
        );
        let now = story.codes(multi, CodeQuery::default()).await;
        assert_eq!(now[0].assigned, "grete@example.org".parse().ok());
        let history = tokens.history(&story.ada, ids[0]).await.expect("a history");
        let renewed = history
            .iter()
            .find(|entry| entry.what.starts_with("Made a new link for grete@"));
        assert_eq!(
            renewed.map(|entry| entry.who.as_str()),
            Some("Ada Quist"),
            "{history:?}"
        );
    })
    .await;
}

#[tokio::test]
async fn all_codes_that_fit_are_more_than_a_page_and_what_leaves_the_list_moves_nothing() {
    on_each_engine(async |world| {
        let story = Story::new(world).await;
        let multi = story.create(story.multi("Seats", "130")).await.id;
        let everything = CodeQuery {
            rows: Some(200),
            ..CodeQuery::default()
        };
        let rows = story.codes(multi, everything).await;
        for row in &rows[..120] {
            story
                .assign_to(row.id, &format!("reader{}@example.org", row.number))
                .await;
        }
        let assigned = CodeQuery {
            show: CodeFilter::Assigned,
            ..CodeQuery::default()
        };
        // One of them is used, and stays with whoever used it.
        story.use_once(rows[7].id, "reader8@example.org").await;
        let done = story
            .act_on_codes(&all(BulkAction::ClearAssignment, multi, assigned.clone()))
            .await;
        assert_eq!((done.changed, done.unchanged, done.refused), (119, 0, 0));
        assert!(story.codes(multi, assigned).await.is_empty());

        story.assign_to(rows[0].id, "again@example.org").await;
        let found = CodeQuery {
            search: "again@".into(),
            ..CodeQuery::default()
        };
        let done = story
            .act_on_codes(&all(BulkAction::ClearAssignment, multi, found))
            .await;
        assert_eq!((done.changed, done.unchanged), (1, 0));
        let done = story
            .act_on_codes(&all(BulkAction::ClearAssignment, multi, CodeQuery::default()))
            .await;
        assert_eq!(
            (done.changed, done.unchanged, done.refused),
            (0, 129, 1),
            "the used one"
        );
    })
    .await;
}

#[tokio::test]
async fn what_is_for_codes_is_not_done_to_tokens_and_nobody_elses_codes_are_found() {
    on_each_engine(async |world| {
        let story = Story::new(world).await;
        let tokens = world.backend.access_tokens();
        let multi = story.create(story.multi("Seats", "2")).await.id;
        let other = story.create(story.multi("Other seats", "1")).await.id;
        let codes = story.codes(multi, CodeQuery::default()).await;
        let strange = story.codes(other, CodeQuery::default()).await[0].id;

        let suspended = these(BulkAction::Suspend, multi, &[codes[0].id]);
        let whole = BulkForm {
            action: BulkAction::NewLink,
            expires: String::new(),
            chosen: Chosen::These(vec![multi]),
        };
        let nobody = these(BulkAction::NewLink, multi, &[]);
        for form in [suspended, whole, nobody] {
            let refused = refusal(tokens.act_on_many(&story.ada, &form).await);
            assert!(
                refused
                    .problems()
                    .is_some_and(|problems| problems.at("chosen").is_some()),
                "{refused}"
            );
        }
        let mixed = these(BulkAction::NewLink, multi, &[codes[0].id, strange]);
        assert_eq!(
            refusal(tokens.act_on_many(&story.ada, &mixed).await),
            Refusal::NotFound
        );
        let own = these(BulkAction::NewLink, multi, &[codes[0].id]);
        assert_eq!(
            refusal(tokens.act_on_many(&story.stranger, &own).await),
            Refusal::NotFound
        );
        let guessed = BulkForm {
            chosen: Chosen::AllCodesThatFit {
                token: multi,
                query: CodeQuery::default(),
                expected: Some(3),
            },
            ..own
        };
        let refused = refusal(tokens.act_on_many(&story.ada, &guessed).await);
        assert!(refused.to_string().contains("Meanwhile 2 fit"), "{refused}");
    })
    .await;
}
