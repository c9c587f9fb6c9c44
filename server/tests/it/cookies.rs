//! The flags of every cookie, with and without TLS in front.

use reqwest::Method;

use crate::world::{World, on_sqlite, set_cookies, set_up_form};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn without_tls_a_cookie_is_as_strict_as_browsers_allow() {
    on_sqlite(async |world| {
        let answer = world.browser().post("/setup", &set_up_form()).await;
        let cookies = set_cookies(answer.headers());
        let names = ["tokenwright=", "tokenwright_device="];
        assert_eq!(cookies.len(), names.len(), "{cookies:?}");
        for (cookie, name) in cookies.iter().zip(names) {
            assert!(cookie.starts_with(name), "{cookie}");
            assert!(
                cookie.contains("; Path=/;") && cookie.ends_with("; HttpOnly; SameSite=Lax"),
                "{cookie}"
            );
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn behind_tls_every_cookie_is_secure_and_the_sessions_is_bound_to_the_host() {
    let world = World::with(&[("public-url", "https://tokens.example.org")]).await;
    let browser = world.browser();
    let answer = browser.post("/setup", &set_up_form()).await;
    let cookies = set_cookies(answer.headers());
    let names = ["__Host-tokenwright=", "__Host-tokenwright_device="];
    assert_eq!(cookies.len(), names.len(), "{cookies:?}");
    for (cookie, name) in cookies.iter().zip(names) {
        assert!(cookie.starts_with(name), "{cookie}");
        assert!(
            cookie.contains("; Path=/;") && cookie.ends_with("; HttpOnly; SameSite=Lax; Secure"),
            "{cookie}"
        );
    }

    let ask = browser
        .request(Method::GET, "/t")
        .send()
        .await
        .expect("an answer");
    for cookie in set_cookies(ask.headers()) {
        assert!(cookie.ends_with("; HttpOnly; SameSite=Lax; Secure"), "{cookie}");
    }
    world.end().await;
}
