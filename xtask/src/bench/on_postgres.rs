//! Redeeming on PostgreSQL, three servers at once, against as many of the obvious program.
//!
//! The servers share one core; PostgreSQL has the other, with the generator. Both sides have the same.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::goal::{Better, Goal};
use super::prepared::SINGLES;
use super::programs::{ASKING, Listening, MEASURED, found_out, pinned};
use super::rounds::{Rounds, Run, Side};
use super::sides::{Asked, Bench, REDEEM};
use crate::Outcome;
use crate::install;
use crate::postgres::Postgres;
use crate::process::{program, run_quietly, say};

/// Servers at once.
const SERVERS: usize = 3;

const SPREAD: Asked = Asked {
    connections: 96,
    ..REDEEM
};
const HOT: Asked = Asked { spread: 1, ..SPREAD };

/// Measures and judges.
pub fn measure(bench: &Bench<'_>) -> Outcome<Vec<Goal>> {
    let cluster = Cluster::prepare(bench)?;
    let rounds = Rounds::of(
        "Redeeming on PostgreSQL, three servers, 96 connections",
        bench.shelf.folder(),
        vec![
            Side::new("obvious, one hot token", || cluster.obvious(HOT)),
            Side::new("one hot token", || cluster.servers(HOT)),
            Side::new("obvious, 10,000 tokens", || cluster.obvious(SPREAD)),
            Side::new("10,000 tokens", || cluster.servers(SPREAD)),
        ],
    )?;
    Ok(vec![
        Goal {
            name: "PostgreSQL, one hot token, times the obvious program",
            judged: rounds.judge(|run| run("one hot token").rate / run("obvious, one hot token").rate),
            must: 10.0,
            aim: 40.0,
            better: Better::Higher,
        },
        Goal {
            name: "PostgreSQL, many tokens, times the obvious program",
            judged: rounds.judge(|run| run("10,000 tokens").rate / run("obvious, 10,000 tokens").rate),
            must: 0.9,
            aim: 1.0,
            better: Better::Higher,
        },
    ])
}

/// A PostgreSQL with a prepared database, and one that the obvious program adopted.
struct Cluster<'a> {
    bench: &'a Bench<'a>,
    postgres: Postgres,
    psql: PathBuf,
    /// The key file and the list of codes.
    folder: PathBuf,
    answer: PathBuf,
}

impl<'a> Cluster<'a> {
    fn prepare(bench: &'a Bench<'a>) -> Outcome<Self> {
        let psql = install::postgres()?.join("psql");
        let answer = bench.sample(&bench.shelf.prepared(0, SINGLES)?, REDEEM)?;
        let cluster = Self {
            bench,
            postgres: Postgres::start_durable(ASKING)?,
            psql,
            folder: bench.shelf.empty("postgres")?,
            answer,
        };
        cluster.sql("CREATE DATABASE prepared")?;
        say(&format!(
            "Preparing a PostgreSQL database with {SINGLES} single tokens"
        ));
        let mut prepare = program(bench.programs.of_bench("use_cases"));
        prepare
            .arg("prepare")
            .arg(&cluster.folder)
            .args(["--singles", &SINGLES.to_string()]);
        // What is prepared may be lost: nothing is measured yet.
        let address = format!(
            "{}?options=-c%20synchronous_commit%3Doff",
            cluster.address("prepared")?
        );
        found_out(prepare.args(["--postgres", &address]))?;
        cluster.sql("CREATE DATABASE adopted TEMPLATE prepared")?;
        let mut adopt = cluster.obvious_command("adopted")?;
        run_quietly(adopt.args(["--adopt", "--listen", "127.0.0.1:0"]))?;
        Ok(cluster)
    }

    fn obvious(&self, asked: Asked) -> Outcome<Run> {
        self.copy("adopted")?;
        let begin = || {
            Listening::start(|address| {
                let mut obvious = self.obvious_command("copy")?;
                obvious.args(["--listen", &address.to_string()]);
                Ok(obvious)
            })
        };
        self.ask(begin, asked)
    }

    fn servers(&self, asked: Asked) -> Outcome<Run> {
        self.copy("prepared")?;
        let address = self.address("copy")?;
        let begin = || {
            self.bench.server(&self.folder, |serve| {
                serve.args(["--database", &address]);
            })
        };
        self.ask(begin, asked)
    }

    fn ask(&self, begin: impl Fn() -> Outcome<Listening>, asked: Asked) -> Outcome<Run> {
        let servers: Vec<Listening> = (0..SERVERS).map(|_| begin()).collect::<Outcome<_>>()?;
        self.bench.load(asked, &self.folder).on(&servers, None)
    }

    fn obvious_command(&self, database: &str) -> Outcome<Command> {
        let mut obvious = pinned(MEASURED, &self.bench.programs.of_bench("obvious"))?;
        obvious.arg("--folder").arg(&self.folder);
        obvious.arg("--answer").arg(&self.answer);
        obvious.args(["--postgres", &self.address(database)?]);
        Ok(obvious)
    }

    /// A new copy of a database, the only one.
    fn copy(&self, of: &str) -> Outcome {
        self.sql("DROP DATABASE IF EXISTS copy WITH (FORCE)")?;
        self.sql(&format!("CREATE DATABASE copy TEMPLATE {of}"))?;
        self.sql("CHECKPOINT")
    }

    fn address(&self, database: &str) -> Outcome<String> {
        let (server, _) = self
            .postgres
            .url()
            .rsplit_once('/')
            .ok_or("an address has a path")?;
        Ok(format!("{server}/{database}"))
    }

    fn sql(&self, statement: &str) -> Outcome {
        run_quietly(&mut self.psql(statement))
    }

    fn psql(&self, statement: &str) -> Command {
        let mut psql = program(Path::new(&self.psql));
        psql.args([
            self.postgres.url(),
            "-X",
            "-q",
            "-v",
            "ON_ERROR_STOP=1",
            "-c",
            statement,
        ]);
        psql
    }
}
