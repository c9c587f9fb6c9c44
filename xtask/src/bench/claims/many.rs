//! Very many credentials: the public page, and the lists of recipients and of credentials.

use super::CREDENTIALS;
use super::public_page::PAGE;
use crate::Outcome;
use crate::bench::goal::{Better, Goal};
use crate::bench::programs::{MEASURED, found_out, pinned};
use crate::bench::questions::{self, Question};
use crate::bench::rounds::{Judged, Rounds, Side, judged};
use crate::bench::sides::Bench;
use crate::process::say;

/// Measures and judges.
pub fn measure(bench: &Bench<'_>) -> Outcome<Vec<Goal>> {
    let few = bench.shelf.credentials(CREDENTIALS, 0)?;
    let beside = bench.credentials.saturating_sub(CREDENTIALS);
    let many = bench.shelf.credentials(CREDENTIALS, beside)?;
    // Nothing is written that one round could leave to the next, and the copy is large.
    let (few, many) = (bench.shelf.copy(&few, "few")?, bench.shelf.copy(&many, "many")?);
    let rounds = Rounds::of(
        &format!(
            "1,000 public pages, with 1,000 credentials and among {}",
            bench.credentials
        ),
        bench.shelf.folder(),
        vec![
            Side::new("few", || bench.ask(&few, PAGE)),
            Side::new("many", || bench.ask(&many, PAGE)),
        ],
    )?;
    say(&format!(
        "Asking the lists with 1,000 and with {} recipients of a campaign",
        bench.credentials
    ));
    let mut lists = pinned(MEASURED, &bench.programs.of_bench("use_cases"))?;
    let report = found_out(lists.arg("credential-lists").arg(&few).arg(&many))?;
    bench.shelf.empty("many")?;
    let questions = questions::read(&report);
    questions::print(&questions, "1,000", bench.credentials);
    let mut goals = vec![Goal {
        name: "public pages among many credentials, times with 1,000",
        judged: Some(rounds.number(|run| run("many").rate / run("few").rate)),
        must: 0.95,
        aim: 0.98,
        better: Better::Higher,
    }];
    goals.extend(of_lists(&questions));
    Ok(goals)
}

fn of_lists(questions: &[Question]) -> [Goal; 2] {
    [
        Goal {
            name: "lists of many credentials, times as fast as with 1,000",
            judged: Some(as_fast(questions)),
            must: 0.95,
            aim: 0.98,
            better: Better::Higher,
        },
        questions::slow("questions of campaigns over 20 ms and 1.5 times", questions),
    ]
}

/// How fast a page of a list is with many rows, as a share of the speed with few: the median of all pages.
fn as_fast(questions: &[Question]) -> Judged {
    let pages = questions.iter().filter(|question| question.is_page);
    judged(pages.map(|page| 1.0 / page.ratio()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_that_take_twice_as_long_are_half_as_fast() {
        let goals = of_lists(&[
            Question::page(1.0, 2.0),
            Question::page(1.0, 1.0),
            Question::page(1.0, 50.0),
        ]);
        assert_eq!(goals[0].judged.unwrap().value, 0.5);
        assert!(!goals[0].holds() && !goals[1].holds());
        assert!(of_lists(&[Question::page(1.0, 1.04)]).iter().all(Goal::holds));
    }
}
