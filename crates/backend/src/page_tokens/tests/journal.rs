//! Hits that stand in the journal: on SQLite each is decided, numbered and answered before it is in its place, and nobody
//! can tell, whether they read, change, restart the server or work beside it.

use std::collections::BTreeSet;
use std::time::Duration;

use chrono::TimeDelta;
use database::{Db, DbSettings, OpenError, Opening};
use domain::TokenId;
use domain::audit::AuditQuery;
use domain::feed::Change;
use domain::page_tokens::list::PageTokenQuery;
use domain::tokens::{State, TokenList};

use super::*;
use crate::{Random, Scope, tokens};

/// A server that has its SQLite file for itself, as one that serves has.
pub(super) async fn served() -> World {
    let mut file = database::testing::sqlite().await;
    file.db.close().await;
    file.settings.opening = Opening::Serve;
    file.db = Db::open(&file.settings).await.expect("a SQLite database");
    World::on(file)
}

/// Another process on the same file, such as a command.
pub(super) async fn beside(world: &World) -> Backend {
    let settings = DbSettings {
        opening: Opening::Existing,
        ..world.database.settings.clone()
    };
    on(
        world,
        Db::open(&settings).await.expect("opened beside the server"),
    )
}

fn on(world: &World, db: Db) -> Backend {
    let backend = &world.backend;
    Backend::new(
        db,
        backend.clock.clone(),
        Random,
        backend.keys.clone(),
        backend.settings.clone(),
    )
}

/// The server ends without another word, and is started again.
pub(super) async fn restart(world: &mut World) {
    let stopped = beside(world).await;
    world.database.db.close().await;
    world.database.db = stopped.db.clone();
    world.backend = stopped;
    let db = loop {
        match Db::open(&world.database.settings).await {
            Ok(db) => break db,
            // The task that answered last still ends.
            Err(OpenError::InUse(_)) => tokio::time::sleep(Duration::from_millis(1)).await,
            Err(error) => panic!("{error}"),
        }
    };
    let old = world.database.db.clone();
    world.database.db = db.clone();
    world.backend = on(world, db);
    old.close().await;
}

/// What the tables say, whoever looks: rows of the journal, the counter of a token, its uses in their places.
async fn tables(backend: &Backend, token: TokenId) -> (i64, i64, i64) {
    let mut conn = backend.db.read().await.expect("a reader");
    let journal = conn
        .query("SELECT COUNT(*) FROM hit_journal")
        .number()
        .await
        .expect("a count");
    let counter = conn
        .query("SELECT uses FROM tokens WHERE id = $1")
        .bind(token)
        .number()
        .await
        .expect("a counter");
    let uses = conn
        .query("SELECT COUNT(*) FROM uses WHERE token_id = $1")
        .bind(token)
        .number()
        .await
        .expect("a count");
    (journal, counter, uses)
}

async fn hit(backend: &Backend, url: &str, name: &str) -> Verdict {
    let asked = asked(url, Some(name));
    backend.gate().decide(&asked).await.expect("a verdict")
}

async fn let_in(backend: &Backend, url: &str, names: &[&str]) {
    for name in names {
        let verdict = hit(backend, url, name).await;
        assert!(matches!(verdict, Verdict::Allowed(_)), "{name}: {verdict:?}");
    }
}

async fn sound(backend: &Backend) {
    assert_eq!(backend.fsck().await.expect("checked"), Vec::<String>::new());
}

#[tokio::test]
async fn a_commit_of_hits_writes_one_row_and_whoever_reads_finds_them_in_their_places() {
    let world = served().await;
    let backend = &world.backend;
    let caller = admin(&world).await;
    let (row, secret) = token(backend, &caller, "/page", |form| form.max_hits = "3".into()).await;
    let url = format!("{HOST}/page?TOKEN={secret}");
    let first = backend.clock.now();
    let_in(backend, &url, &["a"]).await;
    backend.clock.advance(TimeDelta::seconds(1));
    let_in(backend, &url, &["b", "b"]).await;
    assert_eq!(tables(backend, row.id).await, (2, 0, 0));
    sound(backend).await;

    let read = backend.page_tokens().get(&caller, row.id).await.expect("a row");

    assert_eq!(
        (read.hits, read.hits_left(), read.state),
        (2, Some(1), State::Live)
    );
    assert_eq!(tables(backend, row.id).await, (0, 2, 2));
    let mut conn = backend.db.read().await.expect("a reader");
    let uses = conn.query("SELECT number, at, address FROM uses WHERE token_id = $1 ORDER BY number");
    let uses: Vec<(i64, chrono::DateTime<chrono::Utc>, Option<String>)> =
        uses.bind(row.id).all().await.expect("uses");
    drop(conn);
    let address = Some("192.0.2.1".to_owned());
    let second = first + TimeDelta::seconds(1);
    assert_eq!(uses, [(1, first, address.clone()), (2, second, address)]);
    sound(backend).await;
}

/// Each way to ask finds what was answered a moment ago.
#[tokio::test]
async fn every_reader_finds_the_hits_that_were_answered() {
    let world = served().await;
    let backend = &world.backend;
    let pages = backend.page_tokens();
    let caller = admin(&world).await;
    let (row, secret) = token(backend, &caller, "/page", |form| form.max_hits = "20".into()).await;
    let url = format!("{HOST}/page?TOKEN={secret}");
    let mut hits = 0;
    for reader in ["list", "rows", "history", "log", "explain", "beside"] {
        let_in(backend, &url, &[reader]).await;
        hits += 1;
        assert_eq!(
            tables(backend, row.id).await.0,
            1,
            "{reader}: one stands in the journal"
        );
        match reader {
            "list" => {
                let page = pages
                    .list(&caller, &PageTokenQuery::default())
                    .await
                    .expect("a page");
                assert_eq!(page.rows[0].hits, hits);
            }
            "rows" => assert_eq!(pages.rows(&caller, &[row.id]).await.expect("rows")[0].hits, hits),
            "history" => {
                let history = pages.history(&caller, row.id).await.expect("a history");
                assert_eq!(history.len() as i64, hits + 1, "it was made, too");
            }
            "log" => assert_eq!(logged(backend, &caller, row.id).await, hits as usize),
            "explain" => {
                let question = crate::page_tokens::explain::Question {
                    url: &url,
                    method: "GET",
                    address: None,
                };
                let explained = pages.explain(&caller, &question).await.expect("explained");
                assert!(explained.detail.contains("15 hits left"), "{}", explained.detail);
            }
            _ => {
                let beside = beside(&world).await;
                let read = beside.page_tokens().get(&caller, row.id).await.expect("a row");
                assert_eq!(read.hits, hits);
                beside.db.close().await;
            }
        }
        assert_eq!(tables(backend, row.id).await, (0, hits, hits), "{reader}");
    }
    sound(backend).await;
}

async fn logged(backend: &Backend, caller: &Caller, token: TokenId) -> usize {
    let query = AuditQuery {
        event: Some("token.used".into()),
        token: Some(token),
        rows: Some(100),
        ..AuditQuery::default()
    };
    let page = backend.audit().list(caller, &query).await.expect("a page");
    let ids: BTreeSet<_> = page.rows.iter().map(|row| row.id).collect();
    assert_eq!(ids.len(), page.rows.len());
    page.rows.len()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_hundred_of_four_hundred_at_once_are_let_in_through_the_journal() {
    let world = served().await;
    let backend = &world.backend;
    let caller = admin(&world).await;
    let (row, secret) = token(backend, &caller, "/page", |form| form.max_hits = "100".into()).await;
    let url = format!("{HOST}/page?TOKEN={secret}");

    let racers: Vec<_> = (0..400)
        .map(|racer| {
            let (backend, url) = (backend.clone(), url.clone());
            tokio::spawn(async move {
                // Some have the journal folded between the others.
                if racer % 50 == 49 {
                    backend.fold_journal().await.expect("folded");
                }
                hit(&backend, &url, &racer.to_string()).await
            })
        })
        .collect();
    let mut allowed = 0;
    for racer in racers {
        match racer.await.expect("no panic") {
            Verdict::Allowed(_) => allowed += 1,
            verdict => assert_eq!(rule(&verdict), Some(Rule::Hits)),
        }
    }

    assert_eq!(allowed, 100);
    sound(backend).await;
    let ended = PageTokenQuery {
        list: TokenList::Expired,
        ..PageTokenQuery::default()
    };
    let page = backend.page_tokens().list(&caller, &ended).await.expect("a page");
    let listed: Vec<_> = page
        .rows
        .iter()
        .map(|row| (row.id, row.hits, row.state))
        .collect();
    assert_eq!(listed, [(row.id, 100, State::UsedUp)]);
    assert_eq!(logged(backend, &caller, row.id).await, 100);
    assert_eq!(tables(backend, row.id).await, (0, 100, 100));
    sound(backend).await;
}

#[tokio::test]
async fn a_server_that_ends_between_a_hit_and_its_place_loses_none_and_doubles_none() {
    let mut world = served().await;
    let caller = admin(&world).await;
    let (row, secret) = token(&world.backend, &caller, "/page", |form| {
        form.max_hits = "4".into();
    })
    .await;
    let url = format!("{HOST}/page?TOKEN={secret}");
    let_in(&world.backend, &url, &["a", "b"]).await;

    restart(&mut world).await;
    assert_eq!(tables(&world.backend, row.id).await, (2, 0, 0));
    sound(&world.backend).await;
    // The same requests come again, and a new one.
    let_in(&world.backend, &url, &["a", "b", "c"]).await;
    restart(&mut world).await;
    world.backend.upkeep().begin().await.expect("folded");
    assert_eq!(tables(&world.backend, row.id).await, (0, 3, 3));

    let_in(&world.backend, &url, &["c", "d"]).await;
    let fifth = hit(&world.backend, &url, "e").await;
    assert_eq!(rule(&fifth), Some(Rule::Hits));
    world.backend.upkeep().finish().await.expect("a clean stop");
    assert_eq!(tables(&world.backend, row.id).await, (0, 4, 4));
    assert_eq!(logged(&world.backend, &caller, row.id).await, 4);
    sound(&world.backend).await;
}

/// A command beside the server withdraws a token, or gives it more hits: the hits before are in their places first, and the
/// server decides by what is there now.
#[tokio::test]
async fn what_is_changed_beside_the_server_comes_after_the_hits_before_it() {
    let world = served().await;
    let backend = &world.backend;
    let caller = admin(&world).await;
    let (row, secret) = token(backend, &caller, "/page", |form| form.max_hits = "3".into()).await;
    let url = format!("{HOST}/page?TOKEN={secret}");
    let_in(backend, &url, &["a", "b"]).await;
    let command = beside(&world).await;

    let more = |form: &mut PageTokenForm| form.max_hits = "2".into();
    let edited = command.page_tokens().edit(&caller, row.id, more).await;
    assert_eq!(edited.expect("edited").state, State::UsedUp);
    assert_eq!(tables(backend, row.id).await, (0, 2, 2));
    let third = hit(backend, &url, "c").await;
    assert_eq!(rule(&third), Some(Rule::Hits), "decided by the row");

    let more = |form: &mut PageTokenForm| form.max_hits = "5".into();
    command
        .page_tokens()
        .edit(&caller, row.id, more)
        .await
        .expect("edited");
    backend.gate.forget();
    let_in(backend, &url, &["c", "c", "d"]).await;
    sound(&command).await;
    command
        .page_tokens()
        .revoke(&caller, row.id)
        .await
        .expect("revoked");
    let fifth = hit(backend, &url, "e").await;
    assert_eq!(rule(&fifth), Some(Rule::Revoked));
    assert_eq!(tables(backend, row.id).await, (0, 4, 4));
    sound(backend).await;
    command.db.close().await;
}

/// Two that serve one file, which only force brings about, spend one limit between them.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_processes_at_one_journal_let_in_as_many_as_one() {
    let world = served().await;
    let caller = admin(&world).await;
    let (row, secret) = token(&world.backend, &caller, "/page", |form| {
        form.max_hits = "60".into();
    })
    .await;
    let url = format!("{HOST}/page?TOKEN={secret}");
    let servers = [world.backend.clone(), beside(&world).await];
    let racers: Vec<_> = (0..200)
        .map(|racer| {
            let (server, url) = (servers[racer % 2].clone(), url.clone());
            tokio::spawn(async move {
                if racer % 40 == 39 {
                    server.fold_journal().await.expect("folded");
                }
                // Two ask by each name.
                hit(&server, &url, &(racer / 2).to_string()).await
            })
        })
        .collect();
    let mut named = vec![0; 100];
    for (racer, asked) in racers.into_iter().enumerate() {
        if let Verdict::Allowed(_) = asked.await.expect("no panic") {
            named[racer / 2] += 1;
        }
    }
    assert_eq!(named.into_iter().filter(|allowed| *allowed > 0).count(), 60);
    for server in &servers {
        sound(server).await;
        let read = server.page_tokens().get(&caller, row.id).await.expect("a row");
        assert_eq!((read.hits, read.state), (60, State::UsedUp));
        sound(server).await;
    }
    servers[1].db.close().await;
}

#[tokio::test]
async fn what_changes_a_token_without_a_lock_is_undone_while_hits_stand_in_the_journal() {
    let world = served().await;
    let backend = &world.backend;
    let caller = admin(&world).await;
    let (row, secret) = token(backend, &caller, "/page", |form| form.max_hits = "3".into()).await;
    let url = format!("{HOST}/page?TOKEN={secret}");
    let_in(backend, &url, &["a"]).await;
    let scope = Scope::new(caller.organisation(), None);
    let now = backend.clock.now();

    let mut tx = backend.db.write().await.expect("a transaction");
    let read = tokens::load(&mut tx, backend, &scope, row.id).await;
    let read = read.expect("read").expect("a token").token;
    let change = tokens::Change {
        name: read.name.clone(),
        starts_at: None,
        expires_at: None,
        use_limit: Some(1),
    };
    assert!(tokens::change(&mut tx, &read, &change, now).await.is_err());
    assert!(tokens::revoke(&mut tx, &read, now).await.is_err());
    assert!(tokens::set_suspended(&mut tx, &read, Some(now)).await.is_err());
    assert!(tokens::set_deleted(&mut tx, &read, Some(now)).await.is_err());
    let locked = tokens::lock(&mut tx, backend, &scope, row.id).await;
    let locked = locked.expect("locked").expect("a token").token;
    assert_eq!(locked.bounds.uses, 1, "what is locked is what there is");
    tokens::revoke(&mut tx, &locked, now).await.expect("revoked");
    drop(tx);

    assert_eq!(tables(backend, row.id).await, (1, 0, 0), "it was not committed");
    let_in(backend, &url, &["b"]).await;
    assert_eq!(
        backend
            .page_tokens()
            .get(&caller, row.id)
            .await
            .expect("a row")
            .hits,
        2
    );
    sound(backend).await;
}

#[tokio::test]
async fn a_token_that_expires_while_its_hits_stand_in_the_journal_keeps_them() {
    let world = served().await;
    let backend = &world.backend;
    let caller = admin(&world).await;
    let (row, secret) = token(backend, &caller, "/page", |form| {
        form.max_hits = "3".into();
        form.timeout = "60".into();
    })
    .await;
    let url = format!("{HOST}/page?TOKEN={secret}");
    let_in(backend, &url, &["a", "b"]).await;
    backend.clock.advance(TimeDelta::seconds(61));

    assert_eq!(backend.upkeep().sweep().await.expect("swept"), 1);

    assert_eq!(tables(backend, row.id).await, (0, 2, 2));
    let third = hit(backend, &url, "c").await;
    assert_eq!(rule(&third), Some(Rule::Expired));
    sound(backend).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_full_journal_is_folded_by_the_next_batch() {
    let world = served().await;
    let backend = &world.backend;
    let caller = admin(&world).await;
    let (row, secret) = token(backend, &caller, "/page", |form| form.max_hits = "9999".into()).await;
    let url = format!("{HOST}/page?TOKEN={secret}");
    // No upkeep runs here.
    let asks = (0..6_600).map(|_| ask(backend, &url));
    for verdict in futures::future::join_all(asks).await {
        assert!(matches!(verdict, Verdict::Allowed(_)), "{verdict:?}");
    }
    let (_, counter, uses) = tables(backend, row.id).await;
    assert!(counter >= 6_144 && counter == uses, "{counter} {uses}");
    sound(backend).await;
    assert_eq!(
        backend
            .page_tokens()
            .get(&caller, row.id)
            .await
            .expect("a row")
            .hits,
        6_600
    );
    sound(backend).await;
}

/// In the background hits are in their places a moment later, and pages that look on are told of each.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_moment_later_hits_are_in_their_places_and_told_once() {
    let world = served().await;
    let backend = &world.backend;
    let caller = admin(&world).await;
    let (row, secret) = token(backend, &caller, "/page", |form| form.max_hits = "9".into()).await;
    let url = format!("{HOST}/page?TOKEN={secret}");
    backend.clock.advance(TimeDelta::seconds(1));
    let mut listener = backend.feed().subscribe(caller.scope);
    let upkeep = tokio::spawn({
        let backend = backend.clone();
        async move {
            let (live, upkeep) = (backend.feed(), backend.upkeep());
            tokio::join!(live.run(), upkeep.fold_often())
        }
    });
    tokio::time::sleep(Duration::from_millis(100)).await;

    let_in(backend, &url, &["a", "b", "b", "c"]).await;

    for number in 1..=3 {
        let told = tokio::time::timeout(Duration::from_secs(20), listener.next()).await;
        match told.expect("in time").expect("a change") {
            Change::Token { id, .. } => assert_eq!(id, row.id, "{number}"),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(tables(backend, row.id).await, (0, 3, 3));
    let more = tokio::time::timeout(Duration::from_millis(800), listener.next()).await;
    assert!(more.is_err(), "{more:?}");
    upkeep.abort();
    let _ = upkeep.await;
    sound(backend).await;
}

#[tokio::test]
async fn a_journal_that_does_not_follow_the_uses_is_found() {
    let world = served().await;
    let backend = &world.backend;
    let caller = admin(&world).await;
    let (row, secret) = token(backend, &caller, "/page", |form| form.max_hits = "3".into()).await;
    let url = format!("{HOST}/page?TOKEN={secret}");
    let_in(backend, &url, &["a"]).await;
    for (change, back, found) in [
        (
            "INSERT INTO hit_journal (at, hits) SELECT at, hits FROM hit_journal",
            "DELETE FROM hit_journal WHERE sequence > (SELECT MIN(sequence) FROM hit_journal)",
            "does not follow the one before",
        ),
        (
            "INSERT INTO hit_journal (at, hits) SELECT at, CAST('?' AS BLOB) FROM hit_journal",
            "DELETE FROM hit_journal WHERE sequence > (SELECT MIN(sequence) FROM hit_journal)",
            "cannot be read",
        ),
        (
            "UPDATE tokens SET use_limit = 0 WHERE uses = 0 AND use_limit = 3",
            "UPDATE tokens SET use_limit = 3 WHERE uses = 0 AND use_limit = 0",
            "above the limit",
        ),
    ] {
        let mut tx = backend.db.write().await.expect("a transaction");
        tx.query(change).run().await.expect(change);
        tx.commit().await.expect("committed");
        let findings = backend.fsck().await.expect("checked");
        assert!(findings.iter().any(|one| one.contains(found)), "{findings:?}");
        let mut tx = backend.db.write().await.expect("a transaction");
        tx.query(back).run().await.expect(back);
        tx.commit().await.expect("committed");
        sound(backend).await;
    }
    assert_eq!(
        backend
            .page_tokens()
            .get(&caller, row.id)
            .await
            .expect("a row")
            .hits,
        1
    );
    sound(backend).await;
}
