//! What an API token could reach, may do and does; what a program reads of mails, permissions and items.

use domain::api_tokens::ApiTokenForm;

use super::tokens::{call as call_with, token};
use super::*;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_a_token_could_reach_may_do_and_does_is_said() {
    on_each_engine(async |world| {
        let owner = world.set_up().await;
        let narrow = json!({ "permissions": ["people:read"] });
        let path = "/api/v1/api-tokens/preview";
        let (status, reach) = call(&owner, Method::POST, path, narrow).await;
        assert_eq!(status, StatusCode::OK, "{reach}");
        assert_eq!(reach["permissions"], json!(["people:read"]));
        let names = |list: &Value| list.as_array().cloned().unwrap_or_default();
        assert!(
            names(&reach["operations"]).contains(&json!("GET /api/v1/people")),
            "{reach}"
        );
        assert!(
            !names(&reach["operations"]).contains(&json!("POST /api/v1/api-tokens")),
            "{reach}"
        );
        assert_eq!(
            reach["records"],
            json!([{ "kind": "people", "count": 1, "count_is_exact": true }])
        );
        let (_, list) = call(&owner, Method::GET, "/api/v1/api-tokens", Value::Null).await;
        assert_eq!(list["data"], json!([]), "nothing was made");

        let form = ApiTokenForm {
            permissions: "people:read collections:read".into(),
            ..ApiTokenForm::default()
        };
        let api = token(world, &owner, form).await;
        let ask = async |path: &str| call_with(world, &api.secret, Method::GET, path, Value::Null).await;
        let (status, access) = ask("/api/v1/tokens/self/effective-access").await;
        assert_eq!(status, StatusCode::OK, "{access}");
        let mut rights = names(&access["permissions"]);
        rights.sort_by_key(Value::to_string);
        assert_eq!(rights, [json!("collections:read"), json!("people:read")]);
        assert!(names(&access["operations"]).contains(&json!("GET /api/v1/tokens/self")));
        for _ in 0..2 {
            assert_eq!(ask("/api/v1/people").await.0, StatusCode::OK);
        }
        let of = |what: &str| format!("/api/v1/api-tokens/{}/{what}", api.id);
        let (_, usage) = call(&owner, Method::GET, &of("usage"), Value::Null).await;
        assert_eq!(usage["days"].as_array().map(Vec::len), Some(1), "{usage}");
        assert_eq!(usage["days"][0]["uses"], 3, "{usage}");
        let last = usage["last_used_at"].as_str().expect("an instant");
        assert_eq!(usage["days"][0]["date"], last[..10], "{usage}");
        let (_, rights) = call(&owner, Method::GET, &of("unused-permissions"), Value::Null).await;
        assert_eq!(
            (&rights["unused"], &rights["used"]),
            (&json!(["collections:read"]), &json!(["people:read"]))
        );

        let (_, events) = call(&owner, Method::GET, &of("events"), Value::Null).await;
        assert_eq!(events["data"][0]["actor"], "Ada", "{events}");
        assert!(events["data"][0]["at"].is_string() && events["data"][0]["what"].is_string());

        let path = "/api/v1/api-tokens/bulk-revoke";
        let many = |dry_run: bool| json!({ "ids": [api.id], "dry_run": dry_run });
        let (status, would) = call(&owner, Method::POST, path, many(true)).await;
        assert_eq!(status, StatusCode::OK, "{would}");
        assert_eq!(
            (
                &would["would_hit"]["tokens"],
                &would["would_hit"]["used_last_hour"]
            ),
            (&json!(1), &json!(1))
        );
        assert_eq!(ask("/api/v1/people").await.0, StatusCode::OK, "nothing was done");
        let (_, done) = call(&owner, Method::POST, path, many(false)).await;
        assert_eq!(
            (&done["data"][0]["result"], &done["would_hit"]),
            (&json!("revoked"), &Value::Null)
        );
        assert_eq!(ask("/api/v1/people").await.0, StatusCode::UNAUTHORIZED);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn mails_permissions_items_and_invitations_are_there_for_programs() {
    on_each_engine(async |world| {
        let owner = world.set_up().await;
        let caller = world.caller(&owner).await;
        let collection = world.collection(&caller, "Boat safety").await;
        let new = json!({ "name": "Spring", "type": "multi", "number_of_tokens": 3, "collection_id": collection, "expires_on": "2099-12-31" });
        let (_, made) = call(&owner, Method::POST, "/api/v1/access-tokens", new).await;
        let id = made["id"].as_str().expect("an id");
        let (_, codes) = call(&owner, Method::GET, &format!("/api/v1/access-tokens/{id}/codes"), Value::Null).await;
        for (code, email) in [(0, "mia@example.org"), (1, "zoe@example.org")] {
            let code = codes["data"][code]["id"].as_str().expect("an id");
            let path = format!("/api/v1/access-tokens/{id}/codes/{code}/assign");
            let (status, _) = call(&owner, Method::POST, &path, json!({ "email": email })).await;
            assert_eq!(status, StatusCode::OK);
        }
        let table = owner.get(&format!("/api/v1/access-tokens/{id}/codes.csv")).await;
        assert!(table.headers()["content-type"].to_str().is_ok_and(|kind| kind.starts_with("text/csv")));
        let table = table.text().await.expect("a table");
        assert_eq!(table.lines().count(), 4, "{table}");
        assert!(table.contains("mia@example.org") && table.contains("/t/"), "{table}");
        let (_, first) = call(&owner, Method::GET, "/api/v1/mails?limit=1", Value::Null).await;
        assert_eq!(first["data"][0]["to"], "zoe@example.org", "the newest first: {first}");
        assert_eq!(first["page"]["has_more"], true);
        let (_, mias) = call(&owner, Method::GET, "/api/v1/mails?q=mia@example.org", Value::Null).await;
        let mail = mias["data"][0]["id"].as_str().expect("an id");
        let (status, mail) = call(&owner, Method::GET, &format!("/api/v1/mails/{mail}"), Value::Null).await;
        assert_eq!((status, &mail["to"]), (StatusCode::OK, &json!("mia@example.org")), "{mail}");
        assert!(mail["subject"].is_string() && !mail["text"].to_string().contains("/t/"), "{mail}");

        let (_, all) = call(&owner, Method::GET, "/api/v1/permissions", Value::Null).await;
        let all = all["data"].as_array().expect("rows").len();
        assert_eq!(all, domain::Permission::ALL.len());
        let path = format!("/api/v1/collections/{collection}");
        let (_, whole) = call(&owner, Method::GET, &path, Value::Null).await;
        let (_, items) = call(&owner, Method::GET, &format!("{path}/items"), Value::Null).await;
        assert_eq!(items["data"], whole["items"], "{items}");

        let (_, types) = call(&owner, Method::GET, "/api/v1/user-types", Value::Null).await;
        let invite = json!({ "email": "carol@example.org", "user_type_id": types["data"][1]["id"] });
        let (status, invited) = call(&owner, Method::POST, "/api/v1/people/invitations", invite.clone()).await;
        assert_eq!(status, StatusCode::OK, "{invited}");
        assert!(invited["link"].as_str().is_some_and(|link| link.starts_with(&world.url)), "{invited}");
        let (_, open) = call(&owner, Method::GET, "/api/v1/people/invitations", Value::Null).await;
        assert_eq!((&open["data"][0]["id"], &open["data"][0]["email"]), (&invited["id"], &json!("carol@example.org")));
        assert_eq!(open["data"][0]["link"], Value::Null, "it was shown once");
        let withdrawn = format!("/api/v1/people/invitations/{}", invited["id"].as_str().expect("an id"));
        let eve = world.set_up_another().await;
        assert_eq!(call(&eve, Method::DELETE, &withdrawn, Value::Null).await.0, StatusCode::NOT_FOUND);
        assert_eq!(call(&owner, Method::DELETE, &withdrawn, Value::Null).await.0, StatusCode::NO_CONTENT);
        assert_eq!(call(&owner, Method::DELETE, &withdrawn, Value::Null).await.0, StatusCode::NOT_FOUND);
        let api = token(world, &owner, ApiTokenForm::default()).await;
        let (status, problem) = call_with(world, &api.secret, Method::POST, "/api/v1/people/invitations", invite).await;
        assert_eq!((status, &problem["code"]), (StatusCode::FORBIDDEN, &json!("person-required")));
    })
    .await;
}
