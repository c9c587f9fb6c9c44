//! The same for many tokens at once.

use chrono::TimeDelta;
use domain::access_tokens::bulk::{BulkAction, BulkForm, BulkView, Chosen};
use domain::access_tokens::{EditTokenForm, NewTokenForm, TokenList, TokenQuery};
use domain::departments::DepartmentForm;
use domain::jobs::JobState;
use domain::tokens::State;
use domain::{Refusal, TokenId};

use super::{Story, on_each_engine, refusal};
use crate::Caller;

fn these(action: BulkAction, ids: &[TokenId]) -> BulkForm {
    BulkForm {
        action,
        expires: String::new(),
        chosen: Chosen::These(ids.to_vec()),
    }
}

fn all(action: BulkAction, query: TokenQuery) -> BulkForm {
    BulkForm {
        action,
        expires: String::new(),
        chosen: Chosen::AllThatFit {
            query,
            expected: None,
        },
    }
}

impl Story<'_> {
    /// Begins it a second later, when everything that was made before is older, and lets the job run to its end.
    async fn act(&self, form: &BulkForm) -> BulkView {
        self.world.backend.clock().advance(TimeDelta::seconds(1));
        let begun = self
            .world
            .backend
            .access_tokens()
            .act_on_many(&self.ada, form)
            .await
            .expect("begun");
        assert_eq!(begun.progress.state, JobState::Running);
        self.ended(&self.ada, &begun).await
    }

    async fn undo(&self, done: &BulkView) -> BulkView {
        let tokens = self.world.backend.access_tokens();
        let begun = tokens.undo_many(&self.ada, done.id).await.expect("begun");
        self.ended(&self.ada, &begun).await
    }

    async fn ended(&self, caller: &Caller, begun: &BulkView) -> BulkView {
        let backend = &self.world.backend;
        while backend.jobs().run_one_slice().await.expect("a slice") {}
        let view = backend
            .access_tokens()
            .bulk(caller, begun.id)
            .await
            .expect("a view");
        assert_eq!(view.progress.state, JobState::Done);
        view
    }

    async fn state(&self, id: TokenId) -> State {
        let tokens = self.world.backend.access_tokens();
        tokens.get(&self.ada, id).await.expect("a row").state
    }

    async fn some(&self, many: usize) -> Vec<TokenId> {
        let mut ids = Vec::new();
        for number in 0..many {
            ids.push(
                self.create(self.single(&format!("Intake {number}"), "9"))
                    .await
                    .id,
            );
        }
        ids
    }
}

#[tokio::test]
async fn what_is_done_to_many_is_done_to_each_and_taken_back_from_those_it_changed() {
    on_each_engine(async |world| {
        let story = Story::new(world).await;
        let tokens = world.backend.access_tokens();
        let ids = story.some(3).await;
        tokens.suspend(&story.ada, ids[2]).await.expect("suspended");

        let done = story.act(&these(BulkAction::Suspend, &ids)).await;
        assert_eq!((done.changed, done.unchanged, done.refused), (2, 1, 0));
        for id in &ids {
            assert_eq!(story.state(*id).await, State::Suspended);
        }
        assert!(done.can_be_undone());

        let undone = story.undo(&done).await;
        assert_eq!((undone.changed, undone.refused, undone.is_undo), (2, 0, true));
        assert_eq!(story.state(ids[0]).await, State::Live);
        assert_eq!(story.state(ids[2]).await, State::Suspended, "it was so before");
        for id in [done.id, undone.id] {
            let again = refusal(tokens.undo_many(&story.ada, id).await);
            assert!(matches!(again, Refusal::Conflict(_)), "{again}");
        }
        let history = tokens.history(&story.ada, ids[0]).await.expect("a history");
        let said: Vec<_> = history.iter().map(|entry| entry.what.as_str()).collect();
        assert!(
            said.contains(&"Suspended it") && said.contains(&"Resumed it"),
            "{said:?}"
        );
    })
    .await;
}

#[tokio::test]
async fn one_that_is_refused_stops_none_and_says_why() {
    on_each_engine(async |world| {
        let story = Story::new(world).await;
        let tokens = world.backend.access_tokens();
        let ids = story.some(3).await;
        tokens.delete(&story.ada, ids[1]).await.expect("deleted");

        let done = story.act(&these(BulkAction::Revoke, &ids)).await;
        assert_eq!((done.changed, done.refused), (2, 1));
        assert_eq!(done.refusals[0].name, "Intake 1");
        assert!(done.refusals[0].reason.contains("Restore it first"));
        assert_eq!(story.state(ids[0]).await, State::Revoked);
        assert_eq!(story.state(ids[2]).await, State::Revoked);
        assert!(!done.can_be_undone(), "for good");
        let undone = refusal(tokens.undo_many(&story.ada, done.id).await);
        assert!(matches!(undone, Refusal::Conflict(_)));
    })
    .await;
}

#[tokio::test]
async fn all_that_fit_are_more_than_a_page_and_later_ones_are_not_among_them() {
    on_each_engine(async |world| {
        let story = Story::new(world).await;
        let tokens = world.backend.access_tokens();
        story.some(120).await;
        let other = story.create(story.multi("Order 4711", "3")).await.id;
        let query = TokenQuery {
            token_type: Some(domain::access_tokens::TokenType::Single),
            ..TokenQuery::default()
        };
        world.backend.clock().advance(TimeDelta::seconds(1));
        let begun = tokens
            .act_on_many(&story.ada, &all(BulkAction::Delete, query.clone()))
            .await
            .expect("begun");
        assert_eq!(begun.progress.total, 120);
        // Anyone who waits for the database does not wait for all of it.
        story.slice_that_is_waited_for().await;
        let half = tokens.bulk(&story.ada, begun.id).await.expect("a view");
        assert!((1..120).contains(&half.changed), "{half:?}");
        world.backend.clock().advance(TimeDelta::seconds(1));
        let later = story.create(story.single("Later", "1")).await.id;

        let done = story.ended(&story.ada, &begun).await;
        assert_eq!((done.changed, done.refused), (120, 0));
        assert_eq!((done.progress.done, done.progress.total), (120, 120));
        assert_eq!(story.state(later).await, State::Live);
        assert_eq!(story.state(other).await, State::Live);
        let deleted = TokenQuery {
            list: TokenList::Deleted,
            ..TokenQuery::default()
        };
        assert_eq!(tokens.count(&story.ada, &deleted).await.expect("a count"), 120);

        let undone = story.undo(&done).await;
        assert_eq!((undone.changed, undone.refused), (120, 0));
        assert_eq!(tokens.count(&story.ada, &deleted).await.expect("a count"), 0);
    })
    .await;
}

#[tokio::test]
async fn who_chose_another_number_than_there_is_looks_again() {
    on_each_engine(async |world| {
        let story = Story::new(world).await;
        let tokens = world.backend.access_tokens();
        let ids = story.some(2).await;
        let mut form = all(BulkAction::Suspend, TokenQuery::default());
        let Chosen::AllThatFit { expected, .. } = &mut form.chosen else {
            unreachable!("it was made so");
        };
        *expected = Some(3);
        let refused = refusal(tokens.act_on_many(&story.ada, &form).await);
        assert!(refused.to_string().contains("Meanwhile 2 fit"), "{refused}");
        assert_eq!(story.state(ids[0]).await, State::Live);

        let nothing = TokenQuery {
            state: Some(State::Suspended),
            ..TokenQuery::default()
        };
        for form in [these(BulkAction::Suspend, &[]), all(BulkAction::Suspend, nothing)] {
            let refused = refusal(tokens.act_on_many(&story.ada, &form).await);
            assert_eq!(
                refused.problems().and_then(|problems| problems.at("chosen")),
                Some("Choose at least one.")
            );
        }
        let many = vec![TokenId(uuid::Uuid::nil()); 1_001];
        let refused = refusal(
            tokens
                .act_on_many(&story.ada, &these(BulkAction::Suspend, &many))
                .await,
        );
        assert!(refused.to_string().contains("at most 1,000"), "{refused}");
    })
    .await;
}

#[tokio::test]
async fn another_expiry_is_taken_back_where_nobody_changed_it_since() {
    on_each_engine(async |world| {
        let story = Story::new(world).await;
        let tokens = world.backend.access_tokens();
        let mut ids = story.some(2).await;
        let dated = NewTokenForm {
            expires: "2027-01-31".into(),
            ..story.single("Dated", "9")
        };
        ids.push(story.create(dated).await.id);
        let later = NewTokenForm {
            starts: "2028-01-01".into(),
            ..story.single("Starts later", "9")
        };
        ids.push(story.create(later).await.id);
        let expires = async |id| {
            let row = tokens.get(&story.ada, id).await.expect("a row");
            row.expires.map(|when| when.input)
        };
        let mut form = these(BulkAction::ChangeExpiry, &ids);
        form.expires = "2027-06-30".into();
        let done = story.act(&form).await;
        assert_eq!((done.changed, done.refused), (3, 1));
        assert_eq!(done.refusals[0].name, "Starts later");
        for id in &ids[..3] {
            assert_eq!(expires(*id).await.as_deref(), Some("2027-06-30"));
        }
        let mine = EditTokenForm {
            name: "Intake 1".into(),
            expires: "2027-12-31".into(),
            ..EditTokenForm::default()
        };
        tokens.edit(&story.ada, ids[1], &mine).await.expect("edited");

        let undone = story.undo(&done).await;
        assert_eq!((undone.changed, undone.refused), (2, 1));
        assert!(undone.refusals[0].reason.contains("changed meanwhile"));
        assert_eq!(expires(ids[0]).await, None);
        assert_eq!(expires(ids[1]).await.as_deref(), Some("2027-12-31"));
        assert_eq!(expires(ids[2]).await.as_deref(), Some("2027-01-31"));

        form.expires = "soon".into();
        let refused = refusal(tokens.act_on_many(&story.ada, &form).await);
        assert!(
            refused
                .problems()
                .is_some_and(|problems| problems.at("expires").is_some())
        );
    })
    .await;
}

#[tokio::test]
async fn a_code_that_was_searched_for_is_not_kept() {
    on_each_engine(async |world| {
        let story = Story::new(world).await;
        let tokens = world.backend.access_tokens();
        let ids = story.some(2).await;
        let code = tokens.share(&story.ada, ids[0]).await.expect("a link").code;
        let query = TokenQuery {
            search: code.clone(),
            ..TokenQuery::default()
        };
        let done = story.act(&all(BulkAction::Suspend, query)).await;
        assert_eq!(done.changed, 1);
        assert_eq!(story.state(ids[1]).await, State::Live);
        let mut conn = world.backend.db.read().await.expect("a reader");
        let kept: Vec<(String,)> = conn
            .query("SELECT chosen FROM token_batches")
            .all()
            .await
            .expect("rows");
        let bare: String = code.chars().filter(char::is_ascii_alphanumeric).collect();
        for (chosen,) in kept {
            assert!(
                !chosen.contains(&code) && !chosen.contains(&bare),
                "a secret was kept"
            );
        }
    })
    .await;
}

#[tokio::test]
async fn others_have_no_part_in_it() {
    on_each_engine(async |world| {
        let story = Story::new(world).await;
        let tokens = world.backend.access_tokens();
        let ids = story.some(1).await;
        let form = these(BulkAction::Suspend, &ids);
        let foreign = refusal(tokens.act_on_many(&story.stranger, &form).await);
        assert!(matches!(foreign, Refusal::NotFound));

        let begun = tokens.act_on_many(&story.ada, &form).await.expect("begun");
        assert!(matches!(
            refusal(tokens.bulk(&story.stranger, begun.id).await),
            Refusal::NotFound
        ));
        assert!(matches!(
            refusal(
                world
                    .backend
                    .jobs()
                    .cancel(&story.stranger, begun.progress.id)
                    .await
            ),
            Refusal::NotFound
        ));
        world
            .backend
            .jobs()
            .cancel(&story.ada, begun.progress.id)
            .await
            .expect("stopped");
        assert!(!world.backend.jobs().run_one_slice().await.expect("nothing left"));
        assert_eq!(story.state(ids[0]).await, State::Live);
        let stopped = tokens.bulk(&story.ada, begun.id).await.expect("a view");
        assert_eq!(stopped.progress.state, JobState::Cancelled);

        let reader = Caller {
            permissions: [domain::Permission::TokensRead].into_iter().collect(),
            ..story.ada.clone()
        };
        for refused in [
            refusal(tokens.act_on_many(&reader, &form).await),
            refusal(tokens.undo_many(&reader, begun.id).await),
            refusal(tokens.bulk(&reader, begun.id).await),
        ] {
            assert!(matches!(refused, Refusal::Forbidden));
        }
    })
    .await;
}

#[tokio::test]
async fn who_is_limited_to_a_department_works_on_what_is_in_it() {
    on_each_engine(async |world| {
        let story = Story::new(world).await;
        let tokens = world.backend.access_tokens();
        let make = DepartmentForm {
            name: "North".into(),
            ..DepartmentForm::default()
        };
        let departments = world.backend.departments();
        let north = departments.create(&story.ada, &make).await.expect("a department");
        let ids = story.some(1).await;
        let limited = Caller {
            scope: crate::Scope::new(story.ada.organisation(), Some(north)),
            ..story.ada.clone()
        };
        world.backend.clock().advance(TimeDelta::seconds(1));
        let refused = refusal(
            tokens
                .act_on_many(&limited, &all(BulkAction::Suspend, TokenQuery::default()))
                .await,
        );
        assert!(refused.to_string().contains("at least one"), "{refused}");
        let refused = refusal(
            tokens
                .act_on_many(&limited, &these(BulkAction::Suspend, &ids))
                .await,
        );
        assert!(matches!(refused, Refusal::NotFound));

        tokens_in(&story, north).await;
        world.backend.clock().advance(TimeDelta::seconds(1));
        let begun = tokens
            .act_on_many(&limited, &all(BulkAction::Suspend, TokenQuery::default()))
            .await
            .expect("begun");
        let done = story.ended(&limited, &begun).await;
        assert_eq!(done.changed, 1);
        assert_eq!(story.state(ids[0]).await, State::Live);
    })
    .await;
}

/// A token of a collection that belongs to a department.
async fn tokens_in(story: &Story<'_>, department: domain::DepartmentId) {
    let collections = story.world.backend.collections();
    collections
        .set_department(&story.ada, story.safety, Some(department))
        .await
        .expect("moved");
    story.create(story.multi("Order 4711", "1")).await;
}
