//! The flags of every cookie, with and without TLS in front.

use backend::{Client, Secret};
use reqwest::{Method, StatusCode};

use crate::world::{World, location, on_sqlite, set_cookies, set_up_form};

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

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn behind_tls_a_code_is_in_a_cookie_that_came_over_tls() {
    let world = World::with(&[("public-url", "https://tokens.example.org")]).await;
    let answer = world.browser().post("/setup", &set_up_form()).await;
    let cookie = set_cookies(answer.headers()).remove(0);
    let secret = cookie.split([';', '=']).nth(1).expect("a secret");
    let people = world.backend.people();
    let ada = people.caller(&Secret::new(secret), &Client::default()).await;
    let ada = ada.expect("an answer").expect("an admin");
    let collection = world.collection(&ada, "Boat safety").await;
    let (_, code) = world.single_token(&ada, collection, "").await;
    let ask = async |path: &str, cookie: &str| {
        let request = world
            .browser()
            .request(Method::GET, path)
            .header("cookie", cookie);
        request.send().await.expect("an answer")
    };

    let unprefixed = ask(&format!("/t/{code}"), "tokenwright_cookies=1").await;
    let cookies = set_cookies(unprefixed.headers());
    assert!(
        cookies[0].starts_with("__Secure-tokenwright_cookies=1; Path=/t;"),
        "{cookies:?}"
    );
    let plain = code.replace('-', "");
    let led = ask(&format!("/t/{code}"), "__Secure-tokenwright_cookies=1").await;
    let cookies = set_cookies(led.headers());
    assert!(
        cookies[0].starts_with(&format!("__Secure-tokenwright_code={plain}; Path=/t/open/")),
        "{cookies:?}"
    );

    let path = location(&led).expect("led on");
    let card = ask(&path, &format!("__Secure-tokenwright_code={code}")).await;
    assert_eq!(card.status(), StatusCode::OK);
    let forged = ask(&path, &format!("tokenwright_code={code}")).await;
    assert_eq!(
        location(&forged).as_deref(),
        Some("/t"),
        "one without the prefix is none"
    );
    world.end().await;
}
