//! Somebody guesses codes: the guesser is slowed, people are not, and nothing in the work of an answer tells what
//! the answer conceals.

use std::time::{Duration, Instant};

use backend::keys::KeyRing;
use domain::access_tokens::{CodeQuery, NewTokenForm};
use futures::StreamExt;
use reqwest::{Method, Response, StatusCode};

use crate::statements::{asked_for, listen};
use crate::world::{Browser, PRESS, World, hidden, location};

/// What one address may get wrong before it is told to wait.
const BUDGET: usize = 30;

/// A server behind a proxy of its own, so that each request can come from an address of its own.
async fn behind_a_proxy(db: database::Db, keys: &KeyRing) -> World {
    World::start(db, keys.clone(), &[("trusted-proxy", "127.0.0.0/8")]).await
}

async fn look_from(browser: &Browser, address: &str, code: &str) -> Response {
    let request = browser.request(Method::GET, &format!("/t/{code}"));
    let request = request.header("x-forwarded-for", address);
    request.send().await.expect("an answer")
}

async fn send_from(browser: &Browser, address: &str, code: &str) -> Response {
    let fields = [
        PRESS,
        ("code", code),
        ("name", "Grete"),
        ("email", "grete@example.org"),
    ];
    let request = browser.request(Method::POST, "/t/open").form(&fields);
    let request = request.header("x-forwarded-for", address);
    request.send().await.expect("an answer")
}

/// Codes that strangers must not tell apart from one that does not exist.
async fn dead_codes(world: &World) -> Vec<(&'static str, String)> {
    let owner = world.set_up().await;
    let caller = world.caller(&owner).await;
    let collection = world.collection(&caller, "Boat safety").await;
    let tokens = world.backend.access_tokens();
    let (revoked, revoked_code) = world.single_token(&caller, collection, "").await;
    tokens.revoke(&caller, revoked).await.expect("revoked");
    let (deleted, deleted_code) = world.single_token(&caller, collection, "").await;
    tokens.delete(&caller, deleted).await.expect("deleted");
    let form = NewTokenForm {
        name: "Seats".into(),
        token_type: "multi".into(),
        no_of_tokens: "1".into(),
        collection: collection.to_string(),
        ..NewTokenForm::default()
    };
    let multi = tokens.create(&caller, &form).await.expect("a multi token").id;
    let codes = tokens
        .codes(&caller, multi, &CodeQuery::default())
        .await
        .expect("its codes");
    let part = world.code_of(&caller, codes.rows[0].id).await;
    tokens.delete(&caller, multi).await.expect("deleted");

    let stranger = world.set_up_another().await;
    let eve = world.caller(&stranger).await;
    let theirs = world.collection(&eve, "Gone").await;
    let (_, foreign) = world.single_token(&eve, theirs, "").await;
    let organisations = world.backend.organisations();
    organisations.cancel(eve.organisation()).await.expect("cancelled");
    vec![
        ("unknown", backend::Random.code().grouped()),
        ("revoked", revoked_code),
        ("deleted", deleted_code),
        ("of a deleted multi token", part),
        ("of a cancelled organisation", foreign),
    ]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_same_statements_run_for_every_code_that_strangers_must_not_tell_apart() {
    listen();
    for database in [
        database::testing::sqlite().await,
        database::testing::postgres().await,
    ] {
        let keys = KeyRing::for_tests();
        let world = behind_a_proxy(database.db.clone(), &keys).await;
        let browser = Browser::without_cookies(&world.url);
        let mut asked = Vec::new();
        for (number, (what, code)) in dead_codes(&world).await.iter().enumerate() {
            let looked = look_from(&browser, &format!("198.51.100.{number}"), code).await;
            assert_eq!(looked.status(), StatusCode::NOT_FOUND, "{what}");
            let sent = send_from(&browser, &format!("192.0.2.{number}"), code).await;
            assert_eq!(sent.status(), StatusCode::NOT_FOUND, "{what}");
            // A press is decided in a batch with others', so its statements are nobody's alone.
            asked.push((*what, asked_for(&looked)));
        }
        let (_, first) = &asked[0];
        assert!(!first.is_empty(), "the listener hears");
        for statement in first {
            assert!(
                statement.starts_with("SELECT") || statement.starts_with("WITH"),
                "a wrong code writes nothing: {statement}"
            );
        }
        for (what, statements) in &asked {
            assert_eq!(statements, first, "{what}");
        }
        for malformed in ["nonsense", "7F3K-9QWM-X2TA-PD6H-B4NV"] {
            let answer = look_from(&browser, "203.0.113.1", malformed).await;
            assert_eq!(answer.status(), StatusCode::NOT_FOUND);
            assert_eq!(
                asked_for(&answer),
                [""; 0],
                "what cannot be a code is not looked for"
            );
        }
        world.end().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn ten_thousand_guesses_from_one_address_slow_down_nobody_else() {
    listen();
    for database in [
        database::testing::sqlite().await,
        database::testing::postgres().await,
    ] {
        let keys = KeyRing::for_tests();
        let world = behind_a_proxy(database.db.clone(), &keys).await;
        let owner = world.set_up().await;
        let caller = world.caller(&owner).await;
        let collection = world.collection(&caller, "Boat safety").await;
        let (token, code) = world.single_token(&caller, collection, "").await;

        let guessing = guess(&world, 10_000);
        let people = redeem_one_after_the_other(&world, &code, 20);
        let ((listened_to, refused), slowest) = tokio::join!(guessing, people);

        assert_eq!(listened_to + refused, 10_000);
        assert!(
            (BUDGET..BUDGET + AT_ONCE).contains(&listened_to),
            "as many as its budget, and those that were on their way: {listened_to}"
        );
        assert_eq!(world.uses(&caller, token).await, 20);
        assert!(
            slowest < Duration::from_secs(5),
            "nobody waits for it: {slowest:?}"
        );

        let browser = Browser::without_cookies(&world.url);
        let answer = look_from(&browser, GUESSER, &backend::Random.code().grouped()).await;
        assert_eq!(answer.status(), StatusCode::TOO_MANY_REQUESTS);
        let written = asked_for(&answer)
            .into_iter()
            .find(|sql| !sql.starts_with("SELECT") && !sql.starts_with("WITH"));
        assert_eq!(written, None, "it costs a look and no write");
        let answer = look_from(&browser, GUESSER, &code).await;
        assert!(
            answer.status().is_redirection(),
            "a real code is never refused for guesses"
        );
        world.end().await;

        let db = database::Db::open(&database.settings).await.expect("opened");
        let again = behind_a_proxy(db, &keys).await;
        let browser = Browser::without_cookies(&again.url);
        let answer = look_from(&browser, GUESSER, &backend::Random.code().grouped()).await;
        assert_eq!(
            answer.status(),
            StatusCode::TOO_MANY_REQUESTS,
            "after a restart, too"
        );
        let answer = look_from(&browser, "198.51.100.200", &code).await;
        assert!(answer.status().is_redirection(), "and still nobody else");
        again.end().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_servers_slow_a_guesser_down_together() {
    let database = database::testing::postgres().await;
    let keys = KeyRing::for_tests();
    let one = behind_a_proxy(database.db.clone(), &keys).await;
    let db = database::Db::open(&database.settings).await.expect("opened");
    let other = behind_a_proxy(db, &keys).await;
    let (here, there) = (
        Browser::without_cookies(&one.url),
        Browser::without_cookies(&other.url),
    );
    let wrong = backend::Random.code().grouped();
    for _ in 0..BUDGET {
        let answer = look_from(&here, GUESSER, &wrong).await;
        assert_eq!(answer.status(), StatusCode::NOT_FOUND);
    }
    counted(&one, BUDGET).await;
    let answer = look_from(&there, GUESSER, &wrong).await;
    assert_eq!(
        answer.status(),
        StatusCode::TOO_MANY_REQUESTS,
        "its very first guess there"
    );
    let honest = look_from(&there, "198.51.100.1", &wrong).await;
    assert_eq!(honest.status(), StatusCode::NOT_FOUND, "others are listened to");
    one.end().await;
    other.end().await;
}

/// Waits until so many wrong codes of one address stand in the table.
async fn counted(world: &World, expected: usize) {
    for _ in 0..200 {
        let mut conn = world.backend.database().read().await.expect("a reader");
        let sql =
            "SELECT CAST(COALESCE(MAX(failures), 0) AS BIGINT) FROM attempts WHERE scope = 'code.address'";
        if conn.query(sql).number().await.expect("a count") == i64::try_from(expected).expect("a number") {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("wrong codes are not counted");
}

const GUESSER: &str = "203.0.113.9";

/// How many guesses are on their way at the same time.
const AT_ONCE: usize = 16;

/// How many were answered, and how many told to wait.
async fn guess(world: &World, guesses: usize) -> (usize, usize) {
    let browser = Browser::without_cookies(&world.url);
    let browser = &browser;
    let statuses = futures::stream::iter(0..guesses)
        .map(|_| async move {
            let answer = look_from(browser, GUESSER, &backend::Random.code().grouped()).await;
            let waits = answer.headers().contains_key("retry-after");
            (answer.status(), waits)
        })
        .buffer_unordered(AT_ONCE);
    statuses
        .fold((0, 0), |(listened_to, refused), status| async move {
            match status {
                (StatusCode::NOT_FOUND, false) => (listened_to + 1, refused),
                (StatusCode::TOO_MANY_REQUESTS, true) => (listened_to, refused + 1),
                other => panic!("{other:?}"),
            }
        })
        .await
}

/// How long the slowest of them took from the link to the collection.
async fn redeem_one_after_the_other(world: &World, code: &str, people: usize) -> Duration {
    let mut slowest = Duration::ZERO;
    for number in 0..people {
        let began = Instant::now();
        let browser = Browser::without_cookies(&world.url);
        let address = format!("198.51.100.{number}");
        let request = browser.request(Method::GET, &format!("/t/{code}?seen=1"));
        let request = request.header("x-forwarded-for", &address);
        let card = request.send().await.expect("an answer");
        assert_eq!(card.status(), StatusCode::OK);
        let html = card.text().await.expect("a page");
        let (key, code) = (
            hidden(&html, "key").expect("a key"),
            hidden(&html, "code").expect("a code"),
        );
        let email = format!("person{number}@example.org");
        let fields = [
            PRESS,
            ("key", &key),
            ("code", &code),
            ("name", "Grete"),
            ("email", &email),
        ];
        let request = browser.request(Method::POST, "/t/open").form(&fields);
        let request = request.header("x-forwarded-for", &address);
        let done = request.send().await.expect("an answer");
        assert!(
            location(&done).is_some_and(|path| path.starts_with("/my/")),
            "{number}: {}",
            done.status()
        );
        slowest = slowest.max(began.elapsed());
    }
    slowest
}

/// How many calls of each kind are measured, and in how many rounds: each round has a server that has counted nothing
/// yet, because very many wrong codes from everywhere are answered slowly.
const CALLS: usize = 20_000;
const ROUNDS: usize = 20;

/// A measurement takes minutes and a quiet machine: `cargo xtask test http -- --ignored strangers_wait`.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
#[ignore = "measures times"]
async fn strangers_wait_the_same_time_whatever_they_ask_for() {
    for (engine, database) in [
        ("SQLite", database::testing::sqlite().await),
        ("PostgreSQL", database::testing::postgres().await),
    ] {
        let keys = KeyRing::for_tests();
        let world = behind_a_proxy(database.db.clone(), &keys).await;
        let mut codes = dead_codes(&world).await;
        codes.push(("malformed", "7F3K-9QWM-X2TA-PD6H-B4NV".into()));
        world.end().await;

        let kinds = codes.len();
        let mut took = vec![Vec::with_capacity(CALLS); kinds];
        for round in 0..ROUNDS {
            let db = database::Db::open(&database.settings).await.expect("opened");
            let mut tx = db.write().await.expect("a transaction");
            tx.query("DELETE FROM attempts").run().await.expect("forgotten");
            tx.commit().await.expect("committed");
            let world = behind_a_proxy(db, &keys).await;
            let browser = Browser::without_cookies(&world.url);
            for turn in 0..CALLS / ROUNDS {
                // One of each kind at once, so that all have the same weather; each kind is first as often as last.
                let asked = (0..kinds).map(|place| {
                    let kind = (place + turn) % kinds;
                    let (browser, code, call) = (&browser, &codes[kind].1, turn * kinds + place);
                    let address = format!("10.{round}.{}.{}", call / 256, call % 256);
                    async move {
                        let began = Instant::now();
                        let answer = look_from(browser, &address, code).await;
                        assert_eq!(answer.status(), StatusCode::NOT_FOUND);
                        answer.bytes().await.expect("a page");
                        (kind, began.elapsed())
                    }
                });
                for (kind, time) in futures::future::join_all(asked).await {
                    took[kind].push(time);
                }
            }
            world.end().await;
        }

        let mut medians = Vec::new();
        for ((what, _), times) in codes.iter().zip(&mut took) {
            times.sort();
            let at = |share: f64| times[(times.len() as f64 * share) as usize];
            println!(
                "{engine:10} {what:28} median {:?}, 1 % {:?}, 99 % {:?} of {}",
                at(0.5),
                at(0.01),
                at(0.99),
                times.len()
            );
            medians.push(at(0.5));
        }
        let apart = *medians.iter().max().expect("some") - *medians.iter().min().expect("some");
        println!("{engine:10} medians at most {apart:?} apart");
        assert!(apart <= Duration::from_micros(50), "{engine}: {apart:?}");
    }
}
