//! The design of a campaign over the API: read, changed with its version, and drawn.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use domain::api_tokens::ApiTokenForm;
use http::header::{CONTENT_TYPE, ETAG, IF_MATCH};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::tokens::{call, token};
use crate::world::on_each_engine;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_program_changes_a_design_and_overwrites_nobody() {
    on_each_engine(async |world| {
        let owner = world.set_up().await;
        let api = token(world, &owner, ApiTokenForm::default()).await;
        let new = json!({
            "title": "Safety at work", "type": "certificate", "description": "Knows what to do.",
            "criteria": "Passed the test."
        });
        let (status, made) = call(world, &api.secret, Method::POST, "/api/v1/campaigns", new).await;
        assert_eq!(status, StatusCode::CREATED, "{made}");
        let campaign = format!("/api/v1/campaigns/{}", made["id"].as_str().expect("an id"));
        let path = format!("{campaign}/design");

        let answer = world
            .browser()
            .request(Method::GET, &path)
            .bearer_auth(&api.secret)
            .send()
            .await
            .expect("an answer");
        let first = answer.headers()[ETAG].to_str().expect("a tag").to_owned();
        let mut read: Value = answer.json().await.expect("JSON");
        assert_eq!(
            first,
            format!("\"{}\"", read["version"]["id"].as_str().expect("an id"))
        );
        assert_eq!(read["design"]["background"]["type"], "template");
        assert_eq!(read["design"]["layers"][0]["type"], "text");

        let put = async |tag: Option<&str>, design: &Value| {
            let request = world
                .browser()
                .request(Method::PUT, &path)
                .bearer_auth(&api.secret);
            let request = match tag {
                Some(tag) => request.header(IF_MATCH, tag),
                None => request,
            };
            let answer = request.json(design).send().await.expect("an answer");
            let status = answer.status();
            let tag = answer
                .headers()
                .get(ETAG)
                .and_then(|tag| tag.to_str().ok())
                .map(str::to_owned);
            let body: Value = answer.json().await.expect("JSON");
            (status, tag, body)
        };
        let mut design = read["design"].take();
        design["layers"][0]["y"] = json!(200.0);
        let (status, second, saved) = put(Some(&first), &design).await;
        assert_eq!(status, StatusCode::OK, "{saved}");
        assert_eq!(saved["version"]["number"], 2);
        assert_eq!(saved["design"]["layers"][0]["y"], 200.0);
        assert_ne!(second.as_deref(), Some(first.as_str()));

        design["layers"][0]["y"] = json!(210.0);
        let (status, _, problem) = put(Some(&first), &design).await;
        assert_eq!(
            (status, &problem["code"]),
            (StatusCode::PRECONDITION_FAILED, &json!("precondition-failed"))
        );
        let (status, _, problem) = put(Some("W/\"x\""), &design).await;
        assert_eq!(status, StatusCode::PRECONDITION_FAILED, "{problem}");
        let (status, _, saved) = put(None, &design).await;
        assert_eq!((status, &saved["version"]["number"]), (StatusCode::OK, &json!(3)));

        design["layers"][0]["size"] = json!(9000);
        let (status, _, problem) = put(None, &design).await;
        assert_eq!(
            (status, &problem["errors"][0]["pointer"]),
            (StatusCode::UNPROCESSABLE_ENTITY, &json!("/layers/0/size")),
            "{problem}"
        );
        let to_see = json!({ "design": design, "recipient": "strangest" });
        let (status, problem) = call(
            world,
            &api.secret,
            Method::POST,
            &format!("{path}/preview"),
            to_see.clone(),
        )
        .await;
        assert_eq!(
            (status, &problem["errors"][0]["pointer"]),
            (StatusCode::UNPROCESSABLE_ENTITY, &json!("/design/layers/0/size")),
            "{problem}"
        );
        let mut to_see = to_see;
        to_see["design"]["layers"][0]["size"] = json!(30);
        let answer = world
            .browser()
            .request(Method::POST, &format!("{path}/preview"))
            .bearer_auth(&api.secret)
            .json(&to_see)
            .send()
            .await
            .expect("an answer");
        assert_eq!(
            (answer.status(), &answer.headers()[CONTENT_TYPE]),
            (StatusCode::OK, &"image/png".parse().expect("a kind"))
        );
        assert!(answer.bytes().await.expect("a picture").starts_with(b"\x89PNG"));

        let (status, versions) = call(
            world,
            &api.secret,
            Method::GET,
            &format!("{path}/versions?limit=2"),
            Value::Null,
        )
        .await;
        assert_eq!(
            (status, &versions["page"]["has_more"]),
            (StatusCode::OK, &json!(true)),
            "{versions}"
        );
        assert_eq!(versions["data"][0]["is_current"], true);

        let foreign = world.set_up_another().await;
        let foreign = token(world, &foreign, ApiTokenForm::default()).await;
        let reads = ApiTokenForm {
            permissions: "campaigns:read".into(),
            ..ApiTokenForm::default()
        };
        let reads = token(world, &owner, reads).await;
        for (method, path, body) in [
            (Method::GET, path.clone(), Value::Null),
            (Method::PUT, path.clone(), to_see["design"].clone()),
            (Method::GET, format!("{path}/versions"), Value::Null),
            (Method::POST, format!("{path}/preview"), to_see.clone()),
        ] {
            let (status, problem) = call(world, &foreign.secret, method.clone(), &path, body.clone()).await;
            assert_eq!(status, StatusCode::NOT_FOUND, "{method} {path}: {problem}");
            let (status, problem) = call(world, &reads.secret, method.clone(), &path, body).await;
            let expected = if method == Method::PUT {
                StatusCode::FORBIDDEN
            } else {
                StatusCode::OK
            };
            assert_eq!(status, expected, "{method} {path}: {problem}");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_picture_is_uploaded_cleaned_and_shown_to_nobody_else() {
    on_each_engine(async |world| {
        let owner = world.set_up().await;
        let caller = world.caller(&owner).await;
        let form = domain::campaigns::CampaignForm {
            kind: "badge".into(),
            title: "Knots".into(),
            description: "Ties them.".into(),
            criteria: "Tied one.".into(),
            ..Default::default()
        };
        let campaign = world.backend.campaigns().create(&caller, &form).await.expect("a draft").row.id;
        let send = async |browser: &crate::world::Browser, content: &'static str| {
            let part = reqwest::multipart::Part::bytes(content.as_bytes()).file_name("logo.svg");
            browser
                .request(Method::POST, &format!("/campaigns/{campaign}/pictures"))
                .header("sec-fetch-site", "same-origin")
                .multipart(reqwest::multipart::Form::new().part("file", part))
                .send()
                .await
                .expect("an answer")
        };
        let hostile = "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"4\" height=\"4\"><script>alert(1)</script><rect width=\"4\" height=\"4\"/></svg>";
        let answer = send(&owner, hostile).await;
        assert_eq!(answer.status(), StatusCode::OK);
        let picture: Value = answer.json().await.expect("JSON");
        let path = format!("/campaigns/{campaign}/pictures/{}", picture["id"].as_str().expect("an id"));
        let shown = owner.get(&path).await;
        assert_eq!(shown.headers()[CONTENT_TYPE], "image/svg+xml");
        assert!(shown.headers()["content-security-policy"].to_str().expect("text").contains("default-src 'none'"));
        let text = shown.text().await.expect("a drawing");
        assert!(text.contains("<path") && !text.contains("alert"), "{text}");

        let answer = send(&owner, "no drawing").await;
        assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY);
        let sentence = answer.text().await.expect("a sentence");
        assert!(sentence.contains("SVG") && sentence.len() < 300, "{sentence}");
        let foreign = world.set_up_another().await;
        assert_eq!(foreign.get(&path).await.status(), StatusCode::NOT_FOUND);
        assert_eq!(send(&foreign, hostile).await.status(), StatusCode::NOT_FOUND);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_program_adds_a_picture_and_uses_it() {
    on_each_engine(async |world| {
        let owner = world.set_up().await;
        let api = token(world, &owner, ApiTokenForm::default()).await;
        let new = json!({
            "title": "Safety at work", "type": "badge", "description": "Knows what to do.",
            "criteria": "Passed the test."
        });
        let (_, made) = call(world, &api.secret, Method::POST, "/api/v1/campaigns", new).await;
        let design = format!("/api/v1/campaigns/{}/design", made["id"].as_str().expect("an id"));
        let pictures = format!("{design}/pictures");
        let svg = r##"<svg xmlns="http://www.w3.org/2000/svg" width="40" height="30" onload="alert(1)"><rect width="40" height="30" fill="#0f766e"/></svg>"##;
        let body = json!({ "file_name": "seal.svg", "file": BASE64_STANDARD.encode(svg) });
        let (status, added) = call(world, &api.secret, Method::POST, &pictures, body.clone()).await;
        assert_eq!(status, StatusCode::OK, "{added}");
        assert_eq!(
            (&added["file_name"], &added["width"], &added["height"]),
            (&json!("seal.svg"), &json!(40), &json!(30))
        );
        let (_, mut read) = call(world, &api.secret, Method::GET, &design, Value::Null).await;
        let mut drawing = read["design"].take();
        drawing["background"] = json!({ "type": "picture", "picture_id": added["id"] });
        let (status, saved) = call(world, &api.secret, Method::PUT, &design, drawing).await;
        assert_eq!(status, StatusCode::OK, "{saved}");
        assert_eq!(saved["design"]["background"]["picture_id"], added["id"]);

        for wrong in ["not base64!", "aGVsbG8="] {
            let body = json!({ "file": wrong });
            let (status, problem) = call(world, &api.secret, Method::POST, &pictures, body).await;
            assert_eq!(
                (status, &problem["errors"][0]["pointer"]),
                (StatusCode::UNPROCESSABLE_ENTITY, &json!("/file")),
                "{problem}"
            );
        }
        let foreign = world.set_up_another().await;
        let foreign = token(world, &foreign, ApiTokenForm::default()).await;
        let (status, problem) = call(world, &foreign.secret, Method::POST, &pictures, body).await;
        assert_eq!(status, StatusCode::NOT_FOUND, "{problem}");
    })
    .await;
}
