//! What has to hold behind every proxy.

mod attacks;
mod browsers;
mod changes;
mod opening;

use std::path::Path;

use crate::http::Answer;
use crate::proxies::Proxy;
use crate::site::Seen;
use crate::stage::Stage;
use crate::world::World;

/// What became of a case.
type Result = std::result::Result<(), String>;

/// What a browser sends when somebody follows a link.
const BROWSER: [(&str, &str); 3] = [
    ("Sec-Fetch-Mode", "navigate"),
    ("Sec-Fetch-Dest", "document"),
    ("Accept", "text/html,application/xhtml+xml,*/*;q=0.8"),
];

/// Runs all cases behind a proxy.
pub async fn run(proxy: Proxy, program: &Path) -> Vec<(String, Result)> {
    let world = World::on(database::testing::sqlite().await).await;
    let stage = Stage::set(proxy, program, world).await;
    let mut results = Vec::new();
    opening::letting_in(&stage, &mut results).await;
    opening::urls(&stage, &mut results).await;
    attacks::tricks(&stage, &mut results).await;
    attacks::spoofing(&stage, &mut results).await;
    attacks::hosts(&stage, &mut results).await;
    attacks::networks(&stage, &mut results).await;
    browsers::hits(&stage, &mut results).await;
    browsers::browsers(&stage, &mut results).await;
    changes::assertions(&stage, &mut results).await;
    changes::anonymous(&stage, &mut results).await;
    changes::changes(&stage, &mut results).await;
    changes::without_a_gate(stage, &mut results).await;
    results
}

fn note(results: &mut Vec<(String, Result)>, case: impl Into<String>, result: Result) {
    results.push((case.into(), result));
}

/// Somebody was let in: the site was asked once, and answered.
fn let_in(answer: &Answer, seen: &[Seen]) -> Result {
    match (answer.status, seen.len()) {
        (200, 1) => Ok(()),
        other => Err(format!("let in was expected, not {other:?} {}", answer.body)),
    }
}

/// Somebody was refused: the site was not asked.
fn kept_out(answer: &Answer, seen: &[Seen]) -> Result {
    match (answer.status, seen) {
        (403, []) => Ok(()),
        (status, seen) => Err(format!("403 was expected, not {status}; the site saw {seen:?}")),
    }
}

/// The same where a proxy may refuse nonsense by itself, or send to a cleaner address.
fn not_let_past(answer: &Answer, seen: &[Seen]) -> Result {
    match (answer.status, seen) {
        (0 | 301 | 307 | 308 | 400..=499, []) => Ok(()),
        (status, seen) => Err(format!(
            "a refusal was expected, not {status}; the site saw {seen:?}"
        )),
    }
}

fn is(what: &str, found: impl PartialEq<i64> + std::fmt::Debug, expected: i64) -> Result {
    if found == expected {
        Ok(())
    } else {
        Err(format!("{what}: {found:?}, not {expected}"))
    }
}
