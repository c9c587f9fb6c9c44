//! A slow disk: 4 ms, then 20 ms added to each sync. Nobody is told to come back, and waiting requests are committed
//! together: the slower the disk, the more of them.

use std::time::{Duration, Instant};

use crate::disk::Disk;
use crate::failure::{Outcome, promise};
use crate::installation::Installation;
use crate::lab::Lab;
use crate::load::Load;
use crate::oracle::judge;
use crate::person::Answer;

const LIMIT: usize = 50;

/// Both delays.
pub async fn run(lab: &Lab) -> Outcome {
    let mut lines = Vec::new();
    for delay in [4, 20] {
        lines.push(slowed_by(lab, Duration::from_millis(delay)).await?);
    }
    Ok(lines.join("; "))
}

async fn slowed_by(lab: &Lab, delay: Duration) -> Outcome {
    let tokens = lab.pick(12, 60);
    let mut installation = Installation::on_sqlite(lab).await?;
    let tokens = installation.tokens(vec![LIMIT; tokens]).await?;
    let disk = Disk::under(lab, &mut installation)?;
    let server = installation.serve().await?;
    let url = [server.url.clone()];
    disk.delay_syncs(delay)?;
    let (syncs, begun) = (disk.syncs()?, Instant::now());
    let load = Load::begin(&url, &tokens, 64);
    load.until(usize::MAX).await;
    let took = begun.elapsed();
    let syncs = disk.syncs()? - syncs;
    let crowds = load.end(&url).await?;
    let tally = judge(&installation, &crowds).await?;
    let answers = crowds
        .iter()
        .flat_map(|crowd| &crowd.people)
        .flat_map(|person| &person.answers);
    let bad = answers
        .filter(|answer| !matches!(answer, Answer::Given | Answer::Gone))
        .count();
    promise(bad == 0, || {
        format!(
            "{bad} requests failed on a disk that takes {} ms",
            delay.as_millis()
        )
    })?;
    server.did_not_panic()?;
    let seconds = took.as_secs_f64();
    Ok(format!(
        "{} ms: {tally} in {seconds:.1} s with {syncs} syncs",
        delay.as_millis()
    ))
}
