//! The statements of jobs.

use chrono::{DateTime, Utc};
use database::{Conn, FromRow, Part, Result, Sql, WriteTx};
use domain::jobs::{JobState, Progress};
use domain::{JobId, OrganisationId, PersonId, TokenId};
use uuid::Uuid;

use super::Subject;

/// An open job.
#[derive(Debug, Clone, FromRow)]
pub(crate) struct Job {
    pub id: JobId,
    pub organisation_id: OrganisationId,
    pub kind: String,
    pub token_id: Option<TokenId>,
    pub subject_id: Option<Uuid>,
    pub total: i64,
    pub done: i64,
}

#[expect(clippy::too_many_arguments, reason = "the columns of the row, each once")]
pub(super) async fn insert(
    tx: &mut WriteTx,
    id: JobId,
    organisation: OrganisationId,
    kind: &'static str,
    subject: Subject,
    total: i64,
    by: Option<PersonId>,
    now: DateTime<Utc>,
) -> Result<()> {
    let (token, row) = match subject {
        Subject::Token(token) => (Some(token), None),
        Subject::Row(row) => (None, Some(row)),
    };
    tx.query(
        "INSERT INTO jobs (id, organisation_id, kind, token_id, subject_id, total, done, created_at, created_by)
         VALUES ($1, $2, $3, $4, $5, $6, 0, $7, $8)",
    )
    .bind(id)
    .bind(organisation)
    .bind(kind)
    .bind(token)
    .bind(row)
    .bind(total)
    .bind(now)
    .bind(by)
    .run()
    .await?;
    Ok(())
}

pub(super) async fn by_id(conn: &mut Conn, organisation: OrganisationId, id: JobId) -> Result<Option<Job>> {
    conn.query(
        "SELECT id, organisation_id, kind, token_id, subject_id, total, done FROM jobs
         WHERE id = $1 AND organisation_id = $2",
    )
    .bind(id)
    .bind(organisation)
    .optional()
    .await
}

/// Takes the open job whose turn was longest ago and that does not rest, for as long as the transaction lasts.
///
/// The engines differ because on PostgreSQL several servers take jobs: what one has taken the others pass by.
pub(super) async fn take(tx: &mut WriteTx, now: DateTime<Utc>) -> Result<Option<Job>> {
    let others = tx.either("", "FOR UPDATE SKIP LOCKED");
    let oldest = "SELECT id, organisation_id, kind, token_id, subject_id, total, done FROM jobs
                  WHERE finished_at IS NULL AND (rests_until IS NULL OR rests_until <= $1)
                  ORDER BY COALESCE(turn_at, created_at), id LIMIT 1";
    tx.query(Sql::pieces(&[oldest, others]))
        .bind(now)
        .optional()
        .await
}

/// Lets a job rest.
pub(super) async fn rest(tx: &mut WriteTx, id: JobId, until: DateTime<Utc>) -> Result<()> {
    tx.query("UPDATE jobs SET rests_until = $2 WHERE id = $1")
        .bind(id)
        .bind(until)
        .run()
        .await?;
    Ok(())
}

/// Counts pieces done; ends the job with the last one.
pub(super) async fn advance(tx: &mut WriteTx, job: &Job, by: i64, now: DateTime<Utc>) -> Result<()> {
    tx.query(
        "UPDATE jobs SET done = done + $2, rests_until = NULL, turn_at = $3,
                         finished_at = CASE WHEN done + $2 >= total THEN $3 ELSE NULL END
         WHERE id = $1",
    )
    .bind(job.id)
    .bind(by)
    .bind(now)
    .run()
    .await?;
    Ok(())
}

/// Stops an open job and says how far it had come: as it is after a slice that may have been waited for.
pub(super) async fn cancel(
    tx: &mut WriteTx,
    organisation: OrganisationId,
    id: JobId,
    now: DateTime<Utc>,
) -> Result<Option<Job>> {
    tx.query(
        "UPDATE jobs SET cancelled_at = $3, finished_at = $3
         WHERE id = $1 AND organisation_id = $2 AND finished_at IS NULL
         RETURNING id, organisation_id, kind, token_id, subject_id, total, done",
    )
    .bind(id)
    .bind(organisation)
    .bind(now)
    .optional()
    .await
}

#[derive(FromRow)]
struct Far {
    total: i64,
    done: i64,
    cancelled_at: Option<DateTime<Utc>>,
    finished_at: Option<DateTime<Utc>>,
}

pub(super) async fn progress(
    conn: &mut Conn,
    organisation: OrganisationId,
    id: JobId,
) -> Result<Option<Progress>> {
    let far: Option<Far> = conn
        .query(
            "SELECT total, done, cancelled_at, finished_at FROM jobs WHERE id = $1 AND organisation_id = $2",
        )
        .bind(id)
        .bind(organisation)
        .optional()
        .await?;
    Ok(far.map(|far| Progress {
        id,
        done: far.done,
        total: far.total,
        state: match (far.cancelled_at, far.finished_at) {
            (Some(_), _) => JobState::Cancelled,
            (None, Some(_)) => JobState::Done,
            (None, None) => JobState::Running,
        },
    }))
}

#[derive(FromRow)]
struct OpenRow {
    id: JobId,
    token_id: TokenId,
    total: i64,
    done: i64,
}

pub(super) async fn of_tokens(
    conn: &mut Conn,
    organisation: OrganisationId,
    tokens: &[TokenId],
) -> Result<Vec<(TokenId, Progress)>> {
    if tokens.is_empty() {
        return Ok(Vec::new());
    }
    let mut query = conn
        .query(Sql::parts(&[
            Part::Text(
                "SELECT id, token_id, total, done FROM jobs
                 WHERE finished_at IS NULL AND organisation_id = $1 AND token_id IN",
            ),
            Part::Values {
                first: 2,
                count: tokens.len(),
            },
        ]))
        .bind(organisation);
    for token in tokens {
        query = query.bind(*token);
    }
    let rows: Vec<OpenRow> = query.all().await?;
    Ok(rows
        .into_iter()
        .map(|row| {
            (
                row.token_id,
                Progress {
                    id: row.id,
                    done: row.done,
                    total: row.total,
                    state: JobState::Running,
                },
            )
        })
        .collect())
}
