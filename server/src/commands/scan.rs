//! `tokenwright scan`: tokens in files, recognised by their form and checksum, and looked up by their digest. Only
//! their hints are printed, and nothing leaves this machine; but for the beginnings of their digests, where a server is to be
//! asked ([`by_digest`]).

mod by_digest;

use std::borrow::Cow;
use std::fs::Metadata;
use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use backend::Backend;
use backend::scan_digest::ScanDigest;
use domain::prefixed;
use serde_json::{Value, json};

use crate::cli::Error;
use crate::cli::token::{Output, Scan, TROUBLE};
use crate::config::Settings;

/// Scans, with the database if there is one.
pub async fn run(settings: &Settings, what: &Scan) -> Result<ExitCode, Error> {
    if what.server.is_some() {
        return scan(None, what).await;
    }
    match super::open(settings).await {
        Ok(backend) => {
            let done = scan(Some(&backend), what).await;
            backend.database().close().await;
            done
        }
        Err(error) => {
            eprintln!("{error}");
            scan(None, what).await
        }
    }
}

/// What was found, and whether something could not be read.
#[derive(Default)]
struct Findings {
    rows: Vec<Value>,
    /// The digest of what was found, row by row.
    digests: Vec<ScanDigest>,
    is_incomplete: bool,
}

/// Finds tokens in files. Without a database or a server it is unknown which are alive.
pub(super) async fn scan(backend: Option<&Backend>, what: &Scan) -> Result<ExitCode, Error> {
    let mut findings = Findings::default();
    let mut files = Vec::new();
    for path in &what.paths {
        // Links given as arguments are followed, links within folders are not: they may lead in circles.
        findings.walk(path, std::fs::metadata(path), &mut files);
    }
    for file in files {
        match std::fs::read(&file) {
            Ok(bytes) => findings.search(backend, &file, &bytes).await?,
            Err(error) => findings.could_not_read(&file, &error),
        }
    }
    if let Some(server) = &what.server {
        findings.ask(server).await;
    }
    findings.print(what);
    Ok(findings.verdict())
}

impl Findings {
    fn walk(&mut self, path: &Path, about: io::Result<Metadata>, files: &mut Vec<PathBuf>) {
        match about {
            Ok(about) if about.is_dir() => match std::fs::read_dir(path) {
                Ok(entries) => {
                    for entry in entries {
                        match entry {
                            Ok(entry) => self.walk(&entry.path(), entry.metadata(), files),
                            Err(error) => self.could_not_read(path, &error),
                        }
                    }
                }
                Err(error) => self.could_not_read(path, &error),
            },
            Ok(about) if about.is_file() => files.push(path.to_owned()),
            Ok(_) => {}
            Err(error) => self.could_not_read(path, &error),
        }
    }

    fn could_not_read(&mut self, path: &Path, error: &io::Error) {
        eprintln!("{} could not be read: {error}.", path.display());
        self.is_incomplete = true;
    }

    async fn search(&mut self, backend: Option<&Backend>, file: &Path, bytes: &[u8]) -> Result<(), Error> {
        for (number, line) in text(bytes).lines().enumerate() {
            for secret in prefixed::in_text(line) {
                let found = match backend {
                    Some(backend) => Some(backend.verify(secret.reveal()).await?),
                    None => None,
                };
                self.digests.push(ScanDigest::of(&secret));
                self.rows.push(json!({
                    "path": file.display().to_string(),
                    "line": number + 1,
                    "hint": secret.hint().to_string(),
                    "alive": found.as_ref().map(Option::is_some),
                    "id": found.flatten().map(|token| token.id),
                }));
            }
        }
        Ok(())
    }

    /// Asks a server which are alive. What it does not say stays unknown.
    async fn ask(&mut self, server: &str) {
        match by_digest::alive(server, &self.digests).await {
            Ok(alive) => {
                for (row, digest) in self.rows.iter_mut().zip(&self.digests) {
                    row["alive"] = json!(alive.contains(digest));
                }
            }
            Err(trouble) => eprintln!("{trouble}"),
        }
    }

    fn print(&self, what: &Scan) {
        match what.output {
            Output::Json => println!("{}", Value::Array(self.rows.clone())),
            Output::Text => {
                for row in &self.rows {
                    let state = match row["alive"].as_bool() {
                        Some(true) => "ALIVE",
                        Some(false) => "opens nothing",
                        None => "not looked up",
                    };
                    let text = |name: &str| row[name].as_str().unwrap_or_default().to_owned();
                    println!("{}:{}: {} {state}", text("path"), row["line"], text("hint"));
                }
            }
        }
        if what.server.is_none() && self.rows.iter().any(|row| row["alive"].is_null()) {
            eprintln!(
                "There is no database to ask which of these tokens are alive. Name it with --data-dir or --database, or a \
                 server with --server."
            );
        }
    }

    fn verdict(&self) -> ExitCode {
        let has = |alive: &Value| self.rows.iter().any(|row| row["alive"] == *alive);
        if has(&json!(true)) {
            ExitCode::from(1)
        } else if self.is_incomplete || has(&Value::Null) {
            ExitCode::from(TROUBLE)
        } else {
            ExitCode::SUCCESS
        }
    }
}

/// The text of a file. Windows writes UTF-16, with or without a byte order mark; tokens are ASCII, so without the zeros
/// they read the same in all of these.
fn text(bytes: &[u8]) -> Cow<'_, str> {
    let units = |of: fn([u8; 2]) -> u16| {
        let units = bytes.chunks_exact(2).map(|pair| of([pair[0], pair[1]]));
        let text = char::decode_utf16(units).map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER));
        Cow::Owned(text.collect())
    };
    match bytes {
        [0xff, 0xfe, ..] => units(u16::from_le_bytes),
        [0xfe, 0xff, ..] => units(u16::from_be_bytes),
        _ if bytes.contains(&0) => {
            let without: Vec<u8> = bytes.iter().copied().filter(|byte| *byte != 0).collect();
            Cow::Owned(String::from_utf8_lossy(&without).into_owned())
        }
        _ => String::from_utf8_lossy(bytes),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOKEN: &str = "twa_00000000000000000000000000000000000000000000znndx";

    #[test]
    fn tokens_are_found_in_every_encoding_that_files_are_written_in() {
        let written = format!("käy\r\nTOKEN={TOKEN}\r\n");
        let utf16 = |of: fn(u16) -> [u8; 2], mark: &str| -> Vec<u8> {
            let text = format!("{mark}{written}");
            text.encode_utf16().flat_map(of).collect()
        };
        for bytes in [
            written.as_bytes().to_vec(),
            format!("\u{feff}{written}").into_bytes(),
            utf16(u16::to_le_bytes, "\u{feff}"),
            utf16(u16::to_be_bytes, "\u{feff}"),
            utf16(u16::to_le_bytes, ""),
            utf16(u16::to_be_bytes, ""),
        ] {
            let text = text(&bytes);
            let line = text.lines().position(|line| prefixed::in_text(line).count() == 1);
            assert_eq!(line, Some(1), "{text:?}");
        }
        assert_eq!(prefixed::in_text(&text(b"tw\xffa_\0\0")).count(), 0);
    }
}
