//! The statements of sites.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use database::{Conn, FromRow, Part, Result, WriteTx};
use domain::page_tokens::SiteAddress;
use domain::{DepartmentId, OrganisationId, SiteId, TokenId};

use super::super::sql::networks_text;
use super::Site;
use crate::caller::Scope;

/// A row of `sites`.
#[derive(Debug, Clone, FromRow)]
pub(in crate::page_tokens) struct SiteRecord {
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

/// The same, locked: SQLite has one writer anyway.
pub(super) async fn lock_own_site(tx: &mut WriteTx, scope: &Scope, id: SiteId) -> Result<Option<SiteRecord>> {
    let head = [
        Part::Text(SITE),
        Part::Text("WHERE s.organisation_id = $1 AND s.id = $2"),
    ];
    let tail = [Part::Text(tx.either("", "FOR UPDATE OF s"))];
    scope
        .query(tx, "s.department_id", 3, &head, &tail)
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
pub(in crate::page_tokens) async fn site_at(conn: &mut Conn, address: &str) -> Result<Option<SiteRecord>> {
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
pub(in crate::page_tokens) async fn sites_on(conn: &mut Conn, host_key: &str) -> Result<Vec<SiteRecord>> {
    conn.query(database::Sql::parts(&[
        Part::Text(SITE),
        Part::Text("WHERE s.host_key = $1 LIMIT 2"),
    ]))
    .bind(host_key.to_owned())
    .all()
    .await
}

/// Scheme and host, without the port.
pub(in crate::page_tokens) fn host_key(address: &SiteAddress) -> String {
    let scheme = if address.is_https() { "https" } else { "http" };
    format!("{scheme}://{}", address.host())
}

/// Waits for everybody who adds a site on the same host at this moment, whatever its port: what they add is seen then, and
/// no row is there yet that could be locked. SQLite has one writer anyway.
pub(super) async fn lock_host(tx: &mut WriteTx, address: &SiteAddress) -> Result<()> {
    let lock = tx.either("", "SELECT 1 FROM pg_advisory_xact_lock(hashtextextended($1, 0))");
    if !lock.is_empty() {
        let host = format!("the sites on {}", address.host());
        tx.query(lock).bind(host).run().await?;
    }
    Ok(())
}

/// Whether somebody whom the caller has no part in has a site on the host of an address, at whatever port, with TLS or
/// without.
pub(super) async fn others_on(conn: &mut Conn, scope: &Scope, address: &SiteAddress) -> Result<bool> {
    let owners: Vec<(OrganisationId, Option<DepartmentId>)> = conn
        .query("SELECT DISTINCT organisation_id, department_id FROM sites WHERE host_key IN ($1, $2)")
        .bind(format!("http://{}", address.host()))
        .bind(format!("https://{}", address.host()))
        .all()
        .await?;
    for (organisation, department) in owners {
        if !scope.has(conn, organisation, department).await? {
            return Ok(true);
        }
    }
    Ok(false)
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
