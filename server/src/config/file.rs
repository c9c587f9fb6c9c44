//! `tokenwright.toml`: the same settings, one key each.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::Path;

/// The keys that the file may have: the names of the flags.
const KEYS: [&str; 13] = [
    "listen",
    "database",
    "data-dir",
    "keys",
    "public-url",
    "mail",
    "log",
    "trusted-proxy",
    "metrics-token",
    "setup-code",
    "tokens-in-memory",
    "hsts-subdomains",
    "security-contact",
];

/// The content of the file, as text by key.
#[derive(Default)]
pub struct FileSettings(BTreeMap<&'static str, String>);

impl FileSettings {
    /// Reads the file that was named, or `./tokenwright.toml` if it exists; returns the problems, too.
    pub fn find(named: Option<&Path>) -> (Self, Vec<String>) {
        let path = named.unwrap_or(Path::new("tokenwright.toml"));
        let name = path.display().to_string();
        match std::fs::read_to_string(path) {
            Ok(text) => Self::parse(&name, &text),
            Err(error) if named.is_none() && error.kind() == ErrorKind::NotFound => Default::default(),
            Err(error) => (Self::default(), vec![format!("{name}: cannot be read: {error}.")]),
        }
    }

    /// Reads the text of a file; returns the problems, too. A boolean is accepted as well as a text, and a list of
    /// texts as well as one with commas.
    pub fn parse(name: &str, text: &str) -> (Self, Vec<String>) {
        let table: toml::Table = match text.parse() {
            Ok(table) => table,
            Err(error) => {
                return (
                    Self::default(),
                    vec![format!("{name}: {}", error.to_string().trim())],
                );
            }
        };
        let mut settings = BTreeMap::new();
        let mut problems = Vec::new();
        for (key, value) in &table {
            let spelled = key.replace('_', "-");
            match (KEYS.into_iter().find(|known| *known == spelled), text_of(value)) {
                (None, _) => problems.push(format!(
                    "{name}: there is no setting {key}. Known are {}.",
                    KEYS.join(", ")
                )),
                (Some(key), None) => problems.push(format!("{name}: {key} is a text in quotation marks.")),
                (Some(key), Some(text)) => {
                    settings.insert(key, text);
                }
            }
        }
        (Self(settings), problems)
    }

    /// The text of a setting.
    pub fn get(&self, key: &str) -> Option<&String> {
        self.0.get(key)
    }
}

fn text_of(value: &toml::Value) -> Option<String> {
    match value {
        toml::Value::String(text) => Some(text.clone()),
        toml::Value::Boolean(value) => Some(value.to_string()),
        toml::Value::Array(values) => values
            .iter()
            .map(|value| value.as_str())
            .collect::<Option<Vec<_>>>()
            .map(|texts| texts.join(",")),
        _ => None,
    }
}
