//! One try at a batch of redemptions: everything read, everything decided, everything written, one commit.

use std::collections::{HashMap, HashSet};
use std::net::IpAddr;
use std::time::Instant;

use chrono::{DateTime, Utc};
use database::WriteTx;
use domain::recipients::RedeemForm;
use domain::tokens::State;
use domain::{Code, CollectionId, EmailAddress, OrganisationId, PersonId, SessionId, TokenId};
use serde_json::json;
use uuid::Uuid;

use super::{Outcome, Request, Theirs, Waiting};
use crate::attempts::{self, Budget};
use crate::audit::{self, Entry, Event, Who};
use crate::collections::{self, NewGrant};
use crate::error::Result;
use crate::people::{self, Met, NewRecipient, NewSession, Wanted};
use crate::tokens::{self, Found, Locked, Spending, Spent};
use crate::{Backend, Recipient, access_tokens, organisations};

/// Makes a batch of redemptions and commits it; the outcomes stand in the order of the batch.
///
/// # Errors
/// A fault: nothing was kept, or, as the fault says, it is unknown.
pub(super) async fn all(
    backend: &Backend,
    mut tx: WriteTx,
    batch: &[Waiting],
) -> Result<Vec<Result<Outcome>>> {
    let now = backend.clock.now();
    let requests: Vec<&Request> = batch.iter().map(|one| &one.request).collect();
    let facts = Facts::read(&mut tx, backend, &requests, now).await?;
    let presses = requests.iter().map(|request| facts.press(request)).collect();
    let mut steps = Steps { backend, tx, now };
    let presses = steps.meet(presses).await?;
    let presses = steps.spend(facts.locked, presses).await?;
    let presses = steps.let_in(presses).await?;
    steps.give(&presses).await?;
    steps.commit(&presses).await?;
    Ok(presses.into_iter().map(outcome).collect())
}

/// A press that may spend something.
struct Press<'a> {
    request: &'a Request,
    found: Found,
    collection: CollectionId,
    /// Who presses, if they are signed in as whom the form says.
    recipient: Option<&'a Recipient>,
    wanted: Wanted,
}

/// A step further, or what became of the press instead.
type Step<T> = Result<T, Result<Outcome>>;

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

/// What has to be known to decide, read at once for all. What can be spent is locked.
struct Facts {
    locked: Locked,
    /// Which token each code opens.
    opened: HashMap<String, TokenId>,
    /// Seconds that addresses have to wait, of those that have to.
    waiting: HashMap<Option<IpAddr>, i64>,
    organisations: HashSet<OrganisationId>,
    collections: HashMap<TokenId, CollectionId>,
    published: HashSet<CollectionId>,
    assigned: HashMap<TokenId, EmailAddress>,
}

impl Facts {
    async fn read(
        tx: &mut WriteTx,
        backend: &Backend,
        requests: &[&Request],
        now: DateTime<Utc>,
    ) -> Result<Self> {
        let clients = requests.iter().map(|request| &request.client);
        let waiting = attempts::waiting_clients(tx, backend, Budget::CODE_ADDRESS, clients, now).await?;
        let codes = requests
            .iter()
            .map(|request| (request.code.reveal(), &request.code));
        let codes: Vec<&Code> = codes.collect::<HashMap<&str, &Code>>().into_values().collect();
        let (locked, ids) = tokens::lock_codes(tx, backend, &codes).await?;
        let opened: HashMap<String, TokenId> = codes
            .iter()
            .zip(ids)
            .filter_map(|(code, id)| Some((code.reveal().to_owned(), id?)))
            .collect();
        let found: Vec<Found> = opened.values().filter_map(|id| locked.found(*id)).collect();
        // Nothing and nobody are looked up along: for a code that is unknown the same statements run as for one
        // that was withdrawn, so that the time it takes tells strangers no more than the answer.
        let nothing = TokenId(Uuid::nil());
        let shown: HashSet<TokenId> = found
            .iter()
            .map(|found| found.shown().id)
            .chain([nothing])
            .collect();
        let parts = found.iter().filter(|found| found.whole.is_some());
        let parts = parts.map(|found| found.token.id).chain([nothing]).collect();
        let nobody = OrganisationId(Uuid::nil());
        let tenants = found
            .iter()
            .map(|found| found.token.organisation)
            .chain([nobody])
            .collect();
        let collections = access_tokens::collections_of(tx, shown.into_iter().collect()).await?;
        Ok(Self {
            locked,
            opened,
            waiting,
            organisations: organisations::open_among(tx, tenants).await?,
            published: collections::published_among(
                tx,
                collections
                    .values()
                    .copied()
                    .chain([CollectionId(Uuid::nil())])
                    .collect(),
            )
            .await?,
            collections,
            assigned: access_tokens::assigned_among(tx, parts).await?,
        })
    }

    /// What a press comes to, before it is known whether there is anything left to spend.
    fn press<'a>(&self, request: &'a Request) -> Step<Press<'a>> {
        if let Some(seconds) = self.waiting.get(&request.client.address) {
            return Err(Ok(Outcome::TooMany { seconds: *seconds }));
        }
        let Some((found, collection)) = self.found(&request.code) else {
            return Err(Ok(Outcome::Unknown));
        };
        let assigned = self.assigned.get(&found.token.id);
        let organisation = found.token.organisation;
        let signed_in = request
            .recipient
            .as_ref()
            .filter(|one| one.organisation == organisation);
        let is_for_another = signed_in
            .zip(assigned)
            .is_some_and(|(recipient, assigned)| recipient.email != *assigned);
        if is_for_another {
            return Err(Ok(Outcome::Card("wrong recipient")));
        }
        if !self.published.contains(&collection) {
            return Err(Ok(Outcome::Card("collection not open")));
        }
        let recipient = signed_in.filter(|recipient| is_meant(recipient, &request.form));
        let (name, email) = match recipient {
            Some(recipient) => (recipient.name.clone(), recipient.email.clone()),
            None => request
                .form
                .parse(assigned)
                .map_err(|problems| Err(problems.into()))?,
        };
        Ok(Press {
            request,
            found,
            collection,
            recipient,
            wanted: Wanted {
                organisation,
                email,
                name,
            },
        })
    }

    /// What a code opens; `None` for whatever strangers must not tell apart.
    fn found(&self, code: &Code) -> Option<(Found, CollectionId)> {
        let found = self.locked.found(*self.opened.get(code.reveal())?)?;
        let is_there = !found.is_deleted()
            && !found.bounds().revoked
            && self.organisations.contains(&found.token.organisation);
        let collection = *self.collections.get(&found.shown().id)?;
        is_there.then_some((found, collection))
    }
}

/// Whether the form is filled in for whoever is signed in. On a device that several people use, another address
/// means another person.
fn is_meant(recipient: &Recipient, form: &RedeemForm) -> bool {
    let typed = form.email.trim();
    typed.is_empty() || typed.eq_ignore_ascii_case(recipient.email.as_str())
}

/// The steps of a batch, in one transaction and at one instant.
struct Steps<'b> {
    backend: &'b Backend,
    tx: WriteTx,
    now: DateTime<Utc>,
}

impl Steps<'_> {
    /// Recognises the people who press.
    async fn meet<'a>(&mut self, presses: Vec<Step<Press<'a>>>) -> Result<Vec<Step<(Press<'a>, Met)>>> {
        let wanted: Vec<Wanted> = presses
            .iter()
            .flatten()
            .map(|press| press.wanted.clone())
            .collect();
        let met = people::meet(&mut self.tx, self.backend, &wanted, self.now).await?;
        Ok(each_with(presses, met, |press, met| match met {
            Ok(met) => Ok((press, met)),
            Err(refusal) => Err(Err(refusal.into())),
        }))
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
            idempotency_key: press.request.key.bound_to(&press.wanted.email),
            address: press.request.client.address_text(),
        });
        let spendings = spendings.collect();
        let decided = tokens::spend(&mut self.tx, &mut locked, spendings, self.now).await?;
        let spenders = each_with(presses, decided.spent().collect(), |(press, met), spent| {
            Ok(Spender { press, met, spent })
        });
        let new: Vec<(PersonId, &Wanted)> = spenders
            .iter()
            .flatten()
            .filter(|one| one.met.is_new && matches!(one.spent, Spent::New { .. }))
            .map(|one| (one.met.person, &one.press.wanted))
            .collect();
        people::add_all(&mut self.tx, self.backend, &new, self.now).await?;
        decided.write(&mut self.tx).await?;
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
        let sessions = people::new_recipients(&mut self.tx, self.backend, &strangers, self.now).await?;
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
        collections::grant_all(&mut self.tx, self.backend, &grants, self.now).await?;
        let entries: Vec<_> = new
            .iter()
            .map(|(settled, number)| used(&settled.spender, *number))
            .collect();
        audit::record_all(&mut self.tx, self.backend.random, self.now, &entries).await?;
        for settled in presses.iter().flatten() {
            let token = settled.spender.press.found.token.id;
            if let (Spent::Repeated { number }, Some(session)) = (settled.spender.spent, settled.session) {
                collections::move_to_session(&mut self.tx, token, number, session).await?;
            }
        }
        Ok(())
    }

    /// Commits if something was given. Otherwise nothing was written.
    async fn commit(self, presses: &[Step<Settled<'_>>]) -> Result<()> {
        if !presses.iter().flatten().any(|settled| settled.spender.is_given()) {
            return Ok(());
        }
        #[cfg(feature = "wrong-versions")]
        if crate::wrong::is(crate::wrong::ANSWER_BEFORE_COMMIT) {
            let backend = self.backend.clone();
            tokio::spawn(async move {
                tokio::time::sleep(crate::wrong::MOMENT).await;
                let _ = backend.commit(self.tx).await;
            });
            return Ok(());
        }
        let began = Instant::now();
        self.backend.commit(self.tx).await?;
        metrics::histogram!("redemption_commit_seconds").record(began.elapsed().as_secs_f64());
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
        Some(whole) => Entry::code(Event::TokenUsed, whole.id, token.id, facts),
        None => Entry::token(Event::TokenUsed, token.id, facts),
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
    let Wanted {
        organisation,
        email,
        name,
    } = press.wanted;
    Ok(match spent {
        Spent::New { .. } | Spent::Repeated { .. } => Outcome::Done {
            collection: press.collection,
            session: settled.new_session,
            name,
        },
        Spent::AlreadyTheirs { .. } => Outcome::Theirs(Theirs {
            organisation,
            collection: press.collection,
            email,
            name,
        }),
        Spent::Refused(state) => Outcome::Card(reason(state)),
        Spent::Gone => Outcome::Card("gone"),
    })
}

/// A state as the metrics call it.
fn reason(state: State) -> &'static str {
    match state {
        State::NotYet => "not yet",
        State::Live => "live",
        State::UsedUp => "used up",
        State::Expired => "expired",
        State::Suspended => "suspended",
        State::Revoked => "revoked",
    }
}
