//! What an API token costs: `GET /api/v1/tokens/self` with 100,000 tokens, against a bare handler of the same bytes.

use std::path::Path;

use super::goal::{Better, Goal};
use super::rounds::{Rounds, Side};
use super::sides::{ALL, Asked, Bench, REDEEM};
use crate::Outcome;

/// Tokens in the database.
const TOKENS: u64 = 100_000;

/// One token, asked for by everybody.
const HOT: Asked = Asked {
    what: "token",
    spread: 1,
    ..REDEEM
};

/// Measures and judges.
pub fn measure(bench: &Bench<'_>) -> Outcome<Vec<Goal>> {
    let prepared = bench.shelf.api_tokens(TOKENS)?;
    let answer = bench.sample(&prepared, HOT)?;
    let some = Asked {
        spread: 10_000,
        zipf: true,
        ..HOT
    };
    let all = Asked { spread: ALL, ..HOT };
    let garbage = Asked {
        what: "half-garbage",
        ..HOT
    };
    let against = |title: &str, name, asked, must, aim| {
        let judged = against_bare(bench, title, (&prepared, &answer), asked)?;
        Ok::<_, String>(Goal {
            name,
            judged: Some(judged),
            must,
            aim,
            better: Better::Higher,
        })
    };
    Ok(vec![
        against(
            "An API token that is always the same",
            "a hot API token, times a bare handler",
            HOT,
            0.6,
            0.92,
        )?,
        against(
            "API tokens, 10,000 after Zipf's law",
            "API tokens after Zipf's law, times a bare handler",
            some,
            0.55,
            0.9,
        )?,
        against(
            "API tokens, all 100,000 in turn",
            "API tokens in turn, times a bare handler",
            all,
            0.25,
            0.4,
        )?,
        against(
            "An API token, and strings that are none",
            "API tokens and garbage, times a bare handler",
            garbage,
            0.6,
            0.95,
        )?,
    ])
}

/// The rate of the server as a part of that of a bare handler.
fn against_bare(
    bench: &Bench<'_>,
    title: &str,
    (prepared, answer): (&Path, &Path),
    asked: Asked,
) -> Outcome<super::rounds::Judged> {
    let rounds = Rounds::of(
        title,
        bench.shelf.folder(),
        vec![
            // It gives the same answer to everything, so it is asked for what is answered with it.
            Side::new("bare handler", || {
                bench.bare(
                    answer,
                    prepared,
                    Asked {
                        what: HOT.what,
                        ..asked
                    },
                )
            }),
            Side::new("tokens", || bench.ask_copy(prepared, asked)),
        ],
    )?;
    Ok(rounds.number(|run| run("tokens").rate / run("bare handler").rate))
}
