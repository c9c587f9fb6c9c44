//! An admin who opens a link for somebody else, in the same browser.

use reqwest::StatusCode;

use crate::world::{Browser, PASSWORD, World, location, on_each_engine};

/// Who the recipient's side says is there.
async fn seen_on_my(browser: &Browser) -> Option<String> {
    let page = browser.get("/my").await;
    if page.status() != StatusCode::OK {
        return None;
    }
    let html = page.text().await.expect("a page");
    let (_, rest) = html.split_once("class=\"who\">").expect("a name");
    Some(rest.split_once('<').expect("an end").0.to_owned())
}

async fn is_admin(browser: &Browser) -> bool {
    browser.get("/tokens").await.status() == StatusCode::OK
}

/// Whether a cookie, sent by itself, opens a page.
async fn opens(world: &World, cookie: &str, path: &str) -> bool {
    let request = world.browser().request(reqwest::Method::GET, path);
    let answer = request.header("cookie", cookie).send().await.expect("an answer");
    answer.status() == StatusCode::OK
}

/// An owner who has just opened a link for Grete.
async fn owner_and_grete(world: &World) -> Browser {
    let owner = world.set_up().await;
    let caller = world.caller(&owner).await;
    let collection = world.collection(&caller, "Boat safety").await;
    let (_, code) = world.single_token(&caller, collection, "").await;
    let done = owner.redeem(&code, "Grete", "grete@example.org").await;
    assert_eq!(location(&done), Some(format!("/my/{collection}")));
    owner
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_admin_who_opens_a_link_for_another_address_stays_signed_in() {
    on_each_engine(async |world| {
        let owner = owner_and_grete(world).await;

        assert!(is_admin(&owner).await, "the owner is still signed in");
        assert_eq!(seen_on_my(&owner).await.as_deref(), Some("grete@example.org"));
        let grete = owner.my_session().expect("a session");
        assert!(
            !opens(world, &format!("tokenwright={grete}"), "/tokens").await,
            "a session of the recipient's side is no admin's, whatever cookie it is put in"
        );

        let out = owner.post("/sign-out", &[("side", "my")]).await;
        assert_eq!(location(&out).as_deref(), Some("/my/sign-in"));
        assert!(is_admin(&owner).await);
        assert_eq!(seen_on_my(&owner).await.as_deref(), Some("Ada"));
        assert!(
            !opens(world, &format!("tokenwright_my={grete}"), "/my").await,
            "it has ended"
        );

        owner.post("/sign-out", &[("side", "my")]).await;
        assert!(!is_admin(&owner).await, "the session that was seen there ends");
        assert_eq!(seen_on_my(&owner).await, None);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn signing_out_of_the_admins_pages_ends_both() {
    on_each_engine(async |world| {
        let owner = owner_and_grete(world).await;
        let grete = owner.my_session().expect("a session");

        owner.post("/sign-out", &[]).await;

        assert!(!is_admin(&owner).await);
        assert_eq!(seen_on_my(&owner).await, None);
        assert!(!opens(world, &format!("tokenwright_my={grete}"), "/my").await);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_password_begins_afresh_and_nobody_is_in_a_session_that_was_known_before() {
    on_each_engine(async |world| {
        let owner = owner_and_grete(world).await;
        let (ada, grete) = (owner.session().expect("one"), owner.my_session().expect("two"));

        let again = [("email", "ada@example.org"), ("password", PASSWORD)];
        owner.post("/sign-in", &again).await;

        assert_ne!(owner.session(), Some(ada.clone()));
        assert_eq!(seen_on_my(&owner).await.as_deref(), Some("Ada"));
        assert!(!opens(world, &format!("tokenwright={ada}"), "/tokens").await);
        assert!(!opens(world, &format!("tokenwright_my={grete}"), "/my").await);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn on_a_shared_device_the_next_recipient_takes_the_place_of_the_last() {
    on_each_engine(async |world| {
        let owner = world.set_up().await;
        let caller = world.caller(&owner).await;
        let collection = world.collection(&caller, "Boat safety").await;
        let (_, code) = world.single_token(&caller, collection, "").await;
        let shared = world.browser();

        shared.redeem(&code, "Grete", "grete@example.org").await;
        let grete = shared.my_session().expect("a session");
        // A browser from before there were two cookies: its recipient's session stands in the first.
        let old = format!("tokenwright={grete}");
        assert!(opens(world, &old, "/my").await);
        shared.redeem(&code, "Hans", "hans@example.org").await;

        assert_eq!(seen_on_my(&shared).await.as_deref(), Some("hans@example.org"));
        assert!(!opens(world, &old, "/my").await, "the session before has ended");
    })
    .await;
}
