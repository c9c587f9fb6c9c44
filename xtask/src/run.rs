//! `cargo xtask run`: everything built as for production, then the server.

use std::io::ErrorKind;
use std::net::TcpListener;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::process::{program, say};
use crate::site::{self, Kind};
use crate::workspace::setting;
use crate::{Outcome, server};

/// The default address of the server.
pub const ADDRESS: &str = "127.0.0.1:3000";

/// Builds and starts the server; `passed_on` goes to `tokenwright serve`.
pub fn run(passed_on: &[String]) -> Outcome {
    let address = address(passed_on);
    port_is_free(&address)?;
    let binary = build()?;
    port_is_free(&address)?;
    say_where(&address);
    // The server replaces this process, so that Ctrl-C and signals reach it directly.
    let error = serve(&binary, passed_on).exec();
    Err(format!("{} could not be started: {error}.", binary.display()))
}

/// Builds everything as for production, and says where the program is.
pub fn build() -> Outcome<PathBuf> {
    let site = site::build(Kind::Release)?;
    server::build(Kind::Release, &site)
}

/// The command that starts the server.
pub fn serve(binary: &Path, passed_on: &[String]) -> Command {
    let mut command = program(binary);
    command.arg("serve").args(passed_on);
    command
}

/// Tells the person which address to open.
pub fn say_where(address: &str) {
    say(&format!(
        "Tokenwright will be at http://{address}/ (data in data/, Ctrl-C stops it)"
    ));
    say("On its first start it prints a set-up code: open the address and type it there");
}

/// The address that the server will use: flag, then variable, then ours, as the server decides it.
pub fn address(passed_on: &[String]) -> String {
    let mut arguments = passed_on.iter();
    while let Some(argument) = arguments.next() {
        if argument == "--listen" {
            return arguments.next().cloned().unwrap_or_else(|| ADDRESS.into());
        }
        if let Some(address) = argument.strip_prefix("--listen=") {
            return address.to_owned();
        }
    }
    setting("TOKENWRIGHT_LISTEN").unwrap_or_else(|| ADDRESS.into())
}

/// A build takes minutes; a port in use should be reported before.
pub fn port_is_free(address: &str) -> Outcome {
    match TcpListener::bind(address) {
        Err(error) if error.kind() == ErrorKind::AddrInUse => Err(format!(
            "Something listens on {address} already: stop it, or choose another with `cargo xtask run -- --listen 127.0.0.1:3001`."
        )),
        // The server reports any other problem with the address better.
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flag_decides_the_address() {
        let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(
            address(&words("--demo --listen 127.0.0.1:8080")),
            "127.0.0.1:8080"
        );
        assert_eq!(address(&words("--listen=0.0.0.0:80")), "0.0.0.0:80");
    }

    #[test]
    fn a_port_in_use_is_a_sentence() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        assert!(port_is_free(&address).unwrap_err().contains(&address));
    }
}
