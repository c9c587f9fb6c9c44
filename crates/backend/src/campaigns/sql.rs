//! The campaigns' statements; those of claims and of credentials stand beside them.
//!
//! What a recipient's token is called in lists, and whether it was revoked, is read from the core's table in the
//! statement that reads the recipient: there may be very many of them.

mod archive;
mod batches;
mod claims;
mod credentials;
mod designs;
mod issuers;
mod listing;
mod reminders;
mod sharing;

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use database::{Conn, FromRow, Part, Query, Result, Sql, Statement, WriteTx, padded};
use domain::campaigns::bulk::RecipientFilter;
use domain::campaigns::{CampaignHead, CampaignKind, CampaignState, NewRecipient};
use domain::{
    CampaignId, CredentialId, DepartmentId, DesignId, MailId, OrganisationId, PersonId, RecipientId, TokenId,
};

use crate::caller::Scope;
use crate::error::{self, corrupt};
use crate::keyset::{Order, Start};
use crate::words;

pub(super) use archive::*;
pub(super) use batches::*;
pub(super) use claims::*;
pub(super) use credentials::*;
pub(super) use designs::*;
pub(super) use issuers::*;
pub(super) use listing::*;
pub(super) use reminders::*;
pub(super) use sharing::*;

#[derive(Debug, Clone, FromRow)]
pub(super) struct Campaign {
    pub id: CampaignId,
    pub organisation_id: OrganisationId,
    pub organisation: String,
    pub department_id: Option<DepartmentId>,
    pub kind: String,
    pub state: String,
    pub title: String,
    pub title_key: Vec<u8>,
    pub description: String,
    pub criteria: String,
    pub valid_days: Option<i64>,
    pub template: String,
    pub colour: String,
    pub design_id: DesignId,
    pub created_at: DateTime<Utc>,
    pub reminders: String,
    pub achievement_type: String,
    pub languages: String,
    pub starts_at: Option<DateTime<Utc>>,
    pub grouped: bool,
    pub starts_anyway: bool,
}

impl Campaign {
    pub(super) fn kind(&self) -> error::Result<CampaignKind> {
        CampaignKind::from_key(&self.kind).ok_or_else(|| corrupt("campaigns", "kind", self.id))
    }

    pub(super) fn state(&self) -> error::Result<CampaignState> {
        CampaignState::from_key(&self.state).ok_or_else(|| corrupt("campaigns", "state", self.id))
    }
}

/// What is read of campaigns, up to a condition.
macro_rules! campaigns {
    ($condition:literal) => {
        concat!(
            "SELECT c.id, c.organisation_id, o.name AS organisation, c.department_id, c.kind, c.state, c.title, c.title_key,
                    c.description, c.criteria, c.valid_days, d.template, d.colour, c.design_id, c.created_at, c.reminders,
                     c.achievement_type, c.languages, c.starts_at, c.grouped, c.starts_anyway
             FROM campaigns c JOIN designs d ON d.id = c.design_id JOIN organisations o ON o.id = c.organisation_id
             WHERE c.organisation_id ",
            $condition
        )
    };
}

const CAMPAIGN: Part = Part::Text(campaigns!("= $1"));
/// The same for a statement that counts its values itself.
const CAMPAIGNS: &str = campaigns!("=");

pub(super) async fn by_id(conn: &mut Conn, scope: &Scope, id: CampaignId) -> Result<Option<Campaign>> {
    scope
        .query(
            conn,
            "c.department_id",
            3,
            &[CAMPAIGN, Part::Text("AND c.id = $2")],
            &[],
        )
        .organisation()
        .bind(id)
        .optional()
        .await
}

/// Keeps others from changing the campaign until this transaction ends.
pub(super) async fn lock(tx: &mut WriteTx, scope: &Scope, id: CampaignId) -> Result<Option<Campaign>> {
    tx.query("UPDATE campaigns SET state = state WHERE id = $1")
        .bind(id)
        .run()
        .await?;
    by_id(tx, scope, id).await
}

pub(super) async fn unsent(conn: &mut Conn, id: CampaignId) -> Result<i64> {
    conn.query(
        "SELECT CAST(COUNT(*) AS BIGINT) FROM campaign_recipients
         WHERE campaign_id = $1 AND deleted_at IS NULL AND sent_at IS NULL AND held_at IS NULL",
    )
    .bind(id)
    .number()
    .await
}

/// How many recipients were held back when their campaign started by time, and still are.
pub(super) async fn held(conn: &mut Conn, id: CampaignId) -> Result<i64> {
    conn.query(
        "SELECT CAST(COUNT(*) AS BIGINT) FROM campaign_recipients
         WHERE campaign_id = $1 AND deleted_at IS NULL AND held_at IS NOT NULL",
    )
    .bind(id)
    .number()
    .await
}

pub(super) async fn hold(tx: &mut WriteTx, ids: &[RecipientId], now: DateTime<Utc>) -> Result<()> {
    for some in ids.chunks(500) {
        let update = Sql::parts(&[
            Part::Text("UPDATE campaign_recipients SET held_at = $1 WHERE id IN"),
            Part::Values {
                first: 2,
                count: some.len(),
            },
        ]);
        let query = tx.query(update).bind(now);
        let query = some.iter().fold(query, |query, id| query.bind(*id));
        query.run().await?;
    }
    Ok(())
}

/// Holds nobody back any more.
pub(super) async fn release(tx: &mut WriteTx, id: CampaignId) -> Result<()> {
    tx.query("UPDATE campaign_recipients SET held_at = NULL WHERE campaign_id = $1 AND held_at IS NOT NULL")
        .bind(id)
        .run()
        .await?;
    Ok(())
}

/// Notes that somebody went on from the link of a recipient.
pub(super) async fn set_opened(tx: &mut WriteTx, id: RecipientId, now: DateTime<Utc>) -> Result<()> {
    tx.query("UPDATE campaign_recipients SET opened_at = $2 WHERE id = $1 AND opened_at IS NULL")
        .bind(id)
        .bind(now)
        .run()
        .await?;
    Ok(())
}

pub(super) struct NewCampaign<'a> {
    pub id: CampaignId,
    pub design: DesignId,
    pub head: &'a CampaignHead,
    pub department: Option<DepartmentId>,
    pub by: Option<PersonId>,
    pub now: DateTime<Utc>,
}

pub(super) async fn insert(
    tx: &mut WriteTx,
    organisation: OrganisationId,
    new: &NewCampaign<'_>,
) -> Result<()> {
    tx.query(
        "INSERT INTO campaigns (id, organisation_id, department_id, kind, state, title, title_key, description, criteria,
                                valid_days, design_id, created_at, created_by, reminders, achievement_type, languages,
                                grouped)
         VALUES ($1, $2, $3, $4, 'draft', $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)",
    )
    .bind(new.id)
    .bind(organisation)
    .bind(new.department)
    .bind(new.head.kind.key())
    .bind(new.head.title.clone())
    .bind(words::order_key(&new.head.title))
    .bind(new.head.description.clone())
    .bind(new.head.criteria.clone())
    .bind(new.head.valid_days)
    .bind(new.design)
    .bind(new.now)
    .bind(new.by)
    .bind(new.head.reminders.to_string())
    .bind(new.head.achievement_type.clone())
    .bind(new.head.languages.to_string())
    .bind(new.head.grouped)
    .run()
    .await?;
    Ok(())
}

pub(super) async fn update(
    tx: &mut WriteTx,
    id: CampaignId,
    design: DesignId,
    head: &CampaignHead,
) -> Result<()> {
    tx.query(
        "UPDATE campaigns SET title = $2, title_key = $3, description = $4, criteria = $5, valid_days = $6, design_id = $7,
                              reminders = $8, achievement_type = $9, languages = $10, grouped = $11
         WHERE id = $1",
    )
    .bind(id)
    .bind(head.title.clone())
    .bind(words::order_key(&head.title))
    .bind(head.description.clone())
    .bind(head.criteria.clone())
    .bind(head.valid_days)
    .bind(design)
    .bind(head.reminders.to_string())
    .bind(head.achievement_type.clone())
    .bind(head.languages.to_string())
    .bind(head.grouped)
    .run()
    .await?;
    Ok(())
}

/// Lets another version of its design count.
pub(super) async fn set_design(tx: &mut WriteTx, id: CampaignId, design: DesignId) -> Result<()> {
    tx.query("UPDATE campaigns SET design_id = $2 WHERE id = $1")
        .bind(id)
        .bind(design)
        .run()
        .await?;
    Ok(())
}

pub(super) async fn set_state(tx: &mut WriteTx, id: CampaignId, state: CampaignState) -> Result<()> {
    tx.query("UPDATE campaigns SET state = $2 WHERE id = $1")
        .bind(id)
        .bind(state.key())
        .run()
        .await?;
    Ok(())
}

#[derive(Debug, Clone, FromRow)]
pub(super) struct Recipient {
    pub id: RecipientId,
    pub campaign_id: CampaignId,
    pub token_id: TokenId,
    pub name: String,
    pub email: String,
    pub is_test: bool,
    pub language: String,
    pub columns: String,
    pub reminded: i64,
    pub reminder_mail_id: Option<MailId>,
    pub wanted_name: Option<String>,
    pub mail_id: Option<MailId>,
    pub lock_issuer: Option<String>,
    pub lock_holder: Option<String>,
    pub locked_at: Option<DateTime<Utc>>,
    pub unlock_asked_at: Option<DateTime<Utc>>,
    pub credential_id: Option<CredentialId>,
    pub hint_head: Option<String>,
    pub hint_tail: Option<String>,
    pub suspended_at: Option<DateTime<Utc>>,
    pub revoked_at: Option<DateTime<Utc>>,
    pub valid_until: Option<DateTime<Utc>>,
    pub held_at: Option<DateTime<Utc>>,
}

impl Recipient {
    /// What lists show of the token.
    pub(super) fn hint(&self) -> String {
        let hint = self.hint_head.clone().zip(self.hint_tail.clone());
        hint.map(|(head, tail)| domain::code::Hint { head, tail }.to_string())
            .unwrap_or_default()
    }

    pub(super) fn to_send(&self) -> ToSend {
        ToSend {
            id: self.id,
            token_id: self.token_id,
            name: self.name.clone(),
            email: self.email.clone(),
            language: self.language.clone(),
            reminded: self.reminded,
            columns: self.columns.clone(),
        }
    }
}

const RECIPIENT: &str =
    "SELECT r.id, r.campaign_id, r.token_id, r.name, r.email, r.is_test, r.language, r.columns, r.reminded,
            r.reminder_mail_id, r.wanted_name, r.mail_id, r.lock_issuer, r.lock_holder, r.locked_at,
            r.unlock_asked_at, r.credential_id, t.hint_head, t.hint_tail, t.suspended_at, x.revoked_at,
            x.valid_until, r.held_at
     FROM campaign_recipients r
     JOIN campaigns c ON c.id = r.campaign_id
     JOIN tokens t ON t.id = r.token_id
     LEFT JOIN credentials x ON x.id = r.credential_id
     WHERE r.deleted_at IS NULL AND r.organisation_id =";

pub(super) async fn recipient(conn: &mut Conn, scope: &Scope, id: RecipientId) -> Result<Option<Recipient>> {
    scope
        .query(
            conn,
            "c.department_id",
            3,
            &[RECIPIENT, "$1 AND r.id = $2"].map(Part::Text),
            &[],
        )
        .organisation()
        .bind(id)
        .optional()
        .await
}

/// What is written for a recipient.
#[derive(Debug, FromRow)]
pub(super) struct Written {
    pub id: RecipientId,
    pub name: String,
    pub columns: String,
}

/// The next recipients who were sent nothing yet, by id.
pub(super) async fn to_be_drawn(
    conn: &mut Conn,
    campaign: CampaignId,
    after: uuid::Uuid,
    most: i64,
) -> Result<Vec<Written>> {
    conn.query(
        "SELECT id, name, columns FROM campaign_recipients
         WHERE campaign_id = $1 AND deleted_at IS NULL AND sent_at IS NULL AND id > $2 ORDER BY id LIMIT $3",
    )
    .bind(campaign)
    .bind(after)
    .bind(most)
    .all()
    .await
}

/// The recipient that a token belongs to.
pub(super) async fn recipient_of(
    conn: &mut Conn,
    scope: &Scope,
    token: TokenId,
) -> Result<Option<RecipientId>> {
    let found: Option<Recipient> = scope
        .query(
            conn,
            "c.department_id",
            3,
            &[RECIPIENT, "$1 AND r.token_id = $2"].map(Part::Text),
            &[],
        )
        .organisation()
        .bind(token)
        .optional()
        .await?;
    Ok(found.map(|recipient| recipient.id))
}

/// Which recipients a list is asked for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wanted<'a> {
    pub search: &'a str,
    pub state: Option<RecipientFilter>,
}

/// The recipients of a campaign that was found within the caller's scope, in the order in which they were added.
pub(super) async fn recipients(
    conn: &mut Conn,
    scope: &Scope,
    campaign: CampaignId,
    wanted: Wanted<'_>,
    now: DateTime<Utc>,
    start: &Start,
    most: i64,
) -> Result<Vec<Recipient>> {
    let Wanted { search, state } = wanted;
    let statement = scope.within(Statement::new(RECIPIENT), "c.department_id");
    let statement = statement.text("AND r.campaign_id =").value(campaign);
    let statement = match state {
        Some(state) => fitting(statement, state, now),
        None => statement,
    };
    let statement = if search.trim().is_empty() {
        statement
    } else {
        let (from, to) = words::beginning_with(words::fold(search.trim()).as_bytes());
        let address = search.trim().to_lowercase().replace(['%', '_', '\\'], "");
        statement
            .text("AND ((r.name_key >=")
            .value(from)
            .text("AND r.name_key <")
            .value(to)
            .text(") OR r.email LIKE")
            .value(format!("{address}%"))
            .text(")")
    };
    let page = AS_ADDED.page(statement, start, most);
    page.query(conn).all().await
}

/// The order of recipients: that in which they were added.
pub(super) const AS_ADDED: Order = Order {
    key: None,
    id: "r.id",
    descending: false,
};

/// What a state means for a row. Where the mail is, the outbox says itself.
fn fitting(statement: Statement, state: RecipientFilter, now: DateTime<Utc>) -> Statement {
    let condition = match state {
        RecipientFilter::Unsent => "AND r.sent_at IS NULL",
        RecipientFilter::Held => "AND r.held_at IS NOT NULL",
        RecipientFilter::Waiting => {
            "AND t.suspended_at IS NULL AND r.lock_subject IS NULL AND r.credential_id IS NULL"
        }
        RecipientFilter::Claimed => "AND t.suspended_at IS NULL AND r.lock_subject IS NOT NULL",
        RecipientFilter::Unlocked => {
            "AND t.suspended_at IS NULL AND r.lock_subject IS NULL AND r.credential_id IS NOT NULL"
        }
        RecipientFilter::TokenRevoked => "AND t.suspended_at IS NOT NULL",
        RecipientFilter::AsksToUnlock => "AND r.unlock_asked_at IS NOT NULL",
        RecipientFilter::AsksForName => "AND r.wanted_name IS NOT NULL",
        RecipientFilter::CredentialRevoked => "AND x.revoked_at IS NOT NULL",
        RecipientFilter::Expired => {
            let statement = statement.text("AND x.revoked_at IS NULL AND x.valid_until <=");
            return statement.value(now);
        }
        RecipientFilter::Bounced => crate::mail::BOUNCED_OF_R,
        RecipientFilter::MailFailed => crate::mail::FAILED_OF_R,
    };
    statement.text(condition)
}

/// Which of some addresses a campaign has already.
pub(super) async fn known_addresses(
    conn: &mut Conn,
    campaign: CampaignId,
    addresses: Vec<String>,
) -> Result<Vec<String>> {
    let mut known = Vec::new();
    for some in addresses.chunks(500) {
        let parts = [
            Part::Text(
                "SELECT email FROM campaign_recipients WHERE campaign_id = $1 AND deleted_at IS NULL AND email IN",
            ),
            Part::Values {
                first: 2,
                count: some.len(),
            },
        ];
        let query = conn.query(Sql::parts(&parts)).bind(campaign);
        let query = some
            .iter()
            .fold(query, |query, address| query.bind(address.clone()));
        let rows: Vec<(String,)> = query.all().await?;
        known.extend(rows.into_iter().map(|(email,)| email));
    }
    Ok(known)
}

/// The first recipient with each of some addresses that a campaign has already.
pub(super) async fn known_recipients(
    conn: &mut Conn,
    campaign: CampaignId,
    addresses: Vec<String>,
) -> Result<HashMap<String, RecipientId>> {
    if addresses.is_empty() {
        return Ok(HashMap::new());
    }
    let addresses = padded(addresses);
    let parts = [
        Part::Text(
            "SELECT email, id FROM campaign_recipients WHERE campaign_id = $1 AND deleted_at IS NULL AND email IN",
        ),
        Part::Values {
            first: 2,
            count: addresses.len(),
        },
        Part::Text("ORDER BY id DESC"),
    ];
    let query = conn.query(Sql::parts(&parts)).bind(campaign);
    let query = addresses.into_iter().fold(query, Query::bind);
    let rows: Vec<(String, RecipientId)> = query.all().await?;
    // The last one that is put in is the oldest.
    Ok(rows.into_iter().collect())
}

pub(super) async fn insert_recipient(
    tx: &mut WriteTx,
    campaign: &Campaign,
    id: RecipientId,
    token: TokenId,
    recipient: &NewRecipient,
    is_test: bool,
    now: DateTime<Utc>,
) -> Result<()> {
    tx.query(
        "INSERT INTO campaign_recipients (id, organisation_id, campaign_id, token_id, name, name_key, email, is_test,
                                          columns, claims, created_at, language)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 0, $10, $11)",
    )
    .bind(id)
    .bind(campaign.organisation_id)
    .bind(campaign.id)
    .bind(token)
    .bind(recipient.name.clone())
    .bind(words::order_key(&recipient.name))
    .bind(recipient.email.to_string())
    .bind(is_test)
    .bind(columns_text(recipient))
    .bind(now)
    .bind(recipient.language.clone())
    .run()
    .await?;
    Ok(())
}

fn columns_text(recipient: &NewRecipient) -> String {
    serde_json::json!(recipient.columns).to_string()
}

/// Everything that an import says of somebody who is there.
pub(super) async fn replace(tx: &mut WriteTx, id: RecipientId, new: &NewRecipient) -> Result<()> {
    tx.query(
        "UPDATE campaign_recipients SET name = $2, name_key = $3, email = $4, columns = $5, language = $6 WHERE id = $1",
    )
    .bind(id)
    .bind(new.name.clone())
    .bind(words::order_key(&new.name))
    .bind(new.email.to_string())
    .bind(columns_text(new))
    .bind(new.language.clone())
    .run()
    .await?;
    Ok(())
}

pub(super) async fn correct(tx: &mut WriteTx, id: RecipientId, corrected: &NewRecipient) -> Result<()> {
    tx.query("UPDATE campaign_recipients SET name = $2, name_key = $3, email = $4 WHERE id = $1")
        .bind(id)
        .bind(corrected.name.clone())
        .bind(words::order_key(&corrected.name))
        .bind(corrected.email.to_string())
        .run()
        .await?;
    Ok(())
}

/// The addresses that are known of a recipient: their own, the mailbox that holds the token, those that codes went to.
pub(super) async fn addresses_of(conn: &mut Conn, id: RecipientId) -> Result<Vec<String>> {
    let rows: Vec<(String,)> = conn
        .query(
            "SELECT email FROM campaign_recipients WHERE id = $1
             UNION SELECT lock_subject FROM campaign_recipients WHERE id = $1 AND lock_issuer = 'mailto:'
             UNION SELECT email FROM claim_codes WHERE recipient_id = $1",
        )
        .bind(id)
        .all()
        .await?;
    Ok(rows.into_iter().map(|(address,)| address).collect())
}

/// What is left of a recipient who was deleted: that there was one.
pub(super) async fn erase_recipient(tx: &mut WriteTx, id: RecipientId, now: DateTime<Utc>) -> Result<()> {
    tx.query(
        "UPDATE campaign_recipients
         SET name = '', name_key = $2, email = '', columns = '{}', lock_issuer = NULL, lock_subject = NULL,
             lock_holder = NULL, locked_at = NULL, unlock_asked_at = NULL, wanted_name = NULL, name_asked_at = NULL,
             remind_at = NULL, held_at = NULL, deleted_at = $3
         WHERE id = $1",
    )
    .bind(id)
    .bind(Vec::<u8>::new())
    .bind(now)
    .run()
    .await?;
    tx.query("DELETE FROM claim_codes WHERE recipient_id = $1")
        .bind(id)
        .run()
        .await?;
    Ok(())
}

#[derive(Debug, Clone, FromRow)]
pub(super) struct ToSend {
    pub id: RecipientId,
    pub token_id: TokenId,
    pub name: String,
    pub email: String,
    pub language: String,
    pub reminded: i64,
    pub columns: String,
}

/// Recipients who were sent nothing yet and could claim; those of one address beside each other, if they share a mail.
pub(super) async fn to_send(
    conn: &mut Conn,
    campaign: CampaignId,
    by_address: bool,
    most: i64,
) -> Result<Vec<ToSend>> {
    conn.query(Sql::pieces(&[
        "SELECT r.id, r.token_id, r.name, r.email, r.language, r.reminded, r.columns
         FROM campaign_recipients r JOIN tokens t ON t.id = r.token_id
         WHERE r.campaign_id = $1 AND r.deleted_at IS NULL AND r.sent_at IS NULL AND r.held_at IS NULL
           AND t.suspended_at IS NULL",
        if by_address {
            "ORDER BY r.email, r.id LIMIT $2"
        } else {
            "ORDER BY r.id LIMIT $2"
        },
    ]))
    .bind(campaign)
    .bind(most)
    .all()
    .await
}

/// The others whose link stands in a mail of a recipient and still opens something; of a reminder those who did not claim.
pub(super) async fn others_of_mail(
    conn: &mut Conn,
    recipient: &Recipient,
    mail: MailId,
) -> Result<Vec<ToSend>> {
    conn.query(
        "SELECT r.id, r.token_id, r.name, r.email, r.language, r.reminded, r.columns
         FROM campaign_recipients r JOIN tokens t ON t.id = r.token_id
         WHERE r.campaign_id = $1 AND r.email = $2 AND r.deleted_at IS NULL AND r.id <> $3 AND t.suspended_at IS NULL
           AND (r.mail_id = $4 OR (r.reminder_mail_id = $4 AND r.credential_id IS NULL))
         ORDER BY r.id",
    )
    .bind(recipient.campaign_id)
    .bind(recipient.email.clone())
    .bind(recipient.id)
    .bind(mail)
    .all()
    .await
}

/// The recipients of a campaign, those of one address beside each other.
pub(super) async fn by_address(conn: &mut Conn, campaign: CampaignId) -> Result<Vec<RecipientId>> {
    let rows: Vec<(RecipientId,)> = conn
        .query(
            "SELECT id FROM campaign_recipients WHERE campaign_id = $1 AND deleted_at IS NULL ORDER BY email, id",
        )
        .bind(campaign)
        .all()
        .await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

pub(super) async fn set_mail(
    tx: &mut WriteTx,
    id: RecipientId,
    mail: MailId,
    now: DateTime<Utc>,
    remind_at: Option<DateTime<Utc>>,
) -> Result<()> {
    tx.query("UPDATE campaign_recipients SET mail_id = $2, sent_at = $3, remind_at = $4, held_at = NULL WHERE id = $1")
        .bind(id)
        .bind(mail)
        .bind(now)
        .bind(remind_at)
        .run()
        .await?;
    Ok(())
}
