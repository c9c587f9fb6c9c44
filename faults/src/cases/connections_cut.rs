//! The connections between three servers and their PostgreSQL are cut at random bytes: in the middle of a
//! statement, of an answer, between COMMIT and its acknowledgement. Whether such a commit happened is settled
//! by the idempotency key.

use crate::failure::{Outcome, promise};
use crate::installation::Installation;
use crate::lab::Lab;
use crate::load::Load;
use crate::oracle::judge;
use crate::person::Answer;
use crate::proxy::Proxy;

const LIMIT: usize = 30;

/// Connections that live for a few requests each.
pub async fn run(lab: &Lab) -> Outcome {
    let tokens = lab.pick(20, 200);
    let mut installation = Installation::on_postgres(lab).await?;
    let tokens = installation.tokens(vec![LIMIT; tokens]).await?;
    let port = lab.postgres().await?.port;
    let proxy = Proxy::before(port, 120_000, lab.dice("connections_cut")).await?;
    let direct = installation.database.clone();
    installation.database = direct.replace(&format!(":{port}/"), &format!(":{}/", proxy.port));
    let servers = installation.serve_with(3).await?;
    let urls: Vec<String> = servers.iter().map(|server| server.url.clone()).collect();

    proxy.cut(true);
    let load = Load::begin(&urls, &tokens, 32);
    load.until(usize::MAX).await;
    proxy.cut(false);
    let crowds = load.end(&urls).await?;
    installation.database = direct;
    let tally = judge(&installation, &crowds).await?;
    promise(proxy.made() > 5, || {
        format!("only {} connections were cut", proxy.made())
    })?;
    for server in &servers {
        server.did_not_panic()?;
    }
    let answers = crowds
        .iter()
        .flat_map(|crowd| &crowd.people)
        .flat_map(|person| &person.answers);
    let (mut failed, mut unavailable) = (0, 0);
    for answer in answers {
        failed += usize::from(matches!(answer, Answer::Failed(_)));
        unavailable += usize::from(matches!(answer, Answer::Unavailable(_)));
    }
    let cuts = proxy.made();
    Ok(format!(
        "{cuts} connections cut, {tally} ({unavailable} answers 503, {failed} answers 500)"
    ))
}
