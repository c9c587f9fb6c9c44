//! The statements of access tokens.

use chrono::{DateTime, Utc};
use database::{Conn, FromRow, Part, Result, Sql, WriteTx};
use domain::access_tokens::CodeFilter;
use domain::people::PersonUse;
use domain::tokens::Bounds;
use domain::{CollectionId, EmailAddress, MailId, OrganisationId, PersonId, TokenId};

use crate::Scope;
use crate::error::corrupt;
use crate::keyset::Walk;
use crate::times::Times;

pub(super) async fn insert(
    tx: &mut WriteTx,
    token: TokenId,
    organisation: OrganisationId,
    collection: CollectionId,
) -> Result<()> {
    tx.query("INSERT INTO access_tokens (token_id, organisation_id, collection_id) VALUES ($1, $2, $3)")
        .bind(token)
        .bind(organisation)
        .bind(collection)
        .run()
        .await?;
    Ok(())
}

pub(super) async fn collection_of(conn: &mut Conn, token: TokenId) -> Result<Option<CollectionId>> {
    let row: Option<(CollectionId,)> = conn
        .query("SELECT collection_id FROM access_tokens WHERE token_id = $1")
        .bind(token)
        .optional()
        .await?;
    Ok(row.map(|(collection,)| collection))
}

pub(super) async fn count_of_collection(conn: &mut Conn, collection: CollectionId) -> Result<i64> {
    conn.query(
        "SELECT COUNT(*) FROM access_tokens a JOIN tokens t ON t.id = a.token_id
         WHERE a.collection_id = $1 AND t.deleted_at IS NULL",
    )
    .bind(collection)
    .number()
    .await
}

/// Whom a code is assigned to.
#[derive(FromRow)]
pub(super) struct Assignment {
    pub code_id: TokenId,
    pub email: String,
    pub mail_id: Option<MailId>,
}

impl Assignment {
    pub(super) fn address(&self) -> crate::Result<EmailAddress> {
        self.email
            .parse()
            .map_err(|_| corrupt("assignments", "email", self.code_id))
    }
}

pub(super) async fn assignment(conn: &mut Conn, code: TokenId) -> Result<Option<Assignment>> {
    conn.query("SELECT code_id, email, mail_id FROM assignments WHERE code_id = $1")
        .bind(code)
        .optional()
        .await
}

pub(super) async fn assignments(conn: &mut Conn, codes: Vec<TokenId>) -> Result<Vec<Assignment>> {
    if codes.is_empty() {
        return Ok(Vec::new());
    }
    let head = "SELECT code_id, email, mail_id FROM assignments WHERE code_id IN (VALUES";
    conn.query_in(head, codes, ")").all().await
}

pub(super) async fn put_assignment(
    tx: &mut WriteTx,
    organisation: OrganisationId,
    whole: TokenId,
    code: TokenId,
    email: &EmailAddress,
    now: DateTime<Utc>,
    mail: MailId,
) -> Result<()> {
    tx.query(
        "INSERT INTO assignments (code_id, whole_id, organisation_id, email, email_key, assigned_at, mail_id)
         VALUES ($1, $2, $3, $4, $5, $6, $7)
         ON CONFLICT (code_id) DO UPDATE
         SET email = excluded.email, email_key = excluded.email_key, assigned_at = excluded.assigned_at,
             mail_id = excluded.mail_id",
    )
    .bind(code)
    .bind(whole)
    .bind(organisation)
    .bind(email.as_str().to_owned())
    .bind(email.as_str().as_bytes().to_vec())
    .bind(now)
    .bind(mail)
    .run()
    .await?;
    Ok(())
}

/// Those of some codes that are assigned and belong to a multi token.
pub(super) async fn codes_among(
    conn: &mut Conn,
    whole: TokenId,
    codes: impl Iterator<Item = &TokenId>,
) -> Result<Vec<TokenId>> {
    let codes: Vec<TokenId> = codes.copied().collect();
    let mut found = Vec::new();
    for some in codes.chunks(500) {
        let mut query = conn
            .query(Sql::parts(&[
                Part::Text("SELECT code_id FROM assignments WHERE whole_id = $1 AND code_id IN"),
                Part::Values {
                    first: 2,
                    count: some.len(),
                },
            ]))
            .bind(whole);
        for code in some {
            query = query.bind(*code);
        }
        let rows: Vec<(TokenId,)> = query.all().await?;
        found.extend(rows.into_iter().map(|(code,)| code));
    }
    Ok(found)
}

pub(super) async fn clear_assignment(tx: &mut WriteTx, code: TokenId) -> Result<()> {
    tx.query("DELETE FROM assignments WHERE code_id = $1")
        .bind(code)
        .run()
        .await?;
    Ok(())
}

pub(super) async fn count_assigned_unused(conn: &mut Conn, whole: TokenId) -> Result<i64> {
    conn.query(
        "SELECT COUNT(*) FROM assignments a JOIN tokens t ON t.id = a.code_id WHERE a.whole_id = $1 AND t.uses = 0",
    )
    .bind(whole)
    .number()
    .await
}

pub(super) async fn is_replaced(conn: &mut Conn, code: TokenId) -> Result<bool> {
    let replaced = conn
        .query("SELECT COUNT(*) FROM tokens WHERE id = $1 AND replaced_by_id IS NOT NULL")
        .bind(code)
        .number()
        .await?;
    Ok(replaced > 0)
}

/// A code with its assignment and its use.
#[derive(FromRow)]
pub(super) struct CodeRecord {
    pub id: TokenId,
    pub number: i64,
    hint_head: String,
    hint_tail: String,
    uses: i64,
    revoked_at: Option<DateTime<Utc>>,
    pub replaces_id: Option<TokenId>,
    pub replaced_by_id: Option<TokenId>,
    email: Option<String>,
    pub mail_id: Option<MailId>,
    pub used_by: Option<PersonId>,
    pub used_at: Option<DateTime<Utc>>,
}

impl CodeRecord {
    pub(super) fn hint(&self) -> String {
        format!("{}…{}", self.hint_head, self.hint_tail)
    }

    pub(super) fn bounds(&self) -> Bounds {
        Bounds {
            use_limit: Some(1),
            uses: self.uses,
            revoked: self.revoked_at.is_some(),
            ..Bounds::default()
        }
    }

    pub(super) fn assigned(&self) -> crate::Result<Option<EmailAddress>> {
        let parsed = self.email.as_deref().map(str::parse).transpose();
        parsed.map_err(|_| corrupt("assignments", "email", self.id))
    }

    pub(super) fn fits(&self, show: CodeFilter) -> bool {
        match show {
            CodeFilter::All => true,
            CodeFilter::Free => self.uses == 0 && self.email.is_none(),
            CodeFilter::Assigned => self.uses == 0 && self.email.is_some(),
            CodeFilter::Used => self.uses > 0,
        }
    }
}

const CODE_COLUMNS: &str =
    "SELECT t.id, t.number, t.hint_head, t.hint_tail, t.uses, t.revoked_at, t.replaces_id,
           t.replaced_by_id, a.email, a.mail_id, u.person_id AS used_by, u.at AS used_at
    FROM tokens t
    LEFT JOIN assignments a ON a.code_id = t.id
    LEFT JOIN uses u ON u.token_id = t.id AND u.number = 1";

pub(super) async fn codes(
    conn: &mut Conn,
    whole: TokenId,
    show: CodeFilter,
    (place, walk): (i64, Walk),
    most: i64,
) -> Result<Vec<CodeRecord>> {
    let (beyond, order) = by_number(walk);
    conn.query(Sql::pieces(&[CODE_COLUMNS, beyond, fitting(show), order]))
        .bind(whole)
        .bind(place)
        .bind(most)
        .all()
        .await
}

/// From which number on codes are walked, and how.
fn by_number(walk: Walk) -> (&'static str, &'static str) {
    match walk {
        Walk::Forward => (
            "WHERE t.whole_id = $1 AND t.number > $2",
            "ORDER BY t.number LIMIT $3",
        ),
        Walk::Back => (
            "WHERE t.whole_id = $1 AND t.number < $2",
            "ORDER BY t.number DESC LIMIT $3",
        ),
    }
}

/// What a filter asks of a code.
fn fitting(show: CodeFilter) -> &'static str {
    match show {
        CodeFilter::All => "",
        CodeFilter::Free => "AND t.uses = 0 AND a.email IS NULL",
        CodeFilter::Assigned => "AND t.uses = 0 AND a.email IS NOT NULL",
        CodeFilter::Used => "AND t.uses > 0",
    }
}

/// That a code is assigned to an address in a range, or one of so many others.
fn assigned_or_other(first: usize, others: usize) -> Vec<Part> {
    let one = |first| Part::Values { first, count: 1 };
    let mut parts = vec![
        Part::Text("AND ((a.email_key >="),
        one(first),
        Part::Text("AND a.email_key <"),
        one(first + 1),
        Part::Text(")"),
    ];
    if others > 0 {
        parts.push(Part::Text("OR t.id IN"));
        parts.push(Part::Values {
            first: first + 2,
            count: others,
        });
    }
    parts.push(Part::Text(")"));
    parts
}

/// The codes that are assigned to addresses in a range, which are many, and some others: from a number on, at most so
/// many. The token is walked by its numbers.
pub(super) async fn codes_assigned(
    conn: &mut Conn,
    whole: TokenId,
    show: CodeFilter,
    ((place, walk), most): ((i64, Walk), i64),
    (from, to): &(Vec<u8>, Vec<u8>),
    others: &[TokenId],
) -> Result<Vec<CodeRecord>> {
    let (beyond, order) = by_number(walk);
    let mut parts = [CODE_COLUMNS, beyond, fitting(show)].map(Part::Text).to_vec();
    parts.extend(assigned_or_other(4, others.len()));
    parts.push(Part::Text(order));
    let query = conn.query(Sql::parts(&parts));
    let query = query.bind(whole).bind(place).bind(most);
    let query = query.bind(from.clone()).bind(to.clone());
    others.iter().fold(query, |query, id| query.bind(*id)).all().await
}

/// How many they are.
pub(super) async fn count_codes_assigned(
    conn: &mut Conn,
    whole: TokenId,
    show: CodeFilter,
    (from, to): &(Vec<u8>, Vec<u8>),
    others: &[TokenId],
) -> Result<i64> {
    let mut parts = vec![
        Part::Text(
            "SELECT CAST(COUNT(*) AS BIGINT) FROM tokens t LEFT JOIN assignments a ON a.code_id = t.id
             WHERE t.whole_id = $1",
        ),
        Part::Text(fitting(show)),
    ];
    parts.extend(assigned_or_other(2, others.len()));
    let query = conn.query(Sql::parts(&parts));
    let query = query.bind(whole).bind(from.clone()).bind(to.clone());
    others
        .iter()
        .fold(query, |query, id| query.bind(*id))
        .number()
        .await
}

pub(super) async fn codes_by_id(conn: &mut Conn, whole: TokenId, ids: &[TokenId]) -> Result<Vec<CodeRecord>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let mut query = conn
        .query(Sql::parts(&[
            Part::Text(CODE_COLUMNS),
            // COALESCE keeps the engines from reading all codes of the whole by its index: the ids are few.
            Part::Text("WHERE COALESCE(t.whole_id, t.id) = $1 AND t.id IN"),
            Part::Values {
                first: 2,
                count: ids.len(),
            },
            Part::Text("ORDER BY t.number"),
        ]))
        .bind(whole);
    for id in ids {
        query = query.bind(*id);
    }
    query.all().await
}

/// When the codes of a multi token were used, as far as that was since then.
pub(super) async fn used_since(
    conn: &mut Conn,
    whole: TokenId,
    since: DateTime<Utc>,
) -> Result<Vec<DateTime<Utc>>> {
    let rows: Vec<(DateTime<Utc>,)> = conn
        .query(
            "SELECT t.last_used_at FROM tokens t WHERE t.whole_id = $1 AND t.uses > 0 AND t.last_used_at >= $2
             ORDER BY t.number",
        )
        .bind(whole)
        .bind(since)
        .all()
        .await?;
    Ok(rows.into_iter().map(|(at,)| at).collect())
}

/// A code as the export writes it, with its sealed secret.
#[derive(FromRow)]
pub(super) struct ExportRecord {
    pub number: i64,
    pub id: TokenId,
    pub sealed: Vec<u8>,
    pub uses: i64,
    pub email: Option<String>,
    pub used_by: Option<PersonId>,
    pub used_at: Option<DateTime<Utc>>,
}

pub(super) async fn codes_for_export(
    conn: &mut Conn,
    whole: TokenId,
    after: i64,
    most: i64,
) -> Result<Vec<ExportRecord>> {
    conn.query(
        "SELECT t.number, t.id, t.sealed, t.uses, a.email, u.person_id AS used_by, u.at AS used_at
         FROM tokens t
         LEFT JOIN assignments a ON a.code_id = t.id
         LEFT JOIN uses u ON u.token_id = t.id AND u.number = 1
         WHERE t.whole_id = $1 AND t.number > $2
         ORDER BY t.number LIMIT $3",
    )
    .bind(whole)
    .bind(after)
    .bind(most)
    .all()
    .await
}

#[derive(FromRow)]
pub(super) struct UseRecord {
    token_id: TokenId,
    whole_id: Option<TokenId>,
    name: String,
    hint_head: Option<String>,
    hint_tail: Option<String>,
    number: i64,
    at: DateTime<Utc>,
}

impl UseRecord {
    pub(super) fn shown(self, times: &Times) -> PersonUse {
        PersonUse {
            token: self.whole_id.unwrap_or(self.token_id),
            token_name: self.name,
            hint: format!(
                "{}…{}",
                self.hint_head.unwrap_or_default(),
                self.hint_tail.unwrap_or_default()
            ),
            number: self.number,
            when: times.when(self.at),
        }
    }
}

pub(super) async fn uses_of_person(
    conn: &mut Conn,
    scope: &Scope,
    person: PersonId,
) -> Result<Vec<UseRecord>> {
    let head = Part::Text(
        "SELECT u.token_id, t.whole_id, COALESCE(w.name, t.name) AS name, t.hint_head, t.hint_tail, u.number, u.at
         FROM uses u
         JOIN tokens t ON t.id = u.token_id AND t.family = 'access'
         LEFT JOIN tokens w ON w.id = t.whole_id
         WHERE u.person_id = $1 AND u.organisation_id = $2",
    );
    let tail = Part::Text("ORDER BY u.at DESC LIMIT 200");
    scope
        .query(conn, "t.department_id", 3, &[head], &[tail])
        .bind(person)
        .organisation()
        .all()
        .await
}

/// The tokens that open a collection, in whatever state.
pub(super) async fn of_collection(conn: &mut Conn, collection: CollectionId) -> Result<Vec<TokenId>> {
    let rows: Vec<(TokenId,)> = conn
        .query("SELECT token_id FROM access_tokens WHERE collection_id = $1")
        .bind(collection)
        .all()
        .await?;
    Ok(rows.into_iter().map(|(token,)| token).collect())
}
