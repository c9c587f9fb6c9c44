//! `/policies`: what the organisation allows its tokens. It is read by programs and set by people.

use domain::Permission;
use domain::api_tokens::{Policy, PolicyForm, PolicyView};
use http::Method;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Body, Needs, One, Problem, Program, Rest, get, put, row};

/// Its operations.
pub const ROUTES: &[Rest] = &[
    row(
        Method::GET,
        "/api/v1/policies/tokens",
        Needs::Permission(Permission::ApiTokensRead),
        "What the organisation allows its API tokens.",
        || get(show),
    ),
    row(
        Method::PUT,
        "/api/v1/policies/tokens",
        Needs::Person(Permission::OrganisationManage),
        "Set what the organisation allows its API tokens.",
        || put(set),
    ),
];

/// What the organisation allows its API tokens.
#[derive(Debug, Serialize, JsonSchema)]
struct TokenPolicy {
    /// The rules.
    #[serde(flatten)]
    rules: Rules,
    /// How many active tokens these rules refuse. They stay, and open nothing.
    refused: i64,
}

/// The rules, as a whole: what is left out has no limit.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "TokenRules")]
struct Rules {
    /// Days that a new token lives when nobody says how long.
    #[schemars(range(min = 1, max = 3650))]
    default_days: i64,
    /// Days that a token may live at most; null: as long as anybody likes.
    #[schemars(range(min = 1, max = 3650))]
    longest_days: Option<i64>,
    /// Whether a token may live for ever. Where there is a longest lifetime, none may.
    never_allowed: bool,
    /// Days after which a token that nobody uses ends; null: it does not.
    #[schemars(range(min = 1, max = 3650))]
    idle_days: Option<i64>,
    /// Whether a secret is shown when it is made and never again.
    show_once: bool,
    /// Whether each token must be limited to networks.
    networks_required: bool,
    /// Tokens that stand behind one person at most.
    #[schemars(range(min = 1, max = 10_000))]
    most_per_person: i64,
    /// Whether a token that travelled without encryption is revoked.
    revoke_exposed: bool,
    /// Requests that a token may make in a minute; null: as many as it likes.
    #[schemars(range(min = 1, max = 1_000_000))]
    per_minute: Option<i64>,
    /// Requests that all tokens of the organisation together may make in a minute; null: as many as they like.
    #[schemars(range(min = 1, max = 1_000_000))]
    organisation_per_minute: Option<i64>,
    /// What the answer counts. It is taken along, so that what was read can be changed and sent back, and not read: nobody
    /// sets it.
    #[serde(default, skip_serializing)]
    #[schemars(extend("readOnly" = true))]
    #[expect(dead_code, reason = "it is taken and not read")]
    refused: Option<i64>,
}

async fn show(Program(caller, backend): Program) -> Result<One<TokenPolicy>, Problem> {
    Ok(One(backend.api_tokens().policy(&caller).await?.into()))
}

async fn set(
    Program(caller, backend): Program,
    Body(rules): Body<Rules>,
) -> Result<One<TokenPolicy>, Problem> {
    let form = PolicyForm::from(Policy::from(rules));
    Ok(One(backend.api_tokens().set_policy(&caller, &form).await?.into()))
}

impl From<Rules> for Policy {
    fn from(rules: Rules) -> Self {
        Self {
            default_days: rules.default_days,
            longest_days: rules.longest_days,
            never_allowed: rules.never_allowed,
            idle_days: rules.idle_days,
            show_once: rules.show_once,
            networks_required: rules.networks_required,
            most_per_person: rules.most_per_person,
            revoke_exposed: rules.revoke_exposed,
            per_minute: rules.per_minute,
            organisation_per_minute: rules.organisation_per_minute,
        }
    }
}

impl From<PolicyView> for TokenPolicy {
    fn from(view: PolicyView) -> Self {
        let policy = view.policy;
        Self {
            refused: view.refused,
            rules: Rules {
                default_days: policy.default_days,
                longest_days: policy.longest_days,
                never_allowed: policy.never_allowed,
                idle_days: policy.idle_days,
                show_once: policy.show_once,
                networks_required: policy.networks_required,
                most_per_person: policy.most_per_person,
                revoke_exposed: policy.revoke_exposed,
                per_minute: policy.per_minute,
                organisation_per_minute: policy.organisation_per_minute,
                refused: None,
            },
        }
    }
}
