//! Tokens that may do one thing.

use backend::Needs;
use domain::Permission;

use super::*;
use crate::world::on_sqlite;

/// What an operation asks for beside the permission that the document names: what stands in the body, or belongs to what is
/// granted or shown.
const ASKED_BESIDE: &[(&str, &str)] = &[
    // Nobody gives others what they may not do themselves.
    ("POST /api/v1/user-types", "collections:read tokens:read"),
    ("PATCH /api/v1/user-types/{id}", "collections:read tokens:read"),
    ("DELETE /api/v1/user-types/{id}", "collections:read tokens:read"),
    ("POST /api/v1/people", "tokens:read"),
    ("DELETE /api/v1/people/invitations/{id}", ALL),
    ("PATCH /api/v1/people/{id}", ALL),
    ("POST /api/v1/people/{id}/deactivate", ALL),
    ("POST /api/v1/people/{id}/reactivate", ALL),
    // What it is about is sent again.
    (
        "POST /api/v1/mails/{id}/send-again",
        "campaigns:manage tokens:manage",
    ),
    // A filter is a list.
    ("POST /api/v1/api-tokens/bulk-revoke", "api_tokens:read"),
    ("POST /api/v1/mobile-sessions/bulk-revoke", "mobile_sessions:read"),
    // It shows a secret of what has to be seen.
    ("POST /api/v1/page-tokens/{id}/reveal", "page_tokens:read"),
    ("POST /api/v1/recipients/{id}/copy-token", "campaigns:manage"),
];

/// Everything: those who may do everything are changed by nobody else.
const ALL: &str = "*";

/// The permissions that an operation is tried with.
fn keys_for(name: &str, permission: Permission) -> String {
    let beside = ASKED_BESIDE.iter().find(|(operation, _)| *operation == name);
    match beside.map(|(_, keys)| *keys) {
        Some(ALL) => Permission::ALL
            .iter()
            .map(|one| one.key())
            .collect::<Vec<_>>()
            .join(" "),
        Some(keys) => format!("{} {keys}", permission.key()),
        None => permission.key().to_owned(),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_operation_asks_for_the_permission_that_the_document_names_and_for_no_other() {
    let recorded = std::fs::read_to_string(file("examples.json")).expect("the examples");
    let recorded: Value = serde_json::from_str(&recorded).expect("JSON");
    on_sqlite(async |world| {
        let owner = world.set_up().await;
        let mut meant = Meant::default();
        for (name, here) in given(world, &owner).await {
            let there = recorded["given"][name].as_str().expect("an id");
            meant.0.insert(there.to_owned(), here);
        }
        let whole = token(world, &owner, ApiTokenForm::default()).await.secret;
        let mut narrow: BTreeMap<String, String> = BTreeMap::new();
        let mut wrong = Vec::new();
        for example in EXAMPLES.iter() {
            let rest = ROUTES
                .iter()
                .find(|rest| example.is_of(rest))
                .expect("an operation");
            let name = format!("{} {}", rest.method, rest.path);
            let secret = match rest.needs {
                Needs::Permission(permission) => {
                    let keys = keys_for(&name, permission);
                    if !narrow.contains_key(&keys) {
                        let form = ApiTokenForm {
                            permissions: keys.clone(),
                            narrowed: true,
                            ..ApiTokenForm::default()
                        };
                        let made = token(world, &owner, form).await;
                        narrow.insert(keys.clone(), made.secret);
                    }
                    narrow[&keys].clone()
                }
                _ => whole.clone(),
            };
            let (mut status, mut answer) = make(world, &owner, &secret, example, &meant).await;
            // A mail that is on its way is not sent again.
            for _ in 0..100 {
                if status == example.status || !example.call.ends_with("/send-again") {
                    break;
                }
                tokio::time::sleep(std::time::Duration::from_millis(100)).await;
                (status, answer) = make(world, &owner, &secret, example, &meant).await;
            }
            if status != example.status {
                wrong.push(format!("{}: {status} {answer}", example.call));
            }
            // What is first in a list of tokens is another one each time.
            if !example.call.starts_with("GET /api/v1/api-tokens?") {
                meant.learn(&example.answer.clone().unwrap_or_default(), &answer);
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    })
    .await;
}
