//! Stories of what is recorded of a change, and of who is told when a token is in danger.

use domain::Problems;
use domain::api_tokens::BulkPreview;

use super::*;

/// What the history of a token says, the newest first.
async fn history(backend: &Backend, caller: &Caller, token: &IssuedApiToken) -> Vec<String> {
    let view = backend.api_tokens().view(caller, token.id).await.expect("a page");
    view.history.into_iter().map(|entry| entry.what).collect()
}

async fn edit(backend: &Backend, caller: &Caller, token: &IssuedApiToken, form: &ApiTokenForm) {
    // One thing after the other, as the history has them.
    backend.clock().advance(TimeDelta::minutes(1));
    let edited = backend.api_tokens().edit_from(caller, token.id, form).await;
    edited.expect("changed");
}

#[tokio::test]
async fn each_field_that_changes_is_recorded_with_before_and_after_and_nothing_else_is() {
    on_each_engine(async |world| {
        let (backend, ada) = (&world.backend, owner(&world.backend).await);
        let bob = bob(backend, &ada).await;
        let north = DepartmentForm {
            name: "North".into(),
            parent: String::new(),
        };
        let north = backend
            .departments()
            .create(&ada, &north)
            .await
            .expect("a department");
        let token = made(backend, &ada, &form("Nightly")).await;
        let as_it_is = async || {
            let view = backend.api_tokens().view(&ada, token.id).await.expect("a page");
            view.form()
        };
        let before = history(backend, &ada, &token).await;
        edit(backend, &ada, &token, &as_it_is().await).await;
        assert_eq!(history(backend, &ada, &token).await, before, "nothing changed");

        let narrowed = ApiTokenForm {
            permissions: "tokens:read".into(),
            narrowed: true,
            ..as_it_is().await
        };
        edit(backend, &ada, &token, &narrowed).await;
        assert_eq!(
            history(backend, &ada, &token).await.first().map(String::as_str),
            Some("Changed the permissions from all of the user type to tokens:read")
        );

        let everything = ApiTokenForm {
            name: "Hourly".into(),
            expires: "2026-12-31".into(),
            user: bob.to_string(),
            department: north.to_string(),
            user_type: "administrator".into(),
            permissions: "tokens:read people:read".into(),
            narrowed: true,
            networks: "203.0.113.0/24".into(),
            description: "Counts".into(),
        };
        edit(backend, &ada, &token, &everything).await;
        let told = history(backend, &ada, &token).await.remove(0);
        for change in [
            "the name from Nightly to Hourly",
            "the holder from Ada",
            " to Bob",
            "the user type from Owner to Administrator",
            "the department from none to North",
            "the permissions from tokens:read to ",
            "people:read",
            "the networks from everywhere to 203.0.113.0/24",
            "the expiry from ",
            "31 Dec 2026",
            "the description from none to Counts",
        ] {
            assert!(told.contains(change), "{change}: {told}");
        }
    })
    .await;
}

#[tokio::test]
async fn of_two_who_edit_a_token_each_keeps_what_they_changed_and_who_changed_the_same_is_told() {
    on_each_engine(async |world| {
        let (backend, ada) = (&world.backend, owner(&world.backend).await);
        let bob = bob(backend, &ada).await;
        let token = made(backend, &ada, &form("Nightly")).await;
        let tokens = backend.api_tokens();
        let view = async || tokens.view(&ada, token.id).await.expect("a page");
        let nothing_told = Problems::default();
        // Both open the form.
        let shown = view().await.shown();
        let typed = ApiTokenForm {
            expires: String::new(),
            ..shown.clone()
        };
        let first = ApiTokenForm {
            name: "Hourly".into(),
            networks: "203.0.113.0/24".into(),
            user: bob.to_string(),
            expires: "2026-12-31".into(),
            ..typed.clone()
        };
        let saved = tokens
            .edit_shown(&ada, token.id, first, &shown, &nothing_told)
            .await;
        saved.expect("nobody else changed anything");
        let second = ApiTokenForm {
            description: "Counts".into(),
            ..typed.clone()
        };
        let saved = tokens
            .edit_shown(&ada, token.id, second, &shown, &nothing_told)
            .await;
        saved.expect("they changed something else");
        let now = view().await;
        let end = now.row.expires.as_ref().expect("an end").input.clone();
        assert_eq!(
            (
                &*now.row.name,
                &*now.networks,
                &*now.description,
                now.row.person,
                &*end
            ),
            ("Hourly", "203.0.113.0/24", "Counts", bob, "2026-12-31"),
            "both keep what they changed"
        );

        // A third one has changed the same, without having seen it.
        let third = ApiTokenForm {
            name: "Weekly".into(),
            networks: "198.51.100.0/24".into(),
            expires: "90d".into(),
            narrowed: true,
            permissions: "tokens:read".into(),
            ..typed
        };
        let before = history(backend, &ada, &token).await;
        let refused = tokens
            .edit_shown(&ada, token.id, third.clone(), &shown, &nothing_told)
            .await;
        let Err(Error::Refused(Refusal::Invalid(told))) = refused else {
            panic!("{refused:?}")
        };
        for (field, theirs) in [
            ("name", "“Hourly”"),
            ("networks", "“203.0.113.0/24”"),
            ("expires", "“2026-12-31”"),
        ] {
            assert!(
                told.at(field).is_some_and(|sentence| sentence.contains(theirs)),
                "{field}: {told}"
            );
        }
        assert_eq!(told.iter().count(), 3, "{told}");
        assert_eq!(
            history(backend, &ada, &token).await,
            before,
            "nothing was written"
        );
        // They have read it, and save again.
        let saved = tokens.edit_shown(&ada, token.id, third, &shown, &told).await;
        saved.expect("put in its place");
        let now = view().await;
        assert_eq!((&*now.row.name, now.row.person), ("Weekly", bob));
        assert_eq!((&*now.networks, &*now.description), ("198.51.100.0/24", "Counts"));
        assert_eq!(
            now.narrowed.map(|set| set.to_string()).as_deref(),
            Some("tokens:read")
        );
    })
    .await;
}

/// What each mail is about, and whom it goes to.
async fn mails(backend: &Backend, caller: &Caller) -> Vec<(String, String)> {
    let page = backend
        .mail()
        .list(caller, &Default::default())
        .await
        .expect("mails");
    let mails = page.rows.into_iter();
    mails.map(|mail| (mail.about, mail.to.to_string())).collect()
}

#[tokio::test]
async fn who_is_behind_a_token_is_told_when_its_old_string_is_used_and_when_it_was_exposed() {
    on_each_engine(async |world| {
        let (backend, ada) = (&world.backend, owner(&world.backend).await);
        let bob = bob(backend, &ada).await;
        let bobs = ApiTokenForm {
            user: bob.to_string(),
            ..form("Bob's")
        };
        let old = made(backend, &ada, &bobs).await;
        let tokens = backend.api_tokens();
        let rotated = tokens.rotate(&ada, old.id, &RotateForm::default()).await;
        let fresh = rotated.expect("rotated");
        for _ in 0..3 {
            assert!(matches!(let_in(backend, &old).await, Err(Denied::Replaced)));
        }
        let reused = (
            "Old string of an API token used".to_owned(),
            "bob@example.org".to_owned(),
        );
        assert_eq!(mails(backend, &ada).await, std::slice::from_ref(&reused), "once");
        let mail = backend
            .mail()
            .list(&ada, &Default::default())
            .await
            .expect("mails");
        let mail = backend.mail().view(&ada, mail.rows[0].id).await.expect("a mail");
        assert!(
            mail.subject.contains("Bob's") && mail.text.contains("192.0.2.7"),
            "{}",
            mail.text
        );
        assert!(!mail.text.contains(&old.secret));

        let exposed = async || tokens.was_exposed(&fresh.secret, &from("192.0.2.7")).await;
        exposed().await.expect("recorded");
        assert_eq!(mails(backend, &ada).await.len(), 1, "the policy ends nothing");
        let strict = PolicyForm {
            revoke_exposed: true,
            ..PolicyForm::from(Policy::default())
        };
        tokens.set_policy(&ada, &strict).await.expect("set");
        for _ in 0..2 {
            exposed().await.expect("recorded");
        }
        let revoked = (
            "API token exposed and revoked".to_owned(),
            "bob@example.org".to_owned(),
        );
        let mut told = mails(backend, &ada).await;
        told.sort();
        assert_eq!(told, [revoked, reused], "once");
        assert!(let_in(backend, &fresh).await.is_err());
    })
    .await;
}

#[tokio::test]
async fn all_tokens_of_an_organisation_together_call_as_often_as_its_policy_says() {
    on_each_engine(async |world| {
        let (backend, ada) = (&world.backend, owner(&world.backend).await);
        let tokens = [
            made(backend, &ada, &form("One")).await,
            made(backend, &ada, &form("Other")).await,
        ];
        let policy = PolicyForm {
            per_minute: "8".into(),
            organisation_per_minute: "10".into(),
            ..PolicyForm::from(Policy::default())
        };
        backend.api_tokens().set_policy(&ada, &policy).await.expect("set");
        let ask = async |token: &IssuedApiToken| {
            let client = from("192.0.2.7");
            backend.api_tokens().authenticate(&token.secret, &client).await
        };
        let mut left = Vec::new();
        for number in 0..10 {
            let notes = ask(&tokens[number % 2])
                .await
                .map(|known| known.notes)
                .expect("let in");
            let (own, all) = (
                notes.limit.expect("a limit"),
                notes.organisation_limit.expect("a limit"),
            );
            left.push((own.requests, all.requests));
        }
        assert_eq!(left[0], (7, 9));
        assert_eq!(left[9], (3, 0), "five of its own eight, and all ten together");
        for _ in 0..5 {
            let refused = ask(&tokens[0]).await.map(|_| ());
            assert!(
                matches!(refused, Err(Denied::TooMany { seconds: 6 })),
                "{refused:?}"
            );
        }
        backend.clock().advance(TimeDelta::seconds(6));
        let notes = ask(&tokens[0]).await.map(|known| known.notes).expect("let in");
        let own = notes.limit.expect("a limit").requests;
        assert_eq!(
            own, 2,
            "what was refused for the others' sake did not count as its own"
        );
    })
    .await;
}

#[tokio::test]
async fn what_a_bulk_change_would_hit_is_counted_within_the_hour_that_it_speaks_of() {
    on_each_engine(async |world| {
        let (backend, ada) = (&world.backend, owner(&world.backend).await);
        let tokens = backend.api_tokens();
        let mut ids = Vec::new();
        for (name, address) in [
            ("Early", "192.0.2.1"),
            ("Late", "192.0.2.2"),
            ("Later", "192.0.2.2"),
        ] {
            let token = made(backend, &ada, &form(name)).await;
            let known = tokens.authenticate(&token.secret, &from(address)).await;
            known.map(|_| ()).expect("let in");
            ids.push(token.id);
            if name == "Early" {
                backend.clock().advance(TimeDelta::hours(2));
            }
        }
        let preview: BulkPreview = tokens.preview(&ada, &ids).await.expect("counted");
        assert_eq!(
            (preview.used_last_hour, preview.used_last_day, preview.addresses),
            (2, 3, 1)
        );
        backend.clock().advance(TimeDelta::hours(2));
        let preview = tokens.preview(&ada, &ids).await.expect("counted");
        assert_eq!(
            (preview.used_last_hour, preview.used_last_day, preview.addresses),
            (0, 3, 2)
        );
    })
    .await;
}
