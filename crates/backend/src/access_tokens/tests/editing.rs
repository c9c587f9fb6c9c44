//! Two people edit one token.

use chrono::{DateTime, Utc};
use domain::access_tokens::EditTokenForm;
use domain::form::Edited;

use super::super::{End, TokenChange};
use super::{Refusal, Story, on_each_engine, refusal};

#[tokio::test]
async fn two_who_edit_one_token_do_not_overwrite_each_other() {
    on_each_engine(async |world| {
        let story = Story::new(world).await;
        let tokens = world.backend.access_tokens();
        let row = story.create(story.single("Spring", "5")).await;
        let shown = row.form();
        let save = async |form: &EditTokenForm, shown: &EditTokenForm| {
            tokens
                .edit_shown(&story.ada, row.id, form.clone(), shown)
                .await
                .expect("an answer")
        };
        let raised = EditTokenForm {
            usage_limit: "9".into(),
            ..shown.clone()
        };
        assert!(matches!(save(&raised, &shown).await, Edited::Saved(_)));

        let renamed = EditTokenForm {
            name: "Summer".into(),
            ..shown.clone()
        };
        let Edited::Saved(now) = save(&renamed, &shown).await else {
            panic!("each changed something else");
        };
        assert_eq!((now.name.as_str(), now.limit), ("Summer", Some(9)));

        let lowered = EditTokenForm {
            usage_limit: "3".into(),
            ..shown.clone()
        };
        let Edited::Meanwhile(now) = save(&lowered, &shown).await else {
            panic!("both changed the limit");
        };
        assert_eq!(now.limit, Some(9), "nothing was written");
        let again = EditTokenForm {
            usage_limit: "3".into(),
            ..now.form()
        };
        let Edited::Saved(now) = save(&again, &now.form()).await else {
            panic!("they know of the other now");
        };
        assert_eq!((now.name.as_str(), now.limit), ("Summer", Some(3)));
    })
    .await;
}

#[tokio::test]
async fn an_instant_that_a_program_set_outlives_an_edit_of_something_else() {
    on_each_engine(async |world| {
        let story = Story::new(world).await;
        let tokens = world.backend.access_tokens();
        let row = story.create(story.single("Spring", "")).await;
        let end: DateTime<Utc> = "2030-05-06T07:08:09Z".parse().expect("an instant");
        let ends = TokenChange {
            end: Some(End::At(end)),
            ..TokenChange::default()
        };
        let row = tokens.change(&story.ada, row.id, &ends).await.expect("edited");
        let renamed = EditTokenForm {
            name: "Summer".into(),
            ..row.form()
        };
        let edited = tokens
            .edit_shown(&story.ada, row.id, renamed, &row.form())
            .await
            .expect("an answer");
        let Edited::Saved(now) = edited else {
            panic!("nobody else was there");
        };
        assert_eq!(now.expires, row.expires);
    })
    .await;
}

#[tokio::test]
async fn two_programs_at_once_change_only_what_each_names() {
    on_each_engine(async |world| {
        let story = Story::new(world).await;
        let tokens = world.backend.access_tokens();
        let row = story.create(story.single("Spring", "5")).await;
        for round in 1..6 {
            let name = format!("Spring {round}");
            let renamed = TokenChange {
                name: Some(name.clone()),
                ..TokenChange::default()
            };
            let raised = TokenChange {
                usage_limit: Some(Some(10 + round)),
                ..TokenChange::default()
            };
            let (one, other) = tokio::join!(
                tokens.change(&story.ada, row.id, &renamed),
                tokens.change(&story.ada, row.id, &raised),
            );
            one.and(other).expect("both are written");
            let now = tokens.get(&story.ada, row.id).await.expect("a row");
            assert_eq!((now.name.as_str(), now.limit), (name.as_str(), Some(10 + round)));
        }
        let multi = story.create(story.multi("Seats", "2")).await;
        let limited = TokenChange {
            usage_limit: Some(None),
            ..TokenChange::default()
        };
        let refused = refusal(tokens.change(&story.ada, multi.id, &limited).await);
        assert!(matches!(refused, Refusal::Invalid(problems) if problems.at("usage_limit").is_some()));
    })
    .await;
}
