//! Where data and mail are.

use std::fmt;
use std::path::PathBuf;

use backend::keys::{HiddenText, KeySource};
use backend::mail::SmtpServer;

/// Where the data is.
#[derive(Clone, PartialEq, Eq)]
pub enum DatabasePlace {
    /// A file, for one server.
    Sqlite(PathBuf),
    /// A PostgreSQL database, for one server or several. The address contains a password.
    Postgres(String),
}

impl DatabasePlace {
    /// Reads `sqlite:PATH` or `postgres://…`. Messages do not repeat what was typed: it may contain a password.
    pub fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let path = text
            .strip_prefix("sqlite://")
            .or_else(|| text.strip_prefix("sqlite:"));
        match path {
            Some("") => Err("expected a path after sqlite:, such as sqlite:data/tokenwright.db".into()),
            Some(":memory:") => {
                Err("expected a file: what is kept in memory only is lost at the next start".into())
            }
            Some(path) => Ok(Self::Sqlite(path.into())),
            None if text.starts_with("postgres://") || text.starts_with("postgresql://") => {
                Ok(Self::Postgres(text.into()))
            }
            None => Err("expected sqlite:PATH or postgres://USER:PASSWORD@HOST/NAME".into()),
        }
    }
}

impl fmt::Display for DatabasePlace {
    /// Without what may be secret in it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => write!(f, "SQLite in {}", path.display()),
            Self::Postgres(url) => {
                let place = url
                    .rsplit_once('@')
                    .or_else(|| url.split_once("://"))
                    .map_or("", |(_, place)| place);
                write!(f, "PostgreSQL at {}", place.split('?').next().unwrap_or_default())
            }
        }
    }
}

impl fmt::Debug for DatabasePlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DatabasePlace({self})")
    }
}

/// Where mail goes.
#[derive(Debug, Clone)]
pub enum MailPlace {
    /// A folder of `.eml` files.
    Folder(PathBuf),
    /// A mail server.
    Smtp(SmtpServer),
}

impl MailPlace {
    /// Reads `folder:PATH`, `smtp://…` or `smtps://…`. Messages do not repeat what was typed: it may contain a
    /// password.
    pub fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim();
        match text.strip_prefix("folder:") {
            Some("") => Err("expected a path after folder:, such as folder:data/mail".into()),
            Some(path) => Ok(Self::Folder(path.into())),
            None if text.contains("://") => SmtpServer::parse(text).map(Self::Smtp),
            None => Err("expected folder:PATH, smtp://HOST:PORT or smtps://HOST:PORT".into()),
        }
    }
}

/// Reads `file:PATH`, `fd:NUMBER`, `env:NAME` or `command:…`. Messages do not repeat a command: it may contain a
/// password.
pub fn keys(text: &str) -> Result<KeySource, String> {
    let expected = || {
        "expected file:PATH, fd:NUMBER (of a pipe or file that is open), env:NAME or command:COMMAND".into()
    };
    match text.trim().split_once(':') {
        Some((_, "")) => Err(expected()),
        Some(("file", path)) => Ok(KeySource::File(path.into())),
        Some(("fd", number)) => number.parse().map(KeySource::Descriptor).map_err(|_| expected()),
        Some(("env", name)) => {
            #[expect(clippy::disallowed_methods, reason = "a setting that names a variable")]
            let text = std::env::var(name).ok();
            Ok(KeySource::Variable(name.into(), text.map(HiddenText::new)))
        }
        Some(("command", command)) => Ok(KeySource::Command(command.into())),
        _ => Err(expected()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_database_is_named_without_its_password() {
        let place = DatabasePlace::parse("postgres://ada:s3cret@db.example.org:5432/tokens?sslmode=require")
            .expect("a place");
        assert_eq!(place.to_string(), "PostgreSQL at db.example.org:5432/tokens");
        assert!(!format!("{place:?}").contains("s3cret"));
        assert!(
            !DatabasePlace::parse("mysql://ada:s3cret@db")
                .expect_err("no such engine")
                .contains("s3cret")
        );
    }

    #[test]
    fn keys_come_from_four_kinds_of_places() {
        assert_eq!(keys("file:k.toml"), Ok(KeySource::File("k.toml".into())));
        assert_eq!(keys("fd:3"), Ok(KeySource::Descriptor(3)));
        assert_eq!(
            keys("command:kms decrypt --id a:b"),
            Ok(KeySource::Command("kms decrypt --id a:b".into()))
        );
        let unset = KeySource::Variable("TOKENWRIGHT_NOT_SET".into(), None);
        assert_eq!(keys("env:TOKENWRIGHT_NOT_SET"), Ok(unset));
        for wrong in ["keys.toml", "fd:three", "env:", "vault:x"] {
            assert!(keys(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn sqlite_needs_a_file() {
        assert_eq!(
            DatabasePlace::parse("sqlite:a b.db"),
            Ok(DatabasePlace::Sqlite("a b.db".into()))
        );
        assert!(DatabasePlace::parse("sqlite:").is_err());
        assert!(DatabasePlace::parse("sqlite::memory:").is_err());
    }

    #[test]
    fn mail_goes_to_a_folder_or_a_server() {
        let place = |text| MailPlace::parse(text);
        assert!(matches!(place("folder:out"), Ok(MailPlace::Folder(path)) if path.ends_with("out")));
        assert!(matches!(place("smtp://127.0.0.1:1025"), Ok(MailPlace::Smtp(server)) if server.port == 1025));
        for text in ["folder:", "out", "http://mail.example.org", "smtp://"] {
            assert!(place(text).is_err(), "{text}");
        }
    }
}
