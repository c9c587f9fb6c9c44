//! Many people confirm on the same link at the same instant.
//!
//! Limits of 1, 2, 10 and 100, and the codes of a multi token; one server on SQLite, three on one PostgreSQL.
//! Afterwards everybody sends the same form again, and gets the same answer.

use futures::future::join_all;

use crate::crowd::{Crowd, warm_up};
use crate::failure::Outcome;
use crate::installation::{Installation, Token};
use crate::lab::Lab;
use crate::oracle::{Tally, judge};
use crate::person;

const LIMITS: [usize; 4] = [1, 2, 10, 100];
const CODES: usize = 40;

/// Races on each engine.
pub async fn run(lab: &Lab) -> Outcome {
    let sqlite = race(lab, Installation::on_sqlite(lab).await?, 1).await?;
    let postgres = race(lab, Installation::on_postgres(lab).await?, 3).await?;
    Ok(format!(
        "SQLite: {sqlite}; PostgreSQL with three servers: {postgres}"
    ))
}

async fn race(lab: &Lab, installation: Installation, servers: usize) -> Outcome {
    let rounds = lab.pick(100, 400);
    let limits: Vec<usize> = LIMITS.into_iter().cycle().take(rounds).collect();
    let tokens = installation.tokens(limits).await?;
    let codes = installation.codes(CODES).await?;
    let servers = installation.serve_with(servers).await?;
    let urls: Vec<String> = servers.iter().map(|server| server.url.clone()).collect();
    let http = person::http();
    let mut crowds = Vec::new();
    for (round, token) in tokens.iter().enumerate() {
        let people = people(lab, round, token.limit);
        warm_up(&http, &urls, people.div_ceil(urls.len())).await;
        let mut crowd = Crowd::new(token, people);
        crowd.race(&http, &urls).await;
        crowd.settle(&http, &urls).await?;
        crowd.repeat(&http, &urls).await;
        crowds.push(crowd);
    }
    let codes = race_for_codes(&http, &urls, &codes).await?;
    crowds.extend(codes);
    let tally: Tally = judge(&installation, &crowds).await?;
    for server in &servers {
        server.did_not_panic()?;
    }
    Ok(format!(
        "{rounds} rounds and the {CODES} codes of a multi token, {tally}"
    ))
}

/// Everybody at once for all codes of a multi token, several for each: its uses are also counted on one row.
async fn race_for_codes(http: &reqwest::Client, urls: &[String], codes: &[Token]) -> Outcome<Vec<Crowd>> {
    let mut crowds: Vec<Crowd> = codes.iter().map(|code| Crowd::new(code, 4)).collect();
    join_all(crowds.iter_mut().map(|crowd| crowd.race(http, urls))).await;
    for crowd in &mut crowds {
        crowd.settle(http, urls).await?;
    }
    Ok(crowds)
}

/// 64 people; in the long form, 1,000 in every tenth round. There are always more than uses.
fn people(lab: &Lab, round: usize, limit: usize) -> usize {
    let people = if lab.long && round % 10 == 9 { 1000 } else { 64 };
    people.max(limit * 3 / 2)
}
