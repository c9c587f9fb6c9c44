//! The page with the button, against a bare handler of the same bytes.

use super::goal::{Better, Goal};
use super::prepared::SINGLES;
use super::rounds::{Rounds, Side};
use super::sides::{Asked, Bench, REDEEM};
use crate::Outcome;

/// Measures and judges.
pub fn measure(bench: &Bench<'_>) -> Outcome<Vec<Goal>> {
    let page = Asked {
        what: "page",
        ..REDEEM
    };
    let prepared = bench.shelf.prepared(0, SINGLES)?;
    let answer = bench.sample(&prepared, page)?;
    let rounds = Rounds::of(
        "The page that asks for a press of the button, 64 connections",
        bench.shelf.folder(),
        vec![
            Side::new("bare handler", || bench.bare(&answer, &prepared, page)),
            Side::new("page", || bench.ask_copy(&prepared, page)),
        ],
    )?;
    Ok(vec![Goal {
        name: "redeem page, times a bare handler of the same bytes",
        // Looking writes nothing: no disk is too unsteady for it.
        judged: Some(rounds.number(|run| run("page").rate / run("bare handler").rate)),
        must: 0.35,
        aim: 0.6,
        better: Better::Higher,
    }])
}
