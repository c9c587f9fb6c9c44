//! The generator: how it is started, and what it saw.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Stdio};

use serde_json::Value;

use super::programs::{ASKING, Listening, Programs, found_out, last_line, pinned};
use super::rounds::Run;
use super::syncs::Syncs;
use crate::Outcome;

/// What is asked, how, and for how long.
pub struct Load<'a> {
    /// The programs.
    pub programs: &'a Programs,
    /// What the generator calls it.
    pub what: &'static str,
    /// The folder with the list of codes.
    pub codes: &'a Path,
    /// How many of them are used.
    pub spread: usize,
    /// Whether they are used by chance, the first ones most often.
    pub zipf: bool,
    /// Connections at once.
    pub connections: usize,
    /// How long it is counted.
    pub seconds: f64,
    /// Requests in a second; `None`: as many as there are answers.
    pub rate: Option<f64>,
}

impl Load<'_> {
    /// Asks the servers, in turn, and counts; their work, too, and how often they synchronised the disk.
    pub fn on(&self, servers: &[Listening], syncs: Option<&Syncs>) -> Outcome<Run> {
        let work = || servers.iter().map(Listening::cpu_seconds).sum::<Option<f64>>();
        let mut load = self.command(servers)?;
        let mut child = load
            .args(["--connections", &self.connections.to_string()])
            .args(["--seconds", &self.seconds.to_string()])
            .args(["--spread", &self.spread.to_string()])
            .args(self.zipf.then_some("--zipf"))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| format!("The generator could not be started: {error}."))?;
        let mut lines = lines(&mut child)?;
        if lines()? != "measuring" {
            return Err("The generator did not begin.".into());
        }
        let (work_before, syncs_before) = (work(), syncs.map(Syncs::count));
        let report = lines()?;
        let (work_after, syncs_after) = (work(), syncs.map(Syncs::count));
        let ended = child
            .wait()
            .map_err(|error| format!("The generator is lost: {error}."))?;
        if !ended.success() {
            return Err(format!("The generator failed ({ended})."));
        }
        let report = last_line(&report)?;
        let count = number(&report, "count")?;
        let each = |before: Option<f64>, after: Option<f64>| Some((after? - before?) / count);
        Ok(Run {
            rate: without_errors(&report)? / number(&report, "seconds")?,
            cpu_us: each(work_before, work_after).map(|seconds| seconds * 1e6),
            syncs: each(syncs_before, syncs_after),
            latency_us: report["p50_us"].as_u64().zip(report["p99_us"].as_u64()),
        })
    }

    /// Writes one answer into a file.
    pub fn sample(&self, server: &Listening, file: &Path) -> Outcome {
        let mut load = self.command(std::slice::from_ref(server))?;
        let status = load.arg("--sample").arg(file).status();
        match status {
            Ok(status) if status.success() => Ok(()),
            _ => Err("The server does not answer as expected.".into()),
        }
    }

    fn command(&self, servers: &[Listening]) -> Outcome<std::process::Command> {
        let addresses: Vec<SocketAddr> = servers.iter().map(|server| server.address).collect();
        let addresses: Vec<String> = addresses.iter().map(ToString::to_string).collect();
        let mut load = pinned(ASKING, &self.programs.of_bench("load"))?;
        load.args(["--what", self.what, "--to", &addresses.join(",")])
            .arg("--codes")
            .arg(self.codes);
        if let Some(rate) = self.rate {
            load.args(["--rate", &rate.to_string()]);
        }
        Ok(load)
    }
}

/// The lines that a program prints, one after the other.
fn lines(child: &mut Child) -> Outcome<impl FnMut() -> Outcome<String> + use<>> {
    let output = child.stdout.take().ok_or("The generator has no output.")?;
    let mut lines = BufReader::new(output).lines();
    Ok(move || match lines.next() {
        Some(Ok(line)) => Ok(line),
        _ => Err("The generator ended too early.".to_owned()),
    })
}

/// A rate counts only when nobody was refused: a server that says no quickly is not fast.
fn without_errors(report: &Value) -> Outcome<f64> {
    match report["errors"].as_u64() {
        Some(0) => number(report, "count"),
        errors => Err(format!(
            "{} requests failed; the first one with {}.",
            errors.unwrap_or_default(),
            report["first_error"]
        )),
    }
}

/// A program that counts and times itself.
pub fn timed(command: &mut std::process::Command) -> Outcome<Run> {
    let report = found_out(command)?;
    Ok(Run {
        rate: number(&report, "count")? / number(&report, "seconds")?,
        ..Run::default()
    })
}

fn number(report: &Value, name: &str) -> Outcome<f64> {
    report[name]
        .as_f64()
        .filter(|number| *number > 0.0)
        .ok_or_else(|| format!("A program of the bench counted nothing: {report}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_rate_with_errors_is_none() {
        assert_eq!(without_errors(&json!({"count": 7, "errors": 0})).unwrap(), 7.0);
        let sentence = without_errors(&json!({"count": 7, "errors": 2, "first_error": "HTTP/1.1 410 Gone"}));
        assert!(sentence.unwrap_err().contains("410"));
        assert!(without_errors(&json!({"count": 0, "errors": 0})).is_err());
    }
}
