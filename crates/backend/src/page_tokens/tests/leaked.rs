//! A page token that somebody found ends.

use super::*;
use crate::Client;

#[tokio::test]
async fn a_page_token_that_is_reported_ends_and_whoever_made_it_is_told() {
    on_each_engine(async |world| {
        let backend = &world.backend;
        let caller = admin(world).await;
        let (row, secret) = token(backend, &caller, "/page", |_| {}).await;
        let (kept, other) = token(backend, &caller, "/other", |_| {}).await;
        let tokens = backend.page_tokens();
        let rotated = tokens.rotate(&caller, kept.id, 0).await.expect("rotated");
        let url = format!("{HOST}/page?TOKEN={secret}");
        assert!(matches!(ask(backend, &url).await, Verdict::Allowed(_)));

        let client = Client::default();
        for _ in 0..2 {
            let found = [secret.clone(), other.clone(), "twp_madeup".into()];
            backend.leaks().report(&found, &client).await.expect("taken");
        }

        assert_eq!(rule(&ask(backend, &url).await), Some(Rule::Revoked));
        let url = format!("{HOST}/other?TOKEN={}", rotated.token);
        assert!(
            matches!(ask(backend, &url).await, Verdict::Allowed(_)),
            "what was rotated away opened nothing any more"
        );
        let history = tokens.history(&caller, row.id).await.expect("a history");
        assert!(
            history.iter().any(|entry| entry.what.starts_with("ALARM")),
            "{history:?}"
        );
        let mails = backend
            .mail()
            .list(&caller, &Default::default())
            .await
            .expect("mails");
        let to: Vec<String> = mails.rows.iter().map(|mail| mail.to.to_string()).collect();
        assert_eq!(to, ["ada@example.org"], "once, and about one token");
    })
    .await;
}
