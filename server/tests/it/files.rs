//! Files go in and come out whole, in parts, and harmless.

use std::time::Duration;

use domain::collections::ItemViewContent;
use futures::StreamExt;
use reqwest::{Method, StatusCode};

use crate::world::{Browser, World, on_each_engine, on_sqlite};

const BOUNDARY: &str = "----tokenwright-story";

async fn upload(browser: &Browser, collection: &str, name: &str, content: &[u8]) -> reqwest::Response {
    let mut body = format!(
        "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\
         Content-Type: application/octet-stream\r\n\r\n"
    )
    .into_bytes();
    body.extend_from_slice(content);
    body.extend_from_slice(format!("\r\n--{BOUNDARY}--\r\n").as_bytes());
    let request = browser.request(Method::POST, &format!("/collections/{collection}/files"));
    let request = request
        .header("sec-fetch-site", "same-origin")
        .header("accept", "application/json");
    let request = request.header(
        "content-type",
        format!("multipart/form-data; boundary={BOUNDARY}"),
    );
    request.body(body).send().await.expect("an answer")
}

async fn file_path(
    world: &World,
    owner: &Browser,
    collection: domain::CollectionId,
    name: &str,
    content: &[u8],
) -> String {
    let answer = upload(owner, &collection.to_string(), name, content).await;
    assert_eq!(answer.status(), StatusCode::OK, "{:?}", answer.text().await);
    let caller = world.caller(owner).await;
    let view = world
        .backend
        .collections()
        .view(&caller, collection)
        .await
        .expect("a collection");
    let content = view.items.into_iter().next_back().expect("an item").content;
    let ItemViewContent::File { file, .. } = content else {
        panic!("{content:?}")
    };
    format!("/files/{file}")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_file_comes_out_as_it_went_in_whole_and_in_parts() {
    on_each_engine(async |world| {
        let owner = world.set_up().await;
        let caller = world.caller(&owner).await;
        let collection = world.collection(&caller, "Boat safety").await;
        let content: Vec<u8> = (0..3_000_000_u32).map(|n| (n % 251) as u8).collect();
        let path = file_path(world, &owner, collection, "Übersicht \"1\".bin", &content).await;

        let whole = owner.get(&path).await;
        assert_eq!(whole.headers()["content-length"], "3000000");
        assert_eq!(whole.headers()["content-type"], "application/octet-stream");
        let disposition = whole.headers()["content-disposition"]
            .to_str()
            .expect("text")
            .to_owned();
        assert!(disposition.starts_with("attachment; "), "{disposition}");
        assert!(
            disposition.contains("filename*=UTF-8''%C3%9Cbersicht"),
            "{disposition}"
        );
        assert!(
            whole.headers()["content-security-policy"]
                .to_str()
                .expect("text")
                .contains("sandbox")
        );
        assert!(whole.bytes().await.expect("bytes") == content);

        for (range, part) in [
            ("bytes=0-0", 0..1),
            ("bytes=999990-1000010", 999_990..1_000_011),
            ("bytes=-5", 2_999_995..3_000_000),
        ] {
            let answer = owner
                .request(Method::GET, &path)
                .header("range", range)
                .send()
                .await
                .expect("an answer");
            assert_eq!(answer.status(), StatusCode::PARTIAL_CONTENT, "{range}");
            let expected = format!("bytes {}-{}/3000000", part.start, part.end - 1);
            assert_eq!(answer.headers()["content-range"], expected.as_str());
            assert!(answer.bytes().await.expect("bytes") == content[part], "{range}");
        }
        let beyond = owner
            .request(Method::GET, &path)
            .header("range", "bytes=3000000-")
            .send()
            .await
            .expect("an answer");
        assert_eq!(beyond.status(), StatusCode::RANGE_NOT_SATISFIABLE);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn only_who_has_the_collection_gets_its_files() {
    on_each_engine(async |world| {
        let owner = world.set_up().await;
        let caller = world.caller(&owner).await;
        let collection = world.collection(&caller, "Boat safety").await;
        let path = file_path(world, &owner, collection, "map.txt", b"a map").await;
        let (_, code) = world.single_token(&caller, collection, "").await;
        let recipient = world.browser();
        recipient.redeem(&code, "Grete", "grete@example.org").await;
        let eve = world.set_up_another().await;

        assert_eq!(recipient.get(&path).await.text().await.expect("a file"), "a map");
        assert_eq!(eve.get(&path).await.status(), StatusCode::NOT_FOUND);
        assert_eq!(world.browser().follow(&path).await.0, "/my/sign-in");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_pretends_to_be_a_page_is_handed_to_the_disk() {
    on_each_engine(async |world| {
        let owner = world.set_up().await;
        let caller = world.caller(&owner).await;
        let collection = world.collection(&caller, "Boat safety").await;
        for (name, content) in [
            ("page.html", &b"<html><script>alert(1)</script>"[..]),
            (
                "picture.svg",
                b"<svg xmlns=\"http://www.w3.org/2000/svg\" onload=\"alert(1)\"/>",
            ),
            ("picture.png", b"<html><script>alert(1)</script>"),
        ] {
            let path = file_path(world, &owner, collection, name, content).await;
            let answer = owner.get(&path).await;
            let disposition = answer.headers()["content-disposition"]
                .to_str()
                .expect("text")
                .to_owned();
            assert!(disposition.starts_with("attachment"), "{name}: {disposition}");
            let media_type = answer.headers()["content-type"]
                .to_str()
                .expect("text")
                .to_owned();
            assert!(
                !media_type.contains("html") && !media_type.contains("svg"),
                "{name}: {media_type}"
            );
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_is_too_large_is_refused_and_leaves_nothing() {
    on_each_engine(async |world| {
        let owner = world.set_up().await;
        let caller = world.caller(&owner).await;
        let collection = world.collection(&caller, "Boat safety").await;
        for size in [20 * 1024 * 1024 + 1, 26 * 1024 * 1024] {
            let answer = upload(&owner, &collection.to_string(), "large.bin", &vec![0_u8; size]).await;
            assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY, "{size} bytes");
            let answer = answer.text().await.expect("a body");
            assert!(
                answer.contains("A file has up to 20 MB."),
                "{size} bytes: {answer}"
            );
        }

        let view = world
            .backend
            .collections()
            .view(&caller, collection)
            .await
            .expect("a collection");
        assert_eq!(view.items.len(), 1, "only the page that was there");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_announces_that_it_is_too_large_is_told_before_it_is_sent() {
    on_sqlite(async |world| {
        let owner = world.set_up().await;
        let caller = world.caller(&owner).await;
        let collection = world.collection(&caller, "Boat safety").await;
        // Its first bytes, and then nothing for as long as anybody waits.
        let begin = futures::stream::once(async { Ok::<_, std::io::Error>("--") });
        let body = reqwest::Body::wrap_stream(begin.chain(futures::stream::pending()));
        let request = owner
            .request(Method::POST, &format!("/collections/{collection}/files"))
            .header("sec-fetch-site", "same-origin")
            .header("accept", "application/json")
            .header("content-length", 26 * 1024 * 1024)
            .header(
                "content-type",
                format!("multipart/form-data; boundary={BOUNDARY}"),
            );
        let answer = tokio::time::timeout(Duration::from_secs(5), request.body(body).send()).await;
        let answer = answer.expect("an answer at once").expect("an answer");
        assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY);
        let answer = answer.text().await.expect("a body");
        assert!(answer.contains("A file has up to 20 MB."), "{answer}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_route_swallows_more_than_it_takes() {
    on_each_engine(async |world| {
        let owner = world.set_up().await;
        let large = "x=".to_owned() + &"a".repeat(3 * 1024 * 1024);
        for path in ["/sign-in", "/setup", "/t", "/my/sign-in"] {
            let request = world
                .browser()
                .request(Method::POST, path)
                .header("sec-fetch-site", "same-origin");
            let request = request
                .header("content-type", "application/x-www-form-urlencoded")
                .body(large.clone());
            // The server may close the connection while the rest is still being sent.
            if let Ok(answer) = request.send().await {
                assert!(
                    matches!(answer.status().as_u16(), 303 | 413),
                    "{path}: {}",
                    answer.status()
                );
            }
        }
        assert_eq!(owner.get("/healthz").await.status(), StatusCode::OK);
    })
    .await;
}
