//! What a number must be and should be, and whether it is.

use serde_json::{Value, json};

use super::rounds::Judged;

/// Which way is better.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Better {
    /// The more the better.
    Higher,
    /// The less the better.
    Lower,
}

/// A number of the bench with its limits.
pub struct Goal {
    /// What it is.
    pub name: &'static str,
    /// What was measured; `None` when it could not be judged.
    pub judged: Option<Judged>,
    /// What it must be.
    pub must: f64,
    /// What it should be.
    pub aim: f64,
    /// Which way is better.
    pub better: Better,
}

impl Goal {
    /// Whether it is what it must be; never when it could not be judged.
    pub fn holds(&self) -> bool {
        self.reaches(self.must)
    }

    fn reaches(&self, limit: f64) -> bool {
        self.judged.is_some_and(|judged| match self.better {
            Better::Higher => judged.value >= limit,
            Better::Lower => judged.value <= limit,
        })
    }

    /// One line for the person at the keyboard.
    pub fn line(&self) -> String {
        let measured = match self.judged {
            Some(Judged { value, spread }) => format!("{:>8} ±{:>3.0} %", digits(value), spread * 50.0),
            None => format!("{:>8}       ", "?"),
        };
        let verdict = match () {
            () if self.judged.is_none() => "not judged: the disk changed too much",
            () if self.reaches(self.aim) => "as good as aimed at",
            () if self.holds() => "holds",
            () => "FAILS",
        };
        let sign = if self.better == Better::Higher {
            '≥'
        } else {
            '≤'
        };
        format!(
            "{:<58} {measured}   must {sign} {:<6} aim {sign} {:<6} {verdict}",
            self.name,
            digits(self.must),
            digits(self.aim)
        )
    }

    /// As it stands in the file.
    pub fn json(&self) -> Value {
        json!({
            "name": self.name,
            "value": self.judged.map(|judged| judged.value),
            "must": self.must,
            "aim": self.aim,
            "better": if self.better == Better::Higher { "higher" } else { "lower" },
            "spread": self.judged.map(|judged| judged.spread),
        })
    }
}

fn digits(number: f64) -> String {
    match number {
        large if large >= 100.0 => format!("{large:.0}"),
        middle if middle >= 1.0 => format!("{middle:.2}"),
        small => format!("{small:.4}"),
    }
}

/// A limit that depends on the disk: one for fast ones (below 0.2 ms), one for slow ones (above 1 ms), and
/// between them by the logarithm of the time.
pub fn by_disk(sync_ms: f64, fast: f64, slow: f64) -> f64 {
    let share = ((sync_ms / 0.2).ln() / 5_f64.ln()).clamp(0.0, 1.0);
    fast * (slow / fast).powf(share)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_that_could_not_be_judged_does_not_hold() {
        let goal = |value: Option<f64>, better| Goal {
            name: "n",
            judged: value.map(|value| Judged { value, spread: 0.1 }),
            must: 0.5,
            aim: 0.8,
            better,
        };
        assert!(goal(Some(0.5), Better::Higher).holds());
        assert!(!goal(Some(0.49), Better::Higher).holds());
        assert!(goal(Some(0.49), Better::Lower).holds());
        assert!(!goal(None, Better::Lower).holds() && !goal(None, Better::Higher).holds());
        assert_eq!(goal(None, Better::Lower).json()["value"], Value::Null);
        assert_eq!(goal(Some(0.6), Better::Lower).json()["better"], "lower");
    }

    #[test]
    fn the_slower_the_disk_the_more_is_asked() {
        assert_eq!(by_disk(0.1, 3.0, 10.0), 3.0);
        assert_eq!(by_disk(4.0, 3.0, 10.0), 10.0);
        let between = by_disk(0.4472, 3.0, 10.0);
        assert!((between - 30_f64.sqrt()).abs() < 0.01, "{between}");
    }
}
