//! The disk is full: at the N-th write, for a range of N, and for real on a small disk that fills up.
//!
//! People are told to come back later, and when; reads still work; nobody is given what is not in the database; and
//! when there is space again the server recovers by itself.

use std::path::Path;
use std::time::{Duration, Instant};

use crate::crowd::Crowd;
use crate::disk::Disk;
use crate::failure::{Failure, Outcome, promise};
use crate::installation::Installation;
use crate::lab::Lab;
use crate::mount::Mount;
use crate::oracle::{Tally, judge};
use crate::person::{self, Answer};
use crate::server::Server;

const LIMIT: usize = 12;
const PEOPLE: usize = 20;
/// How soon it has to be ready again: each caller triggers the probe, so at once, with a margin for a busy machine.
const READY_AGAIN: Duration = Duration::from_secs(5);

/// At every write, then on a small disk.
pub async fn run(lab: &Lab) -> Outcome {
    let each = at_every_write(lab).await?;
    let small = match Mount::memory(lab, "8M") {
        Ok(mount) => on_a_small_disk(lab, &mount).await?,
        Err(Failure::Hindered(why)) => format!("NO SMALL DISK WAS FILLED: {why}"),
        Err(broken) => return Err(broken),
    };
    Ok(format!("{each}; on a small disk: {small}"))
}

async fn at_every_write(lab: &Lab) -> Outcome {
    let rounds: u64 = lab.pick(40, 400);
    let mut installation = Installation::on_sqlite(lab).await?;
    let tokens = installation.tokens(vec![LIMIT; usize::try_from(rounds)?]).await?;
    let disk = Disk::under(lab, &mut installation)?;
    let mut server = installation.serve().await?;
    let url = [server.url.clone()];
    let http = person::http();
    let (mut crowds, mut refused, mut failed) = (Vec::new(), 0, 0);
    // One commit takes many writes; the short form tries every few of them.
    let step = lab.pick(7, 1);
    for (round, token) in (0..).zip(&tokens) {
        let mut crowd = Crowd::new(token, PEOPLE);
        disk.fill_up_after(round * step)?;
        crowd.race(&http, &url).await;
        reads_go_on(&http, &server).await?;
        failed += disk.failed()?;
        disk.make_space()?;
        is_ready_again(&http, &server).await?;
        refused += told_to_come_back(&crowd)?;
        crowd.settle(&http, &url).await?;
        crowd.repeat(&http, &url).await;
        crowds.push(crowd);
    }
    promise(server.ended(Duration::ZERO).await?.is_none(), || {
        "the server ended on a full disk".into()
    })?;
    server.did_not_panic()?;
    promise(failed > 0, || {
        "no write failed: the disk is not under the database".into()
    })?;
    let tally = judge(&installation, &crowds).await?;
    Ok(format!(
        "{failed} failed writes in {rounds} rounds, {refused} told to come back, {tally}"
    ))
}

/// A disk of 8 MB, with a file on it that takes the remaining space. The log is on it, too: failing to write it stops
/// nobody.
async fn on_a_small_disk(lab: &Lab, mount: &Mount) -> Outcome {
    let mut installation = Installation::on_sqlite_in(lab, mount.path()).await?;
    installation.logs = mount.path().to_owned();
    let tokens = installation.tokens([LIMIT; 6]).await?;
    let server = installation.serve().await?;
    let url = [server.url.clone()];
    let http = person::http();
    let (mut crowds, mut refused) = (Vec::new(), 0);
    for token in &tokens {
        let mut crowd = Crowd::new(token, PEOPLE);
        take_all(&mount.path().join("hog"))?;
        crowd.race(&http, &url).await;
        reads_go_on(&http, &server).await?;
        refused += told_to_come_back(&crowd)?;
        std::fs::remove_file(mount.path().join("hog"))?;
        is_ready_again(&http, &server).await?;
        crowd.settle(&http, &url).await?;
        crowds.push(crowd);
    }
    promise(refused > 0, || {
        "nobody was refused on a full disk: it was not full".into()
    })?;
    server.did_not_panic()?;
    let tally: Tally = judge(&installation, &crowds).await?;
    drop(server);
    Ok(format!("{refused} told to come back, {tally}"))
}

/// Everybody who was not served was told when to come back, and nothing else; returns how many.
fn told_to_come_back(crowd: &Crowd) -> Outcome<usize> {
    let mut refused = 0;
    for answer in crowd.people.iter().filter_map(|person| person.answers.last()) {
        match answer {
            Answer::Given | Answer::Gone => {}
            Answer::Unavailable(Some(_)) => refused += 1,
            other => {
                return Err(Failure::broken(format!(
                    "on a full disk somebody was answered with {other:?}"
                )));
            }
        }
    }
    Ok(refused)
}

/// Reads work, and readiness is reported truthfully: with a disk that accepted the probe's last write the server is
/// ready, otherwise it is not, and says when to ask again.
async fn reads_go_on(http: &reqwest::Client, server: &Server) -> Outcome<()> {
    let answer = http.get(format!("{}/t", server.url)).send().await?;
    promise(answer.status().is_success(), || {
        format!("/t answers {} on a full disk", answer.status())
    })?;
    let answer = http.get(format!("{}/readyz", server.url)).send().await?;
    let told = answer.status() == 503 && answer.headers().contains_key("retry-after");
    promise(answer.status().is_success() || told, || {
        format!("/readyz answers {} on a full disk", answer.status())
    })
}

/// Once there is space again, the server is ready again, by itself.
async fn is_ready_again(http: &reqwest::Client, server: &Server) -> Outcome<()> {
    let until = Instant::now() + READY_AGAIN;
    loop {
        let answer = http.get(format!("{}/readyz", server.url)).send().await?;
        if answer.status().is_success() {
            return Ok(());
        }
        promise(Instant::now() < until, || {
            format!(
                "/readyz still answers {} when there is space again",
                answer.status()
            )
        })?;
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// Writes until there is no space left.
fn take_all(hog: &Path) -> Outcome<()> {
    use std::io::Write;
    let mut file = std::fs::File::create(hog)?;
    let mut piece = vec![0; 64 * 1024];
    while !piece.is_empty() {
        // What does not fit at once may still fit in halves.
        if file.write_all(&piece).is_err() {
            piece.truncate(piece.len() / 2);
        }
    }
    Ok(())
}
