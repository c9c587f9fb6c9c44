//! Redeeming on SQLite: against what the machine could do at best, against the obvious program, and one hot
//! token against many.

use std::path::{Path, PathBuf};

use super::goal::{Better, Goal, by_disk};
use super::prepared::SINGLES;
use super::programs::{Listening, MEASURED, found_out, pinned};
use super::rounds::{Rounds, Side};
use super::sides::{Asked, Bench, REDEEM};
use crate::Outcome;
use crate::process::run_quietly;

/// The same token again and again.
const HOT: Asked = Asked { spread: 1, ..REDEEM };

/// Measures and judges.
pub fn measure(bench: &Bench<'_>) -> Outcome<Vec<Goal>> {
    let prepared = bench.shelf.prepared(0, SINGLES)?;
    let answer = bench.sample(&prepared, REDEEM)?;
    let witness = bench.shelf.copy(&prepared, "witness")?;
    bench.ask(&witness, REDEEM)?;
    let adopted = adopted(bench, &prepared)?;
    same_rows(bench, &prepared, &witness, &adopted, &answer)?;

    let seconds = bench.seconds.to_string();
    let redemptions = ["redemptions", "--seconds", seconds.as_str()];
    let signed_in = Asked {
        what: "signed-in",
        ..REDEEM
    };
    let rounds = Rounds::of(
        "Redeeming on SQLite, 64 connections",
        bench.shelf.folder(),
        vec![
            Side::new("bare handler (H)", || bench.bare(&answer, &prepared, REDEEM)),
            Side::new("bare rows (R)", || bench.rows(&prepared, &witness, &redemptions)),
            Side::new("obvious program", || obvious(bench, &adopted, &answer, REDEEM)),
            Side::new("10,000 tokens", || bench.ask_copy(&prepared, REDEEM)),
            Side::new("one hot token", || bench.ask_copy(&prepared, HOT)),
            Side::new("by people who are signed in", || {
                bench.ask_copy(&prepared, signed_in)
            }),
        ],
    )?;
    let rate = |name: &'static str| move |run: &dyn Fn(&str) -> super::rounds::Run| run(name).rate;
    let (bare, rows) = (rate("bare handler (H)"), rate("bare rows (R)"));
    let (spread, hot, other) = (
        rate("10,000 tokens"),
        rate("one hot token"),
        rate("obvious program"),
    );
    let sync_ms = rounds.sync_ms();
    println!("  an fsync takes {sync_ms:.2} ms");
    Ok(vec![
        Goal {
            name: "redeeming, as a share of the ceiling 1/(1/H + 1/R)",
            judged: rounds.judge(|run| spread(run) * (1.0 / bare(run) + 1.0 / rows(run))),
            must: 0.5,
            aim: 0.8,
            better: Better::Higher,
        },
        Goal {
            name: "redeeming, times the obvious program",
            judged: rounds.judge(|run| spread(run) / other(run)),
            must: by_disk(sync_ms, 3.0, 10.0),
            aim: by_disk(sync_ms, 6.0, 40.0),
            better: Better::Higher,
        },
        Goal {
            name: "one hot token, times many tokens",
            judged: rounds.judge(|run| hot(run) / spread(run)),
            must: 0.9,
            aim: 1.0,
            better: Better::Higher,
        },
    ])
}

/// How often the disk is synchronised for each use.
pub fn count_syncs(bench: &Bench<'_>) -> Outcome<Vec<Goal>> {
    let prepared = bench.shelf.prepared(0, SINGLES)?;
    let rounds = Rounds::of(
        "Synchronisations of the disk, 64 connections",
        bench.shelf.folder(),
        vec![Side::new("10,000 tokens", || {
            bench.ask_and_count(&prepared, REDEEM)
        })],
    )?;
    Ok(vec![Goal {
        name: "fsyncs for each use, 64 connections",
        // A count, not a time: no disk is too unsteady for it.
        judged: Some(rounds.number(|run| run("10,000 tokens").syncs.unwrap_or(f64::NAN))),
        must: 1.0 / 20.0,
        aim: 1.0 / 48.0,
        better: Better::Lower,
    }])
}

/// How much a slow disk is slower.
const SLOWER_US: u64 = 4000;

/// With a disk that is 4 ms slower.
pub fn on_a_slow_disk(bench: &Bench<'_>) -> Outcome<Vec<Goal>> {
    let prepared = bench.shelf.prepared(0, SINGLES)?;
    let mut goals = one_hot_token_on_a_slow_disk(bench, &prepared)?;
    goals.extend(against_the_obvious_on_a_slow_disk(bench, &prepared)?);
    Ok(goals)
}

fn against_the_obvious_on_a_slow_disk(bench: &Bench<'_>, prepared: &Path) -> Outcome<Vec<Goal>> {
    let answer = bench.sample(prepared, REDEEM)?;
    let adopted = adopted(bench, prepared)?;
    let slow = Asked {
        delay_us: SLOWER_US,
        ..REDEEM
    };
    let rounds = Rounds::of(
        "10,000 tokens, 64 connections, each fsync 4 ms slower",
        bench.shelf.folder(),
        vec![
            Side::new("obvious program", || obvious(bench, &adopted, &answer, slow)),
            Side::new("10,000 tokens", || bench.ask_copy(prepared, slow)),
        ],
    )?;
    Ok(vec![Goal {
        name: "4 ms added to every fsync, times the obvious program",
        judged: rounds.judge(|run| run("10,000 tokens").rate / run("obvious program").rate),
        must: 10.0,
        aim: 40.0,
        better: Better::Higher,
    }])
}

fn one_hot_token_on_a_slow_disk(bench: &Bench<'_>, prepared: &Path) -> Outcome<Vec<Goal>> {
    let many = Asked {
        connections: 256,
        ..HOT
    };
    let slow = Asked {
        delay_us: SLOWER_US,
        ..many
    };
    let rounds = Rounds::of(
        "One hot token, 256 connections, each fsync 4 ms slower",
        bench.shelf.folder(),
        vec![
            Side::new("as the disk is", || bench.ask_copy(prepared, many)),
            Side::new("4 ms slower", || bench.ask_copy(prepared, slow)),
        ],
    )?;
    Ok(vec![Goal {
        name: "4 ms added to every fsync, times the undelayed rate",
        judged: rounds.judge(|run| run("4 ms slower").rate / run("as the disk is").rate),
        must: 0.6,
        aim: 0.85,
        better: Better::Higher,
    }])
}

/// A prepared database whose codes the obvious program knows.
fn adopted(bench: &Bench<'_>, prepared: &Path) -> Outcome<PathBuf> {
    let adopted = bench.shelf.copy(prepared, "adopted")?;
    let mut adopt = pinned(MEASURED, &bench.programs.of_bench("obvious"))?;
    adopt.args(["--adopt", "--listen", "127.0.0.1:0", "--answer", "-", "--folder"]);
    run_quietly(adopt.arg(&adopted))?;
    Ok(adopted)
}

fn obvious(bench: &Bench<'_>, adopted: &Path, answer: &Path, asked: Asked) -> Outcome<super::rounds::Run> {
    let folder = bench.shelf.copy(adopted, "obvious")?;
    let server = Listening::start(|address| {
        let mut obvious = pinned(MEASURED, &bench.programs.of_bench("obvious"))?;
        obvious
            .args(["--listen", &address.to_string(), "--answer"])
            .arg(answer);
        obvious.arg("--folder").arg(&folder);
        bench.delayed(&mut obvious, asked);
        Ok(obvious)
    })?;
    bench.load(asked, &folder).on(&[server], None)
}

/// The obvious program does the same work, or it is no comparison: as many rows in each table for each use.
fn same_rows(bench: &Bench<'_>, prepared: &Path, witness: &Path, adopted: &Path, answer: &Path) -> Outcome {
    obvious(bench, adopted, answer, REDEEM)?;
    let obvious = bench.shelf.folder().join("obvious");
    let shape = |witness: &Path| found_out(&mut bench.rows_command(prepared, witness, &["shape"])?);
    let (ours, theirs) = (shape(witness)?, shape(&obvious)?);
    println!("  rows for each use: {ours}");
    if ours == theirs {
        return Ok(());
    }
    Err(format!(
        "A redemption writes {ours}; the obvious program writes {theirs}. Make bench/src/bin/obvious.rs write the same."
    ))
}
