//! Servers are stopped (SIGTERM) and started again under load, behind a reverse proxy: one server on SQLite, and
//! three on one PostgreSQL, one after the other. Nobody notices: every request is sent once, and answered.

use crate::failure::{Outcome, promise};
use crate::front::Front;
use crate::installation::Installation;
use crate::lab::Lab;
use crate::load::Load;
use crate::oracle::judge;
use crate::person::{self, Answer};
use crate::server::{Server, free_port};

const LIMIT: usize = 30;

/// Restarts on each engine.
pub async fn run(lab: &Lab) -> Outcome {
    let sqlite = restart(lab, Installation::on_sqlite(lab).await?, 1).await?;
    let postgres = restart(lab, Installation::on_postgres(lab).await?, 3).await?;
    Ok(format!(
        "SQLite: {sqlite}; PostgreSQL with three servers: {postgres}"
    ))
}

async fn restart(lab: &Lab, installation: Installation, servers: usize) -> Outcome {
    let restarts = lab.pick(6, 30);
    let mut dice = lab.dice("stopped_behind_proxy");
    let tokens = installation.tokens(vec![LIMIT; restarts * 100]).await?;
    let ports = (0..servers).map(|_| free_port()).collect::<Outcome<Vec<u16>>>()?;
    let mut running = Vec::new();
    for port in &ports {
        running.push(Server::start(&installation, *port).await?);
    }
    let front = Front::of(ports.clone()).await?;
    let url = [front.url.clone()];
    let load = Load::begin_with(&url, &tokens, 16, person::http_that_closes());
    for round in 0..restarts {
        load.until(load.answered() + 20 + dice.index(200)).await;
        let victim = round % servers;
        running[victim].stop().await?;
        running[victim].did_not_panic()?;
        running[victim] = Server::start(&installation, ports[victim]).await?;
    }
    load.until(load.answered() + 100).await;
    let crowds = load.end(&url).await?;
    let tally = judge(&installation, &crowds).await?;
    let answers = crowds
        .iter()
        .flat_map(|crowd| &crowd.people)
        .flat_map(|person| &person.answers);
    let bad: Vec<&Answer> = answers
        .filter(|answer| !matches!(answer, Answer::Given | Answer::Gone))
        .collect();
    promise(bad.is_empty(), || {
        format!("{} requests were not served, the first: {:?}", bad.len(), bad[0])
    })?;
    Ok(format!("{restarts} restarts, {tally}"))
}
