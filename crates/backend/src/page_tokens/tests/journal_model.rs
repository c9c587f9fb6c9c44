//! Random sequences of hits, repeated requests, folds, edits, pauses, restarts and commands beside the server, compared with a
//! model step by step: whatever stands in the journal meanwhile, what is answered and what is counted are the same.

use std::cell::RefCell;
use std::collections::BTreeSet;

use chrono::TimeDelta;
use domain::tokens::State;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use super::journal::{beside, restart, served};
use super::*;

/// Sequences.
const CASES: u32 = 24;

/// Something that happens.
#[derive(Debug, Clone)]
enum Step {
    /// A request by a name.
    Hit { name: u8 },
    /// Some at once, each by a name of its own.
    Crowd { count: u8 },
    /// The journal is folded in the background.
    Fold,
    /// A command reads the token, and so folds.
    FoldBeside,
    /// The limit is changed.
    Limit { most: i64 },
    /// It is paused, or not.
    Suspend { on: bool },
    /// It is withdrawn.
    Revoke,
    /// The server ends in the middle, and is started again.
    Restart,
    /// Time passes: names are new again.
    Wait,
    /// Whoever looks sees what was counted.
    Look,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        12 => (0..6_u8).prop_map(|name| Step::Hit { name }),
        4 => (1..6_u8).prop_map(|count| Step::Crowd { count }),
        3 => Just(Step::Fold),
        2 => Just(Step::FoldBeside),
        3 => (1..30_i64).prop_map(|most| Step::Limit { most }),
        2 => any::<bool>().prop_map(|on| Step::Suspend { on }),
        1 => prop::bool::weighted(0.2).prop_map(|on| if on { Step::Revoke } else { Step::Fold }),
        2 => Just(Step::Restart),
        1 => Just(Step::Wait),
        2 => Just(Step::Look),
    ]
}

/// What a person would say of the token.
struct Model {
    hits: i64,
    limit: i64,
    is_suspended: bool,
    is_revoked: bool,
    names: BTreeSet<String>,
}

impl Model {
    fn state(&self) -> State {
        match (self.is_revoked, self.hits >= self.limit, self.is_suspended) {
            (true, ..) => State::Revoked,
            (_, true, _) => State::UsedUp,
            (.., true) => State::Suspended,
            _ => State::Live,
        }
    }

    /// What may be answered to a request: the rule that refuses it, or none.
    fn asked(&mut self, name: &str) -> Vec<Option<Rule>> {
        let is_repeated = self.names.contains(name);
        match self.state() {
            State::Revoked => vec![Some(Rule::Revoked)],
            State::Suspended => vec![Some(Rule::Suspended)],
            // A server that was just started may not know yet that the last one was spent, and finds the request.
            State::UsedUp if is_repeated => vec![None, Some(Rule::Hits)],
            State::UsedUp => vec![Some(Rule::Hits)],
            _ if is_repeated => vec![None],
            _ => {
                self.hits += 1;
                self.names.insert(name.to_owned());
                vec![None]
            }
        }
    }
}

fn answer(verdict: &Verdict) -> Option<Rule> {
    match verdict {
        Verdict::Allowed(_) => None,
        Verdict::Refused(rule) => Some(*rule),
        other => panic!("{other:?}"),
    }
}

#[test]
fn hits_are_what_the_model_says_whatever_stands_in_the_journal() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let (world, caller) = runtime.block_on(async {
        let world = served().await;
        let caller = admin(&world).await;
        (world, caller)
    });
    let world = RefCell::new(world);
    let config = Config {
        failure_persistence: None,
        ..Config::with_cases(Config::default().cases.min(CASES))
    };
    let steps = prop::collection::vec(step(), 1..60);
    TestRunner::new(config)
        .run(&steps, |steps| {
            let mut world = world.borrow_mut();
            runtime.block_on(compare(&mut world, &caller, steps))
        })
        .expect("the gate and the model do the same");
}

async fn compare(world: &mut World, caller: &Caller, steps: Vec<Step>) -> Result<(), TestCaseError> {
    let (row, secret) = token(&world.backend, caller, "/page", |form| form.max_hits = "8".into()).await;
    let url = format!("{HOST}/page?TOKEN={secret}");
    let mut model = Model {
        hits: 0,
        limit: 8,
        is_suspended: false,
        is_revoked: false,
        names: BTreeSet::new(),
    };
    let mut crowds = 0;
    for step in steps {
        let pages = world.backend.page_tokens();
        let is_checked = !matches!(step, Step::Hit { .. } | Step::Wait);
        match step {
            Step::Hit { name } => {
                let name = name.to_string();
                let verdict = world
                    .backend
                    .gate()
                    .decide(&asked(&url, Some(name.as_str())))
                    .await;
                let answered = answer(&verdict.expect("a verdict"));
                let expected = model.asked(&name);
                prop_assert!(
                    expected.contains(&answered),
                    "{name}: {answered:?}, not {expected:?}"
                );
            }
            Step::Crowd { count } => {
                crowds += 1;
                let names: Vec<String> = (0..count).map(|number| format!("{crowds} {number}")).collect();
                let gate = world.backend.gate();
                let askeds: Vec<_> = names
                    .iter()
                    .map(|name| asked(&url, Some(name.as_str())))
                    .collect();
                let verdicts = futures::future::join_all(askeds.iter().map(|asked| gate.decide(asked))).await;
                let mut answered: Vec<_> = verdicts
                    .into_iter()
                    .map(|verdict| format!("{:?}", answer(&verdict.expect("a verdict"))))
                    .collect();
                let mut expected: Vec<_> = names
                    .iter()
                    .map(|name| format!("{:?}", model.asked(name)[0]))
                    .collect();
                answered.sort();
                expected.sort();
                prop_assert_eq!(answered, expected);
                // Which of them were let in does not matter: none of their names comes again.
            }
            Step::Fold => world.backend.fold_journal().await.expect("folded"),
            Step::FoldBeside => {
                let command = beside(world).await;
                let read = command.page_tokens().get(caller, row.id).await.expect("a row");
                prop_assert_eq!((read.hits, read.state), (model.hits, model.state()));
                command.db.close().await;
            }
            Step::Limit { most } => {
                let change = |form: &mut PageTokenForm| form.max_hits = most.to_string();
                let edited = pages.edit(caller, row.id, change).await;
                prop_assert_eq!(edited.is_ok(), most >= model.hits);
                if edited.is_ok() {
                    model.limit = most;
                }
            }
            Step::Suspend { on } => {
                pages.set_suspended(caller, row.id, on).await.expect("done");
                model.is_suspended = on;
            }
            Step::Revoke => {
                pages.revoke(caller, row.id).await.expect("revoked");
                model.is_revoked = true;
            }
            Step::Restart => restart(world).await,
            Step::Wait => {
                world.backend.clock.advance(TimeDelta::seconds(20));
                model.names.clear();
            }
            Step::Look => {
                let read = pages.get(caller, row.id).await.expect("a row");
                prop_assert_eq!((read.hits, read.state), (model.hits, model.state()));
            }
        }
        if is_checked {
            prop_assert_eq!(world.backend.fsck().await.expect("checked"), Vec::<String>::new());
        }
    }
    let read = world
        .backend
        .page_tokens()
        .get(caller, row.id)
        .await
        .expect("a row");
    prop_assert_eq!((read.hits, read.state), (model.hits, model.state()));
    prop_assert_eq!(world.backend.fsck().await.expect("checked"), Vec::<String>::new());
    Ok(())
}
