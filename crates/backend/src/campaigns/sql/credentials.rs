//! The statements of credentials, issuers' keys and status lists.

use chrono::{DateTime, Utc};
use database::{Conn, FromRow, Result, Statement, WriteTx};
use domain::campaigns::CampaignKind;
use domain::{CampaignId, CredentialId, DesignId, IssuerKeyId, OrganisationId, RecipientId};
use uuid::Uuid;

use super::claims::Claim;
use crate::caller::Scope;
use crate::error::{self, corrupt};
use crate::keyset::{Order, Start};

pub(in super::super) struct NewCredential {
    pub id: CredentialId,
    pub key: IssuerKeyId,
    pub list: i64,
    pub place: i64,
    pub subject: Uuid,
    pub salt: String,
    pub awarded_at: DateTime<Utc>,
    pub valid_from: DateTime<Utc>,
    pub valid_until: Option<DateTime<Utc>>,
}

pub(in super::super) async fn insert_credential(
    tx: &mut WriteTx,
    claim: &Claim,
    new: &NewCredential,
    document: &str,
) -> Result<()> {
    tx.query(
        "INSERT INTO credentials (id, organisation_id, campaign_id, recipient_id, design_id, key_id, list, place, subject,
                                  salt, recipient, document, awarded_at, valid_from, valid_until, columns)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)",
    )
    .bind(new.id)
    .bind(claim.organisation_id)
    .bind(claim.campaign_id)
    .bind(claim.recipient_id)
    .bind(claim.design_id)
    .bind(new.key)
    .bind(new.list)
    .bind(new.place)
    .bind(new.subject)
    .bind(new.salt.clone())
    .bind(claim.name.clone())
    .bind(document.to_owned())
    .bind(new.awarded_at)
    .bind(new.valid_from)
    .bind(new.valid_until)
    .bind(claim.columns.clone())
    .run()
    .await?;
    Ok(())
}

#[derive(Debug, Clone, FromRow)]
pub(in super::super) struct Credential {
    pub organisation_id: OrganisationId,
    pub time_zone: String,
    pub campaign_id: CampaignId,
    pub kind: String,
    pub title: String,
    pub design_id: DesignId,
    pub key_id: IssuerKeyId,
    pub list: i64,
    pub place: i64,
    pub subject: Uuid,
    pub salt: String,
    pub recipient: String,
    pub document: String,
    pub columns: String,
    pub awarded_at: DateTime<Utc>,
    pub valid_from: DateTime<Utc>,
    pub valid_until: Option<DateTime<Utc>>,
    pub revoked_at: Option<DateTime<Utc>>,
    pub reason: Option<String>,
    pub deleted_at: Option<DateTime<Utc>>,
    /// Whether the operator stopped what a cancelled organisation issued.
    pub is_stopped: bool,
}

impl Credential {
    /// Whether it is shown to those who ask: it was not deleted, and its organisation's go on validating.
    pub(in super::super) fn is_there(&self) -> bool {
        self.deleted_at.is_none() && !self.is_stopped
    }

    pub(in super::super) fn kind(&self) -> error::Result<CampaignKind> {
        CampaignKind::from_key(&self.kind).ok_or_else(|| corrupt("campaigns", "kind", self.campaign_id))
    }
}

/// A credential, no matter who asks: it is public.
pub(in super::super) async fn credential(conn: &mut Conn, id: CredentialId) -> Result<Option<Credential>> {
    conn.query(
        "SELECT x.organisation_id, o.time_zone, x.campaign_id, c.kind, c.title, x.design_id, x.key_id, x.list, x.place,
                x.subject, x.salt, x.recipient, x.document, x.columns, x.awarded_at, x.valid_from, x.valid_until, x.revoked_at,
                x.reason, x.deleted_at, o.cancelled_at IS NOT NULL AND o.credentials_stopped AS is_stopped
         FROM credentials x
         JOIN campaigns c ON c.id = x.campaign_id
         JOIN organisations o ON o.id = x.organisation_id
         WHERE x.id = $1",
    )
    .bind(id)
    .optional()
    .await
}

/// A credential in a list.
#[derive(Debug, Clone, FromRow)]
pub(in super::super) struct Listed {
    pub id: CredentialId,
    pub campaign_id: CampaignId,
    pub recipient_id: RecipientId,
    pub kind: String,
    pub title: String,
    pub recipient: String,
    pub awarded_at: DateTime<Utc>,
    pub valid_from: DateTime<Utc>,
    pub valid_until: Option<DateTime<Utc>>,
    pub revoked_at: Option<DateTime<Utc>>,
    pub reason: Option<String>,
}

const LISTED: &str =
    "SELECT x.id, x.campaign_id, x.recipient_id, c.kind, c.title, x.recipient, x.awarded_at, x.valid_from, x.valid_until,
            x.revoked_at, x.reason
     FROM credentials x JOIN campaigns c ON c.id = x.campaign_id
     WHERE x.deleted_at IS NULL AND x.organisation_id =";

/// The order of what was issued: the newest first.
pub(in super::super) const NEWEST_FIRST: Order = Order {
    key: None,
    id: "x.id",
    descending: true,
};

/// What was issued and not deleted.
pub(in super::super) async fn credentials(
    conn: &mut Conn,
    scope: &Scope,
    campaign: Option<CampaignId>,
    start: &Start,
    most: i64,
) -> Result<Vec<Listed>> {
    let statement = scope.within(Statement::new(LISTED), "c.department_id");
    let statement = match campaign {
        Some(campaign) => statement.text("AND x.campaign_id =").value(campaign),
        None => statement,
    };
    let page = NEWEST_FIRST.page(statement, start, most);
    page.query(conn).all().await
}

/// One of them.
pub(in super::super) async fn listed_credential(
    conn: &mut Conn,
    scope: &Scope,
    id: CredentialId,
) -> Result<Option<Listed>> {
    let statement = scope.within(Statement::new(LISTED), "c.department_id");
    let statement = statement.text("AND x.id =").value(id);
    statement.query(conn).optional().await
}

pub(in super::super) async fn replace_credential(
    tx: &mut WriteTx,
    recipient: &Claim,
    new: &NewCredential,
    document: &str,
) -> Result<()> {
    tx.query(
        "UPDATE credentials SET recipient = $2, document = $3, valid_from = $4, valid_until = $5, columns = $6
         WHERE id = $1",
    )
    .bind(new.id)
    .bind(recipient.name.clone())
    .bind(document.to_owned())
    .bind(new.valid_from)
    .bind(new.valid_until)
    .bind(recipient.columns.clone())
    .run()
    .await?;
    Ok(())
}

pub(in super::super) async fn revoke_credential(
    tx: &mut WriteTx,
    id: CredentialId,
    reason: &str,
    now: DateTime<Utc>,
) -> Result<()> {
    tx.query("UPDATE credentials SET revoked_at = COALESCE(revoked_at, $3), reason = COALESCE(reason, $2) WHERE id = $1")
        .bind(id)
        .bind(reason.to_owned())
        .bind(now)
        .run()
        .await?;
    Ok(())
}

/// What is left of a credential that was deleted: its place in the status list.
pub(in super::super) async fn erase_credential(
    tx: &mut WriteTx,
    id: CredentialId,
    now: DateTime<Utc>,
) -> Result<()> {
    tx.query(
        "UPDATE credentials SET recipient = '', salt = '', document = '', columns = '{}', reason = NULL, deleted_at = $2 WHERE id = $1",
    )
    .bind(id)
    .bind(now)
    .run()
    .await?;
    Ok(())
}

#[derive(Debug, Clone, FromRow)]
pub(in super::super) struct Key {
    pub id: IssuerKeyId,
    pub number: i64,
    pub public: String,
    pub sealed: Vec<u8>,
}

pub(in super::super) async fn newest_key(
    conn: &mut Conn,
    organisation: OrganisationId,
) -> Result<Option<Key>> {
    conn.query(
        "SELECT id, number, public, sealed FROM issuer_keys WHERE organisation_id = $1 ORDER BY number DESC LIMIT 1",
    )
    .bind(organisation)
    .optional()
    .await
}

pub(in super::super) async fn key(conn: &mut Conn, id: IssuerKeyId) -> Result<Option<Key>> {
    conn.query("SELECT id, number, public, sealed FROM issuer_keys WHERE id = $1")
        .bind(id)
        .optional()
        .await
}

pub(in super::super) async fn insert_key(
    tx: &mut WriteTx,
    organisation: OrganisationId,
    key: &Key,
    now: DateTime<Utc>,
) -> Result<()> {
    tx.query(
        "INSERT INTO issuer_keys (id, organisation_id, number, public, sealed, created_at) VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(key.id)
    .bind(organisation)
    .bind(key.number)
    .bind(key.public.clone())
    .bind(key.sealed.clone())
    .bind(now)
    .run()
    .await?;
    Ok(())
}

/// The public halves, the newest first.
pub(in super::super) async fn public_keys(
    conn: &mut Conn,
    organisation: OrganisationId,
) -> Result<Vec<String>> {
    let rows: Vec<(String,)> = conn
        .query("SELECT public FROM issuer_keys WHERE organisation_id = $1 ORDER BY number DESC")
        .bind(organisation)
        .all()
        .await?;
    Ok(rows.into_iter().map(|(public,)| public).collect())
}

pub(in super::super) async fn sealed_keys(conn: &mut Conn) -> Result<Vec<(uuid::Uuid, Vec<u8>)>> {
    conn.query("SELECT id, sealed FROM issuer_keys ORDER BY id")
        .all()
        .await
}

pub(in super::super) async fn move_sealed_key(
    tx: &mut WriteTx,
    id: IssuerKeyId,
    read: &[u8],
    sealed: Vec<u8>,
) -> Result<bool> {
    let moved = tx
        .query("UPDATE issuer_keys SET sealed = $3 WHERE id = $1 AND sealed = $2")
        .bind(id)
        .bind(read.to_vec())
        .bind(sealed)
        .run()
        .await?;
    Ok(moved == 1)
}

pub(in super::super) async fn organisation_name(
    conn: &mut Conn,
    id: OrganisationId,
) -> Result<Option<String>> {
    let row: Option<(String,)> = conn
        .query("SELECT name FROM organisations WHERE id = $1")
        .bind(id)
        .optional()
        .await?;
    Ok(row.map(|(name,)| name))
}

pub(in super::super) async fn newest_list(
    conn: &mut Conn,
    organisation: OrganisationId,
    issuer: &str,
) -> Result<Option<i64>> {
    let row: Option<(i64,)> = conn
        .query(
            "SELECT number FROM status_lists WHERE organisation_id = $1 AND issuer = $2 ORDER BY number DESC LIMIT 1",
        )
        .bind(organisation)
        .bind(issuer.to_owned())
        .optional()
        .await?;
    Ok(row.map(|(number,)| number))
}

/// Begins a list with the next number.
pub(in super::super) async fn begin_list(
    tx: &mut WriteTx,
    organisation: OrganisationId,
    issuer: &str,
    key: IssuerKeyId,
    now: DateTime<Utc>,
) -> Result<i64> {
    loop {
        let next = tx
            .query("SELECT COALESCE(MAX(number), 0) + 1 FROM status_lists")
            .number()
            .await?;
        let begun = tx
            .query(
                "INSERT INTO status_lists (number, organisation_id, issuer, key_id, created_at)
                 VALUES ($1, $2, $3, $4, $5) ON CONFLICT (number) DO NOTHING",
            )
            .bind(next)
            .bind(organisation)
            .bind(issuer.to_owned())
            .bind(key)
            .bind(now)
            .run()
            .await?;
        if begun == 1 {
            return Ok(next);
        }
    }
}

pub(in super::super) async fn take_place(tx: &mut WriteTx, list: i64, place: u32) -> Result<bool> {
    let taken = tx
        .query("INSERT INTO status_places (list, place) VALUES ($1, $2) ON CONFLICT (list, place) DO NOTHING")
        .bind(list)
        .bind(i64::from(place))
        .run()
        .await?;
    Ok(taken == 1)
}

pub(in super::super) async fn revoke_place(
    tx: &mut WriteTx,
    credential: CredentialId,
    at: DateTime<Utc>,
) -> Result<()> {
    tx.query(
        "UPDATE status_places SET revoked_at = COALESCE(revoked_at, $2)
         WHERE list = (SELECT list FROM credentials WHERE id = $1)
           AND place = (SELECT place FROM credentials WHERE id = $1)",
    )
    .bind(credential)
    .bind(at)
    .run()
    .await?;
    Ok(())
}

#[derive(FromRow)]
pub(in super::super) struct List {
    pub organisation_id: OrganisationId,
    pub issuer: String,
    pub key_id: IssuerKeyId,
    pub created_at: DateTime<Utc>,
}

pub(in super::super) async fn list_of(conn: &mut Conn, number: i64) -> Result<Option<List>> {
    conn.query("SELECT organisation_id, issuer, key_id, created_at FROM status_lists WHERE number = $1")
        .bind(number)
        .optional()
        .await
}

pub(in super::super) async fn revoked_places(conn: &mut Conn, number: i64) -> Result<Vec<i64>> {
    let rows: Vec<(i64,)> = conn
        .query("SELECT place FROM status_places WHERE list = $1 AND revoked_at IS NOT NULL")
        .bind(number)
        .all()
        .await?;
    Ok(rows.into_iter().map(|(place,)| place).collect())
}
