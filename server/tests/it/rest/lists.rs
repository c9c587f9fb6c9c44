//! What lists are narrowed to, and lists as tables.

use domain::TokenId;
use domain::api_tokens::ApiTokenForm;

use super::tokens::{call as call_with, token};
use super::*;
use crate::world::World;

/// Tokens in every state: their names say which.
async fn tokens_in_every_state(world: &World, owner: &Browser) {
    let caller = world.caller(owner).await;
    let api_tokens = world.backend.api_tokens();
    let mut made = Vec::new();
    for (name, expires) in [
        ("live", "90d"),
        ("expiring", "20d"),
        ("suspended", "20d"),
        ("revoked", "90d"),
        ("endless", "never"),
    ] {
        let form = ApiTokenForm {
            name: name.into(),
            expires: expires.into(),
            ..ApiTokenForm::default()
        };
        made.push(api_tokens.create_from(&caller, &form).await.expect("a token").id);
    }
    api_tokens
        .set_suspended(&caller, made[2], true)
        .await
        .expect("suspended");
    api_tokens.revoke(&caller, made[3]).await.expect("revoked");
}

fn names(list: &Value) -> Vec<String> {
    let rows = list["data"].as_array().expect("rows").iter();
    rows.map(|row| row["name"].as_str().expect("a name").to_owned())
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn lists_of_tokens_and_sessions_are_narrowed_to_a_state() {
    on_each_engine(async |world| {
        let owner = world.set_up().await;
        tokens_in_every_state(world, &owner).await;
        for (asked, found) in [
            ("", &["endless", "expiring", "live", "suspended"][..]),
            ("&state=active", &["endless", "expiring", "live", "suspended"]),
            ("&state=live", &["endless", "expiring", "live"]),
            ("&state=suspended", &["suspended"]),
            ("&state=expiring", &["expiring"]),
            ("&state=expiring&expires_within=100", &["expiring", "live"]),
            ("&state=ended", &["revoked"]),
            ("&state=revoked", &["revoked"]),
            ("&state=expired", &[]),
        ] {
            let path = format!("/api/v1/api-tokens?sort=name{asked}");
            let (status, list) = call(&owner, Method::GET, &path, Value::Null).await;
            assert_eq!(status, StatusCode::OK, "{list}");
            assert_eq!(names(&list), found, "{asked}");
        }
        let (status, problem) = call(
            &owner,
            Method::GET,
            "/api/v1/api-tokens?state=used_up",
            Value::Null,
        )
        .await;
        assert_eq!(
            (status, &problem["errors"][0]["parameter"]),
            (StatusCode::BAD_REQUEST, &json!("state"))
        );

        let (_, session) = crate::oauth::signed_in(world, &owner, "Harbour").await;
        let count = async |asked: &str| {
            let path = format!("/api/v1/mobile-sessions?state={asked}");
            let (status, list) = call(&owner, Method::GET, &path, Value::Null).await;
            assert_eq!(status, StatusCode::OK, "{list}");
            list["data"].as_array().map(Vec::len)
        };
        assert_eq!(
            (count("live").await, count("suspended").await),
            (Some(1), Some(0))
        );
        let many = json!({ "ids": [session.session], "action": "suspend" });
        let (status, _) = call(&owner, Method::POST, "/api/v1/mobile-sessions/bulk-revoke", many).await;
        assert_eq!(status, StatusCode::OK);
        assert_eq!(
            (count("live").await, count("suspended").await),
            (Some(0), Some(1))
        );
        assert_eq!(
            (count("active").await, count("revoked").await),
            (Some(1), Some(0))
        );

        // What a department has, of access tokens and collections.
        let caller = world.caller(&owner).await;
        world.collection(&caller, "Everywhere").await;
        let north = world.collection(&caller, "In the north").await;
        let new = json!({ "name": "North" });
        let (_, department) = call(&owner, Method::POST, "/api/v1/departments", new).await;
        let moved = json!({ "department_id": department["id"] });
        let path = format!("/api/v1/collections/{north}");
        let (status, moved) = call(&owner, Method::PATCH, &path, moved).await;
        assert_eq!(
            (status, &moved["department"]["name"]),
            (StatusCode::OK, &json!("North")),
            "{moved}"
        );
        let new = json!({ "name": "Spring", "type": "single", "collection_id": north });
        call(&owner, Method::POST, "/api/v1/access-tokens", new).await;
        let id = department["id"].as_str().expect("an id");
        let path = format!("/api/v1/access-tokens?department_id={id}");
        assert_eq!(
            names(&call(&owner, Method::GET, &path, Value::Null).await.1),
            ["Spring"]
        );
        let path = format!("/api/v1/collections?department_id={id}");
        let (_, list) = call(&owner, Method::GET, &path, Value::Null).await;
        assert_eq!(list["data"].as_array().map(Vec::len), Some(1), "{list}");
        let path = format!("/api/v1/collections?department_id={id}&total=exact");
        let (_, list) = call(&owner, Method::GET, &path, Value::Null).await;
        assert_eq!(
            (&list["page"]["total"], &list["page"]["total_is_exact"]),
            (&json!(1), &json!(true)),
            "{list}"
        );

        // And so are page tokens, campaigns and mails found, as lists and as a table.
        let elsewhere = "01900000-0000-7000-8000-000000000000";
        for of in ["page-tokens", "campaigns", "mails"] {
            let path = format!("/api/v1/{of}?department_id={id}");
            let (status, list) = call(&owner, Method::GET, &path, Value::Null).await;
            assert_eq!(
                (status, &list["data"]),
                (StatusCode::OK, &json!([])),
                "{of}: {list}"
            );
            let path = format!("/api/v1/{of}?department_id={elsewhere}");
            let (status, problem) = call(&owner, Method::GET, &path, Value::Null).await;
            assert_eq!(status, StatusCode::NOT_FOUND, "{of}: {problem}");
        }
        let path = format!("/api/v1/campaigns.csv?department_id={elsewhere}");
        let (status, problem) = call(&owner, Method::GET, &path, Value::Null).await;
        assert_eq!(status, StatusCode::NOT_FOUND, "{problem}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_list_is_taken_as_a_table_and_runs_nothing_in_a_spreadsheet() {
    on_each_engine(async |world| {
        let owner = world.set_up().await;
        let caller = world.caller(&owner).await;
        let formula = ApiTokenForm {
            name: "=HYPERLINK(\"https://evil.example\")".into(),
            ..ApiTokenForm::default()
        };
        let made = world.backend.api_tokens().create_from(&caller, &formula).await;
        let secret = made.expect("a token").secret;
        // More than are read at once, so that the table goes on behind the first page.
        let policy = json!({
            "default_days": 90, "idle_days": null, "longest_days": null, "most_per_person": 1000,
            "networks_required": false, "never_allowed": true, "organisation_per_minute": null, "per_minute": null,
            "revoke_exposed": false, "show_once": false,
        });
        let (status, said) = call(&owner, Method::PUT, "/api/v1/policies/tokens", policy).await;
        assert_eq!(status, StatusCode::OK, "{said}");
        for number in 0..205 {
            let form = ApiTokenForm {
                name: format!("Many {number}"),
                ..ApiTokenForm::default()
            };
            let made = world.backend.api_tokens().create_from(&caller, &form).await;
            made.expect("a token");
        }
        let answer = owner.get("/api/v1/api-tokens.csv?sort=created_at").await;
        assert_eq!(answer.status(), StatusCode::OK);
        let head = |name: &str| answer.headers()[name].to_str().expect("a header").to_owned();
        assert_eq!(head("content-type"), "text/csv; charset=utf-8; header=present");
        assert_eq!(head("content-disposition"), "attachment; filename=\"api-tokens.csv\"");
        let text = answer.text().await.expect("a table");
        let lines: Vec<&str> = text.split("\r\n").collect();
        assert_eq!(
            lines[0],
            "\u{feff}id,name,hint,state,user_name,user_email,department,user_type,created_at,expires_at,last_used_at"
        );
        assert!(text.contains(",\"'=HYPERLINK(\"\"https://evil.example\"\")\","), "{}", lines[1]);
        assert!(text.contains(",Many 0,twa_") && text.contains(",Many 204,twa_"), "{}", lines[206]);
        assert_eq!((lines.len(), lines[207]), (208, ""), "every row, and nothing behind them");
        assert!(!text.contains(&secret), "no secret stands in it");

        // A table is narrowed as the list is, and refuses what a list refuses.
        let (_, text) = call(&owner, Method::GET, "/api/v1/api-tokens.csv?q=Many+204", Value::Null).await;
        assert_eq!(text.as_str().map(|text| text.lines().count()), Some(2), "{text}");
        let (status, problem) = call(&owner, Method::GET, "/api/v1/api-tokens.csv?limit=5", Value::Null).await;
        assert_eq!((status, &problem["errors"][0]["parameter"]), (StatusCode::BAD_REQUEST, &json!("limit")));
        let nowhere = "/api/v1/api-tokens.csv?department_id=01900000-0000-7000-8000-000000000000";
        let (status, _) = call(&owner, Method::GET, nowhere, Value::Null).await;
        assert_eq!(status, StatusCode::NOT_FOUND);

        crate::oauth::signed_in(world, &owner, "@Harbour").await;
        let (_, text) = call(&owner, Method::GET, "/api/v1/mobile-sessions.csv", Value::Null).await;
        let text = text.as_str().expect("a table");
        assert!(text.contains(",ada@example.org,") && text.contains(",\"'@Harbour\","), "{text}");
        let collection = world.collection(&caller, "+Boats").await;
        let new = json!({ "name": "-Spring", "type": "single", "usage_limit": 7, "collection_id": collection });
        call(&owner, Method::POST, "/api/v1/access-tokens", new).await;
        let (_, text) = call(&owner, Method::GET, "/api/v1/access-tokens.csv?state=live", Value::Null).await;
        let text = text.as_str().expect("a table");
        assert!(text.contains("\"'-Spring\",single,") && text.contains("\"'+Boats\",7,,0,7,"), "{text}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_a_filter_finds_is_ended_at_once_if_it_is_as_much_as_was_expected() {
    on_each_engine(async |world| {
        let owner = world.set_up().await;
        tokens_in_every_state(world, &owner).await;
        let path = "/api/v1/api-tokens/bulk-revoke";
        let send = async |body: Value| call(&owner, Method::POST, path, body).await;
        let filter = json!({ "state": "expiring", "never_used": true });

        let (status, would) = send(json!({ "filter": filter, "dry_run": true })).await;
        assert_eq!(
            (status, &would["would_hit"]["tokens"]),
            (StatusCode::OK, &json!(1)),
            "{would}"
        );
        for (body, status, pointer) in [
            (json!({}), 422, "/ids"),
            (json!({ "filter": filter, "ids": [] }), 422, "/ids"),
            (json!({ "filter": filter }), 422, "/expected_count"),
            (json!({ "ids": [], "expected_count": 0 }), 422, "/expected_count"),
            (
                json!({ "filter": { "permission": "people:eat" }, "dry_run": true }),
                422,
                "/filter/permission",
            ),
            (
                json!({ "filter": { "stat": "live" }, "dry_run": true }),
                422,
                "/filter/stat",
            ),
        ] {
            let (given, problem) = send(body.clone()).await;
            assert_eq!(given.as_u16(), status, "{body}: {problem}");
            assert_eq!(problem["errors"][0]["pointer"], pointer, "{body}: {problem}");
        }
        let (status, problem) = send(json!({ "filter": filter, "expected_count": 2 })).await;
        assert_eq!(
            (status, &problem["code"]),
            (StatusCode::CONFLICT, &json!("count-mismatch")),
            "{problem}"
        );
        let (status, done) = send(json!({ "filter": filter, "expected_count": 1 })).await;
        assert_eq!(status, StatusCode::OK, "{done}");
        assert_eq!(done["data"][0]["result"], "revoked", "{done}");
        let (_, list) = call(&owner, Method::GET, "/api/v1/api-tokens?sort=name", Value::Null).await;
        assert_eq!(names(&list), ["endless", "live", "suspended"]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_are_ended_all_or_none_and_their_history_says_why() {
    on_each_engine(async |world| {
        let owner = world.set_up().await;
        tokens_in_every_state(world, &owner).await;
        let get = async |path: &str| call(&owner, Method::GET, path, Value::Null).await.1;
        let list = get("/api/v1/api-tokens?sort=name").await;
        let ids: Vec<&str> = list["data"]
            .as_array()
            .expect("rows")
            .iter()
            .map(|row| row["id"].as_str().expect("an id"))
            .collect();
        let ended = get("/api/v1/api-tokens?state=ended").await;
        let ended = ended["data"][0]["id"].as_str().expect("an id").to_owned();
        let path = "/api/v1/api-tokens/bulk-revoke";
        let send = async |body: Value| call(&owner, Method::POST, path, body).await;

        let unknown = "01900000-0000-7000-8000-000000000000";
        for (stranger, action) in [(unknown, "revoke"), (unknown, "suspend"), (&*ended, "suspend")] {
            let body = json!({ "ids": [ids[0], stranger], "mode": "atomic", "action": action });
            let (status, problem) = send(body).await;
            assert_eq!(
                (status, &problem["code"]),
                (StatusCode::CONFLICT, &json!("conflict")),
                "{problem}"
            );
            assert!(problem["detail"].to_string().contains(stranger), "{problem}");
        }
        let states = names(&get("/api/v1/api-tokens?state=live&sort=name").await);
        assert_eq!(states, ["endless", "expiring", "live"], "nothing was done");

        for (reason, is_one) in [("", false), ("x\ny", false), ("They left the company", true)] {
            let body = json!({ "ids": [ids[0]], "action": "suspend", "reason": reason, "mode": "atomic" });
            let (status, answer) = send(body).await;
            assert_eq!(status == StatusCode::OK, is_one, "{answer}");
            if !is_one {
                assert_eq!(answer["errors"][0]["pointer"], "/reason", "{answer}");
            }
        }
        let body =
            json!({ "ids": [ids[0], unknown], "mode": "best_effort", "reason": "They left the company" });
        let (status, done) = send(body).await;
        assert_eq!(status, StatusCode::OK, "{done}");
        let results = done["data"].as_array().expect("results").iter();
        let mut results: Vec<&str> = results.filter_map(|one| one["result"].as_str()).collect();
        results.sort_unstable();
        assert_eq!(results, ["not_found", "revoked"]);
        // What is over already does not stand in the way of ending it.
        let (status, done) = send(json!({ "ids": [ids[0], ended], "mode": "atomic" })).await;
        assert_eq!(status, StatusCode::OK, "{done}");
        assert_eq!(done["data"][0]["result"], "already_revoked");

        let events = get(&format!("/api/v1/audit-events?token_id={}", ids[0])).await;
        let told: Vec<&str> = events["data"]
            .as_array()
            .expect("events")
            .iter()
            .filter_map(|event| event["what"].as_str())
            .collect();
        assert_eq!(
            told[..2],
            [
                "Revoked it: They left the company",
                "Suspended it: They left the company"
            ]
        );
        let (_, session) = crate::oauth::signed_in(world, &owner, "Harbour").await;
        let path = "/api/v1/mobile-sessions/bulk-revoke";
        let body = json!({ "ids": [session.session, unknown], "mode": "atomic" });
        let (status, _) = call(&owner, Method::POST, path, body).await;
        assert_eq!(status, StatusCode::CONFLICT);
        let body = json!({ "ids": [session.session], "reason": "A lost phone" });
        let (status, done) = call(&owner, Method::POST, path, body).await;
        assert_eq!(
            (status, &done["data"][0]["result"]),
            (StatusCode::OK, &json!("revoked")),
            "{done}"
        );
        let events = get(&format!("/api/v1/audit-events?token_id={}", session.session)).await;
        let told = events["data"][0]["what"].as_str().expect("a sentence");
        assert!(told.ends_with("out of Harbour: A lost phone"), "{told}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_end_of_an_api_token_is_said_as_an_instant_too() {
    on_each_engine(async |world| {
        let owner = world.set_up().await;
        let path = "/api/v1/api-tokens";
        let new = json!({ "name": "Until noon", "expires_at": "2099-01-31T12:00:00Z" });
        let (status, made) = call(&owner, Method::POST, path, new).await;
        assert_eq!(status, StatusCode::CREATED, "{made}");
        let one = format!("{path}/{}", made["id"].as_str().expect("an id"));
        let (_, shown) = call(&owner, Method::GET, &one, Value::Null).await;
        assert_eq!(shown["expires_at"], "2099-01-31T12:00:00Z", "{shown}");
        for (change, status, expected) in [
            (
                json!({ "expires_at": "2098-01-31T12:00:00Z" }),
                200,
                json!("2098-01-31T12:00:00Z"),
            ),
            (
                json!({ "description": "Counts" }),
                200,
                json!("2098-01-31T12:00:00Z"),
            ),
            (json!({ "expires_at": null }), 200, Value::Null),
            (
                json!({ "expires_at": "2001-01-31T12:00:00Z" }),
                422,
                json!("/expires_at"),
            ),
            (
                json!({ "expires_at": "+12001-01-31T12:00:00Z" }),
                422,
                json!("/expires_at"),
            ),
            (
                json!({ "expires_at": null, "expires": "90d" }),
                422,
                json!("/expires_at"),
            ),
            (json!({ "expires": "0d" }), 422, json!("/expires")),
        ] {
            let (given, answer) = call(&owner, Method::PATCH, &one, change.clone()).await;
            assert_eq!(given.as_u16(), status, "{change}: {answer}");
            let said = if status == 200 {
                &answer["expires_at"]
            } else {
                &answer["errors"][0]["pointer"]
            };
            assert_eq!(*said, expected, "{change}: {answer}");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn who_used_a_token_is_listed_and_only_to_those_who_see_the_token() {
    on_each_engine(async |world| {
        let owner = world.set_up().await;
        let caller = world.caller(&owner).await;
        let collection = world.collection(&caller, "Boat safety").await;
        let (single, code) = world.single_token(&caller, collection, "9").await;
        for name in ["Mia", "Noor", "Olga"] {
            let email = format!("{}@example.org", name.to_lowercase());
            let answer = world.browser().redeem(&code, name, &email).await;
            assert!(answer.status().is_redirection(), "{answer:?}");
        }
        let path = format!("/api/v1/access-tokens/{single}/uses");
        let (status, list) = call(&owner, Method::GET, &format!("{path}?limit=2"), Value::Null).await;
        assert_eq!(status, StatusCode::OK, "{list}");
        let seen = |list: &Value| -> Vec<(i64, String)> {
            let rows = list["data"].as_array().expect("rows").iter();
            rows.map(|row| {
                let name = row["person_name"].as_str().expect("a name");
                (row["number"].as_i64().expect("a number"), name.to_owned())
            })
            .collect()
        };
        assert_eq!(seen(&list), [(3, "Olga".into()), (2, "Noor".into())]);
        let cursor = list["page"]["next_cursor"].as_str().expect("another page");
        let (_, rest) = call(
            &owner,
            Method::GET,
            &format!("{path}?limit=2&cursor={cursor}"),
            Value::Null,
        )
        .await;
        assert_eq!(seen(&rest), [(1, "Mia".into())], "{rest}");
        assert_eq!(rest["page"]["has_more"], false);

        let new =
            json!({ "name": "Seats", "type": "multi", "number_of_tokens": 2, "collection_id": collection });
        let (_, multi) = call(&owner, Method::POST, "/api/v1/access-tokens", new).await;
        let multi = format!("/api/v1/access-tokens/{}", multi["id"].as_str().expect("an id"));
        let (_, none) = call(&owner, Method::GET, &format!("{multi}/uses"), Value::Null).await;
        assert_eq!(none["data"], json!([]));
        let (_, codes) = call(&owner, Method::GET, &format!("{multi}/codes"), Value::Null).await;
        let code = codes["data"][1]["id"].as_str().expect("an id");
        let (_, shared) = call(
            &owner,
            Method::POST,
            &format!("{multi}/codes/{code}/share"),
            json!({}),
        )
        .await;
        let secret = shared["code"].as_str().expect("a code").replace('-', "");
        world.browser().redeem(&secret, "Pia", "pia@example.org").await;
        let (_, list) = call(&owner, Method::GET, &format!("{multi}/uses"), Value::Null).await;
        assert_eq!(seen(&list), [(1, "Pia".into())], "{list}");
        assert_eq!(list["data"][0]["code_id"], code);

        let api = token(world, &owner, ApiTokenForm::default()).await;
        for id in [api.id, TokenId(uuid::Uuid::nil())] {
            let path = format!("/api/v1/access-tokens/{id}/uses");
            let (status, _) = call_with(world, &api.secret, Method::GET, &path, Value::Null).await;
            assert_eq!(status, StatusCode::NOT_FOUND);
        }
        let eve = world.set_up_another().await;
        let (status, _) = call(&eve, Method::GET, &path, Value::Null).await;
        assert_eq!(status, StatusCode::NOT_FOUND, "another organisation's");
    })
    .await;
}

/// The names in a list that is asked for.
async fn named(owner: &Browser, path: &str) -> Vec<String> {
    let (status, list) = call(owner, Method::GET, path, Value::Null).await;
    assert_eq!(status, StatusCode::OK, "{path}: {list}");
    names(&list)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn access_tokens_are_narrowed_by_when_they_were_made_end_and_were_used() {
    on_each_engine(async |world| {
        let owner = world.set_up().await;
        let caller = world.caller(&owner).await;
        let collection = world.collection(&caller, "Boat safety").await;
        let soon = (world.backend.clock().now() + chrono::TimeDelta::days(20)).to_rfc3339();
        let mut made = Vec::new();
        for (name, end) in [
            ("endless", Value::Null),
            ("long", json!("2099-01-01T00:00:00Z")),
            ("soon", json!(soon)),
        ] {
            let new =
                json!({ "name": name, "type": "single", "collection_id": collection, "expires_at": end });
            made.push(call(&owner, Method::POST, "/api/v1/access-tokens", new).await.1);
        }
        let share = format!(
            "/api/v1/access-tokens/{}/share",
            made[1]["id"].as_str().expect("an id")
        );
        let (_, shared) = call(&owner, Method::POST, &share, json!({})).await;
        let code = shared["code"].as_str().expect("a code").replace('-', "");
        world.browser().redeem(&code, "Mia", "mia@example.org").await;
        let second = made[1]["created_at"].as_str().expect("an instant");
        for order in ["name", "created_at", "-expires_at", "last_used_at"] {
            for (asked, found) in [
                (format!("created_after={second}"), &["long", "soon"][..]),
                (format!("created_before={second}"), &["endless"]),
                (format!("created_after={second}&created_before={second}"), &[]),
                ("expires_after=2098-12-31T23:59:59Z".into(), &["long"]),
                ("expires_before=2099-01-01T00:00:00Z".into(), &["soon"]),
                ("expires_within=30".into(), &["soon"]),
                ("state=expiring".into(), &["soon"]),
                ("state=expiring&expires_within=10".into(), &[]),
                ("last_used_after=2026-01-01T00:00:00Z".into(), &["long"]),
                ("last_used_before=2099-01-01T00:00:00Z".into(), &["long"]),
                ("never_used=true".into(), &["endless", "soon"]),
            ] {
                let path = format!("/api/v1/access-tokens?total=exact&sort={order}&{asked}");
                let (status, list) = call(&owner, Method::GET, &path, Value::Null).await;
                if asked.contains("created_before") && asked.contains("created_after") {
                    assert_eq!(status, StatusCode::BAD_REQUEST, "it can find nothing");
                    continue;
                }
                assert_eq!(status, StatusCode::OK, "{path}: {list}");
                let mut seen = names(&list);
                seen.sort_unstable();
                assert_eq!(seen, found, "{path}");
                let page = &list["page"];
                assert_eq!(
                    (&page["total"], &page["total_is_exact"]),
                    (&json!(found.len()), &json!(true)),
                    "{path}"
                );
            }
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_list_is_counted_when_somebody_asks_and_its_cursors_stay_good() {
    on_each_engine(async |world| {
        let owner = world.set_up().await;
        tokens_in_every_state(world, &owner).await;
        let get = async |path: &str| call(&owner, Method::GET, path, Value::Null).await;
        let (_, first) = get("/api/v1/api-tokens?limit=3").await;
        assert_eq!(first["page"].get("total"), None, "nobody asked");
        let cursor = first["page"]["next_cursor"].as_str().expect("another page");
        let (status, rest) = get(&format!("/api/v1/api-tokens?limit=3&total=exact&cursor={cursor}")).await;
        assert_eq!(
            (status, &rest["page"]["total"]),
            (StatusCode::OK, &json!(4)),
            "{rest}"
        );
        for path in [
            "/api/v1/api-tokens?total=many",
            "/api/v1/audit-events?total=exact",
        ] {
            let (status, problem) = get(path).await;
            assert_eq!(status, StatusCode::BAD_REQUEST, "{path}");
            assert_eq!(problem["errors"][0]["parameter"], "total", "{problem}");
        }
        for (list, total) in [
            ("mobile-sessions", 0),
            ("page-tokens", 0),
            ("collections", 0),
            ("people", 1),
        ] {
            let (_, list) = get(&format!("/api/v1/{list}?total=exact")).await;
            assert_eq!(list["page"]["total"], total, "{list}");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn tokens_are_found_by_where_they_were_used_and_in_a_department_alone() {
    on_each_engine(async |world| {
        let owner = world.set_up().await;
        tokens_in_every_state(world, &owner).await;
        let api = token(world, &owner, ApiTokenForm::default()).await;
        call_with(
            world,
            &api.secret,
            Method::GET,
            "/api/v1/tokens/self",
            Value::Null,
        )
        .await;
        // What is kept in memory of it is written when its page is opened.
        call(
            &owner,
            Method::GET,
            &format!("/api/v1/api-tokens/{}", api.id),
            Value::Null,
        )
        .await;
        for (asked, found) in [
            ("last_used_ip=127.0.0.0/8", &["Import"][..]),
            ("last_used_ip=::ffff:127.0.0.1", &["Import"]),
            ("last_used_ip=203.0.113.0/24", &[]),
            ("last_used_after=2026-01-01T00:00:00Z", &["Import"]),
        ] {
            assert_eq!(
                named(&owner, &format!("/api/v1/api-tokens?{asked}")).await,
                found,
                "{asked}"
            );
        }
        // What a scan of files prints of a token finds it, and shows nobody the token.
        let (_, page) = call(
            &owner,
            Method::GET,
            &format!("/api/v1/api-tokens/{}", api.id),
            Value::Null,
        )
        .await;
        let hint = page["hint"].as_str().expect("a hint").replace('…', "%E2%80%A6");
        assert!(hint.len() < 24 && !hint.contains(&api.secret[8..12]), "{hint}");
        let path = format!("/api/v1/api-tokens?q={hint}");
        assert_eq!(named(&owner, &path).await, ["Import"], "{hint}");
        let department = async |name: &str, parent: Option<&str>| {
            let new = json!({ "name": name, "parent_id": parent });
            let (_, made) = call(&owner, Method::POST, "/api/v1/departments", new).await;
            made["id"].as_str().expect("an id").to_owned()
        };
        let north = department("North", None).await;
        let far = department("Far north", Some(&north)).await;
        for (name, department) in [("in the north", &north), ("far up", &far)] {
            let new = json!({ "name": name, "department_id": department });
            let (status, made) = call(&owner, Method::POST, "/api/v1/api-tokens", new).await;
            assert_eq!(status, StatusCode::CREATED, "{made}");
        }
        let path = format!("/api/v1/api-tokens?sort=name&department_id={north}");
        assert_eq!(named(&owner, &path).await, ["far up", "in the north"]);
        assert_eq!(
            named(&owner, &format!("{path}&include_children=false")).await,
            ["in the north"]
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_sessions_are_named_by_a_filter_after_it_was_said_what_that_hits() {
    on_each_engine(async |world| {
        let owner = world.set_up().await;
        for app in ["Library", "Archive"] {
            crate::oauth::signed_in(world, &owner, app).await;
        }
        let path = "/api/v1/mobile-sessions/bulk-revoke";
        let send = async |body: Value| call(&owner, Method::POST, path, body).await;
        let (status, preview) = send(json!({ "filter": {}, "dry_run": true })).await;
        assert_eq!(status, StatusCode::OK, "{preview}");
        let hit = &preview["would_hit"];
        assert_eq!(
            (&hit["tokens"], &hit["people"]),
            (&json!(2), &json!(1)),
            "{preview}"
        );
        assert_eq!(hit["used_last_hour"], 2, "they signed in just now: {preview}");
        let (status, problem) = send(json!({ "filter": {} })).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{problem}");
        let backwards = json!({
            "created_after": "2026-05-02T00:00:00Z", "created_before": "2026-05-01T00:00:00Z"
        });
        let (_, problem) = send(json!({ "filter": backwards, "dry_run": true })).await;
        assert_eq!(
            problem["errors"][0]["pointer"], "/filter/created_before",
            "{problem}"
        );
        let (status, problem) = send(json!({ "filter": {}, "expected_count": 1 })).await;
        assert_eq!(
            (status, &problem["code"]),
            (StatusCode::CONFLICT, &json!("count-mismatch"))
        );
        let (status, done) = send(json!({ "filter": {}, "expected_count": 2 })).await;
        assert_eq!(status, StatusCode::OK, "{done}");
        let results = done["data"].as_array().expect("results");
        assert_eq!(results.len(), 2, "{done}");
        assert!(results.iter().all(|one| one["result"] == "revoked"), "{done}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_instant_that_no_database_knows_is_refused_at_its_field() {
    on_each_engine(async |world| {
        let owner = world.set_up().await;
        let caller = world.caller(&owner).await;
        let collection = world.collection(&caller, "Boat safety").await;
        let list = "/api/v1/access-tokens";
        let new = json!({ "name": "Spring", "type": "single", "collection_id": collection });
        let (_, made) = call(&owner, Method::POST, list, new.clone()).await;
        let path = format!("{list}/{}", made["id"].as_str().expect("an id"));
        for field in ["starts_at", "expires_at"] {
            for at in ["+250000-01-01T00:00:00Z", "-9000-01-01T00:00:00Z"] {
                let mut far = new.clone();
                far[field] = json!(at);
                let mut change = json!({});
                change[field] = json!(at);
                for (method, path, body) in [(Method::POST, list, far), (Method::PATCH, &path, change)] {
                    let (status, problem) = call(&owner, method, path, body).await;
                    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{at}: {problem}");
                    let pointer = format!("/{field}");
                    assert_eq!(problem["errors"][0]["pointer"], pointer, "{problem}");
                }
            }
        }
        let far = json!({ "expires_on": "+250000-01-01" });
        let (status, problem) = call(&owner, Method::PATCH, &path, far).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{problem}");
        for asked in ["created_after", "expires_before", "last_used_after"] {
            let asked = format!("{list}?{asked}=%2B250000-01-01T00:00:00Z");
            let (status, problem) = call(&owner, Method::GET, &asked, Value::Null).await;
            assert_eq!(status, StatusCode::BAD_REQUEST, "{problem}");
        }
    })
    .await;
}
