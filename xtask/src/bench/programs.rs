//! Programs on cores of their own: what is measured on one, who asks on the other.

use std::fs;
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::Outcome;
use crate::postgres::free_port;
use crate::process::{answer, program};
use crate::workspace::find_program;

/// The core of what is measured.
pub const MEASURED: &str = "0";

/// The core of who asks.
pub const ASKING: &str = "1";

/// The programs of a bench: the server, those of the room `bench`, and the shim between them and the disk.
pub struct Programs {
    /// The server.
    pub server: PathBuf,
    /// The folder of the others.
    pub folder: PathBuf,
    /// Counts synchronisations of the disk, and slows them down.
    pub shim: PathBuf,
}

impl Programs {
    /// A program of the room `bench`.
    pub fn of_bench(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }
}

/// A command that runs on one core alone.
pub fn pinned(core: &str, name: &Path) -> Outcome<Command> {
    if find_program("taskset").is_none() {
        return Err(
            "The bench pins programs to cores: please install taskset (util-linux) on a Linux.".into(),
        );
    }
    let mut command = program("taskset");
    command.args(["-c", core]).arg(name);
    Ok(command)
}

/// Runs a program to its end; the last line that it prints is what it found out.
pub fn found_out(command: &mut Command) -> Outcome<Value> {
    let output = command
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| format!("A program of the bench could not be started: {error}."))?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    if !output.status.success() {
        return Err(format!(
            "A program of the bench failed ({}).\n{text}",
            output.status
        ));
    }
    last_line(&text)
}

/// The JSON in the last line of a text.
pub fn last_line(text: &str) -> Outcome<Value> {
    let line = text.lines().last().unwrap_or_default();
    serde_json::from_str(line).map_err(|_| format!("A program of the bench answered `{line}`."))
}

/// A program that listens, until this is dropped.
pub struct Listening {
    child: Child,
    /// Where it listens.
    pub address: SocketAddr,
}

impl Listening {
    /// Starts a program and waits until it listens. `begin` gets the address.
    pub fn start(begin: impl FnOnce(SocketAddr) -> Outcome<Command>) -> Outcome<Self> {
        let address = SocketAddr::from(([127, 0, 0, 1], free_port()?));
        let mut command = begin(address)?;
        let child = command.stdin(Stdio::null()).stdout(Stdio::null()).spawn();
        let child =
            child.map_err(|error| format!("A program of the bench could not be started: {error}."))?;
        let mut listening = Self { child, address };
        let begun = Instant::now();
        while TcpStream::connect(address).is_err() {
            let ended = listening.child.try_wait().is_ok_and(|ended| ended.is_some());
            if ended || begun.elapsed() > Duration::from_secs(60) {
                return Err(format!(
                    "{:?} does not listen.",
                    command.get_args().collect::<Vec<_>>()
                ));
            }
            sleep(Duration::from_millis(10));
        }
        Ok(listening)
    }

    /// Seconds of work that it has done, on all cores.
    pub fn cpu_seconds(&self) -> Option<f64> {
        cpu_seconds(self.child.id())
    }

    /// Memory that it holds, in megabytes.
    pub fn megabytes(&self) -> Option<f64> {
        megabytes(self.child.id())
    }
}

/// What Linux says of it, in kilobytes.
fn megabytes(process: u32) -> Option<f64> {
    let text = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kilobytes: f64 = line.split_whitespace().next()?.parse().ok()?;
    Some(kilobytes / 1024.0)
}

impl Drop for Listening {
    /// It is asked to end and given time, so that its database is whole and closed afterwards.
    fn drop(&mut self) {
        let id = self.child.id().to_string();
        let asked = answer(program("kill").args(["-TERM", &id]));
        let begun = Instant::now();
        while asked.is_some() && begun.elapsed() < Duration::from_secs(20) {
            if self.child.try_wait().is_ok_and(|ended| ended.is_some()) {
                return;
            }
            sleep(Duration::from_millis(20));
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Linux counts it in hundredths of a second, the 14th and 15th word.
fn cpu_seconds(process: u32) -> Option<f64> {
    let text = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    // The second word is the program's name in brackets, and may hold spaces.
    let (_, after_name) = text.rsplit_once(')')?;
    let words: Vec<&str> = after_name.split_whitespace().collect();
    let ticks: f64 = words
        .get(11..13)?
        .iter()
        .filter_map(|word| word.parse::<f64>().ok())
        .sum();
    Some(ticks / 100.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_of_a_process_is_known() {
        if cfg!(target_os = "linux") {
            assert!(cpu_seconds(std::process::id()).is_some());
            assert!(megabytes(std::process::id()).is_some_and(|megabytes| megabytes > 1.0));
        }
        assert_eq!(cpu_seconds(u32::MAX), None);
        assert_eq!(megabytes(u32::MAX), None);
    }

    #[test]
    fn what_was_found_out_stands_in_the_last_line() {
        assert_eq!(last_line("measuring\n{\"count\": 3}\n").unwrap()["count"], 3);
        assert!(last_line("measuring").is_err());
    }
}
