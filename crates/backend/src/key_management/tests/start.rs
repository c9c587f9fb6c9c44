use super::*;

/// What is found at a start, and the result.
type Case = (&'static str, fn(&Files), Result<(), &'static str>);

/// The files that may be found at a start.
struct Files {
    /// The one that is read.
    used: PathBuf,
    /// Of the same installation: before its last rotation, and after it.
    older: PathBuf,
    newest: PathBuf,
    /// Of another one.
    foreign: PathBuf,
}

const CASES: [Case; 6] = [
    ("its own", |files| copy(&files.newest, files), Ok(())),
    ("missing", |files| remove(files), Err("The keys are missing")),
    (
        "foreign",
        |files| copy(&files.foreign, files),
        Err("the keys of another installation"),
    ),
    ("older", |files| copy(&files.older, files), Err("lacks key 2")),
    (
        "newer",
        |files| {
            // As after a rotation that the database, restored from a backup, knows nothing of.
            let ring = KeyRing::open(&files.newest).expect("keys");
            let mut keys = ring.held();
            keys.remove(0);
            keys.remove(0);
            keys.push(crate::keys::Key::new(3, None));
            std::fs::write(&files.used, crate::keys::text_of(&keys).as_bytes()).expect("written");
        },
        Err("They are newer than the database"),
    ),
    (
        "damaged",
        |files| std::fs::write(&files.used, "keys = 7").expect("written"),
        Err("are damaged"),
    ),
];

fn copy(from: &std::path::Path, files: &Files) {
    std::fs::copy(from, &files.used).expect("copied");
}

fn remove(files: &Files) {
    std::fs::remove_file(&files.used).expect("removed");
}

#[tokio::test]
async fn a_start_with_keys_that_do_not_fit_is_refused_with_a_sentence() {
    on_each_engine(async |world| {
        let installation = Installation::new(world);
        let organisation = installation.organisation().await;
        let command = installation.command().await;
        let at = |name: &str| installation.folder.path().join(name);
        let files = Files {
            used: installation.file(),
            older: at("older"),
            newest: at("newest"),
            foreign: at("foreign"),
        };
        std::fs::copy(&files.used, &files.older).expect("copied");
        KeyRing::open(&files.foreign).expect("made");
        let rotation = Rotation::default();
        command.key_management().rotate(&rotation).await.expect("rotated");
        let (_, code) = issue(&command, organisation).await;
        std::fs::copy(&files.used, &files.newest).expect("copied");

        for (name, arrange, expected) in CASES {
            copy(&files.newest, &files);
            arrange(&files);
            let before = std::fs::read(&files.used).ok();

            let process = installation.process(installation.file()).await;
            let opened = process.key_management().open(Some("a server".into())).await;

            match (opened, expected) {
                (Ok(()), Ok(())) => assert!(is_found(&process, &code).await),
                (Err(error), Err(words)) => {
                    assert!(error.to_string().contains(words), "{name}: {error}");
                }
                (opened, _) => panic!("{name}: {opened:?}"),
            }
            assert_eq!(
                std::fs::read(&files.used).ok(),
                before,
                "{name}: nothing was changed"
            );
            process.upkeep().finish().await.expect("it leaves");
        }
    })
    .await;
}

#[tokio::test]
async fn a_second_server_with_a_folder_of_its_own_is_refused_and_makes_nothing() {
    on_each_engine(async |world| {
        let installation = Installation::new(world);
        let _first = installation.command().await;
        let elsewhere = tempfile::tempdir().expect("a folder");
        let file = elsewhere.path().join("keys.toml");

        let second = installation.process(file.clone()).await;
        let refused = second.key_management().open(None).await.expect_err("refused");

        assert!(matches!(refused, KeyError::Missing { .. }), "{refused}");
        assert!(refused.to_string().contains("the other servers"), "{refused}");
        assert!(!file.exists());
    })
    .await;
}

#[tokio::test]
async fn keys_of_a_program_that_wrote_no_check_values_are_taken_over_if_they_open_what_is_there() {
    on_each_engine(async |world| {
        let installation = Installation::new(world);
        let organisation = installation.organisation().await;
        let command = installation.command().await;
        let (id, code) = issue(&command, organisation).await;
        let forget = async || {
            let mut tx = command.db.write().await.expect("a transaction");
            tx.query("DELETE FROM keys").run().await.expect("forgotten");
            tx.commit().await.expect("committed");
        };
        forget().await;
        let foreign = installation.folder.path().join("foreign");
        KeyRing::open(&foreign).expect("made");

        let process = installation.process(foreign).await;
        let refused = process.key_management().open(None).await.expect_err("refused");
        assert!(matches!(refused, KeyError::Foreign { key: 1, .. }), "{refused}");

        let process = installation.command().await;
        assert!(is_found(&process, &code).await && is_readable(&process, id).await);
    })
    .await;
}

#[tokio::test]
async fn a_server_notices_rows_whose_key_it_does_not_have() {
    on_each_engine(async |world| {
        let installation = Installation::new(world);
        let organisation = installation.organisation().await;
        let server = installation.command().await;
        let (id, _) = issue(&server, organisation).await;
        let keys = server.key_management();
        assert!(keys.missing().await.expect("looked").is_empty());

        damage(&server, "UPDATE tokens SET key_id = 7 WHERE id = $1", id).await;

        assert_eq!(keys.missing().await.expect("looked"), [7]);
    })
    .await;
}

#[tokio::test]
async fn keys_that_cannot_be_written_back_are_printed_stored_and_taken_into_use() {
    on_each_engine(async |world| {
        let installation = Installation::new(world);
        let organisation = installation.organisation().await;
        let store = installation.folder.path().join("store");
        let open = async |source: &KeySource| {
            let db = database::Db::open(&world.database.settings)
                .await
                .expect("the database");
            let (clock, settings) = (world.backend.clock.clone(), world.backend.settings.clone());
            let backend = Backend::new(db, clock, Random, KeyRing::at(source.clone()), settings);
            backend.key_management().open(None).await.map(|()| backend)
        };
        let source = KeySource::Command(format!("cat '{}'", store.display()));
        std::fs::write(&store, "").expect("written");
        let Err(refused) = open(&source).await else {
            panic!("there are no keys")
        };
        assert!(refused.to_string().contains("tokenwright keys new"), "{refused}");
        let now = world.backend.clock().now();
        let first = super::super::KeyManagement::new_keys(now);
        std::fs::write(&store, first.reveal()).expect("stored");

        let backend = open(&source).await.expect("its keys");
        let (id, code) = issue(&backend, organisation).await;
        let keys = backend.key_management();
        let refused = keys.rotate(&at_once()).await.expect_err("cannot write");
        assert!(refused.to_string().contains("--print"), "{refused}");
        let printing = Rotation {
            print: true,
            ..at_once()
        };
        let printed = keys.rotate(&printing).await.expect("printed").to_store;
        assert_eq!(backend.keys.making(), 1, "nothing is changed yet");
        std::fs::write(&store, printed.expect("keys").reveal()).expect("stored");

        let rotated = keys.rotate(&at_once()).await.expect("rotated");
        assert_eq!((rotated.key, rotated.moved), (2, 1));
        let again = open(&source).await.expect("its keys");
        assert!(is_found(&again, &code).await && is_readable(&again, id).await);
    })
    .await;
}
