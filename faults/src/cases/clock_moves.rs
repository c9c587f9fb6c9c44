//! The wall clock jumps by an hour and by a year, both ways, under a running server. An expired token stays
//! expired when the clock is set back to before its end, nothing panics, and people are served.

use crate::crowd::Crowd;
use crate::disk::Disk;
use crate::failure::{Outcome, promise};
use crate::installation::{Installation, Token};
use crate::lab::Lab;
use crate::oracle::{fsck, judge};
use crate::person::{self, Answer, Person};

const HOUR: i64 = 3600;
const YEAR: i64 = 365 * 24 * HOUR;

/// All four jumps.
pub async fn run(lab: &Lab) -> Outcome {
    let mut installation = Installation::on_sqlite(lab).await?;
    let jumps = [HOUR, -HOUR, YEAR, -YEAR];
    let tokens = installation.tokens(vec![10; jumps.len()]).await?;
    let ending = installation.token_until(10, &tomorrow()).await?;
    let disk = Disk::under(lab, &mut installation)?;
    let server = installation.serve().await?;
    let url = [server.url.clone()];
    let http = person::http();
    let mut crowds = Vec::new();
    for (jump, token) in jumps.iter().zip(&tokens) {
        let mut crowd = Crowd::new(token, 20);
        let (_, moved) = tokio::join!(crowd.race(&http, &url), async { disk.clock_ahead_by(*jump) });
        moved?;
        crowd.settle(&http, &url).await?;
        crowd.repeat(&http, &url).await;
        crowds.push(crowd);
        disk.clock_ahead_by(0)?;
    }
    let tally = judge(&installation, &crowds).await?;

    // Valid until the end of tomorrow; in two days it is over, and seen to be over. Then the clock goes back.
    let before = press(&http, &url[0], &ending).await;
    promise(before == Answer::Given, || format!("before its end: {before:?}"))?;
    disk.clock_ahead_by(2 * 24 * HOUR)?;
    let after = press(&http, &url[0], &ending).await;
    promise(after == Answer::Gone, || format!("after its end: {after:?}"))?;
    disk.clock_ahead_by(0)?;
    let again = press(&http, &url[0], &ending).await;
    let revived = || format!("the clock was set back, and an expired token is alive again: {again:?}");
    promise(again == Answer::Gone, revived)?;
    let findings = fsck(&installation)?;
    promise(findings.is_empty(), || findings.join("; "))?;
    server.did_not_panic()?;
    Ok(format!("{} jumps, {tally}; no token was revived", jumps.len()))
}

async fn press(http: &reqwest::Client, url: &str, token: &Token) -> Answer {
    Person::new().press(http, url, token).await.clone()
}

/// Tomorrow's date, as forms write it.
fn tomorrow() -> String {
    let day = backend::Clock::system().now().date_naive();
    day.succ_opt().unwrap_or(day).format("%Y-%m-%d").to_string()
}
