//! Changes as they happen, on every server.

use std::time::{Duration, Instant};

use backend::keys::KeyRing;
use reqwest::{Response, StatusCode};

use crate::world::{Browser, World, on_each_engine};

/// An open stream of changes.
struct Listening {
    answer: Response,
    heard: String,
}

impl Listening {
    async fn with(browser: &Browser) -> Self {
        let answer = browser.get("/events").await;
        assert_eq!(answer.status(), StatusCode::OK);
        assert_eq!(answer.headers()["content-type"], "text/event-stream");
        assert!(!answer.headers().contains_key("content-encoding"));
        let mut listening = Self {
            answer,
            heard: String::new(),
        };
        listening.hears("retry: ", Duration::from_secs(1)).await;
        listening
    }

    /// Waits until a text has come in.
    async fn hears(&mut self, text: &str, within: Duration) -> Duration {
        let began = Instant::now();
        while !self.heard.contains(text) {
            let left = within.saturating_sub(began.elapsed());
            match tokio::time::timeout(left, self.answer.chunk()).await {
                Ok(Ok(Some(piece))) => self.heard.push_str(&String::from_utf8_lossy(&piece)),
                other => panic!("waited for {text}, heard {:?}, then {other:?}", self.heard),
            }
        }
        began.elapsed()
    }

    async fn ends(mut self, within: Duration) {
        let ended = tokio::time::timeout(within, async {
            while let Ok(Some(_)) = self.answer.chunk().await {}
        });
        ended.await.expect("the stream ends");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_use_is_told_within_a_second_to_this_organisation_alone() {
    on_each_engine(async |world| {
        let owner = world.set_up().await;
        let caller = world.caller(&owner).await;
        let collection = world.collection(&caller, "Boat safety").await;
        let (token, code) = world.single_token(&caller, collection, "").await;
        let eve = world.set_up_another().await;
        let mut listening = Listening::with(&owner).await;
        let mut elsewhere = Listening::with(&eve).await;

        world.browser().redeem(&code, "Grete", "grete@example.org").await;

        listening.hears("event: change", Duration::from_secs(1)).await;
        listening.hears(&token.to_string(), Duration::from_secs(1)).await;
        assert!(
            !listening.heard.contains("grete"),
            "what is told names ids alone: {}",
            listening.heard
        );
        // Its own set-up may still be told, so what is heard is looked at.
        let rest = tokio::time::timeout(Duration::from_millis(300), async {
            while let Ok(Some(piece)) = elsewhere.answer.chunk().await {
                elsewhere.heard.push_str(&String::from_utf8_lossy(&piece));
            }
        });
        assert!(rest.await.is_err(), "the stream goes on");
        assert!(
            !elsewhere.heard.contains(&token.to_string()) && !elsewhere.heard.contains("\"token\""),
            "another organisation hears nothing of it: {}",
            elsewhere.heard
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_servers_on_one_postgresql_see_each_others_changes() {
    let database = database::testing::postgres().await;
    let second = database::Db::open(&database.settings)
        .await
        .expect("a second connection");
    let keys = KeyRing::for_tests();
    let here = World::start(database.db.clone(), keys.clone(), &[]).await;
    let there = World::start(second, keys, &[]).await;
    let owner = here.set_up().await;
    let caller = here.caller(&owner).await;
    let collection = here.collection(&caller, "Boat safety").await;
    let (token, code) = here.single_token(&caller, collection, "1").await;
    let mut listening = Listening::with(&owner).await;

    let done = there.browser().redeem(&code, "Grete", "grete@example.org").await;
    assert_eq!(done.status(), StatusCode::SEE_OTHER);

    listening.hears(&token.to_string(), Duration::from_secs(1)).await;
    let (_, card) = here.browser().follow(&format!("/t/{code}")).await;
    assert_eq!(card.status(), StatusCode::GONE, "used up here as well, at once");
    there.end().await;
    here.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn whoever_may_not_see_tokens_hears_nothing() {
    on_each_engine(async |world| {
        let owner = world.set_up().await;
        let caller = world.caller(&owner).await;
        let collection = world.collection(&caller, "Boat safety").await;
        let (_, code) = world.single_token(&caller, collection, "").await;
        let member = world.browser();
        member.redeem(&code, "Grete", "grete@example.org").await;

        for browser in [member, world.browser()] {
            let answer = browser
                .request(reqwest::Method::GET, "/events")
                .header("accept", "text/event-stream");
            assert_eq!(
                answer.send().await.expect("an answer").status(),
                StatusCode::UNAUTHORIZED
            );
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_stop_ends_the_streams_at_once() {
    let world = World::with(&[]).await;
    let owner = world.set_up().await;
    let listening = Listening::with(&owner).await;
    let began = Instant::now();

    let ((), ()) = tokio::join!(world.end(), listening.ends(Duration::from_secs(2)));

    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
}
