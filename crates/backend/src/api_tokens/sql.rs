//! The statements of API tokens.
//!
//! What a token may do follows from rows of several features. [`details`] reads them in one statement: it is asked for
//! every token that is not known yet, and each further statement would double what that costs.

mod reminders;

use chrono::{DateTime, Utc};
use database::{Conn, FromRow, Part, Result, Sql, Statement, WriteTx};
use domain::api_tokens::Policy;
use domain::{DepartmentId, OrganisationId, Permissions, PersonId, TokenId, UserTypeId};

pub(super) use reminders::{Due, Reader, administrators, behind, move_reminder, remind_at, to_remind};

use super::context::TO_THE_END_OF_THE_DAY;
use crate::Scope;
use crate::tokens::{Own, Token};

/// What stands beside the core's row of a new token.
pub(super) struct New<'a> {
    pub token: TokenId,
    pub organisation: OrganisationId,
    pub person: PersonId,
    pub user_type: UserTypeId,
    pub permissions: Option<Permissions>,
    pub networks: String,
    pub description: &'a str,
}

pub(super) async fn insert(tx: &mut WriteTx, new: &New<'_>) -> Result<()> {
    tx.query(
        "INSERT INTO api_tokens (token_id, organisation_id, person_id, user_type_id, permissions, networks, description,
                                 used_permissions, last_address, last_agent)
         VALUES ($1, $2, $3, $4, $5, $6, $7, '', '', '')",
    )
    .bind(new.token)
    .bind(new.organisation)
    .bind(new.person)
    .bind(new.user_type)
    .bind(new.permissions.map(|permissions| permissions.to_string()))
    .bind(new.networks.clone())
    .bind(new.description.to_owned())
    .run()
    .await?;
    Ok(())
}

pub(super) async fn change(tx: &mut WriteTx, new: &New<'_>) -> Result<()> {
    tx.query(
        "UPDATE api_tokens SET person_id = $3, user_type_id = $4, permissions = $5, networks = $6, description = $7
         WHERE token_id = $1 AND organisation_id = $2",
    )
    .bind(new.token)
    .bind(new.organisation)
    .bind(new.person)
    .bind(new.user_type)
    .bind(new.permissions.map(|permissions| permissions.to_string()))
    .bind(new.networks.clone())
    .bind(new.description.to_owned())
    .run()
    .await?;
    Ok(())
}

/// Everything that a token's rights follow from, as it is now.
#[derive(Debug, Clone, FromRow)]
pub(super) struct Details {
    pub person_id: PersonId,
    pub person_name: String,
    pub email: String,
    pub person_department: Option<DepartmentId>,
    /// Who answers for it, if a service user is behind the token.
    pub owner_id: Option<PersonId>,
    pub deactivated_at: Option<DateTime<Utc>>,
    pub person_built_in: Option<String>,
    pub person_permissions: Option<String>,
    pub user_type_id: UserTypeId,
    pub user_type: String,
    pub type_built_in: Option<String>,
    pub type_permissions: Option<String>,
    pub department_name: Option<String>,
    pub within: Option<DepartmentId>,
    pub permissions: Option<String>,
    pub networks: String,
    pub description: String,
    pub used_permissions: String,
    pub last_used_at: Option<DateTime<Utc>>,
    pub last_agent: String,
    pub created_at: DateTime<Utc>,
    pub organisation: String,
    pub time_zone: String,
    pub full_tokens: bool,
    pub cancelled_at: Option<DateTime<Utc>>,
    before_opens_until: Option<DateTime<Utc>>,
    before_until_first_use: Option<bool>,
}

impl Details {
    /// The secret before the one that opens now, if there was one.
    pub(super) fn before(&self, token: &Token) -> Option<Replaced> {
        Some(Replaced {
            token_id: token.id,
            organisation_id: token.organisation,
            opens_until: self.before_opens_until?,
            until_first_use: self.before_until_first_use?,
        })
    }

    /// Whether a change would leave everything as it is.
    pub(super) fn has(&self, new: &New<'_>) -> bool {
        let permissions = new.permissions.map(|permissions| permissions.to_string());
        self.person_id == new.person
            && self.user_type_id == new.user_type
            && self.permissions == permissions
            && self.networks == new.networks
            && self.description == new.description
    }
}

/// The columns of [`Details`], and where they come from.
pub(super) const DETAILS: Own = Own {
    columns: "a.person_id, p.name AS person_name, p.email, p.department_id AS person_department, p.owner_id,
              p.deactivated_at, pt.built_in AS person_built_in, pt.permissions AS person_permissions,
              a.user_type_id, ut.name AS user_type, ut.built_in AS type_built_in, ut.permissions AS type_permissions,
              d.name AS department_name,
              (SELECT w.department_id FROM department_tree w
               WHERE w.ancestor_id = p.department_id AND w.department_id = t.department_id) AS within,
              a.permissions, a.networks, a.description, a.used_permissions, t.last_used_at, a.last_agent,
              t.created_at, o.name AS organisation, o.time_zone, o.full_tokens, o.cancelled_at,
              s.opens_until AS before_opens_until, s.until_first_use AS before_until_first_use",
    joins: "JOIN api_tokens a ON a.token_id = t.id AND a.organisation_id = t.organisation_id
            JOIN people p ON p.id = a.person_id AND p.organisation_id = a.organisation_id
            JOIN organisations o ON o.id = a.organisation_id
            JOIN user_types ut ON ut.id = a.user_type_id AND ut.organisation_id = a.organisation_id
            LEFT JOIN user_types pt ON pt.id = p.user_type_id AND pt.organisation_id = a.organisation_id
            LEFT JOIN departments d ON d.id = t.department_id AND d.organisation_id = a.organisation_id
            LEFT JOIN api_token_secrets s ON s.digest =
                (SELECT r.digest FROM api_token_secrets r WHERE r.token_id = a.token_id
                 ORDER BY r.replaced_at DESC LIMIT 1)",
};

pub(super) async fn details(
    conn: &mut Conn,
    organisation: OrganisationId,
    token: TokenId,
) -> Result<Option<Details>> {
    conn.query(Sql::pieces(&[
        "SELECT",
        DETAILS.columns,
        "FROM tokens t",
        DETAILS.joins,
        "WHERE t.id = $1 AND t.organisation_id = $2",
    ]))
    .bind(token)
    .bind(organisation)
    .optional()
    .await
}

#[derive(FromRow)]
struct PolicyRow {
    default_days: i64,
    longest_days: Option<i64>,
    never_allowed: bool,
    idle_days: Option<i64>,
    show_once: bool,
    networks_required: bool,
    most_per_person: i64,
    revoke_exposed: bool,
    per_minute: Option<i64>,
    organisation_per_minute: Option<i64>,
}

pub(super) async fn policy(conn: &mut Conn, organisation: OrganisationId) -> Result<Policy> {
    let row: Option<PolicyRow> = conn
        .query(
            "SELECT default_days, longest_days, never_allowed, idle_days, show_once, networks_required, most_per_person,
                    revoke_exposed, per_minute, organisation_per_minute
             FROM api_token_policies WHERE organisation_id = $1",
        )
        .bind(organisation)
        .optional()
        .await?;
    Ok(row.map_or_else(Policy::default, |row| Policy {
        default_days: row.default_days,
        longest_days: row.longest_days,
        never_allowed: row.never_allowed,
        idle_days: row.idle_days,
        show_once: row.show_once,
        networks_required: row.networks_required,
        most_per_person: row.most_per_person,
        revoke_exposed: row.revoke_exposed,
        per_minute: row.per_minute,
        organisation_per_minute: row.organisation_per_minute,
    }))
}

pub(super) async fn put_policy(
    tx: &mut WriteTx,
    organisation: OrganisationId,
    policy: &Policy,
) -> Result<()> {
    tx.query(
        "INSERT INTO api_token_policies (organisation_id, default_days, longest_days, never_allowed, idle_days, show_once,
                                         networks_required, most_per_person, revoke_exposed, per_minute,
                                         organisation_per_minute)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
         ON CONFLICT (organisation_id) DO UPDATE SET default_days = $2, longest_days = $3, never_allowed = $4,
             idle_days = $5, show_once = $6, networks_required = $7, most_per_person = $8, revoke_exposed = $9,
             per_minute = $10, organisation_per_minute = $11",
    )
    .bind(organisation)
    .bind(policy.default_days)
    .bind(policy.longest_days)
    .bind(policy.never_allowed)
    .bind(policy.idle_days)
    .bind(policy.show_once)
    .bind(policy.networks_required)
    .bind(policy.most_per_person)
    .bind(policy.revoke_exposed)
    .bind(policy.per_minute)
    .bind(policy.organisation_per_minute)
    .run()
    .await?;
    Ok(())
}

/// Tokens behind a person that could be used.
pub(super) async fn count_of_person(
    conn: &mut Conn,
    organisation: OrganisationId,
    person: PersonId,
) -> Result<i64> {
    conn.query(
        "SELECT COUNT(*) FROM api_tokens a JOIN tokens k ON k.id = a.token_id
         WHERE a.person_id = $1 AND a.organisation_id = $2 AND k.ended_at IS NULL AND k.deleted_at IS NULL",
    )
    .bind(person)
    .bind(organisation)
    .number()
    .await
}

/// A secret that was replaced.
#[derive(Debug, Clone, FromRow)]
pub(super) struct Replaced {
    pub token_id: TokenId,
    pub organisation_id: OrganisationId,
    pub opens_until: DateTime<Utc>,
    pub until_first_use: bool,
}

pub(super) async fn replaced(conn: &mut Conn, digests: Vec<Vec<u8>>) -> Result<Option<Replaced>> {
    conn.query_in(
        "SELECT token_id, organisation_id, opens_until, until_first_use FROM api_token_secrets
         WHERE digest IN (VALUES",
        digests,
        ")",
    )
    .optional()
    .await
}

/// A secret that was replaced, and that a scanner may mean.
#[derive(Debug, FromRow)]
pub(super) struct ReplacedScanned {
    pub scan_digest: Vec<u8>,
    #[sqlx(flatten)]
    pub replaced: Replaced,
}

/// Replaced secrets that have one of these numbers, in their grace.
pub(super) async fn replaced_by_scan(
    conn: &mut Conn,
    buckets: &[i64],
    now: DateTime<Utc>,
) -> Result<Vec<ReplacedScanned>> {
    Statement::new(
        "SELECT scan_digest, token_id, organisation_id, opens_until, until_first_use FROM api_token_secrets
         WHERE opens_until >",
    )
    .value(now)
    .text("AND")
    .is_among("scan_bucket", buckets.to_vec())
    .query(conn)
    .all()
    .await
}

/// Keeps the digest of the secret that is about to be replaced.
pub(super) async fn keep_replaced(
    tx: &mut WriteTx,
    token: TokenId,
    now: DateTime<Utc>,
    opens_until: DateTime<Utc>,
    until_first_use: bool,
) -> Result<()> {
    // A secret before it, in its own grace, opens no longer: there are two at most.
    tx.query("UPDATE api_token_secrets SET opens_until = $2 WHERE token_id = $1 AND opens_until > $2")
        .bind(token)
        .bind(now)
        .run()
        .await?;
    tx.query(
        "INSERT INTO api_token_secrets (digest, key_id, token_id, organisation_id, replaced_at, opens_until,
                                        until_first_use, scan_bucket, scan_digest)
         SELECT digest, key_id, id, organisation_id, $2, $3, $4, scan_bucket, scan_digest FROM tokens WHERE id = $1 AND digest IS NOT NULL",
    )
    .bind(token)
    .bind(now)
    .bind(opens_until)
    .bind(until_first_use)
    .run()
    .await?;
    Ok(())
}

/// The numbers of the keys that replaced secrets were digested with.
pub(super) async fn keys_of_replaced(conn: &mut Conn) -> crate::error::Result<Vec<i64>> {
    let rows: Vec<(i64,)> = conn
        .query("SELECT DISTINCT key_id FROM api_token_secrets ORDER BY key_id")
        .all()
        .await?;
    Ok(rows.into_iter().map(|(key,)| key).collect())
}

/// How many replaced secrets were digested with a key.
pub(super) async fn count_replaced_with_key(conn: &mut Conn, key: i64) -> crate::error::Result<i64> {
    let count = conn
        .query("SELECT COUNT(*) FROM api_token_secrets WHERE key_id = $1")
        .bind(key)
        .number()
        .await?;
    Ok(count)
}

/// Removes secrets whose grace was over before an instant.
pub(super) async fn remove_replaced(tx: &mut WriteTx, before: DateTime<Utc>) -> Result<()> {
    tx.query("DELETE FROM api_token_secrets WHERE opens_until < $1")
        .bind(before)
        .run()
        .await?;
    Ok(())
}

/// Ends the grace of what was replaced.
pub(super) async fn end_grace(tx: &mut WriteTx, token: TokenId, now: DateTime<Utc>) -> Result<u64> {
    tx.query("UPDATE api_token_secrets SET opens_until = $2 WHERE token_id = $1 AND opens_until > $2")
        .bind(token)
        .bind(now)
        .run()
        .await
}

/// Whether this is the first alarm for a secret that was replaced.
pub(super) async fn alarm(tx: &mut WriteTx, token: TokenId, now: DateTime<Utc>) -> Result<bool> {
    let first = tx
        .query(
            "UPDATE api_token_secrets SET alarmed_at = $2
             WHERE token_id = $1 AND opens_until <= $2 AND alarmed_at IS NULL",
        )
        .bind(token)
        .bind(now)
        .run()
        .await?;
    Ok(first > 0)
}

/// What is known of the use of a token since it was last written down.
pub(super) struct Used {
    pub token: TokenId,
    pub at: DateTime<Utc>,
    pub address: String,
    pub agent: String,
    pub permissions: String,
    pub day: i64,
    pub uses: i64,
}

/// Writes down uses: one statement for the last ones, which only move forward, and one for the days. When they were, the
/// core writes down afterwards ([`crate::tokens::touch`]).
pub(super) async fn note(tx: &mut WriteTx, used: &[Used]) -> Result<()> {
    if used.is_empty() {
        return Ok(());
    }
    tx.update(
        "UPDATE api_tokens SET last_address = v.column4, last_agent = v.column5, used_permissions = v.column6",
        5,
        "AND api_tokens.token_id = v.column2 AND EXISTS (
             SELECT 1 FROM tokens k
             WHERE k.id = v.column2 AND (k.last_used_at IS NULL OR k.last_used_at < v.column3))",
        used,
        |query, used| {
            query
                .bind(used.token)
                .bind(used.at)
                .bind(used.address.clone())
                .bind(used.agent.clone())
                .bind(used.permissions.clone())
        },
    )
    .await?;
    tx.insert(
        "INSERT INTO api_token_days (token_id, day, uses)",
        3,
        "ON CONFLICT (token_id, day) DO UPDATE SET uses = api_token_days.uses + excluded.uses",
        used,
        |query, used| query.bind(used.token).bind(used.day).bind(used.uses),
    )
    .await?;
    note_addresses(tx, used).await
}

/// Where tokens were used from: the last few places of each are kept.
async fn note_addresses(tx: &mut WriteTx, used: &[Used]) -> Result<()> {
    let known: Vec<&Used> = used.iter().filter(|used| !used.address.is_empty()).collect();
    tx.insert(
        "INSERT INTO api_token_addresses (token_id, address, last_at)",
        3,
        "ON CONFLICT (token_id, address) DO UPDATE SET last_at = excluded.last_at
         WHERE api_token_addresses.last_at < excluded.last_at",
        &known,
        |query, used| query.bind(used.token).bind(used.address.clone()).bind(used.at),
    )
    .await?;
    for some in known.chunks(500) {
        let ids: Vec<TokenId> = some.iter().map(|used| used.token).collect();
        let query = tx.query_in(
            "DELETE FROM api_token_addresses WHERE token_id IN (VALUES",
            ids,
            ") AND 5 <= (SELECT COUNT(*) FROM api_token_addresses later
                         WHERE later.token_id = api_token_addresses.token_id
                           AND later.last_at > api_token_addresses.last_at)",
        );
        query.run().await?;
    }
    Ok(())
}

/// The addresses that a token was used from, the latest first.
pub(super) async fn addresses(conn: &mut Conn, token: TokenId) -> Result<Vec<(String, DateTime<Utc>)>> {
    conn.query(
        "SELECT address, last_at FROM api_token_addresses WHERE token_id = $1 ORDER BY last_at DESC LIMIT 5",
    )
    .bind(token)
    .all()
    .await
}

/// Uses per day, since a day.
pub(super) async fn days(conn: &mut Conn, token: TokenId, since: i64) -> Result<Vec<(i64, i64)>> {
    conn.query("SELECT day, uses FROM api_token_days WHERE token_id = $1 AND day >= $2 ORDER BY day")
        .bind(token)
        .bind(since)
        .all()
        .await
}

/// A row of the list.
#[derive(Debug, FromRow)]
pub(super) struct Listed {
    pub id: TokenId,
    pub name: String,
    pub hint_head: Option<String>,
    pub hint_tail: Option<String>,
    pub expires_at: Option<DateTime<Utc>>,
    pub suspended_at: Option<DateTime<Utc>>,
    pub revoked_at: Option<DateTime<Utc>>,
    pub created_at: DateTime<Utc>,
    pub person_id: PersonId,
    pub person_name: String,
    pub email: String,
    pub department_id: Option<DepartmentId>,
    pub department_name: Option<String>,
    pub user_type_id: UserTypeId,
    pub user_type: String,
    pub last_used_at: Option<DateTime<Utc>>,
    pub last_address: String,
}

const LISTED: Part = Part::Text(
    "SELECT k.id, k.name, k.hint_head, k.hint_tail, k.expires_at, k.suspended_at, k.revoked_at, k.created_at,
            a.person_id, p.name AS person_name, p.email, k.department_id, d.name AS department_name,
            a.user_type_id, t.name AS user_type, k.last_used_at, a.last_address
     FROM tokens k
     JOIN api_tokens a ON a.token_id = k.id
     JOIN people p ON p.id = a.person_id
     JOIN user_types t ON t.id = a.user_type_id
     LEFT JOIN departments d ON d.id = k.department_id",
);

/// What a list is narrowed to by what stands beside its tokens; what is not said narrows nothing.
#[derive(Default)]
pub(super) struct Narrowed {
    pub person: Option<PersonId>,
    pub user_type: Option<UserTypeId>,
    pub expires_before: Option<DateTime<Utc>>,
    pub never_used: bool,
    /// The people whose address was searched for.
    pub people: Option<Vec<PersonId>>,
    /// Only those that a policy refuses.
    pub refused: Option<Refused>,
    /// The permissions that are asked for, and the user types that have all of them.
    pub may: Option<(Permissions, Vec<UserTypeId>)>,
    /// The addresses of which one was the last that it was used from.
    pub addresses: Option<Vec<String>>,
    /// What finds a text in another: the engines call it differently.
    pub find: &'static str,
}

/// Where the tokens of an organisation were last used from.
pub(super) async fn last_addresses(conn: &mut Conn, organisation: OrganisationId) -> Result<Vec<String>> {
    let rows: Vec<(String,)> = conn
        .query(
            "SELECT DISTINCT last_address FROM api_tokens WHERE organisation_id = $1 AND last_address <> ''",
        )
        .bind(organisation)
        .all()
        .await?;
    Ok(rows.into_iter().map(|(address,)| address).collect())
}

/// The function that finds a text in another; both engines take the longer text first.
pub(super) fn find(conn: &Conn) -> &'static str {
    conn.either(
        "INSTR(' ' || a.permissions || ' ',",
        "STRPOS(' ' || a.permissions || ' ',",
    )
}

impl Narrowed {
    /// Goes on with the conditions, where the token is `t`.
    pub(super) fn narrow(&self, statement: Statement) -> Statement {
        let statement = match self.expires_before {
            Some(at) => statement.text("AND t.expires_at <").value(at),
            None => statement,
        };
        let statement = match self.never_used {
            true => statement.text("AND t.last_used_at IS NULL"),
            false => statement,
        };
        let statement = statement.text(
            "AND EXISTS (SELECT 1 FROM api_tokens a JOIN people p ON p.id = a.person_id WHERE a.token_id = t.id",
        );
        let statement = match self.person {
            Some(person) => statement.text("AND a.person_id =").value(person),
            None => statement,
        };
        let statement = match self.user_type {
            Some(user_type) => statement.text("AND a.user_type_id =").value(user_type),
            None => statement,
        };
        let statement = match &self.people {
            Some(people) => statement.text("AND").is_among("a.person_id", people.clone()),
            None => statement,
        };
        let statement = match &self.addresses {
            Some(addresses) => statement
                .text("AND")
                .is_among("a.last_address", addresses.clone()),
            None => statement,
        };
        let statement = match &self.refused {
            Some(refused) => refused.narrow(statement),
            None => statement,
        };
        self.allowed(statement).text(")")
    }

    /// What a token may do is what it was narrowed to, its user type and its person's have in common.
    fn allowed(&self, statement: Statement) -> Statement {
        let Some((permissions, user_types)) = &self.may else {
            return statement;
        };
        let statement = statement
            .text("AND")
            .is_among("a.user_type_id", user_types.clone())
            .text("AND")
            .is_among("p.user_type_id", user_types.clone())
            .text("AND (a.permissions IS NULL OR (1 = 1");
        let each = permissions.iter().fold(statement, |statement, permission| {
            let key = format!(" {} ", permission.key());
            statement.text("AND").text(self.find).value(key).text(") > 0")
        });
        each.text("))")
    }
}

/// What a policy refuses: the same as [`super::context::Context::against_policy`] says of one token.
pub(super) struct Refused {
    policy: Policy,
    /// Hours from the making of the token `t` to its end, up to a `>`.
    hours: &'static str,
}

impl Refused {
    pub(super) fn by(conn: &Conn, policy: Policy) -> Self {
        let hours = conn.either(
            "OR (julianday(t.expires_at) - julianday(t.created_at)) * 24 >",
            "OR EXTRACT(EPOCH FROM t.expires_at - t.created_at) / 3600 >",
        );
        Self { policy, hours }
    }

    fn narrow(&self, statement: Statement) -> Statement {
        let statement = statement.text("AND (1 = 0");
        let statement = match !self.policy.never_allowed || self.policy.longest_days.is_some() {
            true => statement.text("OR t.expires_at IS NULL"),
            false => statement,
        };
        let statement = match self.policy.longest_days {
            Some(days) => statement
                .text(self.hours)
                .value(days * 24 + TO_THE_END_OF_THE_DAY.num_hours()),
            None => statement,
        };
        let statement = match self.policy.networks_required {
            true => statement.text("OR a.networks = ''"),
            false => statement,
        };
        statement.text(")")
    }
}

/// Some rows of the list, whatever list they are in. At least one is asked for.
pub(super) async fn by_ids(conn: &mut Conn, scope: &Scope, ids: &[TokenId]) -> Result<Vec<Listed>> {
    let head = [
        LISTED,
        Part::Text("WHERE k.family = 'api' AND k.organisation_id = $1 AND k.deleted_at IS NULL AND k.id IN"),
        Part::Values {
            first: 2,
            count: ids.len(),
        },
    ];
    let query = scope.query(conn, "k.department_id", 2 + ids.len(), &head, &[]);
    let query = ids.iter().fold(query.organisation(), |query, id| query.bind(*id));
    query.all().await
}

/// One row of the list, whatever list it is in.
pub(super) async fn by_id(conn: &mut Conn, scope: &Scope, id: TokenId) -> Result<Option<Listed>> {
    Ok(by_ids(conn, scope, &[id]).await?.into_iter().next())
}
