//! The description of the API: the document, and a page of it for people.

use app::plain::reference::{Field, Operation, Reference, Section, reference_page};
use axum::Json;
use axum::extract::State;
use axum::response::{Html, IntoResponse, Redirect, Response};
use http::Method;
use serde_json::{Value, json};

use super::document::{DOCUMENT, operation_id};
use super::door::{self, Output};
use super::problem::KINDS;
use super::{Needs, Problem, RESOURCES, Rest, examples, get, row};
use crate::pages::fields::At;
use crate::request_context::RequestContext;
use crate::server::Server;

/// The operations that describe the others.
pub const ROUTES: &[Rest] = &[
    row(
        Method::GET,
        "/api/v1/openapi.json",
        Needs::Nothing,
        "This API as an OpenAPI 3.1 document.",
        || get(document),
    ),
    row(
        Method::GET,
        "/api/v1/docs",
        Needs::Nothing,
        "This API as a page for people.",
        || get(page),
    ),
];

/// The document, which is the same until the program is.
struct Document;

/// A page for people.
struct Page(String);

async fn document() -> Result<Document, Problem> {
    Ok(Document)
}

async fn page(State(server): State<Server>, visit: RequestContext) -> Result<Page, Problem> {
    Ok(Page(reference_page(
        &visit.page(&server),
        &reference(server.public_url.as_str()),
    )))
}

/// `/problems/{kind}`: where the `type` of a problem leads.
pub async fn problem(At(kind): At<String>) -> Response {
    match KINDS.iter().find(|(known, _)| *known == kind) {
        Some((known, _)) => Redirect::to(&format!("/api/v1/docs#problem-{known}")).into_response(),
        None => crate::failure::Failure::not_found().into_response(),
    }
}

fn reference(address: &str) -> Reference {
    let sections = RESOURCES.iter().map(|(name, rows)| Section {
        name: (*name).to_owned(),
        operations: rows.iter().map(|row| operation(row, address)).collect(),
    });
    Reference {
        address: address.to_owned(),
        sections: sections.collect(),
        problems: KINDS
            .iter()
            .map(|(code, meaning)| ((*code).into(), (*meaning).into()))
            .collect(),
    }
}

fn operation(row: &Rest, address: &str) -> Operation {
    let method = row.method.as_str().to_ascii_lowercase();
    let said = &DOCUMENT["paths"][row.path][&method];
    let parameters = said["parameters"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|parameter| Field {
            name: text(&parameter["name"]),
            holds: format!(
                "{}, in the {}",
                holds(&parameter["schema"]),
                text(&parameter["in"]).replace("header", "head")
            ),
            description: text(&parameter["description"]),
        });
    let answer = said["responses"]
        .as_object()
        .into_iter()
        .flatten()
        .find(|(status, _)| status.starts_with('2'));
    let schema = |body: &Value| body["content"]["application/json"]["schema"].clone();
    Operation {
        id: operation_id(row),
        method: row.method.to_string(),
        path: row.path.to_owned(),
        summary: row.summary.to_owned(),
        needs: match row.needs {
            Needs::Permission(permission) => format!("Needs {}.", permission.key()),
            Needs::Person(permission) => {
                format!(
                    "For a person who is signed in and has {}; tokens are refused.",
                    permission.key()
                )
            }
            Needs::Oneself => "A person may, in a browser or in an app; API tokens are refused.".into(),
            Needs::Itself => "Any token may.".into(),
            Needs::Nothing => "Everybody may.".into(),
        },
        parameters: parameters.collect(),
        example: examples::of(row).map(|example| (example.command(address), answered(example))),
        takes: fields(&schema(&said["requestBody"])),
        gives: answer
            .map(|(_, answer)| fields(&schema(answer)))
            .unwrap_or_default(),
    }
}

/// The answer of an example.
fn answered(example: &examples::Example) -> String {
    let body = example
        .answer
        .as_ref()
        .and_then(|answer| serde_json::to_string_pretty(answer).ok());
    match body {
        Some(body) => format!("{}\n{body}", example.status),
        None => example.status.to_string(),
    }
}

/// The fields of an object; those of a row, for a list.
fn fields(schema: &Value) -> Vec<Field> {
    let schema = resolved(schema);
    let rows = resolved(&schema["properties"]["data"]["items"]);
    let shown = if rows["properties"].is_object() {
        rows
    } else {
        schema
    };
    let properties = shown["properties"].as_object();
    properties
        .into_iter()
        .flatten()
        .map(|(name, property)| Field {
            name: name.clone(),
            holds: holds(property),
            description: text(&property["description"]),
        })
        .collect()
}

fn resolved(schema: &Value) -> Value {
    match schema["$ref"]
        .as_str()
        .and_then(|to| DOCUMENT.pointer(to.trim_start_matches('#')))
    {
        Some(there) => there.clone(),
        None => schema.clone(),
    }
}

/// What a field holds, in a word or two.
fn holds(schema: &Value) -> String {
    let seen = resolved(schema);
    if let Some(choices) = seen["enum"].as_array() {
        return choices
            .iter()
            .filter_map(Value::as_str)
            .collect::<Vec<_>>()
            .join(", ");
    }
    if let Some(only) = seen["const"].as_str() {
        return only.to_owned();
    }
    if let Some(either) = seen["anyOf"].as_array().or(seen["oneOf"].as_array()) {
        let is_choice = |one: &Value| one["const"].is_string();
        let between = if either.iter().all(is_choice) {
            ", "
        } else {
            " or "
        };
        return either.iter().map(holds).collect::<Vec<_>>().join(between);
    }
    let types: Vec<String> = match &seen["type"] {
        Value::String(one) => vec![one.clone()],
        Value::Array(several) => several.iter().map(text).collect(),
        _ => Vec::new(),
    };
    match seen["format"].as_str() {
        Some(format) if !format.starts_with("int") && !format.starts_with("uint") => {
            let or_null = if types.iter().any(|one| one == "null") {
                " or null"
            } else {
                ""
            };
            format!("{format}{or_null}")
        }
        _ => types.join(" or "),
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

impl IntoResponse for Document {
    fn into_response(self) -> Response {
        Json(&*DOCUMENT).into_response()
    }
}

impl IntoResponse for Page {
    fn into_response(self) -> Response {
        Html(self.0).into_response()
    }
}

impl Output for Document {
    fn describe(operation: &mut door::Operation<'_>) {
        operation.answers(200, "The document.", Some(json!({ "type": "object" })));
    }
}

impl Output for Page {
    fn describe(operation: &mut door::Operation<'_>) {
        operation.responses.insert(
            "200".into(),
            json!({ "description": "The page.", "content": { "text/html": { "schema": { "type": "string" } } } }),
        );
    }
}

impl door::Input for RequestContext {
    fn describe(_: &mut door::Operation<'_>) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_field_holds_is_said_in_a_word_or_two() {
        let choices = json!({ "oneOf": [
            { "const": "active", "description": "Those that can be used." },
            { "const": "ended", "description": "The others." },
        ] });
        assert_eq!(holds(&choices), "active, ended");
        let or_null = json!({ "anyOf": [choices, { "type": "null" }] });
        assert_eq!(holds(&or_null), "active, ended or null");
        assert_eq!(holds(&json!({ "enum": ["asc", "desc"] })), "asc, desc");
        assert_eq!(
            holds(&json!({ "type": ["string", "null"], "format": "uuid" })),
            "uuid or null"
        );
        assert_eq!(holds(&json!({ "type": "integer", "format": "int64" })), "integer");
    }
}
