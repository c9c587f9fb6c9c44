//! A recipient opens a link.

use reqwest::StatusCode;

use crate::world::{Browser, PRESS, hidden, location, on_each_engine};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_recipient_opens_a_link_gets_access_and_has_it_from_then_on() {
    on_each_engine(async |world| {
        let owner = world.set_up().await;
        let caller = world.caller(&owner).await;
        let collection = world.collection(&caller, "Boat safety").await;
        let (token, code) = world.single_token(&caller, collection, "2").await;

        let browser = world.browser();
        let (path, card) = browser.follow(&format!("/t/{code}")).await;
        assert!(
            path.starts_with("/t/open/") && !path.contains(&code[..4]),
            "the code has left the address: {path}"
        );
        assert_eq!(card.status(), StatusCode::OK);
        let html = card.text().await.expect("a page");
        assert!(
            html.contains("Boat safety") && html.contains("Harbour School"),
            "{html}"
        );
        assert!(!html.contains("<script"), "a recipient's page has no script");
        assert_eq!(world.uses(&caller, token).await, 0, "looking spends nothing");

        let slip = browser
            .post(
                &path,
                &[PRESS, ("key", "k1"), ("name", "Grete"), ("email", "grete")],
            )
            .await;
        assert_eq!(slip.status(), StatusCode::UNPROCESSABLE_ENTITY);
        assert!(
            slip.text().await.expect("a page").contains("value=\"Grete\""),
            "what was typed stays"
        );

        let done = browser.redeem(&code, "Grete", "grete@example.org").await;
        assert_eq!(
            (done.status(), location(&done)),
            (StatusCode::SEE_OTHER, Some(format!("/my/{collection}")))
        );
        assert_eq!(world.uses(&caller, token).await, 1);
        let page = browser
            .get(&format!("/my/{collection}"))
            .await
            .text()
            .await
            .expect("a page");
        assert!(page.contains("Welcome"), "{page}");
        assert!(
            browser
                .get("/my")
                .await
                .text()
                .await
                .expect("a page")
                .contains("Boat safety")
        );

        let (_, again) = browser.follow(&format!("/t/{code}")).await;
        assert_eq!(again.status(), StatusCode::OK);
        assert!(
            !again.text().await.expect("a page").contains("Get access"),
            "there is nothing more to spend"
        );
        assert_eq!(world.uses(&caller, token).await, 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_form_sent_twice_is_one_use() {
    on_each_engine(async |world| {
        let owner = world.set_up().await;
        let caller = world.caller(&owner).await;
        let collection = world.collection(&caller, "Boat safety").await;
        let (token, code) = world.single_token(&caller, collection, "").await;
        let browser = world.browser();
        let (path, card) = browser.follow(&format!("/t/{code}")).await;
        let key = hidden(&card.text().await.expect("a page"), "key").expect("a key");
        let fields = [
            PRESS,
            ("key", key.as_str()),
            ("name", "Grete"),
            ("email", "grete@example.org"),
        ];

        let (first, second) = tokio::join!(browser.post(&path, &fields), browser.post(&path, &fields));

        assert!(first.status().is_redirection() || second.status().is_redirection());
        assert_eq!(world.uses(&caller, token).await, 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_browser_that_refuses_cookies_is_told_so_and_spends_nothing() {
    on_each_engine(async |world| {
        let owner = world.set_up().await;
        let caller = world.caller(&owner).await;
        let collection = world.collection(&caller, "Boat safety").await;
        let (token, code) = world.single_token(&caller, collection, "1").await;
        let browser = Browser::without_cookies(&world.url);

        let (path, card) = browser.follow(&format!("/t/{code}")).await;
        assert_eq!(path, format!("/t/{}?seen=1", code.replace('-', "")));
        let html = card.text().await.expect("a page");
        assert!(html.contains("action=\"/t/open\""), "{html}");
        assert!(
            html.contains("refuses cookies"),
            "said before anything is pressed: {html}"
        );
        let refused = browser.redeem(&code, "Grete", "grete@example.org").await;
        assert_eq!(refused.status(), StatusCode::UNPROCESSABLE_ENTITY);
        let html = refused.text().await.expect("a page");
        assert!(
            html.contains("Nothing has happened yet.") && html.contains("value=\"grete@example.org\""),
            "{html}"
        );
        assert_eq!(world.uses(&caller, token).await, 0);

        // Whoever allows them then presses the button of the same page.
        let done = browser
            .request(reqwest::Method::POST, "/t/open")
            .header("sec-fetch-site", "same-origin")
            .header("cookie", "tokenwright_cookies=1")
            .form(&[
                PRESS,
                ("code", &code),
                ("name", "Grete"),
                ("email", "grete@example.org"),
            ]);
        let done = done.send().await.expect("an answer");
        assert_eq!(location(&done), Some(format!("/my/{collection}")));
        assert_eq!(world.uses(&caller, token).await, 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_mailed_sign_in_link_is_not_used_up_by_a_browser_that_refuses_cookies() {
    on_each_engine(async |world| {
        let owner = world.set_up().await;
        let caller = world.caller(&owner).await;
        let collection = world.collection(&caller, "Boat safety").await;
        let (_, code) = world.single_token(&caller, collection, "").await;
        world.browser().redeem(&code, "Grete", "grete@example.org").await;
        let later = world.browser();
        later.post("/my/sign-in", &[("email", "grete@example.org")]).await;
        let path = link_in_mail(world).await;

        let refusing = Browser::without_cookies(&world.url);
        refusing.get(&path).await;
        let told = refusing.post(&path, &[PRESS]).await;
        assert_eq!(told.status(), StatusCode::UNPROCESSABLE_ENTITY);
        let html = told.text().await.expect("a page");
        assert!(html.contains("refuses cookies"), "{html}");

        later.get(&path).await;
        let done = later.post(&path, &[PRESS]).await;
        assert_eq!(location(&done).as_deref(), Some("/my"), "it still works");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_typed_code_opens_the_same_card_and_a_slip_is_told() {
    on_each_engine(async |world| {
        let owner = world.set_up().await;
        let caller = world.caller(&owner).await;
        let collection = world.collection(&caller, "Boat safety").await;
        let (_, code) = world.single_token(&caller, collection, "").await;
        let browser = world.browser();

        assert_eq!(browser.get("/t").await.status(), StatusCode::OK);
        let slip = browser.post("/t", &[("code", "7F3K-9QWM")]).await;
        assert_eq!(slip.status(), StatusCode::UNPROCESSABLE_ENTITY);
        assert!(
            slip.text()
                .await
                .expect("a page")
                .contains("20 letters and digits")
        );
        let typed = browser
            .post(
                "/t",
                &[("code", &format!(" {} ", code.to_lowercase().replace('-', " ")))],
            )
            .await;
        let path = location(&typed).expect("a way on");
        assert!(path.starts_with("/t/open/"), "{path}");
        assert!(
            browser
                .get(&path)
                .await
                .text()
                .await
                .expect("a page")
                .contains("Get access")
        );

        let without = Browser::without_cookies(&world.url);
        let typed = without.post("/t", &[("code", &code)]).await;
        assert_eq!(typed.status(), StatusCode::OK);
        assert!(typed.text().await.expect("a page").contains("Get access"));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_pasted_link_opens_the_card_of_its_code_and_spends_nothing() {
    on_each_engine(async |world| {
        let owner = world.set_up().await;
        let caller = world.caller(&owner).await;
        let collection = world.collection(&caller, "Boat safety").await;
        let (token, code) = world.single_token(&caller, collection, "1").await;
        let browser = world.browser();
        browser.get("/t").await;

        for pasted in [
            format!("{}/t/{code}", world.url),
            format!("  https://elsewhere.example/t/{code}?seen=1 "),
            format!("Open <https://elsewhere.example/t/{code}>, please."),
        ] {
            let typed = browser.post("/t", &[("code", &pasted)]).await;
            let path = location(&typed).expect("a way on");
            let card = browser.get(&path).await.text().await.expect("a page");
            assert!(card.contains("Get access"), "{pasted}: {card}");
        }
        let other = browser
            .post("/t", &[("code", "https://elsewhere.example/t/")])
            .await;
        assert_eq!(other.status(), StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(world.uses(&caller, token).await, 0);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_links_in_two_tabs_do_not_take_each_others_place() {
    on_each_engine(async |world| {
        let owner = world.set_up().await;
        let caller = world.caller(&owner).await;
        let one = world.collection(&caller, "Knots").await;
        let two = world.collection(&caller, "Charts").await;
        let (_, code_one) = world.single_token(&caller, one, "").await;
        let (_, code_two) = world.single_token(&caller, two, "").await;
        let browser = world.browser();

        let (tab_one, _) = browser.follow(&format!("/t/{code_one}")).await;
        let (tab_two, _) = browser.follow(&format!("/t/{code_two}")).await;

        assert!(
            browser
                .get(&tab_one)
                .await
                .text()
                .await
                .expect("a page")
                .contains("Knots")
        );
        assert!(
            browser
                .get(&tab_two)
                .await
                .text()
                .await
                .expect("a page")
                .contains("Charts")
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn coming_back_works_by_a_link_to_the_mailbox_that_needs_a_press() {
    on_each_engine(async |world| {
        let owner = world.set_up().await;
        let caller = world.caller(&owner).await;
        let collection = world.collection(&caller, "Boat safety").await;
        let (_, code) = world.single_token(&caller, collection, "").await;
        world.browser().redeem(&code, "Grete", "grete@example.org").await;

        let later = world.browser();
        assert_eq!(later.follow("/my").await.0, "/my/sign-in");
        let known = later.post("/my/sign-in", &[("email", "grete@example.org")]).await;
        let unknown = later.post("/my/sign-in", &[("email", "gretX@example.org")]).await;
        assert_eq!(known.status(), unknown.status());
        let (known, unknown) = (
            known.text().await.expect("a page"),
            unknown.text().await.expect("a page"),
        );
        assert_eq!(
            known,
            unknown.replace("gretx@", "grete@"),
            "both are answered alike"
        );

        let path = link_in_mail(world).await;
        let look = later.get(&path).await;
        assert_eq!(look.status(), StatusCode::OK);
        assert!(later.my_session().is_none(), "looking signs nobody in");
        let done = later.post(&path, &[PRESS]).await;
        assert_eq!(location(&done).as_deref(), Some("/my"));
        assert!(
            later
                .get("/my")
                .await
                .text()
                .await
                .expect("a page")
                .contains("Boat safety")
        );

        let thief = world.browser();
        assert_eq!(thief.get(&path).await.status(), StatusCode::NOT_FOUND, "once");
        assert_eq!(thief.post(&path, &[PRESS]).await.status(), StatusCode::NOT_FOUND);
    })
    .await;
}

/// The path of the sign-in link in the last mail.
pub async fn link_in_mail(world: &crate::world::World) -> String {
    for _ in 0..600 {
        for text in world.mails() {
            if let Some(path) = crate::secrets::decoded(&text).split("/my/sign-in/").nth(1) {
                let secret: String = path
                    .chars()
                    .take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))
                    .collect();
                return format!("/my/sign-in/{secret}");
            }
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    panic!("no mail with a link");
}
