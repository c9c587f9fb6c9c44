//! Sides measured in turn, A B A B A B, so that whatever the machine does meets them all alike.
//!
//! The disk is probed before, between and after. A round in which it changed twofold around the sides that are
//! compared proves nothing about them: there are a few more rounds, and if that does not help the numbers are
//! shown but not judged.

use std::cell::RefCell;
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
    rounds: Vec<Round>,
}

/// What every side did, and how often a second the disk was synchronised before the first and after each.
struct Round {
    runs: Vec<Run>,
    syncs: Vec<f64>,
}

impl Rounds {
    /// Measures the sides in turn; the disk is probed in `folder`.
    pub fn of(title: &str, folder: &Path, mut sides: Vec<Side<'_>>) -> Outcome<Self> {
        say(title);
        let mut all = Self {
            names: sides.iter().map(|side| side.name).collect(),
            rounds: Vec::new(),
        };
        let mut steady = 0;
        while steady < ROUNDS && all.rounds.len() < ROUNDS + REPEATED {
            println!("  round {}", all.rounds.len() + 1);
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
            steady += usize::from(is_steady(&syncs));
            all.rounds.push(Round { runs, syncs });
        }
        Ok(all)
    }

    /// A number made of the sides' runs in each round, such as a ratio; `None` when the disk was not steady around
    /// those sides in enough rounds.
    pub fn judge(&self, number: impl Fn(&dyn Fn(&str) -> Run) -> f64) -> Option<Judged> {
        let steady: Vec<f64> = self
            .rounds
            .iter()
            .filter_map(|round| {
                let probes = RefCell::new(Vec::new());
                let value = number(&|name: &str| {
                    let at = self.place(name);
                    probes.borrow_mut().extend(&round.syncs[at..at + 2]);
                    round.runs[at].clone()
                });
                is_steady(&probes.into_inner()).then_some(value)
            })
            .collect();
        if steady.len() < ROUNDS {
            let Judged { value, spread } = self.number(number);
            println!("  {value:.4} ± {:.0} %, not judged", spread * 50.0);
            return None;
        }
        Some(judged(steady))
    }

    /// The same, whatever the disk did.
    pub fn number(&self, number: impl Fn(&dyn Fn(&str) -> Run) -> f64) -> Judged {
        let of = |round: &Round| number(&|name: &str| round.runs[self.place(name)].clone());
        judged(self.rounds.iter().map(of).collect())
    }

    /// Where a side stands in each round. Naming one that there is not is a slip in the bench itself.
    fn place(&self, name: &str) -> usize {
        let at = self.names.iter().position(|known| *known == name);
        at.unwrap_or_else(|| panic!("there is no side `{name}`"))
    }

    /// Milliseconds of one synchronisation of the disk.
    pub fn sync_ms(&self) -> f64 {
        1000.0 / judged(self.rounds.iter().flat_map(|round| round.syncs.clone()).collect()).value
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
        if rounds.rounds.len() == ROUNDS {
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
