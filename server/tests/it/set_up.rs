//! The first start.

use reqwest::StatusCode;

use crate::world::{PASSWORD, location, on_each_engine, set_up_form};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn whoever_has_the_code_from_the_log_sets_up_once() {
    on_each_engine(async |world| {
        let browser = world.browser();
        let (path, page) = browser.follow("/").await;
        assert_eq!((path.as_str(), page.status()), ("/setup", StatusCode::OK));
        assert_eq!(browser.follow("/sign-in").await.0, "/setup");

        let mut wrong = set_up_form();
        wrong[0].1 = "not the code";
        let refused = browser.post("/setup", &wrong).await;
        assert_eq!(refused.status(), StatusCode::UNPROCESSABLE_ENTITY);
        let html = refused.text().await.expect("a page");
        assert!(html.contains("Harbour School"), "what was typed stays: {html}");
        assert!(!html.contains(PASSWORD), "but never the password");

        let done = browser.post("/setup", &set_up_form()).await;
        assert_eq!(
            (done.status(), location(&done).as_deref()),
            (StatusCode::SEE_OTHER, Some("/tokens"))
        );
        assert!(browser.session().is_some());

        let stranger = world.browser();
        assert_eq!(stranger.follow("/setup").await.0, "/sign-in");
        let again = stranger.post("/setup", &set_up_form()).await;
        assert_eq!(location(&again).as_deref(), Some("/sign-in"));
        assert!(stranger.session().is_none(), "the code opens nothing any more");
    })
    .await;
}
