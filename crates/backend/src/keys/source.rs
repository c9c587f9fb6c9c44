//! Where keys come from: a file, or what a key management service supplies.

use std::fmt;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use zeroize::Zeroizing;

use super::error::KeyError;
use super::file;

/// How long a command that prints the keys may take.
const COMMAND_TIME: Duration = Duration::from_secs(30);

/// Where keys come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeySource {
    /// Our own file, which is created and rotated in place.
    File(PathBuf),
    /// The content of an open file descriptor, such as a pipe from the service manager.
    Descriptor(u32),
    /// An environment variable: its name, and its value at the start.
    Variable(String, Option<HiddenText>),
    /// The output of a shell command.
    Command(String),
    /// Only memory, for tests.
    Memory,
}

/// A text that is not printed.
#[derive(Clone, PartialEq, Eq)]
pub struct HiddenText(Zeroizing<String>);

impl HiddenText {
    /// Hides a text.
    pub fn new(text: String) -> Self {
        Self(Zeroizing::new(text))
    }
}

impl fmt::Debug for HiddenText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HiddenText(…)")
    }
}

impl fmt::Display for KeySource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(f, "the key file {}", path.display()),
            Self::Descriptor(number) => write!(f, "the file descriptor {number}"),
            Self::Variable(name, _) => write!(f, "the environment variable {name}"),
            // It may hold a password.
            Self::Command(_) => f.write_str("the command that prints the keys"),
            Self::Memory => f.write_str("memory"),
        }
    }
}

impl KeySource {
    /// The file, if it is one.
    pub fn path(&self) -> Option<&Path> {
        match self {
            Self::File(path) => Some(path),
            _ => None,
        }
    }

    /// Whether it can be read more than once while the program runs.
    pub(crate) fn can_change(&self) -> bool {
        matches!(self, Self::File(_) | Self::Command(_))
    }

    /// Its text; `None` when there is nothing.
    ///
    /// # Errors
    /// [`KeyError`], with a message for the operator.
    pub(crate) fn read(&self) -> Result<Option<Zeroizing<String>>, KeyError> {
        let text = match self {
            Self::File(path) => return file::read(path),
            Self::Descriptor(number) => {
                let path = PathBuf::from(format!("/dev/fd/{number}"));
                Some(std::fs::read_to_string(path).map_err(|error| self.failed(error))?)
            }
            Self::Variable(_, text) => text.as_ref().map(|text| text.0.as_str().to_owned()),
            Self::Command(command) => Some(run(command).map_err(|error| self.failed(error))?),
            Self::Memory => None,
        };
        Ok(text.map(Zeroizing::new).filter(|text| !text.trim().is_empty()))
    }

    fn failed(&self, error: std::io::Error) -> KeyError {
        let mut name = self.to_string();
        name[..1].make_ascii_uppercase();
        KeyError::Io(name, error)
    }
}

/// The output of a command. Its standard error goes to ours.
fn run(command: &str) -> std::io::Result<String> {
    let mut child = Command::new("/bin/sh")
        .args(["-c", command])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()?;
    let mut stdout = child.stdout.take();
    let reader = std::thread::spawn(move || {
        let mut text = String::new();
        stdout
            .as_mut()
            .map_or(Ok(0), |stdout| stdout.read_to_string(&mut text))?;
        Ok(text)
    });
    let begun = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait()? {
            break status;
        }
        if begun.elapsed() > COMMAND_TIME {
            child.kill()?;
            child.wait()?;
            return Err(std::io::Error::other("it did not end within 30 seconds"));
        }
        std::thread::sleep(Duration::from_millis(10));
    };
    if !status.success() {
        return Err(std::io::Error::other(format!("it ended with {status}")));
    }
    let text: std::io::Result<String> = reader
        .join()
        .map_err(|_| std::io::Error::other("its output could not be read"))?;
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_hands_keys_over_and_says_when_it_failed() {
        let source = KeySource::Command("printf 'keys = []'".into());
        assert_eq!(source.read().expect("read").expect("text").as_str(), "keys = []");
        let failed = KeySource::Command("exit 3".into()).read().expect_err("failed");
        assert!(failed.to_string().contains("exit status: 3"), "{failed}");
        assert!(!format!("{:?}", HiddenText::new("canary".into())).contains("canary"));
    }
}
