//! The statements of mobile sessions and apps.
//!
//! A session belongs to the department that its person is in now, so its scope is asked of the person's row. [`details`]
//! reads everything that rights follow from in one statement, as for API tokens.

mod list;

use chrono::{DateTime, TimeDelta, Utc};
use database::{Conn, FromRow, Part, Query, Result, Sql, Statement, WriteTx};
use domain::mobile_sessions::Device;
use domain::{DepartmentId, MobileAppId, OrganisationId, Permissions, PersonId, TokenId, UserTypeId};

pub(super) use list::{
    Listed, Wanted, alive, alive_of_app, alive_of_person, by_id, by_ids, count, last_addresses, list, order,
};

use crate::keys::LookUp;
use crate::scan_digest::ScanDigest;

/// Addresses that are kept of a session.
const ADDRESSES: i64 = 5;

/// An app, as lists show it.
#[derive(FromRow)]
pub(super) struct AppRow {
    pub id: MobileAppId,
    pub name: String,
    pub redirects: String,
    pub created_at: DateTime<Utc>,
    pub sessions: i64,
}

const APPS: &str = "SELECT m.id, m.name, m.redirects, m.created_at,
            (SELECT COUNT(*) FROM mobile_sessions s JOIN tokens k ON k.id = s.token_id
             WHERE s.app_id = m.id AND k.ended_at IS NULL) AS sessions
     FROM mobile_apps m WHERE m.organisation_id = $1 AND m.removed_at IS NULL";

pub(super) async fn apps(conn: &mut Conn, organisation: OrganisationId) -> Result<Vec<AppRow>> {
    conn.query(Sql::pieces(&[APPS, "ORDER BY m.id DESC"]))
        .bind(organisation)
        .all()
        .await
}

pub(super) async fn app(
    conn: &mut Conn,
    organisation: OrganisationId,
    id: MobileAppId,
) -> Result<Option<AppRow>> {
    conn.query(Sql::pieces(&[APPS, "AND m.id = $2"]))
        .bind(organisation)
        .bind(id)
        .optional()
        .await
}

pub(super) async fn count_apps(conn: &mut Conn, organisation: OrganisationId) -> Result<i64> {
    conn.query("SELECT COUNT(*) FROM mobile_apps WHERE organisation_id = $1 AND removed_at IS NULL")
        .bind(organisation)
        .number()
        .await
}

pub(super) async fn insert_app(
    tx: &mut WriteTx,
    id: MobileAppId,
    organisation: OrganisationId,
    name: &str,
    redirects: &str,
    now: DateTime<Utc>,
) -> Result<()> {
    tx.query(
        "INSERT INTO mobile_apps (id, organisation_id, name, redirects, created_at) VALUES ($1, $2, $3, $4, $5)",
    )
    .bind(id)
    .bind(organisation)
    .bind(name.to_owned())
    .bind(redirects.to_owned())
    .bind(now)
    .run()
    .await?;
    Ok(())
}

pub(super) async fn change_app(
    tx: &mut WriteTx,
    organisation: OrganisationId,
    id: MobileAppId,
    name: &str,
    redirects: &str,
) -> Result<()> {
    tx.query("UPDATE mobile_apps SET name = $3, redirects = $4 WHERE id = $1 AND organisation_id = $2")
        .bind(id)
        .bind(organisation)
        .bind(name.to_owned())
        .bind(redirects.to_owned())
        .run()
        .await?;
    Ok(())
}

pub(super) async fn remove_app(
    tx: &mut WriteTx,
    organisation: OrganisationId,
    id: MobileAppId,
    now: DateTime<Utc>,
) -> Result<()> {
    tx.query("UPDATE mobile_apps SET removed_at = $3 WHERE id = $1 AND organisation_id = $2")
        .bind(id)
        .bind(organisation)
        .bind(now)
        .run()
        .await?;
    Ok(())
}

/// An app that asks for a sign-in.
#[derive(FromRow)]
pub(super) struct AskingRow {
    pub id: MobileAppId,
    pub organisation_id: OrganisationId,
    pub organisation: String,
    pub name: String,
    pub redirects: String,
}

pub(super) async fn asking_app(conn: &mut Conn, id: MobileAppId) -> Result<Option<AskingRow>> {
    conn.query(
        "SELECT m.id, m.organisation_id, o.name AS organisation, m.name, m.redirects
         FROM mobile_apps m JOIN organisations o ON o.id = m.organisation_id
         WHERE m.id = $1 AND m.removed_at IS NULL AND o.cancelled_at IS NULL",
    )
    .bind(id)
    .optional()
    .await
}

/// A code to be kept.
pub(super) struct NewCode<'a> {
    pub digest: Vec<u8>,
    pub organisation: OrganisationId,
    pub app: MobileAppId,
    pub person: PersonId,
    pub redirect: &'a str,
    pub challenge: &'a str,
    pub permissions: Option<Permissions>,
    pub expires_at: DateTime<Utc>,
}

pub(super) async fn insert_code(tx: &mut WriteTx, new: &NewCode<'_>) -> Result<()> {
    tx.query(
        "INSERT INTO mobile_codes (digest, organisation_id, app_id, person_id, redirect, challenge, permissions,
                                   expires_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(new.digest.clone())
    .bind(new.organisation)
    .bind(new.app)
    .bind(new.person)
    .bind(new.redirect.to_owned())
    .bind(new.challenge.to_owned())
    .bind(new.permissions.map(|permissions| permissions.to_string()))
    .bind(new.expires_at)
    .run()
    .await?;
    Ok(())
}

/// A code that was taken.
#[derive(FromRow)]
pub(super) struct CodeRow {
    pub organisation_id: OrganisationId,
    pub app_id: MobileAppId,
    pub person_id: PersonId,
    pub redirect: String,
    pub challenge: String,
    pub permissions: Option<String>,
    pub expires_at: DateTime<Utc>,
}

/// Whether there is such a code, used or not.
pub(super) async fn is_code(conn: &mut Conn, digest: &[u8]) -> Result<bool> {
    let found = conn
        .query("SELECT COUNT(*) FROM mobile_codes WHERE digest = $1")
        .bind(digest.to_vec());
    Ok(found.number().await? > 0)
}

/// Uses a code up. Of two who come at once one gets it.
pub(super) async fn take_code(
    tx: &mut WriteTx,
    digest: &[u8],
    now: DateTime<Utc>,
) -> Result<Option<CodeRow>> {
    tx.query(
        "UPDATE mobile_codes SET used_at = $2 WHERE digest = $1 AND used_at IS NULL
         RETURNING organisation_id, app_id, person_id, redirect, challenge, permissions, expires_at",
    )
    .bind(digest.to_vec())
    .bind(now)
    .optional()
    .await
}

/// What a code belongs to.
#[derive(FromRow)]
pub(super) struct BehindCode {
    pub app: String,
}

/// What a code belongs to, if all of it may come in at this moment.
pub(super) async fn behind_code(conn: &mut Conn, digest: &[u8]) -> Result<Option<BehindCode>> {
    conn.query(
        "SELECT m.name AS app FROM mobile_codes c
         JOIN mobile_apps m ON m.id = c.app_id AND m.removed_at IS NULL
         JOIN people p ON p.id = c.person_id AND p.organisation_id = c.organisation_id AND p.deactivated_at IS NULL
         JOIN organisations o ON o.id = c.organisation_id AND o.cancelled_at IS NULL
         WHERE c.digest = $1",
    )
    .bind(digest.to_vec())
    .optional()
    .await
}

/// Notes which session a code gave.
pub(super) async fn set_gave(tx: &mut WriteTx, digest: &[u8], session: TokenId) -> Result<()> {
    tx.query("UPDATE mobile_codes SET token_id = $2 WHERE digest = $1")
        .bind(digest.to_vec())
        .bind(session)
        .run()
        .await?;
    Ok(())
}

/// The session that a code gave, with its organisation.
pub(super) async fn gave(conn: &mut Conn, digest: &[u8]) -> Result<Option<(TokenId, OrganisationId)>> {
    conn.query(
        "SELECT token_id, organisation_id FROM mobile_codes WHERE digest = $1 AND token_id IS NOT NULL",
    )
    .bind(digest.to_vec())
    .optional()
    .await
}

/// What stands beside the core's row of a new session.
pub(super) struct NewSession<'a> {
    pub token: TokenId,
    pub organisation: OrganisationId,
    pub person: PersonId,
    pub app: MobileAppId,
    pub permissions: Option<&'a str>,
    pub ends_at: DateTime<Utc>,
}

pub(super) async fn insert(tx: &mut WriteTx, new: &NewSession<'_>, now: DateTime<Utc>) -> Result<()> {
    tx.query(
        "INSERT INTO mobile_sessions (token_id, organisation_id, person_id, app_id, permissions, generation, ends_at,
                                      device, version, system, last_active_at, last_address)
         VALUES ($1, $2, $3, $4, $5, 1, $6, '', '', '', $7, '')",
    )
    .bind(new.token)
    .bind(new.organisation)
    .bind(new.person)
    .bind(new.app)
    .bind(new.permissions.map(str::to_owned))
    .bind(new.ends_at)
    .bind(now)
    .run()
    .await?;
    Ok(())
}

/// Notes what an app said of itself, and from where. What it does not say any more stays.
pub(super) async fn set_seen(
    tx: &mut WriteTx,
    session: TokenId,
    device: &Device,
    address: &str,
    now: DateTime<Utc>,
) -> Result<()> {
    tx.query(
        "UPDATE mobile_sessions SET device = COALESCE(NULLIF($2, ''), device),
                                    version = COALESCE(NULLIF($3, ''), version),
                                    system = COALESCE(NULLIF($4, ''), system),
                                    last_address = COALESCE(NULLIF($5, ''), last_address),
                                    last_active_at = $6
         WHERE token_id = $1",
    )
    .bind(session)
    .bind(device.name.clone())
    .bind(device.app.clone())
    .bind(device.system.clone())
    .bind(address.to_owned())
    .bind(now)
    .run()
    .await?;
    let active = Active {
        session,
        at: now,
        address: address.to_owned(),
    };
    note_addresses(tx, &[active]).await
}

/// When a session was active, and from where.
pub(super) struct Active {
    pub session: TokenId,
    pub at: DateTime<Utc>,
    pub address: String,
}

/// Notes when sessions were active; it only moves forward.
pub(super) async fn note(tx: &mut WriteTx, active: &[Active]) -> Result<()> {
    tx.update(
        "UPDATE mobile_sessions SET last_active_at = v.column3, last_address = v.column4",
        3,
        "AND mobile_sessions.token_id = v.column2 AND last_active_at < v.column3",
        active,
        |query, active| {
            query
                .bind(active.session)
                .bind(active.at)
                .bind(active.address.clone())
        },
    )
    .await?;
    note_addresses(tx, active).await
}

async fn note_addresses(tx: &mut WriteTx, active: &[Active]) -> Result<()> {
    let known: Vec<&Active> = active
        .iter()
        .filter(|active| !active.address.is_empty())
        .collect();
    tx.insert(
        "INSERT INTO mobile_addresses (token_id, address, last_at)",
        3,
        "ON CONFLICT (token_id, address) DO UPDATE SET last_at = excluded.last_at
         WHERE mobile_addresses.last_at < excluded.last_at",
        &known,
        |query, active| {
            query
                .bind(active.session)
                .bind(active.address.clone())
                .bind(active.at)
        },
    )
    .await?;
    Ok(())
}

/// The addresses that a session was used from, the latest first.
pub(super) async fn addresses(conn: &mut Conn, session: TokenId) -> Result<Vec<(String, DateTime<Utc>)>> {
    conn.query(
        "SELECT address, last_at FROM mobile_addresses WHERE token_id = $1 ORDER BY last_at DESC LIMIT $2",
    )
    .bind(session)
    .bind(ADDRESSES)
    .all()
    .await
}

pub(super) async fn insert_access(
    tx: &mut WriteTx,
    session: TokenId,
    look_up: &LookUp,
    scan: ScanDigest,
    expires_at: DateTime<Utc>,
) -> Result<()> {
    tx.query(
        "INSERT INTO mobile_access_tokens (digest, key_id, token_id, expires_at, scan_bucket, scan_digest)
         VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(look_up.digest.clone())
    .bind(look_up.key_id)
    .bind(session)
    .bind(expires_at)
    .bind(scan.bucket())
    .bind(scan.bytes())
    .run()
    .await?;
    Ok(())
}

/// Sessions with access tokens that have one of these numbers, and whose time is not over, with the token's digest.
pub(super) async fn access_by_scan(
    conn: &mut Conn,
    buckets: &[i64],
    now: DateTime<Utc>,
) -> Result<Vec<(TokenId, Vec<u8>)>> {
    Statement::new("SELECT token_id, scan_digest FROM mobile_access_tokens WHERE expires_at >")
        .value(now)
        .text("AND")
        .is_among("scan_bucket", buckets.to_vec())
        .query(conn)
        .all()
        .await
}

/// Removes the access tokens of a session whose time is over.
pub(super) async fn remove_access(tx: &mut WriteTx, session: TokenId, now: DateTime<Utc>) -> Result<()> {
    tx.query("DELETE FROM mobile_access_tokens WHERE token_id = $1 AND expires_at <= $2")
        .bind(session)
        .bind(now)
        .run()
        .await?;
    Ok(())
}

/// Removes an access token.
pub(super) async fn remove_access_token(tx: &mut WriteTx, digests: Vec<Vec<u8>>) -> Result<()> {
    tx.query_in(
        "DELETE FROM mobile_access_tokens WHERE digest IN (VALUES",
        digests,
        ")",
    )
    .run()
    .await?;
    Ok(())
}

/// A refresh token before the last one.
#[derive(FromRow)]
pub(super) struct Earlier {
    pub token_id: TokenId,
    pub generation: i64,
    pub used_at: Option<DateTime<Utc>>,
}

pub(super) async fn earlier(conn: &mut Conn, digests: Vec<Vec<u8>>) -> Result<Option<Earlier>> {
    conn.query_in(
        "SELECT token_id, generation, used_at FROM mobile_refresh_tokens WHERE digest IN (VALUES",
        digests,
        ")",
    )
    .optional()
    .await
}

/// Whether one of these digests is that of the refresh token that was made last.
pub(super) async fn is_newest(conn: &mut Conn, session: TokenId, digests: Vec<Vec<u8>>) -> Result<bool> {
    let sql = Sql::parts(&[
        Part::Text("SELECT COUNT(*) FROM tokens WHERE id = $1 AND digest IN"),
        Part::Values {
            first: 2,
            count: digests.len(),
        },
    ]);
    let query = conn.query(sql).bind(session);
    Ok(digests.into_iter().fold(query, Query::bind).number().await? > 0)
}

/// The generation of the refresh tokens that were made last.
pub(super) async fn generation(conn: &mut Conn, session: TokenId) -> Result<i64> {
    conn.query("SELECT generation FROM mobile_sessions WHERE token_id = $1")
        .bind(session)
        .number()
        .await
}

pub(super) async fn set_generation(tx: &mut WriteTx, session: TokenId, generation: i64) -> Result<()> {
    tx.query("UPDATE mobile_sessions SET generation = $2 WHERE token_id = $1")
        .bind(session)
        .bind(generation)
        .run()
        .await?;
    Ok(())
}

/// Keeps the digest of the refresh token that is about to be followed by another.
pub(super) async fn keep_refresh(tx: &mut WriteTx, session: TokenId, generation: i64) -> Result<()> {
    tx.query(
        "INSERT INTO mobile_refresh_tokens (digest, key_id, token_id, generation)
         SELECT digest, key_id, id, $2 FROM tokens WHERE id = $1 AND digest IS NOT NULL",
    )
    .bind(session)
    .bind(generation)
    .run()
    .await?;
    Ok(())
}

/// Notes that a refresh token was used for the first time.
pub(super) async fn set_refreshed(tx: &mut WriteTx, digests: Vec<Vec<u8>>, now: DateTime<Utc>) -> Result<()> {
    let sql = Sql::parts(&[
        Part::Text("UPDATE mobile_refresh_tokens SET used_at = $1 WHERE used_at IS NULL AND digest IN"),
        Part::Values {
            first: 2,
            count: digests.len(),
        },
    ]);
    let query = tx.query(sql).bind(now);
    digests.into_iter().fold(query, Query::bind).run().await?;
    Ok(())
}

/// Whose a session is.
pub(super) async fn organisation(conn: &mut Conn, session: TokenId) -> Result<Option<OrganisationId>> {
    let row: Option<(OrganisationId,)> = conn
        .query("SELECT organisation_id FROM mobile_sessions WHERE token_id = $1")
        .bind(session)
        .optional()
        .await?;
    Ok(row.map(|(organisation,)| organisation))
}

pub(super) async fn ask_wipe(tx: &mut WriteTx, session: TokenId, now: DateTime<Utc>) -> Result<()> {
    tx.query("UPDATE mobile_sessions SET wipe_asked_at = $2 WHERE token_id = $1 AND wipe_asked_at IS NULL")
        .bind(session)
        .bind(now)
        .run()
        .await?;
    Ok(())
}

pub(super) async fn set_wiped(tx: &mut WriteTx, session: TokenId, now: DateTime<Utc>) -> Result<()> {
    tx.query("UPDATE mobile_sessions SET wiped_at = $2 WHERE token_id = $1 AND wipe_asked_at IS NOT NULL")
        .bind(session)
        .bind(now)
        .run()
        .await?;
    Ok(())
}

/// Everything that a session's rights follow from, as it is now.
#[derive(Debug, FromRow)]
pub(super) struct Details {
    pub access_until: Option<DateTime<Utc>>,
    pub token_id: TokenId,
    pub organisation_id: OrganisationId,
    pub organisation: String,
    pub time_zone: String,
    pub full_tokens: bool,
    pub cancelled_at: Option<DateTime<Utc>>,
    pub person_id: PersonId,
    pub person_name: String,
    pub email: String,
    pub deactivated_at: Option<DateTime<Utc>>,
    pub department_id: Option<DepartmentId>,
    pub department: Option<String>,
    pub user_type_id: UserTypeId,
    pub user_type: String,
    pub built_in: Option<String>,
    pub type_permissions: Option<String>,
    pub app_id: MobileAppId,
    pub app: String,
    pub removed_at: Option<DateTime<Utc>>,
    pub permissions: Option<String>,
    pub device: String,
    pub created_at: DateTime<Utc>,
    pub last_active_at: DateTime<Utc>,
    pub ends_at: DateTime<Utc>,
    pub expires_at: Option<DateTime<Utc>>,
    pub suspended_at: Option<DateTime<Utc>>,
    pub revoked_at: Option<DateTime<Utc>>,
    pub deleted_at: Option<DateTime<Utc>>,
    pub wipe_asked_at: Option<DateTime<Utc>>,
    pub wiped_at: Option<DateTime<Utc>>,
}

const DETAILS: &str = "s.token_id, s.organisation_id, o.name AS organisation, o.time_zone, o.full_tokens, o.cancelled_at,
            s.person_id, p.name AS person_name, p.email, p.deactivated_at, p.department_id, d.name AS department,
            u.id AS user_type_id, u.name AS user_type, u.built_in, u.permissions AS type_permissions,
            s.app_id, m.name AS app, m.removed_at, s.permissions, s.device, k.created_at, s.last_active_at, s.ends_at,
            k.expires_at, k.suspended_at, k.revoked_at, k.deleted_at, s.wipe_asked_at, s.wiped_at";

/// What stands around a session. Anyone who has no user type is a member.
const AROUND: &str = "JOIN tokens k ON k.id = s.token_id
     JOIN organisations o ON o.id = s.organisation_id
     JOIN people p ON p.id = s.person_id AND p.organisation_id = s.organisation_id
     JOIN mobile_apps m ON m.id = s.app_id AND m.organisation_id = s.organisation_id
     JOIN user_types u ON u.organisation_id = s.organisation_id
          AND (u.id = p.user_type_id OR (p.user_type_id IS NULL AND u.built_in = 'member'))
     LEFT JOIN departments d ON d.id = p.department_id AND d.organisation_id = s.organisation_id";

pub(super) async fn details(conn: &mut Conn, session: TokenId) -> Result<Option<Details>> {
    conn.query(Sql::pieces(&[
        "SELECT k.expires_at AS access_until,",
        DETAILS,
        "FROM mobile_sessions s",
        AROUND,
        "WHERE s.token_id = $1",
    ]))
    .bind(session)
    .optional()
    .await
}

/// The same by an access token.
pub(super) async fn details_by_access(conn: &mut Conn, digests: Vec<Vec<u8>>) -> Result<Option<Details>> {
    let any_of = Part::Values {
        first: 1,
        count: digests.len(),
    };
    let sql = Sql::parts(&[
        Part::Text("SELECT x.expires_at AS access_until,"),
        Part::Text(DETAILS),
        Part::Text("FROM mobile_access_tokens x JOIN mobile_sessions s ON s.token_id = x.token_id"),
        Part::Text(AROUND),
        Part::Text("WHERE x.digest IN"),
        any_of,
    ]);
    let query = digests.into_iter().fold(conn.query(sql), Query::bind);
    query.optional().await
}

/// Removes what nobody needs any more: what is over now, and what belongs to sessions that ended before an instant.
pub(super) async fn sweep(tx: &mut WriteTx, now: DateTime<Utc>, ended_before: DateTime<Utc>) -> Result<()> {
    for (statement, before) in [
        (
            "DELETE FROM mobile_codes WHERE expires_at < $1",
            now - TimeDelta::days(1),
        ),
        (
            "DELETE FROM mobile_access_tokens WHERE expires_at < $1",
            now - TimeDelta::hours(1),
        ),
        (
            "DELETE FROM mobile_refresh_tokens WHERE token_id IN
                (SELECT r.token_id FROM mobile_refresh_tokens r JOIN tokens k ON k.id = r.token_id
                 WHERE k.ended_at < $1)",
            ended_before,
        ),
    ] {
        tx.query(statement).bind(before).run().await?;
    }
    tx.query(
        "DELETE FROM mobile_addresses WHERE $1 <=
            (SELECT COUNT(*) FROM mobile_addresses o
             WHERE o.token_id = mobile_addresses.token_id AND o.last_at > mobile_addresses.last_at)",
    )
    .bind(ADDRESSES)
    .run()
    .await?;
    Ok(())
}

/// The numbers of the keys that earlier secrets were digested with.
pub(super) async fn keys(conn: &mut Conn) -> crate::error::Result<Vec<i64>> {
    let rows: Vec<(i64,)> = conn
        .query(
            "SELECT key_id FROM mobile_refresh_tokens UNION SELECT key_id FROM mobile_access_tokens ORDER BY key_id",
        )
        .all()
        .await?;
    Ok(rows.into_iter().map(|(key,)| key).collect())
}

/// How many earlier secrets were digested with a key.
pub(super) async fn count_with_key(conn: &mut Conn, key: i64) -> crate::error::Result<i64> {
    let count = conn
        .query(
            "SELECT (SELECT COUNT(*) FROM mobile_refresh_tokens WHERE key_id = $1)
                  + (SELECT COUNT(*) FROM mobile_access_tokens WHERE key_id = $1)",
        )
        .bind(key)
        .number()
        .await?;
    Ok(count)
}
