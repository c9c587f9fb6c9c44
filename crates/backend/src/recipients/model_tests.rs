//! Random sequences of everything that can be done to tokens, compared with [`super::model`] step by step, on
//! both engines. `PROPTEST_CASES` makes more of them.

use chrono::TimeDelta;
use database::testing::TestDb;
use domain::access_tokens::{CodeQuery, EditTokenForm, NewTokenForm};
use domain::recipients::{LinkStatus, RedeemForm};
use domain::{CollectionId, Refusal, TokenId};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use super::Redeemed;
use super::model::{Answer, Key, Person, Token};
use crate::testing::World;
use crate::{Backend, Caller, Client, Error};

/// Sequences on each engine.
const CASES: u32 = 24;

/// Something that is done. Tokens and codes are meant by their place, as far as there are any.
#[derive(Debug, Clone)]
enum Step {
    Create {
        multi: bool,
        number: usize,
    },
    Redeem {
        token: usize,
        code: usize,
        person: Person,
        key: Key,
    },
    /// Many presses in the same moment, one for each person.
    Rush {
        token: usize,
        code: usize,
        people: Vec<(Person, Key)>,
    },
    Assign {
        token: usize,
        code: usize,
        person: Person,
    },
    Clear {
        token: usize,
        code: usize,
    },
    Expire {
        token: usize,
    },
    Revive {
        token: usize,
    },
    Raise {
        token: usize,
    },
    Suspend {
        token: usize,
    },
    Resume {
        token: usize,
    },
    Revoke {
        token: usize,
    },
    Delete {
        token: usize,
    },
    Restore {
        token: usize,
    },
    Restart,
}

fn step() -> impl Strategy<Value = Step> {
    let token = 0..3_usize;
    let code = 0..3_usize;
    let person = 0..5_u8;
    let press = (0..5_u8, 0..2_u8);
    prop_oneof![
        2 => (any::<bool>(), 1..4_usize).prop_map(|(multi, number)| Step::Create { multi, number }),
        10 => (token.clone(), code.clone(), person.clone(), 0..2_u8)
            .prop_map(|(token, code, person, key)| Step::Redeem { token, code, person, key }),
        4 => (token.clone(), code.clone(), prop::collection::vec(press, 2..8))
            .prop_map(|(token, code, people)| Step::Rush { token, code, people }),
        4 => (token.clone(), code.clone(), person).prop_map(|(token, code, person)| Step::Assign { token, code, person }),
        2 => (token.clone(), code).prop_map(|(token, code)| Step::Clear { token, code }),
        2 => token.clone().prop_map(|token| Step::Expire { token }),
        2 => token.clone().prop_map(|token| Step::Revive { token }),
        2 => token.clone().prop_map(|token| Step::Raise { token }),
        2 => token.clone().prop_map(|token| Step::Suspend { token }),
        2 => token.clone().prop_map(|token| Step::Resume { token }),
        1 => token.clone().prop_map(|token| Step::Revoke { token }),
        1 => token.clone().prop_map(|token| Step::Delete { token }),
        2 => token.prop_map(|token| Step::Restore { token }),
        1 => Just(Step::Restart),
    ]
}

#[test]
fn random_sequences_do_what_the_model_does_on_sqlite() {
    compare(database::testing::sqlite());
}

#[test]
fn random_sequences_do_what_the_model_does_on_postgresql() {
    compare(database::testing::postgres());
}

fn compare(database: impl Future<Output = TestDb>) {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let world = runtime.block_on(async { World::on(database.await) });
    let config = Config {
        failure_persistence: None,
        ..Config::with_cases(Config::default().cases.min(CASES))
    };
    let steps = prop::collection::vec(step(), 1..30);
    TestRunner::new(config)
        .run(&steps, |steps| {
            runtime.block_on(async {
                let mut story = Story::new(&world).await;
                for step in &steps {
                    story.take(step).await?;
                }
                story.end().await
            })
        })
        .expect("the real thing and the model do the same");
}

/// A token as it is and as it is meant to be.
struct Pair {
    id: TokenId,
    /// The ids and secrets of its codes, in their order.
    codes: Vec<(TokenId, String)>,
    model: Token,
}

/// One sequence, in an organisation of its own.
struct Story<'a> {
    world: &'a World,
    backend: Backend,
    ada: Caller,
    collection: CollectionId,
    pairs: Vec<Pair>,
}

type Checked = Result<(), TestCaseError>;

impl<'a> Story<'a> {
    async fn new(world: &'a World) -> Self {
        let own = world.backend.random.id(world.backend.clock.now()).simple();
        let ada =
            crate::people::testing::owner_of(&world.backend, "Kōwhai", &format!("{own}@example.org")).await;
        let collection = world.published(&ada, "Safety 2027").await;
        let mut story = Self {
            world,
            backend: world.another_server().await,
            ada,
            collection,
            pairs: Vec::new(),
        };
        story.create(false, 2).await;
        story
    }

    async fn take(&mut self, step: &Step) -> Checked {
        // Long enough for every budget of tries to be over.
        self.world.backend.clock.advance(TimeDelta::minutes(61));
        match step {
            Step::Create { multi, number } => self.create(*multi, *number).await,
            Step::Redeem {
                token,
                code,
                person,
                key,
            } => {
                self.press(*token, *code, &[(*person, *key)]).await?;
            }
            Step::Rush { token, code, people } => self.press(*token, *code, people).await?,
            Step::Restart => self.backend = self.world.another_server().await,
            Step::Assign { token, code, person } => {
                let (at, code) = self.place(*token, *code);
                let id = self.pairs[at].codes[code].0;
                let done = self
                    .backend
                    .access_tokens()
                    .assign(&self.ada, id, &address(*person))
                    .await;
                prop_assert_eq!(done.is_ok(), self.pairs[at].model.assign(code, *person));
                self.read_secrets(at).await;
            }
            Step::Clear { token, code } => {
                let (at, code) = self.place(*token, *code);
                let id = self.pairs[at].codes[code].0;
                let done = self.backend.access_tokens().clear_assignment(&self.ada, id).await;
                prop_assert_eq!(done.is_ok(), self.pairs[at].model.clear(code));
                self.read_secrets(at).await;
            }
            other => self.manage(other).await?,
        }
        self.counters_agree().await
    }

    /// What an admin does to a whole token.
    async fn manage(&mut self, step: &Step) -> Checked {
        let (Step::Expire { token }
        | Step::Revive { token }
        | Step::Raise { token }
        | Step::Suspend { token }
        | Step::Resume { token }
        | Step::Revoke { token }
        | Step::Delete { token }
        | Step::Restore { token }) = step
        else {
            return Ok(());
        };
        let (at, _) = self.place(*token, 0);
        let (id, ada, tokens) = (self.pairs[at].id, &self.ada, self.backend.access_tokens());
        let mut meant = self.pairs[at].model.clone();
        let open = !meant.deleted;
        let done = match step {
            Step::Expire { .. } => {
                meant.expired |= open;
                tokens.edit(ada, id, &form(&meant)).await.is_ok()
            }
            Step::Revive { .. } => {
                meant.expired &= !open;
                tokens.edit(ada, id, &form(&meant)).await.is_ok()
            }
            Step::Raise { .. } if meant.multi => {
                let more = open && !meant.revoked;
                meant.codes.extend(more.then(Default::default));
                prop_assert_eq!(tokens.add_codes(ada, id, "1").await.is_ok(), more);
                open
            }
            Step::Raise { .. } => {
                meant.limit = meant.limit.map(|limit| limit + usize::from(open));
                tokens.edit(ada, id, &form(&meant)).await.is_ok()
            }
            Step::Suspend { .. } => {
                meant.suspended |= open;
                tokens.suspend(ada, id).await.is_ok()
            }
            Step::Resume { .. } => {
                meant.suspended &= !open;
                tokens.resume(ada, id).await.is_ok()
            }
            Step::Revoke { .. } => {
                meant.revoked |= open;
                tokens.revoke(ada, id).await.is_ok()
            }
            Step::Delete { .. } => {
                meant.deleted = true;
                tokens.delete(ada, id).await.expect("deleted");
                open
            }
            _ => {
                meant.deleted = false;
                tokens.restore(ada, id).await.expect("restored");
                open
            }
        };
        prop_assert_eq!(done, open, "{:?}", step);
        self.pairs[at].model = meant;
        self.read_secrets(at).await;
        Ok(())
    }

    /// Presses of the button, all at once: each waits for the same commit, and they are served as they came.
    async fn press(&mut self, token: usize, code: usize, people: &[(Person, Key)]) -> Checked {
        let (at, code) = self.place(token, code);
        let secret = self.pairs[at].codes[code].1.clone();
        // The landing page comes first. It remembers which row the code locks, so that everybody queues at once.
        self.backend
            .recipients()
            .open_link(&secret, None, &Client::default())
            .await
            .expect("a landing page");
        let presses = people.iter().map(|(person, key)| {
            let (backend, secret) = (self.backend.clone(), secret.clone());
            let (form, key) = (filled(*person), format!("key {key}"));
            async move {
                let client = Client::default();
                backend
                    .recipients()
                    .redeem(&secret, &form, &key, None, &client)
                    .await
            }
        });
        let mut given = Vec::new();
        for answer in futures::future::join_all(presses).await {
            given.push(kind_of(answer));
        }
        let model = &mut self.pairs[at].model;
        let meant: Vec<Answer> = people
            .iter()
            .map(|(person, key)| model.redeem(code, *person, *key))
            .collect();
        prop_assert_eq!(given, meant);
        Ok(())
    }

    async fn create(&mut self, multi: bool, number: usize) {
        let form = NewTokenForm {
            name: "Spring".into(),
            token_type: if multi { "multi" } else { "single" }.into(),
            usage_limit: number.to_string(),
            no_of_tokens: number.to_string(),
            collection: self.collection.to_string(),
            ..NewTokenForm::default()
        };
        let row = self
            .backend
            .access_tokens()
            .create(&self.ada, &form)
            .await
            .expect("a token");
        self.pairs.push(Pair {
            id: row.id,
            codes: Vec::new(),
            model: Token {
                multi,
                limit: (!multi).then_some(number),
                codes: vec![Default::default(); if multi { number } else { 1 }],
                ..Token::default()
            },
        });
        self.read_secrets(self.pairs.len() - 1).await;
    }

    /// Learns the links as they are now. Those of a deleted token are not shown; they stay what they were.
    async fn read_secrets(&mut self, at: usize) {
        let (pair, tokens) = (&mut self.pairs[at], self.backend.access_tokens());
        if pair.model.deleted {
            return;
        }
        let ids = if pair.model.multi {
            let page = tokens
                .codes(&self.ada, pair.id, &CodeQuery::default())
                .await
                .expect("codes");
            let mut rows = page.rows;
            rows.sort_by_key(|row| row.number);
            rows.into_iter().map(|row| row.id).collect()
        } else {
            vec![pair.id]
        };
        pair.codes.clear();
        for id in ids {
            let link = tokens.share(&self.ada, id).await.expect("a link");
            pair.codes.push((id, link.code));
        }
    }

    async fn counters_agree(&self) -> Checked {
        for pair in &self.pairs {
            let row = self
                .backend
                .access_tokens()
                .get(&self.ada, pair.id)
                .await
                .expect("a row");
            prop_assert_eq!(usize::try_from(row.uses).expect("a count"), pair.model.uses());
        }
        Ok(())
    }

    async fn end(self) -> Checked {
        prop_assert_eq!(self.backend.fsck().await.expect("checked"), Vec::<String>::new());
        self.backend.database().close().await;
        Ok(())
    }

    fn place(&self, token: usize, code: usize) -> (usize, usize) {
        let at = token % self.pairs.len();
        (at, code % self.pairs[at].model.codes.len())
    }
}

fn address(person: Person) -> String {
    format!("p{person}@example.org")
}

fn filled(person: Person) -> RedeemForm {
    RedeemForm {
        name: format!("Person {person}"),
        email: address(person),
    }
}

fn form(meant: &Token) -> EditTokenForm {
    EditTokenForm {
        name: "Spring".into(),
        expires: if meant.expired {
            "2026-10-30".into()
        } else {
            String::new()
        },
        usage_limit: meant.limit.map(|limit| limit.to_string()).unwrap_or_default(),
        ..EditTokenForm::default()
    }
}

fn kind_of(answer: crate::Result<Redeemed>) -> Answer {
    match answer {
        // Their mailbox has enough links by now.
        Ok(Redeemed::Mailed) | Err(Error::Refused(Refusal::TooMany { .. })) => Answer::Mailed,
        Ok(Redeemed::Done { .. }) => Answer::Done,
        Ok(Redeemed::Card(LinkStatus::Unknown)) => Answer::Unknown,
        Ok(Redeemed::Card(LinkStatus::Expired { .. })) => Answer::Expired,
        Ok(Redeemed::Card(LinkStatus::UsedUp(_))) => Answer::UsedUp,
        Ok(Redeemed::Card(LinkStatus::Yours { .. })) => Answer::Yours,
        Ok(Redeemed::Card(LinkStatus::Suspended(_))) => Answer::Suspended,
        other => panic!("{other:?}"),
    }
}
