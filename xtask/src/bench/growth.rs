//! What a thousand times as many codes cost: redeeming, and the lists.

use serde_json::Value;

use super::goal::{Better, Goal};
use super::prepared::SINGLES;
use super::programs::{MEASURED, found_out, pinned};
use super::rounds::{Judged, Rounds, Side, judged};
use super::sides::{Bench, REDEEM};
use crate::Outcome;
use crate::process::say;

/// Codes, and single tokens, of the small database of the lists.
const FEW: u64 = 1_000;

/// A question of a list may take so long, in the database, however many rows there are.
const SOON_MS: f64 = 20.0;

/// Or it may take this much longer with many codes.
const LONGER: f64 = 1.5;

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
    let questions: Vec<Question> = report["questions"]
        .as_array()
        .map(|questions| questions.iter().filter_map(Question::read).collect())
        .unwrap_or_default();
    println!(
        "  {:<46} {:>10} {:>12}",
        "median in the database, ms", "1,000", bench.codes
    );
    for question in &questions {
        println!("{}", question.line());
    }
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
    let slow = questions.iter().filter(|question| !question.holds()).count();
    vec![
        Goal {
            name: "a list page with many codes, times with few",
            judged: Some(pages),
            must: LONGER,
            aim: 1.2,
            better: Better::Lower,
        },
        Goal {
            name: "questions of lists over 20 ms and 1.5 times",
            judged: Some(Judged {
                value: slow as f64,
                spread: 0.0,
            }),
            must: 0.0,
            aim: 0.0,
            better: Better::Lower,
        },
    ]
}

struct Question {
    what: String,
    is_page: bool,
    few_ms: f64,
    many_ms: f64,
}

impl Question {
    fn read(answer: &Value) -> Option<Self> {
        Some(Self {
            what: answer["what"].as_str()?.to_owned(),
            is_page: answer["is_page"].as_bool()?,
            few_ms: answer["few_ms"].as_f64()?,
            many_ms: answer["many_ms"].as_f64()?,
        })
    }

    fn ratio(&self) -> f64 {
        self.many_ms / self.few_ms.max(0.001)
    }

    fn holds(&self) -> bool {
        self.many_ms < SOON_MS || self.ratio() <= LONGER
    }

    fn line(&self) -> String {
        let verdict = if self.holds() { "" } else { "  too slow" };
        format!(
            "  {:<46} {:>10.2} {:>12.2}  × {:.2}{verdict}",
            self.what,
            self.few_ms,
            self.many_ms,
            self.ratio()
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn question(few_ms: f64, many_ms: f64) -> Question {
        Question {
            what: String::new(),
            is_page: true,
            few_ms,
            many_ms,
        }
    }

    #[test]
    fn a_question_holds_when_it_is_soon_or_hardly_longer() {
        assert!(question(0.1, 19.0).holds());
        assert!(question(20.0, 30.0).holds());
        assert!(!question(1.0, 21.0).holds());
        let goals = goals(&[question(1.0, 1.1), question(1.0, 40.0), question(1.0, 1.2)]);
        assert_eq!(goals[0].judged.unwrap().value, 1.2);
        assert!(!goals[1].holds());
    }
}
