//! Files of recipients that want more than there is.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use domain::campaigns::CampaignForm;
use reqwest::multipart::{Form, Part};
use reqwest::{Body, Method, StatusCode};

use crate::world::{Browser, on_sqlite};

async fn send(browser: &Browser, campaign: &str, part: Part) -> Option<(StatusCode, String)> {
    let answer = browser
        .request(Method::POST, &format!("/campaigns/{campaign}/import"))
        .header("sec-fetch-site", "same-origin")
        .multipart(Form::new().part("file", part.file_name("quotes.csv")))
        .send()
        .await
        .ok()?;
    let status = answer.status();
    Some((status, answer.text().await.unwrap_or_default()))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_gibibyte_of_quotation_marks_is_read_no_further_than_a_file_may_be_long() {
    const PIECE: usize = 64 * 1024;
    const PIECES: usize = 1024 * 1024 * 1024 / PIECE;
    on_sqlite(async |world| {
        let owner = world.set_up().await;
        let caller = world.caller(&owner).await;
        let form = CampaignForm {
            kind: "badge".into(),
            title: "Quotes".into(),
            description: "x".into(),
            criteria: "x".into(),
            ..CampaignForm::default()
        };
        let campaign = world
            .backend
            .campaigns()
            .create(&caller, &form)
            .await
            .expect("a draft")
            .row
            .id;
        let campaign = campaign.to_string();

        let sent = Arc::new(AtomicUsize::new(0));
        let (piece, count) = (Bytes::from(vec![b'"'; PIECE]), sent.clone());
        let pieces = (0..PIECES).map(move |_| {
            count.fetch_add(1, Ordering::Relaxed);
            Ok::<_, std::io::Error>(piece.clone())
        });
        let endless = Part::stream(Body::wrap_stream(futures::stream::iter(pieces)));
        // Who sends on and on is told, or finds the line cut.
        if let Some((status, said)) = send(&owner, &campaign, endless).await {
            let is_refused = matches!(
                status,
                StatusCode::PAYLOAD_TOO_LARGE | StatusCode::UNPROCESSABLE_ENTITY
            );
            assert!(is_refused, "{status} {said}");
        }
        let read = sent.load(Ordering::Relaxed) * PIECE / (1024 * 1024);
        assert!(read < 256, "{read} MB were taken");

        // As many as fit into a file are no table.
        let quotes = Part::bytes(vec![b'"'; 15 * 1024 * 1024]);
        let (status, said) = send(&owner, &campaign, quotes).await.expect("an answer");
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{said}");
        assert_eq!(owner.get("/campaigns").await.status(), StatusCode::OK);
    })
    .await;
}
