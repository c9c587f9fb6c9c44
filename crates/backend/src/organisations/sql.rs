//! The organisations' statements.

use chrono::{DateTime, Utc};
use database::{Result, WriteTx};
use domain::OrganisationId;

pub(super) async fn insert(
    tx: &mut WriteTx,
    id: OrganisationId,
    name: &str,
    time_zone: &str,
    now: DateTime<Utc>,
) -> Result<()> {
    tx.query("INSERT INTO organisations (id, name, time_zone, full_tokens, created_at) VALUES ($1, $2, $3, $4, $5)")
        .bind(id)
        .bind(name.to_owned())
        .bind(time_zone.to_owned())
        .bind(true)
        .bind(now)
        .run()
        .await?;
    Ok(())
}
