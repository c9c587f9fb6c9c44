//! Measurements of a running server: how soon it answers, and how much memory it holds while idle, before and after a job.

mod after_job;

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::postgres::free_port;
use crate::process::{program, run_quietly, say};
use crate::workspace::cannot;
use crate::{Outcome, programs};

/// Codes in the database of a measured server.
const CODES: &str = "100000";

/// What a server may still hold a little after a job has made as many codes more.
pub const MEMORY_AFTER_JOB: u64 = 64_000_000;

/// The results.
pub struct Measured {
    /// From the start of the process to its first answer.
    pub start: Duration,
    /// Resident memory afterwards, in bytes; `None` where the system does not say.
    pub memory: Option<u64>,
    /// The same, a little after a job has made 100,000 codes more.
    pub memory_after_job: Option<u64>,
}

/// Fills a database with 100,000 codes, starts the server on it and measures.
pub fn server(binary: &Path) -> Outcome<Measured> {
    let folder = std::env::temp_dir().join(format!("tokenwright-measure-{}", std::process::id()));
    fs::create_dir_all(&folder).map_err(|error| cannot("make", &folder, &error))?;
    let measured = fill(&folder).and_then(|()| start(binary, &folder));
    fs::remove_dir_all(&folder).map_err(|error| cannot("remove", &folder, &error))?;
    measured
}

fn fill(folder: &Path) -> Outcome {
    let use_cases = programs::build("use_cases")?;
    say(&format!("Filling a database with {CODES} codes"));
    run_quietly(
        program(use_cases)
            .arg("prepare")
            .arg(folder)
            .args(["--codes", CODES]),
    )
}

fn start(binary: &Path, folder: &Path) -> Outcome<Measured> {
    let address = format!("127.0.0.1:{}", free_port()?);
    let mut serve = program(binary);
    serve
        .args(["serve", "--listen", &address, "--data-dir"])
        .arg(folder);
    let begun = Instant::now();
    let child = serve
        .current_dir(folder)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    let mut child = Ended(child.map_err(|error| format!("The server could not be started: {error}."))?);
    while !answers(&address) {
        if begun.elapsed() > Duration::from_secs(20) || child.0.try_wait().is_ok_and(|ended| ended.is_some())
        {
            return Err("The server did not answer.".into());
        }
        sleep(Duration::from_millis(5));
    }
    let start = begun.elapsed();
    // By then it has finished its work after the start.
    sleep(Duration::from_secs(3));
    let memory = resident(child.0.id());
    Ok(Measured {
        start,
        memory,
        memory_after_job: after_job::measure(&address, child.0.id())?,
    })
}

fn answers(address: &str) -> bool {
    let ask = || -> std::io::Result<String> {
        let mut connection = TcpStream::connect(address)?;
        connection.set_read_timeout(Some(Duration::from_secs(2)))?;
        write!(
            connection,
            "GET /healthz HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n"
        )?;
        let mut answer = String::new();
        connection.read_to_string(&mut answer)?;
        Ok(answer)
    };
    ask().is_ok_and(|answer| answer.starts_with("HTTP/1.1 200"))
}

/// Linux reports it in kilobytes.
fn resident(process: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.split_whitespace()
        .next()?
        .parse::<u64>()
        .ok()
        .map(|kilobytes| kilobytes * 1024)
}

/// A server that does not outlive the measurement.
struct Ended(Child);

impl Drop for Ended {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_memory_of_a_process_is_known() {
        if cfg!(target_os = "linux") {
            assert!(resident(std::process::id()).unwrap() > 1024 * 1024);
        }
        assert_eq!(resident(u32::MAX), None);
    }
}
