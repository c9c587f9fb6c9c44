//! `kill -9` at a random instant under load. The server starts again, and everybody who does not know what happened to
//! their request sends it again, with its key: with three servers, to another one.

use std::time::{Duration, Instant};

use crate::crowd::Crowd;
use crate::failure::Outcome;
use crate::installation::Installation;
use crate::lab::Lab;
use crate::oracle::judge;
use crate::person::{self, Answer};
use crate::server::{Server, free_port};

/// Uses of each token; more people than that come for it.
const LIMIT: usize = 40;
const PEOPLE: usize = 64;

/// Kills on each engine.
pub async fn run(lab: &Lab) -> Outcome {
    let sqlite = kill(lab, Installation::on_sqlite(lab).await?, 1).await?;
    let postgres = kill(lab, Installation::on_postgres(lab).await?, 3).await?;
    Ok(format!(
        "SQLite: {sqlite}; PostgreSQL, one of three servers: {postgres}"
    ))
}

async fn kill(lab: &Lab, installation: Installation, servers: usize) -> Outcome {
    let rounds = lab.pick(40, 200);
    let mut dice = lab.dice("killed");
    let tokens = installation.tokens(vec![LIMIT; rounds + 1]).await?;
    let ports = (0..servers).map(|_| free_port()).collect::<Outcome<Vec<u16>>>()?;
    let urls: Vec<String> = ports
        .iter()
        .map(|port| format!("http://127.0.0.1:{port}"))
        .collect();
    let mut running = Vec::new();
    for port in &ports {
        running.push(Server::start(&installation, *port).await?);
    }
    // One round without a kill measures how long a round takes here, so that the kills are spread over all of it.
    let mut whole = Crowd::new(&tokens[0], PEOPLE);
    let begun = Instant::now();
    whole.race(&person::http(), &urls).await;
    let takes = u64::try_from(begun.elapsed().as_micros())?;
    let (mut crowds, mut cut_off) = (vec![whole], 0);
    for token in &tokens[1..] {
        let http = person::http();
        let mut crowd = Crowd::new(token, PEOPLE);
        let victim = dice.index(servers);
        let instant = Duration::from_micros(dice.below(takes));
        let (_, killed) = tokio::join!(crowd.race(&http, &urls), async {
            tokio::time::sleep(instant).await;
            running[victim].kill()
        });
        killed?;
        // People who could not connect were not cut off.
        cut_off += crowd
            .people
            .iter()
            .filter(|person| person.answers == [Answer::Lost])
            .count();
        running[victim] = Server::start(&installation, ports[victim]).await?;
        crowd.settle(&http, &urls).await?;
        crowd.repeat(&http, &urls).await;
        crowds.push(crowd);
    }
    let tally = judge(&installation, &crowds).await?;
    Ok(format!("{rounds} kills cut {cut_off} requests off, {tally}"))
}
