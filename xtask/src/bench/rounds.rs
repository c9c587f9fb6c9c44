//! Sides measured in turn, A B A B A B, so that whatever the machine does meets them all alike.
//!
//! The disk is probed before, between and after. A round in which it changed twofold proves nothing: it is
//! repeated a few times, and if that does not help the numbers are shown but not judged.

use std::path::Path;

use super::disk;
use crate::Outcome;
use crate::process::say;

/// Rounds that count.
const ROUNDS: usize = 3;

/// Rounds that may be repeated.
const REPEATED: usize = 3;

/// How much faster the disk may be at one moment of a round than at another.
const STEADY: f64 = 2.0;

/// What one side did in one round.
#[derive(Clone, Debug, Default)]
pub struct Run {
    /// What it did in a second.
    pub rate: f64,
    /// Microseconds of its own work for each, on all cores.
    pub cpu_us: Option<f64>,
    /// Synchronisations of the disk for each.
    pub syncs: Option<f64>,
    /// Half of the answers, and all but one in a hundred, came within so many microseconds.
    pub latency_us: Option<(u64, u64)>,
}

impl Run {
    fn line(&self, name: &str) -> String {
        let mut line = format!("    {name:<28} {:>10.0} /s", self.rate);
        if let Some(cpu) = self.cpu_us {
            line.push_str(&format!("  {cpu:>7.1} µs CPU each"));
        }
        if let Some(syncs) = self.syncs {
            line.push_str(&format!("  {syncs:>7.4} fsyncs each"));
        }
        if let Some((half, most)) = self.latency_us {
            line.push_str(&format!(
                "  p50 {:.1} ms, p99 {:.1} ms",
                half as f64 / 1e3,
                most as f64 / 1e3
            ));
        }
        line
    }
}

/// One side: its name, and what it does in a round.
pub struct Side<'a> {
    /// Its name.
    pub name: &'static str,
    /// One round.
    pub run: Box<dyn FnMut() -> Outcome<Run> + 'a>,
}

impl<'a> Side<'a> {
    /// A side.
    pub fn new(name: &'static str, run: impl FnMut() -> Outcome<Run> + 'a) -> Self {
        Self {
            name,
            run: Box::new(run),
        }
    }
}

/// A median, and how far the rounds lie apart, as a share of it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Judged {
    /// The median.
    pub value: f64,
    /// The largest less the smallest, divided by the median.
    pub spread: f64,
}

/// What was measured in all rounds.
pub struct Rounds {
    names: Vec<&'static str>,
    runs: Vec<Vec<Run>>,
    syncs: Vec<f64>,
    is_steady: bool,
}

impl Rounds {
    /// Measures the sides in turn; the disk is probed in `folder`.
    pub fn of(title: &str, folder: &Path, mut sides: Vec<Side<'_>>) -> Outcome<Self> {
        say(title);
        let mut all = Self {
            names: sides.iter().map(|side| side.name).collect(),
            runs: Vec::new(),
            syncs: Vec::new(),
            is_steady: true,
        };
        let (mut steady, mut shaky) = (Vec::new(), Vec::new());
        while steady.len() < ROUNDS && shaky.len() <= REPEATED {
            println!("  round {}", steady.len() + shaky.len() + 1);
            let mut syncs = vec![disk::syncs_per_second(folder)?];
            let mut runs = Vec::new();
            for side in &mut sides {
                let run = (side.run)()?;
                syncs.push(disk::syncs_per_second(folder)?);
                println!("{}", run.line(side.name));
                runs.push(run);
            }
            let shown: Vec<String> = syncs.iter().map(|rate| format!("{rate:.0}")).collect();
            println!(
                "    fsyncs per second before, between and after: {}",
                shown.join(", ")
            );
            all.syncs.extend(&syncs);
            if is_steady(&syncs) {
                steady.push(runs);
            } else {
                println!("    the disk changed twofold: this round does not count");
                shaky.push(runs);
            }
        }
        all.is_steady = steady.len() == ROUNDS;
        all.runs = if all.is_steady {
            steady
        } else {
            steady.into_iter().chain(shaky).collect()
        };
        Ok(all)
    }

    /// A number made of the sides' runs in each round, such as a ratio; `None` when the disk was not steady.
    pub fn judge(&self, number: impl Fn(&dyn Fn(&str) -> Run) -> f64) -> Option<Judged> {
        let judged = self.number(number);
        if !self.is_steady {
            println!(
                "  {:.4} ± {:.0} %, not judged",
                judged.value,
                judged.spread * 50.0
            );
        }
        self.is_steady.then_some(judged)
    }

    /// The same, whatever the disk did.
    pub fn number(&self, number: impl Fn(&dyn Fn(&str) -> Run) -> f64) -> Judged {
        judged(
            self.runs
                .iter()
                .map(|runs| number(&|name: &str| self.of_side(runs, name)))
                .collect(),
        )
    }

    fn of_side(&self, runs: &[Run], name: &str) -> Run {
        let at = self.names.iter().position(|known| *known == name);
        at.and_then(|at| runs.get(at)).cloned().unwrap_or_default()
    }

    /// Milliseconds of one synchronisation of the disk.
    pub fn sync_ms(&self) -> f64 {
        1000.0 / judged(self.syncs.clone()).value
    }
}

fn is_steady(syncs: &[f64]) -> bool {
    let most = syncs.iter().copied().fold(0.0, f64::max);
    let least = syncs.iter().copied().fold(f64::INFINITY, f64::min);
    most < least * STEADY
}

/// The median of some numbers, and their spread.
pub fn judged(mut numbers: Vec<f64>) -> Judged {
    numbers.sort_by(f64::total_cmp);
    let (Some(least), Some(most)) = (numbers.first(), numbers.last()) else {
        return Judged {
            value: f64::NAN,
            spread: 0.0,
        };
    };
    let value = numbers[numbers.len() / 2];
    Judged {
        value,
        spread: (most - least) / value,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounds_are_interleaved_and_their_ratios_have_a_median() {
        let folder = tempfile::tempdir().unwrap();
        let order = std::cell::RefCell::new(String::new());
        let side = |name: &'static str, rates: [f64; 3]| {
            let (order, mut round) = (&order, 0);
            Side::new(name, move || {
                order.borrow_mut().push_str(name);
                round += 1;
                Ok(Run {
                    rate: rates[(round - 1) % 3],
                    ..Run::default()
                })
            })
        };
        let sides = vec![side("a", [10.0, 20.0, 30.0]), side("b", [10.0, 10.0, 10.0])];
        let rounds = Rounds::of("a and b", folder.path(), sides).unwrap();
        assert!(order.borrow().starts_with("ababab"), "{}", order.borrow());
        let ratio = rounds.number(|run| run("a").rate / run("b").rate);
        if rounds.is_steady {
            assert_eq!(
                ratio,
                Judged {
                    value: 2.0,
                    spread: 1.0
                }
            );
        }
        assert!(rounds.sync_ms() > 0.0);
    }

    #[test]
    fn a_disk_that_changes_twofold_is_not_steady() {
        assert!(is_steady(&[100.0, 199.0]));
        assert!(!is_steady(&[100.0, 120.0, 200.0]));
    }
}
