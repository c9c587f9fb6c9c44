//! Credentials signed on one core in a second of wall time, against what `eddsa-rdfc-2022` costs without anything around it.

use crate::Outcome;
use crate::bench::goal::{Better, Goal};
use crate::bench::load::timed;
use crate::bench::programs::{MEASURED, pinned};
use crate::bench::rounds::{Rounds, Side};
use crate::bench::sides::Bench;

/// Credentials that are signed on each side of a round.
const SIGNED: &str = "10000";

/// Measures and judges. The rates themselves stand in the rounds: each is what one core does in a second.
pub fn measure(bench: &Bench<'_>) -> Outcome<Vec<Goal>> {
    let sign = |what: &[&str]| {
        let mut work = pinned(MEASURED, &bench.programs.of_bench("use_cases"))?;
        timed(work.args(what))
    };
    let rounds = Rounds::of(
        "Signing 10,000 credentials, one after the other on one core",
        bench.shelf.folder(),
        vec![
            Side::new("bare, from quads", || sign(&["sign-bare", SIGNED, "--quads"])),
            Side::new("bare, from JSON-LD", || sign(&["sign-bare", SIGNED])),
            Side::new("credentials", || sign(&["sign", SIGNED])),
        ],
    )?;
    let signed = rounds.number(|run| run("credentials").rate);
    println!(
        "  {:.0} credentials signed per core and second ± {:.0} %",
        signed.value,
        signed.spread * 50.0
    );
    Ok(vec![Goal {
        name: "signing credentials, times bare RDFC and Ed25519",
        // Nothing is written.
        judged: Some(rounds.number(|run| run("credentials").rate / run("bare, from JSON-LD").rate)),
        // Beside what both sides do, the product makes the document, checks its contexts and writes it as text once more:
        // a fifth of the time is much for that.
        must: 0.8,
        aim: 0.95,
        better: Better::Higher,
    }])
}
