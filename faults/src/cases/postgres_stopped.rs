//! PostgreSQL is stopped hard (`pg_ctl stop -m immediate`) under load, and started again. Meanwhile the servers report
//! that they are not ready; afterwards they recover by themselves.

use std::time::{Duration, Instant};

use crate::failure::{Outcome, promise};
use crate::installation::Installation;
use crate::lab::Lab;
use crate::load::Load;
use crate::oracle::{Tally, judge};
use crate::person;

const LIMIT: usize = 30;
const TOKENS: usize = 30;

/// Several stops.
pub async fn run(lab: &Lab) -> Outcome {
    let rounds = lab.pick(4, 40);
    let mut dice = lab.dice("postgres_stopped");
    let installation = Installation::on_postgres(lab).await?;
    let postgres = lab.postgres().await?;
    let mut batches = Vec::new();
    for _ in 0..rounds {
        batches.push(installation.tokens([LIMIT; TOKENS]).await?);
    }
    let mut servers = installation.serve_with(2).await?;
    let urls: Vec<String> = servers.iter().map(|server| server.url.clone()).collect();
    let (mut all, mut sum) = (Vec::new(), Tally::default());
    for tokens in &batches {
        let load = Load::begin(&urls, tokens, 32);
        load.until(dice.index(LIMIT * 8)).await;
        postgres.stop_hard()?;
        tokio::time::sleep(Duration::from_millis(dice.within(50, 500))).await;
        for url in &urls {
            is_not_ready(url).await?;
        }
        postgres.resume().await?;
        all.extend(load.end(&urls).await?);
    }
    sum += judge(&installation, &all).await?;
    for server in &mut servers {
        promise(server.ended(Duration::ZERO).await?.is_none(), || {
            "a server ended with its database".into()
        })?;
        server.did_not_panic()?;
    }
    Ok(format!("{rounds} hard stops, {sum}"))
}

/// Callers are told so soon, and when to ask again. A result from a moment ago is still given for half a second.
async fn is_not_ready(url: &str) -> Outcome<()> {
    const SOON: Duration = Duration::from_secs(4);
    let begun = Instant::now();
    loop {
        let answer = person::http()
            .get(format!("{url}/readyz"))
            .timeout(SOON * 5)
            .send()
            .await?;
        let is_told = answer.status() == reqwest::StatusCode::SERVICE_UNAVAILABLE
            && answer.headers().contains_key(reqwest::header::RETRY_AFTER);
        let took = begun.elapsed();
        promise(took < SOON, || {
            format!(
                "without its database, a server answers /readyz with {} after {took:?}",
                answer.status()
            )
        })?;
        if is_told {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
