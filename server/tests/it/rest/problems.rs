//! What a program is told of a request that does not fit.

use super::*;

/// What a problem points at, and its sentences.
fn errors(problem: &Value) -> Vec<(String, String)> {
    let errors = problem["errors"].as_array().cloned().unwrap_or_default();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let place = |error: &Value| match error["pointer"].as_str() {
        Some(pointer) => pointer.to_owned(),
        None => text(&error["parameter"]),
    };
    errors
        .iter()
        .map(|error| (place(error), text(&error["detail"])))
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_does_not_fit_is_named_as_it_was_sent_and_in_plain_words() {
    on_sqlite(async |world| {
        let owner = world.set_up().await;
        for (path, parameter) in [
            ("/api/v1/api-tokens?state=foo", "state"),
            ("/api/v1/api-tokens?user_id=7", "user_id"),
            ("/api/v1/people?q=%ff", "q"),
            ("/api/v1/people?colour=red", "colour"),
            ("/api/v1/people?limit=many", "limit"),
        ] {
            let (status, problem) = call(&owner, Method::GET, path, Value::Null).await;
            assert_eq!(status, StatusCode::BAD_REQUEST, "{path}: {problem}");
            let errors = errors(&problem);
            assert_eq!(errors.first().map(|error| &*error.0), Some(parameter), "{path}: {problem}");
            for word in ["UUID", "invalid ", "variant", "`"] {
                assert!(!problem["detail"].to_string().contains(word), "{path}: {problem}");
            }
        }
        let path = "/api/v1/access-tokens";
        let sent = json!({ "type": "single", "usage_limit": "three", "collection_id": "mine", "colour": 1 });
        let (status, problem) = call(&owner, Method::POST, path, sent).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{problem}");
        let mut named: Vec<String> = errors(&problem).into_iter().map(|error| error.0).collect();
        named.sort_unstable();
        assert_eq!(named, ["/collection_id", "/colour", "/name", "/usage_limit"], "{problem}");

        let (status, problem) = call(&owner, Method::POST, path, json!([])).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{problem}");
        assert!(!problem.to_string().contains("struct"), "{problem}");

        let path = "/api/v1/api-tokens";
        let policy = json!({ "default_days": 30, "longest_days": 30, "never_allowed": false, "show_once": false,
            "networks_required": false, "most_per_person": 200, "revoke_exposed": false });
        let (status, now) = call(&owner, Method::PUT, "/api/v1/policies/tokens", policy).await;
        assert_eq!(status, StatusCode::OK, "{now}");
        for (sent, pointer) in [
            (json!({ "name": "Long", "expires": "90d" }), "/expires"),
            (json!({ "name": "None", "permissions": [] }), "/permissions"),
            (json!({ "name": "None", "user_id": uuid::Uuid::nil() }), "/user_id"),
        ] {
            let (status, problem) = call(&owner, Method::POST, path, sent).await;
            assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{problem}");
            assert_eq!(errors(&problem)[0].0, pointer, "{problem}");
        }
        let nowhere = owner.get("/api/v1/nowhere").await;
        assert_eq!(nowhere.status(), StatusCode::NOT_FOUND);
        let id = nowhere.headers()["request-id"].to_str().expect("an id").to_owned();
        let problem: Value = nowhere.json().await.expect("JSON");
        assert_eq!(problem["instance"], id.as_str());
    })
    .await;
}
