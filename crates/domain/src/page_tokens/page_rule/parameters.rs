//! Parameters against parameters.

use serde::{Deserialize, Serialize};

use super::{Refused, Rule};
use crate::page_tokens::{Query, ReceivedUrl};

/// Most names of a list.
const MOST: usize = 50;

/// Names of parameters; one that ends with `*` stands for all that begin like it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Names(Vec<String>);

impl Names {
    /// Reads names with commas between them; blank: none.
    ///
    /// # Errors
    /// A sentence for the field.
    pub fn parse(text: &str) -> Result<Self, String> {
        let names: Vec<String> = text
            .split(',')
            .map(str::trim)
            .filter(|name| !name.is_empty())
            .map(str::to_owned)
            .collect();
        let is_bad = |name: &String| {
            name.chars().count() > 100 || name.contains(['&', '=', '?']) || name.chars().any(char::is_control)
        };
        if names.len() > MOST || names.iter().any(is_bad) {
            return Err(format!(
                "Write at most {MOST} names of parameters with commas between them, such as page,utm_*."
            ));
        }
        Ok(Self(names))
    }

    /// Whether a name is among them.
    pub fn contains(&self, name: &[u8]) -> bool {
        self.0.iter().any(|own| match own.strip_suffix('*') {
            Some(beginning) => name.starts_with(beginning.as_bytes()),
            None => own.as_bytes() == name,
        })
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl std::fmt::Display for Names {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0.join(","))
    }
}

/// Whether the parameters of a request are those of the page, but for what may be added or differ. A parameter that may
/// be added is never one that the page has, by whatever spelling a back end takes for the same name; and it is one
/// parameter: a plain `;`, where some back ends begin another one, stands in none that the admin does not know.
pub(super) fn check(
    page: &Query,
    received: &ReceivedUrl,
    may_add: &Names,
    any_value: &Names,
) -> Result<(), Refused> {
    let request = &received.url.query;
    let is_split = |name: &[u8]| received.with_semicolon.iter().any(|own| own == name);
    for (name, _) in page.pairs() {
        let expected: Vec<&[u8]> = page.values(name).collect();
        let found: Vec<&[u8]> = request.values(name).collect();
        if found == expected {
            continue;
        }
        if any_value.contains(name) && found.len() == expected.len() {
            if is_split(name) {
                return Err(split(Rule::ParameterDifferent, name));
            }
            continue;
        }
        if found.is_empty() {
            return Err(Refused::by(
                Rule::ParameterMissing,
                format!("The parameter {} is missing.", shown(name)),
            ));
        }
        return Err(Refused::by(
            Rule::ParameterDifferent,
            format!(
                "The parameter {} is {}, the token is for {}.",
                shown(name),
                list(&found),
                list(&expected)
            ),
        ));
    }
    for (name, _) in request.pairs().filter(|(name, _)| !page.has(name)) {
        let is_taken = page.pairs().any(|(own, _)| folded(own) == folded(name));
        if is_taken || !may_add.contains(name) {
            return Err(Refused::by(
                Rule::ParameterExtra,
                format!("The parameter {} is one too many.", shown(name)),
            ));
        }
        if is_split(name) {
            return Err(split(Rule::ParameterExtra, name));
        }
    }
    Ok(())
}

fn split(rule: Rule, name: &[u8]) -> Refused {
    let detail = format!(
        "The parameter {} holds a semicolon, where some programs begin another parameter. Write it as %3B.",
        shown(name)
    );
    Refused::by(rule, detail)
}

/// What a careless back end makes of a name: PHP takes `a.b`, `a b` and `a_b[]` for one.
fn folded(name: &[u8]) -> Vec<u8> {
    let end = name
        .iter()
        .position(|byte| *byte == b'[' || *byte == 0)
        .unwrap_or(name.len());
    name[..end]
        .trim_ascii_start()
        .iter()
        .map(|byte| match byte {
            b'.' | b' ' => b'_',
            other => other.to_ascii_lowercase(),
        })
        .collect()
}

fn list(values: &[&[u8]]) -> String {
    let values: Vec<String> = values.iter().map(|value| shown(value)).collect();
    values.join(" and ")
}

fn shown(bytes: &[u8]) -> String {
    let text: String = String::from_utf8_lossy(bytes).chars().take(80).collect();
    format!("“{text}”")
}
