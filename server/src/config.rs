//! Settings: by flag, then by `TOKENWRIGHT_*` variable, then from `tokenwright.toml`.
//!
//! Everything is read as text and checked here, so that all problems are reported at once, in plain words, each under
//! the name that the operator used for it.

mod file;
mod listen;
mod places;

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;

use backend::keys::KeySource;
use clap::Args;

pub use domain::network::Network;
pub use file::FileSettings;
pub use listen::PublicUrl;
pub use places::{DatabasePlace, MailPlace};

/// The settings as flags and variables. Each of them is also a key of `tokenwright.toml`.
#[derive(Args, Clone, Default)]
#[command(next_help_heading = "Settings (flag, else variable, else tokenwright.toml)")]
pub struct Options {
    /// A file with settings; ./tokenwright.toml is read if it exists
    #[arg(long, global = true, env = "TOKENWRIGHT_CONFIG", value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Address and port to listen on [default: 127.0.0.1:3000]
    #[arg(long, global = true, env = "TOKENWRIGHT_LISTEN", value_name = "ADDRESS:PORT")]
    pub listen: Option<String>,
    /// sqlite:PATH or postgres://USER:PASSWORD@HOST/NAME [default: sqlite:DATA-DIR/tokenwright.db]
    #[arg(
        long,
        global = true,
        env = "TOKENWRIGHT_DATABASE",
        value_name = "PLACE",
        hide_env_values = true
    )]
    pub database: Option<String>,
    /// Folder of the key file and, with SQLite, of the database [default: ./data]
    #[arg(long, global = true, env = "TOKENWRIGHT_DATA_DIR", value_name = "FOLDER")]
    pub data_dir: Option<String>,
    /// Where the keys come from: file:PATH, fd:NUMBER, env:NAME or command:… [default: file:DATA-DIR/keys.toml]
    #[arg(
        long,
        global = true,
        env = "TOKENWRIGHT_KEYS",
        value_name = "PLACE",
        hide_env_values = true
    )]
    pub keys: Option<String>,
    /// The URL by which browsers reach this site; links in mails begin with it [default: http://LISTEN]
    #[arg(long, global = true, env = "TOKENWRIGHT_PUBLIC_URL", value_name = "URL")]
    pub public_url: Option<String>,
    /// smtp://USER:PASSWORD@HOST:PORT, smtps://…, or folder:PATH for .eml files [default: folder:DATA-DIR/mail]
    #[arg(
        long,
        global = true,
        env = "TOKENWRIGHT_MAIL",
        value_name = "PLACE",
        hide_env_values = true
    )]
    pub mail: Option<String>,
    /// The format of the log: text or json [default: text]
    #[arg(long, global = true, env = "TOKENWRIGHT_LOG", value_name = "FORM")]
    pub log: Option<String>,
    /// Reverse proxies whose X-Forwarded-For is trusted, such as 10.0.0.0/8,::1 [default: none]
    #[arg(
        long,
        global = true,
        env = "TOKENWRIGHT_TRUSTED_PROXY",
        value_name = "NETWORKS"
    )]
    pub trusted_proxy: Option<String>,
    /// Reading /metrics from elsewhere requires `Authorization: Bearer` with this [default: loopback only]
    #[arg(
        long,
        global = true,
        env = "TOKENWRIGHT_METRICS_TOKEN",
        value_name = "SECRET",
        hide_env_values = true
    )]
    pub metrics_token: Option<String>,
    /// The code that opens the first set-up page [default: a random one, printed in the log]
    #[arg(
        long,
        global = true,
        env = "TOKENWRIGHT_SETUP_CODE",
        value_name = "CODE",
        hide_env_values = true
    )]
    pub setup_code: Option<String>,
    /// How many API tokens, and how many of apps, are cached in memory [default: 262144]
    #[arg(
        long,
        global = true,
        env = "TOKENWRIGHT_TOKENS_IN_MEMORY",
        value_name = "NUMBER"
    )]
    pub tokens_in_memory: Option<String>,
    /// Whether HSTS also covers the subdomains of the public URL: true or false [default: false]
    #[arg(long, global = true, env = "TOKENWRIGHT_HSTS_SUBDOMAINS", value_name = "BOOL")]
    pub hsts_subdomains: Option<String>,
    /// Where to report a vulnerability, for /.well-known/security.txt: an address or an https URL [default: no such
    /// file]
    #[arg(
        long,
        global = true,
        env = "TOKENWRIGHT_SECURITY_CONTACT",
        value_name = "CONTACT"
    )]
    pub security_contact: Option<String>,
}

/// Validated settings.
#[derive(Clone)]
pub struct Settings {
    /// Where to listen.
    pub listen: SocketAddr,
    /// Where the data is.
    pub database: DatabasePlace,
    /// The folder of everything that has no other place.
    pub data_dir: PathBuf,
    /// Where the keys come from.
    pub keys: KeySource,
    /// The URL by which browsers reach the site, if it was set.
    pub public_url: Option<PublicUrl>,
    /// Where mail goes.
    pub mail: MailPlace,
    /// The format of the log.
    pub log: LogForm,
    /// Whose `X-Forwarded-For` is trusted.
    pub trusted_proxies: Vec<Network>,
    /// The token that `/metrics` requires when it is read from elsewhere.
    pub metrics_token: Option<String>,
    /// The preset set-up code.
    pub setup_code: Option<String>,
    /// How many tokens are cached in memory, if it was set.
    pub tokens_in_memory: Option<usize>,
    /// Whether HSTS also covers subdomains.
    pub hsts_subdomains: bool,
    /// Where to report a vulnerability, as a URI.
    pub security_contact: Option<String>,
}

/// The format of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogForm {
    /// Lines for people.
    Text,
    /// Lines for programs.
    Json,
}

/// All problems with the settings.
#[derive(Debug, PartialEq, Eq)]
pub struct BadSettings(Vec<String>);

impl fmt::Display for BadSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let settings = if self.0.len() == 1 {
            "This setting does"
        } else {
            "These settings do"
        };
        write!(f, "{settings} not work:")?;
        for problem in &self.0 {
            write!(f, "\n  - {problem}")?;
        }
        Ok(())
    }
}

impl std::error::Error for BadSettings {}

impl Settings {
    /// Reads the file, if there is one, and checks everything.
    ///
    /// # Errors
    /// All problems at once, in words.
    pub fn load(options: &Options) -> Result<Self, BadSettings> {
        let (file, mut problems) = FileSettings::find(options.config.as_deref());
        let settings = Self::check(options, &file, &mut problems);
        match settings {
            Some(settings) if problems.is_empty() => Ok(settings),
            _ => Err(BadSettings(problems)),
        }
    }

    /// The files and folders that nobody else on the machine should read.
    pub fn private_places(&self) -> Vec<PathBuf> {
        let mut places = vec![self.data_dir.clone()];
        if let DatabasePlace::Sqlite(path) = &self.database {
            places.push(path.clone());
            places.extend(["-wal", "-shm"].map(|side| {
                let mut path = path.clone().into_os_string();
                path.push(side);
                path.into()
            }));
        }
        if let KeySource::File(path) = &self.keys {
            places.push(path.clone());
        }
        places
    }

    /// The URL of a site that listens on an address.
    pub fn public_url(&self, address: SocketAddr) -> PublicUrl {
        self.public_url
            .clone()
            .unwrap_or_else(|| PublicUrl::of_listener(address))
    }

    fn check(options: &Options, file: &FileSettings, problems: &mut Vec<String>) -> Option<Self> {
        let mut check = Check { file, problems };
        let data_dir = check
            .text("data-dir", &options.data_dir)
            .unwrap_or_else(|| "./data".into());
        let data_dir = PathBuf::from(data_dir);

        let keys = check.read("keys", &options.keys, places::keys);
        let keys = keys.unwrap_or_else(|| Some(KeySource::File(data_dir.join("keys.toml"))));
        let listen = check.read("listen", &options.listen, listen::address);
        let listen = listen.unwrap_or(Some(listen::DEFAULT));
        let database = check.read("database", &options.database, DatabasePlace::parse);
        let database =
            database.unwrap_or_else(|| Some(DatabasePlace::Sqlite(data_dir.join("tokenwright.db"))));
        let mail = check.read("mail", &options.mail, MailPlace::parse);
        let mail = mail.unwrap_or_else(|| Some(MailPlace::Folder(data_dir.join("mail"))));
        let public_url = check.read("public-url", &options.public_url, PublicUrl::parse);
        let log = check
            .read("log", &options.log, LogForm::parse)
            .unwrap_or(Some(LogForm::Text));
        let trusted_proxies = check
            .read("trusted-proxy", &options.trusted_proxy, Network::parse_list)
            .unwrap_or(Some(Vec::new()));
        let metrics_token = check.read("metrics-token", &options.metrics_token, |text| {
            long_enough(text, 16)
        });
        let setup_code = check.read("setup-code", &options.setup_code, |text| long_enough(text, 6));
        let hsts_subdomains = check
            .read("hsts-subdomains", &options.hsts_subdomains, boolean)
            .unwrap_or(Some(false));
        let security_contact = check.read("security-contact", &options.security_contact, contact);

        let tokens_in_memory = check.read("tokens-in-memory", &options.tokens_in_memory, number_of_tokens);

        Some(Self {
            listen: listen?,
            database: database?,
            data_dir,
            keys: keys?,
            public_url: public_url.flatten(),
            mail: mail?,
            log: log?,
            trusted_proxies: trusted_proxies?,
            metrics_token: metrics_token.flatten(),
            setup_code: setup_code.flatten(),
            tokens_in_memory: tokens_in_memory.flatten(),
            hsts_subdomains: hsts_subdomains?,
            security_contact: security_contact.flatten(),
        })
    }
}

impl LogForm {
    fn parse(text: &str) -> Result<Self, String> {
        match text {
            "text" => Ok(Self::Text),
            "json" => Ok(Self::Json),
            _ => Err("expected text or json".into()),
        }
    }
}

/// From a thousand to a hundred million.
fn number_of_tokens(text: &str) -> Result<usize, String> {
    let number = text.trim().replace('_', "").parse();
    let fits = number
        .ok()
        .filter(|number| (1_000..=100_000_000).contains(number));
    fits.ok_or_else(|| "expected a number of at least 1000".into())
}

fn boolean(text: &str) -> Result<bool, String> {
    text.trim().parse().map_err(|_| "expected true or false".into())
}

/// A contact as a URI, which is what RFC 9116 asks for.
fn contact(text: &str) -> Result<String, String> {
    let text = text.trim();
    let address = text.strip_prefix("mailto:").unwrap_or(text);
    if let Ok(address) = address.parse::<domain::EmailAddress>() {
        return Ok(format!("mailto:{address}"));
    }
    match text.parse::<http::Uri>() {
        Ok(uri) if uri.scheme_str() == Some("https") && uri.host().is_some() => Ok(text.to_owned()),
        _ => Err("expected an e-mail address or an https URL".into()),
    }
}

/// A secret that cannot be guessed quickly. The message does not repeat it.
fn long_enough(text: &str, least: usize) -> Result<String, String> {
    let text = text.trim();
    if text.chars().count() >= least {
        Ok(text.to_owned())
    } else {
        Err(format!("expected at least {least} characters"))
    }
}

/// Reads one setting after the other and collects the problems.
struct Check<'a> {
    file: &'a FileSettings,
    problems: &'a mut Vec<String>,
}

impl Check<'_> {
    /// The text of a setting: the flag or variable, else the file's; blank is the same as absent.
    fn text(&self, name: &'static str, option: &Option<String>) -> Option<String> {
        let given = option.as_ref().or_else(|| self.file.get(name))?;
        Some(given.clone()).filter(|text| !text.trim().is_empty())
    }

    /// `None`: not set. `Some(None)`: set to an invalid value, which was reported.
    fn read<T>(
        &mut self,
        name: &'static str,
        option: &Option<String>,
        parse: impl FnOnce(&str) -> Result<T, String>,
    ) -> Option<Option<T>> {
        let text = self.text(name, option)?;
        Some(
            parse(&text)
                .map_err(|expected| self.problems.push(format!("{name}: {expected}.")))
                .ok(),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(options: &Options, file: &str) -> Result<Settings, Vec<String>> {
        let (file, mut problems) = FileSettings::parse("tokenwright.toml", file);
        Settings::check(options, &file, &mut problems)
            .filter(|_| problems.is_empty())
            .ok_or(problems)
    }

    #[test]
    fn nothing_has_to_be_set() {
        let settings = check(&Options::default(), "").expect("the defaults work");

        assert_eq!(settings.listen.to_string(), "127.0.0.1:3000");
        assert_eq!(
            settings.public_url(settings.listen).as_str(),
            "http://127.0.0.1:3000"
        );
        assert_eq!(
            settings.database,
            DatabasePlace::Sqlite("./data/tokenwright.db".into())
        );
        assert!(matches!(settings.mail, MailPlace::Folder(folder) if folder.ends_with("data/mail")));
        assert!(settings.trusted_proxies.is_empty() && settings.tokens_in_memory.is_none());
        let some = check(&Options::default(), "tokens-in-memory = \"10_000\"").expect("settings");
        assert_eq!(some.tokens_in_memory, Some(10_000));
        for wrong in ["many", "-1", "10"] {
            let options = Options {
                tokens_in_memory: Some(wrong.into()),
                ..Options::default()
            };
            assert!(check(&options, "").is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_flag_wins_over_the_file_and_the_data_folder_carries_the_rest() {
        let options = Options {
            listen: Some("127.0.0.1:4000".into()),
            ..Options::default()
        };
        let settings = check(
            &options,
            "listen = \"127.0.0.1:5000\"\ndata-dir = \"/srv/tokenwright\"",
        )
        .expect("settings");

        assert_eq!(settings.listen.port(), 4000);
        assert_eq!(
            settings.public_url(settings.listen).as_str(),
            "http://127.0.0.1:4000"
        );
        assert_eq!(
            settings.database,
            DatabasePlace::Sqlite("/srv/tokenwright/tokenwright.db".into())
        );
    }

    #[test]
    fn a_contact_is_an_address_or_an_https_url() {
        assert_eq!(contact(" it@example.org "), Ok("mailto:it@example.org".into()));
        assert_eq!(
            contact("mailto:it@example.org"),
            Ok("mailto:it@example.org".into())
        );
        assert_eq!(
            contact("https://example.org/security"),
            Ok("https://example.org/security".into())
        );
        for wrong in [
            "http://example.org",
            "example.org",
            "mailto:",
            "https://",
            "a@b.example\nExpires: x",
        ] {
            assert!(contact(wrong).is_err(), "{wrong}");
        }
        let settings = check(&Options::default(), "hsts-subdomains = true").expect("settings");
        assert!(settings.hsts_subdomains && settings.security_contact.is_none());
    }

    #[test]
    fn all_problems_are_told_at_once() {
        let options = Options {
            listen: Some("here".into()),
            mail: Some("smtp://ada:hunter2@mail.example.org:post".into()),
            public_url: Some("example.org".into()),
            trusted_proxy: Some("10.0.0.0/99".into()),
            metrics_token: Some("hunter2".into()),
            ..Options::default()
        };
        let problems = check(&options, "database = \"mysql://x\"\nlistn = \"x\"\nlog = 3")
            .err()
            .expect("problems");

        let names: Vec<&str> = problems
            .iter()
            .filter_map(|problem| problem.split(':').next())
            .collect();
        assert_eq!(
            names,
            [
                "tokenwright.toml",
                "tokenwright.toml",
                "listen",
                "database",
                "mail",
                "public-url",
                "trusted-proxy",
                "metrics-token"
            ],
            "{problems:?}"
        );
        assert!(!problems.concat().contains("hunter2"), "a secret is not repeated");
    }
}
