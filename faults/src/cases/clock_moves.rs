//! The wall clock jumps by an hour and by a year, both ways, under a running server. An expired token stays expired
//! when the clock is set back to before its end, nothing panics, and people are served. After correcting a wrong clock
//! the operator restarts the server, and it trusts the clock.

use crate::crowd::Crowd;
use crate::disk::Disk;
use crate::failure::{Outcome, promise};
use crate::installation::{Installation, Token};
use crate::lab::Lab;
use crate::oracle::judge;
use crate::person::{self, Answer, Person};

const HOUR: i64 = 3600;
const DAY: i64 = 24 * HOUR;
const YEAR: i64 = 365 * DAY;

/// A token's end, then all four jumps.
pub async fn run(lab: &Lab) -> Outcome {
    an_end_stays(lab).await?;
    let mut installation = Installation::on_sqlite(lab).await?;
    let jumps = [-HOUR, HOUR, -YEAR, YEAR];
    let tokens = installation.tokens(vec![10; jumps.len()]).await?;
    let ending = installation.token_until(1, &tomorrow()).await?;
    let disk = Disk::under(lab, &mut installation)?;
    let mut server = installation.serve().await?;
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
    server.stop().await?;
    server.did_not_panic()?;
    let server = installation.serve().await?;
    let mut crowd = Crowd::new(&ending, 1);
    crowd.race(&http, std::slice::from_ref(&server.url)).await;
    let answers = &crowd.people[0].answers;
    promise(*answers == [Answer::Given], || {
        format!("the clock is right again, and yet: {answers:?}")
    })?;
    crowds.push(crowd);
    let tally = judge(&installation, &crowds).await?;
    Ok(format!("{} jumps, {tally}; no token was revived", jumps.len()))
}

/// A token that is valid until the end of tomorrow. In two days it has expired; then the clock is set back.
async fn an_end_stays(lab: &Lab) -> Outcome<()> {
    let mut installation = Installation::on_sqlite(lab).await?;
    let ending = installation.token_until(10, &tomorrow()).await?;
    let disk = Disk::under(lab, &mut installation)?;
    let server = installation.serve().await?;
    let http = person::http();
    for (ahead, expected) in [(0, Answer::Given), (2 * DAY, Answer::Gone), (0, Answer::Gone)] {
        disk.clock_ahead_by(ahead)?;
        let answer = press(&http, &server.url, &ending).await;
        promise(answer == expected, || {
            format!(
                "a token until tomorrow, with the clock {ahead} s ahead: {answer:?} instead of {expected:?}"
            )
        })?;
    }
    server.did_not_panic()
}

async fn press(http: &reqwest::Client, url: &str, token: &Token) -> Answer {
    Person::new().press(http, url, token).await.clone()
}

/// Tomorrow's date, as forms write it.
fn tomorrow() -> String {
    let day = backend::Clock::system().now().date_naive();
    day.succ_opt().unwrap_or(day).format("%Y-%m-%d").to_string()
}
