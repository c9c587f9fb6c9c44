//! What an API token costs: `GET /api/v1/tokens/self` and `POST /oauth/introspect` with 100,000 tokens, against a bare
//! handler of the same bytes; the same with many times as many; what they take in memory; and a list over REST.

use std::path::{Path, PathBuf};

use super::goal::{Better, Goal};
use super::programs::found_out;
use super::rounds::{Rounds, Side, judged};
use super::sides::{ALL, Asked, Bench, REDEEM};
use crate::Outcome;
use crate::process::{program, say};
use crate::workspace::write;

/// Tokens in the database.
const TOKENS: u64 = 100_000;

/// One token, asked for by everybody.
const HOT: Asked = Asked {
    what: "token",
    spread: 1,
    ..REDEEM
};

/// Ten thousand of them, the first ones most often.
const SOME: Asked = Asked {
    spread: 10_000,
    zipf: true,
    ..HOT
};

/// Who owns the organisation of a prepared database.
const OWNER: &str = "ada@example.org";

/// Measures and judges.
pub fn measure(bench: &Bench<'_>) -> Outcome<Vec<Goal>> {
    let prepared = bench.shelf.api_tokens(TOKENS, 0)?;
    let mut goals = against_bare(bench, &prepared, &OF_ITSELF)?;
    goals.extend(against_bare(bench, &prepared, &OF_A_TOKEN)?);
    goals.push(memory(bench, &prepared)?);
    goals.push(many(bench, &prepared)?);
    goals.push(list(bench)?);
    Ok(goals)
}

/// A question with all the ways in which it is asked: its name, what is asked, what it must be and should be.
struct Question {
    what: &'static str,
    ways: [(&'static str, Asked, f64, f64); 4],
}

const OF_ITSELF: Question = Question {
    what: HOT.what,
    ways: [
        ("a hot API token, times a bare handler", HOT, 0.6, 0.92),
        (
            "API tokens after Zipf's law, times a bare handler",
            SOME,
            0.55,
            0.9,
        ),
        (
            "API tokens in turn, times a bare handler",
            Asked { spread: ALL, ..HOT },
            0.25,
            0.4,
        ),
        (
            "API tokens and garbage, times a bare handler",
            Asked {
                what: "half-garbage",
                ..HOT
            },
            0.6,
            0.95,
        ),
    ],
};

const ASKED: Asked = Asked {
    what: "introspect",
    ..HOT
};

const OF_A_TOKEN: Question = Question {
    what: ASKED.what,
    ways: [
        (
            "introspecting a hot token, times a bare handler",
            ASKED,
            0.6,
            0.92,
        ),
        (
            "introspecting after Zipf's law, times a bare handler",
            Asked {
                spread: 10_000,
                zipf: true,
                ..ASKED
            },
            0.55,
            0.9,
        ),
        (
            "introspecting in turn, times a bare handler",
            Asked { spread: ALL, ..ASKED },
            0.25,
            0.4,
        ),
        (
            "introspecting garbage, too, times a bare handler",
            Asked {
                what: "introspect-garbage",
                ..ASKED
            },
            0.6,
            0.95,
        ),
    ],
};

/// The rates of the server as parts of those of a bare handler, which gives the same answer to everything: so it is asked
/// for what is answered with it.
fn against_bare(bench: &Bench<'_>, prepared: &Path, question: &Question) -> Outcome<Vec<Goal>> {
    let plain = Asked {
        what: question.what,
        ..HOT
    };
    let answer = bench.sample(prepared, plain)?;
    let mut goals = Vec::new();
    for (name, asked, must, aim) in question.ways {
        let bare = Asked {
            what: question.what,
            ..asked
        };
        let rounds = Rounds::of(
            name,
            bench.shelf.folder(),
            vec![
                Side::new("bare handler", || bench.bare(&answer, prepared, bare)),
                Side::new("tokens", || bench.ask_copy(prepared, asked)),
            ],
        )?;
        goals.push(Goal {
            name,
            judged: Some(rounds.number(|run| run("tokens").rate / run("bare handler").rate)),
            must,
            aim,
            better: Better::Higher,
        });
    }
    Ok(goals)
}

/// Megabytes that the server holds more of when it has been asked for all tokens once.
fn memory(bench: &Bench<'_>, prepared: &Path) -> Outcome<Goal> {
    say("Asking for all 100,000 tokens, and looking at the memory of the server");
    let mut grown = Vec::new();
    for _ in 0..3 {
        let folder = bench.shelf.copy(prepared, "server")?;
        let server = bench.server(&folder, |_| {})?;
        // What asking takes in itself is there already.
        bench.load(HOT, &folder).on(std::slice::from_ref(&server), None)?;
        let before = server.megabytes();
        let servers = [server];
        bench
            .load(Asked { spread: ALL, ..HOT }, &folder)
            .on(&servers, None)?;
        let after = servers[0].megabytes();
        grown.push(
            after
                .zip(before)
                .map_or(f64::NAN, |(after, before)| after - before),
        );
    }
    Ok(Goal {
        name: "MB for 100,000 API tokens that are known",
        judged: Some(judged(grown)),
        must: 250.0,
        aim: 120.0,
        better: Better::Lower,
    })
}

/// Tokens among very many, against the same number of questions among 100,000.
fn many(bench: &Bench<'_>, few: &Path) -> Outcome<Goal> {
    let beside = bench.api_tokens.saturating_sub(TOKENS);
    let many = bench.shelf.api_tokens(TOKENS, beside)?;
    let copies = [bench.shelf.copy(few, "few")?, bench.shelf.copy(&many, "many")?];
    let rounds = Rounds::of(
        &format!("API tokens among 100,000 and among {}", bench.api_tokens),
        bench.shelf.folder(),
        vec![
            Side::new("few", || bench.ask(&copies[0], SOME)),
            Side::new("many", || bench.ask(&copies[1], SOME)),
        ],
    )?;
    // The large copy is not kept: it may be gigabytes.
    bench.shelf.empty("many")?;
    Ok(Goal {
        name: "API tokens among very many, times among 100,000",
        judged: Some(rounds.number(|run| run("many").rate / run("few").rate)),
        must: 0.95,
        aim: 0.98,
        better: Better::Higher,
    })
}

/// Pages of fifty access tokens, one after the other to the end of the list and again.
fn list(bench: &Bench<'_>) -> Outcome<Goal> {
    let prepared = bench.shelf.prepared(1_000, bench.codes)?;
    let folder = bench.shelf.copy(&prepared, "many")?;
    let program = with_a_token(bench, &folder)?;
    let asked = Asked {
        what: "list",
        spread: 1,
        connections: 1,
        ..REDEEM
    };
    let mut medians = Vec::new();
    for _ in 0..3 {
        let server = bench.server(&program, |_| {})?;
        let run = bench.load(asked, &program).on(&[server], None)?;
        let (median, slow) = run.latency_us.unwrap_or_default();
        println!(
            "  {:.2} ms at the median, {:.2} ms for 99 in 100",
            ms(median),
            ms(slow)
        );
        medians.push(ms(median));
    }
    bench.shelf.empty("many")?;
    Ok(Goal {
        name: "a page of 50 access tokens over REST, ms",
        judged: Some(judged(medians)),
        must: 5.0,
        aim: 2.0,
        better: Better::Lower,
    })
}

fn ms(microseconds: u64) -> f64 {
    microseconds as f64 / 1000.0
}

/// The same folder, whose list has an API token instead of codes.
fn with_a_token(bench: &Bench<'_>, folder: &Path) -> Outcome<PathBuf> {
    let mut create = program(&bench.programs.server);
    create.args([
        "token", "create", "--name", "Bench", "--user", OWNER, "--output", "json",
    ]);
    let made = found_out(create.arg("--data-dir").arg(folder).current_dir(folder))?;
    let text = |name: &str| made[name].as_str().unwrap_or_default().to_owned();
    write(
        &folder.join("tokens.txt"),
        format!("{} {}\n", text("token"), text("id")).as_bytes(),
    )?;
    Ok(folder.to_owned())
}
