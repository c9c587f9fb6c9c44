//! The statements of the core: tokens, uses, and search terms of tokens.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use database::{Conn, FromRow, Part, Result, Row, Sql, Statement, WriteTx, padded};
use domain::tokens::Family;
use domain::{DepartmentId, OrganisationId, PersonId, TokenId};

use super::issue::{NewPart, NewToken};
use super::kind::Kind;
use super::secret::Kept;
use super::{Change, Own, Token};
use crate::scan_digest::ScanDigest;
use crate::words;

#[derive(Debug, FromRow)]
pub(super) struct TokenRow {
    pub id: TokenId,
    pub organisation_id: OrganisationId,
    pub department_id: Option<DepartmentId>,
    pub kind: String,
    pub whole_id: Option<TokenId>,
    pub name: String,
    pub hint_head: Option<String>,
    pub hint_tail: Option<String>,
    pub starts_at: Option<DateTime<Utc>>,
    pub expires_at: Option<DateTime<Utc>>,
    pub use_limit: Option<i64>,
    pub uses: i64,
    pub suspended_at: Option<DateTime<Utc>>,
    pub revoked_at: Option<DateTime<Utc>>,
    pub deleted_at: Option<DateTime<Utc>>,
    pub created_by: Option<PersonId>,
    pub is_sealed: bool,
    pub is_scannable: bool,
}

const COLUMNS: &str =
    "SELECT id, organisation_id, department_id, kind, whole_id, name, hint_head, hint_tail, starts_at, expires_at,
           use_limit, uses, suspended_at, revoked_at, deleted_at, created_by, sealed IS NOT NULL AS is_sealed,
           scan_bucket IS NOT NULL AS is_scannable
    FROM tokens";

/// The same columns, where the table is `t`.
pub(super) const COLUMNS_OF_T: &str =
    "t.id, t.organisation_id, t.department_id, t.kind, t.whole_id, t.name, t.hint_head, t.hint_tail, t.starts_at,
     t.expires_at, t.use_limit, t.uses, t.suspended_at, t.revoked_at, t.deleted_at, t.created_by,
     t.sealed IS NOT NULL AS is_sealed, t.scan_bucket IS NOT NULL AS is_scannable";

/// The token with one of these digests, and the whole that it is part of: one statement, whatever exists.
pub(super) async fn by_digests(conn: &mut Conn, digests: Vec<Vec<u8>>) -> Result<Vec<TokenRow>> {
    let any_of = Part::Values {
        first: 1,
        count: digests.len(),
    };
    let sql = Sql::parts(&[
        Part::Text("WITH found AS ("),
        Part::Text(COLUMNS),
        Part::Text("WHERE digest IN"),
        any_of,
        Part::Text(") SELECT * FROM found UNION ALL"),
        Part::Text(COLUMNS),
        Part::Text("WHERE id = (SELECT whole_id FROM found)"),
    ]);
    let query = digests.into_iter().fold(conn.query(sql), database::Query::bind);
    query.all().await
}

pub(super) async fn by_id(
    conn: &mut Conn,
    organisation: OrganisationId,
    id: TokenId,
) -> Result<Option<TokenRow>> {
    conn.query(Sql::pieces(&[COLUMNS, "WHERE id = $1 AND organisation_id = $2"]))
        .bind(id)
        .bind(organisation)
        .optional()
        .await
}

/// A token that was found, and what it is part of.
#[derive(FromRow)]
pub(super) struct Placed {
    pub id: TokenId,
    pub whole_id: Option<TokenId>,
}

pub(super) async fn ids_by_digests(conn: &mut Conn, digests: Vec<Vec<u8>>) -> Result<Vec<Placed>> {
    if digests.is_empty() {
        return Ok(Vec::new());
    }
    conn.query_in(
        "SELECT id, whole_id FROM tokens WHERE digest IN (VALUES",
        digests,
        ")",
    )
    .all()
    .await
}

/// Tokens with their wholes. There must be at least one id.
pub(super) async fn with_wholes(conn: &mut Conn, ids: Vec<TokenId>) -> Result<Vec<Placed>> {
    conn.query_in("SELECT id, whole_id FROM tokens WHERE id IN (VALUES", ids, ")")
        .all()
        .await
}

/// A token with the digest by which it is found, if it has one.
#[derive(FromRow)]
pub(super) struct WithDigest {
    #[sqlx(flatten)]
    pub token: TokenRow,
    pub digest: Option<Vec<u8>>,
}

/// A token with its digest and with what its family stores beside it.
#[derive(FromRow)]
pub(crate) struct WithOwn<O> {
    #[sqlx(flatten)]
    pub(super) token: TokenRow,
    pub(super) digest: Vec<u8>,
    #[sqlx(flatten)]
    pub(super) own: O,
}

/// The tokens with these digests, without the wholes that they may be part of. There must be at least one digest.
pub(super) async fn by_digests_with<O>(
    conn: &mut Conn,
    digests: Vec<Vec<u8>>,
    own: &Own,
) -> Result<Vec<WithOwn<O>>>
where
    WithOwn<O>: Row,
{
    let digests = padded(digests);
    let any_of = Part::Values {
        first: 1,
        count: digests.len(),
    };
    let sql = Sql::parts(&[
        Part::Text("SELECT"),
        Part::Text(COLUMNS_OF_T),
        Part::Text(", t.digest,"),
        Part::Text(own.columns),
        Part::Text("FROM tokens t"),
        Part::Text(own.joins),
        Part::Text("WHERE t.digest IN"),
        any_of,
    ]);
    let query = digests.into_iter().fold(conn.query(sql), database::Query::bind);
    query.all().await
}

/// Keeps others from changing tokens until the transaction ends, and reads them under the lock: PostgreSQL reads a row
/// again that another transaction had locked. Everybody locks in the order of the ids, so that no two transactions wait
/// for each other.
///
/// The engines differ because SQLite has no row locks and needs none: a `WriteTx` holds its only write lock.
pub(super) async fn lock_and_read(tx: &mut WriteTx, ids: &BTreeSet<TokenId>) -> Result<Vec<WithDigest>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let head =
        "SELECT id, organisation_id, department_id, kind, whole_id, name, hint_head, hint_tail, starts_at, expires_at,
                       use_limit, uses, suspended_at, revoked_at, deleted_at, created_by,
                       sealed IS NOT NULL AS is_sealed, scan_bucket IS NOT NULL AS is_scannable, digest
                FROM tokens WHERE id IN (VALUES";
    let tail = tx.either(")", ") ORDER BY id FOR UPDATE");
    tx.query_in(head, ids.iter().copied().collect(), tail).all().await
}

pub(super) async fn insert(
    tx: &mut WriteTx,
    id: TokenId,
    new: &NewToken,
    secret: Option<&Kept>,
    now: DateTime<Utc>,
) -> Result<()> {
    tx.query(
        "INSERT INTO tokens (id, family, organisation_id, department_id, kind, name, name_key, digest, key_id, sealed,
                             hint_head, hint_tail, starts_at, expires_at, use_limit, uses, created_at, created_by,
                             scan_bucket, scan_digest)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, 0, $16, $17, $18, $19)",
    )
    .bind(id)
    .bind(new.kind.family.key())
    .bind(new.organisation)
    .bind(new.department)
    .bind(new.kind.key)
    .bind(new.name.clone())
    .bind(words::order_key(&new.name))
    .bind(secret.map(|secret| secret.digest.clone()))
    .bind(secret.map(|secret| secret.key_id))
    .bind(secret.and_then(|secret| secret.sealed.clone()))
    .bind(secret.map(|secret| secret.hint.head.clone()))
    .bind(secret.map(|secret| secret.hint.tail.clone()))
    .bind(new.starts_at)
    .bind(new.expires_at)
    .bind(new.use_limit)
    .bind(now)
    .bind(new.created_by)
    .bind(secret.and_then(bucket))
    .bind(secret.and_then(scan_digest))
    .run()
    .await?;
    Ok(())
}

/// Parts of a token: each used once, without a name and bounds of their own.
pub(super) async fn insert_parts(
    tx: &mut WriteTx,
    whole: &Token,
    kind: &Kind,
    parts: &[NewPart],
    now: DateTime<Utc>,
) -> Result<()> {
    tx.insert_alike(
        "INSERT INTO tokens (family, organisation_id, department_id, kind, whole_id, name, name_key, use_limit, uses,
                             created_at, created_by, id, number, digest, key_id, sealed, hint_head, hint_tail)",
        11,
        |query| {
            query
                .bind(kind.family.key())
                .bind(whole.organisation)
                .bind(whole.department)
                .bind(kind.key)
                .bind(whole.id)
                .bind("")
                .bind(Vec::<u8>::new())
                .bind(1_i64)
                .bind(0_i64)
                .bind(now)
                .bind(whole.created_by)
        },
        7,
        parts,
        |query, part| {
            query
                .bind(part.id)
                .bind(part.number)
                .bind(part.secret.digest.clone())
                .bind(part.secret.key_id)
                .bind(part.secret.sealed.clone())
                .bind(part.secret.hint.head.clone())
                .bind(part.secret.hint.tail.clone())
        },
    )
    .await?;
    Ok(())
}

/// Stores the names of a token's person and department beside it, for a family whose lists are sorted by them.
pub(super) async fn set_own_keys(tx: &mut WriteTx, token: TokenId, person: PersonId) -> Result<()> {
    tx.query(
        "UPDATE tokens SET holder_key = (SELECT p.name_key FROM people p WHERE p.id = $2),
             place_key = COALESCE((SELECT d.name_key FROM departments d WHERE d.id = tokens.department_id), $3)
         WHERE id = $1",
    )
    .bind(token)
    .bind(person)
    .bind(Vec::<u8>::new())
    .run()
    .await?;
    Ok(())
}

/// Puts tokens and their parts into a department: the wholes first, so that parts being created are not missed.
pub(super) async fn set_department(
    tx: &mut WriteTx,
    ids: Vec<TokenId>,
    department: Option<DepartmentId>,
) -> Result<()> {
    for some in ids.chunks(500) {
        for column in [
            "UPDATE tokens SET department_id = $1,
                 place_key = CASE WHEN place_key IS NULL THEN NULL
                                  ELSE COALESCE((SELECT d.name_key FROM departments d WHERE d.id = $1), $2) END
             WHERE id IN",
            "UPDATE tokens SET department_id = $1,
                 place_key = CASE WHEN place_key IS NULL THEN NULL
                                  ELSE COALESCE((SELECT d.name_key FROM departments d WHERE d.id = $1), $2) END
             WHERE whole_id IN",
        ] {
            let update = Sql::parts(&[
                Part::Text(column),
                Part::Values {
                    first: 3,
                    count: some.len(),
                },
            ]);
            let query = tx.query(update).bind(department).bind(Vec::<u8>::new());
            let query = some.iter().fold(query, |query, id| query.bind(*id));
            query.run().await?;
        }
    }
    Ok(())
}

/// Adds parts: a whole that was used up with its last part is no longer used up.
pub(super) async fn add_to_limit(tx: &mut WriteTx, whole: TokenId, count: i64) -> Result<()> {
    tx.query(
        "UPDATE tokens SET use_limit = COALESCE(use_limit, 0) + $2,
                           ended_at = CASE WHEN revoked_at IS NULL AND use_limit = uses THEN NULL ELSE ended_at END
         WHERE id = $1",
    )
    .bind(whole)
    .bind(count)
    .run()
    .await?;
    Ok(())
}

pub(super) async fn highest_number(tx: &mut WriteTx, whole: TokenId) -> Result<i64> {
    tx.query("SELECT COALESCE(MAX(number), 0) FROM tokens WHERE whole_id = $1")
        .bind(whole)
        .number()
        .await
}

pub(super) async fn set_replaced(tx: &mut WriteTx, old: TokenId, new: TokenId) -> Result<()> {
    tx.query("UPDATE tokens SET replaced_by_id = $2 WHERE id = $1")
        .bind(old)
        .bind(new)
        .run()
        .await?;
    tx.query("UPDATE tokens SET replaces_id = $2 WHERE id = $1")
        .bind(new)
        .bind(old)
        .run()
        .await?;
    Ok(())
}

pub(super) async fn set_secret(tx: &mut WriteTx, id: TokenId, secret: &Kept) -> Result<()> {
    tx.query(
        "UPDATE tokens SET digest = $2, key_id = $3, sealed = $4, hint_head = $5, hint_tail = $6, scan_bucket = $7,
                scan_digest = $8 WHERE id = $1",
    )
    .bind(id)
    .bind(secret.digest.clone())
    .bind(secret.key_id)
    .bind(secret.sealed.clone())
    .bind(secret.hint.head.clone())
    .bind(secret.hint.tail.clone())
    .bind(bucket(secret))
    .bind(scan_digest(secret))
    .run()
    .await?;
    Ok(())
}

fn bucket(secret: &Kept) -> Option<i64> {
    secret.scan.map(|scan| scan.bucket())
}

fn scan_digest(secret: &Kept) -> Option<Vec<u8>> {
    secret.scan.map(|scan| scan.bytes())
}

/// Keeps what scanners ask by, of a token from before that was known, if its secret is still this one.
pub(super) async fn set_scan_digest(
    tx: &mut WriteTx,
    id: TokenId,
    digests: Vec<Vec<u8>>,
    scan: ScanDigest,
) -> Result<()> {
    let any_of = Part::Values {
        first: 4,
        count: digests.len(),
    };
    let head = Part::Text("UPDATE tokens SET scan_bucket = $2, scan_digest = $3 WHERE id = $1 AND digest IN");
    let query = tx
        .query(Sql::parts(&[head, any_of]))
        .bind(id)
        .bind(scan.bucket())
        .bind(scan.bytes());
    digests
        .into_iter()
        .fold(query, database::Query::bind)
        .run()
        .await?;
    Ok(())
}

/// Tokens from before it was known what scanners ask by, whose secret can be opened.
pub(super) async fn sealed_without_scan(
    conn: &mut Conn,
    after: uuid::Uuid,
    most: i64,
) -> Result<Vec<SealedRow>> {
    conn.query(
        "SELECT id, kind, sealed FROM tokens
         WHERE sealed IS NOT NULL AND scan_bucket IS NULL AND family IN ('api', 'page') AND id > $1
         ORDER BY id LIMIT $2",
    )
    .bind(after)
    .bind(most)
    .all()
    .await
}

/// A token that a scanner may mean.
#[derive(Debug, FromRow)]
pub(crate) struct Scanned {
    pub id: TokenId,
    pub organisation_id: OrganisationId,
    pub scan_digest: Vec<u8>,
}

/// Tokens of a family whose secret has one of these numbers.
pub(super) async fn by_scan(conn: &mut Conn, family: Family, buckets: &[i64]) -> Result<Vec<Scanned>> {
    Statement::new("SELECT id, organisation_id, scan_digest FROM tokens WHERE family =")
        .value(family.key())
        .text("AND")
        .is_among("scan_bucket", buckets.to_vec())
        .query(conn)
        .all()
        .await
}

/// Writes a secret in place of the sealed one that was read, unless that was replaced since.
pub(super) async fn move_secret(tx: &mut WriteTx, id: TokenId, read: &[u8], secret: &Kept) -> Result<bool> {
    let moved = tx
        .query("UPDATE tokens SET digest = $2, key_id = $3, sealed = $4 WHERE id = $1 AND sealed = $5")
        .bind(id)
        .bind(secret.digest.clone())
        .bind(secret.key_id)
        .bind(secret.sealed.clone())
        .bind(read.to_vec())
        .run()
        .await?;
    Ok(moved == 1)
}

/// Writes a secret again, in place of the one with any of these digests.
pub(super) async fn redigest(
    tx: &mut WriteTx,
    id: TokenId,
    old: Vec<Vec<u8>>,
    secret: &Kept,
) -> Result<bool> {
    let any_of = Part::Values {
        first: 5,
        count: old.len(),
    };
    let sql = Sql::parts(&[
        Part::Text("UPDATE tokens SET digest = $2, key_id = $3, sealed = $4 WHERE id = $1 AND digest IN"),
        any_of,
    ]);
    let query = tx
        .query(sql)
        .bind(id)
        .bind(secret.digest.clone())
        .bind(secret.key_id)
        .bind(secret.sealed.clone());
    let touched = old.into_iter().fold(query, database::Query::bind).run().await?;
    Ok(touched == 1)
}

/// What is stored of a secret that may be shown.
#[derive(FromRow)]
pub(super) struct Shown {
    pub kind: String,
    pub sealed: Option<Vec<u8>>,
}

pub(super) async fn sealed(conn: &mut Conn, id: TokenId) -> Result<Option<Shown>> {
    conn.query("SELECT kind, sealed FROM tokens WHERE id = $1")
        .bind(id)
        .optional()
        .await
}

#[derive(FromRow)]
pub(super) struct SealedRow {
    pub id: TokenId,
    pub kind: String,
    pub sealed: Vec<u8>,
}

pub(super) async fn sealed_with_key(
    conn: &mut Conn,
    key: i64,
    after: uuid::Uuid,
    most: i64,
) -> Result<Vec<SealedRow>> {
    conn.query(
        "SELECT id, kind, sealed FROM tokens WHERE key_id = $1 AND id > $2 AND sealed IS NOT NULL ORDER BY id LIMIT $3",
    )
    .bind(key)
    .bind(after)
    .bind(most)
    .all()
    .await
}

/// The next key that rows carry: one index step for each key, however many rows there are.
pub(super) async fn next_key(conn: &mut Conn, after: i64) -> Result<Option<i64>> {
    let row: Option<(i64,)> = conn
        .query("SELECT key_id FROM tokens WHERE key_id > $1 ORDER BY key_id LIMIT 1")
        .bind(after)
        .optional()
        .await?;
    Ok(row.map(|(key,)| key))
}

pub(super) async fn count_with_key(conn: &mut Conn, key: i64) -> Result<i64> {
    conn.query("SELECT COUNT(*) FROM tokens WHERE key_id = $1")
        .bind(key)
        .number()
        .await
}

pub(super) async fn change(
    tx: &mut WriteTx,
    id: TokenId,
    change: &Change,
    ended_at: Option<DateTime<Utc>>,
) -> Result<()> {
    tx.query(
        "UPDATE tokens SET name = $2, name_key = $3, starts_at = $4, expires_at = $5, use_limit = $6, ended_at = $7
         WHERE id = $1",
    )
    .bind(id)
    .bind(change.name.clone())
    .bind(words::order_key(&change.name))
    .bind(change.starts_at)
    .bind(change.expires_at)
    .bind(change.use_limit)
    .bind(ended_at)
    .run()
    .await?;
    Ok(())
}

pub(super) async fn set_suspended(tx: &mut WriteTx, id: TokenId, at: Option<DateTime<Utc>>) -> Result<()> {
    tx.query("UPDATE tokens SET suspended_at = $2 WHERE id = $1")
        .bind(id)
        .bind(at)
        .run()
        .await?;
    Ok(())
}

pub(super) async fn revoke(tx: &mut WriteTx, id: TokenId, at: DateTime<Utc>) -> Result<()> {
    tx.query("UPDATE tokens SET revoked_at = $2, ended_at = COALESCE(ended_at, $2) WHERE id = $1")
        .bind(id)
        .bind(at)
        .run()
        .await?;
    Ok(())
}

pub(super) async fn forget_secrets(tx: &mut WriteTx, family: Family, before: DateTime<Utc>) -> Result<()> {
    tx.query(
        "UPDATE tokens SET digest = NULL, key_id = NULL, scan_bucket = NULL, scan_digest = NULL
         WHERE family = $1 AND ended_at < $2 AND digest IS NOT NULL AND sealed IS NULL",
    )
    .bind(family.key())
    .bind(before)
    .run()
    .await?;
    Ok(())
}

pub(super) async fn set_deleted(tx: &mut WriteTx, id: TokenId, at: Option<DateTime<Utc>>) -> Result<()> {
    tx.query("UPDATE tokens SET deleted_at = $2 WHERE id = $1")
        .bind(id)
        .bind(at)
        .run()
        .await?;
    Ok(())
}

pub(super) async fn use_of_person(conn: &mut Conn, id: TokenId, person: PersonId) -> Result<Option<i64>> {
    let row = conn
        .query("SELECT number FROM uses WHERE token_id = $1 AND person_id = $2 LIMIT 1")
        .bind(id)
        .bind(person)
        .optional::<(i64,)>()
        .await?;
    Ok(row.map(|(number,)| number))
}

#[derive(FromRow)]
pub(super) struct UsedPart {
    pub whole_id: TokenId,
    pub person_id: PersonId,
    pub token_id: TokenId,
}

pub(super) async fn parts_used_by(conn: &mut Conn, asked: Vec<(TokenId, PersonId)>) -> Result<Vec<UsedPart>> {
    if asked.is_empty() {
        return Ok(Vec::new());
    }
    let asked = padded(asked);
    let mut query = conn.query(Sql::rows(
        "SELECT t.whole_id, u.person_id, t.id AS token_id FROM (VALUES",
        2,
        asked.len(),
        ") AS v JOIN uses u ON u.person_id = v.column2
         JOIN tokens t ON t.id = u.token_id AND t.whole_id = v.column1 AND t.replaced_by_id IS NULL",
    ));
    for (whole, person) in asked {
        query = query.bind(whole).bind(person);
    }
    query.all().await
}

#[derive(FromRow)]
pub(super) struct Due {
    pub id: TokenId,
    pub organisation_id: OrganisationId,
}

pub(super) async fn due_for_sweep(
    conn: &mut Conn,
    family: Family,
    now: DateTime<Utc>,
    most: i64,
) -> Result<Vec<Due>> {
    conn.query(
        "SELECT id, organisation_id FROM tokens
         WHERE family = $1 AND whole_id IS NULL AND ended_at IS NULL AND expires_at IS NOT NULL AND expires_at <= $2
         ORDER BY expires_at LIMIT $3",
    )
    .bind(family.key())
    .bind(now)
    .bind(most)
    .all()
    .await
}

/// Marks a token as ended if it has still expired: it may have been edited since it was found.
pub(super) async fn mark_ended(tx: &mut WriteTx, id: TokenId, now: DateTime<Utc>) -> Result<bool> {
    let touched = tx
        .query(
            "UPDATE tokens SET ended_at = expires_at WHERE id = $1 AND ended_at IS NULL AND expires_at <= $2",
        )
        .bind(id)
        .bind(now)
        .run()
        .await?;
    Ok(touched == 1)
}

#[derive(FromRow)]
pub(super) struct Named {
    pub family: String,
    pub organisation_id: OrganisationId,
    pub name: String,
}

/// What a token's search terms are made of; the row is locked where the engine has row locks.
pub(super) async fn named(tx: &mut WriteTx, id: TokenId) -> Result<Option<Named>> {
    let statement = tx.either(
        "SELECT family, organisation_id, name FROM tokens WHERE id = $1",
        "SELECT family, organisation_id, name FROM tokens WHERE id = $1 FOR UPDATE",
    );
    tx.query(statement).bind(id).optional().await
}

/// The search terms of a token, replacing those it had.
pub(super) async fn put_words(
    tx: &mut WriteTx,
    family: Family,
    organisation: OrganisationId,
    id: TokenId,
    name: &str,
) -> Result<()> {
    tx.query("DELETE FROM token_words WHERE token_id = $1")
        .bind(id)
        .run()
        .await?;
    let words = words::words(name);
    if words.is_empty() {
        return Ok(());
    }
    let mut query = tx.query(Sql::rows(
        "INSERT INTO token_words (family, organisation_id, word, token_id) VALUES",
        4,
        words.len(),
        "",
    ));
    for word in words {
        query = query.bind(family.key()).bind(organisation).bind(word).bind(id);
    }
    query.run().await?;
    Ok(())
}
