//! What an admin withdraws or changes ends at the next request on the server that they use, and within half a second on
//! others that share its database.

use std::time::{Duration, Instant};

use super::*;

/// Half a second, and what a busy machine adds.
const BOUND: Duration = Duration::from_millis(1_500);

/// Asks another server until it refuses; `None`: it does not within the bound.
async fn refused_by(server: &Backend, url: &str) -> Option<Rule> {
    let begun = Instant::now();
    while begun.elapsed() < BOUND {
        match ask(server, url).await {
            Verdict::Refused(rule) => return Some(rule),
            _ => tokio::time::sleep(Duration::from_millis(20)).await,
        }
    }
    None
}

#[tokio::test]
async fn what_ends_here_ends_on_other_servers_within_half_a_second() {
    on_each_engine(async |world| {
        let backend = &world.backend;
        let tokens = backend.page_tokens();
        let caller = admin(world).await;
        let another = world.another_server_if_shared().await;
        let let_in = async |server: &Backend, url: &str| {
            let verdict = ask(server, url).await;
            assert!(matches!(verdict, Verdict::Allowed(_)), "{verdict:?}");
        };
        for (change, expected) in [
            ("suspended", Rule::Suspended),
            ("revoked", Rule::Revoked),
            ("moved", Rule::Path),
            ("rotated", Rule::Unknown),
            ("deleted", Rule::Revoked),
        ] {
            let (row, secret) = token(backend, &caller, "/page", |_| {}).await;
            let url = format!("{HOST}/page?TOKEN={secret}");
            for server in [Some(backend), another.as_ref()].into_iter().flatten() {
                let_in(server, &url).await;
            }
            match change {
                "suspended" => drop(tokens.set_suspended(&caller, row.id, true).await.expect(change)),
                "revoked" => drop(tokens.revoke(&caller, row.id).await.expect(change)),
                "moved" => {
                    let moved = |form: &mut PageTokenForm| form.full_url = format!("{HOST}/moved");
                    drop(tokens.edit(&caller, row.id, moved).await.expect(change));
                }
                "rotated" => drop(tokens.rotate(&caller, row.id, 0).await.expect(change)),
                _ => drop(tokens.delete(&caller, row.id).await.expect(change)),
            }
            assert_eq!(rule(&ask(backend, &url).await), Some(expected), "{change} here");
            if let Some(another) = &another {
                let there = refused_by(another, &url).await;
                assert_eq!(there, Some(expected), "{change} on another server");
            }
        }
    })
    .await;
}
