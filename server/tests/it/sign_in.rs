//! Signing in and out.

use reqwest::StatusCode;

use crate::world::{Browser, PASSWORD, PRESS, location, on_each_engine};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_owner_signs_in_goes_where_they_wanted_and_signs_out() {
    on_each_engine(async |world| {
        world.set_up().await;
        let browser = world.browser();

        let (path, page) = browser.follow("/collections?q=a&b=c").await;
        assert_eq!(path, "/sign-in?next=/collections%3Fq%3Da%26b%3Dc");
        assert!(
            page.text()
                .await
                .expect("a page")
                .contains("value=\"/collections?q=a&amp;b=c\"")
        );

        let wrong = browser
            .post(
                "/sign-in",
                &[("email", "ada@example.org"), ("password", "wrong wrong wrong")],
            )
            .await;
        assert_eq!(wrong.status(), StatusCode::UNPROCESSABLE_ENTITY);
        assert!(browser.session().is_none());

        let fields = [
            ("email", "ADA@example.org "),
            ("password", PASSWORD),
            ("next", "/collections?q=a&b=c"),
        ];
        let done = browser.post("/sign-in", &fields).await;
        assert_eq!(location(&done).as_deref(), Some("/collections?q=a&b=c"));
        let session = browser.session().expect("a session");
        assert_eq!(
            browser.follow("/sign-in").await.0,
            "/tokens",
            "who is signed in goes on"
        );

        let out = browser.post("/sign-out", &[]).await;
        assert_eq!(location(&out).as_deref(), Some("/sign-in"));
        assert!(browser.session().is_none_or(|secret| secret.is_empty()));
        let old = world.browser();
        let answer = old
            .request(reqwest::Method::GET, "/tokens")
            .header("cookie", format!("tokenwright={session}"));
        let answer = answer.send().await.expect("an answer");
        assert_eq!(
            location(&answer).as_deref(),
            Some("/sign-in?next=/tokens"),
            "the old cookie opens nothing"
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_session_is_new_at_every_sign_in_and_the_old_one_ends() {
    on_each_engine(async |world| {
        let browser = world.set_up().await;
        let first = browser.session().expect("a session");

        browser
            .post(
                "/sign-in",
                &[("email", "ada@example.org"), ("password", PASSWORD)],
            )
            .await;

        let second = browser.session().expect("a session");
        assert_ne!(first, second);
        let thief = world
            .browser()
            .request(reqwest::Method::GET, "/tokens")
            .header("cookie", format!("tokenwright={first}"));
        let answer = thief.send().await.expect("an answer");
        assert_eq!(answer.status(), StatusCode::SEE_OTHER);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn signing_in_never_leads_to_another_site() {
    on_each_engine(async |world| {
        world.set_up().await;
        for next in [
            "//evil.example",
            "https://evil.example",
            "/\\evil.example",
            "/\t/evil.example",
            "javascript:alert(1)",
        ] {
            let browser = world.browser();
            browser.get("/sign-in").await;
            let fields = [
                ("email", "ada@example.org"),
                ("password", PASSWORD),
                ("next", next),
            ];
            let done = browser.post("/sign-in", &fields).await;
            assert_eq!(location(&done).as_deref(), Some("/tokens"), "{next}");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_invited_admin_comes_in_once() {
    on_each_engine(async |world| {
        let owner = world.set_up().await;
        let caller = world.caller(&owner).await;
        let form = domain::people::InvitationForm {
            email: "bob@example.org".into(),
            user_type: "administrator".into(),
            department: String::new(),
        };
        let link = world
            .backend
            .people()
            .invite(&caller, &form)
            .await
            .expect("an invitation")
            .link;
        let path = link
            .strip_prefix(&world.url)
            .expect("a link to this site")
            .to_owned();

        let there = owner.get(&path).await.text().await.expect("a page");
        assert!(
            there.contains("You are signed in here as") && there.contains("<b>Ada</b>"),
            "another session is not replaced unannounced: {there}"
        );
        let browser = world.browser();
        let page = browser.get(&path).await;
        assert_eq!(page.status(), StatusCode::OK);
        let html = page.text().await.expect("a page");
        assert!(html.contains("Harbour School") && !html.contains("You are signed in here as"));
        let short = browser
            .post(&path, &[PRESS, ("name", "Bob"), ("password", "short")])
            .await;
        assert_eq!(short.status(), StatusCode::UNPROCESSABLE_ENTITY);
        let done = browser
            .post(
                &path,
                &[PRESS, ("name", "Bob"), ("password", "a few words in a row")],
            )
            .await;
        assert_eq!(location(&done).as_deref(), Some("/tokens"));

        let late = world.browser();
        assert_eq!(late.get(&path).await.status(), StatusCode::NOT_FOUND);
        let again = late
            .post(
                &path,
                &[PRESS, ("name", "Mallory"), ("password", "a few words in a row")],
            )
            .await;
        assert_eq!(again.status(), StatusCode::NOT_FOUND);
        assert_eq!(
            late.get("/invitation/nonsense").await.status(),
            StatusCode::NOT_FOUND
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_browser_that_refuses_cookies_is_told_so_when_it_signs_in() {
    on_each_engine(async |world| {
        world.set_up().await;
        let fields = [
            ("email", "ada@example.org"),
            ("password", PASSWORD),
            ("next", "/people"),
        ];
        let refusing = Browser::without_cookies(&world.url);
        refusing.get("/sign-in?next=/people").await;
        let done = refusing.post("/sign-in", &fields).await;
        let way = location(&done).expect("a way on");
        assert_eq!(way, "/sign-in?seen=1&next=/people");
        let told = refusing.get(&way).await;
        assert_eq!(told.status(), StatusCode::CONFLICT);
        let html = told.text().await.expect("a page");
        assert!(
            html.contains("refuses cookies") && html.contains("value=\"/people\""),
            "{html}"
        );

        // The first cookie was lost, and this one is taken.
        let taking = world.browser();
        let done = taking.post("/sign-in", &fields).await;
        let way = location(&done).expect("a way on");
        assert_eq!(location(&taking.get(&way).await).as_deref(), Some("/people"));
    })
    .await;
}
