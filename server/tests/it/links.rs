//! Programs look at links: prefetch, previews, mail scanners. Looking changes nothing.

use reqwest::{Method, StatusCode};

use crate::world::{on_each_engine, set_cookies};

/// How programs call themselves that look at links in mails and chats.
pub const LOOKERS: [&str; 8] = [
    "Mozilla/5.0 (compatible; Microsoft Office; Safe Links)",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) BarracudaSentinel (EE)",
    "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)",
    "WhatsApp/2.23.20.0",
    "facebookexternalhit/1.1",
    "Twitterbot/1.0",
    "Mozilla/5.0 (Macintosh) AppleWebKit/605.1.15 (KHTML, like Gecko) iMessageLinkExtension",
    "curl/8.5.0",
];

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_link_opens_with_what_a_sentence_leaves_behind_it() {
    on_each_engine(async |world| {
        let owner = world.set_up().await;
        let caller = world.caller(&owner).await;
        let collection = world.collection(&caller, "Boat safety").await;
        let (_, code) = world.single_token(&caller, collection, "").await;
        for behind in [".", ")", ",", "%E2%80%9C", "/", "/?utm=x"] {
            let (path, card) = world.browser().follow(&format!("/t/{code}{behind}")).await;
            assert!(path.starts_with("/t/open/"), "{behind}: {path}");
            assert_eq!(card.status(), reqwest::StatusCode::OK, "{behind}");
        }
        let joined = world.browser().redeem(&code, "Grete", "grete@example.org").await;
        assert_eq!(joined.status(), reqwest::StatusCode::SEE_OTHER);
        let later = world.browser();
        later.post("/my/sign-in", &[("email", "grete@example.org")]).await;
        let link = crate::redeem::link_in_mail(world).await;
        for behind in [".", ")", "%3E", "/"] {
            let (_, page) = later.follow(&format!("{link}{behind}")).await;
            assert_eq!(page.status(), reqwest::StatusCode::OK, "{behind}");
        }
        let led = later.get("//elsewhere.example/").await;
        assert_eq!(
            led.status(),
            reqwest::StatusCode::NOT_FOUND,
            "no way to another site"
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn looking_at_a_link_changes_nothing_however_often_and_by_whom() {
    on_each_engine(async |world| {
        let owner = world.set_up().await;
        let caller = world.caller(&owner).await;
        let collection = world.collection(&caller, "Boat safety").await;
        let (token, code) = world.single_token(&caller, collection, "1").await;
        let history = world
            .backend
            .access_tokens()
            .history(&caller, token)
            .await
            .expect("a history")
            .len();
        let people = count_people(world, &caller).await;

        for looker in LOOKERS {
            let browser = world.browser();
            for method in [Method::GET, Method::HEAD, Method::OPTIONS] {
                let mut path = format!("/t/{code}");
                for _ in 0..4 {
                    let request = browser
                        .request(method.clone(), &path)
                        .header("user-agent", looker);
                    let request = request
                        .header("sec-purpose", "prefetch;prerender")
                        .header("purpose", "prefetch");
                    let answer = request.send().await.expect("an answer");
                    assert!(
                        answer.status().as_u16() < 400,
                        "{method} {looker}: {}",
                        answer.status()
                    );
                    match crate::world::location(&answer) {
                        Some(next) => path = next,
                        None => break,
                    }
                }
            }
        }

        assert_eq!(world.uses(&caller, token).await, 0);
        let after = world
            .backend
            .access_tokens()
            .history(&caller, token)
            .await
            .expect("a history")
            .len();
        assert_eq!(after, history, "no look is recorded as anything");
        assert_eq!(count_people(world, &caller).await, people);
    })
    .await;
}

async fn count_people(world: &crate::world::World, caller: &backend::Caller) -> i64 {
    world
        .backend
        .people()
        .count(caller, &Default::default())
        .await
        .expect("a number")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_code_stands_in_a_cookie_of_its_own_path_for_an_hour() {
    on_each_engine(async |world| {
        let owner = world.set_up().await;
        let caller = world.caller(&owner).await;
        let collection = world.collection(&caller, "Boat safety").await;
        let (_, code) = world.single_token(&caller, collection, "1").await;
        let browser = world.browser();

        let first = browser.get(&format!("/t/{code}")).await;
        assert_eq!(first.status(), StatusCode::SEE_OTHER);
        let second = browser.get(&format!("/t/{code}?seen=1")).await;

        let cookies = set_cookies(second.headers());
        let path = crate::world::location(&second).expect("a way on");
        let compact = code.replace('-', "");
        assert_eq!(
            cookies,
            [format!(
                "tokenwright_code={compact}; Path={path}; Max-Age=3600; HttpOnly; SameSite=Lax"
            )],
        );
    })
    .await;
}
