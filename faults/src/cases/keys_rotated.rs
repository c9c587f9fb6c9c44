//! Three overlapping `keys rotate`, under load, each of which may be killed at any instant; now and then a server is
//! killed, too. Whatever happens, every secret can still be found and opened, and a rotation that is not killed
//! succeeds.

use std::fmt;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use backend::keys::KeyRing;
use futures::future::try_join_all;
use tokio::try_join;

use crate::dice::Dice;
use crate::failure::{Outcome, promise};
use crate::installation::{Installation, Token};
use crate::lab::Lab;
use crate::load::Load;
use crate::oracle::{Tally, fsck, judge};
use crate::server::{Server, free_port};

const LIMIT: usize = 60;

/// How long an unkilled rotation may take: as long as a killed server counts as running, and more.
const PATIENCE: Duration = Duration::from_secs(120);

/// Installations on each engine at a time: rotations mostly wait for the servers to have read the new key.
const INSTALLATIONS: usize = 10;

/// Trials on each engine, in several installations at once.
pub async fn run(lab: &Lab) -> Outcome {
    let on_each = (0..INSTALLATIONS).map(|number| async move {
        try_join!(
            overlap(lab, Installation::on_sqlite(lab), 1, format!("SQLite {number}")),
            overlap(
                lab,
                Installation::on_postgres(lab),
                2,
                format!("PostgreSQL {number}")
            ),
        )
    });
    let (mut sqlite, mut postgres) = (Sum::default(), Sum::default());
    for (on_sqlite, on_postgres) in try_join_all(on_each).await? {
        sqlite.add(&on_sqlite);
        postgres.add(&on_postgres);
    }
    Ok(format!("SQLite: {sqlite}; PostgreSQL, two servers: {postgres}"))
}

/// What was done, and what the database says.
#[derive(Default)]
struct Sum {
    trials: usize,
    whole: usize,
    killed: usize,
    tally: Tally,
}

impl Sum {
    fn add(&mut self, other: &Sum) {
        self.trials += other.trials;
        self.whole += other.whole;
        self.killed += other.killed;
        self.tally += other.tally;
    }
}

impl fmt::Display for Sum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            trials,
            whole,
            killed,
            tally,
        } = self;
        write!(
            f,
            "{trials} trials, {whole} rotations to the end, {killed} killed; {tally}"
        )
    }
}

async fn overlap(
    lab: &Lab,
    installation: impl Future<Output = Outcome<Installation>>,
    servers: usize,
    name: String,
) -> Outcome<Sum> {
    let installation = installation.await?;
    let trials = lab.pick(10, 40);
    // One in this many also kills a server.
    let server_killed = lab.pick(3, 6);
    let mut dice = lab.dice(&format!("keys_rotated, {name}"));
    // Codes that nobody uses: they are moved, and found and opened after each trial.
    let codes = installation.codes(lab.pick(300, 2000)).await?;
    let tokens = installation.tokens(vec![LIMIT; trials * 4]).await?;
    let mut running = Vec::new();
    for _ in 0..servers {
        running.push(Server::start(&installation, free_port()?).await?);
    }
    let urls: Vec<String> = running.iter().map(|server| server.url.clone()).collect();
    let load = Load::begin_slowly(&urls, &tokens, 2, Duration::from_millis(50));
    let mut sum = Sum::default();
    for trial in 0..trials {
        let rotations = rotate_three_times(&installation, &mut dice).await?;
        sum.trials += 1;
        sum.killed += rotations.killed;
        sum.whole += rotations.whole;
        if trial % server_killed == server_killed - 1 {
            let victim = dice.index(servers);
            let port = running[victim].port()?;
            running[victim].kill()?;
            running[victim] = Server::start(&installation, port).await?;
        }
        let findings = fsck(&installation)?;
        promise(findings.is_empty(), || {
            format!("{name}, after trial {trial}: {}", findings.join("; "))
        })?;
        for url in &urls {
            opens(url, &codes[dice.index(codes.len())]).await?;
        }
    }
    let crowds = load.end(&urls).await?;
    for (code, url) in codes.iter().zip(urls.iter().cycle()) {
        opens(url, code).await?;
    }
    sum.tally = judge(&installation, &crowds).await?;
    for server in &running {
        server.did_not_panic()?;
    }
    let newest = KeyRing::open(&installation.folder.join("keys.toml"))?.newest();
    promise(newest > 1, || "no key was ever made".into())?;
    Ok(sum)
}

struct Rotations {
    killed: usize,
    whole: usize,
}

async fn rotate_three_times(installation: &Installation, dice: &mut Dice) -> Outcome<Rotations> {
    let mut rotations = Vec::new();
    for _ in 0..3 {
        tokio::time::sleep(Duration::from_millis(dice.below(60))).await;
        let mut command = installation.command();
        command.args(["keys", "rotate"]);
        if dice.below(2) == 0 {
            command.args(["--keep-days", "0"]);
        }
        let child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn()?;
        let dies_after = (dice.below(2) == 0).then(|| Duration::from_millis(dice.below(2500)));
        rotations.push((child, dies_after, Instant::now()));
    }
    let mut seen = Rotations { killed: 0, whole: 0 };
    while !rotations.is_empty() {
        tokio::time::sleep(Duration::from_millis(1)).await;
        let mut still = Vec::new();
        for (mut child, dies_after, begun) in rotations {
            if let Some(status) = child.try_wait()? {
                promise(status.success(), || {
                    format!("a rotation failed: {}", words(child))
                })?;
                seen.whole += 1;
            } else if dies_after.is_some_and(|after| begun.elapsed() > after) {
                child.kill()?;
                child.wait()?;
                seen.killed += 1;
            } else {
                promise(begun.elapsed() < PATIENCE, || "a rotation does not end".into())?;
                still.push((child, dies_after, begun));
            }
        }
        rotations = still;
    }
    Ok(seen)
}

fn words(mut child: Child) -> String {
    let mut words = String::new();
    if let Some(mut stderr) = child.stderr.take() {
        // Its output is only for people.
        let _ = std::io::Read::read_to_string(&mut stderr, &mut words);
    }
    words
}

/// Opens the link of a code that nobody has used.
async fn opens(url: &str, token: &Token) -> Outcome<()> {
    let http = reqwest::Client::builder().cookie_store(true).no_proxy().build()?;
    let answer = http.get(format!("{url}/t/{}", token.code)).send().await?;
    let status = answer.status();
    promise(status.is_success(), || {
        format!("a link that is alive answers {status}")
    })
}
