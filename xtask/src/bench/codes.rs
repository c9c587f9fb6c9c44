//! Making 100,000 codes, against a bare loop that writes the same rows.

use super::goal::{Better, Goal};
use super::load::timed;
use super::programs::{MEASURED, found_out, pinned};
use super::rounds::{Rounds, Side};
use super::sides::Bench;
use crate::Outcome;

const CODES: &str = "100000";

/// Measures and judges.
pub fn measure(bench: &Bench<'_>) -> Outcome<Vec<Goal>> {
    let prepared = bench.shelf.prepared(1_000, 1_000)?;
    let make = || -> Outcome<_> {
        let folder = bench.shelf.copy(&prepared, "codes")?;
        let mut make = pinned(MEASURED, &bench.programs.of_bench("use_cases"))?;
        make.arg("make-codes").arg(&folder).arg(CODES);
        Ok((folder, make))
    };
    let (made, mut command) = make()?;
    let token = found_out(&mut command)?["token"]
        .as_str()
        .unwrap_or_default()
        .to_owned();
    let witness = bench.shelf.copy(&made, "codes-witness")?;
    let rows = ["codes", "--token", token.as_str()];
    let rounds = Rounds::of(
        "Making 100,000 codes",
        bench.shelf.folder(),
        vec![
            Side::new("bare rows", || bench.rows(&prepared, &witness, &rows)),
            Side::new("codes", || timed(&mut make()?.1)),
        ],
    )?;
    Ok(vec![Goal {
        name: "making 100,000 codes, times a bare loop's time",
        judged: rounds.judge(|run| run("bare rows").rate / run("codes").rate),
        must: 3.0,
        aim: 1.5,
        better: Better::Lower,
    }])
}
