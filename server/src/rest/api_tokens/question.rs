//! A request that is to be explained, and its explanation.

use domain::Refusal;
use domain::api_tokens::{Explained, Question, Rule};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A request to be explained. It has either a token or an id, and a method and a path, or a permission, or neither.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(rename = "QuestionAboutToken")]
pub struct Request {
    /// The token: that of a program, or that with which a mobile app calls. It is recorded nowhere.
    token: Option<String>,
    /// The id of the token, or of the mobile session.
    id: Option<Uuid>,
    /// The method; GET if it is not said.
    method: Option<String>,
    /// The path.
    path: Option<String>,
    /// A permission, such as `people:read`, instead of a method and a path.
    permission: Option<String>,
    /// The address of the caller; any if it is not said.
    address: Option<String>,
}

/// Why a request with a token is refused.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "ExplanationOfToken")]
pub struct Explanation {
    /// Whether it would be let in.
    allowed: bool,
    /// The rule that refuses it.
    rule: Option<&'static str>,
    /// What was expected and what came.
    detail: String,
}

impl TryFrom<Request> for Question {
    type Error = Refusal;

    fn try_from(asked: Request) -> Result<Self, Refusal> {
        let token = match (asked.token, asked.id) {
            (Some(token), None) => token,
            (None, Some(id)) => id.to_string(),
            _ => return Err(Refusal::at("token", "Send the token or its id, and not both.")),
        };
        let path = asked.path.unwrap_or_default();
        let permission = asked.permission.unwrap_or_default();
        if !path.is_empty() && !permission.is_empty() {
            let sentence = "Send a path or a permission, and not both.";
            return Err(Refusal::at("permission", sentence));
        }
        Ok(Self {
            token,
            path,
            permission,
            method: asked.method.unwrap_or_default(),
            address: asked.address.unwrap_or_default(),
        })
    }
}

impl From<Explained> for Explanation {
    fn from(explained: Explained) -> Self {
        Self {
            allowed: explained.rule.is_none(),
            rule: explained.rule.map(Rule::key),
            detail: explained.detail,
        }
    }
}
