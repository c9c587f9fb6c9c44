//! Tokens that a scanner found somewhere, and asks about without sending them.

use chrono::{DateTime, Utc};
use domain::tokens::Family;

use super::context::Context;
use super::why::Why;
use super::{ApiTokens, sql};
use crate::error::Result;
use crate::scan_digest::ScanDigest;
use crate::{Client, Scope, tokens};

impl ApiTokens<'_> {
    /// The secrets with one of these numbers that open something now, those in the grace of a rotation too. Nothing is
    /// counted.
    ///
    /// # Errors
    /// A fault.
    pub(crate) async fn alive_by_scan(&self, buckets: &[i64]) -> Result<Vec<ScanDigest>> {
        let now = self.0.clock.now();
        let mut conn = self.0.db.read().await?;
        let mut alive = Vec::new();
        for found in tokens::scanned(&mut conn, Family::Api, buckets).await? {
            let whole = Scope::new(found.organisation_id, None);
            let Some(loaded) = tokens::load(&mut conn, self.0, &whole, found.id).await? else {
                continue;
            };
            let context = self.context_of(&mut conn, &loaded.token, None).await?;
            alive.extend(opening(context, now).and(ScanDigest::read(&found.scan_digest)));
        }
        for found in sql::replaced_by_scan(&mut conn, buckets, now).await? {
            let whole = Scope::new(found.replaced.organisation_id, None);
            let Some(loaded) = tokens::load(&mut conn, self.0, &whole, found.replaced.token_id).await? else {
                continue;
            };
            let context = self
                .context_of(&mut conn, &loaded.token, Some(found.replaced))
                .await?;
            alive.extend(opening(context, now).and(ScanDigest::read(&found.scan_digest)));
        }
        Ok(alive)
    }
}

/// A token that opens something from somewhere.
fn opening(context: Option<Context>, now: DateTime<Utc>) -> Option<Context> {
    context.filter(|context| {
        let verdict = context.judge(now, context.last_used_at, &Client::default());
        matches!(verdict, Ok(()) | Err(Why::Network))
    })
}
