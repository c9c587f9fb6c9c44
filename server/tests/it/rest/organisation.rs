//! The organisation over the API: its departments and user types.

use super::*;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn departments_are_made_moved_and_removed() {
    on_each_engine(async |world| {
        let owner = world.set_up().await;
        let path = "/api/v1/departments";
        let (status, school) = call(&owner, Method::POST, path, json!({ "name": "School" })).await;
        assert_eq!(status, StatusCode::CREATED, "{school}");
        let below = json!({ "name": "Music", "parent_id": school["id"] });
        let (_, music) = call(&owner, Method::POST, path, below.clone()).await;
        assert_eq!((&music["parent_id"], &music["depth"]), (&school["id"], &json!(2)));

        let (status, problem) = call(&owner, Method::POST, path, below).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(problem["errors"][0]["pointer"], "/name", "{problem}");
        let nowhere = json!({ "name": "Art", "parent_id": uuid() });
        let (status, problem) = call(&owner, Method::POST, path, nowhere).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(problem["errors"][0]["pointer"], "/parent_id", "{problem}");

        let (status, _) = call(&owner, Method::DELETE, &one(path, &school), Value::Null).await;
        assert_eq!(status, StatusCode::CONFLICT, "Music is part of it");
        let moved = json!({ "name": "Music and dance", "parent_id": null });
        let (status, music) = call(&owner, Method::PATCH, &one(path, &music), moved).await;
        assert_eq!((status, &music["depth"]), (StatusCode::OK, &json!(1)));
        let (status, _) = call(&owner, Method::DELETE, &one(path, &school), Value::Null).await;
        assert_eq!(status, StatusCode::NO_CONTENT);
        let (_, list) = call(&owner, Method::GET, path, Value::Null).await;
        assert_eq!(list["data"], json!([music]));
        let (status, _) = call(&owner, Method::GET, &one(path, &school), Value::Null).await;
        assert_eq!(status, StatusCode::NOT_FOUND);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn user_types_are_made_changed_and_deleted() {
    on_each_engine(async |world| {
        let owner = world.set_up().await;
        let path = "/api/v1/user-types";
        let new = json!({ "name": "Registrar", "permissions": ["tokens:read", "people:read"] });
        let (status, made) = call(&owner, Method::POST, path, new).await;
        assert_eq!(status, StatusCode::CREATED, "{made}");
        assert_eq!(made["permissions"], json!(["tokens:read", "people:read"]));

        let wrong = json!({ "permissions": ["tokens:rule"] });
        let (status, problem) = call(&owner, Method::PATCH, &one(path, &made), wrong).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(problem["errors"][0]["pointer"], "/permissions", "{problem}");
        let fewer = json!({ "permissions": ["tokens:read"] });
        let (_, made) = call(&owner, Method::PATCH, &one(path, &made), fewer).await;
        assert_eq!(
            (&made["name"], &made["permissions"]),
            (&json!("Registrar"), &json!(["tokens:read"]))
        );

        let (_, list) = call(&owner, Method::GET, path, Value::Null).await;
        let built_in = list["data"].as_array().expect("rows")[0].clone();
        assert_eq!(
            (&built_in["built_in"], &built_in["people"]),
            (&json!("owner"), &json!(1))
        );
        let (status, _) = call(&owner, Method::DELETE, &one(path, &built_in), Value::Null).await;
        assert_eq!(status, StatusCode::CONFLICT);
        let (status, _) = call(&owner, Method::DELETE, &one(path, &made), Value::Null).await;
        assert_eq!(status, StatusCode::NO_CONTENT);
    })
    .await;
}

fn one(path: &str, thing: &Value) -> String {
    format!("{path}/{}", thing["id"].as_str().expect("an id"))
}

/// The id of nothing.
fn uuid() -> &'static str {
    "01900000-0000-7000-8000-000000000000"
}
