//! Every page that the server renders, a hundred times with twenty at once: no answer is cut short. The story
//! `every-answer-is-complete` asks the release build, which is quicker by far, a thousand times for each of them.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use reqwest::StatusCode;

use crate::world::{Browser, on_sqlite};

const TIMES: usize = 100;
const AT_ONCE: usize = 20;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn every_page_is_whole_a_hundred_times() {
    on_sqlite(async |world| {
        let owner = Arc::new(world.set_up().await);
        let caller = world.caller(&owner).await;
        let collection = world.collection(&caller, "Boat safety").await;
        let (token, code) = world.single_token(&caller, collection, "").await;
        let recipient = Arc::new(world.browser());
        recipient.redeem(&code, "Grete", "grete@example.org").await;
        let (_, fresh) = world.single_token(&caller, collection, "").await;
        let (open, _) = recipient.follow(&format!("/t/{fresh}")).await;
        let person = caller.person().expect("an admin");
        let view = world
            .backend
            .collections()
            .view(&caller, collection)
            .await
            .expect("a collection");
        let item = view.items[0].id;
        let api_token = domain::api_tokens::ApiTokenForm {
            name: "Import".into(),
            ..Default::default()
        };
        let api_token = world.backend.api_tokens().create_from(&caller, &api_token).await;
        let api_token = api_token.expect("an API token").id;

        for path in [
            "/tokens".to_owned(),
            "/tokens?list=expired&q=spring&order=-uses".into(),
            format!("/tokens/{token}"),
            "/collections".into(),
            format!("/collections/{collection}"),
            "/people".into(),
            format!("/people/{person}"),
            "/organisation".into(),
            "/organisation/departments".into(),
            "/organisation/user-types".into(),
            "/administrator/tokens?order=-last-used&may=people:read".into(),
            format!("/administrator/tokens/{api_token}"),
            "/administrator/tokens/explain".into(),
            "/account".into(),
            format!("/collections/{collection}/preview"),
            format!("/collections/{collection}/preview/{item}"),
        ] {
            many(&owner, &path).await;
        }
        let stranger = Arc::new(world.browser());
        for path in ["/sign-in", "/t", "/my/sign-in"] {
            many(&stranger, path).await;
        }
        for path in [
            open,
            "/my".into(),
            format!("/my/{collection}"),
            format!("/my/{collection}/{item}"),
        ] {
            many(&recipient, &path).await;
        }
    })
    .await;
}

async fn many(browser: &Arc<Browser>, path: &str) {
    let left = Arc::new(AtomicUsize::new(TIMES));
    let browsers = (0..AT_ONCE).map(|_| {
        let (browser, path, left) = (Arc::clone(browser), path.to_owned(), Arc::clone(&left));
        tokio::spawn(async move {
            while left
                .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1))
                .is_ok()
            {
                let answer = browser.get(&path).await;
                assert_eq!(answer.status(), StatusCode::OK, "{path}");
                let html = answer.text().await.expect("a whole body");
                let title = html
                    .split("<title>")
                    .nth(1)
                    .and_then(|rest| rest.split("</title>").next());
                assert!(
                    title.is_some_and(|title| !title.is_empty() && title != "Tokenwright"),
                    "{path}: {title:?}"
                );
                assert!(
                    html.trim_end().ends_with("</html>") || html.contains("__RESOLVED_RESOURCES"),
                    "{path}: {html}"
                );
            }
        })
    });
    for browser in browsers.collect::<Vec<_>>() {
        browser.await.unwrap_or_else(|error| panic!("{path}: {error}"));
    }
}
