//! What one may ask `cargo xtask bench` for.

use std::path::PathBuf;

use super::PARTS;
use crate::Outcome;

/// The options of the command.
pub struct Options {
    /// Where the judged numbers are written as well.
    pub json: Option<PathBuf>,
    /// The parts to measure; all when it is empty.
    pub only: Vec<String>,
    /// Codes in the large database.
    pub codes: u64,
    /// Page tokens in the large database.
    pub pages: u64,
    /// API tokens in the large database of those.
    pub api_tokens: u64,
    /// Credentials in the large database of those.
    pub credentials: u64,
    /// How long each side of a pair is measured in each round.
    pub seconds: f64,
    /// A server that is measured instead of a new build.
    pub binary: Option<PathBuf>,
}

impl Options {
    /// Reads the command line.
    pub fn read(arguments: &[String]) -> Outcome<Self> {
        let mut options = Self {
            json: None,
            only: Vec::new(),
            codes: 1_000_000,
            pages: 1_000_000,
            api_tokens: 1_000_000,
            credentials: 1_000_000,
            seconds: 8.0,
            binary: None,
        };
        let mut arguments = arguments.iter();
        while let Some(name) = arguments.next() {
            let value = arguments
                .next()
                .ok_or_else(|| format!("`{name}` needs a value. {HELP}"))?;
            match name.as_str() {
                "--json" => options.json = Some(value.into()),
                "--only" => options.only.push(part(value)?),
                "--codes" => options.codes = number(name, value, 1_000.0)? as u64,
                "--pages" => options.pages = number(name, value, 1_000.0)? as u64,
                "--api-tokens" => options.api_tokens = number(name, value, 100_000.0)? as u64,
                "--credentials" => options.credentials = number(name, value, 1_000.0)? as u64,
                "--seconds" => options.seconds = number(name, value, 0.5)?,
                "--binary" => options.binary = Some(value.into()),
                _ => return Err(format!("`{name}` is not understood. {HELP}")),
            }
        }
        Ok(options)
    }

    /// Whether a part was asked for.
    pub fn wants(&self, part: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|only| only == part)
    }
}

const HELP: &str = "It takes --json FILE, --only PART, --codes NUMBER, --pages NUMBER, --api-tokens NUMBER, --credentials NUMBER, \
    --seconds NUMBER and --binary FILE.";

fn part(name: &str) -> Outcome<String> {
    if PARTS.contains(&name) {
        Ok(name.to_owned())
    } else {
        Err(format!(
            "There is no part `{name}`; there are {}.",
            PARTS.join(", ")
        ))
    }
}

fn number(name: &str, value: &str, least: f64) -> Outcome<f64> {
    let digits: String = value.chars().filter(|letter| *letter != '_').collect();
    match digits.parse() {
        Ok(number) if number >= least => Ok(number),
        _ => Err(format!("{name} is a number of at least {least}, not `{value}`.")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Outcome<Options> {
        Options::read(&line.split_whitespace().map(str::to_owned).collect::<Vec<_>>())
    }

    #[test]
    fn everything_is_measured_unless_something_is_named() {
        assert!(read("").unwrap().wants("redeem"));
        let some = read("--only page --only codes --codes 10_000_000 --seconds 2").unwrap();
        assert!(some.wants("page") && some.wants("codes") && !some.wants("redeem"));
        assert_eq!(
            (some.codes, some.pages, some.seconds),
            (10_000_000, 1_000_000, 2.0)
        );
        assert_eq!(read("--only gate --pages 10_000_000").unwrap().pages, 10_000_000);
        let many = read("--only credentials --credentials 2_000_000").unwrap();
        assert!(many.wants("credentials") && many.credentials == 2_000_000);
    }

    #[test]
    fn what_is_not_understood_is_said() {
        for line in [
            "--credentials 999",
            "--only pages",
            "--codes many",
            "--seconds",
            "1000000",
        ] {
            assert!(read(line).is_err(), "{line}");
        }
    }
}
