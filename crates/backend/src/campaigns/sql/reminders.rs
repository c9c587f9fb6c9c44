//! The statements of what time does to campaigns.

use chrono::{DateTime, Utc};
use database::{Conn, FromRow, Result, Sql, WriteTx};
use domain::{CampaignId, MailId, OrganisationId, RecipientId, TokenId};

use super::ToSend;

pub(in super::super) async fn starts_due(conn: &mut Conn, now: DateTime<Utc>) -> Result<bool> {
    let due: Option<(CampaignId,)> = conn
        .query("SELECT id FROM campaigns WHERE starts_at IS NOT NULL AND starts_at <= $1 LIMIT 1")
        .bind(now)
        .optional()
        .await?;
    Ok(due.is_some())
}

/// Takes a campaign whose time has come. On PostgreSQL what another server has taken is passed by.
pub(in super::super) async fn take_start(
    tx: &mut WriteTx,
    now: DateTime<Utc>,
) -> Result<Option<(CampaignId, OrganisationId)>> {
    let others = tx.either("", "FOR UPDATE SKIP LOCKED");
    tx.query(Sql::pieces(&[
        "SELECT id, organisation_id FROM campaigns WHERE starts_at IS NOT NULL AND starts_at <= $1
         ORDER BY starts_at LIMIT 1",
        others,
    ]))
    .bind(now)
    .optional()
    .await
}

pub(in super::super) async fn set_start(
    tx: &mut WriteTx,
    id: CampaignId,
    at: Option<DateTime<Utc>>,
    anyway: bool,
) -> Result<()> {
    tx.query("UPDATE campaigns SET starts_at = $2, starts_anyway = $3 WHERE id = $1")
        .bind(id)
        .bind(at)
        .bind(anyway)
        .run()
        .await?;
    Ok(())
}

pub(in super::super) async fn reminders_due(conn: &mut Conn, now: DateTime<Utc>) -> Result<bool> {
    let due: Option<(RecipientId,)> = conn
        .query("SELECT id FROM campaign_recipients WHERE remind_at IS NOT NULL AND remind_at <= $1 LIMIT 1")
        .bind(now)
        .optional()
        .await?;
    Ok(due.is_some())
}

/// A recipient whose reminder is due, and what speaks against it.
#[derive(Debug, Clone, FromRow)]
pub(in super::super) struct DueReminder {
    pub recipient_id: RecipientId,
    pub organisation_id: OrganisationId,
    pub campaign_id: CampaignId,
    pub token_id: TokenId,
    pub name: String,
    pub email: String,
    pub language: String,
    pub reminded: i64,
    pub columns: String,
    pub is_claimed: bool,
    pub is_suspended: bool,
    pub is_cancelled: bool,
}

impl DueReminder {
    pub(in super::super) fn to_send(&self) -> ToSend {
        ToSend {
            id: self.recipient_id,
            token_id: self.token_id,
            name: self.name.clone(),
            email: self.email.clone(),
            language: self.language.clone(),
            reminded: self.reminded,
            columns: self.columns.clone(),
        }
    }
}

/// What is read of recipients whose reminder is due.
const DUE: &str =
    "SELECT r.id AS recipient_id, r.organisation_id, r.campaign_id, r.token_id, r.name, r.email, r.language,
                r.reminded, r.columns, r.credential_id IS NOT NULL AS is_claimed,
                t.suspended_at IS NOT NULL AS is_suspended, o.cancelled_at IS NOT NULL AS is_cancelled
         FROM campaign_recipients r
         JOIN campaigns c ON c.id = r.campaign_id
         JOIN tokens t ON t.id = r.token_id
         JOIN organisations o ON o.id = r.organisation_id
         WHERE r.remind_at IS NOT NULL AND r.remind_at <= $1";

/// Takes reminders that are due. On PostgreSQL what another server has taken is passed by. Of those who share an address
/// and a mail the first is taken alone, and whoever takes it takes the others by [`take_companions`].
pub(in super::super) async fn take_reminders(
    tx: &mut WriteTx,
    now: DateTime<Utc>,
    most: i64,
) -> Result<Vec<DueReminder>> {
    let others = tx.either("", "FOR UPDATE OF r SKIP LOCKED");
    tx.query(Sql::pieces(&[
        DUE,
        "AND NOT (c.grouped AND EXISTS (
             SELECT 1 FROM campaign_recipients s WHERE s.campaign_id = r.campaign_id AND s.email = r.email
             AND s.deleted_at IS NULL AND s.id < r.id AND s.remind_at <= $1))
         ORDER BY r.remind_at LIMIT $2",
        others,
    ]))
    .bind(now)
    .bind(most)
    .all()
    .await
}

/// Takes those who share an address with somebody whose reminder was taken, and whose own is due.
pub(in super::super) async fn take_companions(
    tx: &mut WriteTx,
    first: &DueReminder,
    now: DateTime<Utc>,
    most: i64,
) -> Result<Vec<DueReminder>> {
    let others = tx.either("", "FOR UPDATE OF r SKIP LOCKED");
    tx.query(Sql::pieces(&[
        DUE,
        "AND r.campaign_id = $2 AND r.email = $3 AND r.deleted_at IS NULL AND r.id <> $4 ORDER BY r.id LIMIT $5",
        others,
    ]))
    .bind(now)
    .bind(first.campaign_id)
    .bind(first.email.clone())
    .bind(first.recipient_id)
    .bind(most)
    .all()
    .await
}

/// Notes how often somebody was reminded, by which mail last, and when the next one is due.
pub(in super::super) async fn set_reminded(
    tx: &mut WriteTx,
    id: RecipientId,
    reminded: i64,
    mail: Option<MailId>,
    next: Option<DateTime<Utc>>,
) -> Result<()> {
    tx.query(
        "UPDATE campaign_recipients
         SET reminded = $2, reminder_mail_id = COALESCE($3, reminder_mail_id), remind_at = $4 WHERE id = $1",
    )
    .bind(id)
    .bind(reminded)
    .bind(mail)
    .bind(next)
    .run()
    .await?;
    Ok(())
}

/// Notes a reminder that somebody sent once more; the next one comes when it would have come.
pub(in super::super) async fn set_reminder_mail(
    tx: &mut WriteTx,
    id: RecipientId,
    mail: MailId,
) -> Result<()> {
    tx.query("UPDATE campaign_recipients SET reminder_mail_id = $2 WHERE id = $1")
        .bind(id)
        .bind(mail)
        .run()
        .await?;
    Ok(())
}

/// The newest reminder of somebody who is reminded no more.
pub(in super::super) async fn end_reminders(tx: &mut WriteTx, id: RecipientId) -> Result<Option<MailId>> {
    let row: Option<(Option<MailId>,)> = tx
        .query("UPDATE campaign_recipients SET remind_at = NULL WHERE id = $1 RETURNING reminder_mail_id")
        .bind(id)
        .optional()
        .await?;
    Ok(row.and_then(|(mail,)| mail))
}
