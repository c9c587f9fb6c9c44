//! The statements of files of recipients.

use chrono::{DateTime, Utc};
use database::{Conn, FromRow, Result, WriteTx};
use domain::campaigns::import::{ImportChoice, ImportOutcome, Row, Table};
use domain::{CampaignId, ImportId, JobId, OrganisationId, PersonId};

use super::PIECE;
use crate::error::{self, Fault, corrupt};

/// A file.
#[derive(Debug, Clone, FromRow)]
pub(super) struct Import {
    pub id: ImportId,
    pub campaign_id: CampaignId,
    pub file_name: String,
    pub headings: String,
    pub samples: String,
    pub mapping: Option<String>,
    pub duplicates: String,
    pub row_count: i64,
    pub added: i64,
    pub replaced: i64,
    pub skipped: i64,
    pub bad: i64,
    pub job_id: Option<JobId>,
}

pub(super) struct New<'a> {
    pub id: ImportId,
    pub campaign: CampaignId,
    pub file_name: &'a str,
    pub table: &'a Table,
    pub samples: &'a [&'a [String]],
    pub by: Option<PersonId>,
    pub now: DateTime<Utc>,
}

pub(super) async fn insert(
    tx: &mut WriteTx,
    organisation: OrganisationId,
    new: &New<'_>,
) -> error::Result<()> {
    tx.query(
        "INSERT INTO recipient_imports (id, organisation_id, campaign_id, file_name, headings, samples, duplicates, row_count,
                                        added, replaced, skipped, bad, created_at, created_by)
         VALUES ($1, $2, $3, $4, $5, $6, 'skip', $7, 0, 0, 0, 0, $8, $9)",
    )
    .bind(new.id)
    .bind(organisation)
    .bind(new.campaign)
    .bind(new.file_name.to_owned())
    .bind(text(&new.table.headings)?)
    .bind(text(&new.samples)?)
    .bind(i64::try_from(new.table.rows.len()).unwrap_or(i64::MAX))
    .bind(new.now)
    .bind(new.by)
    .run()
    .await?;
    for (number, piece) in (0..).zip(new.table.rows.chunks(PIECE)) {
        let number: i64 = number;
        tx.query("INSERT INTO recipient_import_pieces (import_id, number, content) VALUES ($1, $2, $3)")
            .bind(new.id)
            .bind(number)
            .bind(text(&piece)?)
            .run()
            .await?;
    }
    Ok(())
}

fn text(value: &impl serde::Serialize) -> error::Result<String> {
    Ok(serde_json::to_string(value).map_err(Fault::new)?)
}

const IMPORT: &str =
    "SELECT id, campaign_id, file_name, headings, samples, mapping, duplicates, row_count, added, replaced,
           skipped, bad, job_id FROM recipient_imports";

/// A file of a campaign that was found within the caller's scope.
pub(super) async fn by_id(conn: &mut Conn, campaign: CampaignId, id: ImportId) -> Result<Option<Import>> {
    conn.query(database::Sql::pieces(&[
        IMPORT,
        "WHERE id = $1 AND campaign_id = $2",
    ]))
    .bind(id)
    .bind(campaign)
    .optional()
    .await
}

/// The same for a job, which has been asked for already.
pub(super) async fn found(conn: &mut Conn, id: ImportId) -> Result<Option<Import>> {
    conn.query(database::Sql::pieces(&[IMPORT, "WHERE id = $1"]))
        .bind(id)
        .optional()
        .await
}

/// What the columns of earlier files held: of this campaign's first, then of the organisation's.
pub(super) async fn remembered(
    conn: &mut Conn,
    organisation: OrganisationId,
    campaign: CampaignId,
) -> Result<Option<Vec<String>>> {
    let own: Vec<(Option<String>,)> = conn
        .query(
            "SELECT mapping FROM recipient_imports WHERE campaign_id = $1 AND started_at IS NOT NULL
             ORDER BY id DESC LIMIT 5",
        )
        .bind(campaign)
        .all()
        .await?;
    let others: Vec<(Option<String>,)> = conn
        .query(
            "SELECT mapping FROM recipient_imports WHERE organisation_id = $1 AND started_at IS NOT NULL
             ORDER BY id DESC LIMIT 5",
        )
        .bind(organisation)
        .all()
        .await?;
    let all: Vec<String> = own
        .into_iter()
        .chain(others)
        .filter_map(|(mapping,)| mapping)
        .collect();
    Ok((!all.is_empty()).then_some(all))
}

pub(super) async fn choose(tx: &mut WriteTx, id: ImportId, choice: &ImportChoice) -> error::Result<()> {
    let mapping = serde_json::to_string(&choice.mapping).map_err(Fault::new)?;
    tx.query("UPDATE recipient_imports SET mapping = $2, duplicates = $3 WHERE id = $1")
        .bind(id)
        .bind(mapping)
        .bind(choice.duplicates.key())
        .run()
        .await?;
    Ok(())
}

pub(super) async fn set_started(
    tx: &mut WriteTx,
    id: ImportId,
    job: JobId,
    now: DateTime<Utc>,
) -> Result<()> {
    tx.query("UPDATE recipient_imports SET job_id = $2, started_at = $3 WHERE id = $1")
        .bind(id)
        .bind(job)
        .bind(now)
        .run()
        .await?;
    Ok(())
}

/// The rows of a piece.
pub(super) async fn piece(conn: &mut Conn, id: ImportId, number: i64) -> error::Result<Option<Vec<Row>>> {
    let found: Option<(String,)> = conn
        .query("SELECT content FROM recipient_import_pieces WHERE import_id = $1 AND number = $2")
        .bind(id)
        .bind(number)
        .optional()
        .await?;
    found
        .map(|(content,)| serde_json::from_str(&content))
        .transpose()
        .map_err(|_| corrupt("recipient_import_pieces", "content", id))
}

pub(super) async fn count(tx: &mut WriteTx, id: ImportId, outcome: ImportOutcome) -> Result<()> {
    tx.query(
        "UPDATE recipient_imports SET added = added + $2, replaced = replaced + $3, skipped = skipped + $4, bad = bad + $5
         WHERE id = $1",
    )
    .bind(id)
    .bind(outcome.added)
    .bind(outcome.replaced)
    .bind(outcome.skipped)
    .bind(outcome.bad)
    .run()
    .await?;
    Ok(())
}

/// Removes the rows of files from before a time, but not while a job needs them.
pub(super) async fn sweep(tx: &mut WriteTx, before: DateTime<Utc>) -> Result<()> {
    tx.query(
        "DELETE FROM recipient_import_pieces WHERE import_id IN (
             SELECT i.id FROM recipient_imports i LEFT JOIN jobs j ON j.id = i.job_id
             WHERE i.created_at < $1 AND (j.id IS NULL OR j.finished_at IS NOT NULL))",
    )
    .bind(before)
    .run()
    .await?;
    tx.query("UPDATE recipient_imports SET samples = '[]' WHERE created_at < $1 AND samples <> '[]'")
        .bind(before)
        .run()
        .await?;
    Ok(())
}
