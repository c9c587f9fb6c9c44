//! The public page of a credential, and the credential itself at the same address, against a bare handler of the same bytes.

use super::CREDENTIALS;
use crate::Outcome;
use crate::bench::goal::{Better, Goal};
use crate::bench::rounds::{Rounds, Side};
use crate::bench::sides::{Asked, Bench, REDEEM};

/// The page that people see, of all credentials in turn.
pub const PAGE: Asked = Asked {
    what: "public-page",
    ..REDEEM
};

/// What programs get.
const JSON: Asked = Asked {
    what: "public-json",
    ..REDEEM
};

/// Measures and judges.
pub fn measure(bench: &Bench<'_>) -> Outcome<Vec<Goal>> {
    let prepared = bench.shelf.credentials(CREDENTIALS, 0)?;
    let mut goals = Vec::new();
    for (name, asked) in [
        ("public page of a credential, times a bare handler", PAGE),
        ("the same address as JSON, times a bare handler", JSON),
    ] {
        let answer = bench.sample(&prepared, asked)?;
        let rounds = Rounds::of(
            name,
            bench.shelf.folder(),
            vec![
                Side::new("bare handler", || bench.bare(&answer, &prepared, asked)),
                Side::new("credentials", || bench.ask_copy(&prepared, asked)),
            ],
        )?;
        goals.push(Goal {
            name,
            // Looking writes nothing: no disk is too unsteady for it.
            judged: Some(rounds.number(|run| run("credentials").rate / run("bare handler").rate)),
            must: 0.4,
            aim: 0.6,
            better: Better::Higher,
        });
    }
    Ok(goals)
}
