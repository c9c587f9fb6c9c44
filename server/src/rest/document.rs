//! The OpenAPI 3.1 document: made from the rows of [`ROUTES`](super::ROUTES) and the types of their doors, so that it
//! says what the program does.

use std::sync::LazyLock;

use schemars::SchemaGenerator;
use schemars::generate::{Contract, SchemaSettings};
use serde_json::{Map, Value, json};

use super::door::Operation;
use super::{Needs, RESOURCES, Rest, examples, problem, shown_by};

/// The document. Its addresses are relative, so that it is the same on every installation.
pub static DOCUMENT: LazyLock<Value> = LazyLock::new(document);

fn document() -> Value {
    let mut takes = generator(Contract::Deserialize);
    let mut gives = generator(Contract::Serialize);
    let mut paths = Map::new();
    for (resource, rows) in RESOURCES {
        for row in *rows {
            let path = paths.entry(row.path).or_insert_with(|| json!({}));
            path[row.method.as_str().to_ascii_lowercase()] = operation(resource, row, &mut takes, &mut gives);
        }
    }
    let mut schemas = takes.take_definitions(true);
    let given = apart(&schemas, gives.take_definitions(true), &mut paths);
    schemas.extend(given);
    schemas.insert("Problem".into(), problem_schema());
    let tags: Vec<Value> = RESOURCES
        .iter()
        .map(|(name, _)| json!({ "name": name }))
        .collect();
    json!({
        "openapi": "3.1.0",
        "jsonSchemaDialect": "https://json-schema.org/draft/2020-12/schema",
        "info": {
            "title": "Tokenwright",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "Tokens, collections and people of one organisation. Send an API token in the head of each \
                            request: `Authorization: Bearer twa_…`. Instants are RFC 3339 in UTC; a field that is not \
                            known is refused; lists go on with `page.next_cursor` and back with `page.prev_cursor`; a POST with an `Idempotency-Key` can \
                            be sent again.",
        },
        "servers": [{ "url": "/" }],
        "tags": tags,
        "paths": paths,
        "components": {
            "securitySchemes": { "token": {
                "type": "http",
                "scheme": "bearer",
                "description": "An API token of the organisation, or the access token of a mobile app.",
            } },
            "responses": { "Problem": {
                "description": "What is wrong, as problem details (RFC 9457).",
                "content": { "application/problem+json": { "schema": { "$ref": "#/components/schemas/Problem" } } },
            } },
            "schemas": schemas,
        },
    })
}

/// What is given under names of its own, where something else that is taken has the same name: each of the two generators
/// knows only of its own names.
fn apart(
    taken: &Map<String, Value>,
    given: Map<String, Value>,
    paths: &mut Map<String, Value>,
) -> Map<String, Value> {
    let others: Vec<String> = given
        .iter()
        .filter(|(name, schema)| taken.get(*name).is_some_and(|other| other != *schema))
        .map(|(name, _)| name.clone())
        .collect();
    let is_of_both = |name: &str| others.iter().any(|other| other == name);
    let mut given: Map<String, Value> = given
        .into_iter()
        .map(|(name, schema)| {
            if is_of_both(&name) {
                (format!("{name}View"), schema)
            } else {
                (name, schema)
            }
        })
        .collect();
    let answers = paths
        .values_mut()
        .filter_map(Value::as_object_mut)
        .flat_map(Map::values_mut)
        .filter_map(|operation| operation.get_mut("responses"));
    for value in given.values_mut().chain(answers) {
        refer(value, &is_of_both);
    }
    given
}

fn refer(value: &mut Value, is_of_both: &impl Fn(&str) -> bool) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                let target = value
                    .as_str()
                    .and_then(|to| to.rsplit_once('/'))
                    .map(|(_, target)| target);
                match target {
                    Some(target) if name == "$ref" && is_of_both(target) => {
                        *value = format!("#/components/schemas/{target}View").into();
                    }
                    _ => refer(value, is_of_both),
                }
            }
        }
        Value::Array(values) => values.iter_mut().for_each(|value| refer(value, is_of_both)),
        _ => {}
    }
}

fn generator(contract: Contract) -> SchemaGenerator {
    SchemaSettings::draft2020_12()
        .with(|settings| {
            settings.definitions_path = "/components/schemas".into();
            settings.meta_schema = None;
            settings.contract = contract;
        })
        .into_generator()
}

fn operation(tag: &str, row: &Rest, takes: &mut SchemaGenerator, gives: &mut SchemaGenerator) -> Value {
    let mut operation = Operation {
        parameters: Vec::new(),
        body: None,
        responses: Map::new(),
        takes,
        gives,
    };
    ((row.door)().describe)(&mut operation);
    let Operation {
        mut parameters,
        body,
        mut responses,
        ..
    } = operation;
    if row.is_idempotent_by_key() {
        parameters.push(json!({
            "name": "Idempotency-Key",
            "in": "header",
            "required": false,
            "description": "The same key makes a request that is sent again the same request, for 24 hours.",
            "schema": { "type": "string", "minLength": 1, "maxLength": 255 },
        }));
    }
    if shown_by(row).is_some() {
        parameters.push(json!({
            "name": "If-Match",
            "in": "header",
            "required": false,
            "description": "The `ETag` of what was read: the change is made to that alone, and refused with 412 when it is another by now. How \
                            something is used, such as `uses` and `last_used_at`, is no part of its tag.",
            "schema": { "type": "string" },
        }));
    }
    responses.insert(
        "default".into(),
        json!({ "$ref": "#/components/responses/Problem" }),
    );
    let mut value = json!({
        "operationId": operation_id(row),
        "summary": row.summary,
        "tags": [tag],
        "parameters": parameters,
        "responses": responses,
    });
    if let Some(body) = body {
        value["requestBody"] = body;
    }
    if let Some(example) = examples::of(row) {
        show(&mut value, example);
    }
    match row.needs {
        Needs::Permission(permission) => {
            value["security"] = json!([{ "token": [permission.key()] }]);
            value["x-permission"] = permission.key().into();
        }
        Needs::Person(permission) => {
            value["x-permission"] = permission.key().into();
            value["x-person-required"] = true.into();
            value["description"] = "For a person who is signed in; tokens are refused.".into();
        }
        Needs::Oneself => {
            value["security"] = json!([{ "token": [] }]);
            value["description"] = "For a person, in a browser or in an app; API tokens are refused.".into();
        }
        Needs::Itself => value["security"] = json!([{ "token": [] }]),
        Needs::Nothing => value["security"] = json!([]),
    }
    value
}

/// Puts an example beside the forms of what is sent and answered.
fn show(operation: &mut Value, example: &examples::Example) {
    let place = "content/application~1json";
    if let (Some(body), Some(taken)) = (
        &example.body,
        operation.pointer_mut(&format!("/requestBody/{place}")),
    ) {
        taken["example"] = body.clone();
    }
    let answered = format!("/responses/{}/{place}", example.status);
    if let (Some(answer), Some(given)) = (&example.answer, operation.pointer_mut(&answered)) {
        given["example"] = answer.clone();
    }
}

/// `post_access_tokens_id_suspend`.
pub fn operation_id(row: &Rest) -> String {
    let path = row.path.trim_start_matches("/api/v1/");
    let words = path
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty());
    let words: Vec<&str> = words.collect();
    format!("{}_{}", row.method.as_str().to_ascii_lowercase(), words.join("_"))
}

fn problem_schema() -> Value {
    let codes: Vec<&str> = problem::KINDS.iter().map(|(code, _)| *code).collect();
    json!({
        "type": "object",
        "description": "What is wrong with a request.",
        "required": ["type", "title", "status", "code", "detail", "instance"],
        "properties": {
            "type": { "type": "string", "format": "uri", "description": "A page that explains this kind of problem." },
            "title": { "type": "string", "description": "The kind of problem, in words." },
            "status": { "type": "integer", "description": "The status of the answer." },
            "code": { "type": "string", "enum": codes, "description": "The kind of problem, for programs." },
            "detail": { "type": "string", "description": "What happened, what was expected, what to do next." },
            "instance": { "type": "string", "description": "The id of the request, to quote." },
            "errors": {
                "type": "array",
                "description": "Each field that does not fit.",
                "items": {
                    "type": "object",
                    "required": ["code", "detail"],
                    "properties": {
                        "pointer": { "type": "string", "description": "The field of the body, as a JSON Pointer." },
                        "parameter": { "type": "string", "description": "The parameter of the address." },
                        "code": { "type": "string" },
                        "detail": { "type": "string" },
                    },
                },
            },
        },
    })
}
