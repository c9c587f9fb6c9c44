//! The tabs of *Administrator / Tokens*: the two types of tokens. A page that is added is a line.

use domain::Permission;
use leptos::prelude::*;

use crate::request_context::RequestContext;
use crate::routes;
use crate::ui::tabs;

/// The pages: path, words, and the permission to see each.
static PAGES: &[(&str, &str, Permission)] = &[
    (routes::API_TOKENS, "API Tokens", Permission::ApiTokensRead),
    (
        routes::MOBILE_USERS,
        "Mobile Users Logged In",
        Permission::MobileSessionsRead,
    ),
    (routes::API_TOKEN_POLICY, "Policy", Permission::ApiTokensRead),
    (routes::EXPLAIN_TOKEN, "Why refused?", Permission::ApiTokensRead),
];

/// The tabs that the signed-in person may see.
pub fn token_tabs() -> AnyView {
    let visit = RequestContext::current();
    let seen = PAGES.iter().filter(|(.., needed)| visit.may(*needed));
    tabs::tabs("Tokens", seen.map(|(path, words, _)| (*path, *words)))
}
