//! What is withdrawn opens nothing, on this server and on others; and what never was a token costs nothing.

use std::time::{Duration, Instant};

use super::*;

#[tokio::test]
async fn a_thousand_are_revoked_at_once_and_somebody_elses_are_like_none() {
    on_each_engine(async |world| {
        let (backend, ada) = (&world.backend, owner(&world.backend).await);
        let many = PolicyForm {
            most_per_person: "10000".into(),
            ..PolicyForm::from(Policy::default())
        };
        let tokens = backend.api_tokens();
        tokens.set_policy(&ada, &many).await.expect("set");
        let eve = owner_of(backend, "Another", "eve@example.org").await;
        let theirs = made(backend, &eve, &form("Theirs")).await;
        let mut mine = Vec::new();
        for n in 0..998 {
            mine.push(made(backend, &ada, &form(&format!("Mine {n}"))).await);
        }
        let nobodys = domain::TokenId(uuid::Uuid::from_u128(7));
        let mut ids: Vec<_> = mine.iter().map(|token| token.id).collect();
        ids.extend([theirs.id, nobodys]);
        let hit = tokens.preview(&ada, &ids).await.expect("looked at");
        assert_eq!(
            (hit.tokens, hit.people),
            (998, 1),
            "somebody else's is not counted"
        );
        let results = tokens.bulk(&ada, &ids, Bulk::Revoke).await.expect("carried out");
        assert_eq!(results.len(), 1_000);
        for (id, result) in results {
            let expected = if id == theirs.id || id == nobodys {
                BulkResult::NotFound
            } else {
                BulkResult::Revoked
            };
            assert_eq!(result, expected);
        }
        assert!(let_in(backend, &theirs).await.is_ok(), "nothing became of it");
        for token in mine.iter().step_by(97) {
            assert!(let_in(backend, token).await.is_err());
        }
        assert!(tokens.view(&ada, theirs.id).await.is_err());
        let history = tokens.view(&eve, theirs.id).await.expect("a page").history;
        assert_eq!(history.len(), 1, "nobody else stands in its history");
        let list = tokens
            .list(&ada, &ApiTokenQuery::default())
            .await
            .expect("listed");
        assert!(list.rows.is_empty());
        ids.push(domain::TokenId(uuid::Uuid::from_u128(8)));
        let too_many = tokens.bulk(&ada, &ids, Bulk::Revoke).await;
        assert_eq!(too_many.map(|_| ()).map_err(field), Err("ids".into()));
    })
    .await;
}

/// Callers at once.
const CALLERS: usize = 16;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_server_that_hears_nothing_trusts_nothing_after_two_seconds() {
    let world = World::on(database::testing::postgres().await);
    let (here, there) = (&world.backend, world.another_server().await);
    let ada = owner(here).await;
    let (token, other) = (
        made(here, &ada, &form("Everywhere")).await,
        made(here, &ada, &form("Goes on")).await,
    );
    let feed = tokio::spawn({
        let db = there.database().clone();
        async move { db.ask_for_changes().await }
    });
    tokio::time::sleep(Duration::from_millis(400)).await;
    assert!(let_in(&there, &token).await.is_ok() && let_in(&there, &other).await.is_ok());

    feed.abort();
    let cut = Instant::now();
    here.api_tokens().revoke(&ada, token.id).await.expect("revoked");
    let until = cut + Duration::from_secs(4);
    let callers = (0..CALLERS).map(|_| {
        let (there, secret) = (there.clone(), token.secret.clone());
        tokio::spawn(async move {
            let mut last = None;
            let mut refused = 0;
            while Instant::now() < until {
                let began = Instant::now();
                match there.api_tokens().authenticate(&secret, &from("192.0.2.7")).await {
                    Ok(_) => last = Some(began),
                    Err(Denied::Unknown) => refused += 1,
                    Err(denied) => panic!("{denied:?}"),
                }
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
            (last, refused)
        })
    });
    for caller in callers.collect::<Vec<_>>() {
        let (last, refused) = caller.await.expect("it ends");
        let late = last.map(|last| last.duration_since(cut));
        assert!(late.is_none_or(|late| late <= Duration::from_secs(2)), "{late:?}");
        assert!(refused > 0);
    }
    assert!(
        let_in(&there, &other).await.is_ok(),
        "what is good is asked of the database"
    );
    assert!(
        let_in(&there, &token).await.is_err(),
        "and never taken from memory again"
    );
}

#[tokio::test]
async fn a_million_strings_that_are_no_tokens_ask_the_database_nothing() {
    let world = World::on(database::testing::sqlite().await);
    let backend = &world.backend;
    let ada = owner(backend).await;
    let token = made(backend, &ada, &form("The one")).await;
    assert!(let_in(backend, &token).await.is_ok());
    // Whatever asked it from here on would be a fault.
    backend.database().close().await;
    let letters = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let mut chance: u64 = 0x9E37_79B9_7F4A_7C15;
    let mut next = move || {
        chance ^= chance << 13;
        chance ^= chance >> 7;
        chance ^= chance << 17;
        chance
    };
    let whole = token.secret.len();
    let mut text = String::with_capacity(2 * whole);
    for n in 0..1_000_000_u32 {
        text.clear();
        match n % 4 {
            // Of the right form in everything but the checksum.
            0 | 1 => {
                text.push_str("twa_");
                while text.len() < whole {
                    let at = usize::try_from(next() % 62).expect("small");
                    text.push(char::from(letters[at]));
                }
            }
            // One character of a true one is another.
            2 => {
                text.push_str(&token.secret);
                let at = 4 + usize::try_from(next() % (whole as u64 - 4)).expect("small");
                let old = text.as_bytes()[at];
                let new = letters.iter().copied().cycle().skip((next() % 62) as usize);
                let new = new.into_iter().find(|letter| *letter != old).expect("another");
                text.replace_range(at..=at, char::from(new).encode_utf8(&mut [0; 4]));
            }
            _ => {
                for _ in 0..next() % 90 {
                    text.push(char::from((next() % 94 + 33) as u8));
                }
            }
        }
        let denied = backend.api_tokens().authenticate(&text, &from("192.0.2.7")).await;
        assert!(matches!(denied, Err(Denied::Unknown)), "{text}");
    }
    assert!(let_in(backend, &token).await.is_ok(), "from memory");
}

#[tokio::test]
async fn what_one_server_withdraws_another_refuses() {
    on_each_engine(async |world: &World| {
        if !world.backend.database().is_shared() {
            return;
        }
        let (here, there) = (&world.backend, world.another_server().await);
        let ada = owner(here).await;
        let token = made(here, &ada, &form("Everywhere")).await;
        assert!(let_in(&there, &token).await.is_ok());
        let asking = tokio::spawn({
            let db = there.database().clone();
            async move { db.ask_for_changes().await }
        });
        tokio::time::sleep(Duration::from_millis(400)).await;
        assert!(let_in(&there, &token).await.is_ok() && let_in(&there, &token).await.is_ok());
        here.api_tokens().revoke(&ada, token.id).await.expect("revoked");
        tokio::time::sleep(Duration::from_secs(1)).await;
        assert!(
            matches!(let_in(&there, &token).await, Err(Denied::Unknown)),
            "a second later at the latest"
        );
        asking.abort();
    })
    .await;
}

#[tokio::test]
async fn before_many_are_ended_it_is_said_what_that_hits_and_a_pause_can_be_undone() {
    on_each_engine(async |world| {
        let (backend, ada) = (&world.backend, owner(&world.backend).await);
        let mut tokens = Vec::new();
        for name in ["Busy", "Slow", "Idle"] {
            tokens.push(made(backend, &ada, &form(name)).await);
        }
        assert!(let_in(backend, &tokens[1]).await.is_ok());
        backend.clock().advance(TimeDelta::hours(3));
        assert!(let_in(backend, &tokens[0]).await.is_ok());
        let ids: Vec<_> = tokens.iter().map(|token| token.id).collect();
        let preview = backend.api_tokens().preview(&ada, &ids).await.expect("looked at");
        assert_eq!(
            (preview.tokens, preview.used_last_hour, preview.used_last_day),
            (3, 1, 2)
        );
        assert_eq!((preview.never_used, preview.addresses, preview.people), (1, 1, 1));
        let eve = owner_of(backend, "Another", "eve@example.org").await;
        let nothing = backend.api_tokens().preview(&eve, &ids).await.expect("looked at");
        assert_eq!(nothing.tokens, 0, "somebody else's are not there");
        let nothing = backend.api_tokens().preview(&ada, &[]).await.expect("looked at");
        assert_eq!(nothing.tokens, 0, "a filter may find nothing");
        let nobody = backend.api_tokens().bulk(&ada, &[], Bulk::Suspend).await;
        assert_eq!(nobody.map(|_| ()).map_err(field), Err("ids".into()));

        let all = async |what: Bulk| {
            let done = backend
                .api_tokens()
                .bulk(&ada, &ids, what)
                .await
                .expect("carried out");
            done.into_iter().map(|(_, result)| result).collect::<Vec<_>>()
        };
        assert_eq!(all(Bulk::Suspend).await, [BulkResult::Suspended; 3]);
        assert!(matches!(
            let_in(backend, &tokens[0]).await,
            Err(Denied::Suspended)
        ));
        assert_eq!(all(Bulk::Resume).await, [BulkResult::Resumed; 3]);
        assert!(let_in(backend, &tokens[0]).await.is_ok());
        assert_eq!(all(Bulk::Revoke).await, [BulkResult::Revoked; 3]);
        assert_eq!(all(Bulk::Resume).await, [BulkResult::AlreadyRevoked; 3]);
        let nothing = backend.api_tokens().preview(&ada, &ids).await.expect("looked at");
        assert_eq!(nothing.tokens, 0);
    })
    .await;
}
