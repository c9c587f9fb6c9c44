//! PostgreSQL is stopped hard (`pg_ctl stop -m immediate`) under load, and started again. The servers go on by
//! themselves.

use std::time::Duration;

use crate::failure::{Outcome, promise};
use crate::installation::Installation;
use crate::lab::Lab;
use crate::load::Load;
use crate::oracle::{Tally, judge};

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
