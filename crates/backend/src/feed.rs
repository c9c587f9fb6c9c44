//! The feed: tells listening browsers what changed.
//!
//! The audit log is the feed: every change and every use is in it, written in its own transaction, by the server that
//! made it. Each server reads the new entries (at once after a commit of its own, else four times a second on
//! PostgreSQL) and sends them to the listeners of that organisation.
//!
//! On PostgreSQL entries become visible in the order of their commits, not of their ids, so each read goes back a
//! little and skips what was already sent. SQLite has one writer, whose ids and commits agree.

use std::collections::{HashSet, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::TimeDelta;
use domain::OrganisationId;
use domain::feed::Change;
use domain::tokens::Family;
use tokio::sync::{Notify, broadcast};
use uuid::Uuid;

use crate::audit;
use crate::clock::Random;
use crate::{Backend, Result, Scope, collections, mail, people, tokens};

/// How many changes a listener may fall behind before it is told to reload everything.
const KEPT: usize = 1024;

/// How far each read goes back: longer than any write transaction stays open, and more than the clocks of two servers
/// differ.
const LOOK_BACK: TimeDelta = TimeDelta::seconds(15);

/// The shortest and longest pause after a read.
const GATHER: Duration = Duration::from_millis(30);
const LONGEST: Duration = Duration::from_millis(700);

/// Where events are published.
#[derive(Clone)]
pub(crate) struct Feed {
    sender: broadcast::Sender<(OrganisationId, Change)>,
    woken: Arc<Notify>,
}

impl Default for Feed {
    fn default() -> Self {
        Self {
            sender: broadcast::channel(KEPT).0,
            woken: Arc::default(),
        }
    }
}

impl Feed {
    pub(crate) fn wake(&self) {
        self.woken.notify_one();
    }
}

/// A listener.
pub struct Listener {
    backend: Backend,
    scope: Scope,
    receiver: broadcast::Receiver<(OrganisationId, Change)>,
}

impl Listener {
    /// The next change in the organisation; `None` when the program ends.
    pub async fn next(&mut self) -> Option<Change> {
        loop {
            match self.receiver.recv().await {
                Ok((organisation, change)) => {
                    if let Some(change) = self.seen(organisation, change).await {
                        return Some(change);
                    }
                }
                Err(broadcast::error::RecvError::Lagged(_)) => return Some(Change::Everything),
                Err(broadcast::error::RecvError::Closed) => return None,
            }
        }
    }

    /// What the listener may be told about a change. A listener limited to a department is told about what belongs to
    /// it at this moment.
    async fn seen(&self, organisation: OrganisationId, change: Change) -> Option<Change> {
        if self.scope.is_whole() {
            let theirs = self.scope.whole_organisation("the department is asked for below");
            return (organisation == theirs).then_some(change);
        }
        match self.seen_in_department(organisation, change).await {
            Ok(seen) => seen,
            Err(error) => {
                tracing::warn!(%error, "what somebody may be told could not be found out");
                Some(Change::Everything)
            }
        }
    }

    async fn seen_in_department(
        &self,
        organisation: OrganisationId,
        change: Change,
    ) -> Result<Option<Change>> {
        let mut conn = self.backend.db.read().await?;
        let conn = &mut conn;
        if !self.scope.is_of(organisation) {
            return Ok(None);
        }
        let is_seen = match change {
            Change::Everything | Change::Person { id: None, .. } => true,
            Change::Mail { id, .. } => mail::is_in(conn, &self.scope, id).await?,
            // A session belongs to the department of its person.
            Change::Token {
                family: Family::Mobile,
                person: Some(person),
                ..
            } => people::is_in(conn, &self.scope, person).await?,
            Change::Token { id, .. } => tokens::load(conn, &self.backend, &self.scope, id)
                .await?
                .is_some(),
            Change::Collection { id, .. } => collections::head(conn, &self.scope, id).await?.is_some(),
            Change::Person { id: Some(id), .. } => people::is_in(conn, &self.scope, id).await?,
        };
        let told = match change {
            Change::Token {
                id,
                family,
                code,
                new,
                person: Some(person),
                collection,
            } if !people::is_in(conn, &self.scope, person).await? => Change::Token {
                id,
                family,
                code,
                new,
                person: None,
                collection,
            },
            other => other,
        };
        Ok(is_seen.then_some(told))
    }
}

/// The listening side of the organisation's feed.
pub struct FeedView<'a>(&'a Backend);

impl Backend {
    /// Changes as they happen.
    pub fn feed(&self) -> FeedView<'_> {
        FeedView(self)
    }
}

impl FeedView<'_> {
    /// Starts listening to an organisation's changes.
    pub fn subscribe(&self, scope: Scope) -> Listener {
        Listener {
            backend: self.0.clone(),
            scope,
            receiver: self.0.feed.sender.subscribe(),
        }
    }

    /// Reads new entries and publishes them, until the program ends.
    pub async fn run(&self) {
        let pause = if self.0.db.is_shared() {
            Duration::from_millis(250)
        } else {
            Duration::from_secs(1)
        };
        let mut position = self.position_now();
        loop {
            let _ = tokio::time::timeout(pause, self.0.feed.woken.notified()).await;
            if self.0.feed.sender.receiver_count() == 0 {
                // A new listener loads everything first, so it misses nothing that is skipped here.
                position = self.position_now();
                continue;
            }
            let began = Instant::now();
            if let Err(error) = self.tell_new(&mut position).await {
                tracing::warn!(%error, "the audit log could not be read; trying again");
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
            // However much happens, publishing takes a tenth of the time at most, and many commits lead to one read.
            tokio::time::sleep((began.elapsed() * 9).clamp(GATHER, LONGEST)).await;
        }
    }

    /// Where to read from for what happens from now on. Entries of transactions that are open now have older ids.
    fn position_now(&self) -> Position {
        let open = if self.0.db.is_shared() {
            LOOK_BACK
        } else {
            TimeDelta::zero()
        };
        Position::starting_at(first_id_at(self.0.random, self.0.clock.now() - open))
    }

    async fn tell_new(&self, position: &mut Position) -> Result<()> {
        let mut conn = self.0.db.read().await?;
        let back = if self.0.db.is_shared() {
            LOOK_BACK
        } else {
            TimeDelta::zero()
        };
        let mut after = position.look_from(first_id_at(self.0.random, self.0.clock.now() - back));
        loop {
            let entries = audit::heard_since(&mut conn, after).await?;
            let full = entries.len() == 1000;
            for (id, organisation, change) in entries {
                after = id;
                if position.is_new(id)
                    && let Some(change) = change
                {
                    // Having no listeners is not an error.
                    let _ = self.0.feed.sender.send((organisation, change));
                }
            }
            if !full {
                return Ok(());
            }
        }
    }
}

/// How far the log was read, and what of it was already sent.
struct Position {
    /// Nothing before this is sent.
    start: Uuid,
    /// The last entry that was sent.
    last: Uuid,
    told: HashSet<Uuid>,
    order: VecDeque<Uuid>,
}

impl Position {
    fn starting_at(start: Uuid) -> Self {
        Self {
            start,
            last: start,
            told: HashSet::new(),
            order: VecDeque::new(),
        }
    }

    /// Where to read from: at least as far back as asked, and never past an entry that was not yet sent, even when the
    /// clock was set. Forgets what lies before.
    fn look_from(&mut self, back: Uuid) -> Uuid {
        let from = back.min(self.last).max(self.start);
        while self.order.front().is_some_and(|id| *id < from) {
            if let Some(id) = self.order.pop_front() {
                self.told.remove(&id);
            }
        }
        from
    }

    fn is_new(&mut self, id: Uuid) -> bool {
        let new = self.told.insert(id);
        if new {
            self.order.push_back(id);
            self.last = self.last.max(id);
        }
        new
    }
}

/// The lowest id of an instant.
fn first_id_at(random: Random, at: chrono::DateTime<chrono::Utc>) -> Uuid {
    let mut bytes = random.id(at).into_bytes();
    bytes[6] = 0x70;
    bytes[7] = 0;
    bytes[8] = 0x80;
    bytes[9..].fill(0);
    Uuid::from_bytes(bytes)
}
