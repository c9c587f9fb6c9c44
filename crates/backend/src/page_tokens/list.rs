//! The lists of page tokens: active, expired and deleted ones, in every order, page by page.
//!
//! Pages are cut by the key of their order and the id, as those of access tokens are, through the same indexes.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use database::{Conn, FromRow, Part, Statement};
use domain::page_tokens::list::{PageTokenQuery, PageTokenRow};
use domain::page_tokens::{PREFIX, PageScope};
use domain::prefixed::Prefix;
use domain::tokens::{Bounds, Family};
use domain::{Page, Permission, PersonId, PrefixedSecret, Refusal, SiteId, TokenId, When};

use super::PageTokens;
use crate::caller::Caller;
use crate::error::{Result, corrupt};
use crate::tokens::list::{self as core, ListQuery};
use crate::{Scope, departments, people};

/// The most ids that are asked for at once.
pub(super) const MOST: usize = 500;

impl PageTokens<'_> {
    /// A page of a list.
    ///
    /// # Errors
    /// [`Refusal::Forbidden`]; [`Refusal::NotFound`] for an unknown department; [`Refusal::Malformed`] for a cursor that is
    /// none of ours.
    pub async fn list(&self, caller: &Caller, query: &PageTokenQuery) -> Result<Page<PageTokenRow>> {
        caller.may(Permission::PageTokensRead)?;
        let mut conn = self.reader().await?;
        let search = secret_or_words(&query.search);
        let narrow = |statement: Statement| of_site(statement, query.site);
        let scope = departments::narrowed(&mut conn, &caller.scope, query.department).await?;
        let asked = asked(&scope, query, &search, &narrow);
        let page = core::list(&mut conn, self.0, &asked, query.after.as_ref()).await?;
        let ids: Vec<TokenId> = page.rows.iter().map(|row| row.token.id).collect();
        let mut rows: HashMap<TokenId, PageTokenRow> = self
            .of_ids(&mut conn, caller, &ids)
            .await?
            .into_iter()
            .map(|row| (row.id, row))
            .collect();
        Ok(Page {
            rows: ids.iter().filter_map(|id| rows.remove(id)).collect(),
            next: page.next,
            prev: page.prev,
        })
    }

    /// How many tokens a query finds; where there are very many, how many of them were counted.
    ///
    /// # Errors
    /// [`Refusal::Forbidden`]; [`Refusal::NotFound`] for an unknown department.
    pub async fn count(&self, caller: &Caller, query: &PageTokenQuery) -> Result<i64> {
        caller.may(Permission::PageTokensRead)?;
        let mut conn = self.reader().await?;
        let search = secret_or_words(&query.search);
        let narrow = |statement: Statement| of_site(statement, query.site);
        let scope = departments::narrowed(&mut conn, &caller.scope, query.department).await?;
        let asked = asked(&scope, query, &search, &narrow);
        Ok(core::count(&mut conn, self.0, &asked).await?.number())
    }

    /// Some tokens as they are now, deleted ones too. Ids that the caller may not see are left out.
    ///
    /// # Errors
    /// [`Refusal::Forbidden`].
    pub async fn rows(&self, caller: &Caller, ids: &[TokenId]) -> Result<Vec<PageTokenRow>> {
        caller.may(Permission::PageTokensRead)?;
        let ids = &ids[..ids.len().min(MOST)];
        let mut conn = self.reader().await?;
        self.of_ids(&mut conn, caller, ids).await
    }

    /// The same to anyone who just made or changed them, and may have no permission to see all others.
    pub(super) async fn changed_rows(&self, caller: &Caller, ids: &[TokenId]) -> Result<Vec<PageTokenRow>> {
        let mut conn = self.reader().await?;
        self.of_ids(&mut conn, caller, ids).await
    }

    /// One of these.
    pub(super) async fn changed(&self, caller: &Caller, id: TokenId) -> Result<PageTokenRow> {
        let rows = self.changed_rows(caller, &[id]).await?;
        rows.into_iter().next().ok_or_else(|| Refusal::NotFound.into())
    }

    async fn of_ids(&self, conn: &mut Conn, caller: &Caller, ids: &[TokenId]) -> Result<Vec<PageTokenRow>> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
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
            .query(conn, "t.department_id", 2 + ids.len(), &head, &[])
            .organisation();
        for id in ids {
            query = query.bind(*id);
        }
        let rows: Vec<Record> = query.all().await?;
        self.shown_rows(conn, caller, rows).await
    }

    /// One token.
    ///
    /// # Errors
    /// [`Refusal::NotFound`].
    pub async fn get(&self, caller: &Caller, id: TokenId) -> Result<PageTokenRow> {
        let rows = self.rows(caller, &[id]).await?;
        rows.into_iter().next().ok_or_else(|| Refusal::NotFound.into())
    }

    async fn shown_rows(
        &self,
        conn: &mut Conn,
        caller: &Caller,
        rows: Vec<Record>,
    ) -> Result<Vec<PageTokenRow>> {
        let times = self.0.times(caller);
        let makers: Vec<PersonId> = rows.iter().filter_map(|row| row.created_by).collect();
        let names = people::names_within(conn, &caller.scope, &makers).await?;
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
                    // Whom a limited caller may not see is not named to them.
                    created_by: created_by.unwrap_or_default(),
                    id: row.id,
                    full_url: row.full_url,
                    canonical_url: row.canonical_url,
                    groups: row.group_names,
                    hits: row.uses_key,
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

fn asked<'a>(
    scope: &'a Scope,
    query: &'a PageTokenQuery,
    search: &'a str,
    narrow: core::Narrow<'a>,
) -> ListQuery<'a> {
    ListQuery {
        family: Family::Page,
        scope,
        kinds: &[],
        list: query.list,
        state: query.state,
        order: query.order,
        descending: query.descending,
        search,
        narrow: Some(narrow),
        rows: query.rows,
    }
}

fn of_site(statement: Statement, site: Option<SiteId>) -> Statement {
    match site {
        None => statement,
        Some(site) => statement
            .text("AND t.id IN (SELECT p.token_id FROM page_tokens p WHERE p.site_id =")
            .value(site)
            .text(")"),
    }
}

/// What is searched for: of a link, the whole token in it.
fn secret_or_words(typed: &str) -> String {
    let secret = || {
        let start = typed.find(PREFIX)?;
        let is_part = |c: &char| c.is_ascii_alphanumeric() || *c == '_';
        let text: String = typed[start..].chars().take_while(is_part).collect();
        PrefixedSecret::parse(Prefix::PAGE, &text).is_ok().then_some(text)
    };
    secret().unwrap_or_else(|| typed.to_owned())
}

#[derive(FromRow)]
struct Record {
    id: TokenId,
    hint_head: Option<String>,
    hint_tail: Option<String>,
    starts_at: Option<DateTime<Utc>>,
    expires_at: Option<DateTime<Utc>>,
    use_limit: Option<i64>,
    uses: i64,
    uses_key: i64,
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
    address: String,
}

const COLUMNS: &str =
    "SELECT t.id, t.hint_head, t.hint_tail, t.starts_at, t.expires_at, t.use_limit, t.uses, t.uses_key, t.suspended_at,
            t.revoked_at, t.deleted_at, t.created_at, t.created_by, t.last_used_at, p.site_id, p.full_url, p.canonical_url,
            p.scope, p.may_add, p.any_value, p.reads_only, p.confirm, p.networks, p.group_names, p.note, p.email, s.address
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
}
