//! One try at a batch of redemptions: everything read, everything decided, everything written.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use database::WriteTx;
use domain::tokens::{Family, State};
use domain::{CollectionId, PersonId, SessionId, TokenId};
use serde_json::json;

use super::facts::{Facts, Press, Step};
use super::{Outcome, Request, Theirs, Why};
use crate::Backend;
use crate::attempts::{self, Budget};
use crate::audit::{self, Entry, Event, Who};
use crate::collections::{self, NewGrant};
use crate::error::Result;
use crate::group_commit::{AfterCommit, Attempted};
use crate::people::{self, Added, Met, NewRecipient, NewSession, Wanted};
use crate::tokens::{self, Locked, Spending, Spent};

/// Makes a batch of redemptions; the outcomes stand in the order of the batch. Nothing is written when nothing is
/// given.
///
/// # Errors
/// A fault: nothing was kept, or, as the fault says, it is unknown.
pub(super) async fn all(
    backend: &Backend,
    tx: &mut WriteTx,
    requests: &[Request],
) -> Result<Attempted<Outcome>> {
    let now = backend.clock.now();
    let facts = Facts::read(tx, backend, requests).await?;
    let presses = requests
        .iter()
        .zip(&facts.opened)
        .map(|(request, opened)| facts.press(request, *opened))
        .collect();
    let mut steps = Steps {
        backend,
        tx,
        now,
        added: Added(Vec::new()),
    };
    let presses = steps.meet(presses).await?;
    let presses = steps.spare(presses).await?;
    let presses = steps.spend(facts.locked, presses).await?;
    let presses = steps.hold_back(presses).await?;
    let presses = steps.let_in(presses).await?;
    steps.give(&presses).await?;
    Ok(Attempted {
        wrote: presses.iter().flatten().any(|settled| settled.spender.is_given()),
        after_commit: Some(forget_used(&presses)),
        outcomes: presses.into_iter().map(outcome).collect(),
    })
}

/// Takes the codes that were used out of the landing cache.
fn forget_used(presses: &[Step<Settled<'_>>]) -> AfterCommit {
    let used: Vec<TokenId> = presses
        .iter()
        .flatten()
        .map(|settled| &settled.spender)
        .filter(|one| matches!(one.spent, Spent::New { .. }))
        .map(|one| one.press.found.token.id)
        .collect();
    Box::new(move |backend| {
        if !used.is_empty() {
            backend.landing_cache.forget(used.into_iter());
        }
    })
}

/// A press that got an answer from the core.
struct Spender<'a> {
    press: Press<'a>,
    met: Met,
    spent: Spent,
}

/// A press whose fate is written.
struct Settled<'a> {
    spender: Spender<'a>,
    /// The session that what was given belongs to; `None` when nothing was given.
    session: Option<SessionId>,
    /// The same, when the browser gets it new.
    new_session: Option<NewSession>,
}

/// The steps of a batch, in one transaction and at one instant.
struct Steps<'b> {
    backend: &'b Backend,
    tx: &'b mut WriteTx,
    now: DateTime<Utc>,
    /// Who was added, to be recorded together with what they did.
    added: Added,
}

impl Steps<'_> {
    /// Recognises the people who press.
    async fn meet<'a>(&mut self, presses: Vec<Step<Press<'a>>>) -> Result<Vec<Step<(Press<'a>, Met)>>> {
        let wanted: Vec<Wanted> = presses
            .iter()
            .flatten()
            .map(|press| press.wanted.clone())
            .collect();
        let met = people::meet(self.tx, self.backend, &wanted, self.now).await?;
        Ok(each_with(presses, met, |press, met| match met {
            Ok(met) => Ok((press, met)),
            Err(refusal) => Err(Err(refusal.into())),
        }))
    }

    /// Spares the code of whoever has what it opens by another code of the same token: one person needs one. Within
    /// one batch each code counts for itself.
    async fn spare<'a>(
        &mut self,
        presses: Vec<Step<(Press<'a>, Met)>>,
    ) -> Result<Vec<Step<(Press<'a>, Met)>>> {
        let asked: Vec<(TokenId, PersonId)> = presses
            .iter()
            .flatten()
            .filter(|(press, met)| press.found.whole.is_some() && !met.is_new)
            .map(|(press, met)| (press.found.shown().id, met.person))
            .collect();
        let used = tokens::parts_used_by(self.tx, asked).await?;
        let is_spared = |press: &Press<'_>, met: &Met| {
            let parts = used.get(&(press.found.shown().id, met.person));
            parts.is_some_and(|parts| !parts.contains(&press.found.token.id))
        };
        Ok(presses
            .into_iter()
            .map(|step| {
                let (press, met) = step?;
                match is_spared(&press, &met) {
                    true => Err(Ok(theirs(press.wanted, press.collection))),
                    false => Ok((press, met)),
                }
            })
            .collect())
    }

    /// Spends, in the order in which the presses came, and adds those who got something and are new.
    async fn spend<'a>(
        &mut self,
        mut locked: Locked,
        presses: Vec<Step<(Press<'a>, Met)>>,
    ) -> Result<Vec<Step<Spender<'a>>>> {
        let spendings = presses.iter().flatten().map(|(press, met)| Spending {
            token: press.found.token.id,
            person: Some(met.person),
            earlier_key: None,
            idempotency_key: press.request.key.bound_to(&press.wanted.email),
            address: press.request.client.address_text(),
        });
        let spendings = spendings.collect();
        let decided = tokens::spend(self.tx, &mut locked, spendings, self.now).await?;
        let spenders = each_with(presses, decided.spent().collect(), |(press, met), spent| {
            Ok(Spender { press, met, spent })
        });
        let new: Vec<(PersonId, &Wanted)> = spenders
            .iter()
            .flatten()
            .filter(|one| one.met.is_new && matches!(one.spent, Spent::New { .. }))
            .map(|one| (one.met.person, &one.press.wanted))
            .collect();
        self.added = people::add_all(self.tx, &new, self.now).await?;
        decided.write(self.tx).await?;
        Ok(spenders)
    }

    /// A form that is sent again gets what it got, since the first answer may have been lost; but not while the token is
    /// suspended or after its time, and only so often: each answer is a session. After that its sender is treated like
    /// anybody else who types an address that has the collection already.
    async fn hold_back<'a>(
        &mut self,
        mut spenders: Vec<Step<Spender<'a>>>,
    ) -> Result<Vec<Step<Spender<'a>>>> {
        let mut repeated: BTreeMap<Vec<u8>, Vec<&mut Spender>> = BTreeMap::new();
        for one in spenders.iter_mut().flatten() {
            let Spent::Repeated { .. } = one.spent else {
                continue;
            };
            let bounds = one.press.found.bounds();
            match bounds.state(self.now) {
                State::Live | State::UsedUp if !bounds.suspended => {
                    if one.press.recipient.is_none() {
                        repeated.entry(one.form()).or_default().push(one);
                    }
                }
                other => one.spent = Spent::Refused(other),
            }
        }
        for (form, again) in repeated {
            let budget = self.backend.try_on_bytes(Budget::FORM_AGAIN, &form);
            let tries = i64::try_from(again.len()).unwrap_or(i64::MAX);
            let room = attempts::room_for(self.tx, &budget, tries, self.now).await?;
            for one in again.into_iter().skip(usize::try_from(room).unwrap_or_default()) {
                if let Spent::Repeated { number } = one.spent {
                    one.spent = Spent::AlreadyTheirs { number };
                }
            }
        }
        Ok(spenders)
    }

    /// Lets the browsers in that were given something and have no session of their own. Anybody can type
    /// anybody's address, so the mailbox is not proven by that.
    async fn let_in<'a>(&mut self, spenders: Vec<Step<Spender<'a>>>) -> Result<Vec<Step<Settled<'a>>>> {
        let needs_session = |one: &Spender<'_>| one.is_given() && one.press.recipient.is_none();
        let strangers: Vec<NewRecipient> = spenders
            .iter()
            .flatten()
            .filter(|one| needs_session(one))
            .map(|one| NewRecipient {
                organisation: one.press.wanted.organisation,
                person: one.met.person,
                client: &one.press.request.client,
            })
            .collect();
        let sessions = people::new_recipients(self.tx, self.backend, &strangers, self.now).await?;
        let mut sessions = sessions.into_iter();
        Ok(spenders
            .into_iter()
            .map(|step| {
                let spender = step?;
                let new_session = if needs_session(&spender) {
                    sessions.next()
                } else {
                    None
                };
                let own = spender.press.recipient.filter(|_| spender.is_given());
                let session = own
                    .map(|own| own.session)
                    .or(new_session.as_ref().map(|new| new.id));
                Ok(Settled {
                    spender,
                    session,
                    new_session,
                })
            })
            .collect())
    }

    /// Writes what the new uses gave and that they happened; hands what was given before to the session that asks
    /// again: the first answer may never have arrived.
    async fn give(&mut self, presses: &[Step<Settled<'_>>]) -> Result<()> {
        let new: Vec<(&Settled, i64)> = presses
            .iter()
            .flatten()
            .filter_map(|settled| match settled.spender.spent {
                Spent::New { number } => Some((settled, number)),
                _ => None,
            })
            .collect();
        let grants: Vec<NewGrant> = new
            .iter()
            .map(|(settled, number)| grant(settled, *number))
            .collect();
        collections::grant_all(self.tx, &grants, self.now).await?;
        let Added(mut entries) = std::mem::replace(&mut self.added, Added(Vec::new()));
        entries.extend(
            new.iter()
                .map(|(settled, number)| used(&settled.spender, *number)),
        );
        entries.extend(presses.iter().flatten().filter_map(again));
        audit::record_all(self.tx, self.backend.random, self.now, &entries).await?;
        for settled in presses.iter().flatten() {
            let Spender { press, met, spent } = &settled.spender;
            if let (Spent::Repeated { .. }, Some(session)) = (spent, settled.session) {
                let token = press.found.token.id;
                collections::move_to_session(self.tx, met.person, token, session).await?;
            }
        }
        Ok(())
    }
}

/// Takes each press that is still in the running a step further, with what was found out for it.
fn each_with<T, F, U>(presses: Vec<Step<T>>, facts: Vec<F>, step: impl Fn(T, F) -> Step<U>) -> Vec<Step<U>> {
    let mut facts = facts.into_iter();
    presses
        .into_iter()
        .map(|press| step(press?, facts.next().expect("there is a fact for each press")))
        .collect()
}

impl Spender<'_> {
    /// What tells its form from others: the token, and the key with the address.
    fn form(&self) -> Vec<u8> {
        let key = self.press.request.key.bound_to(&self.press.wanted.email);
        [self.press.found.token.id.0.as_bytes(), &*key].concat()
    }

    /// Whether the browser is to have what the token opens.
    fn is_given(&self) -> bool {
        matches!(self.spent, Spent::New { .. } | Spent::Repeated { .. })
    }
}

fn grant(settled: &Settled<'_>, number: i64) -> NewGrant {
    let Settled { spender, session, .. } = settled;
    NewGrant {
        organisation: spender.press.wanted.organisation,
        person: spender.met.person,
        collection: spender.press.collection,
        token: spender.press.found.token.id,
        use_number: number,
        session: *session,
    }
}

fn used(spender: &Spender<'_>, number: i64) -> (Who, Entry) {
    entry(spender, Event::TokenUsed, number)
}

/// A session for a form that was sent again.
fn again(settled: &Settled<'_>) -> Option<(Who, Entry)> {
    match settled.spender.spent {
        Spent::Repeated { number } if settled.new_session.is_some() => {
            Some(entry(&settled.spender, Event::FormAgain, number))
        }
        _ => None,
    }
}

fn entry(spender: &Spender<'_>, event: Event, number: i64) -> (Who, Entry) {
    let Spender { press, met, .. } = spender;
    let who = Who {
        organisation: press.wanted.organisation,
        person: Some(met.person),
        name: press.wanted.name.clone(),
        address: press.request.client.address_text(),
    };
    let token = &press.found.token;
    let facts = json!({ "hint": token.hint_text(), "number": number });
    let entry = match &press.found.whole {
        Some(whole) => Entry::code(event, whole.id, token.id, facts),
        None => Entry::token(event, Family::Access, token.id, facts),
    };
    let entry = Entry {
        person: Some(met.person),
        collection: Some(press.collection),
        ..entry
    };
    (who, entry)
}

fn outcome(step: Step<Settled<'_>>) -> Result<Outcome> {
    let settled = match step {
        Ok(settled) => settled,
        Err(outcome) => return outcome,
    };
    let Spender { press, spent, .. } = settled.spender;
    Ok(match spent {
        Spent::New { .. } | Spent::Repeated { .. } => Outcome::Done {
            collection: press.collection,
            session: settled.new_session.map(Box::new),
            name: press.wanted.name,
        },
        Spent::AlreadyTheirs { .. } => theirs(press.wanted, press.collection),
        Spent::Refused(state) => Outcome::Refused(Why::State(state)),
        Spent::Gone | Spent::Unnumbered => Outcome::Refused(Why::Gone),
    })
}

fn theirs(wanted: Wanted, collection: CollectionId) -> Outcome {
    Outcome::Theirs(Theirs {
        organisation: wanted.organisation,
        collection,
        email: wanted.email,
        name: wanted.name,
    })
}
