//! Long work: it runs in the background, in slices, shows how far it is and can be stopped.
//!
//! A job takes no input but its own row and does what is left to do from the current state, so that it can be
//! cut off at any instant and go on. It is woken by the clock and by the use case that made work.

mod sql;

use std::pin::Pin;
use std::time::Duration;

use chrono::TimeDelta;
use database::{Conn, WriteTx};
use domain::jobs::{JobState, Progress};
use domain::{JobId, OrganisationId, PersonId, TokenId};

pub(crate) use sql::Job;

use crate::caller::Caller;
use crate::error::{Result, corrupt};
use crate::{Backend, tokens};
use domain::{Permission, Refusal};
use uuid::Uuid;

/// How long a job rests after a slice of it failed, so that it does not stand in the way of others.
const REST: TimeDelta = TimeDelta::seconds(30);

/// What a job does, and what it takes: a future that lives as long as what it was given.
type Doing<'a, T> = Pin<Box<dyn Future<Output = Result<T>> + Send + 'a>>;

/// A kind of long work, as its feature registers it in `kinds`.
pub(crate) struct JobKind {
    /// The word in the database.
    pub key: &'static str,
    /// What somebody must be allowed to who stops it.
    pub permission: Permission,
    /// Answers like an unknown id where a caller may not see what it is about.
    pub is_seen: for<'a> fn(&'a mut Conn, &'a Backend, &'a Caller, &'a Job) -> Doing<'a, ()>,
    /// Does the next slice, and says how many pieces that were.
    pub work: for<'a> fn(&'a mut WriteTx, &'a Backend, &'a Job) -> Doing<'a, i64>,
    /// Records that somebody stopped it.
    pub record_cancelled: for<'a> fn(&'a mut WriteTx, &'a Backend, &'a Caller, &'a Job) -> Doing<'a, ()>,
}

impl JobKind {
    /// For work whose every piece is recorded with what it was done to: that it was stopped says nothing more.
    pub(crate) fn nothing_to_record<'a>(
        _: &'a mut WriteTx,
        _: &'a Backend,
        _: &'a Caller,
        _: &'a Job,
    ) -> Doing<'a, ()> {
        Box::pin(std::future::ready(Ok(())))
    }
}

/// What a job is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Subject {
    /// A token.
    Token(TokenId),
    /// A row of the feature whose job it is.
    Row(Uuid),
}

impl Job {
    fn kind(&self, backend: &Backend) -> Result<&'static JobKind> {
        let mut kinds = backend.job_kinds.iter();
        kinds
            .find(|kind| kind.key == self.kind)
            .copied()
            .ok_or_else(|| corrupt("jobs", "kind", self.id))
    }

    /// The token that it is about.
    pub(crate) fn token(&self) -> Result<TokenId> {
        self.token_id.ok_or_else(|| corrupt("jobs", "token_id", self.id))
    }

    /// The row that it is about.
    pub(crate) fn row(&self) -> Result<Uuid> {
        self.subject_id
            .ok_or_else(|| corrupt("jobs", "subject_id", self.id))
    }
}

/// Starts a job, in the transaction that causes it.
pub(crate) async fn start(
    tx: &mut WriteTx,
    backend: &Backend,
    organisation: OrganisationId,
    kind: &JobKind,
    subject: Subject,
    total: i64,
    by: Option<PersonId>,
) -> Result<Progress> {
    let now = backend.clock.now();
    let id = JobId(backend.random.id(now));
    sql::insert(tx, id, organisation, kind.key, subject, total, by, now).await?;
    Ok(Progress {
        id,
        done: 0,
        total,
        state: JobState::Running,
    })
}

/// The open jobs of some tokens.
pub(crate) async fn of_tokens(
    conn: &mut Conn,
    organisation: OrganisationId,
    tokens: &[TokenId],
) -> Result<Vec<(TokenId, Progress)>> {
    Ok(sql::of_tokens(conn, organisation, tokens).await?)
}

/// How far a job is, or how it ended.
pub(crate) async fn progress(
    conn: &mut Conn,
    organisation: OrganisationId,
    id: JobId,
) -> Result<Option<Progress>> {
    Ok(sql::progress(conn, organisation, id).await?)
}

/// The view on jobs.
pub struct Jobs<'a>(&'a Backend);

impl Backend {
    /// Long work.
    pub fn jobs(&self) -> Jobs<'_> {
        Jobs(self)
    }
}

impl Jobs<'_> {
    /// How far a job of an access token is, or how it ended.
    ///
    /// # Errors
    /// [`Refusal::Forbidden`]; [`Refusal::NotFound`] for a token or a job that is not the caller's, and for the job of
    /// another token.
    pub async fn of_token(&self, caller: &Caller, token: TokenId, id: JobId) -> Result<Progress> {
        caller.may(Permission::TokensRead)?;
        self.progress_of(caller, token, id).await
    }

    /// Stops a job of an access token; what it has done stays. The answer is for anyone who may manage tokens, and may have no
    /// permission to see all others.
    ///
    /// # Errors
    /// As [`of_token`](Self::of_token) and [`cancel`](Self::cancel).
    pub async fn cancel_of_token(&self, caller: &Caller, token: TokenId, id: JobId) -> Result<Progress> {
        caller.may(Permission::TokensManage)?;
        // A job is found under its own token alone. Which one that is never changes.
        self.progress_of(caller, token, id).await?;
        self.cancel(caller, id).await?;
        self.progress_of(caller, token, id).await
    }

    async fn progress_of(&self, caller: &Caller, token: TokenId, id: JobId) -> Result<Progress> {
        let mut conn = self.0.db.read().await?;
        tokens::load(&mut conn, self.0, &caller.scope, token)
            .await?
            .ok_or(Refusal::NotFound)?;
        let organisation = caller.organisation();
        sql::by_id(&mut conn, organisation, id)
            .await?
            .filter(|job| job.token_id == Some(token))
            .ok_or(Refusal::NotFound)?;
        let progress = sql::progress(&mut conn, organisation, id).await?;
        Ok(progress.ok_or(Refusal::NotFound)?)
    }

    /// Stops a job of the organisation; what it has done stays.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] when there is no such job, [`Refusal::Conflict`] when it has ended.
    pub async fn cancel(&self, caller: &Caller, id: JobId) -> Result<()> {
        let permissions: Vec<_> = self.0.job_kinds.iter().map(|kind| kind.permission).collect();
        caller.may_any(&permissions)?;
        let mut tx = self.0.db.write().await?;
        let now = self.0.clock.now();
        let organisation = caller.organisation();
        let found = sql::by_id(&mut tx, organisation, id)
            .await?
            .ok_or(Refusal::NotFound)?;
        let kind = found.kind(self.0)?;
        caller.may(kind.permission)?;
        (kind.is_seen)(&mut tx, self.0, caller, &found).await?;
        let Some(job) = sql::cancel(&mut tx, organisation, id, now).await? else {
            return Err(Refusal::Conflict("This has ended already.".into()).into());
        };
        (kind.record_cancelled)(&mut tx, self.0, caller, &job).await?;
        self.0.commit(tx).await
    }

    /// Works on jobs until the program ends.
    pub async fn run(&self) {
        let mut has_worked = false;
        loop {
            match self.run_one_slice().await {
                Ok(true) => has_worked = true,
                Ok(false) => {
                    if std::mem::take(&mut has_worked)
                        && let Err(error) = self.0.db.release_memory().await
                    {
                        tracing::warn!(%error, "what a job filled memory with is kept for now");
                    }
                    let _ = tokio::time::timeout(Duration::from_secs(2), self.0.job_woken.notified()).await;
                }
                Err(error) => {
                    tracing::warn!(%error, "a job could not go on; trying again");
                    tokio::time::sleep(Duration::from_secs(1)).await;
                }
            }
        }
    }

    /// Does one slice of the open job whose turn was longest ago; `false` when there is none. The job is taken, worked on and counted
    /// in one transaction: a server that dies in the middle has taken nothing.
    ///
    /// # Errors
    /// A fault; the job is tried again when it has rested.
    pub async fn run_one_slice(&self) -> Result<bool> {
        let now = self.0.clock.now();
        let mut tx = self.0.db.write_slice().await?;
        let Some(job) = sql::take(&mut tx, now).await? else {
            return Ok(false);
        };
        let worked = self.work(tx, &job).await;
        if let Err(error) = &worked {
            tracing::warn!(job = %job.id, %error, "a slice of a job failed; it rests");
            let mut tx = self.0.db.write().await?;
            sql::rest(&mut tx, job.id, self.0.clock.now() + REST).await?;
            tx.commit().await?;
        }
        worked.map(|()| true)
    }

    async fn work(&self, mut tx: WriteTx, job: &Job) -> Result<()> {
        let done = (job.kind(self.0)?.work)(&mut tx, self.0, job).await?;
        sql::advance(&mut tx, job, done, self.0.clock.now()).await?;
        self.0.commit(tx).await
    }
}
