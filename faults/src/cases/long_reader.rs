//! A long read (an export, a backup) while people redeem: SQLite cannot checkpoint its log into the file as long as the
//! reader holds its snapshot. Nobody is refused meanwhile, and when the reader has gone the log stays within bounds
//! again.

use std::time::Duration;

use crate::failure::{Outcome, promise};
use crate::installation::Installation;
use crate::lab::Lab;
use crate::load::Load;
use crate::oracle::judge;

const LIMIT: usize = 50;

/// What the log has before the product writes its pages into the database, in bytes.
const LOG: u64 = 48 << 20;

/// The size of the log once nobody holds it: it may not grow past this.
const BOUND: u64 = 64 << 20;

/// A reader that stays through half of the load.
pub async fn run(lab: &Lab) -> Outcome {
    let tokens = lab.pick(40, 400);
    let installation = Installation::on_sqlite(lab).await?;
    let tokens = installation.tokens(vec![LIMIT; tokens]).await?;
    let server = installation.serve().await?;
    let url = [server.url.clone()];
    let log = installation.folder.join("tokenwright.db-wal");
    let size = || std::fs::metadata(&log).map_or(0, |meta| meta.len());

    let db = installation.open_database().await?;
    // A write transaction would block everybody; this one only reads, and is rolled back at the end.
    let mut reader = db.read().await?;
    reader.query("BEGIN").run().await?;
    reader.query("SELECT COUNT(*) FROM tokens").number().await?;
    let load = Load::begin(&url, &tokens, 32);
    load.until(tokens.len() * LIMIT / 2).await;
    let held = size();
    let seen_by_reader = reader.query("SELECT COUNT(*) FROM uses").number().await?;
    reader.query("ROLLBACK").run().await?;
    drop(reader);
    db.close().await;
    load.until(usize::MAX).await;
    // The log is not truncated but reused from its start: what matters is that it no longer grows.
    let gone = size();
    tokio::time::sleep(Duration::from_millis(200)).await;
    let crowds = load.end(&url).await?;
    let tally = judge(&installation, &crowds).await?;
    promise(seen_by_reader == 0, || {
        format!("the reader saw {seen_by_reader} uses that came after it began")
    })?;
    promise(gone <= BOUND && gone <= held * 2 + LOG, || {
        format!("the log has {gone} bytes after the reader went, {held} while it stayed")
    })?;
    server.did_not_panic()?;
    let kib = |bytes: u64| bytes / 1024;
    Ok(format!(
        "{tally}; log {} KiB with the reader, {} KiB at the end",
        kib(held),
        kib(gone)
    ))
}
