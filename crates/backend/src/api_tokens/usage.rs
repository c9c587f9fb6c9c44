//! When tokens were last used: counted in memory, written down every ten seconds in one transaction.
//!
//! A write for each request would cost more than all the rest of it. What a crash loses is the last ten seconds of a
//! time that is shown to the minute; a server that stops writes it down last.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use domain::{Permissions, TokenId};

use super::meter::Noted;
use super::{ApiTokens, Meter, sql};
use crate::error::Result;
use crate::tokens;

/// How often it is written down.
const OFTEN: Duration = Duration::from_secs(10);

/// Tokens that were used since it was written down.
#[derive(Default)]
pub(crate) struct Usage(Mutex<Vec<Arc<Meter>>>);

impl Usage {
    pub(crate) fn note(&self, meter: Arc<Meter>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(meter);
    }

    pub(crate) fn take(&self) -> Vec<Arc<Meter>> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl ApiTokens<'_> {
    /// Writes down which tokens were used, until the program ends.
    pub(crate) async fn note_often(&self) {
        loop {
            tokio::time::sleep(OFTEN).await;
            if let Err(error) = self.note_uses().await {
                tracing::warn!(%error, "the last uses of API tokens could not be written down; trying again");
            }
        }
    }

    /// Writes down what was counted.
    ///
    /// # Errors
    /// A fault; it is counted still, and written down next time.
    pub async fn note_uses(&self) -> Result<()> {
        let meters = self.0.token_uses.take();
        let taken: Vec<_> = meters
            .into_iter()
            .filter_map(|meter| meter.take().map(|noted| (meter, noted)))
            .collect();
        if taken.is_empty() {
            return Ok(());
        }
        let rows = rows(&taken);
        let written = async {
            let mut tx = self.0.db.write().await?;
            sql::note(&mut tx, &rows).await?;
            let last: Vec<_> = rows.iter().map(|used| (used.token, used.at)).collect();
            tokens::touch(&mut tx, &last).await?;
            self.0.commit_keeping_cache(tx).await
        };
        if let Err(error) = written.await {
            for (meter, noted) in taken {
                meter.put_back(noted.count);
                self.0.token_uses.note(meter);
            }
            return Err(error);
        }
        Ok(())
    }
}

/// A row for each token. A token that was rotated has a meter for each of its secrets.
fn rows(taken: &[(Arc<Meter>, Noted)]) -> Vec<sql::Used> {
    let mut rows: BTreeMap<TokenId, sql::Used> = BTreeMap::new();
    for (meter, noted) in taken {
        let uses = i64::try_from(noted.count).unwrap_or(i64::MAX);
        let permissions = noted.permissions.to_string();
        let row = rows.entry(meter.token).or_insert_with(|| sql::Used {
            token: meter.token,
            at: noted.at,
            address: noted.address.clone(),
            agent: noted.agent.clone(),
            permissions: permissions.clone(),
            day: 0,
            uses: 0,
        });
        row.uses += uses;
        row.permissions = Permissions::from(format!("{} {permissions}", row.permissions)).to_string();
        if noted.at >= row.at {
            row.at = noted.at;
            row.address.clone_from(&noted.address);
            row.agent.clone_from(&noted.agent);
        }
        row.day = row.at.timestamp().div_euclid(86_400);
    }
    rows.into_values().collect()
}
