//! A thousand mails, and the server that sends them is killed, again and again, at any instant; and one of two is put
//! to sleep. The mail server is a foreign process to it. Each mail arrives; per kill one at most arrives twice: the one
//! that was taken at that instant and not noted yet. Mails are counted by their `Message-ID`.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use futures::future::try_join_all;
use smtp_peer::{Peer, Reaction, Step};
use tokio::try_join;

use crate::failure::{Failure, Outcome, promise};
use crate::installation::Installation;
use crate::lab::Lab;
use crate::server::{Server, free_port};

const MAILS: usize = 1_000;

/// Installations that share the mails on PostgreSQL: there, each kill costs the minute for which the killed server holds
/// what it had in hand.
const SHARED_BY: usize = 2;

/// How long all mails may take, kills and leases included.
const PATIENCE: Duration = Duration::from_secs(300);

/// Kills on each engine, and a nap, all at once: where there may be other servers, what a killed or sleeping one had in
/// hand is theirs after a minute, and nothing else is done in it.
pub async fn run(lab: &Lab) -> Outcome {
    let kills = lab.pick(4, 40);
    let on_postgres = (0..SHARED_BY).map(|number| {
        let part = format!("mail, PostgreSQL {number}");
        kill(
            lab,
            Installation::on_postgres(lab),
            MAILS / SHARED_BY,
            kills / SHARED_BY,
            part,
        )
    });
    let (sqlite, postgres, nap) = try_join!(
        kill(lab, Installation::on_sqlite(lab), MAILS, kills, "mail".to_owned()),
        try_join_all(on_postgres),
        sleep(lab, Installation::on_postgres(lab)),
    )?;
    Ok(format!(
        "SQLite: {sqlite}; PostgreSQL: {}; one of two asleep: {nap}",
        postgres.join(", ")
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

async fn kill(
    lab: &Lab,
    installation: impl Future<Output = Outcome<Installation>>,
    mails: usize,
    kills: usize,
    name: String,
) -> Outcome {
    let mut installation = installation.await?;
    let peer = peer(&mut installation).await?;
    installation.mails(mails).await?;
    let mut dice = lab.dice(&name);
    let port = free_port()?;
    let mut server = Server::start(&installation, port).await?;
    for kill in 1..=kills {
        let until = kill * mails / (kills + 1);
        wait(|| peer.count() >= until).await?;
        tokio::time::sleep(Duration::from_micros(dice.within(0, 20_000))).await;
        server.kill()?;
        server = Server::start(&installation, port).await?;
    }
    judge(&installation, &peer, mails, kills).await
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
    let told = judge(&installation, &peer, MAILS, 1).await?;
    for server in &servers {
        server.did_not_panic()?;
    }
    Ok(told)
}

async fn judge(installation: &Installation, peer: &Peer, mails: usize, crashes: usize) -> Outcome {
    let arrived = || {
        let mut arrived: BTreeMap<String, usize> = BTreeMap::new();
        for message in peer.received() {
            *arrived.entry(message.message_id()).or_default() += 1;
        }
        arrived
    };
    wait(|| arrived().len() == mails).await?;
    let begun = Instant::now();
    while installation.mails_in_state("sent").await? < mails {
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
        "{mails} mails through {crashes} crashes, {doubles} of them twice"
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
