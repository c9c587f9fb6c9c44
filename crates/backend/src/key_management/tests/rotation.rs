use std::time::Duration;

use super::*;

#[tokio::test]
async fn overlapping_rotations_lose_nothing() {
    on_each_engine(async |world| {
        let installation = Installation::new(world);
        let organisation = installation.organisation().await;
        let first = installation.command().await;
        let mut made = vec![issue(&first, organisation).await];
        let (server, watch) = installation.server(installation.file()).await;

        let mut rotations = tokio::task::JoinSet::new();
        for delay in [0, 30, 60] {
            let command = installation.command().await;
            rotations.spawn(async move {
                tokio::time::sleep(Duration::from_millis(delay)).await;
                command.key_management().rotate(&at_once()).await
            });
        }
        while !rotations.is_empty() {
            made.push(issue(&server, organisation).await);
            if let Ok(Some(rotated)) =
                tokio::time::timeout(Duration::from_millis(50), rotations.join_next()).await
            {
                rotated.expect("no panic").expect("rotated");
            }
        }
        watch.abort();

        let last = installation.command().await;
        assert!(last.keys.newest() > 1);
        for (id, code) in made {
            for backend in [&last, &server] {
                assert!(is_found(backend, &code).await, "a link is dead");
                assert!(is_readable(backend, id).await, "and cannot be read");
            }
        }
    })
    .await;
}

#[tokio::test]
async fn a_rotation_moves_tokens_and_waiting_mail_and_keeps_the_old_key_for_the_backups() {
    on_each_engine(async |world| {
        let installation = Installation::new(world);
        let organisation = installation.organisation().await;
        let command = installation.command().await;
        let (id, code) = issue(&command, organisation).await;
        queue_with_link(&command, organisation).await;

        let rotated = command
            .key_management()
            .rotate(&Rotation::default())
            .await
            .expect("rotated");

        assert_eq!((rotated.key, rotated.moved), (2, 2));
        assert_eq!(rotated.kept.len(), 1, "a backup may need key 1");
        assert!(is_found(&command, &code).await && is_readable(&command, id).await);
        assert_eq!(command.mail().deliver_due().await.expect("delivered"), 1);

        world.backend.clock().advance(TimeDelta::days(91));
        let rotated = command
            .key_management()
            .rotate(&Rotation::default())
            .await
            .expect("rotated");
        assert_eq!((rotated.key, rotated.dropped), (3, vec![1]), "its time is over");
        assert_eq!(
            KeyRing::open(&installation.file()).expect("a file").held().len(),
            2
        );
        assert!(is_found(&command, &code).await && is_readable(&command, id).await);
    })
    .await;
}

#[tokio::test]
async fn an_unreadable_secret_is_named_and_blocks_nothing_and_no_try_adds_a_key() {
    on_each_engine(async |world| {
        let installation = Installation::new(world);
        let organisation = installation.organisation().await;
        let command = installation.command().await;
        let (_, code) = issue(&command, organisation).await;
        let (lost, lost_code) = issue(&command, organisation).await;
        let shorten = "UPDATE tokens SET sealed = substr(sealed, 1, 40) WHERE id = $1";
        damage(&command, shorten, lost).await;

        let keys = command.key_management();
        for moved in [1, 0] {
            let rotated = keys.rotate(&at_once()).await.expect("rotated");
            assert_eq!((rotated.key, rotated.moved), (2, moved));
            assert_eq!(rotated.unreadable, [format!("token {lost}")]);
            assert_eq!(rotated.waiting, [(1, 1)], "its key stays");
            assert!(is_found(&command, &code).await && is_found(&command, &lost_code).await);
        }

        // Its holder presents it, and it is repaired.
        assert!(present(&command, organisation, lost, &lost_code).await);
        let rotated = keys.rotate(&at_once()).await.expect("rotated");
        assert_eq!((rotated.key, rotated.dropped), (2, vec![1]), "it went on");
        assert!(rotated.unreadable.is_empty() && is_readable(&command, lost).await);
    })
    .await;
}

#[tokio::test]
async fn a_secret_that_is_not_sealed_keeps_its_key_until_it_is_presented() {
    on_each_engine(async |world| {
        let installation = Installation::new(world);
        let organisation = installation.organisation().await;
        let command = installation.command().await;
        let (id, code) = issue(&command, organisation).await;
        damage(&command, "UPDATE tokens SET sealed = NULL WHERE id = $1", id).await;

        let keys = command.key_management();
        for key in [2, 3] {
            let rotated = keys.rotate(&at_once()).await.expect("rotated");
            assert_eq!((rotated.key, &rotated.waiting[..]), (key, &[(1, 1)][..]));
            assert!(rotated.unreadable.is_empty() && is_found(&command, &code).await);
        }
        let refused = keys.drop_key(1, TimeDelta::zero()).await.expect_err("needed");
        assert!(
            refused.to_string().contains("it is still needed by 1 token"),
            "{refused}"
        );

        assert!(present(&command, organisation, id, &code).await);
        assert!(
            !present(&command, organisation, id, &code).await,
            "once is enough"
        );

        keys.drop_key(1, TimeDelta::zero())
            .await
            .expect("not needed any more");
        assert!(is_found(&command, &code).await);
        assert!(!is_readable(&command, id).await, "what was shown once stays so");
        let refused = keys.drop_key(3, TimeDelta::zero()).await.expect_err("it makes");
        assert!(
            refused.to_string().contains("it is the key that makes"),
            "{refused}"
        );
    })
    .await;
}

#[tokio::test]
async fn a_secret_that_is_not_sealed_leaves_its_key_when_somebody_only_reads_it() {
    on_each_engine(async |world| {
        let installation = Installation::new(world);
        let organisation = installation.organisation().await;
        let command = installation.command().await;
        let (id, code) = issue(&command, organisation).await;
        damage(&command, "UPDATE tokens SET sealed = NULL WHERE id = $1", id).await;
        let keys = command.key_management();
        keys.rotate(&at_once()).await.expect("rotated");
        keys.drop_key(1, TimeDelta::zero()).await.expect_err("needed");

        // As with API tokens, which are read without a lock.
        for _ in 0..2 {
            let presented = access_tokens::presented(&code);
            tokens::leave_old_key(&command, presented).await.expect("moved");
        }

        keys.drop_key(1, TimeDelta::zero())
            .await
            .expect("not needed any more");
        assert!(is_found(&command, &code).await);
    })
    .await;
}

#[tokio::test]
async fn a_rotation_waits_for_each_server_that_runs_and_moves_nothing_without_it() {
    on_each_engine(async |world| {
        let installation = Installation::new(world);
        let organisation = installation.organisation().await;
        let command = installation.command().await;
        let (_, code) = issue(&command, organisation).await;
        // A server with a copy of the file, as on another machine.
        let copy = installation.folder.path().join("copy.toml");
        std::fs::copy(installation.file(), &copy).expect("copied");
        let (server, watch) = installation.server(copy.clone()).await;

        let refused = command
            .key_management()
            .rotate(&at_once())
            .await
            .expect_err("refused");
        assert!(refused.to_string().contains("127.0.0.1:3000"), "{refused}");
        assert_eq!(command.keys.making(), 1, "the new key does not make yet");
        assert!(is_found(&server, &code).await);

        std::fs::copy(installation.file(), &copy).expect("copied");
        let rotated = command
            .key_management()
            .rotate(&at_once())
            .await
            .expect("goes on");
        assert_eq!((rotated.key, rotated.moved, rotated.dropped), (2, 1, vec![1]));
        assert!(is_found(&server, &code).await);
        assert_eq!(server.keys.making(), 2);
        watch.abort();
        server.upkeep().finish().await.expect("it leaves");
    })
    .await;
}

#[tokio::test]
async fn a_server_that_is_silent_is_not_waited_for_and_the_old_key_stays() {
    on_each_engine(async |world| {
        let installation = Installation::new(world);
        let organisation = installation.organisation().await;
        let (server, watch) = installation.server(installation.file()).await;
        watch.abort();
        let (_, code) = issue(&server, organisation).await;
        world.backend.clock().advance(TimeDelta::seconds(31));

        let command = installation.command().await;
        let rotated = command
            .key_management()
            .rotate(&at_once())
            .await
            .expect("rotated");

        assert!(rotated.dropped.is_empty());
        assert!(rotated.kept[0].1.contains("last heard of"), "{:?}", rotated.kept);
        assert!(is_found(&command, &code).await);
        world.backend.clock().advance(TimeDelta::days(1));
        let (another, watch) = installation.server(installation.file()).await;
        command
            .key_management()
            .drop_key(1, TimeDelta::zero())
            .await
            .expect("the silent one is forgotten");
        watch.abort();
        assert!(is_found(&another, &code).await);
    })
    .await;
}

#[tokio::test]
async fn a_lease_that_nobody_extends_is_taken_over() {
    on_each_engine(async |world| {
        let installation = Installation::new(world);
        let (held, waits) = (installation.command().await, installation.command().await);
        let mut tx = held.db.write().await.expect("a transaction");
        let now = world.backend.clock().now();
        let until = now + TimeDelta::seconds(30);
        let holder = uuid::Uuid::now_v7();
        let taken = super::super::sql::take_lease(&mut tx, holder, "elsewhere", now, until).await;
        assert!(taken.expect("taken"));
        tx.commit().await.expect("committed");

        let rotation = at_once();
        let keys = waits.key_management();
        let mut rotating = std::pin::pin!(keys.rotate(&rotation));
        let early = tokio::time::timeout(Duration::from_millis(500), &mut rotating).await;
        assert!(early.is_err(), "somebody else has the lease");
        world.backend.clock().advance(TimeDelta::seconds(31));
        rotating.await.expect("taken over");
    })
    .await;
}

/// Tables with sealed texts that a list of `KEPT` moves and counts. Answers to requests (`answers`) live for a day,
/// which is less than a key stays.
const SPOKEN_FOR: [&str; 6] = [
    "assertion_keys",
    "identity_providers",
    "issuer_keys",
    "mail_settings",
    "mails",
    "tokens",
];

#[tokio::test]
async fn every_sealed_column_is_spoken_for() {
    on_each_engine(async |world| {
        let mut conn = world.backend.db.read().await.expect("a reader");
        let statement = conn.either(
            "SELECT m.name FROM sqlite_master m JOIN pragma_table_info(m.name) c ON c.name LIKE '%sealed%'
             WHERE m.type = 'table' ORDER BY 1",
            "SELECT CAST(table_name AS TEXT) FROM information_schema.columns
             WHERE table_schema = 'public' AND column_name LIKE '%sealed%' ORDER BY 1",
        );
        let tables: Vec<(String,)> = conn.query(statement).all().await.expect("tables");
        let tables: Vec<String> = tables.into_iter().map(|(table,)| table).collect();
        assert_eq!(
            tables, SPOKEN_FOR,
            "a table with sealed texts needs a `keys::Kept` in the list of `key_management`, or a rotation drops its key"
        );
    })
    .await;
}

#[tokio::test]
async fn a_secret_in_its_grace_keeps_its_key() {
    on_each_engine(async |world| {
        let installation = Installation::new(world);
        let command = installation.command().await;
        let ada = crate::people::testing::owner(&command).await;
        replace_an_api_token(&command, &ada).await;
        replace_a_page_token(&command, &ada).await;

        let keys = command.key_management();
        let rotated = keys.rotate(&at_once()).await.expect("rotated");
        assert_eq!(rotated.waiting, [(1, 2)], "one of each");

        world.backend.clock().advance(TimeDelta::days(2));
        command.page_tokens().sweep().await.expect("swept");
        command.api_tokens().sweep().await.expect("swept");
        let rotated = keys.rotate(&at_once()).await.expect("rotated");
        assert_eq!(rotated.waiting, [(1, 1)], "the API token's raises alarms");

        world.backend.clock().advance(TimeDelta::days(90));
        command.api_tokens().sweep().await.expect("swept");
        let rotated = keys.rotate(&at_once()).await.expect("rotated");
        assert!(rotated.waiting.is_empty() && rotated.dropped.contains(&1));
    })
    .await;
}

async fn replace_an_api_token(backend: &Backend, caller: &crate::Caller) {
    let form = domain::api_tokens::ApiTokenForm {
        name: "Nightly import".into(),
        expires: "365d".into(),
        ..Default::default()
    };
    let tokens = backend.api_tokens();
    let new = form.parse().expect("a good form");
    let made = tokens.create(caller, &new).await.expect("made");
    let how = domain::api_tokens::RotateForm {
        grace: "24h".into(),
        until_first_use: false,
    };
    tokens.rotate(caller, made.id, &how).await.expect("rotated");
}

async fn replace_a_page_token(backend: &Backend, caller: &crate::Caller) {
    let tokens = backend.page_tokens();
    let site = domain::page_tokens::sites::SiteForm {
        address: "http://shop.test:8080".into(),
        trusted_networks: "127.0.0.1/32".into(),
        ..Default::default()
    };
    tokens.add_site(caller, &site).await.expect("a site");
    let form = domain::page_tokens::forms::PageTokenForm {
        full_url: "http://shop.test:8080/page".into(),
        groups: "Editors".into(),
        ..Default::default()
    };
    let (row, _) = tokens.create(caller, &form).await.expect("made");
    tokens.rotate(caller, row.id, 24).await.expect("rotated");
}
