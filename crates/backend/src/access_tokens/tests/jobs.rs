//! Codes that are made by a job, in slices.

use chrono::TimeDelta;
use domain::access_tokens::CodeQuery;
use domain::{Refusal, TokenId};

use super::{Story, on_each_engine, refusal};

#[tokio::test]
async fn many_codes_are_made_by_a_job_that_can_be_stopped() {
    on_each_engine(async |world| {
        let story = Story::new(world).await;
        let (tokens, jobs) = (world.backend.access_tokens(), world.backend.jobs());
        let row = story.create(story.multi("Order 4711", "2,600")).await;
        let progress = row.making.expect("a job");
        assert_eq!((progress.done, progress.total, row.limit), (0, 2_600, Some(0)));
        assert!(matches!(
            refusal(tokens.add_codes(&story.ada, row.id, "5").await),
            Refusal::Conflict(_)
        ));

        story.slice_that_is_waited_for().await;
        let half = tokens.get(&story.ada, row.id).await.expect("a row");
        assert_eq!(half.making.map(|progress| progress.done), Some(512));
        assert_eq!(half.limit, Some(512), "who waits does not wait for all of it");
        assert!(matches!(
            refusal(jobs.cancel(&story.stranger, progress.id).await),
            Refusal::NotFound
        ));
        while jobs.run_one_slice().await.expect("a slice") {}
        let done = tokens.get(&story.ada, row.id).await.expect("a row");
        assert_eq!((done.making.is_none(), done.limit), (true, Some(2_600)));

        for (before, after) in [(2_600, 3_112), (3_112, 3_624)] {
            let more = tokens
                .add_codes(&story.ada, row.id, "2001")
                .await
                .expect("ordered");
            assert_eq!(more.limit, Some(before));
            story.slice_that_is_waited_for().await;
            let job = more.making.expect("a job").id;
            jobs.cancel(&story.ada, job).await.expect("stopped");
            assert!(!jobs.run_one_slice().await.expect("nothing left"));
            let stopped = tokens.get(&story.ada, row.id).await.expect("a row");
            assert_eq!((stopped.making.is_none(), stopped.limit), (true, Some(after)));
            assert!(matches!(
                refusal(jobs.cancel(&story.ada, job).await),
                Refusal::Conflict(_)
            ));
        }

        let mut seen = 0;
        let mut after = None;
        loop {
            let query = CodeQuery {
                after,
                ..CodeQuery::default()
            };
            let page = tokens.codes(&story.ada, row.id, &query).await.expect("a page");
            for code in page.rows {
                seen += 1;
                assert_eq!(code.number, seen);
            }
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        assert_eq!(seen, 3_624);
        let refused = refusal(tokens.add_codes(&story.ada, row.id, "100000").await);
        assert!(
            refused.to_string().contains("up to 96,376 can be added"),
            "{refused}"
        );
    })
    .await;
}

#[tokio::test]
async fn a_job_that_fails_rests_and_others_go_on() {
    on_each_engine(async |world| {
        let story = Story::new(world).await;
        let (tokens, jobs) = (world.backend.access_tokens(), world.backend.jobs());
        let mut tx = world.backend.db.write().await.expect("a transaction");
        let (organisation, nothing) = (story.ada.organisation(), TokenId(uuid::Uuid::nil()));
        crate::jobs::start(
            &mut tx,
            &world.backend,
            organisation,
            &crate::access_tokens::MAKE_CODES,
            crate::jobs::Subject::Token(nothing),
            10,
            story.ada.person(),
        )
        .await
        .expect("ordered");
        tx.commit().await.expect("committed");
        world.backend.clock().advance(TimeDelta::seconds(1));
        let row = story.create(story.multi("Order 4711", "2,001")).await;

        assert!(jobs.run_one_slice().await.is_err(), "there is no such token");
        while jobs.run_one_slice().await.expect("a slice of the other") {}
        let made = tokens.get(&story.ada, row.id).await.expect("a row");
        assert_eq!(made.limit, Some(2_001));

        world.backend.clock().advance(TimeDelta::seconds(30));
        assert!(jobs.run_one_slice().await.is_err(), "it has rested");
    })
    .await;
}
