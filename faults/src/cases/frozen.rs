//! One of three servers is frozen (SIGSTOP) in the middle of its work, as on a machine that sleeps or swaps; it
//! may hold rows of the database then. The others go on with other tokens; when it wakes, it goes on as if
//! nothing had happened, and what it was about to spend is not spent twice.

use std::time::Duration;

use crate::crowd::Crowd;
use crate::failure::Outcome;
use crate::installation::Installation;
use crate::lab::Lab;
use crate::oracle::judge;
use crate::person;

const LIMIT: usize = 40;
const PEOPLE: usize = 72;

/// Several naps.
pub async fn run(lab: &Lab) -> Outcome {
    let rounds = lab.pick(8, 60);
    let mut dice = lab.dice("frozen");
    let installation = Installation::on_postgres(lab).await?;
    let tokens = installation.tokens(vec![LIMIT; rounds]).await?;
    let servers = installation.serve_with(3).await?;
    let urls: Vec<String> = servers.iter().map(|server| server.url.clone()).collect();
    let http = person::http();
    let mut crowds = Vec::new();
    for token in &tokens {
        let mut crowd = Crowd::new(token, PEOPLE);
        let victim = &servers[dice.index(servers.len())];
        let instant = Duration::from_micros(dice.within(500, 40_000));
        let nap = Duration::from_millis(dice.within(200, 800));
        let (_, napped) = tokio::join!(crowd.race(&http, &urls), async {
            tokio::time::sleep(instant).await;
            victim.signal("STOP")?;
            tokio::time::sleep(nap).await;
            victim.signal("CONT")
        });
        napped?;
        crowd.settle(&http, &urls).await?;
        crowd.repeat(&http, &urls).await;
        crowds.push(crowd);
    }
    let tally = judge(&installation, &crowds).await?;
    for server in &servers {
        server.did_not_panic()?;
    }
    Ok(format!("{rounds} naps, {tally}"))
}
