//! The lists of page tokens: active, expired and deleted ones, in every order, page by page.
//!
//! Pages are cut by the key of their order and the id, as those of access tokens are, through the same indexes.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeZone, Utc};
use database::{Conn, FromRow, Part, Query, Sql};
use domain::access_tokens::{TokenList, TokenOrder};
use domain::page::PAGE_ROWS;
use domain::page_tokens::list::{PageTokenQuery, PageTokenRow};
use domain::page_tokens::{PREFIX, PageScope};
use domain::prefixed::Prefix;
use domain::tokens::{Bounds, State};
use domain::{Cursor, Page, Permission, PersonId, PrefixedSecret, Refusal, SiteId, TokenId, When};

use super::{PageTokens, kind};
use crate::access_tokens::{Key, Place, RESTORABLE};
use crate::caller::Caller;
use crate::error::{Result, corrupt};
use crate::{people, tokens, words};

/// The most ids that a search answers with.
const MOST: usize = 500;

/// The most ids that are asked for at once.
const MOST_WORDS: usize = 3;

impl PageTokens<'_> {
    /// A page of a list.
    ///
    /// # Errors
    /// [`Refusal::Forbidden`].
    pub async fn list(&self, caller: &Caller, query: &PageTokenQuery) -> Result<Page<PageTokenRow>> {
        caller.may(Permission::PageTokensRead)?;
        let mut conn = self.0.db.read().await?;
        let statement = Statement {
            query,
            found: self.found(&mut conn, caller, &query.search).await?,
            after: query
                .after
                .as_ref()
                .and_then(|cursor| Place::read(cursor, query.order)),
        };
        let mut rows: Vec<Record> = statement
            .page(&mut conn, caller, self.0.clock.now())
            .all()
            .await?;
        let next = (rows.len() > PAGE_ROWS).then(|| {
            rows.truncate(PAGE_ROWS);
            let last = rows.last().map(|row| row.place(query.order).write());
            last.unwrap_or(Cursor(String::new()))
        });
        Ok(Page {
            rows: self.shown_rows(&mut conn, caller, rows).await?,
            next,
        })
    }

    /// How many tokens a query finds.
    ///
    /// # Errors
    /// [`Refusal::Forbidden`].
    pub async fn count(&self, caller: &Caller, query: &PageTokenQuery) -> Result<i64> {
        caller.may(Permission::PageTokensRead)?;
        let mut conn = self.0.db.read().await?;
        let statement = Statement {
            query,
            found: self.found(&mut conn, caller, &query.search).await?,
            after: None,
        };
        Ok(statement
            .count(&mut conn, caller, self.0.clock.now())
            .number()
            .await?)
    }

    /// Some tokens as they are now, deleted ones too. Ids that the caller may not see are left out.
    ///
    /// # Errors
    /// [`Refusal::Forbidden`].
    pub async fn rows(&self, caller: &Caller, ids: &[TokenId]) -> Result<Vec<PageTokenRow>> {
        caller.may(Permission::PageTokensRead)?;
        let ids = &ids[..ids.len().min(MOST)];
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let mut conn = self.0.db.read().await?;
        let head = [
            Part::Text(COLUMNS),
            Part::Text("WHERE t.family = 'page' AND t.organisation_id = $1 AND t.id IN"),
            Part::Values {
                first: 2,
                count: ids.len(),
            },
        ];
        let mut query = caller
            .scope
            .query(&mut conn, "t.department_id", 2 + ids.len(), &head, &[])
            .organisation();
        for id in ids {
            query = query.bind(*id);
        }
        let rows: Vec<Record> = query.all().await?;
        self.shown_rows(&mut conn, caller, rows).await
    }

    /// One token.
    ///
    /// # Errors
    /// [`Refusal::NotFound`].
    pub async fn get(&self, caller: &Caller, id: TokenId) -> Result<PageTokenRow> {
        let rows = self.rows(caller, &[id]).await?;
        rows.into_iter().next().ok_or_else(|| Refusal::NotFound.into())
    }

    /// The tokens that fit what was typed: words of the URL or the note, a token, or the shown part of one. `None`:
    /// nothing was typed.
    async fn found(&self, conn: &mut Conn, caller: &Caller, typed: &str) -> Result<Option<Vec<TokenId>>> {
        let typed = typed.trim();
        if typed.is_empty() {
            return Ok(None);
        }
        if let Some(secret) = secret_in(typed) {
            let found = tokens::find(conn, self.0, kind::presented(&secret)).await?;
            let found = found.filter(|found| found.token.organisation == caller.organisation());
            return Ok(Some(found.map(|found| found.token.id).into_iter().collect()));
        }
        let mut found: Option<BTreeSet<TokenId>> = None;
        let mut typed_words: Vec<Vec<u8>> = words::words(typed).into_iter().collect();
        typed_words.sort_by_key(|word| std::cmp::Reverse(word.len()));
        for word in typed_words.iter().take(MOST_WORDS) {
            let named: BTreeSet<TokenId> = with_word(conn, caller, word).await?.into_iter().collect();
            found = Some(match found {
                Some(before) => before.intersection(&named).copied().collect(),
                None => named,
            });
        }
        let mut found = found.unwrap_or_default();
        found.extend(by_hint(conn, caller, typed).await?);
        Ok(Some(found.into_iter().take(MOST).collect()))
    }

    async fn shown_rows(
        &self,
        conn: &mut Conn,
        caller: &Caller,
        rows: Vec<Record>,
    ) -> Result<Vec<PageTokenRow>> {
        let times = self.0.times(caller);
        let makers: Vec<PersonId> = rows.iter().filter_map(|row| row.created_by).collect();
        let names = people::names(conn, &makers).await?;
        rows.into_iter()
            .map(|row| {
                let hint = row.hint_head.as_ref().zip(row.hint_tail.as_ref());
                let created_by = row.created_by.and_then(|id| names.get(&id).cloned());
                Ok(PageTokenRow {
                    state: row.bounds().state(times.now),
                    hint: hint
                        .map(|(head, tail)| format!("{head}…{tail}"))
                        .unwrap_or_default(),
                    scope: PageScope::from_key(&row.scope)
                        .ok_or_else(|| corrupt("page_tokens", "scope", row.id))?,
                    created_by: created_by.unwrap_or_default(),
                    id: row.id,
                    full_url: row.full_url,
                    canonical_url: row.canonical_url,
                    groups: row.group_names,
                    hits: row.uses + row.unnumbered_hits,
                    max_hits: row.use_limit,
                    starts: row.starts_at.map(|at| times.when(at)),
                    expires: row.expires_at.map(|end| When {
                        at: end,
                        ..times.last_minute(end)
                    }),
                    last_used: row.last_used_at.map(|at| times.when(at)),
                    created: times.when(row.created_at),
                    deleted: row.deleted_at.map(|at| times.when(at)),
                    may_add: row.may_add,
                    any_value: row.any_value,
                    networks: row.networks,
                    reads_only: row.reads_only,
                    confirm: row.confirm,
                    note: row.note,
                    email: row.email,
                    site: row.site_id,
                    site_address: row.address,
                })
            })
            .collect()
    }
}

/// A whole token in what was typed: by itself, or at the end of its link.
fn secret_in(typed: &str) -> Option<PrefixedSecret> {
    let start = typed.find(PREFIX)?;
    let text: String = typed[start..]
        .chars()
        .take_while(|c| c.is_ascii_alphanumeric() || *c == '_')
        .collect();
    PrefixedSecret::parse(Prefix::PAGE, &text).ok()
}

async fn with_word(conn: &mut Conn, caller: &Caller, word: &[u8]) -> Result<Vec<TokenId>> {
    let (from, to) = words::beginning_with(word);
    let head = [Part::Text(
        "SELECT t.id FROM token_words w JOIN tokens t ON t.id = w.token_id
         WHERE w.organisation_id = $1 AND w.family = 'page' AND w.word >= $2 AND w.word < $3",
    )];
    let rows: Vec<(TokenId,)> = caller
        .scope
        .query(
            conn,
            "t.department_id",
            4,
            &head,
            &[Part::Text("ORDER BY t.id DESC LIMIT 500")],
        )
        .organisation()
        .bind(from)
        .bind(to)
        .all()
        .await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// The tokens of which lists show this: `twp_7F3K…M5QJ`, or either end.
async fn by_hint(conn: &mut Conn, caller: &Caller, typed: &str) -> Result<Vec<TokenId>> {
    let (head, tail) = typed.split_once('…').unwrap_or((typed, typed));
    let statement = [Part::Text(
        "SELECT t.id FROM tokens t WHERE t.organisation_id = $1 AND t.family = 'page'
         AND (t.hint_head = $2 OR t.hint_tail = $3)",
    )];
    let rows: Vec<(TokenId,)> = caller
        .scope
        .query(conn, "t.department_id", 4, &statement, &[Part::Text("LIMIT 500")])
        .organisation()
        .bind(head.to_owned())
        .bind(tail.to_owned())
        .all()
        .await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

#[derive(FromRow)]
struct Record {
    id: TokenId,
    name_key: Vec<u8>,
    hint_head: Option<String>,
    hint_tail: Option<String>,
    starts_at: Option<DateTime<Utc>>,
    expires_at: Option<DateTime<Utc>>,
    use_limit: Option<i64>,
    uses: i64,
    suspended_at: Option<DateTime<Utc>>,
    revoked_at: Option<DateTime<Utc>>,
    deleted_at: Option<DateTime<Utc>>,
    created_at: DateTime<Utc>,
    created_by: Option<PersonId>,
    last_used_at: Option<DateTime<Utc>>,
    site_id: SiteId,
    full_url: String,
    canonical_url: String,
    scope: String,
    may_add: String,
    any_value: String,
    reads_only: bool,
    confirm: bool,
    networks: String,
    group_names: String,
    note: String,
    email: String,
    unnumbered_hits: i64,
    address: String,
}

const COLUMNS: &str =
    "SELECT t.id, t.name_key, t.hint_head, t.hint_tail, t.starts_at, t.expires_at, t.use_limit, t.uses, t.suspended_at,
            t.revoked_at, t.deleted_at, t.created_at, t.created_by, t.last_used_at, p.site_id, p.full_url, p.canonical_url,
            p.scope, p.may_add, p.any_value, p.reads_only, p.confirm, p.networks, p.group_names, p.note, p.email,
            p.unnumbered_hits, s.address
     FROM tokens t JOIN page_tokens p ON p.token_id = t.id JOIN sites s ON s.id = p.site_id";

impl Record {
    fn bounds(&self) -> Bounds {
        Bounds {
            starts_at: self.starts_at,
            expires_at: self.expires_at,
            use_limit: self.use_limit,
            uses: self.uses,
            suspended: self.suspended_at.is_some(),
            revoked: self.revoked_at.is_some(),
        }
    }

    fn place(&self, order: TokenOrder) -> Place {
        let never_ends = || {
            Utc.with_ymd_and_hms(9999, 12, 31, 23, 59, 59)
                .single()
                .unwrap_or_default()
        };
        let never_used = || {
            Utc.with_ymd_and_hms(1, 1, 1, 0, 0, 0)
                .single()
                .unwrap_or_default()
        };
        let key = match order {
            TokenOrder::Created => Key::None,
            TokenOrder::Name => Key::Text(self.name_key.clone()),
            TokenOrder::Expires => Key::Instant(self.expires_at.unwrap_or_else(never_ends)),
            TokenOrder::LastUsed => Key::Instant(self.last_used_at.unwrap_or_else(never_used)),
            TokenOrder::Uses => Key::Number(self.uses),
            TokenOrder::Remaining => Key::Number(self.bounds().remaining().unwrap_or(i64::MAX)),
        };
        Place { key, id: self.id }
    }
}

/// The statement of a list. Placeholders: `$1` organisation, `$2` now, `$3` and `$4` where the page starts, `$5` site,
/// `$6` rows, then the tokens that were found, then the department.
struct Statement<'a> {
    query: &'a PageTokenQuery,
    found: Option<Vec<TokenId>>,
    after: Option<Place>,
}

/// The number of the first placeholder for tokens that were found.
const FOUND: usize = 7;

impl Statement<'_> {
    fn page<'c>(&self, conn: &'c mut Conn, caller: &Caller, now: DateTime<Utc>) -> Query<'c> {
        let mut parts = vec![Part::Text(COLUMNS)];
        parts.extend(self.rows_that_fit(caller));
        parts.extend([Part::Text(self.sorted()[1]), Part::Text("LIMIT $6")]);
        let rows = i64::try_from(PAGE_ROWS + 1).unwrap_or(i64::MAX);
        self.bind(conn.query(Sql::parts(&parts)), caller, now, Some(rows))
    }

    fn count<'c>(&self, conn: &'c mut Conn, caller: &Caller, now: DateTime<Utc>) -> Query<'c> {
        let mut parts = vec![Part::Text(
            "SELECT COUNT(*) FROM tokens t JOIN page_tokens p ON p.token_id = t.id",
        )];
        parts.extend(self.rows_that_fit(caller));
        parts.push(Part::Text("AND $6 IS NULL"));
        self.bind(conn.query(Sql::parts(&parts)), caller, now, None)
    }

    fn rows_that_fit(&self, caller: &Caller) -> Vec<Part> {
        let list = match self.query.list {
            TokenList::Active => {
                "WHERE t.family = 'page' AND t.organisation_id = $1 AND t.whole_id IS NULL AND t.deleted_at IS NULL
                   AND t.ended_at IS NULL AND (t.expires_at IS NULL OR t.expires_at > $2)"
            }
            TokenList::Expired => {
                "WHERE t.family = 'page' AND t.organisation_id = $1 AND t.whole_id IS NULL AND t.deleted_at IS NULL
                   AND t.ended_at IS NOT NULL AND $2 IS NOT NULL"
            }
            TokenList::Deleted => {
                "WHERE t.family = 'page' AND t.organisation_id = $1 AND t.whole_id IS NULL AND t.deleted_at IS NOT NULL
                   AND t.deleted_at > $2"
            }
        };
        let site = match self.query.site {
            None => "AND $5 IS NULL",
            Some(_) => "AND p.site_id = $5",
        };
        let state = match self.query.state {
            None => "",
            Some(State::Live) => "AND t.suspended_at IS NULL AND (t.starts_at IS NULL OR t.starts_at <= $2)",
            Some(State::NotYet) => "AND t.suspended_at IS NULL AND t.starts_at > $2",
            Some(State::Suspended) => "AND t.suspended_at IS NOT NULL",
            Some(State::Revoked) => "AND t.revoked_at IS NOT NULL",
            Some(State::Expired) => "AND t.revoked_at IS NULL AND t.expires_at <= $2",
            Some(State::UsedUp) => {
                "AND t.revoked_at IS NULL AND (t.expires_at IS NULL OR t.expires_at > $2) AND t.uses >= t.use_limit"
            }
        };
        let mut parts = [list, site, state].map(Part::Text).to_vec();
        match self.found.as_deref() {
            None => {}
            Some([]) => parts.push(Part::Text("AND 1 = 0")),
            Some(found) => parts.extend([
                Part::Text("AND t.id IN"),
                Part::Values {
                    first: FOUND,
                    count: found.len(),
                },
            ]),
        }
        parts.extend(
            caller
                .scope
                .parts("t.department_id", FOUND + self.found.as_ref().map_or(0, Vec::len)),
        );
        parts.push(Part::Text(if self.after.is_some() {
            self.sorted()[0]
        } else {
            "AND $3 IS NULL AND $4 IS NULL"
        }));
        parts
    }

    fn bind<'c>(
        &self,
        query: Query<'c>,
        caller: &Caller,
        now: DateTime<Utc>,
        rows: Option<i64>,
    ) -> Query<'c> {
        // A deleted token leaves its list after 30 days: there, "now" is that much earlier.
        let now = if self.query.list == TokenList::Deleted {
            now - RESTORABLE
        } else {
            now
        };
        let query = query.bind(caller.organisation()).bind(now);
        let query = match self.after.as_ref().map(|place| &place.key) {
            None | Some(Key::None) => query.bind(None::<i64>),
            Some(Key::Text(bytes)) => query.bind(bytes.clone()),
            Some(Key::Instant(at)) => query.bind(*at),
            Some(Key::Number(number)) => query.bind(*number),
        };
        let query = query
            .bind(self.after.as_ref().map(|place| place.id))
            .bind(self.query.site)
            .bind(rows);
        let found = self.found.iter().flatten().copied();
        caller.scope.bind(found.fold(query, Query::bind))
    }

    /// What comes after `($3, $4)`, and the order.
    fn sorted(&self) -> [&'static str; 2] {
        macro_rules! by {
            ($key:literal) => {
                if self.query.descending {
                    [
                        concat!("AND (", $key, ", t.id) < ($3, $4)"),
                        concat!("ORDER BY ", $key, " DESC, t.id DESC"),
                    ]
                } else {
                    [
                        concat!("AND (", $key, ", t.id) > ($3, $4)"),
                        concat!("ORDER BY ", $key, ", t.id"),
                    ]
                }
            };
        }
        match self.query.order {
            // The id alone: ids sort by the time they were made.
            TokenOrder::Created if self.query.descending => {
                ["AND $3 IS NULL AND t.id < $4", "ORDER BY t.id DESC"]
            }
            TokenOrder::Created => ["AND $3 IS NULL AND t.id > $4", "ORDER BY t.id"],
            TokenOrder::Name => by!("t.name_key"),
            TokenOrder::Uses => by!("t.uses"),
            TokenOrder::Expires => by!("t.expires_key"),
            TokenOrder::LastUsed => by!("t.last_used_key"),
            TokenOrder::Remaining => by!("t.remaining_key"),
        }
    }
}
