//! `fsync` fails with EIO under load. It is then unknown what reached the disk, and a repeated sync could report a
//! false success: the process ends at once, with an error, and starts clean.

use std::time::Duration;

use crate::disk::{Disk, Sync};
use crate::failure::{Failure, Outcome, promise};
use crate::installation::Installation;
use crate::lab::Lab;
use crate::load::Load;
use crate::oracle::judge;
use crate::server::{Server, free_port};

const LIMIT: usize = 30;
const TOKENS: usize = 40;

/// A disk that breaks at a random instant, several times.
pub async fn run(lab: &Lab) -> Outcome {
    let rounds = lab.pick(4, 40);
    let mut dice = lab.dice("sync_fails");
    let mut installation = Installation::on_sqlite(lab).await?;
    let port = free_port()?;
    let url = [format!("http://127.0.0.1:{port}")];
    let disk = Disk::under(lab, &mut installation)?;
    let (mut all, mut slowest) = (Vec::new(), Duration::ZERO);
    for _ in 0..rounds {
        let tokens = installation.tokens([LIMIT; TOKENS]).await?;
        let mut server = Server::start(&installation, port).await?;
        let load = Load::begin(&url, &tokens, 32);
        load.until(dice.index(LIMIT * 10)).await;
        disk.sync(Sync::Fails)?;
        let begun = std::time::Instant::now();
        let ended = server.ended(Duration::from_secs(10)).await?;
        slowest = slowest.max(begun.elapsed());
        disk.sync(Sync::Real)?;
        let Some(status) = ended else {
            return Err(Failure::broken("fsync failed, and the process went on"));
        };
        promise(!status.success(), || {
            "fsync failed, and the process ended as if nothing had happened".into()
        })?;
        server.did_not_panic()?;
        let _again = Server::start(&installation, port).await?;
        all.extend(load.end(&url).await?);
    }
    let tally = judge(&installation, &all).await?;
    Ok(format!(
        "{rounds} failed syncs, each ended the process within {} ms, {tally}",
        slowest.as_millis()
    ))
}
