//! A token is withdrawn while programs call with it as fast as they can: none is let in after the answer, and on another
//! server none a second later.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use backend::keys::KeyRing;
use database::Db;
use reqwest::{Method, StatusCode};

use crate::rest::tokens::token;
use crate::world::{Browser, World};

/// Connections that call at once.
const CALLERS: usize = 16;

/// How long another server may take to hear of it.
const ELSEWHERE: Duration = Duration::from_secs(1);

/// Programs that call until they are stopped.
struct Callers {
    stop: Arc<AtomicBool>,
    /// When each call was begun, and whether it was let in.
    running: Vec<tokio::task::JoinHandle<Vec<(Instant, bool)>>>,
}

impl Callers {
    fn on(url: &str, secret: &str) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let running = (0..CALLERS).map(|_| {
            let (stop, secret) = (Arc::clone(&stop), secret.to_owned());
            let browser = Browser::without_cookies(url);
            tokio::spawn(async move {
                let mut calls = Vec::new();
                while !stop.load(Ordering::SeqCst) {
                    let begun = Instant::now();
                    let call = browser.request(Method::GET, "/api/v1/tokens/self");
                    let status = call
                        .bearer_auth(&secret)
                        .send()
                        .await
                        .expect("an answer")
                        .status();
                    assert!(
                        matches!(status, StatusCode::OK | StatusCode::UNAUTHORIZED),
                        "{status}"
                    );
                    calls.push((begun, status == StatusCode::OK));
                }
                calls
            })
        });
        Self {
            running: running.collect(),
            stop,
        }
    }

    /// All calls that were made.
    async fn stopped(self) -> Vec<(Instant, bool)> {
        self.stop.store(true, Ordering::SeqCst);
        let mut calls = Vec::new();
        for caller in self.running {
            calls.extend(caller.await.expect("it ends"));
        }
        calls
    }
}

/// Calls with this token are let in before, and in none that began later than this after the answer.
fn judged(calls: &[(Instant, bool)], answered: Instant, grace: Duration, where_: &str) {
    let before = calls.iter().filter(|(begun, is_in)| *begun < answered && *is_in);
    assert!(before.count() > CALLERS, "{where_}: they were let in before");
    let after: Vec<_> = calls
        .iter()
        .filter(|(begun, _)| *begun > answered + grace)
        .collect();
    assert!(after.len() > CALLERS, "{where_}: they went on");
    let late = after.iter().filter(|(_, is_in)| *is_in).count();
    assert_eq!(late, 0, "{where_}: of {} calls after it", after.len());
}

/// Withdraws a token while it is used here, and on another server if there is one.
async fn withdraw_while_used(here: &World, there: Option<&World>) {
    let owner = here.set_up().await;
    for round in 0..3 {
        let api = token(here, &owner, Default::default()).await;
        let callers = Callers::on(&here.url, &api.secret);
        let others = there.map(|there| Callers::on(&there.url, &api.secret));
        tokio::time::sleep(Duration::from_millis(700)).await;
        let path = format!("/api/v1/api-tokens/{}", api.id);
        let revoke = owner.request(Method::DELETE, &path);
        let answer = revoke.header("sec-fetch-site", "same-origin").send().await;
        assert_eq!(answer.expect("an answer").status(), StatusCode::NO_CONTENT);
        let answered = Instant::now();
        tokio::time::sleep(Duration::from_millis(1500)).await;
        judged(
            &callers.stopped().await,
            answered,
            Duration::ZERO,
            &format!("round {round}, here"),
        );
        if let Some(others) = others {
            judged(
                &others.stopped().await,
                answered,
                ELSEWHERE,
                &format!("round {round}, elsewhere"),
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_call_is_let_in_after_the_answer_and_elsewhere_none_a_second_later() {
    let world = World::on(database::testing::sqlite().await).await;
    withdraw_while_used(&world, None).await;
    world.end().await;

    let database = database::testing::postgres().await;
    let keys = KeyRing::for_tests();
    let here = World::start(database.db.clone(), keys.clone(), &[]).await;
    let other = Db::open(&database.settings).await.expect("another server's");
    let there = World::start(other, keys, &[]).await;
    withdraw_while_used(&here, Some(&there)).await;
    there.end().await;
    here.end().await;
}
