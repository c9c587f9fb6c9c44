//! `/permissions`: what user types and tokens can be allowed.

use domain::Permission;
use http::Method;
use schemars::JsonSchema;
use serde::Serialize;

use super::{Listed, Needs, Problem, Program, Rest, get, row};

/// Its operation.
pub const ROUTES: &[Rest] = &[row(
    Method::GET,
    "/api/v1/permissions",
    Needs::Permission(Permission::PeopleRead),
    "All permissions.",
    || get(list),
)];

/// A permission.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Permission")]
struct Allowed {
    /// What user types and tokens name it by.
    key: &'static str,
    /// What it allows, in words: who has it may do this.
    description: &'static str,
}

async fn list(Program(caller, _): Program) -> Result<Listed<Allowed>, Problem> {
    caller.may(Permission::PeopleRead)?;
    let all = Permission::ALL.iter().map(|permission| Allowed {
        key: permission.key(),
        description: permission.sentence(),
    });
    Ok(Listed::whole(all.collect()))
}
