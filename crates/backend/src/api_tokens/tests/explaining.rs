//! *Why was this refused?*: every rule, told to an admin who sees the token, and nothing to others.

use domain::api_tokens::{Explained, Question, Rule};

use super::*;
use crate::mobile_sessions::testing::{app, sign_in};
use crate::{Needs, Operations};

/// A small API, to ask about.
const API: &[(&str, &str, Needs)] = &[
    ("GET", "/people", Needs::Permission(Permission::PeopleRead)),
    (
        "GET",
        "/collections",
        Needs::Permission(Permission::CollectionsRead),
    ),
    ("POST", "/tokens", Needs::Person(Permission::ApiTokensManage)),
    ("GET", "/me", Needs::Oneself),
    ("GET", "/self", Needs::Itself),
    ("GET", "/open", Needs::Nothing),
];

pub(super) const OPERATIONS: Operations = Operations {
    needs: |method, path| {
        let mut all = API.iter();
        let found = all.find(|(its_method, its_path, _)| (*its_method, *its_path) == (method, path));
        found.map(|(.., needs)| *needs)
    },
    all: || {
        let all = API.iter();
        all.map(|(method, path, needs)| (format!("{method} {path}"), *needs))
            .collect()
    },
};

async fn asked(backend: &Backend, caller: &Caller, question: Question) -> Explained {
    let explained = backend.reports().explain(caller, &question, OPERATIONS).await;
    explained.expect("an answer")
}

/// Which rule refuses a request to see people.
async fn why(backend: &Backend, caller: &Caller, token: &str) -> (Option<Rule>, String) {
    let question = Question {
        token: token.into(),
        path: "/people".into(),
        ..Question::default()
    };
    let explained = asked(backend, caller, question).await;
    (explained.rule, explained.detail)
}

#[tokio::test]
async fn an_admin_is_told_which_rule_refuses_a_program() {
    on_each_engine(async |world| {
        let (backend, ada) = (&world.backend, owner(&world.backend).await);
        let token = made(backend, &ada, &form("Import")).await;
        let of = async |method: &str, path: &str| {
            let question = Question {
                token: token.secret.clone(),
                method: method.into(),
                path: path.into(),
                ..Question::default()
            };
            asked(backend, &ada, question).await.rule
        };
        assert_eq!(of("", "").await, None);
        assert_eq!(of("get", "https://tokens.example.org/people").await, None);
        assert_eq!(of("GET", "/self").await, None);
        assert_eq!(of("GET", "/open").await, None);
        assert_eq!(of("GET", "/nothing").await, Some(Rule::Operation));
        assert_eq!(of("POST", "/tokens").await, Some(Rule::PersonRequired));
        assert_eq!(of("GET", "/me").await, Some(Rule::PersonRequired));
        let exposed = format!("/people?token={}", token.secret);
        assert_eq!(of("GET", &exposed).await, Some(Rule::TokenInAddress));

        let by_id = why(backend, &ada, &token.id.to_string()).await;
        assert_eq!(by_id, why(backend, &ada, &token.secret).await);
        assert_eq!(by_id.0, None, "{by_id:?}");
        assert!(by_id.1.contains("the whole organisation"), "{by_id:?}");

        let tokens = backend.api_tokens();
        tokens
            .set_suspended(&ada, token.id, true)
            .await
            .expect("suspended");
        assert_eq!(why(backend, &ada, &token.secret).await.0, Some(Rule::Suspended));
        tokens
            .set_suspended(&ada, token.id, false)
            .await
            .expect("resumed");
        tokens.revoke(&ada, token.id).await.expect("revoked");
        assert_eq!(why(backend, &ada, &token.secret).await.0, Some(Rule::Revoked));
        assert_eq!(
            why(backend, &ada, &token.id.to_string()).await.0,
            Some(Rule::Revoked)
        );

        let short = ApiTokenForm {
            expires: "1d".into(),
            networks: "203.0.113.0/24".into(),
            ..form("Short")
        };
        let short = made(backend, &ada, &short).await;
        for (address, expected, names) in [
            ("203.0.113.9", None, "let in"),
            ("198.51.100.9", Some(Rule::Network), "203.0.113.0/24"),
            ("", None, "must be in 203.0.113.0/24"),
        ] {
            let question = Question {
                token: short.secret.clone(),
                permission: "people:read".into(),
                address: address.into(),
                ..Question::default()
            };
            let explained = asked(backend, &ada, question).await;
            assert_eq!(explained.rule, expected, "{address}: {explained:?}");
            assert!(explained.detail.contains(names), "{address}: {explained:?}");
        }
        backend.clock().advance(TimeDelta::days(1));
        let (rule, detail) = why(backend, &ada, &short.secret).await;
        assert_eq!(rule, Some(Rule::Expired));
        assert!(detail.starts_with("It expired at "), "{detail}");
    })
    .await;
}

#[tokio::test]
async fn an_admin_is_told_whose_permission_is_missing() {
    on_each_engine(async |world| {
        let (backend, ada) = (&world.backend, owner(&world.backend).await);
        let narrow = ApiTokenForm {
            permissions: "tokens:read".into(),
            ..form("Narrow")
        };
        let narrow = made(backend, &ada, &narrow).await;
        let (rule, detail) = why(backend, &ada, &narrow.secret).await;
        assert_eq!(rule, Some(Rule::Narrowed));
        assert!(
            detail.contains("people:read") && detail.contains("tokens:read"),
            "{detail}"
        );

        let bob = bob(backend, &ada).await;
        let bobs = ApiTokenForm {
            user: bob.to_string(),
            ..form("Bob's")
        };
        let bobs = made(backend, &ada, &bobs).await;
        let question = Question {
            token: bobs.secret.clone(),
            permission: "organisation:manage".into(),
            ..Question::default()
        };
        let explained = asked(backend, &ada, question).await;
        assert_eq!(explained.rule, Some(Rule::UserType), "{explained:?}");
        assert!(explained.detail.contains("Administrator"), "{explained:?}");

        let people = backend.people();
        let member = people.set_user_type(&ada, bob, BuiltIn::Member.into()).await;
        member.expect("changed");
        let (rule, detail) = why(backend, &ada, &bobs.secret).await;
        assert_eq!(rule, Some(Rule::PersonUserType));
        assert!(detail.contains("Bob"), "{detail}");

        let (north, south) = (
            department(backend, &ada, "North", None).await,
            department(backend, &ada, "South", None).await,
        );
        let northern = ApiTokenForm {
            user: bob.to_string(),
            department: north.to_string(),
            ..form("Northern")
        };
        people
            .set_user_type(&ada, bob, BuiltIn::Administrator.into())
            .await
            .expect("changed");
        let northern = made(backend, &ada, &northern).await;
        let (rule, detail) = why(backend, &ada, &northern.secret).await;
        assert_eq!(rule, None);
        assert!(detail.contains("North"), "{detail}");
        people.set_department(&ada, bob, Some(south)).await.expect("put");
        assert_eq!(
            why(backend, &ada, &northern.secret).await.0,
            Some(Rule::Department)
        );

        people.deactivate(&ada, bob).await.expect("ended");
        let (rule, detail) = why(backend, &ada, &bobs.secret).await;
        assert_eq!(rule, Some(Rule::Person));
        assert!(detail.contains("Bob"), "{detail}");
    })
    .await;
}

#[tokio::test]
async fn an_admin_is_told_of_the_policy_the_pace_and_what_was_replaced() {
    on_each_engine(async |world| {
        let (backend, ada) = (&world.backend, owner(&world.backend).await);
        let tokens = backend.api_tokens();
        let token = made(backend, &ada, &form("Import")).await;
        let paced = PolicyForm {
            per_minute: "60".into(),
            idle_days: "7".into(),
            ..PolicyForm::from(Policy::default())
        };
        tokens.set_policy(&ada, &paced).await.expect("set");
        assert_eq!(why(backend, &ada, &token.secret).await.0, None);
        while let_in(backend, &token).await.is_ok() {}
        let (rule, detail) = why(backend, &ada, &token.secret).await;
        assert_eq!(rule, Some(Rule::TooMany), "{detail}");
        backend.clock().advance(TimeDelta::days(6));
        assert_eq!(why(backend, &ada, &token.secret).await.0, None);
        backend.clock().advance(TimeDelta::days(1));
        for asked in [token.secret.clone(), token.id.to_string()] {
            assert_eq!(why(backend, &ada, &asked).await.0, Some(Rule::Unused));
        }

        let strict = Policy {
            longest_days: Some(30),
            never_allowed: false,
            default_days: 30,
            ..Policy::default()
        };
        tokens
            .set_policy(&ada, &PolicyForm::from(strict))
            .await
            .expect("set");
        let (rule, detail) = why(backend, &ada, &token.secret).await;
        assert_eq!(rule, Some(Rule::Policy));
        assert!(detail.contains("longer than"), "{detail}");

        let loose = PolicyForm::from(Policy::default());
        tokens.set_policy(&ada, &loose).await.expect("set");
        let now = RotateForm::default();
        let new = tokens.rotate(&ada, token.id, &now).await.expect("rotated");
        assert_eq!(why(backend, &ada, &token.secret).await.0, Some(Rule::Replaced));
        assert_eq!(why(backend, &ada, &new.secret).await.0, None);
        let view = tokens.view(&ada, token.id).await.expect("a page");
        let alarms = view
            .history
            .iter()
            .filter(|entry| entry.what.starts_with("ALARM"));
        assert_eq!(alarms.count(), 0, "whoever asks does not use it");
    })
    .await;
}

#[tokio::test]
async fn whoever_may_not_see_a_token_is_told_what_an_unknown_one_tells() {
    on_each_engine(async |world| {
        let (backend, ada) = (&world.backend, owner(&world.backend).await);
        let eve = owner_of(backend, "Elsewhere", "eve@example.net").await;
        let token = made(backend, &ada, &form("Import")).await;
        let unknown = why(backend, &eve, "twa_nonsense").await;
        assert_eq!(unknown.0, Some(Rule::Unknown));
        let nobodys = uuid::Uuid::nil().to_string();
        for asked in [token.secret.clone(), token.id.to_string(), nobodys] {
            assert_eq!(why(backend, &eve, &asked).await, unknown);
        }

        let north = department(backend, &ada, "North", None).await;
        let mut limited = ada.clone();
        limited.scope = crate::Scope::new(ada.organisation(), Some(north));
        for asked in [&token.secret, &token.id.to_string()] {
            assert_eq!(
                why(backend, &limited, asked).await,
                unknown,
                "another department's"
            );
        }

        let mut blind = ada.clone();
        blind.permissions = "people:read".parse().expect("permissions");
        let question = Question {
            token: token.secret.clone(),
            ..Question::default()
        };
        let refused = backend.reports().explain(&blind, &question, OPERATIONS).await;
        assert!(matches!(refused, Err(Error::Refused(Refusal::Forbidden))));
    })
    .await;
}

#[tokio::test]
async fn what_a_mobile_app_calls_with_is_explained_to_whoever_sees_its_session() {
    on_each_engine(async |world| {
        let (backend, ada) = (&world.backend, owner(&world.backend).await);
        let app = app(backend, &ada).await;
        let session = sign_in(backend, &ada, &app, "tokens:read").await;
        let access = session.access.reveal();
        assert_eq!(why(backend, &ada, access).await.0, Some(Rule::Narrowed));
        let question = Question {
            token: access.to_owned(),
            path: "/me".into(),
            ..Question::default()
        };
        assert_eq!(asked(backend, &ada, question).await.rule, None);

        let mut blind = ada.clone();
        blind.permissions = "api_tokens:read".parse().expect("permissions");
        assert_eq!(why(backend, &blind, access).await.0, Some(Rule::Unknown));

        backend.clock().advance(TimeDelta::hours(1));
        assert_eq!(why(backend, &ada, access).await.0, Some(Rule::Expired));
        let sessions = backend.mobile_sessions();
        sessions.end(&ada, session.session).await.expect("ended");
        let by_id = why(backend, &ada, &session.session.to_string()).await;
        assert_eq!(by_id.0, Some(Rule::Revoked), "{by_id:?}");
    })
    .await;
}
