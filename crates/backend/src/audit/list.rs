//! The audit log, page by page, for callers who may read it.

use domain::audit::{AuditQuery, AuditRow};
use domain::{Page, Permission};

use super::sql;
use crate::error::Result;
use crate::keyset::{self, Key};
use crate::{Backend, Caller};

/// The view of the audit log.
pub struct AuditLog<'a>(&'a Backend);

impl Backend {
    /// The audit log.
    pub fn audit(&self) -> AuditLog<'_> {
        AuditLog(self)
    }
}

impl AuditLog<'_> {
    /// What happened, the newest first.
    ///
    /// # Errors
    /// Forbidden, also for a caller limited to a department: the log is not divided by departments.
    pub async fn list(&self, caller: &Caller, query: &AuditQuery) -> Result<Page<AuditRow>> {
        caller.may_everywhere(Permission::AuditRead)?;
        let start = sql::NEWEST_FIRST.start(query.after.as_ref())?;
        let rows = keyset::rows(query.rows);
        self.0.fold_to_read().await?;
        let mut conn = self.0.db.read().await?;
        let found = sql::page(&mut conn, caller.organisation(), query, &start, rows + 1).await?;
        let page = keyset::page_of(found, rows, &start, |row| (Key::None, row.id));
        Ok(Page {
            rows: page.rows.into_iter().map(AuditRow::from).collect(),
            next: page.next,
            prev: page.prev,
        })
    }
}

impl From<sql::Listed> for AuditRow {
    fn from(row: sql::Listed) -> Self {
        Self {
            what: super::told(&row.event, &row.facts),
            id: row.id,
            at: row.at,
            event: row.event,
            actor: row.actor,
            actor_id: row.actor_id,
            token: row.token_id,
            code: row.code_id,
            collection: row.collection_id,
            person: row.person_id,
            address: row.address,
        }
    }
}
