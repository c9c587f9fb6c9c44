//! How fast mail goes out: mail servers refuse those who are too fast, and nobody's mailbox is to be flooded.
//!
//! An organisation has a number of mails for each hour, of which a tenth may go at once. Kept is one instant: when the
//! next mail would go out if all went evenly. An address gets a number of mails in any hour; what is more waits.

use chrono::{DateTime, TimeDelta, Utc};
use database::WriteTx;
use domain::OrganisationId;

use super::sql;
use crate::error::Result;

/// Mails to one address in an hour, at most.
pub(super) const PER_ADDRESS: i64 = 60;

/// How far ahead of an even pace an organisation may be.
const AHEAD: TimeDelta = TimeDelta::minutes(6);

/// Counts one mail more, or says when there may be one.
pub(super) async fn step(
    tx: &mut WriteTx,
    organisation: OrganisationId,
    per_hour: i64,
    now: DateTime<Utc>,
) -> Result<Result<(), DateTime<Utc>>, crate::Error> {
    let next_at = sql::next_at(tx, organisation, now).await?;
    if next_at - now > AHEAD {
        return Ok(Err(next_at - AHEAD));
    }
    let pause = TimeDelta::microseconds(3_600_000_000 / per_hour.max(1));
    sql::set_next_at(tx, organisation, next_at.max(now) + pause).await?;
    Ok(Ok(()))
}

/// When an address may be written to again, if it has had enough.
pub(super) async fn address_rests(
    tx: &mut WriteTx,
    organisation: OrganisationId,
    address: &str,
    now: DateTime<Utc>,
) -> Result<Option<DateTime<Utc>>> {
    let hour = TimeDelta::hours(1);
    let sent = sql::sent_since(tx, organisation, address, now - hour, PER_ADDRESS).await?;
    let oldest = sent.last().map(|(at,)| *at);
    Ok(oldest
        .filter(|_| i64::try_from(sent.len()).is_ok_and(|count| count >= PER_ADDRESS))
        .map(|oldest| oldest + hour))
}
