//! The cases, each in a file named after what happens.

mod bank;
mod broken_off;
mod clock_moves;
mod connections_cut;
mod crowded;
mod disk_full;
mod frozen;
mod http2_burst;
mod keys_rotated;
mod killed;
mod long_reader;
mod looking;
mod mail;
mod other_site;
mod postgres_stopped;
mod power_cut;
mod races;
mod second_process;
mod slow_sync;
mod stopped_behind_proxy;
mod sync_fails;

use std::pin::Pin;

use crate::failure::Outcome;
use crate::lab::Lab;

/// Something that happens to the product, and what must still hold.
#[derive(Debug)]
pub struct Case {
    /// Its name on the command line.
    pub name: &'static str,
    /// What it proves, in a sentence.
    pub proves: &'static str,
    act: for<'a> fn(&'a Lab) -> Pin<Box<dyn Future<Output = Outcome> + 'a>>,
}

impl Case {
    /// Makes it happen; returns a line of counts.
    pub async fn run(&self, lab: &Lab) -> Outcome {
        (self.act)(lab).await
    }
}

macro_rules! cases {
    ($($name:ident: $proves:literal,)+) => {
        /// All of them, in the order in which they run.
        pub const ALL: &[Case] = &[$(Case {
            name: stringify!($name),
            proves: $proves,
            act: |lab| Box::pin($name::run(lab)),
        }),+];
    };
}

cases! {
    power_cut: "what was acknowledged before a power cut is there after it",
    sync_fails: "when the disk fails to sync, the process ends at once and starts clean",
    disk_full: "a full disk is told as such, and the server goes on when there is space again",
    slow_sync: "a slow disk makes people wait, and nothing else",
    long_reader: "a reader that holds the log back neither stops people nor makes the log grow for good",
    clock_moves: "a clock that is set back revives nothing",
    frozen: "a server that sleeps and wakes spends nothing twice",
    connections_cut: "a database connection that breaks at any byte is settled by the idempotency key",
    crowded: "five thousand connections that do nothing keep nobody out",
    postgres_stopped: "PostgreSQL may be stopped hard and started again",
    races: "with more people than uses, exactly as many succeed as there are uses",
    killed: "kill -9 at any instant loses no use that was acknowledged, and makes none twice",
    http2_burst: "thirty requests that arrive in one packet are decided one after the other",
    broken_off: "a client that goes away leaves a whole use or none, and keeps nobody waiting",
    looking: "whatever only looks spends nothing",
    other_site: "a form on another site spends nothing",
    second_process: "a second server on the same file is refused, and even by force spends nothing twice",
    stopped_behind_proxy: "a server is stopped and started behind a proxy, and nobody notices",
    bank: "each known wrong version of the product is caught by a case",
    keys_rotated: "rotations of keys that overlap and are killed lose no secret",
    mail: "each of a thousand mails arrives through kills and naps, and per kill one at most twice",
}

/// The case of that name.
pub fn named(name: &str) -> Option<&'static Case> {
    ALL.iter().find(|case| case.name == name)
}

/// Cases that mostly wait, for leases to expire and servers to answer: they run at the same time.
pub const PATIENT: [&str; 2] = ["keys_rotated", "mail"];

/// Cases that judge no time and share nothing that they break: they run one after the other, beside those that wait. The
/// others have the machine for themselves: they set bounds, fill it up, or stop the PostgreSQL that all share.
pub const BESIDE: [&str; 9] = [
    "races",
    "killed",
    "http2_burst",
    "broken_off",
    "looking",
    "other_site",
    "second_process",
    "stopped_behind_proxy",
    "bank",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cases_stand_in_the_order_in_which_they_run() {
        let lanes = ALL.iter().map(|case| match case.name {
            name if PATIENT.contains(&name) => 2,
            name if BESIDE.contains(&name) => 1,
            _ => 0,
        });
        assert!(lanes.is_sorted());
        for name in PATIENT.iter().chain(&BESIDE) {
            assert!(named(name).is_some(), "{name}");
        }
    }
}
