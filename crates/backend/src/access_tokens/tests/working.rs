//! Whether a token works: how often it was used on which days, and by whom; and its codes on paper.

use chrono::TimeDelta;
use domain::access_tokens::{CODES_OF_SHEET, USE_DAYS};

use super::*;

#[tokio::test]
async fn uses_are_counted_for_each_day_and_the_latest_are_named() {
    on_each_engine(async |world| {
        let story = Story::new(world).await;
        let (tokens, clock) = (world.backend.access_tokens(), world.backend.clock());
        let single = story.create(story.single("Everybody", "")).await.id;
        let view = tokens.uses_view(&story.ada, single).await.expect("a view");
        assert!(view.days.is_empty() && view.latest.is_empty());

        let mut people = 0;
        let mut uses = async |many: usize| {
            for _ in 0..many {
                people += 1;
                story
                    .use_once(single, &format!("reader{people}@example.org"))
                    .await;
            }
        };
        // The first are over before the season that is shown has begun.
        uses(2).await;
        clock.advance(TimeDelta::days(100));
        uses(23).await;
        clock.advance(TimeDelta::days(2));
        uses(1).await;
        let view = tokens.uses_view(&story.ada, single).await.expect("a view");
        let days: Vec<_> = view.days.iter().map(|day| (day.day, day.uses)).collect();
        assert_eq!(days, [(USE_DAYS - 3, 23), (USE_DAYS - 1, 1)]);
        assert_eq!(view.latest.len(), 20);
        assert_eq!(view.latest[0].number, 26);
        assert_eq!(view.latest[0].name, "Grete Høst");

        let mut lines = Box::pin(
            tokens
                .export_uses(&story.ada, single)
                .await
                .expect("a table")
                .into_stream(),
        );
        let mut text = String::new();
        while let Some(piece) = futures::StreamExt::next(&mut lines).await {
            text.push_str(&piece.expect("a piece"));
        }
        assert_eq!(text.lines().count(), 27, "{text}");
        assert!(
            text.lines()
                .nth(1)
                .is_some_and(|line| line.starts_with("26,Grete Høst,")),
            "{text}"
        );
    })
    .await;
}

#[tokio::test]
async fn a_multi_token_counts_its_codes_and_nobody_elses_token_is_found() {
    on_each_engine(async |world| {
        let story = Story::new(world).await;
        let tokens = world.backend.access_tokens();
        let multi = story.create(story.multi("Seats", "3")).await.id;
        let codes = story.codes(multi, CodeQuery::default()).await;
        story.use_once(codes[1].id, "one@example.org").await;
        let view = tokens.uses_view(&story.ada, multi).await.expect("a view");
        let days: Vec<_> = view.days.iter().map(|day| (day.day, day.uses)).collect();
        assert_eq!(days, [(USE_DAYS - 1, 1)]);
        assert!(view.latest.is_empty(), "they stand with the codes");

        for refused in [
            refusal(tokens.uses_view(&story.stranger, multi).await),
            refusal(tokens.uses_view(&story.ada, codes[0].id).await),
            refusal(tokens.export_uses(&story.ada, multi).await.map(|_| ())),
            refusal(tokens.sheet(&story.stranger, multi, 0).await.map(|_| ())),
        ] {
            assert_eq!(refused, Refusal::NotFound);
        }
    })
    .await;
}

#[tokio::test]
async fn a_sheet_has_the_codes_that_nobody_used_page_by_page_and_is_recorded() {
    on_each_engine(async |world| {
        let story = Story::new(world).await;
        let tokens = world.backend.access_tokens();
        let multi = story.create(story.multi("Seats", "130")).await.id;
        let codes = story.codes(multi, CodeQuery::default()).await;
        story.use_once(codes[1].id, "one@example.org").await;
        tokens
            .assign(&story.ada, codes[2].id, "two@example.org")
            .await
            .expect("assigned");

        let first = tokens.sheet(&story.ada, multi, 0).await.expect("a sheet");
        assert_eq!(first.codes.len(), CODES_OF_SHEET);
        assert_eq!(
            first.codes[..3]
                .iter()
                .map(|code| code.number)
                .collect::<Vec<_>>(),
            [1, 3, 4]
        );
        assert_eq!(first.codes[1].assigned, "two@example.org".parse().ok());
        let shared = tokens.share(&story.ada, codes[0].id).await.expect("a link");
        assert_eq!(
            (&first.codes[0].link, &first.codes[0].code),
            (&shared.link, &shared.code)
        );
        assert!(first.codes[0].qr_png.starts_with("data:image/png;base64,"));
        let next = first.next.expect("a next page");
        let second = tokens.sheet(&story.ada, multi, next).await.expect("a sheet");
        assert_eq!((second.codes.len(), second.next), (1, None));
        let history = tokens.history(&story.ada, multi).await.expect("a history");
        assert!(
            history.iter().any(|entry| entry.what == "Exported the codes"),
            "{history:?}"
        );

        tokens.revoke(&story.ada, multi).await.expect("revoked");
        let refused = refusal(tokens.sheet(&story.ada, multi, 0).await.map(|_| ()));
        assert!(refused.to_string().contains("nothing to print"), "{refused}");
    })
    .await;
}

#[tokio::test]
async fn chosen_codes_and_tokens_are_exported_alone() {
    on_each_engine(async |world| {
        let story = Story::new(world).await;
        let tokens = world.backend.access_tokens();
        let multi = story.create(story.multi("Seats", "5")).await.id;
        let codes = story.codes(multi, CodeQuery::default()).await;
        tokens
            .assign(&story.ada, codes[3].id, "four@example.org")
            .await
            .expect("assigned");
        let numbers = async |mut lines: crate::access_tokens::CsvLines| {
            let mut text = String::new();
            while let Some(piece) = lines.next().await.expect("a piece") {
                text.push_str(&piece);
            }
            let number = |line: &str| line.split(',').next().map(str::to_owned);
            text.lines().skip(1).filter_map(number).collect::<Vec<_>>()
        };
        let these = [codes[4].id, codes[0].id];
        let lines = tokens.export_these_codes(&story.ada, multi, &these).await;
        assert_eq!(numbers(lines.expect("a table")).await, ["1", "5"]);
        for (query, wanted) in [
            (
                CodeQuery {
                    show: CodeFilter::Assigned,
                    ..CodeQuery::default()
                },
                vec!["4"],
            ),
            (
                CodeQuery {
                    search: "four@".into(),
                    ..CodeQuery::default()
                },
                vec!["4"],
            ),
            (
                CodeQuery {
                    show: CodeFilter::Free,
                    ..CodeQuery::default()
                },
                vec!["1", "2", "3", "5"],
            ),
            (
                CodeQuery {
                    show: CodeFilter::Used,
                    ..CodeQuery::default()
                },
                vec![],
            ),
        ] {
            let lines = tokens.export_codes_that_fit(&story.ada, multi, &query).await;
            assert_eq!(numbers(lines.expect("a table")).await, wanted, "{query:?}");
        }
    })
    .await;
}
