//! Stories of the organisation's policy.

use super::lists::listed;
use super::*;

async fn set(backend: &Backend, caller: &Caller, policy: Policy) -> domain::api_tokens::PolicyView {
    let set = backend.api_tokens().set_policy(caller, &policy.into()).await;
    set.expect("set")
}

#[tokio::test]
async fn what_a_policy_refuses_is_counted_before_and_listed_after_it_was_set() {
    on_each_engine(async |world| {
        let (backend, ada) = (&world.backend, owner(&world.backend).await);
        for (name, expires, networks) in [
            ("Endless", "never", "203.0.113.0/24"),
            ("Of a year", "365d", "203.0.113.0/24"),
            ("Of thirty days", "30d", "203.0.113.0/24"),
            ("From everywhere", "30d", ""),
        ] {
            let form = ApiTokenForm {
                expires: expires.into(),
                networks: networks.into(),
                ..form(name)
            };
            made(backend, &ada, &form).await;
        }
        let refused = async || {
            let query = ApiTokenQuery {
                refused: true,
                order: ApiTokenOrder::Name,
                descending: false,
                ..ApiTokenQuery::default()
            };
            listed(backend, &ada, query).await
        };
        assert_eq!(refused().await, [""; 0], "what is usual refuses nothing");

        let strict = Policy {
            longest_days: Some(100),
            never_allowed: false,
            networks_required: true,
            ..Policy::default()
        };
        let would = backend.api_tokens().would_refuse(&ada, &strict.into()).await;
        assert_eq!(would.expect("counted"), 3);
        assert_eq!(refused().await, [""; 0], "asking changes nothing");

        assert_eq!(set(backend, &ada, strict).await.refused, 3);
        assert_eq!(refused().await, ["Endless", "From everywhere", "Of a year"]);
        let held_back = async |name: &str| {
            let query = ApiTokenQuery {
                search: name.into(),
                ..ApiTokenQuery::default()
            };
            let page = backend.api_tokens().list(&ada, &query).await.expect("a page");
            let view = backend.api_tokens().view(&ada, page.rows[0].id).await;
            view.expect("a token").held_back.is_some()
        };
        for (name, expected) in [
            ("Endless", true),
            ("Of a year", true),
            ("From everywhere", true),
            ("Of thirty days", false),
        ] {
            assert_eq!(
                held_back(name).await,
                expected,
                "{name}: the list and the token say the same"
            );
        }

        let endless = Policy {
            never_allowed: false,
            ..Policy::default()
        };
        assert_eq!(set(backend, &ada, endless).await.refused, 1);
        assert_eq!(
            set(backend, &ada, Policy::default()).await.refused,
            0,
            "nothing was destroyed"
        );
    })
    .await;
}

#[tokio::test]
async fn a_token_does_not_outlive_the_policy_by_being_changed_again_and_again() {
    on_each_engine(async |world| {
        let (backend, ada) = (&world.backend, owner(&world.backend).await);
        let strict = Policy {
            longest_days: Some(60),
            default_days: 30,
            never_allowed: false,
            ..Policy::default()
        };
        set(backend, &ada, strict).await;
        let token = made(
            backend,
            &ada,
            &ApiTokenForm {
                expires: "30d".into(),
                ..form("Renewed")
            },
        )
        .await;
        let later = async |expires: &str| {
            let form = ApiTokenForm {
                expires: expires.into(),
                ..form("Renewed")
            };
            backend
                .api_tokens()
                .edit_from(&ada, token.id, &form)
                .await
                .map_err(field)
        };
        backend.clock().advance(TimeDelta::days(20));
        assert_eq!(later("40d").await, Ok(()));
        assert!(let_in(backend, &token).await.is_ok());
        assert_eq!(
            later("60d").await,
            Err("expires".into()),
            "eighty days from when it was made"
        );
        assert!(
            let_in(backend, &token).await.is_ok(),
            "what was refused changed nothing"
        );
    })
    .await;
}

#[tokio::test]
async fn who_may_not_change_the_policy_sees_it_and_changes_nothing() {
    on_each_engine(async |world| {
        let (backend, ada) = (&world.backend, owner(&world.backend).await);
        let bob = bob(backend, &ada).await;
        let bob_in = crate::people::testing::signed_in(backend, ada.organisation(), "bob@example.org").await;
        assert!(bob_in.person() == Some(bob) && backend.api_tokens().policy(&bob_in).await.is_ok());
        let once = PolicyForm {
            show_once: true,
            ..PolicyForm::from(Policy::default())
        };
        let refused = backend.api_tokens().set_policy(&bob_in, &once).await;
        assert!(matches!(refused, Err(Error::Refused(Refusal::Forbidden))));
        let token = made(backend, &ada, &form("Program")).await;
        let program = let_in(backend, &token).await.expect("let in");
        let refused = backend.api_tokens().set_policy(&program, &once).await;
        assert!(
            matches!(refused, Err(Error::Refused(Refusal::Forbidden))),
            "a token never changes what tokens may"
        );
        assert_eq!(
            backend
                .api_tokens()
                .policy(&ada)
                .await
                .expect("the policy")
                .policy,
            Policy::default()
        );
    })
    .await;
}
