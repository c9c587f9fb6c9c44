//! A thousand mails, and the server that sends them is killed, again and again, at any instant; and one of two is put
//! to sleep. The mail server is a foreign process to it. Each mail arrives; per kill one at most arrives twice: the one
//! that was taken at that instant and not noted yet. Mails are counted by their `Message-ID`.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use smtp_peer::{Peer, Reaction, Step};
use tokio::try_join;

use crate::failure::{Failure, Outcome, promise};
use crate::installation::Installation;
use crate::lab::Lab;
use crate::server::{Server, free_port};

const MAILS: usize = 1_000;

/// How long all mails may take, kills and leases included.
const PATIENCE: Duration = Duration::from_secs(300);

/// Kills on each engine, and a nap, all at once: where there may be other servers, what a killed or sleeping one had in
/// hand is theirs after a minute, and nothing else is done in it.
pub async fn run(lab: &Lab) -> Outcome {
    let (sqlite, postgres, nap) = try_join!(
        kill(lab, Installation::on_sqlite(lab)),
        kill(lab, Installation::on_postgres(lab)),
        sleep(lab, Installation::on_postgres(lab)),
    )?;
    Ok(format!(
        "SQLite: {sqlite}; PostgreSQL: {postgres}; one of two asleep: {nap}"
    ))
}

/// A mail server that takes its time, so that there is always a mail in its hands.
async fn peer(installation: &mut Installation) -> Outcome<Peer> {
    let peer = Peer::start().await?;
    peer.behave(|step| match step {
        Step::Message(_) => Reaction::Slowly(Duration::from_millis(3)),
        _ => Reaction::Proceed,
    });
    installation.set("TOKENWRIGHT_MAIL", peer.url());
    Ok(peer)
}

async fn kill(lab: &Lab, installation: impl Future<Output = Outcome<Installation>>) -> Outcome {
    let mut installation = installation.await?;
    let peer = peer(&mut installation).await?;
    installation.mails(MAILS).await?;
    let kills = lab.pick(4, 40);
    let mut dice = lab.dice("mail");
    let port = free_port()?;
    let mut server = Server::start(&installation, port).await?;
    for kill in 1..=kills {
        let until = kill * MAILS / (kills + 1);
        wait(|| peer.count() >= until).await?;
        tokio::time::sleep(Duration::from_micros(dice.within(0, 20_000))).await;
        server.kill()?;
        server = Server::start(&installation, port).await?;
    }
    judge(&installation, &peer, kills).await
}

/// Two servers share the mails, and one of them sleeps: in the long form longer than it may hold a mail, so that the
/// other takes over what it held.
async fn sleep(lab: &Lab, installation: impl Future<Output = Outcome<Installation>>) -> Outcome {
    let mut installation = installation.await?;
    let peer = peer(&mut installation).await?;
    installation.mails(MAILS).await?;
    let servers = installation.serve_with(2).await?;
    wait(|| peer.count() >= MAILS / 4).await?;
    servers[0].signal("STOP")?;
    tokio::time::sleep(lab.pick(Duration::from_secs(5), Duration::from_secs(90))).await;
    servers[0].signal("CONT")?;
    let told = judge(&installation, &peer, 1).await?;
    for server in &servers {
        server.did_not_panic()?;
    }
    Ok(told)
}

async fn judge(installation: &Installation, peer: &Peer, crashes: usize) -> Outcome {
    let arrived = || {
        let mut arrived: BTreeMap<String, usize> = BTreeMap::new();
        for message in peer.received() {
            *arrived.entry(message.message_id()).or_default() += 1;
        }
        arrived
    };
    wait(|| arrived().len() == MAILS).await?;
    let begun = Instant::now();
    while installation.mails_in_state("sent").await? < MAILS {
        if begun.elapsed() > PATIENCE {
            return Err(Failure::broken("a mail arrived and is not known as sent"));
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    let arrived = arrived();
    let doubles: usize = arrived.values().map(|times| times - 1).sum();
    promise(doubles <= crashes, || {
        format!("{doubles} mails arrived twice through {crashes} crashes")
    })?;
    Ok(format!(
        "{MAILS} mails through {crashes} crashes, {doubles} of them twice"
    ))
}

async fn wait(is_so: impl Fn() -> bool) -> Outcome<()> {
    let begun = Instant::now();
    while !is_so() {
        if begun.elapsed() > PATIENCE {
            return Err(Failure::broken("mails did not arrive in time"));
        }
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    Ok(())
}
