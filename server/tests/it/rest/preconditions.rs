//! Changes that are made to what was seen, and to nothing else.

use super::*;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_two_who_have_seen_the_same_one_changes_it() {
    on_each_engine(async |world| {
        let owner = world.set_up().await;
        let caller = world.caller(&owner).await;
        let id = world.collection(&caller, "Boat safety").await;
        let path = format!("/api/v1/collections/{id}");
        let send = async |method: Method, path: &str, head: (&str, &str), body: Value| {
            let request = owner
                .request(method, path)
                .header("sec-fetch-site", "same-origin")
                .header(head.0, head.1);
            request.json(&body).send().await.expect("an answer")
        };
        let seen = owner.get(&path).await;
        let tag = seen.headers()["etag"].to_str().expect("a tag").to_owned();
        let known = send(Method::GET, &path, ("if-none-match", &tag), Value::Null).await;
        assert_eq!(
            (known.status(), &known.headers()["etag"]),
            (StatusCode::NOT_MODIFIED, &seen.headers()["etag"])
        );

        let (one, other) = (json!({ "title": "One" }), json!({ "title": "Other" }));
        let answers = tokio::join!(
            send(Method::PATCH, &path, ("if-match", &tag), one),
            send(Method::PATCH, &path, ("if-match", &tag), other)
        );
        let mut statuses = [answers.0.status().as_u16(), answers.1.status().as_u16()];
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 412], "who came second is told");

        let late = send(
            Method::PATCH,
            &path,
            ("if-match", &tag),
            json!({ "title": "Late" }),
        )
        .await;
        assert_eq!(late.status(), StatusCode::PRECONDITION_FAILED);
        let now = late.headers()["etag"]
            .to_str()
            .expect("the tag of what is there")
            .to_owned();
        let problem: Value = late.json().await.expect("JSON");
        assert_eq!(problem["code"], "precondition-failed", "{problem}");
        let fresh = send(Method::GET, &path, ("if-none-match", &tag), Value::Null).await;
        assert_eq!(fresh.status(), StatusCode::OK);
        let named = send(
            Method::PATCH,
            &path,
            ("if-match", &now),
            json!({ "title": "Third" }),
        )
        .await;
        assert_eq!(named.status(), StatusCode::OK);

        let list = "/api/v1/collections";
        let made = send(Method::POST, list, ("if-match", &now), json!({ "title": "New" })).await;
        assert_eq!(
            made.status(),
            StatusCode::BAD_REQUEST,
            "there is nothing to compare with"
        );
        let gone = format!("{list}/{}", uuid::Uuid::nil());
        let gone = send(Method::PATCH, &gone, ("if-match", "*"), json!({ "title": "X" })).await;
        assert_eq!(gone.status(), StatusCode::NOT_FOUND);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_page_has_as_many_rows_as_were_asked_for_and_goes_on_behind_them() {
    on_each_engine(async |world| {
        let owner = world.set_up().await;
        let caller = world.caller(&owner).await;
        for n in 0..130 {
            let title = format!("Course {n:03}");
            world
                .backend
                .collections()
                .create(&caller, &title)
                .await
                .expect("a collection");
        }
        let (_, first) = call(&owner, Method::GET, "/api/v1/collections?limit=120", Value::Null).await;
        let rows = |page: &Value| page["data"].as_array().map(Vec::len);
        assert_eq!(
            (rows(&first), &first["page"]["has_more"]),
            (Some(120), &json!(true))
        );
        let cursor = first["page"]["next_cursor"].as_str().expect("a cursor");
        let next = format!("/api/v1/collections?limit=120&cursor={cursor}");
        let (_, rest) = call(&owner, Method::GET, &next, Value::Null).await;
        assert_eq!(
            (rows(&rest), &rest["page"]["has_more"]),
            (Some(10), &json!(false))
        );
        let (_, usual) = call(&owner, Method::GET, "/api/v1/collections", Value::Null).await;
        assert_eq!(rows(&usual), Some(50));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_program_is_told_in_time_what_it_should_know_of_its_token() {
    on_each_engine(async |world| {
        let owner = world.set_up().await;
        let caller = world.caller(&owner).await;
        let api = super::tokens::token(world, &owner, Default::default()).await;
        let look = async |secret: &str| {
            let request = world
                .browser()
                .request(Method::GET, "/api/v1/tokens/self")
                .bearer_auth(secret);
            request.send().await.expect("an answer").headers().clone()
        };
        let head = look(&api.secret).await;
        for name in ["token-expires-at", "token-superseded", "ratelimit"] {
            assert!(!head.contains_key(name), "{name}: there is nothing to tell");
        }
        let tokens = world.backend.api_tokens();
        let policy = domain::api_tokens::PolicyForm {
            per_minute: "600".into(),
            ..domain::api_tokens::Policy::default().into()
        };
        tokens.set_policy(&caller, &policy).await.expect("set");
        let soon = domain::api_tokens::ApiTokenForm {
            name: "Soon over".into(),
            expires: "5d".into(),
            ..Default::default()
        };
        let soon = tokens.create_from(&caller, &soon).await.expect("a token");
        let rotation = domain::api_tokens::RotateForm {
            grace: "1h".into(),
            until_first_use: false,
        };
        let fresh = tokens.rotate(&caller, soon.id, &rotation).await.expect("rotated");
        let text = |head: &reqwest::header::HeaderMap, name: &str| {
            head.get(name)
                .map(|value| value.to_str().expect("text").to_owned())
        };
        let head = look(&fresh.secret).await;
        let end = soon
            .expires_at
            .expect("an end")
            .to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
        assert_eq!(text(&head, "token-expires-at"), Some(end));
        assert_eq!(text(&head, "token-superseded"), None);
        assert_eq!(
            text(&head, "ratelimit-policy").as_deref(),
            Some("\"token\";q=600;w=60")
        );
        assert!(text(&head, "ratelimit").is_some_and(|left| left.starts_with("\"token\";r=")));
        let old = text(&look(&soon.secret).await, "token-superseded").expect("it was replaced");
        assert!(old.starts_with("?1;ends=@"), "{old}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_policy_is_read_by_programs_and_set_by_people_as_a_whole() {
    on_each_engine(async |world| {
        let owner = world.set_up().await;
        let path = "/api/v1/policies/tokens";
        let (status, usual) = call(&owner, Method::GET, path, Value::Null).await;
        assert_eq!(
            (status, &usual["longest_days"], &usual["refused"]),
            (StatusCode::OK, &Value::Null, &json!(0))
        );
        let api = super::tokens::token(world, &owner, Default::default()).await;
        let (status, seen) = super::tokens::call(world, &api.secret, Method::GET, path, Value::Null).await;
        assert_eq!((status, &seen), (StatusCode::OK, &usual));

        // What was read can be sent back: what the answer counts is taken along and not read.
        let (status, again) = call(&owner, Method::PUT, path, usual.clone()).await;
        assert_eq!((status, &again), (StatusCode::OK, &usual));
        let mut strict = usual.clone();
        strict["refused"] = json!(7);
        strict["longest_days"] = json!(30);
        strict["default_days"] = json!(30);
        strict["never_allowed"] = json!(false);
        let (status, problem) = call(&owner, Method::PUT, path, json!({ "longest_days": 30 })).await;
        assert_eq!(
            status,
            StatusCode::UNPROCESSABLE_ENTITY,
            "half a policy is none: {problem}"
        );
        let (status, now) = call(&owner, Method::PUT, path, strict).await;
        assert_eq!(
            (status, &now["longest_days"], &now["refused"]),
            (StatusCode::OK, &json!(30), &json!(1)),
            "{now}"
        );
        let (status, problem) = super::tokens::call(world, &api.secret, Method::GET, path, Value::Null).await;
        assert_eq!(
            (status, &problem["code"]),
            (StatusCode::FORBIDDEN, &json!("policy-lifetime-exceeded")),
            "it lives for ninety days"
        );

        // Of two who have seen the same policy one sets it.
        let tag = owner.get(path).await.headers()["etag"]
            .to_str()
            .expect("a tag")
            .to_owned();
        let set = async |days: i64| {
            let request = owner
                .request(Method::PUT, path)
                .header("sec-fetch-site", "same-origin")
                .header("if-match", &tag);
            let mut rules = now.clone();
            rules["default_days"] = json!(days);
            request.json(&rules).send().await.expect("an answer").status()
        };
        assert_eq!(set(20).await, StatusCode::OK);
        assert_eq!(set(10).await, StatusCode::PRECONDITION_FAILED);
    })
    .await;
}
