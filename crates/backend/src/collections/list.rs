//! The list of collections, and the ones to choose from.

use database::Conn;
use domain::access_tokens::CollectionChoice;
use domain::collections::{CollectionQuery, CollectionRow, Cover};
use domain::{CollectionId, Page, Permission};

use super::{Collections, grants, sql};
use crate::error::Result;
use crate::keyset::{self, Key};
use crate::times::Times;
use crate::{Caller, departments};

impl Collections<'_> {
    /// The collections by title.
    ///
    /// # Errors
    /// Forbidden, or not found: an invalid cursor.
    pub async fn list(&self, caller: &Caller, query: &CollectionQuery) -> Result<Page<CollectionRow>> {
        caller.may(Permission::CollectionsRead)?;
        let start = sql::BY_TITLE.start(query.after.as_ref())?;
        let mut conn = self.0.db.read().await?;
        let scope = departments::narrowed(&mut conn, &caller.scope, query.department).await?;
        let most = keyset::rows(query.rows);
        let found = sql::list(&mut conn, &scope, query, &start, most + 1).await?;
        let found = keyset::page_of(found, most, &start, |row| {
            (Key::Text(row.title_key.clone()), row.id.0)
        });
        Ok(Page {
            rows: self.shown(&mut conn, caller, found.rows).await?,
            next: found.next,
            prev: found.prev,
        })
    }

    /// Some collections as they are now. Ids that are not the organisation's are left out.
    ///
    /// # Errors
    /// Forbidden.
    pub async fn rows(&self, caller: &Caller, ids: &[CollectionId]) -> Result<Vec<CollectionRow>> {
        caller.may(Permission::CollectionsRead)?;
        let ids = &ids[..ids.len().min(keyset::MOST_BY_ID)];
        let mut conn = self.0.db.read().await?;
        let rows = sql::by_id(&mut conn, &caller.scope, ids).await?;
        self.shown(&mut conn, caller, rows).await
    }

    async fn shown(
        &self,
        conn: &mut Conn,
        caller: &Caller,
        heads: Vec<sql::Head>,
    ) -> Result<Vec<CollectionRow>> {
        let times = Times {
            zone: caller.time_zone,
            now: self.0.clock.now(),
        };
        let departments =
            departments::names(conn, heads.iter().filter_map(|head| head.department_id)).await?;
        let mut rows = Vec::with_capacity(heads.len());
        for head in heads {
            rows.push(CollectionRow {
                id: head.id,
                state: head.state()?,
                department: head.department_id.and_then(|id| departments.get(&id).cloned()),
                people: grants::people(conn, head.id).await?,
                changed: times.when(head.changed_at),
                title: head.title,
                summary: head.summary,
                cover: Cover {
                    colour: head.colour,
                    emoji: head.emoji,
                },
                items: head.items,
            });
        }
        Ok(rows)
    }

    /// How many collections a list has, as [`Count::number`](domain::page::Count::number) writes it.
    ///
    /// # Errors
    /// Forbidden.
    pub async fn count(&self, caller: &Caller, query: &CollectionQuery) -> Result<i64> {
        caller.may(Permission::CollectionsRead)?;
        let mut conn = self.0.db.read().await?;
        let scope = departments::narrowed(&mut conn, &caller.scope, query.department).await?;
        Ok(sql::count(&mut conn, &scope, query).await?.number())
    }

    /// The published collections, by title: what a token can open.
    ///
    /// # Errors
    /// Forbidden.
    pub async fn choices(&self, caller: &Caller) -> Result<Vec<CollectionChoice>> {
        caller.may(Permission::CollectionsRead)?;
        let rows = sql::published(&mut self.0.db.read().await?, &caller.scope).await?;
        Ok(rows
            .into_iter()
            .map(|row| CollectionChoice {
                id: row.id,
                title: row.title,
                cover: Cover {
                    colour: row.colour,
                    emoji: row.emoji,
                },
            })
            .collect())
    }
}
