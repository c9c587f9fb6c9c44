//! The matrix of the API, generated from its OpenAPI document: every operation, called by anyone who has no token, by tokens
//! that are paused or withdrawn, by one that may do everything else, by another organisation's, by another department's, and
//! by one that may do it.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use backend::Caller;
use domain::departments::DepartmentForm;
use domain::{Permission, Permissions};
use serde_json::Value;

use super::*;

/// An operation, as the document says it.
struct Operation {
    method: Method,
    /// Its path with what belongs to the first organisation.
    path: String,
    what: String,
    /// The permission that it needs, if any.
    permission: Option<Permission>,
    /// Whether it is for people who are signed in.
    is_for_people: bool,
    /// Whether it is for everybody.
    is_open: bool,
    /// Whether it is about one's own sessions.
    is_for_oneself: bool,
    /// Whether the path names something of the organisation.
    names: bool,
}

/// What belongs to the organisation as a whole: somebody who is limited to a department may see it.
const OF_ALL: [&str; 7] = [
    "user-types",
    "identity-providers",
    "mobile-apps",
    "sites",
    "tokens",
    "policies",
    "me",
];

impl Operation {
    fn resource(&self) -> &str {
        let rest = self.path.trim_start_matches("/api/v1/");
        rest.split(['/', '?']).next().unwrap_or_default()
    }

    fn is_departments(&self) -> bool {
        self.names && !OF_ALL.contains(&self.resource())
    }
}

/// All operations of the document.
fn operations(document: &Value, theirs: &Theirs) -> Vec<Operation> {
    let mut operations = Vec::new();
    for (path, methods) in document["paths"].as_object().expect("paths") {
        for (method, said) in methods.as_object().expect("methods") {
            let method: Method = method.to_uppercase().parse().expect("a method");
            let route = routes::all()
                .iter()
                .find(|route| route.path == path && route.method == method)
                .unwrap_or_else(|| panic!("{method} {path} has no route"));
            let permission = said["x-permission"].as_str().map(|key| {
                let permission = Permission::ALL.iter().find(|one| one.key() == key);
                *permission.unwrap_or_else(|| panic!("{method} {path} needs {key}, which is no permission"))
            });
            let description = said["description"].as_str().unwrap_or_default();
            operations.push(Operation {
                what: format!("{method} {path}"),
                path: path_of(route, theirs),
                names: path.contains('{'),
                is_open: said["security"].as_array().is_some_and(Vec::is_empty),
                is_for_people: said["x-person-required"].as_bool().unwrap_or_default(),
                is_for_oneself: description.contains("API tokens are refused"),
                permission,
                method,
            });
        }
    }
    operations
}

/// The status and the body of an operation that is carried out with a token, or without one.
async fn ask(world: &World, operation: &Operation, token: Option<&str>) -> (StatusCode, String) {
    let request = world.browser().request(operation.method.clone(), &operation.path);
    let request = match token {
        Some(token) => request.bearer_auth(token),
        None => request,
    };
    let request = match operation.method {
        Method::GET | Method::DELETE => request,
        _ => request.header("content-type", "application/json").body("{}"),
    };
    let answer = request.send().await.expect("an answer");
    (answer.status(), answer.text().await.expect("a body"))
}

/// The secret of a new token.
async fn token(world: &World, caller: &Caller, form: ApiTokenForm) -> String {
    let form = ApiTokenForm {
        name: "Matrix".into(),
        expires: "30d".into(),
        ..form
    };
    let made = world.backend.api_tokens().create_from(caller, &form).await;
    made.expect("a token").secret
}

/// A token that may do everything but this.
async fn without(world: &World, caller: &Caller, permission: Permission) -> String {
    let others: Permissions = Permissions::all()
        .iter()
        .filter(|one| *one != permission)
        .collect();
    let form = ApiTokenForm {
        permissions: others.intersection(caller.permissions).to_string(),
        ..ApiTokenForm::default()
    };
    token(world, caller, form).await
}

/// A token that was withdrawn, and one that is paused.
async fn withdrawn(world: &World, caller: &Caller) -> [String; 2] {
    let api_tokens = world.backend.api_tokens();
    let mut secrets = Vec::new();
    for is_paused in [false, true] {
        let form = ApiTokenForm {
            name: "Withdrawn".into(),
            ..ApiTokenForm::default()
        };
        let made = api_tokens.create_from(caller, &form).await.expect("a token");
        let done = match is_paused {
            true => api_tokens.set_suspended(caller, made.id, true).await.map(|_| ()),
            false => api_tokens.revoke(caller, made.id).await,
        };
        done.expect("withdrawn");
        secrets.push(made.secret);
    }
    secrets.try_into().expect("two")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn every_operation_of_the_document_refuses_whoever_may_not() {
    on_each_engine(async |world| {
        let cast = cast(world).await;
        let document: Value = world
            .browser()
            .get("/api/v1/openapi.json")
            .await
            .json()
            .await
            .expect("a document");
        let operations = operations(&document, &cast.theirs);
        assert_eq!(
            operations.len(),
            server::rest::ROUTES.len(),
            "the document says them all"
        );
        let ada = world.caller(&cast.owner).await;
        let eve = world.caller(&cast.foreign_owner).await;
        let elsewhere = DepartmentForm {
            name: "Elsewhere".into(),
            parent: String::new(),
        };
        let elsewhere = world.backend.departments().create(&ada, &elsewhere).await;
        let of_elsewhere = ApiTokenForm {
            department: elsewhere.expect("a department").to_string(),
            ..ApiTokenForm::default()
        };
        let elsewhere = token(world, &ada, of_elsewhere).await;
        let foreign = token(world, &eve, ApiTokenForm::default()).await;
        let over = withdrawn(world, &ada).await;
        let mut lacking = HashMap::new();
        for permission in operations.iter().filter_map(|operation| operation.permission) {
            if let Entry::Vacant(place) = lacking.entry(permission) {
                place.insert(without(world, &ada, permission).await);
            }
        }
        let before = picture(world, &cast).await;

        for operation in operations.iter().filter(|operation| !operation.is_open) {
            let what = &operation.what;
            let (status, _) = ask(world, operation, None).await;
            assert_eq!(status, StatusCode::UNAUTHORIZED, "{what}: without a token");
            for secret in &over {
                let (status, body) = ask(world, operation, Some(secret)).await;
                assert_eq!(status, StatusCode::UNAUTHORIZED, "{what}: withdrawn: {body}");
            }
            if let Some(permission) = operation.permission {
                let (status, body) = ask(world, operation, Some(&lacking[&permission])).await;
                let code = match operation.is_for_people {
                    true => "person-required",
                    false => "insufficient-scope",
                };
                assert_eq!(status, StatusCode::FORBIDDEN, "{what}: {body}");
                assert!(body.contains(code), "{what}: {body}");
            }
            if operation.is_for_people || operation.is_for_oneself {
                let (status, _) = ask(world, operation, Some(&foreign)).await;
                assert_eq!(status, StatusCode::FORBIDDEN, "{what}: by a token");
                continue;
            }
            // What is about the token itself ends it: each of these has one of its own.
            if operation.permission.is_none() {
                continue;
            }
            let (status, body) = ask(world, operation, Some(&foreign)).await;
            assert!(!body.contains(CANARY), "{what}: another organisation's: {body}");
            assert!(!status.is_server_error(), "{what}: {status} {body}");
            if operation.names {
                assert!(
                    matches!(status.as_u16(), 404 | 422),
                    "{what}: another organisation's: {status} {body}"
                );
            }
            let (status, body) = ask(world, operation, Some(&elsewhere)).await;
            assert!(!status.is_server_error(), "{what}: {status} {body}");
            if operation.is_departments() {
                assert!(
                    matches!(status.as_u16(), 403 | 404 | 422) && !body.contains(CANARY),
                    "{what}: another department's: {status} {body}"
                );
            }
        }
        assert_eq!(
            picture(world, &cast).await,
            before,
            "nothing was changed by those who may not"
        );

        // And whoever may is let in: nothing is refused for want of a right, and nothing breaks.
        for operation in operations.iter().filter(|operation| !operation.is_open) {
            if operation.is_for_people || operation.is_for_oneself {
                continue;
            }
            let secret = token(world, &ada, ApiTokenForm::default()).await;
            let (status, body) = ask(world, operation, Some(&secret)).await;
            assert!(
                !matches!(status.as_u16(), 401 | 500..) && !body.contains("insufficient-scope"),
                "{}: {status} {body}",
                operation.what
            );
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_token_opens_no_route_that_declares_nothing_for_tokens() {
    on_each_engine(async |world| {
        let cast = cast(world).await;
        let secret = {
            let ada = world.caller(&cast.owner).await;
            token(world, &ada, ApiTokenForm::default()).await
        };
        let mut walked = 0;
        for route in routes::all()
            .iter()
            .filter(|route| matches!(route.who, Access::Admin | Access::Recipient))
        {
            let request = world
                .browser()
                .request(route.method.clone(), &path_of(route, &cast.theirs));
            let answer = request.bearer_auth(&secret).send().await.expect("an answer");
            let (status, body) = (answer.status(), answer.text().await.expect("a body"));
            assert!(
                !status.is_success() && !status.is_server_error(),
                "{} {}: {status} {body}",
                route.method,
                route.path
            );
            assert!(!body.contains(CANARY), "{} {}", route.method, route.path);
            walked += 1;
        }
        assert!(walked > 20, "{walked}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_token_of_each_user_type_may_do_what_the_user_type_says_and_nothing_else() {
    on_each_engine(async |world| {
        let cast = cast(world).await;
        let document: Value = world
            .browser()
            .get("/api/v1/openapi.json")
            .await
            .json()
            .await
            .expect("a document");
        let operations = operations(&document, &cast.theirs);
        let ada = world.caller(&cast.owner).await;
        let types = world.backend.user_types().list(&ada).await.expect("user types");
        assert!(types.len() > 3, "those that are built in, and one of their own");
        // All of them first: who may do everything deletes what nobody has.
        let mut tokens = Vec::new();
        for user_type in types {
            let form = ApiTokenForm {
                user_type: user_type.id.to_string(),
                ..ApiTokenForm::default()
            };
            tokens.push((user_type, token(world, &ada, form).await));
        }
        for (user_type, secret) in tokens {
            for operation in &operations {
                let Some(permission) = operation.permission.filter(|_| !operation.is_for_people) else {
                    continue;
                };
                let (status, body) = ask(world, operation, Some(&secret)).await;
                let is_refused = status == StatusCode::FORBIDDEN && body.contains("insufficient-scope");
                assert_eq!(
                    is_refused,
                    !user_type.permissions.contains(permission),
                    "{} by {}: {status} {body}",
                    operation.what,
                    user_type.name
                );
                assert!(!status.is_server_error(), "{}: {status} {body}", operation.what);
            }
        }
    })
    .await;
}
