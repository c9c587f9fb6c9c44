//! Secrets of apps that a scanner found somewhere, and asks about without sending them.

use domain::tokens::Family;

use super::{MobileSessions, sql};
use crate::error::Result;
use crate::scan_digest::ScanDigest;
use crate::tokens;

impl MobileSessions<'_> {
    /// The access tokens and newest refresh tokens with one of these numbers that open something now.
    ///
    /// # Errors
    /// A fault.
    pub(crate) async fn alive_by_scan(&self, buckets: &[i64]) -> Result<Vec<ScanDigest>> {
        let now = self.0.clock.now();
        let mut conn = self.0.db.read().await?;
        let mut found = sql::access_by_scan(&mut conn, buckets, now).await?;
        let newest = tokens::scanned(&mut conn, Family::Mobile, buckets).await?;
        found.extend(newest.into_iter().map(|row| (row.id, row.scan_digest)));
        let mut alive = Vec::new();
        for (session, digest) in found {
            let context = self.context_of(&mut conn, session).await?;
            if context.is_some_and(|context| context.judge(now).is_ok()) {
                alive.extend(ScanDigest::read(&digest));
            }
        }
        Ok(alive)
    }
}
