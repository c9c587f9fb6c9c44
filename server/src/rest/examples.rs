//! An example of each call and of its answer, from `docs/api/examples.json`.
//!
//! They stand in the document and on its page, and a test makes them against a server, in their order: later ones name
//! what earlier ones made.

use std::sync::LazyLock;

use http::Method;
use serde::Deserialize;
use serde_json::Value;

use super::Rest;

/// All of them, in the order in which they can be made.
pub static EXAMPLES: LazyLock<Vec<Example>> =
    LazyLock::new(|| serde_json::from_str::<File>(TEXT).map_or_else(|_| Vec::new(), |file| file.examples));

const TEXT: &str = include_str!("../../../docs/api/examples.json");

#[derive(Deserialize)]
struct File {
    examples: Vec<Example>,
}

/// A call with its answer.
#[derive(Debug, Clone, Deserialize)]
pub struct Example {
    /// Method and address.
    pub call: String,
    /// Who calls: a token, unless it says `person`.
    #[serde(default, rename = "as")]
    pub by: Option<String>,
    /// What is sent along.
    pub body: Option<Value>,
    /// The status of the answer.
    pub status: u16,
    /// The answer; none for what has no body, and for what is a page or this document itself.
    pub answer: Option<Value>,
}

/// The example of an operation.
pub fn of(rest: &Rest) -> Option<&'static Example> {
    EXAMPLES.iter().find(|example| example.is_of(rest))
}

impl Example {
    /// The method and the address.
    pub fn parts(&self) -> (&str, &str) {
        self.call.split_once(' ').unwrap_or(("GET", &self.call))
    }

    /// Whether it is one of this operation.
    pub fn is_of(&self, rest: &Rest) -> bool {
        let (method, address) = self.parts();
        let path = address.split('?').next().unwrap_or_default();
        let (here, there) = (path.split('/'), rest.path.split('/'));
        rest.method.as_str() == method
            && here.clone().count() == there.clone().count()
            && here
                .zip(there)
                .all(|(here, there)| there.starts_with('{') || here == there)
            && !is_word_of_another(&rest.method, path, rest.path)
    }

    /// As a command line.
    pub fn command(&self, site: &str) -> String {
        let (method, address) = self.parts();
        let method = if method == "GET" {
            String::new()
        } else {
            format!("-X {method} ")
        };
        let who = match self.by.as_deref() {
            Some("person") => "-b \"$SESSION\"",
            _ => "-H \"Authorization: Bearer $TOKEN\"",
        };
        let body = self.body.as_ref().map(|body| {
            let quoted = body.to_string().replace('\'', "'\\''");
            format!(" \\\n  -H \"Content-Type: application/json\" -d '{quoted}'")
        });
        format!("curl {method}{who} '{site}{address}'{}", body.unwrap_or_default())
    }
}

/// Whether a path is that of an operation without variables, which a variable would match, too.
fn is_word_of_another(method: &Method, path: &str, template: &str) -> bool {
    template != path
        && super::ROUTES
            .iter()
            .any(|other| other.method == *method && other.path == path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rest::ROUTES;

    #[test]
    fn each_operation_has_an_example_and_each_example_an_operation() {
        for rest in ROUTES.iter() {
            assert!(of(rest).is_some(), "{} {} has no example", rest.method, rest.path);
        }
        for example in EXAMPLES.iter() {
            let found = ROUTES.iter().filter(|rest| example.is_of(rest)).count();
            assert_eq!(found, 1, "{}", example.call);
            assert!(example.command("https://x").starts_with("curl "));
        }
    }
}
