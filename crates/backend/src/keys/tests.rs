use super::*;

#[test]
fn the_key_file_is_made_once_private_and_found_again() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("keys.toml");
    let made = KeyRing::open(&path).expect("made").look_up("code", "7F3K");

    assert_eq!(KeyRing::open(&path).expect("found").look_up("code", "7F3K"), made);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(
            std::fs::metadata(&path).expect("metadata").permissions().mode() & 0o777,
            0o600
        );
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).expect("opened up");
        assert!(matches!(KeyRing::open(&path), Err(KeyError::NotPrivate(_))));
    }
}

#[test]
fn a_damaged_key_file_is_named_and_not_replaced() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("keys.toml");
    file::write(&path, &[]).expect("written");
    let error = KeyRing::open(&path).expect_err("damaged");
    assert!(error.to_string().contains("are damaged"), "{error}");
    assert!(error.to_string().contains("keys.toml"), "{error}");
}

#[tokio::test]
async fn after_a_rotation_old_secrets_are_still_found_and_opened() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("keys.toml");
    let ring = KeyRing::open(&path).expect("made");
    let (before, sealed) = (ring.look_up("code", "7F3K"), ring.seal(b"row", "7F3K"));
    let lock = KeyFileLock::take(&path, std::time::Duration::ZERO)
        .await
        .expect("the lock");

    let mut keys = ring.held();
    keys.push(Key::new(2, None));
    ring.write_source(Some(&lock), keys).expect("added");
    assert_eq!(ring.look_up("code", "7F3K"), before, "it does not make yet");
    assert!(ring.make_with(2) && !ring.make_with(3));

    assert_ne!(ring.look_up("code", "7F3K"), before);
    assert_eq!(ring.look_ups("code", "7F3K")[1], before);
    assert_eq!(ring.unseal(b"row", &sealed).expect("opened").as_str(), "7F3K");

    let newest = ring.held().split_off(1);
    ring.write_source(Some(&lock), newest).expect("dropped");
    assert!(ring.unseal(b"row", &sealed).is_err());
    assert_eq!(KeyRing::open(&path).expect("found").newest(), 2);
    let before = KeyRing::open(&file::before(&path)).expect("the file of before");
    assert_eq!(before.held().len(), 2, "stays beside it");
}

#[tokio::test]
async fn a_key_file_is_not_written_under_a_lock_that_was_removed() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("keys.toml");
    let ring = KeyRing::open(&path).expect("made");
    let lock = KeyFileLock::take(&path, std::time::Duration::ZERO)
        .await
        .expect("the lock");
    std::fs::remove_file(file::beside(&path, ".lock")).expect("removed");

    let refused = ring.write_source(Some(&lock), vec![Key::new(2, None)]);

    assert!(matches!(refused, Err(KeyError::Busy(_))));
    assert_eq!(KeyRing::open(&path).expect("as it was").newest(), 1);
}

#[cfg(unix)]
#[test]
fn a_key_file_keeps_its_mode_and_leaves_nothing_half_written() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("keys.toml");
    KeyRing::open(&path).expect("made");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o400)).expect("set");

    file::write(&path, &[Key::new(7, None)]).expect("written");

    let mode = |path: &std::path::Path| std::fs::metadata(path).expect("there").permissions().mode() & 0o777;
    assert_eq!((mode(&path), mode(&file::before(&path))), (0o400, 0o400));
    assert_eq!(std::fs::read_dir(folder.path()).expect("a folder").count(), 2);
}

#[test]
fn a_sealed_secret_opens_only_in_its_own_row_and_unchanged() {
    let keys = KeyRing::for_tests();
    let sealed = keys.seal(b"row 1", "7F3K");
    assert!(keys.unseal(b"row 2", &sealed).is_err());
    for at in 0..sealed.len() {
        let mut changed = sealed.clone();
        changed[at] ^= 1;
        assert!(keys.unseal(b"row 1", &changed).is_err(), "byte {at}");
    }
    assert!(keys.unseal(b"row 1", b"short").is_err());
}

#[test]
fn a_secret_of_one_kind_is_not_found_as_another() {
    let keys = KeyRing::for_tests();
    assert_ne!(keys.look_up("code", "x"), keys.look_up("api", "x"));
}

#[test]
fn a_check_value_changes_with_every_part_of_its_key() {
    let key = Key::new(1, None);
    let (mut pepper, mut seal, mut id) = (key.clone(), key.clone(), key.clone());
    let mut other = key.pepper.bytes.clone();
    other[31] ^= 1;
    pepper.pepper = Pepper::new(other);
    seal.seal[31] ^= 1;
    id.id = 2;
    let values: std::collections::HashSet<_> = [&key, &pepper, &seal, &id].map(Key::check_value).into();
    assert_eq!(values.len(), 4);
    assert_eq!(key.check_value(), key.clone().check_value());
}
