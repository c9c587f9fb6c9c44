//! The statements of page tokens.

use chrono::{DateTime, Utc};
use database::{Conn, FromRow, Result, Statement, WriteTx};
use domain::network::Network;
use domain::page_tokens::forms::PageTokenDraft;
use domain::page_tokens::page_rule::Names;
use domain::page_tokens::{PageRule, PageScope, PageUrl};
use domain::{OrganisationId, SiteId, TokenId};

use crate::error::corrupt;
use crate::keys::LookUp;
use crate::scan_digest::ScanDigest;

/// Networks as text, with commas.
pub(super) fn networks_text(networks: &[Network]) -> String {
    let texts: Vec<String> = networks.iter().map(ToString::to_string).collect();
    texts.join(",")
}

pub(super) async fn insert(
    tx: &mut WriteTx,
    token: TokenId,
    organisation: OrganisationId,
    site: SiteId,
    draft: &PageTokenDraft,
) -> Result<()> {
    let query = tx.query(
        "INSERT INTO page_tokens (token_id, site_id, full_url, canonical_url, scope, may_add, any_value, reads_only, confirm,
                                  networks, group_names, note, email, organisation_id, generation)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, 1)",
    );
    bind(query, token, site, draft).bind(organisation).run().await?;
    Ok(())
}

pub(super) async fn update(
    tx: &mut WriteTx,
    token: TokenId,
    site: SiteId,
    draft: &PageTokenDraft,
) -> Result<()> {
    let query = tx.query(
        "UPDATE page_tokens SET site_id = $2, full_url = $3, canonical_url = $4, scope = $5, may_add = $6, any_value = $7,
                reads_only = $8, confirm = $9, networks = $10, group_names = $11, note = $12,
                email = CASE WHEN $13 = '' THEN email ELSE $13 END
         WHERE token_id = $1",
    );
    bind(query, token, site, draft).run().await?;
    Ok(())
}

fn bind<'c>(
    query: database::Query<'c>,
    token: TokenId,
    site: SiteId,
    draft: &PageTokenDraft,
) -> database::Query<'c> {
    let rule = &draft.rule;
    query
        .bind(token)
        .bind(site)
        .bind(draft.full_url.clone())
        .bind(rule.url.to_string())
        .bind(rule.scope.key().to_owned())
        .bind(rule.may_add.to_string())
        .bind(rule.any_value.to_string())
        .bind(rule.reads_only)
        .bind(draft.confirm)
        .bind(networks_text(&rule.networks))
        .bind(draft.groups.to_string())
        .bind(draft.note.clone())
        .bind(
            draft
                .email
                .as_ref()
                .map(|email| email.as_str().to_owned())
                .unwrap_or_default(),
        )
}

/// What stands beside the core's row.
#[derive(Debug, Clone, FromRow)]
pub(super) struct Details {
    pub token_id: TokenId,
    pub organisation_id: OrganisationId,
    pub site_id: SiteId,
    pub full_url: String,
    pub canonical_url: String,
    pub scope: String,
    pub may_add: String,
    pub any_value: String,
    pub reads_only: bool,
    pub confirm: bool,
    pub networks: String,
    pub group_names: String,
    pub note: String,
    pub email: String,
    pub generation: i64,
    pub previous_until: Option<DateTime<Utc>>,
}

impl Details {
    /// What the token opens.
    pub(super) fn rule(&self) -> crate::Result<PageRule> {
        let bad = |column| corrupt("page_tokens", column, self.token_id);
        Ok(PageRule {
            url: PageUrl::canonical(&self.canonical_url).map_err(|_| bad("canonical_url"))?,
            scope: PageScope::from_key(&self.scope).ok_or_else(|| bad("scope"))?,
            may_add: Names::parse(&self.may_add).map_err(|_| bad("may_add"))?,
            any_value: Names::parse(&self.any_value).map_err(|_| bad("any_value"))?,
            reads_only: self.reads_only,
            networks: Network::parse_list(&self.networks).map_err(|_| bad("networks"))?,
        })
    }
}

pub(super) async fn details(conn: &mut Conn, token: TokenId) -> Result<Option<Details>> {
    conn.query(
        "SELECT token_id, organisation_id, site_id, full_url, canonical_url, scope, may_add, any_value, reads_only, confirm,
                networks, group_names, note, email, generation, previous_until
         FROM page_tokens WHERE token_id = $1",
    )
    .bind(token)
    .optional()
    .await
}

/// The token that one of these digests opened until it was rotated, as long as its grace lasts.
pub(super) async fn by_previous(
    conn: &mut Conn,
    digests: Vec<Vec<u8>>,
    now: DateTime<Utc>,
) -> Result<Option<(TokenId, OrganisationId)>> {
    let rows: Vec<(TokenId, OrganisationId, DateTime<Utc>)> = conn
        .query_in(
            "SELECT token_id, organisation_id, previous_until FROM page_tokens
             WHERE previous_until IS NOT NULL AND previous_digest IN (VALUES",
            digests,
            ")",
        )
        .all()
        .await?;
    let open = rows.into_iter().find(|(.., until)| now < *until);
    Ok(open.map(|(token, organisation, _)| (token, organisation)))
}

/// Keeps the digest of the secret that a token has had so far, until its grace is over.
pub(super) async fn set_previous(
    tx: &mut WriteTx,
    token: TokenId,
    digested: Option<(LookUp, Option<ScanDigest>)>,
    until: Option<DateTime<Utc>>,
) -> Result<()> {
    let (made, scan) = digested.unzip();
    let (digest, key) = made.map(|made| (made.digest, made.key_id)).unzip();
    let scan = scan.flatten();
    tx.query(
        "UPDATE page_tokens SET generation = generation + 1, previous_digest = $2, previous_until = $3,
                previous_key_id = $4, previous_scan_bucket = $5, previous_scan_digest = $6
         WHERE token_id = $1",
    )
    .bind(token)
    .bind(digest)
    .bind(until)
    .bind(key)
    .bind(scan.map(|scan| scan.bucket()))
    .bind(scan.map(|scan| scan.bytes()))
    .run()
    .await?;
    Ok(())
}

/// Tokens whose secret until the last rotation has one of these numbers, in its grace, with that secret's digest.
pub(super) async fn previous_by_scan(
    conn: &mut Conn,
    buckets: &[i64],
    now: DateTime<Utc>,
) -> Result<Vec<(TokenId, Vec<u8>)>> {
    Statement::new("SELECT token_id, previous_scan_digest FROM page_tokens WHERE previous_until >")
        .value(now)
        .text("AND")
        .is_among("previous_scan_bucket", buckets.to_vec())
        .query(conn)
        .all()
        .await
}

/// The numbers of the keys that previous secrets were digested with.
pub(super) async fn keys_of_previous(conn: &mut Conn) -> crate::error::Result<Vec<i64>> {
    let rows: Vec<(i64,)> = conn
        .query(
            "SELECT DISTINCT previous_key_id FROM page_tokens WHERE previous_key_id IS NOT NULL ORDER BY previous_key_id",
        )
        .all()
        .await?;
    Ok(rows.into_iter().map(|(key,)| key).collect())
}

/// How many previous secrets were digested with a key.
pub(super) async fn count_previous_with_key(conn: &mut Conn, key: i64) -> crate::error::Result<i64> {
    let count = conn
        .query("SELECT COUNT(*) FROM page_tokens WHERE previous_key_id = $1")
        .bind(key)
        .number()
        .await?;
    Ok(count)
}

/// Forgets previous secrets whose grace was over before an instant.
pub(super) async fn remove_previous(tx: &mut WriteTx, now: DateTime<Utc>) -> Result<()> {
    tx.query(
        "UPDATE page_tokens SET previous_digest = NULL, previous_key_id = NULL, previous_scan_bucket = NULL,
                previous_scan_digest = NULL
         WHERE previous_digest IS NOT NULL AND previous_until < $1",
    )
    .bind(now)
    .run()
    .await?;
    Ok(())
}

pub(super) async fn organisation_name(conn: &mut Conn, organisation: OrganisationId) -> Result<String> {
    let row: Option<(String,)> = conn
        .query("SELECT name FROM organisations WHERE id = $1")
        .bind(organisation)
        .optional()
        .await?;
    Ok(row.map(|(name,)| name).unwrap_or_default())
}
