//! Spending, for tests.

use chrono::{DateTime, Utc};
use database::WriteTx;
use domain::OrganisationId;

use super::{Locked, Spending, Spent, lock, spend};
use crate::Backend;

/// Spends one use of one token.
pub(crate) async fn spend_one(
    tx: &mut WriteTx,
    backend: &Backend,
    organisation: OrganisationId,
    spending: Spending,
    now: DateTime<Utc>,
) -> crate::Result<Spent> {
    let found = lock(
        tx,
        backend,
        &crate::Scope::new(organisation, None),
        spending.token,
    )
    .await?;
    let mut locked = found.map(Locked::of).unwrap_or_default();
    let decided = spend(tx, &mut locked, vec![spending], now).await?;
    decided.write(tx).await?;
    Ok(decided.spent().next().expect("one was asked for"))
}
