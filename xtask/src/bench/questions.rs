//! Questions that lists are asked, with few and with many rows.

use serde_json::Value;

use super::goal::{Better, Goal};
use super::rounds::Judged;

/// A question may take so long, in the database, however many rows there are.
const SOON_MS: f64 = 20.0;

/// Or it may take this much longer with many.
pub const LONGER: f64 = 1.5;

/// A question, and the median of its tries on both sides.
pub struct Question {
    what: String,
    /// Whether it is a page of a list without a search.
    pub is_page: bool,
    few_ms: f64,
    many_ms: f64,
}

/// The questions of a report.
pub fn read(report: &Value) -> Vec<Question> {
    let questions = report["questions"].as_array();
    questions
        .map(|questions| questions.iter().filter_map(Question::read).collect())
        .unwrap_or_default()
}

/// Shows each with both medians.
pub fn print(questions: &[Question], few: &str, many: u64) {
    println!("  {:<52} {few:>10} {many:>12}", "median in the database, ms");
    for question in questions {
        println!("{}", question.line());
    }
}

/// How many of them take long with many rows, and much longer than with few.
pub fn slow(name: &'static str, questions: &[Question]) -> Goal {
    let slow = questions.iter().filter(|question| !question.holds()).count();
    Goal {
        name,
        judged: Some(Judged {
            value: slow as f64,
            spread: 0.0,
        }),
        must: 0.0,
        aim: 0.0,
        better: Better::Lower,
    }
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

    /// A page that took so long.
    #[cfg(test)]
    pub fn page(few_ms: f64, many_ms: f64) -> Self {
        Self {
            what: String::new(),
            is_page: true,
            few_ms,
            many_ms,
        }
    }

    /// How many times as long it takes with many rows.
    pub fn ratio(&self) -> f64 {
        self.many_ms / self.few_ms.max(0.001)
    }

    fn holds(&self) -> bool {
        self.many_ms < SOON_MS || self.ratio() <= LONGER
    }

    fn line(&self) -> String {
        let verdict = if self.holds() { "" } else { "  too slow" };
        format!(
            "  {:<52} {:>10.2} {:>12.2}  × {:.2}{verdict}",
            self.what,
            self.few_ms,
            self.many_ms,
            self.ratio()
        )
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_question_holds_when_it_is_soon_or_hardly_longer() {
        let question = Question::page;
        assert!(question(0.1, 19.0).holds());
        assert!(question(20.0, 30.0).holds());
        assert!(!question(1.0, 21.0).holds());
        assert_eq!(
            slow("n", &[question(1.0, 21.0), question(1.0, 1.0)])
                .judged
                .map(|judged| judged.value),
            Some(1.0)
        );
    }

    #[test]
    fn questions_stand_in_a_report() {
        let report =
            json!({"questions": [{"what": "first page", "is_page": true, "few_ms": 2.0, "many_ms": 3.0}]});
        let questions = read(&report);
        assert_eq!(questions.len(), 1);
        assert_eq!(questions[0].ratio(), 1.5);
        assert!(read(&json!({})).is_empty());
    }
}
