//! One of three servers is frozen (SIGSTOP) in the middle of its work, as on a machine that sleeps or swaps; it may
//! then hold locks on rows that others wait for. When it resumes, it continues as if nothing had happened, what it was
//! about to spend is not spent twice, and everybody is served.

use std::time::{Duration, Instant};

use crate::crowd::Crowd;
use crate::failure::Outcome;
use crate::installation::Installation;
use crate::lab::Lab;
use crate::oracle::judge;
use crate::person;
use crate::server::Server;

const LIMIT: usize = 40;
const PEOPLE: usize = 72;

/// Several pauses.
pub async fn run(lab: &Lab) -> Outcome {
    let rounds = lab.pick(8, 60);
    let mut dice = lab.dice("frozen");
    let installation = Installation::on_postgres(lab).await?;
    let tokens = installation.tokens(vec![LIMIT; rounds]).await?;
    let others = installation.tokens([rounds]).await?;
    let servers = installation.serve_with(3).await?;
    let urls: Vec<String> = servers.iter().map(|server| server.url.clone()).collect();
    let http = person::http();
    let mut crowds = vec![Crowd::new(&others[0], rounds)];
    let mut slowest = Duration::ZERO;
    for (round, token) in tokens.iter().enumerate() {
        let mut crowd = Crowd::new(token, PEOPLE);
        let victim = dice.index(servers.len());
        let instant = Duration::from_micros(dice.within(500, 40_000));
        let nap = Duration::from_millis(dice.within(200, 800));
        let (other, awake) = (&mut crowds[0].people[round], &urls[(victim + 1) % urls.len()]);
        let meanwhile = async {
            let begun = Instant::now();
            other.press(&http, awake, &others[0]).await;
            begun.elapsed()
        };
        let (_, napped) = tokio::join!(crowd.race(&http, &urls), async {
            tokio::time::sleep(instant).await;
            put_to_sleep(&servers[victim], nap, meanwhile).await
        });
        slowest = slowest.max(napped?);
        crowd.settle(&http, &urls).await?;
        crowd.repeat(&http, &urls).await;
        crowds.push(crowd);
    }
    let tally = judge(&installation, &crowds).await?;
    for server in &servers {
        server.did_not_panic()?;
    }
    let slowest = slowest.as_millis();
    Ok(format!(
        "{rounds} naps, {tally}; other tokens at other servers waited up to {slowest} ms"
    ))
}

/// Freezes a server while something else happens, and resumes it in any case.
async fn put_to_sleep<T>(server: &Server, nap: Duration, meanwhile: impl Future<Output = T>) -> Outcome<T> {
    server.signal("STOP")?;
    let (happened, woken) = tokio::join!(meanwhile, async {
        tokio::time::sleep(nap).await;
        server.signal("CONT")
    });
    woken?;
    Ok(happened)
}
