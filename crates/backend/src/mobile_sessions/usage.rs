//! When sessions were last active, and from where: counted in memory, written down every ten seconds in one transaction.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use domain::TokenId;

use super::{MobileSessions, sql};
use crate::error::Result;

/// How often it is written down.
const OFTEN: Duration = Duration::from_secs(10);

impl MobileSessions<'_> {
    /// Writes down which sessions were active, until the program ends.
    pub(crate) async fn note_often(&self) {
        loop {
            tokio::time::sleep(OFTEN).await;
            if let Err(error) = self.note_uses().await {
                tracing::warn!(%error, "when mobile sessions were active could not be written down; trying again");
            }
        }
    }

    /// Writes down what was counted.
    ///
    /// # Errors
    /// A fault; it is counted still, and written down next time.
    pub async fn note_uses(&self) -> Result<()> {
        let taken: Vec<_> = self
            .0
            .session_uses
            .take()
            .into_iter()
            .filter_map(|meter| meter.take().map(|noted| (meter, noted)))
            .collect();
        if taken.is_empty() {
            return Ok(());
        }
        // A session has a meter for each of its access tokens.
        let mut rows: BTreeMap<TokenId, sql::Active> = BTreeMap::new();
        for (meter, noted) in &taken {
            let row = rows.entry(meter.token).or_insert_with(|| sql::Active {
                session: meter.token,
                at: noted.at,
                address: noted.address.clone(),
            });
            if noted.at >= row.at {
                row.at = noted.at;
                row.address.clone_from(&noted.address);
            }
        }
        let rows: Vec<sql::Active> = rows.into_values().collect();
        let written = async {
            let mut tx = self.0.db.write().await?;
            sql::note(&mut tx, &rows).await?;
            self.0.commit_keeping_cache(tx).await
        };
        if let Err(error) = written.await {
            for (meter, noted) in taken {
                meter.put_back(noted.count);
                self.0.session_uses.note(Arc::clone(&meter));
            }
            return Err(error);
        }
        Ok(())
    }
}
