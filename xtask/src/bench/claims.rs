//! Certificates: claiming beside redeeming, drawing, and the list of what was revoked.
//!
//! * [`public_page`]: what everybody sees of a credential
//! * [`signing`]: credentials signed on one core
//! * [`many`]: a million of them

pub mod many;
pub mod public_page;
pub mod signing;

use serde_json::Value;

use super::goal::{Better, Goal};
use super::load::timed;
use super::prepared::SINGLES;
use super::programs::{MEASURED, found_out, pinned};
use super::rounds::{Rounds, Side, judged};
use super::sides::Bench;
use crate::Outcome;

/// Recipients of the campaign: more than are claimed in a round.
const RECIPIENTS: u64 = 20_000;

/// Credentials whose public pages are asked for in turn, and of the small database of the lists.
const CREDENTIALS: u64 = 1_000;

/// Measures and judges.
pub fn measure(bench: &Bench<'_>) -> Outcome<Vec<Goal>> {
    let redeemed = bench.shelf.prepared(0, SINGLES)?;
    let claimed = bench.shelf.claims(RECIPIENTS)?;
    let seconds = bench.seconds.to_string();
    let work = |what, prepared, name| {
        let folder = bench.shelf.copy(prepared, name)?;
        let mut work = pinned(MEASURED, &bench.programs.of_bench("use_cases"))?;
        timed(work.arg(what).arg(&folder).arg(&seconds))
    };
    let rounds = Rounds::of(
        "Claiming beside redeeming, 64 at once, in one process",
        bench.shelf.folder(),
        vec![
            Side::new("redeeming", || work("redeem", &redeemed, "redeemed")),
            Side::new("claiming", || work("claim", &claimed, "claimed")),
        ],
    )?;
    let folder = bench.shelf.copy(&claimed, "drawn")?;
    let mut draw = pinned(MEASURED, &bench.programs.of_bench("use_cases"))?;
    let report = found_out(draw.arg("draw").arg(&folder))?;
    let took = |name: &str| report[name].as_f64().unwrap_or(f64::NAN);
    println!("  medians: {}", shown(&report));
    Ok(vec![
        Goal {
            name: "claiming, times redeeming",
            judged: rounds.judge(|run| run("claiming").rate / run("redeeming").rate),
            must: 0.7,
            aim: 0.9,
            better: Better::Higher,
        },
        each_second(
            "certificates as PDF, drawn one after the other in a second",
            took("pdf_ms"),
        ),
        each_second(
            "certificates as PNG, drawn one after the other in a second",
            took("png_ms"),
        ),
        Goal {
            name: "a signed status list of 131,072 bits, in milliseconds",
            judged: Some(judged(vec![took("list_ms")])),
            must: 5.0,
            aim: 2.0,
            better: Better::Lower,
        },
    ])
}

fn each_second(name: &'static str, took_ms: f64) -> Goal {
    Goal {
        name,
        judged: Some(judged(vec![1000.0 / took_ms])),
        must: 20.0,
        aim: 50.0,
        better: Better::Higher,
    }
}

fn shown(report: &Value) -> String {
    ["pdf_ms", "png_ms", "list_ms"]
        .map(|name| format!("{name} {:.2}", report[name].as_f64().unwrap_or(f64::NAN)))
        .join(", ")
}
