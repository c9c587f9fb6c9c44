//! The OpenAPI document.

use std::collections::HashSet;

use reqwest::StatusCode;
use serde_json::Value;
use server::rest::{Needs, ROUTES};

use crate::world::on_sqlite;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_document_says_what_there_is() {
    on_sqlite(async |world| {
        let answer = world.browser().get("/api/v1/openapi.json").await;
        assert_eq!(answer.status(), StatusCode::OK, "it is no secret");
        let document: Value = answer.json().await.expect("JSON");
        assert_eq!(document["openapi"], "3.1.0");
        let mut ids = HashSet::new();
        for route in ROUTES.iter() {
            let operation = &document["paths"][route.path][route.method.as_str().to_lowercase()];
            let what = format!("{} {}", route.method, route.path);
            assert!(
                operation["summary"]
                    .as_str()
                    .is_some_and(|summary| summary.ends_with('.')),
                "{what}"
            );
            assert!(
                ids.insert(operation["operationId"].to_string()),
                "{what}: its id is another's, too"
            );
            let variables = route.path.matches('{').count();
            let in_path = |parameter: &&Value| parameter["in"] == "path";
            let said = operation["parameters"]
                .as_array()
                .expect("parameters")
                .iter()
                .filter(in_path)
                .count();
            assert_eq!(said, variables, "{what}");
            let declared = operation["x-permission"].is_string() || operation["security"].is_array();
            assert!(declared, "{what} says nothing of who may");
            if let Needs::Permission(permission) | Needs::Person(permission) = route.needs {
                assert_eq!(operation["x-permission"], permission.key(), "{what}");
            }
        }
        for name in document["components"]["schemas"]
            .as_object()
            .expect("schemas")
            .keys()
        {
            let is_numbered = name.ends_with(|last: char| last.is_ascii_digit());
            assert!(!is_numbered, "{name} is what something else is called, too");
        }
        let mut references = Vec::new();
        collect(&document, &mut references);
        assert!(references.len() > 10);
        for reference in references {
            let target = document.pointer(reference.trim_start_matches('#'));
            assert!(
                target.is_some_and(|target| !target.is_null()),
                "{reference} leads nowhere"
            );
        }
        let page = world
            .browser()
            .get("/api/v1/docs")
            .await
            .text()
            .await
            .expect("a page");
        for route in ROUTES.iter() {
            assert!(
                page.contains(route.summary),
                "{} is not on the page",
                route.summary
            );
        }
    })
    .await;
}

fn collect(value: &Value, references: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                match (name.as_str(), value.as_str()) {
                    ("$ref", Some(to)) => references.push(to.to_owned()),
                    _ => collect(value, references),
                }
            }
        }
        Value::Array(values) => values.iter().for_each(|value| collect(value, references)),
        _ => {}
    }
}
