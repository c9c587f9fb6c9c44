//! A second server on the same SQLite file: it is refused with an error message. Forced past the lock, two servers at
//! once still spend no token too often: the numbers of uses forbid it to any process.

use crate::crowd::Crowd;
use crate::disk::Disk;
use crate::failure::{Failure, Outcome, promise};
use crate::installation::Installation;
use crate::lab::Lab;
use crate::oracle::{disagreements, fsck, read};
use crate::person::{self, Answer};

/// With the lock, then without it.
pub async fn run(lab: &Lab) -> Outcome {
    let rounds = lab.pick(10, 60);
    let mut installation = Installation::on_sqlite(lab).await?;
    let disk = Disk::under(lab, &mut installation)?;
    let limits = [1, 2, 10, 40].into_iter().cycle().take(rounds);
    let tokens = installation.tokens(limits).await?;
    let first = installation.serve().await?;

    let refused = installation
        .command()
        .args(["serve", "--listen", "127.0.0.1:0"])
        .output()?;
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    promise(
        !refused.status.success() && said.contains("Another Tokenwright"),
        || format!("a second server on the file was not refused: {said}"),
    )?;

    // Only where the file system itself has no locks can a process get past it.
    disk.forget_locks()?;
    let second = installation.serve().await.map_err(|failure| match failure {
        Failure::Broken(findings) => Failure::Hindered(findings.join("; ")),
        other => other,
    })?;
    let urls = [first.url.clone(), second.url.clone()];
    let http = person::http();
    let (mut crowds, mut given) = (Vec::new(), 0);
    for token in &tokens {
        let mut crowd = Crowd::new(token, 64);
        crowd.race(&http, &urls).await;
        given += crowd
            .people
            .iter()
            .filter(|person| person.answers.contains(&Answer::Given))
            .count();
        crowds.push(crowd);
    }
    // Two servers that do not know of each other may block each other's writes, so not everybody gets a definite
    // answer.
    let mut findings = fsck(&installation)?;
    for (crowd, books) in crowds.iter().zip(read(&installation, &crowds).await?) {
        findings.extend(disagreements(crowd, &books));
    }
    promise(findings.is_empty(), || findings.join("; "))?;
    first.did_not_panic()?;
    second.did_not_panic()?;
    Ok(format!(
        "refused with a sentence; forced, {rounds} races gave {given}, none too many"
    ))
}
