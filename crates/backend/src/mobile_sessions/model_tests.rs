//! Random sequences of refreshes, lost answers, replays and pauses, compared with a model step by step, on both
//! engines.
//!
//! The model knows nothing of generations. It remembers which token came for which, and says what a person would: an app
//! that goes on with what it got is let in; one that repeats its last question within ten seconds gets another answer;
//! whoever shows a token that somebody has gone on from ends the session.

use chrono::{DateTime, TimeDelta, Utc};
use database::testing::TestDb;
use domain::mobile_sessions::OAuthError;
use domain::tokens::State;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use super::TokenError;
use super::testing::{app, refresh, sign_in};
use crate::people::testing::owner;
use crate::testing::World;

/// Sequences on each engine.
const CASES: u32 = 24;

/// Something that happens.
#[derive(Debug, Clone)]
enum Step {
    /// A token is presented, counted back from the one that was made last.
    Present { back: usize },
    /// Time passes.
    Wait { milliseconds: i64 },
}

/// A token that was made.
struct Made {
    secret: String,
    /// The token that it came for.
    came_for: Option<usize>,
    used_at: Option<DateTime<Utc>>,
}

/// The tokens of a session, in the order in which they were made.
struct Model {
    made: Vec<Made>,
    is_over: bool,
}

impl Model {
    fn beginning_with(secret: &str) -> Self {
        Self {
            made: vec![Made {
                secret: secret.to_owned(),
                came_for: None,
                used_at: None,
            }],
            is_over: false,
        }
    }

    /// Whether the session goes on when this token is presented.
    fn presented(&mut self, which: usize, now: DateTime<Utc>) -> bool {
        if self.is_over {
            return false;
        }
        let is_used = |one: &Made| one.used_at.is_some();
        let came_for_it = |one: &&Made| one.came_for == Some(which);
        let gone_on = self.made.iter().filter(came_for_it).any(is_used);
        let token = &self.made[which];
        let beside = self
            .made
            .iter()
            .enumerate()
            .any(|(at, one)| at != which && one.came_for == token.came_for && is_used(one));
        let is_good = match token.used_at {
            None => !beside,
            Some(used_at) => !gone_on && now < used_at + TimeDelta::seconds(10),
        };
        if is_good {
            self.made[which].used_at.get_or_insert(now);
        } else {
            self.is_over = true;
        }
        is_good
    }
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => Just(Step::Present { back: 0 }),
        3 => (0..3_usize).prop_map(|back| Step::Present { back }),
        1 => (0..12_usize).prop_map(|back| Step::Present { back }),
        3 => prop_oneof![Just(9_999_i64), Just(10_000), 0..4_000_i64, Just(600_000)]
            .prop_map(|milliseconds| Step::Wait { milliseconds }),
    ]
}

#[test]
fn refresh_tokens_do_what_the_model_says_on_sqlite() {
    compare(database::testing::sqlite());
}

#[test]
fn refresh_tokens_do_what_the_model_says_on_postgresql() {
    compare(database::testing::postgres());
}

fn compare(database: impl Future<Output = TestDb>) {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let world = runtime.block_on(async { World::on(database.await) });
    let backend = &world.backend;
    let (ada, harbour) = runtime.block_on(async {
        let ada = owner(backend).await;
        let harbour = app(backend, &ada).await;
        (ada, harbour)
    });
    let config = Config {
        failure_persistence: None,
        ..Config::with_cases(Config::default().cases.min(CASES))
    };
    let steps = prop::collection::vec(step(), 1..24);
    TestRunner::new(config)
        .run(&steps, |steps| {
            runtime.block_on(async {
                let first = sign_in(backend, &ada, &harbour, "").await;
                let mut model = Model::beginning_with(first.refresh.reveal());
                for step in steps {
                    let which = match step {
                        Step::Wait { milliseconds } => {
                            backend.clock().advance(TimeDelta::milliseconds(milliseconds));
                            continue;
                        }
                        Step::Present { back } => model.made.len().saturating_sub(back + 1),
                    };
                    let secret = model.made[which].secret.clone();
                    let expected = model.presented(which, backend.clock().now());
                    match refresh(backend, &harbour, &secret).await {
                        Ok(issued) => {
                            prop_assert!(expected, "token {which} should end the session");
                            model.made.push(Made {
                                secret: issued.refresh.reveal().to_owned(),
                                came_for: Some(which),
                                used_at: None,
                            });
                        }
                        Err(TokenError::Refused(problem)) => {
                            prop_assert!(!expected, "token {which} should be good");
                            prop_assert_eq!(problem.error, OAuthError::InvalidGrant);
                        }
                        Err(other) => panic!("{other:?}"),
                    }
                    let row = backend
                        .mobile_sessions()
                        .row(&ada, first.session)
                        .await
                        .expect("a row");
                    prop_assert_eq!(row.state == State::Revoked, model.is_over);
                }
                Ok(())
            })
        })
        .expect("the real thing and the model do the same");
}
