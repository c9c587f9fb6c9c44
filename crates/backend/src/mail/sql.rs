//! The outbox's statements.

use chrono::{DateTime, Utc};
use database::{Conn, FromRow, Result, WriteTx};
use domain::mail::MailState;
use domain::{MailId, OrganisationId, TokenId};

use uuid::Uuid;

use super::NewMail;

pub(super) async fn insert(
    tx: &mut WriteTx,
    id: MailId,
    mail: &NewMail,
    sealed: Option<Vec<u8>>,
    now: DateTime<Utc>,
) -> Result<()> {
    tx.query(
        "INSERT INTO mails (id, organisation_id, to_address, to_name, template, facts, sealed, token_id, state,
                            attempts, due_at, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'queued', 0, $9, $9)",
    )
    .bind(id)
    .bind(mail.organisation)
    .bind(mail.to.to_string())
    .bind(mail.to_name.clone())
    .bind(mail.template.key())
    .bind(mail.facts.to_string())
    .bind(sealed)
    .bind(mail.token)
    .bind(now)
    .run()
    .await?;
    Ok(())
}

/// One that is being sent at this moment may still go out; then [`set_sent`] says so.
pub(super) async fn cancel(tx: &mut WriteTx, id: MailId) -> Result<()> {
    tx.query("UPDATE mails SET state = 'cancelled', sealed = NULL WHERE id = $1 AND state IN ('queued', 'sending')")
        .bind(id)
        .run()
        .await?;
    Ok(())
}

pub(super) async fn state(conn: &mut Conn, id: MailId) -> Result<Option<MailState>> {
    let row: Option<(String,)> = conn
        .query("SELECT state FROM mails WHERE id = $1")
        .bind(id)
        .optional()
        .await?;
    Ok(row.and_then(|(state,)| MailState::from_word(&state)))
}

#[derive(FromRow)]
pub(super) struct Due {
    pub id: MailId,
    pub organisation_id: OrganisationId,
    pub token_id: Option<TokenId>,
    pub to_address: String,
    pub to_name: String,
    pub template: String,
    pub facts: String,
    pub sealed: Option<Vec<u8>>,
    pub attempts: i64,
    pub created_at: DateTime<Utc>,
}

pub(super) async fn is_any_due(conn: &mut Conn, now: DateTime<Utc>) -> Result<bool> {
    let row: Option<(MailId,)> = conn
        .query("SELECT id FROM mails WHERE state IN ('queued', 'sending') AND due_at <= $1 ORDER BY due_at, id LIMIT 1")
        .bind(now)
        .optional()
        .await?;
    Ok(row.is_some())
}

/// Takes the mail that waits longest. The guard stands twice: between finding a row and taking it, another
/// server may have taken it.
pub(super) async fn take(tx: &mut WriteTx, now: DateTime<Utc>, until: DateTime<Utc>) -> Result<Option<Due>> {
    tx.query(
        "UPDATE mails SET state = 'sending', attempts = attempts + 1, due_at = $2
         WHERE id = (SELECT id FROM mails WHERE state IN ('queued', 'sending') AND due_at <= $1
                     ORDER BY due_at, id LIMIT 1)
           AND state IN ('queued', 'sending') AND due_at <= $1
         RETURNING id, organisation_id, token_id, to_address, to_name, template, facts, sealed, attempts, created_at",
    )
    .bind(now)
    .bind(until)
    .optional()
    .await
}

pub(super) async fn set_sent(tx: &mut WriteTx, id: MailId, now: DateTime<Utc>) -> Result<()> {
    tx.query(
        "UPDATE mails SET state = 'sent', sent_at = $2, sealed = NULL, problem = NULL
         WHERE id = $1 AND state IN ('sending', 'cancelled', 'failed')",
    )
    .bind(id)
    .bind(now)
    .run()
    .await?;
    Ok(())
}

pub(super) async fn set_queued(
    tx: &mut WriteTx,
    id: MailId,
    due: DateTime<Utc>,
    problem: &str,
) -> Result<()> {
    tx.query(
        "UPDATE mails SET state = 'queued', due_at = $2, problem = $3 WHERE id = $1 AND state = 'sending'",
    )
    .bind(id)
    .bind(due)
    .bind(problem.to_owned())
    .run()
    .await?;
    Ok(())
}

pub(super) async fn set_failed(tx: &mut WriteTx, id: MailId, problem: &str) -> Result<()> {
    tx.query(
        "UPDATE mails SET state = 'failed', sealed = NULL, problem = $2 WHERE id = $1 AND state = 'sending'",
    )
    .bind(id)
    .bind(problem.to_owned())
    .run()
    .await?;
    Ok(())
}

pub(super) async fn give_up(tx: &mut WriteTx, organisation: OrganisationId, problem: &str) -> Result<()> {
    tx.query(
        "UPDATE mails SET state = 'failed', sealed = NULL, problem = $2
         WHERE organisation_id = $1 AND state IN ('queued', 'sending')",
    )
    .bind(organisation)
    .bind(problem.to_owned())
    .run()
    .await?;
    Ok(())
}

pub(super) async fn waiting_with_link(
    conn: &mut Conn,
    organisation: OrganisationId,
) -> Result<Vec<(MailId, TokenId)>> {
    conn.query(
        "SELECT id, token_id FROM mails
         WHERE state IN ('queued', 'sending') AND organisation_id = $1 AND token_id IS NOT NULL",
    )
    .bind(organisation)
    .all()
    .await
}

/// The next key that links were sealed with: a sealed text begins with its number.
pub(super) async fn next_key(conn: &mut Conn, after: &[u8]) -> Result<Option<Vec<u8>>> {
    let row: Option<(Vec<u8>,)> = conn
        .query(
            "SELECT substr(sealed, 1, 8) FROM mails WHERE sealed IS NOT NULL AND substr(sealed, 1, 8) > $1
             ORDER BY substr(sealed, 1, 8) LIMIT 1",
        )
        .bind(after.to_vec())
        .optional()
        .await?;
    Ok(row.map(|(key,)| key))
}

pub(super) async fn count_with_key(conn: &mut Conn, key: &[u8]) -> Result<i64> {
    conn.query("SELECT COUNT(*) FROM mails WHERE sealed IS NOT NULL AND substr(sealed, 1, 8) = $1")
        .bind(key.to_vec())
        .number()
        .await
}

pub(super) async fn sealed_with_key(
    conn: &mut Conn,
    key: &[u8],
    after: Uuid,
    most: i64,
) -> Result<Vec<(MailId, Vec<u8>)>> {
    conn.query(
        "SELECT id, sealed FROM mails WHERE sealed IS NOT NULL AND substr(sealed, 1, 8) = $1 AND id > $2
         ORDER BY id LIMIT $3",
    )
    .bind(key.to_vec())
    .bind(after)
    .bind(most)
    .all()
    .await
}

/// Seals a link anew; not if the one that was read is gone by now.
pub(super) async fn move_sealed(tx: &mut WriteTx, id: MailId, read: &[u8], sealed: Vec<u8>) -> Result<bool> {
    let moved = tx
        .query("UPDATE mails SET sealed = $2 WHERE id = $1 AND sealed = $3")
        .bind(id)
        .bind(sealed)
        .bind(read.to_vec())
        .run()
        .await?;
    Ok(moved == 1)
}
