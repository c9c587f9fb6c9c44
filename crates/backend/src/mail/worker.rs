//! The worker that sends mail.
//!
//! Each organisation with mail to send has a lane of its own, so that nobody waits for another's slow server or long
//! mailing. A lane takes its mails one by one over a few connections. What is taken is held for a minute at a time and
//! held on to while the talk lasts; a worker that was frozen or cut off longer than that finds out before it hands the
//! message over, and leaves it to whoever took it.

use std::collections::{HashMap, HashSet};
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use domain::OrganisationId;
use futures::StreamExt;
use futures::future::join_all;
use futures::stream::FuturesUnordered;
use serde_json::json;
use tokio::sync::Notify;

use super::message::Message;
use super::returned::{BOUNCED, UNSUBSCRIBED};
use super::sender::{Transport, Way};
use super::smtp::{Accepted, Line, Trouble};
use super::templates::{self, Content};
use super::{Class, Mail, Template, bound_to, folder, message, pace, retry, sql};
use crate::Secret;
use crate::audit::{Entry, Event, Who};
use crate::error::Result;
use crate::quarantine;

/// How long a worker may hold a mail before another one takes over. It renews that three times as often.
pub(super) const LEASE: TimeDelta = TimeDelta::seconds(60);
const RENEW: Duration = Duration::from_secs(20);

/// How old a hold may be when the message itself goes out.
const FRESH: Duration = Duration::from_secs(45);

/// How often the worker looks when nobody wakes it: other servers' mail, and mail to be tried again.
const PAUSE: Duration = Duration::from_secs(5);

/// How long it waits after being woken, so that a thousand commits make one look.
const GATHER: Duration = Duration::from_millis(100);

/// How long an organisation's mail rests when its server cannot be worked with.
const REST: TimeDelta = TimeDelta::seconds(30);

/// Connections to a server that a lane uses at once.
const CONNECTIONS: usize = 4;

/// Lanes at once, at most.
const LANES: usize = 64;

/// How often what became of a mail is written again when the database does not take it.
const MOST_WRITES: u32 = 30;

type Lines = HashMap<Option<OrganisationId>, (Option<DateTime<Utc>>, Arc<Line>)>;

/// What the workers of this process share.
#[derive(Default)]
pub(crate) struct Postbox {
    woken: Notify,
    /// The connections, by organisation; under none, those to the installation's server.
    pub(super) lines: Mutex<Lines>,
    /// Organisations whose mail rests, and until when.
    resting: Mutex<HashMap<OrganisationId, DateTime<Utc>>>,
    own_servers_here: AtomicBool,
}

impl Postbox {
    pub(crate) fn wake(&self) {
        self.woken.notify_one();
    }

    /// Whether organisations' servers may be on this machine: in tests alone, which have no other.
    pub(super) fn own_servers_may_be_here(&self) -> bool {
        self.own_servers_here.load(Ordering::Relaxed)
    }

    #[cfg(test)]
    pub(super) fn let_own_servers_be_here(&self) {
        self.own_servers_here.store(true, Ordering::Relaxed);
    }

    fn rest(&self, organisation: OrganisationId, until: DateTime<Utc>) {
        let mut resting = self.resting.lock().unwrap_or_else(PoisonError::into_inner);
        resting.insert(organisation, until);
    }

    fn rests(&self, organisation: OrganisationId, now: DateTime<Utc>) -> bool {
        let mut resting = self.resting.lock().unwrap_or_else(PoisonError::into_inner);
        resting.retain(|_, until| *until > now);
        resting.contains_key(&organisation)
    }
}

/// What there was to take.
enum Taken {
    Mail(Box<sql::Due>),
    /// One that was put off or dropped; there may be others.
    Other,
    Nothing,
}

/// What is kept of what a mail said.
#[derive(Default)]
struct Said {
    subject: String,
    text: Option<uuid::Uuid>,
}

/// That a mail is held, as far as this process knows.
struct Held {
    since: Mutex<Instant>,
    lost: AtomicBool,
}

impl Held {
    fn since(since: Instant) -> Self {
        Self {
            since: Mutex::new(since),
            lost: AtomicBool::new(false),
        }
    }

    fn is_fresh(&self) -> bool {
        let since = self.since.lock().unwrap_or_else(PoisonError::into_inner);
        since.elapsed() < FRESH && !self.lost.load(Ordering::SeqCst)
    }
}

impl Mail<'_> {
    /// Sends mail as it falls due, until the program ends.
    pub async fn run(&self) {
        if let Err(error) = self.take_over().await {
            tracing::warn!(%error, "mail that was on its way when the server ended waits for a minute");
        }
        let mut busy = HashSet::new();
        let mut lanes = FuturesUnordered::new();
        loop {
            match self.due(&busy).await {
                Ok(due) => {
                    for organisation in due {
                        busy.insert(organisation);
                        lanes.push(async move { (organisation, self.lane(organisation).await) });
                    }
                }
                Err(error) => tracing::warn!(%error, "the outbox could not be read; trying again"),
            }
            tokio::select! {
                Some((organisation, outcome)) = lanes.next() => {
                    busy.remove(&organisation);
                    if let Err(error) = outcome {
                        tracing::warn!(%error, %organisation, "a mail could not be taken or noted; trying again");
                        self.0.postbox.rest(organisation, self.0.clock.now() + TimeDelta::seconds(5));
                    }
                }
                () = self.woken() => {}
            }
        }
    }

    /// What was on its way when a server ended is taken over, at once when there is no other server.
    async fn take_over(&self) -> Result<()> {
        if self.0.db.is_shared() {
            return Ok(());
        }
        let mut tx = self.0.db.write().await?;
        sql::release_all(&mut tx, self.0.clock.now()).await?;
        tx.commit_keeping_cache().await?;
        Ok(())
    }

    async fn woken(&self) {
        let woken = self.0.postbox.woken.notified();
        if tokio::time::timeout(PAUSE, woken).await.is_ok() {
            tokio::time::sleep(GATHER).await;
        }
    }

    /// Sends everything that is due now, and says how many mails went out.
    ///
    /// # Errors
    /// A fault of the database. A mail that cannot be sent is no error: it is tried again later.
    pub async fn deliver_due(&self) -> Result<usize> {
        let mut sent = 0;
        loop {
            let due = self.due(&HashSet::new()).await?;
            if due.is_empty() {
                return Ok(sent);
            }
            for outcome in join_all(due.into_iter().map(|organisation| self.lane(organisation))).await {
                sent += outcome?;
            }
        }
    }

    /// The organisations that have mail to send and no lane yet.
    async fn due(&self, busy: &HashSet<OrganisationId>) -> Result<Vec<OrganisationId>> {
        let now = self.0.clock.now();
        let mut conn = self.0.db.read().await?;
        let free = self.free(&mut conn).await?;
        let mut due = Vec::new();
        let mut last = OrganisationId(uuid::Uuid::nil());
        while busy.len() + due.len() < LANES
            && let Some(next) = sql::due_after(&mut conn, last, now, &free).await?
        {
            last = next;
            if !busy.contains(&next) && !self.0.postbox.rests(next, now) {
                due.push(next);
            }
        }
        Ok(due)
    }

    /// Which mail may go out: all of it, unless a restored database is in quarantine.
    async fn free(&self, conn: &mut database::Conn) -> Result<sql::Free> {
        Ok(match quarantine::since(self.0, conn).await? {
            Some(since) => sql::Free {
                class: Class::Single.rank(),
                since,
            },
            None => sql::Free::ALL,
        })
    }

    /// Sends an organisation's mail until none is due, or its server cannot be worked with.
    async fn lane(&self, organisation: OrganisationId) -> Result<usize> {
        let way = self.way(organisation).await?;
        let connections = match way.transport {
            Transport::Folder(_) => 1,
            Transport::Smtp(_) => CONNECTIONS,
        };
        let sending = (0..connections).map(|_| self.send_all(organisation, &way));
        let mut sent = 0;
        for outcome in join_all(sending).await {
            sent += outcome?;
        }
        Ok(sent)
    }

    async fn send_all(&self, organisation: OrganisationId, way: &Way) -> Result<usize> {
        let mut sent = 0;
        while !self.0.postbox.rests(organisation, self.0.clock.now()) {
            let held = Held::since(Instant::now());
            match self.take(organisation, way).await? {
                Taken::Mail(mail) => sent += usize::from(self.deliver(&mail, way, &held).await?),
                Taken::Other => {}
                Taken::Nothing => break,
            }
        }
        Ok(sent)
    }

    /// Takes the next mail, unless the pace of the organisation or of its reader says to wait.
    async fn take(&self, organisation: OrganisationId, way: &Way) -> Result<Taken> {
        let now = self.0.clock.now();
        // Looking costs a reader; only taking needs the writer.
        let free = {
            let mut conn = self.0.db.read().await?;
            let free = self.free(&mut conn).await?;
            if !sql::is_due(&mut conn, organisation, now, &free).await? {
                return Ok(Taken::Nothing);
            }
            free
        };
        let mut tx = self.0.db.write_slice().await?;
        if let Err(until) = pace::step(&mut tx, organisation, way.per_hour, now).await? {
            self.0.postbox.rest(organisation, until);
            return Ok(Taken::Nothing);
        }
        let Some(mail) = sql::take(&mut tx, organisation, now, now + LEASE, &free).await? else {
            return Ok(Taken::Nothing);
        };
        let taken = if let Some(reason) = self.stopped(&mut tx, &mail).await? {
            sql::set_failed(&mut tx, &mail, reason).await?;
            self.note(&mut tx, &mail, "stopped", reason).await?;
            Taken::Other
        } else if let Some(until) = pace::address_rests(&mut tx, organisation, &mail.to_address, now).await? {
            sql::set_queued(&mut tx, &mail, until, Some(ENOUGH), false).await?;
            Taken::Other
        } else {
            Taken::Mail(Box::new(mail))
        };
        tx.commit_keeping_cache().await?;
        Ok(taken)
    }

    /// Why a program's mail is not sent to this address, if it is not.
    async fn stopped(&self, conn: &mut database::Conn, mail: &sql::Due) -> Result<Option<&'static str>> {
        let class = Class::of_rank(mail.class);
        if class == Class::Single {
            return Ok(None);
        }
        let stops = sql::stops(conn, mail.organisation_id, &mail.to_address).await?;
        let is_stopped = |reason: &str| stops.iter().any(|stop| stop == reason);
        Ok(if is_stopped(BOUNCED) {
            Some("Mail to this address came back. Correct the address.")
        } else if class == Class::Reminder && is_stopped(UNSUBSCRIBED) {
            Some("The reader does not want to be reminded.")
        } else {
            None
        })
    }

    /// Sends one mail and writes down what became of it; says whether it went out.
    async fn deliver(&self, mail: &sql::Due, way: &Way, held: &Held) -> Result<bool> {
        let mut sending = pin!(self.hand_over(mail, way, held));
        let (sent, outcome) = loop {
            tokio::select! {
                outcome = &mut sending => break outcome,
                () = tokio::time::sleep(RENEW) => self.hold_on(mail, held).await,
            }
        };
        if let Err(Trouble::Server(_)) = &outcome {
            self.0
                .postbox
                .rest(mail.organisation_id, self.0.clock.now() + REST);
        }
        let mut writes = 1;
        // The turn at the server is kept until this is written.
        while let Err(error) = self.settle(mail, &sent, &outcome).await {
            if writes == MOST_WRITES {
                return Err(error);
            }
            tracing::warn!(%error, mail = %mail.id, "what became of a mail could not be written; trying again");
            tokio::time::sleep(Duration::from_secs(1)).await;
            self.hold_on(mail, held).await;
            writes += 1;
        }
        Ok(outcome.is_ok())
    }

    async fn hold_on(&self, mail: &sql::Due, held: &Held) {
        let (now, at) = (self.0.clock.now(), Instant::now());
        let renewed = async {
            let mut tx = self.0.db.write_slice().await?;
            let is_held = sql::hold(&mut tx, mail, now + LEASE).await?;
            tx.commit_keeping_cache().await?;
            Ok::<_, crate::Error>(is_held)
        };
        match renewed.await {
            Ok(true) => *held.since.lock().unwrap_or_else(PoisonError::into_inner) = at,
            Ok(false) => held.lost.store(true, Ordering::SeqCst),
            Err(error) => tracing::warn!(%error, mail = %mail.id, "a mail could not be held on to"),
        }
    }

    /// What was said, and what became of the mail.
    async fn hand_over(
        &self,
        mail: &sql::Due,
        way: &Way,
        held: &Held,
    ) -> (Said, std::result::Result<Option<Accepted>, Trouble>) {
        let (message, text) = match self.written(mail, way).await {
            Ok(written) => written,
            Err(trouble) => return (Said::default(), Err(trouble)),
        };
        let outcome = match &way.transport {
            Transport::Folder(folder) => {
                let (folder, id, bytes) = (folder.clone(), mail.id, message.bytes);
                tokio::task::spawn_blocking(move || folder::put(&folder, id, &bytes))
                    .await
                    .map_err(|error| Trouble::Server(error.to_string()))
                    .and_then(|put| put.map_err(|error| Trouble::Server(error.to_string())))
                    .map(|()| None)
            }
            Transport::Smtp(line) => line
                .send(&message.envelope, &message.bytes, || held.is_fresh())
                .await
                .map(Some),
        };
        let said = Said {
            subject: message.subject,
            text,
        };
        (said, outcome)
    }

    /// The message, from the row, and which text of the organisation's own it was made with.
    async fn written(
        &self,
        mail: &sql::Due,
        way: &Way,
    ) -> std::result::Result<(Message, Option<uuid::Uuid>), Trouble> {
        let refused = |problem: &str| Trouble::Refused(problem.to_owned());
        let link = match &mail.sealed {
            Some(sealed) => {
                let link = self.0.keys.unseal(&bound_to(mail.id), sealed);
                let link = link.map_err(|_| refused("its link could not be unsealed"))?;
                Some(Secret::new(link.as_str()))
            }
            None => None,
        };
        let template =
            Template::from_key(&mail.template).ok_or_else(|| refused("its template is unknown"))?;
        let facts = serde_json::from_str(&mail.facts).map_err(|error| Trouble::Refused(error.to_string()))?;
        let languages = [Some(mail.language.as_str()), way.sender.language.as_deref()];
        let chosen = async {
            let mut conn = self.0.db.read().await?;
            templates::choose(&mut conn, mail.organisation_id, template, &facts, languages).await
        };
        // Without its text no mail goes out, and another try may find it.
        let chosen = chosen.await.map_err(|error| Trouble::Server(error.to_string()))?;
        let content = Content {
            template,
            facts: &facts,
            reader: &mail.to_name,
            link: link.as_ref().map(Secret::reveal),
            look: &way.sender.look,
            is_sent: true,
        };
        let letter = templates::letter(&chosen, &content).map_err(Trouble::Refused)?;
        let message = message::build(mail, &letter, &way.sender).map_err(Trouble::Refused)?;
        Ok((message, chosen.id))
    }

    async fn settle(
        &self,
        mail: &sql::Due,
        said: &Said,
        outcome: &std::result::Result<Option<Accepted>, Trouble>,
    ) -> Result<()> {
        let now = self.0.clock.now();
        let mut tx = self.0.db.write_slice().await?;
        match outcome {
            Ok(accepted) => {
                if sql::set_sent(&mut tx, mail.id, &said.subject, said.text, now).await? {
                    let words = accepted.as_ref().map_or("", |accepted| accepted.words.as_str());
                    self.note(&mut tx, mail, "sent", words).await?;
                    self.record(&mut tx, Event::MailSent, mail).await?;
                }
            }
            Err(Trouble::Late) => {
                sql::set_queued(&mut tx, mail, now, None, false).await?;
            }
            Err(Trouble::Refused(words)) => self.give_up_on(&mut tx, mail, words).await?,
            Err(Trouble::Server(words) | Trouble::Mail(words)) => {
                tracing::warn!(mail = %mail.id, tries = mail.attempts, words, "a mail could not be sent");
                match retry::next(now, mail.attempts) {
                    Some(due) => {
                        if sql::set_queued(&mut tx, mail, due, Some(words), true).await? {
                            self.note(&mut tx, mail, "tried", words).await?;
                        }
                    }
                    None => self.give_up_on(&mut tx, mail, words).await?,
                }
            }
        }
        self.0.commit_keeping_cache(tx).await
    }

    async fn give_up_on(&self, tx: &mut database::WriteTx, mail: &sql::Due, words: &str) -> Result<()> {
        if sql::set_failed(tx, mail, words).await? {
            self.note(tx, mail, "failed", words).await?;
            self.record(tx, Event::MailFailed, mail).await?;
        }
        Ok(())
    }

    async fn note(
        &self,
        tx: &mut database::WriteTx,
        mail: &sql::Due,
        event: &str,
        words: &str,
    ) -> Result<()> {
        let now = self.0.clock.now();
        sql::add_event(tx, mail.id, self.0.random.id(now), now, event, words).await?;
        Ok(())
    }

    /// What became of a mail is recorded; of a code's mail it is part of the code's history, and told to anyone who looks
    /// at the code.
    async fn record(&self, tx: &mut database::WriteTx, event: Event, mail: &sql::Due) -> Result<()> {
        let others = match Template::from_key(&mail.template) {
            Some(template) if template.is_of_several() => sql::tokens_of(tx, mail.id).await?,
            _ => Vec::new(),
        };
        let tokens = match others.is_empty() {
            true => vec![mail.token_id],
            false => others.into_iter().map(Some).collect(),
        };
        for token in tokens {
            let entry = Entry {
                code: token,
                facts: json!({ "email": mail.to_address, "mail": mail.id }),
                ..Entry::new(event)
            };
            self.0
                .record(tx, Who::program(mail.organisation_id), entry)
                .await?;
        }
        Ok(())
    }
}

/// Why a mail waits although nothing is wrong.
const ENOUGH: &str = "This address got many mails within an hour; the next ones wait.";
