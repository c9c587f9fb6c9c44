//! Tokens in every order, by what was typed and by filters.

use chrono::TimeDelta;
use domain::TokenId;
use domain::access_tokens::{CodeQuery, NewTokenForm, TokenOrder, TokenQuery, TokenRow, TokenType};
use domain::tokens::State;

use super::{Story, noon, on_each_engine};

#[tokio::test]
async fn every_order_shows_every_token_once_both_ways() {
    on_each_engine(async |world| {
        let story = Story::new(world).await;
        for n in 0..120_i64 {
            let limit = if n % 3 == 0 {
                String::new()
            } else {
                (n % 7 + 2).to_string()
            };
            let expires = if n % 4 == 0 {
                String::new()
            } else {
                format!("2027-{:02}-01", n % 12 + 1)
            };
            let form = NewTokenForm {
                expires,
                ..story.single(
                    &format!("{} intake {n}", ["Ärger", "beta", "Zulu"][n as usize % 3]),
                    &limit,
                )
            };
            let row = story.create(form).await;
            if n % 5 == 0 {
                story.use_once(row.id, &format!("p{n}@example.org")).await;
            }
            world.backend.clock.advance(TimeDelta::minutes(1));
        }
        let tokens = world.backend.access_tokens();
        for order in TokenOrder::ALL {
            for descending in [false, true] {
                let mut query = TokenQuery {
                    order,
                    descending,
                    ..TokenQuery::default()
                };
                let mut rows: Vec<TokenRow> = Vec::new();
                loop {
                    let page = tokens.list(&story.ada, &query).await.expect("a page");
                    rows.extend(page.rows);
                    query.after = page.next;
                    if query.after.is_none() {
                        break;
                    }
                }
                let mut ids: Vec<TokenId> = rows.iter().map(|row| row.id).collect();
                ids.sort();
                ids.dedup();
                assert_eq!(ids.len(), 120, "{order:?} {descending}");
                let sorted = rows.windows(2).all(|pair| {
                    let (a, b) = if descending {
                        (&pair[1], &pair[0])
                    } else {
                        (&pair[0], &pair[1])
                    };
                    match order {
                        TokenOrder::Name => {
                            crate::words::order_key(&a.name) <= crate::words::order_key(&b.name)
                        }
                        TokenOrder::Created => a.created.at <= b.created.at,
                        TokenOrder::Expires => match (&a.expires, &b.expires) {
                            (Some(a), Some(b)) => a.at <= b.at,
                            (a, b) => a.is_some() || b.is_none(),
                        },
                        TokenOrder::Uses => a.uses <= b.uses,
                        TokenOrder::Remaining => {
                            a.remaining().unwrap_or(i64::MAX) <= b.remaining().unwrap_or(i64::MAX)
                        }
                        TokenOrder::LastUsed => {
                            a.last_used.as_ref().map(|w| w.at) <= b.last_used.as_ref().map(|w| w.at)
                        }
                    }
                });
                assert!(sorted, "{order:?} {descending}");
            }
        }
    })
    .await;
}

#[tokio::test]
async fn tokens_are_found_by_name_collection_address_user_and_code() {
    on_each_engine(async |world| {
        let story = Story::new(world).await;
        let tokens = world.backend.access_tokens();
        let spring = story.create(story.single("Spring intake, Kōwhai", "")).await;
        let pilot = story.create(story.multi("Partner pilot", "5")).await;
        story.create(story.single("Autumn intake", "")).await;
        let codes = story.codes(pilot.id, CodeQuery::default()).await;
        tokens
            .assign(&story.ada, codes[1].id, "hine.moana@example.org")
            .await
            .expect("assigned");
        story.use_once(codes[2].id, "grete@example.org").await;
        let code = tokens.share(&story.ada, codes[3].id).await.expect("a link").code;

        assert_eq!(
            story.find("intake").await,
            ["Autumn intake", "Spring intake, Kōwhai"]
        );
        assert_eq!(story.find("INT spr").await, ["Spring intake, Kōwhai"]);
        assert_eq!(story.find("kowhai").await, ["Spring intake, Kōwhai"]);
        assert_eq!(
            story.find("safety").await,
            ["Partner pilot"],
            "by the collection's title"
        );
        assert_eq!(story.find("onboarding autumn").await, ["Autumn intake"]);
        assert_eq!(story.find("hine.moana@").await, ["Partner pilot"]);
        assert_eq!(story.find("grete").await, ["Partner pilot"], "by who used a code");
        assert_eq!(story.find("høst").await, ["Partner pilot"]);
        assert_eq!(story.find(&code.to_lowercase()).await, ["Partner pilot"]);
        let link = format!("https://tokens.example.org/t/{code}?seen=1");
        assert_eq!(story.find(&link).await, ["Partner pilot"], "by its link");
        let in_address = domain::code::for_address(&link);
        assert_eq!(story.find(&in_address).await, ["Partner pilot"], "{in_address}");
        assert_eq!(story.find(&code[..4]).await, ["Partner pilot"]);
        assert_eq!(
            story.find(spring.hint.as_deref().expect("a hint")).await,
            ["Spring intake, Kōwhai"]
        );
        assert_eq!(story.find("nothing like it").await, Vec::<String>::new());
        assert_eq!(story.find("' OR 1=1 --%_").await, Vec::<String>::new());

        for (typed, number) in [("hine", 2), ("grete h", 3), (code.as_str(), 4), (&code[20..], 4)] {
            let query = CodeQuery {
                search: typed.into(),
                ..CodeQuery::default()
            };
            let found: Vec<i64> = story
                .codes(pilot.id, query)
                .await
                .iter()
                .map(|code| code.number)
                .collect();
            assert_eq!(found, [number], "{typed}");
        }
        let filtered = TokenQuery {
            token_type: Some(TokenType::Multi),
            ..TokenQuery::default()
        };
        assert_eq!(story.names(filtered).await, ["Partner pilot"]);
        let filtered = TokenQuery {
            collection: Some(story.safety),
            state: Some(State::Live),
            ..TokenQuery::default()
        };
        assert_eq!(story.names(filtered).await, ["Partner pilot"]);
    })
    .await;
}

#[tokio::test]
async fn a_word_that_fits_very_many_is_still_found_in_order() {
    on_each_engine(async |world| {
        let story = Story::new(world).await;
        for n in 0..620 {
            story.create(story.single(&format!("Intake {n:03}"), "")).await;
        }
        story.create(story.single("Other", "")).await;
        let query = TokenQuery {
            search: "intake".into(),
            order: TokenOrder::Name,
            descending: false,
            ..TokenQuery::default()
        };
        let tokens = world.backend.access_tokens();

        assert_eq!(tokens.count(&story.ada, &query).await.expect("a count"), -1);
        let page = tokens.list(&story.ada, &query).await.expect("a page");
        assert_eq!((page.rows[0].name.as_str(), page.rows.len()), ("Intake 000", 50));
        let next = tokens
            .list(
                &story.ada,
                &TokenQuery {
                    after: page.next,
                    ..query.clone()
                },
            )
            .await
            .expect("a page");
        assert_eq!(next.rows[0].name, "Intake 050");
        assert_eq!(story.find("intake 617").await, ["Intake 617"]);
    })
    .await;
}

#[tokio::test]
async fn a_filter_that_few_tokens_pass_goes_with_every_other() {
    on_each_engine(async |world| {
        let story = Story::new(world).await;
        let tokens = world.backend.access_tokens();
        let paused = story.create(story.single("Paused intake", "5")).await;
        story.create(story.single("Open intake", "5")).await;
        let gone = story.create(story.multi("Gone intake", "3")).await;
        let coming = NewTokenForm {
            starts: "2099-01-01".into(),
            ..story.single("Coming intake", "")
        };
        story.create(coming).await;
        tokens.suspend(&story.ada, paused.id).await.expect("suspended");
        tokens.suspend(&story.ada, gone.id).await.expect("suspended");
        tokens.delete(&story.ada, gone.id).await.expect("deleted");

        let in_state = |state, typed: &str| TokenQuery {
            state: Some(state),
            search: typed.into(),
            ..TokenQuery::default()
        };
        assert_eq!(
            story.names(in_state(State::Suspended, "")).await,
            ["Paused intake"]
        );
        assert_eq!(
            story.names(in_state(State::NotYet, "intake")).await,
            ["Coming intake"]
        );
        assert_eq!(
            story.names(in_state(State::Suspended, "open")).await,
            Vec::<String>::new()
        );
        let of_collection = |collection, token_type| TokenQuery {
            collection: Some(collection),
            token_type: Some(token_type),
            order: TokenOrder::Name,
            descending: false,
            ..TokenQuery::default()
        };
        assert_eq!(
            story
                .names(of_collection(story.onboarding, TokenType::Single))
                .await,
            ["Coming intake", "Open intake", "Paused intake"]
        );
        assert_eq!(
            story.names(of_collection(story.safety, TokenType::Multi)).await,
            Vec::<String>::new(),
            "the deleted one is in no list but its own"
        );
    })
    .await;
}

#[tokio::test]
async fn a_name_that_happens_to_be_a_code_is_found_as_a_name() {
    on_each_engine(async |world| {
        let story = Story::new(world).await;
        let name = "Spring intake West 2028";
        assert!(name.parse::<domain::Code>().is_ok(), "it is well-formed");
        story.create(story.single(name, "")).await;

        assert_eq!(story.find(name).await, [name]);
        assert_eq!(
            story.find(&domain::code::for_address(name)).await,
            [name],
            "and as it stands in an address"
        );
        let multi = story.create(story.multi("Seats", "1")).await.id;
        let query = CodeQuery {
            search: name.into(),
            ..CodeQuery::default()
        };
        assert!(story.codes(multi, query).await.is_empty());
    })
    .await;
}

#[tokio::test]
async fn every_word_of_a_question_counts() {
    on_each_engine(async |world| {
        let story = Story::new(world).await;
        for group in ["A", "B", "C"] {
            let name = format!("Spring intake 2026 Group {group}");
            story.create(story.single(&name, "")).await;
        }
        story.create(story.single("東京研修２０２６", "")).await;

        assert_eq!(
            story.find("Spring intake 2026 Group B").await,
            ["Spring intake 2026 Group B"]
        );
        assert_eq!(story.find("研修").await, ["東京研修２０２６"]);
        assert_eq!(story.find("京都").await, Vec::<String>::new());
    })
    .await;
}

#[tokio::test]
async fn a_search_for_many_assigned_codes_finds_and_counts_them_all() {
    on_each_engine(async |world| {
        let story = Story::new(world).await;
        let multi = story.create(story.multi("Seats", "600")).await.id;
        let mut after = None;
        let mut rows = Vec::new();
        loop {
            let tokens = world.backend.access_tokens();
            let query = CodeQuery {
                after: after.take(),
                ..CodeQuery::default()
            };
            let page = tokens.codes(&story.ada, multi, &query).await.expect("a page");
            rows.extend(page.rows);
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        // As assigning does it, without 550 mails.
        let mut tx = world.backend.db.write().await.expect("a writer");
        for row in rows.iter().take(550) {
            let email = format!("user{}@example.org", row.number);
            tx.query(
                "INSERT INTO assignments (code_id, whole_id, organisation_id, email, email_key, assigned_at)
                 VALUES ($1, $2, $3, $4, $5, $6)",
            )
            .bind(row.id)
            .bind(multi)
            .bind(story.ada.organisation())
            .bind(email.clone())
            .bind(email.into_bytes())
            .bind(noon())
            .run()
            .await
            .expect("assigned");
        }
        tx.commit().await.expect("committed");

        let mut query = CodeQuery {
            search: "user".into(),
            ..CodeQuery::default()
        };
        let tokens = world.backend.access_tokens();
        let counted = tokens.count_codes(&story.ada, multi, &query).await;
        assert_eq!(counted.expect("a count"), 550);
        let mut found = Vec::new();
        loop {
            let page = tokens.codes(&story.ada, multi, &query).await.expect("a page");
            found.extend(page.rows.iter().map(|row| row.number));
            query.after = page.next;
            if query.after.is_none() {
                break;
            }
        }
        assert_eq!(found, (1..=550).collect::<Vec<i64>>());
    })
    .await;
}
