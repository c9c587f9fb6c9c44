//! Strangers learn nothing: whatever leads nowhere is answered with the same bytes.

use domain::access_tokens::EditTokenForm;
use reqwest::StatusCode;
use reqwest::header::HeaderMap;

use crate::world::{mistyped, on_each_engine};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn unknown_malformed_revoked_and_deleted_codes_are_answered_alike() {
    on_each_engine(async |world| {
        let owner = world.set_up().await;
        let caller = world.caller(&owner).await;
        let collection = world.collection(&caller, "Boat safety").await;
        let (deleted, deleted_code) = world.single_token(&caller, collection, "").await;
        world
            .backend
            .access_tokens()
            .delete(&caller, deleted)
            .await
            .expect("deleted");
        let unknown = backend::Random.code();
        let slip = mistyped(unknown.reveal());

        let stranger = world.browser();
        let mut answers = Vec::new();
        for code in [
            unknown.reveal(),
            &unknown.grouped(),
            &slip,
            &deleted_code,
            "nonsense",
            "%3Cscript%3E",
            "a%20b",
        ] {
            let answer = stranger.get(&format!("/t/{code}")).await;
            assert_eq!(answer.status(), StatusCode::NOT_FOUND, "{code}");
            let headers = comparable(answer.headers());
            answers.push((code.to_owned(), headers, answer.text().await.expect("a page")));
        }
        for (code, headers, body) in &answers[1..] {
            assert_eq!((headers, body), (&answers[0].1, &answers[0].2), "{code}");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn whoever_holds_a_real_code_learns_that_it_has_expired() {
    on_each_engine(async |world| {
        let owner = world.set_up().await;
        let caller = world.caller(&owner).await;
        let collection = world.collection(&caller, "Boat safety").await;
        let (token, code) = world.single_token(&caller, collection, "").await;
        let form = EditTokenForm {
            name: "Spring course".into(),
            expires: "2020-01-01".into(),
            ..EditTokenForm::default()
        };
        world
            .backend
            .access_tokens()
            .edit(&caller, token, &form)
            .await
            .expect("edited");

        let (_, card) = world.browser().follow(&format!("/t/{code}")).await;

        assert_eq!(card.status(), StatusCode::GONE);
        assert!(card.text().await.expect("a page").contains("Boat safety"));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn somebody_elses_collection_and_file_are_like_none() {
    on_each_engine(async |world| {
        let owner = world.set_up().await;
        let caller = world.caller(&owner).await;
        let mine = world.collection(&caller, "Mine").await;
        let other = world.collection(&caller, "Not mine").await;
        let (_, code) = world.single_token(&caller, mine, "").await;
        let browser = world.browser();
        browser.redeem(&code, "Grete", "grete@example.org").await;

        let nowhere = uuid::Uuid::nil();
        for (path, like) in [
            (format!("/my/{other}"), format!("/my/{nowhere}")),
            (
                format!("/my/{other}/{nowhere}"),
                format!("/my/{nowhere}/{nowhere}"),
            ),
        ] {
            let (answer, none) = (browser.get(&path).await, browser.get(&like).await);
            assert_eq!(
                (answer.status(), none.status()),
                (StatusCode::NOT_FOUND, StatusCode::NOT_FOUND),
                "{path}"
            );
            assert_eq!(
                answer.text().await.expect("a page"),
                none.text().await.expect("a page")
            );
        }
        let eve = world.set_up_another().await;
        for path in [
            format!("/collections/{mine}/preview"),
            format!("/collections/{nowhere}/preview"),
        ] {
            assert_eq!(eve.get(&path).await.status(), StatusCode::NOT_FOUND, "{path}");
        }
    })
    .await;
}

/// Without what differs from one answer to the next by design.
fn comparable(headers: &HeaderMap) -> Vec<(String, String)> {
    let mut pairs: Vec<(String, String)> = headers
        .iter()
        .filter(|(name, _)| !matches!(name.as_str(), "date" | "x-request-id"))
        .map(|(name, value)| (name.to_string(), format!("{value:?}")))
        .collect();
    pairs.sort();
    pairs
}
