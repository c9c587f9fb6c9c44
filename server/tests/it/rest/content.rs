//! A program makes everything: a collection with its items, and an access token with very many codes for it.

use super::*;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_collection_is_made_filled_and_published() {
    on_each_engine(async |world| {
        let owner = world.set_up().await;
        let send = async |method: Method, path: &str, body: Value| call(&owner, method, path, body).await;
        let new = json!({ "title": "Boat safety" });
        let (_, collection) = send(Method::POST, "/api/v1/collections", new).await;
        let collection = format!(
            "/api/v1/collections/{}",
            collection["id"].as_str().expect("an id")
        );
        let items = format!("{collection}/items");

        let page = json!({ "type": "page", "title": "Welcome", "text": "# Hello" });
        let (status, page) = send(Method::POST, &items, page).await;
        assert_eq!(
            (status, &page["text"]),
            (StatusCode::CREATED, &json!("# Hello")),
            "{page}"
        );
        let link = json!({ "type": "link", "title": "Jackets", "url": "https://example.org/jackets" });
        let (_, link) = send(Method::POST, &items, link).await;
        assert_eq!(
            (&link["type"], &link["text"]),
            (&json!("link"), &Value::Null),
            "{link}"
        );
        for (body, pointer) in [
            (json!({ "type": "file", "title": "Plan" }), "/type"),
            (
                json!({ "type": "link", "title": "x", "url": "javascript:alert(1)" }),
                "/url",
            ),
            (
                json!({ "type": "link", "title": "x", "url": "https://x.org", "text": "y" }),
                "/text",
            ),
            (json!({ "type": "page", "title": "" }), "/title"),
        ] {
            let (status, problem) = send(Method::POST, &items, body.clone()).await;
            assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{body}: {problem}");
            assert_eq!(problem["errors"][0]["pointer"], pointer, "{body}: {problem}");
        }

        let one = format!("{items}/{}", link["id"].as_str().expect("an id"));
        let (status, moved) = send(
            Method::PATCH,
            &one,
            json!({ "title": "Life jackets", "position": 1 }),
        )
        .await;
        assert_eq!(
            (status, &moved["title"]),
            (StatusCode::OK, &json!("Life jackets")),
            "{moved}"
        );
        assert_eq!(
            moved["url"], "https://example.org/jackets",
            "what is not said stays"
        );
        let titles = async || {
            let (_, list) = send(Method::GET, &items, Value::Null).await;
            let rows = list["data"].as_array().expect("items").iter();
            rows.map(|row| row["title"].clone()).collect::<Vec<_>>()
        };
        assert_eq!(titles().await, ["Life jackets", "Welcome"]);
        let (status, problem) = send(Method::PATCH, &one, json!({ "text": "x" })).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{problem}");
        let (status, published) = send(Method::PATCH, &collection, json!({ "state": "published" })).await;
        assert_eq!(
            (status, &published["state"]),
            (StatusCode::OK, &json!("published")),
            "{published}"
        );
        assert_eq!(
            send(Method::DELETE, &one, Value::Null).await.0,
            StatusCode::NO_CONTENT
        );
        assert_eq!(titles().await, ["Welcome"]);
        for method in [Method::GET, Method::DELETE] {
            assert_eq!(send(method, &one, Value::Null).await.0, StatusCode::NOT_FOUND);
        }
        let eve = world.set_up_another().await;
        let one = format!("{items}/{}", page["id"].as_str().expect("an id"));
        let (status, _) = call(&eve, Method::PATCH, &one, json!({ "title": "Mine" })).await;
        assert_eq!(status, StatusCode::NOT_FOUND, "another organisation's");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_making_of_very_many_codes_is_watched_and_stopped() {
    on_each_engine(async |world| {
        let owner = world.set_up().await;
        let caller = world.caller(&owner).await;
        let collection = world.collection(&caller, "Boat safety").await;
        let make = async |number: i64| {
            let new = json!({
                "name": "Everybody", "type": "multi", "number_of_tokens": number, "collection_id": collection,
            });
            let (status, made) = call(&owner, Method::POST, "/api/v1/access-tokens", new).await;
            assert_eq!(status, StatusCode::CREATED, "{made}");
            made
        };
        let few = make(3).await;
        assert_eq!(few["job"], Value::Null, "they are there already");
        let made = make(100_000).await;
        assert_eq!(made["job"]["state"], "running", "{made}");
        let path = |token: &Value, job: &Value| {
            let id = |value: &Value| value.as_str().expect("an id").to_owned();
            format!(
                "/api/v1/access-tokens/{}/jobs/{}",
                id(&token["id"]),
                id(&job["id"])
            )
        };
        let job = path(&made, &made["job"]);
        let (status, seen) = call(&owner, Method::GET, &job, Value::Null).await;
        assert_eq!(
            (status, &seen["id"]),
            (StatusCode::OK, &made["job"]["id"]),
            "{seen}"
        );

        // It is found under its own token, by those who see that.
        let elsewhere = path(&few, &made["job"]);
        let eve = world.set_up_another().await;
        for (browser, path) in [(&owner, &elsewhere), (&eve, &job)] {
            let (status, _) = call(browser, Method::GET, path, Value::Null).await;
            assert_eq!(status, StatusCode::NOT_FOUND, "{path}");
            let (status, _) = call(browser, Method::POST, &format!("{path}/cancel"), json!({})).await;
            assert_eq!(status, StatusCode::NOT_FOUND, "{path}");
        }
        let (status, stopped) = call(&owner, Method::POST, &format!("{job}/cancel"), json!({})).await;
        assert_eq!(
            (status, &stopped["state"]),
            (StatusCode::OK, &json!("cancelled")),
            "{stopped}"
        );
        let (status, _) = call(&owner, Method::POST, &format!("{job}/cancel"), json!({})).await;
        assert_eq!(status, StatusCode::CONFLICT, "it has ended");

        // What was made stays, more is made by another job, and how that ends is told.
        let codes = format!(
            "/api/v1/access-tokens/{}/codes",
            few["id"].as_str().expect("an id")
        );
        let (status, more) = call(&owner, Method::POST, &codes, json!({ "number_of_tokens": 2_500 })).await;
        assert_eq!(status, StatusCode::OK, "{more}");
        if more["job"].is_object() {
            let job = path(&few, &more["job"]);
            let mut far = Value::Null;
            for _ in 0..300 {
                (_, far) = call(&owner, Method::GET, &job, Value::Null).await;
                if far["state"] == "done" {
                    break;
                }
                tokio::time::sleep(std::time::Duration::from_millis(100)).await;
            }
            assert_eq!(
                (&far["state"], &far["done"]),
                (&json!("done"), &json!(2_500)),
                "{far}"
            );
        }
        let (_, now) = call(&owner, Method::GET, codes.trim_end_matches("/codes"), Value::Null).await;
        assert_eq!(
            (&now["number_of_tokens"], &now["job"]),
            (&json!(2_503), &Value::Null),
            "{now}"
        );
    })
    .await;
}
