//! The statements of page tokens and sites.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use database::{Conn, FromRow, Part, Result, WriteTx};
use domain::network::Network;
use domain::page_tokens::forms::PageTokenDraft;
use domain::page_tokens::page_rule::Names;
use domain::page_tokens::{PageRule, PageScope, PageUrl};
use domain::{DepartmentId, OrganisationId, SiteId, TokenId};

use super::sites::Site;
use crate::caller::Scope;
use crate::error::corrupt;
use crate::keys::LookUp;

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
    digested: Option<LookUp>,
    until: Option<DateTime<Utc>>,
) -> Result<()> {
    let (digest, key) = digested.map(|made| (made.digest, made.key_id)).unzip();
    tx.query(
        "UPDATE page_tokens SET generation = generation + 1, previous_digest = $2, previous_until = $3,
                previous_key_id = $4
         WHERE token_id = $1",
    )
    .bind(token)
    .bind(digest)
    .bind(until)
    .bind(key)
    .run()
    .await?;
    Ok(())
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
        "UPDATE page_tokens SET previous_digest = NULL, previous_key_id = NULL
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

/// A row of `sites`.
#[derive(Debug, Clone, FromRow)]
pub(super) struct SiteRecord {
    pub id: SiteId,
    pub organisation_id: OrganisationId,
    pub department_id: Option<DepartmentId>,
    pub address: String,
    pub secret_digest: Vec<u8>,
    pub trusted_networks: String,
    pub on_refusal: String,
    pub log_refusals: bool,
    pub group_names: String,
    pub token_parameter: String,
    pub open_paths: String,
    pub asserts: bool,
    pub previous_digest: Option<Vec<u8>>,
    pub previous_until: Option<DateTime<Utc>>,
}

const SITE: &str = "SELECT s.id, s.organisation_id, s.department_id, s.address, s.secret_digest, s.trusted_networks, s.on_refusal,
        s.log_refusals, s.group_names, s.token_parameter, s.open_paths, s.asserts, s.previous_digest, s.previous_until
        FROM sites s";

/// The caller's site with an address.
pub(super) async fn own_site_at(conn: &mut Conn, scope: &Scope, address: &str) -> Result<Option<SiteRecord>> {
    let head = [
        Part::Text(SITE),
        Part::Text("WHERE s.organisation_id = $1 AND s.address = $2"),
    ];
    scope
        .query(conn, "s.department_id", 3, &head, &[])
        .organisation()
        .bind(address.to_owned())
        .optional()
        .await
}

/// One of the caller's sites.
pub(super) async fn own_site(conn: &mut Conn, scope: &Scope, id: SiteId) -> Result<Option<SiteRecord>> {
    let head = [
        Part::Text(SITE),
        Part::Text("WHERE s.organisation_id = $1 AND s.id = $2"),
    ];
    scope
        .query(conn, "s.department_id", 3, &head, &[])
        .organisation()
        .bind(id)
        .optional()
        .await
}

/// The caller's sites, by address.
pub(super) async fn sites(conn: &mut Conn, scope: &Scope) -> Result<Vec<SiteRecord>> {
    let head = [Part::Text(SITE), Part::Text("WHERE s.organisation_id = $1")];
    let tail = [Part::Text("ORDER BY s.address LIMIT 1000")];
    scope
        .query(conn, "s.department_id", 2, &head, &tail)
        .organisation()
        .all()
        .await
}

/// The site with an address, whoever's it is: what the gate is asked about.
pub(super) async fn site_at(conn: &mut Conn, address: &str) -> Result<Option<SiteRecord>> {
    let head: Vec<SiteRecord> = conn
        .query(database::Sql::parts(&[
            Part::Text(SITE),
            Part::Text("WHERE s.address = $1"),
        ]))
        .bind(address.to_owned())
        .all()
        .await?;
    Ok(head.into_iter().next())
}

/// The sites on a host, whatever their port: at most two, since more than one is no answer.
pub(super) async fn sites_on(conn: &mut Conn, host_key: &str) -> Result<Vec<SiteRecord>> {
    conn.query(database::Sql::parts(&[
        Part::Text(SITE),
        Part::Text("WHERE s.host_key = $1 LIMIT 2"),
    ]))
    .bind(host_key.to_owned())
    .all()
    .await
}

/// Scheme and host, without the port.
pub(super) fn host_key(address: &domain::page_tokens::SiteAddress) -> String {
    let scheme = if address.is_https() { "https" } else { "http" };
    format!("{scheme}://{}", address.host())
}

/// Whether it was added: an address belongs to one site.
pub(super) async fn insert_site(tx: &mut WriteTx, site: &Site, now: DateTime<Utc>) -> Result<bool> {
    let added = tx
        .query(
            "INSERT INTO sites (id, organisation_id, department_id, address, host_key, created_at, secret_digest,
                                trusted_networks, on_refusal, log_refusals, group_names, token_parameter, open_paths,
                                asserts)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
             ON CONFLICT (address) DO NOTHING",
        )
        .bind(site.id)
        .bind(site.organisation)
        .bind(site.department)
        .bind(site.address.to_string())
        .bind(host_key(&site.address))
        .bind(now)
        .bind(site.secret_digest.clone())
        .bind(networks_text(&site.trusted_networks))
        .bind(site.on_refusal.key().to_owned())
        .bind(site.log_refusals)
        .bind(site.groups.to_string())
        .bind(site.token_parameter.clone())
        .bind(site.open_paths.join(","))
        .bind(site.asserts)
        .run()
        .await?;
    Ok(added == 1)
}

pub(super) async fn update_site(tx: &mut WriteTx, site: &Site) -> Result<()> {
    tx.query(
        "UPDATE sites SET secret_digest = $2, trusted_networks = $3, on_refusal = $4, log_refusals = $5, group_names = $6,
                token_parameter = $7, open_paths = $8, asserts = $9, previous_digest = $10, previous_until = $11 WHERE id = $1",
    )
    .bind(site.id)
    .bind(site.secret_digest.clone())
    .bind(networks_text(&site.trusted_networks))
    .bind(site.on_refusal.key().to_owned())
    .bind(site.log_refusals)
    .bind(site.groups.to_string())
    .bind(site.token_parameter.clone())
    .bind(site.open_paths.join(","))
    .bind(site.asserts)
    .bind(site.previous.as_ref().map(|(digest, _)| digest.clone()))
    .bind(site.previous.as_ref().map(|(_, until)| *until))
    .run()
    .await?;
    Ok(())
}

pub(super) async fn delete_site(tx: &mut WriteTx, id: SiteId) -> Result<()> {
    tx.query("DELETE FROM sites WHERE id = $1").bind(id).run().await?;
    Ok(())
}

pub(super) async fn has_tokens(conn: &mut Conn, site: SiteId) -> Result<bool> {
    let row: Option<(TokenId,)> = conn
        .query("SELECT token_id FROM page_tokens WHERE site_id = $1 LIMIT 1")
        .bind(site)
        .optional()
        .await?;
    Ok(row.is_some())
}

/// How many tokens, deleted ones too, some sites have.
pub(super) async fn tokens_of_sites(conn: &mut Conn, sites: Vec<SiteId>) -> Result<HashMap<SiteId, i64>> {
    if sites.is_empty() {
        return Ok(HashMap::new());
    }
    let rows: Vec<(SiteId, i64)> = conn
        .query_in(
            "SELECT site_id, COUNT(*) FROM page_tokens WHERE site_id IN (VALUES",
            sites,
            ") GROUP BY site_id",
        )
        .all()
        .await?;
    Ok(rows.into_iter().collect())
}

pub(super) async fn parameter(conn: &mut Conn, site: SiteId) -> Result<Option<String>> {
    let row: Option<(String,)> = conn
        .query("SELECT token_parameter FROM sites WHERE id = $1")
        .bind(site)
        .optional()
        .await?;
    Ok(row.map(|(parameter,)| parameter))
}
