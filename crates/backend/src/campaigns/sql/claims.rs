//! The statements of claims.

use chrono::{DateTime, Utc};
use database::{Conn, FromRow, Result, Sql, WriteTx};
use domain::campaigns::{CampaignKind, CampaignState, Languages};
use domain::{CampaignId, CredentialId, DesignId, EmailAddress, OrganisationId, RecipientId, TokenId};
use uuid::Uuid;

use super::super::claim::Profile;
use crate::error::{self, corrupt};

/// Everything around a claim token.
#[derive(Debug, Clone, FromRow)]
pub(in super::super) struct Claim {
    pub recipient_id: RecipientId,
    pub organisation_id: OrganisationId,
    pub organisation: String,
    pub time_zone: String,
    pub campaign_id: CampaignId,
    pub kind: String,
    pub state: String,
    pub title: String,
    pub description: String,
    pub criteria: String,
    pub valid_days: Option<i64>,
    pub achievement_type: String,
    pub languages: String,
    pub language: String,
    pub design_id: DesignId,
    pub token_id: TokenId,
    pub name: String,
    pub email: String,
    pub columns: String,
    pub lock_issuer: Option<String>,
    pub lock_subject: Option<String>,
    pub lock_holder: Option<String>,
    pub locked_at: Option<DateTime<Utc>>,
    pub credential_id: Option<CredentialId>,
    pub revoked_at: Option<DateTime<Utc>>,
    pub valid_until: Option<DateTime<Utc>>,
}

impl Claim {
    pub(in super::super) fn kind(&self) -> error::Result<CampaignKind> {
        CampaignKind::from_key(&self.kind).ok_or_else(|| corrupt("campaigns", "kind", self.campaign_id))
    }

    /// The languages of its campaign.
    pub(in super::super) fn languages(&self) -> Languages {
        Languages::stored(&self.languages)
    }

    /// Whether it is bound to this profile.
    pub(in super::super) fn is_held_by(&self, profile: &Profile) -> bool {
        self.lock_issuer.as_deref() == Some(profile.issuer.as_str())
            && self.lock_subject.as_deref() == Some(profile.subject.as_str())
    }

    pub(in super::super) fn state(&self) -> error::Result<CampaignState> {
        CampaignState::from_key(&self.state).ok_or_else(|| corrupt("campaigns", "state", self.campaign_id))
    }
}

const CLAIM: &str = "SELECT r.id AS recipient_id, r.organisation_id, o.name AS organisation, o.time_zone, r.campaign_id, c.kind,
           c.state, c.title, c.description, c.criteria, c.valid_days, c.achievement_type, c.languages, r.language, c.design_id,
           r.token_id, r.name, r.email,
           r.columns, r.lock_issuer, r.lock_subject, r.lock_holder, r.locked_at, r.credential_id, x.revoked_at, x.valid_until
    FROM campaign_recipients r
    JOIN campaigns c ON c.id = r.campaign_id
    JOIN organisations o ON o.id = r.organisation_id
    LEFT JOIN credentials x ON x.id = r.credential_id
    WHERE r.deleted_at IS NULL";

/// What a claim token is for; nothing, when its organisation was cancelled.
pub(in super::super) async fn claim(conn: &mut Conn, token: TokenId) -> Result<Option<Claim>> {
    conn.query(Sql::pieces(&[
        CLAIM,
        "AND r.token_id = $1 AND o.cancelled_at IS NULL",
    ]))
    .bind(token)
    .optional()
    .await
}

/// What a credential came of.
pub(in super::super) async fn claim_of_credential(
    conn: &mut Conn,
    id: CredentialId,
) -> Result<Option<Claim>> {
    conn.query(Sql::pieces(&[
        CLAIM,
        "AND r.id = (SELECT recipient_id FROM credentials WHERE id = $1)",
    ]))
    .bind(id)
    .optional()
    .await
}

/// Binds a token to a profile, if it is bound to none.
pub(in super::super) async fn lock_to(
    tx: &mut WriteTx,
    id: RecipientId,
    profile: &Profile,
    now: DateTime<Utc>,
) -> Result<bool> {
    let locked = tx
        .query(
            "UPDATE campaign_recipients
             SET lock_issuer = $2, lock_subject = $3, lock_holder = $4, locked_at = $5, claims = claims + 1,
                 unlock_asked_at = NULL, remind_at = NULL, opened_at = COALESCE(opened_at, $5)
             WHERE id = $1 AND lock_subject IS NULL AND deleted_at IS NULL",
        )
        .bind(id)
        .bind(profile.issuer.clone())
        .bind(profile.subject.clone())
        .bind(profile.holder.clone())
        .bind(now)
        .run()
        .await?;
    Ok(locked == 1)
}

pub(in super::super) async fn unlock(tx: &mut WriteTx, id: RecipientId) -> Result<()> {
    tx.query(
        "UPDATE campaign_recipients
         SET lock_issuer = NULL, lock_subject = NULL, lock_holder = NULL, locked_at = NULL, unlock_asked_at = NULL
         WHERE id = $1",
    )
    .bind(id)
    .run()
    .await?;
    Ok(())
}

pub(in super::super) async fn ask_to_unlock(
    tx: &mut WriteTx,
    id: RecipientId,
    now: DateTime<Utc>,
) -> Result<()> {
    tx.query("UPDATE campaign_recipients SET unlock_asked_at = COALESCE(unlock_asked_at, $2) WHERE id = $1")
        .bind(id)
        .bind(now)
        .run()
        .await?;
    Ok(())
}

/// A link that opens something, for the address it was made for.
#[derive(Debug, Clone, FromRow)]
pub(in super::super) struct LinkOf {
    pub recipient_id: RecipientId,
    pub organisation_id: OrganisationId,
    pub campaign_id: CampaignId,
    pub token_id: TokenId,
    pub name: String,
    pub email: String,
    pub language: String,
    pub is_claimed: bool,
}

/// The newest links of an address, of all organisations: only its own reader learns of them.
pub(in super::super) async fn links_of(
    conn: &mut Conn,
    email: &EmailAddress,
    most: i64,
) -> Result<Vec<LinkOf>> {
    conn.query(
        "SELECT r.id AS recipient_id, r.organisation_id, r.campaign_id, r.token_id, r.name, r.email, r.language,
                r.credential_id IS NOT NULL AS is_claimed
         FROM campaign_recipients r
         JOIN campaigns c ON c.id = r.campaign_id
         JOIN organisations o ON o.id = r.organisation_id
         JOIN tokens t ON t.id = r.token_id
         WHERE r.email = $1 AND r.deleted_at IS NULL AND c.state = 'live' AND o.cancelled_at IS NULL
               AND t.suspended_at IS NULL
         ORDER BY r.id DESC LIMIT $2",
    )
    .bind(email.to_string())
    .bind(most)
    .all()
    .await
}

/// The name that a recipient asks for; none: the request was answered.
pub(in super::super) async fn set_wanted_name(
    tx: &mut WriteTx,
    id: RecipientId,
    name: Option<&str>,
    now: DateTime<Utc>,
) -> Result<()> {
    tx.query("UPDATE campaign_recipients SET wanted_name = $2, name_asked_at = $3 WHERE id = $1")
        .bind(id)
        .bind(name.map(str::to_owned))
        .bind(name.map(|_| now))
        .run()
        .await?;
    Ok(())
}

pub(in super::super) async fn set_credential(
    tx: &mut WriteTx,
    id: RecipientId,
    credential: CredentialId,
) -> Result<()> {
    tx.query("UPDATE campaign_recipients SET credential_id = $2 WHERE id = $1")
        .bind(id)
        .bind(credential)
        .run()
        .await?;
    Ok(())
}

/// A code that is mailed.
pub(in super::super) struct NewCode<'a> {
    pub id: Uuid,
    pub recipient: RecipientId,
    pub email: &'a EmailAddress,
    /// Whether it deletes what is kept, instead of claiming.
    pub deletes: bool,
    pub digest: Vec<u8>,
    pub expires_at: DateTime<Utc>,
}

pub(in super::super) async fn insert_code(
    tx: &mut WriteTx,
    new: NewCode<'_>,
    now: DateTime<Utc>,
) -> Result<()> {
    tx.query("DELETE FROM claim_codes WHERE expires_at < $1")
        .bind(now)
        .run()
        .await?;
    tx.query(
        "INSERT INTO claim_codes (id, recipient_id, email, digest, tries, created_at, expires_at, deletes)
         VALUES ($1, $2, $3, $4, 0, $5, $6, $7)",
    )
    .bind(new.id)
    .bind(new.recipient)
    .bind(new.email.to_string())
    .bind(new.digest)
    .bind(now)
    .bind(new.expires_at)
    .bind(new.deletes)
    .run()
    .await?;
    Ok(())
}

#[derive(FromRow)]
pub(in super::super) struct SentCode {
    pub recipient_id: RecipientId,
    pub email: String,
    pub digest: Vec<u8>,
    pub tries: i64,
    /// Whether it deletes what is kept, instead of claiming.
    pub deletes: bool,
    pub used_at: Option<DateTime<Utc>>,
}

/// A mailed code that is not over, used or not. One who tries it waits for another one who does.
pub(in super::super) async fn code(
    tx: &mut WriteTx,
    id: Uuid,
    now: DateTime<Utc>,
) -> Result<Option<SentCode>> {
    tx.query("UPDATE claim_codes SET tries = tries WHERE id = $1")
        .bind(id)
        .run()
        .await?;
    tx.query(
        "SELECT recipient_id, email, digest, tries, deletes, used_at FROM claim_codes
         WHERE id = $1 AND expires_at > $2",
    )
    .bind(id)
    .bind(now)
    .optional()
    .await
}

pub(in super::super) async fn count_try(tx: &mut WriteTx, id: Uuid) -> Result<()> {
    tx.query("UPDATE claim_codes SET tries = tries + 1 WHERE id = $1")
        .bind(id)
        .run()
        .await?;
    Ok(())
}

pub(in super::super) async fn use_code(tx: &mut WriteTx, id: Uuid, now: DateTime<Utc>) -> Result<()> {
    tx.query("UPDATE claim_codes SET used_at = $2 WHERE id = $1")
        .bind(id)
        .bind(now)
        .run()
        .await?;
    Ok(())
}
