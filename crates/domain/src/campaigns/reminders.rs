//! When recipients who did not claim are reminded, and when a draft starts by itself.

use chrono::NaiveDateTime;
use serde::{Deserialize, Serialize};

use crate::form::Problems;

/// The most reminders of a campaign.
const MOST: usize = 5;
/// The last day of a reminder.
const LAST_DAY: i64 = 365;

/// After how many days somebody is reminded: rising.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Reminders(Vec<i64>);

impl Reminders {
    /// What a campaign begins with.
    pub const USUAL: &str = "3, 10, 30";

    /// Reads what was typed: days, separated by commas; blank: none.
    ///
    /// # Errors
    /// What is wrong, in words.
    pub fn parse(typed: &str) -> Result<Self, String> {
        let mut days = Vec::new();
        for word in typed.split([',', ';', ' ']).filter(|word| !word.is_empty()) {
            match word.parse() {
                Ok(day) if (1..=LAST_DAY).contains(&day) => days.push(day),
                _ => {
                    return Err(format!(
                        "Write the days as numbers from 1 to {LAST_DAY}: 3, 10, 30."
                    ));
                }
            }
        }
        days.sort_unstable();
        days.dedup();
        if days.len() > MOST {
            return Err(format!("There are at most {MOST} reminders."));
        }
        Ok(Self(days))
    }

    /// What was stored; what cannot be read reminds nobody.
    pub fn stored(text: &str) -> Self {
        Self::parse(text).unwrap_or_default()
    }

    /// The days.
    pub fn days(&self) -> &[i64] {
        &self.0
    }

    /// How many days there are from one reminder to the next, or from the mail to the first; `None` when that was the last.
    pub fn wait(&self, reminded: usize) -> Option<i64> {
        let next = self.0.get(reminded)?;
        let before = reminded.checked_sub(1).and_then(|last| self.0.get(last)).copied();
        Some(next - before.unwrap_or_default())
    }
}

impl std::fmt::Display for Reminders {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let days: Vec<String> = self.0.iter().map(i64::to_string).collect();
        f.write_str(&days.join(", "))
    }
}

/// When a draft starts by itself, as typed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ScheduleForm {
    /// `2026-12-31T09:00` by the organisation's clocks; blank: when somebody starts it.
    pub starts_at: String,
    /// Whether to start although no font has some letters of the title or of names, and boxes would be drawn.
    pub anyway: bool,
}

impl ScheduleForm {
    /// Reads what was typed.
    ///
    /// # Errors
    /// A problem at `starts_at`.
    pub fn parse(&self) -> Result<Option<NaiveDateTime>, Problems> {
        let typed = self.starts_at.trim();
        if typed.is_empty() {
            return Ok(None);
        }
        let parsed = ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M"]
            .into_iter()
            .find_map(|format| NaiveDateTime::parse_from_str(typed, format).ok());
        parsed.map(Some).ok_or_else(|| {
            let mut problems = Problems::default();
            problems.add("starts_at", "Write the date and the time like 2026-12-31T09:00.");
            problems
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_rise_and_are_waited_for_one_after_the_other() {
        let reminders = Reminders::parse(" 10, 3;30 3").expect("days");
        assert_eq!(reminders.days(), [3, 10, 30]);
        assert_eq!(reminders.to_string(), Reminders::USUAL);
        let waits: Vec<_> = (0..4).map(|reminded| reminders.wait(reminded)).collect();
        assert_eq!(waits, [Some(3), Some(7), Some(20), None]);
        assert_eq!(Reminders::parse(""), Ok(Reminders::default()));
        for bad in ["0", "-3", "366", "soon", "1,2,3,4,5,6", "3.5"] {
            assert!(Reminders::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_start_is_a_date_with_a_time_or_nothing() {
        let form = |text: &str| {
            ScheduleForm {
                starts_at: text.into(),
                anyway: false,
            }
            .parse()
        };
        assert_eq!(form(" "), Ok(None));
        assert_eq!(form("2026-12-31T09:00"), form("2026-12-31 09:00"));
        assert!(form("2026-12-31T09:00").is_ok_and(|at| at.is_some()));
        for bad in ["tomorrow", "2026-12-31", "2026-13-31T09:00"] {
            assert!(form(bad).is_err(), "{bad}");
        }
    }
}
