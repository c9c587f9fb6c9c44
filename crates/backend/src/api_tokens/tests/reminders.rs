//! Stories of tokens that end soon.

use domain::mail::MailRow;

use super::*;

/// The addresses of all mails, with what each is about.
async fn mails(backend: &Backend, caller: &Caller) -> Vec<MailRow> {
    let page = backend.mail().list(caller, &Default::default()).await;
    page.expect("mails").rows
}

async fn remind(backend: &Backend) -> usize {
    backend.api_tokens().remind().await.expect("reminded")
}

#[tokio::test]
async fn whoever_is_behind_a_token_is_reminded_once_for_each_window() {
    on_each_engine(async |world| {
        let (backend, ada) = (&world.backend, owner(&world.backend).await);
        let bob = bob(backend, &ada).await;
        made(
            backend,
            &ada,
            &ApiTokenForm {
                user: bob.to_string(),
                expires: "2026-11-21".into(),
                ..form("Nightly import")
            },
        )
        .await;
        assert_eq!(remind(backend).await, 0, "it was just made");
        // From now on it is nine in the morning in Auckland, first on 2 November.
        backend.clock().advance(TimeDelta::hours(8));
        let mut days = Vec::new();
        for day in 1..=21 {
            backend.clock().advance(TimeDelta::days(1));
            for server in [Some(backend.clone()), world.another_server_if_shared().await] {
                if let Some(server) = server
                    && remind(&server).await > 0
                {
                    days.push(19 - day);
                }
            }
        }
        assert_eq!(days, [14, 7, 3, 1, 0], "by one server, and once each");
        let all = mails(backend, &ada).await;
        let to = |address: &str| all.iter().filter(|mail| mail.to.as_str() == address).count();
        assert_eq!(
            (to("bob@example.org"), to("ada@example.org"), all.len()),
            (5, 5, 10)
        );
        assert!(
            all.iter().all(|mail| mail.about == "API token ends soon"),
            "{all:?}"
        );
        let last = backend.mail().view(&ada, all[0].id).await.expect("a mail");
        assert_eq!(last.subject, "API token Nightly import ends today");
        assert!(last.text.contains("Nothing has used it ever."), "{}", last.text);
        assert!(
            last.text
                .contains("https://tokens.example.org/administrator/tokens/"),
            "{}",
            last.text
        );
    })
    .await;
}

#[tokio::test]
async fn who_is_reminded_of_several_tokens_on_one_morning_reads_first_of_the_one_that_ends_first() {
    on_each_engine(async |world| {
        let (backend, ada) = (&world.backend, owner(&world.backend).await);
        for (name, expires) in [
            ("Later", "2027-01-05"),
            ("Sooner", "2026-11-16"),
            ("Soonest", "2026-11-12"),
        ] {
            let form = ApiTokenForm {
                expires: expires.into(),
                ..form(name)
            };
            made(backend, &ada, &form).await;
        }
        backend.clock().advance(TimeDelta::days(6));
        let mut conn = backend.database().read().await.expect("a connection");
        let due = super::super::sql::to_remind(&mut conn, backend.clock().now(), 10).await;
        drop(conn);
        let mut names = Vec::new();
        for one in due.expect("read") {
            let view = backend.api_tokens().view(&ada, one.token_id).await;
            names.push(view.expect("a page").row.name);
        }
        assert_eq!(names, ["Soonest", "Sooner", "Later"]);
        assert_eq!(remind(backend).await, 3);
    })
    .await;
}

#[tokio::test]
async fn what_was_missed_is_one_mail_and_what_is_over_or_moved_is_none() {
    on_each_engine(async |world| {
        let (backend, ada) = (&world.backend, owner(&world.backend).await);
        let ending = |name: &str| ApiTokenForm {
            expires: "90d".into(),
            ..form(name)
        };
        let kept = made(backend, &ada, &ending("Kept")).await;
        let revoked = made(backend, &ada, &ending("Revoked")).await;
        let paused = made(backend, &ada, &ending("Paused")).await;
        let moved = made(backend, &ada, &ending("Moved")).await;
        made(
            backend,
            &ada,
            &ApiTokenForm {
                expires: "never".into(),
                ..form("Endless")
            },
        )
        .await;
        let tokens = backend.api_tokens();
        tokens.revoke(&ada, revoked.id).await.expect("revoked");
        tokens.set_suspended(&ada, paused.id, true).await.expect("paused");
        backend.clock().advance(TimeDelta::days(85));
        assert!(let_in(backend, &kept).await.is_ok());
        let later = ApiTokenForm {
            expires: "90d".into(),
            ..form("Moved")
        };
        tokens.edit_from(&ada, moved.id, &later).await.expect("moved");
        assert_eq!(remind(backend).await, 1, "60, 30, 14 and 7 days are one mail");
        assert_eq!(remind(backend).await, 0);
        let all = mails(backend, &ada).await;
        let view = backend.mail().view(&ada, all[0].id).await.expect("a mail");
        assert_eq!(view.subject, "API token Kept ends in 5 days");
        assert!(
            view.text.contains("It is in use: the last time was"),
            "{}",
            view.text
        );
        backend.clock().advance(TimeDelta::days(50));
        assert_eq!(
            remind(backend).await,
            1,
            "the one that was moved has its own windows"
        );
    })
    .await;
}

#[tokio::test]
async fn the_administrators_of_a_department_are_told_late_of_a_token_that_is_in_use() {
    on_each_engine(async |world| {
        let (backend, ada) = (&world.backend, owner(&world.backend).await);
        let north = department(backend, &ada, "North", None).await;
        let south = department(backend, &ada, "South", None).await;
        for (name, place) in [("nora", north), ("sue", south)] {
            let email = format!("{name}@example.org");
            let id = person(backend, ada.organisation(), name, &email, BuiltIn::Administrator).await;
            backend
                .people()
                .set_department(&ada, id, Some(place))
                .await
                .expect("put");
        }
        let form = |name: &str| ApiTokenForm {
            department: north.to_string(),
            expires: "10d".into(),
            ..form(name)
        };
        let used = made(backend, &ada, &form("Used")).await;
        made(backend, &ada, &form("Unused")).await;
        backend.clock().advance(TimeDelta::days(4));
        assert!(let_in(backend, &used).await.is_ok());
        assert_eq!(remind(backend).await, 2);
        assert!(
            mails(backend, &ada)
                .await
                .iter()
                .all(|mail| mail.to.as_str() == "ada@example.org"),
            "a week before it is the owner's business"
        );
        backend.clock().advance(TimeDelta::days(4));
        assert_eq!(remind(backend).await, 2);
        let all = mails(backend, &ada).await;
        let others: Vec<&str> = all
            .iter()
            .map(|mail| mail.to.as_str())
            .filter(|address| *address != "ada@example.org")
            .collect();
        assert_eq!(
            others,
            ["nora@example.org"],
            "of the used one, and nobody of another department"
        );
    })
    .await;
}

#[tokio::test]
async fn the_last_five_addresses_of_a_token_are_kept() {
    on_each_engine(async |world| {
        let (backend, ada) = (&world.backend, owner(&world.backend).await);
        let token = made(backend, &ada, &form("Travelling")).await;
        for last in [1, 2, 3, 4, 5, 6, 7, 3] {
            let client = from(&format!("192.0.2.{last}"));
            let known = backend.api_tokens().authenticate(&token.secret, &client).await;
            assert!(known.is_ok());
            backend.api_tokens().note_uses().await.expect("written down");
            backend.clock().advance(TimeDelta::minutes(1));
        }
        let view = backend.api_tokens().view(&ada, token.id).await.expect("a page");
        let addresses: Vec<&str> = view
            .addresses
            .iter()
            .map(|(address, _)| address.as_str())
            .collect();
        assert_eq!(
            addresses,
            ["192.0.2.3", "192.0.2.7", "192.0.2.6", "192.0.2.5", "192.0.2.4"]
        );
    })
    .await;
}
