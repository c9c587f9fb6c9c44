//! `cargo xtask test`: everything that must hold, part by part, with one line for each at the end.

mod ahead;
mod budgets;
mod faults;
mod gate;
mod judges;
mod parts;
mod readers;
mod stories;
mod suites;

use std::time::{Duration, Instant};

use crate::Outcome;
use crate::postgres::Postgres;
use ahead::Ahead;
use parts::Part;

/// The names of the parts, for help and error messages.
pub fn part_names() -> String {
    Part::ALL.map(Part::name).join(", ")
}

/// Runs the named parts, or all that need no third-party verifier or proxy, and fails if one failed. None stops the
/// others.
pub fn test(named: &[String], passed_on: &[String]) -> Outcome {
    let parts = chosen(named)?;
    if !passed_on.is_empty() && parts.len() != 1 {
        return Err("What follows `--` goes to the runner of one part: name that part.".into());
    }
    let mut tools = Tools {
        postgres: None,
        suites: None,
        ahead: Ahead::of(&parts),
        passed_on: passed_on.to_vec(),
    };
    let results: Vec<_> = parts.into_iter().map(|part| report(part, &mut tools)).collect();
    drop(tools);

    println!("\nSummary");
    for (part, took, result) in &results {
        let (word, why) = match result {
            Ok(Verdict::Passed) => ("passed", String::new()),
            Ok(Verdict::Skipped(why)) => ("skipped", format!("  {why}")),
            Err(sentence) => (
                "FAILED",
                format!("  {}", sentence.lines().next().unwrap_or_default()),
            ),
        };
        println!("  {:16} {word:8} {:>7}{why}", part.name(), in_words(*took));
    }
    let failed = results.iter().filter(|(_, _, result)| result.is_err()).count();
    let passed = results
        .iter()
        .filter(|(_, _, result)| matches!(result, Ok(Verdict::Passed)))
        .count();
    println!("{passed} passed, {failed} failed");
    if failed == 0 {
        Ok(())
    } else {
        Err(format!("{failed} of {} parts failed.", results.len()))
    }
}

/// How a part ended, if nothing was wrong.
pub enum Verdict {
    /// It passes.
    Passed,
    /// It could not be checked here, for this reason.
    Skipped(String),
}

/// What several parts use and is created once.
pub struct Tools {
    postgres: Option<Postgres>,
    suites: Option<Vec<suites::Suite>>,
    ahead: Ahead,
    passed_on: Vec<String>,
}

impl Tools {
    /// The address of a PostgreSQL, started when it is first needed.
    fn postgres(&mut self) -> Outcome<String> {
        if self.postgres.is_none() {
            self.postgres = Some(Postgres::start()?);
        }
        Ok(self
            .postgres
            .as_ref()
            .map(|server| server.url().to_owned())
            .unwrap_or_default())
    }
}

fn chosen(named: &[String]) -> Outcome<Vec<Part>> {
    if named.is_empty() {
        return Ok(Part::ALL.to_vec());
    }
    let find = |name: &String| Part::ALL.into_iter().find(|part| part.name() == name);
    named
        .iter()
        .map(|name| {
            find(name).ok_or_else(|| format!("There is no part `{name}`. The parts are {}.", part_names()))
        })
        .collect()
}

fn report(part: Part, tools: &mut Tools) -> (Part, Duration, Outcome<Verdict>) {
    println!("\n== {}: {}", part.name(), part.purpose());
    let begun = Instant::now();
    let result = part.run(tools);
    if let Err(sentence) = &result {
        eprintln!("{sentence}");
    }
    (part, begun.elapsed(), result)
}

fn in_words(took: Duration) -> String {
    let seconds = took.as_secs_f64();
    if seconds < 60.0 {
        format!("{seconds:.1} s")
    } else {
        format!("{}:{:02}", took.as_secs() / 60, took.as_secs() % 60)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_chosen_by_name() {
        let unnamed = chosen(&[]).unwrap();
        assert_eq!(unnamed, Part::ALL);
        assert_eq!(chosen(&["judges".into()]).unwrap(), [Part::Judges]);
        assert_eq!(chosen(&["e2e".into()]).unwrap(), [Part::E2e]);
        assert!(chosen(&["e3e".into()]).unwrap_err().contains("e2e-postgres"));
    }

    #[test]
    fn times_are_read_by_people() {
        assert_eq!(in_words(Duration::from_millis(1540)), "1.5 s");
        assert_eq!(in_words(Duration::from_secs(125)), "2:05");
    }
}
