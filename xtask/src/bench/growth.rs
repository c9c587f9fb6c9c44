//! What a thousand times as many codes cost: redeeming, and the lists.

use super::goal::{Better, Goal};
use super::prepared::SINGLES;
use super::programs::{MEASURED, found_out, pinned};
use super::questions::{self, LONGER, Question};
use super::rounds::{Rounds, Side, judged};
use super::sides::{Bench, REDEEM};
use crate::Outcome;
use crate::process::say;

/// Codes, and single tokens, of the small database of the lists.
const FEW: u64 = 1_000;

/// Redeeming beside few and beside many codes.
pub fn redeem(bench: &Bench<'_>) -> Outcome<Vec<Goal>> {
    let few = bench.shelf.copy(&bench.shelf.prepared(FEW, SINGLES)?, "few")?;
    let many = bench
        .shelf
        .copy(&bench.shelf.prepared(bench.codes, SINGLES)?, "many")?;
    let rounds = Rounds::of(
        &format!("Redeeming beside 1,000 and beside {} codes", bench.codes),
        bench.shelf.folder(),
        vec![
            Side::new("few codes", || bench.ask(&few, REDEEM)),
            Side::new("many codes", || bench.ask(&many, REDEEM)),
        ],
    )?;
    // The large copy is not kept: it may be gigabytes.
    bench.shelf.empty("many")?;
    Ok(vec![Goal {
        name: "redeeming beside many codes, times beside few",
        judged: rounds.judge(|run| run("many codes").rate / run("few codes").rate),
        must: 0.85,
        aim: 0.95,
        better: Better::Higher,
    }])
}

/// Every question of the lists, in a database with few and in one with many codes.
pub fn lists(bench: &Bench<'_>) -> Outcome<Vec<Goal>> {
    let few = bench.shelf.copy(&bench.shelf.prepared(FEW, FEW)?, "few")?;
    let many = bench
        .shelf
        .copy(&bench.shelf.prepared(bench.codes, SINGLES)?, "many")?;
    say(&format!(
        "Asking the lists with 1,000 and with {} codes",
        bench.codes
    ));
    let mut lists = pinned(MEASURED, &bench.programs.of_bench("use_cases"))?;
    let report = found_out(lists.arg("lists").arg(&few).arg(&many))?;
    bench.shelf.empty("many")?;
    let questions = questions::read(&report);
    questions::print(&questions, "1,000", bench.codes);
    Ok(goals(&questions))
}

fn goals(questions: &[Question]) -> Vec<Goal> {
    let pages = judged(
        questions
            .iter()
            .filter(|question| question.is_page)
            .map(Question::ratio)
            .collect(),
    );
    vec![
        Goal {
            name: "a list page with many codes, times with few",
            judged: Some(pages),
            must: LONGER,
            aim: 1.2,
            better: Better::Lower,
        },
        questions::slow("questions of lists over 20 ms and 1.5 times", questions),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_are_judged_by_their_median_and_slow_questions_are_counted() {
        let question = Question::page;
        let goals = goals(&[question(1.0, 1.1), question(1.0, 40.0), question(1.0, 1.2)]);
        assert_eq!(goals[0].judged.unwrap().value, 1.2);
        assert!(!goals[1].holds());
    }
}
