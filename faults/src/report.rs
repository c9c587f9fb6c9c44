//! How cases ended, told in their order: some run at the same time.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::cases::Case;
use crate::failure::Outcome;

/// The table that a run prints.
pub struct Report {
    rows: Mutex<Rows>,
}

struct Rows {
    /// A line for each case that has ended, in the order in which the cases stand.
    lines: Vec<(&'static str, Option<String>)>,
    /// How many of them are printed.
    printed: usize,
    failed: Vec<String>,
}

impl Report {
    /// A table of these cases.
    pub fn of(cases: &[&'static Case]) -> Self {
        Self {
            rows: Mutex::new(Rows {
                lines: cases.iter().map(|case| (case.name, None)).collect(),
                printed: 0,
                failed: Vec::new(),
            }),
        }
    }

    /// A case has ended; it is printed as soon as those before it have ended, too.
    pub fn ended(&self, case: &Case, took: Duration, outcome: Outcome) {
        let mut rows = self.rows();
        let (word, told) = match &outcome {
            Ok(counts) => ("ok", counts.clone()),
            Err(failure) => ("FAILED", failure.to_string()),
        };
        let line = format!("  {word:7} {:20} {:6.1} s  {told}", case.name, took.as_secs_f64());
        if outcome.is_err() {
            rows.failed.push(format!("{}: {told}", case.name));
        }
        if let Some(row) = rows.lines.iter_mut().find(|(name, _)| *name == case.name) {
            row.1 = Some(line);
        }
        while let Some((_, Some(line))) = rows.lines.get(rows.printed) {
            println!("{line}");
            rows.printed += 1;
        }
    }

    /// Why cases failed, if some did.
    pub fn failed(&self) -> Vec<String> {
        self.rows().failed.clone()
    }

    /// Whether a case never ended.
    pub fn is_missing_some(&self) -> bool {
        let rows = self.rows();
        rows.printed < rows.lines.len()
    }

    fn rows(&self) -> std::sync::MutexGuard<'_, Rows> {
        self.rows.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cases::named;
    use crate::failure::Failure;

    #[test]
    fn what_ends_first_waits_for_what_stands_before_it() {
        let cases = ["races", "mail"].map(|name| named(name).expect("a case"));
        let report = Report::of(&cases);
        report.ended(cases[1], Duration::ZERO, Err(Failure::broken("a mail is lost")));
        assert_eq!(report.rows().printed, 0);
        assert!(report.is_missing_some());
        report.ended(cases[0], Duration::ZERO, Ok("all of them".into()));
        assert_eq!(report.rows().printed, 2);
        assert!(!report.is_missing_some());
        assert_eq!(report.failed().len(), 1);
    }
}
