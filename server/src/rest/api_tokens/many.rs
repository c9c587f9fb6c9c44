//! The same for many tokens at once.

use backend::api_tokens::MOST_AT_ONCE;
use backend::{Backend, Caller};
use domain::TokenId;
use domain::api_tokens::{Bulk, BulkPreview, BulkResult};
use domain::page::Count;
use http::StatusCode;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::super::Problem;
use super::filter::Filter;

/// Many tokens.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Many {
    /// Which ones, up to 1,000.
    pub ids: Vec<Uuid>,
    /// Whether they are ended for good or paused.
    #[serde(default)]
    pub action: Action,
}

/// Many API tokens: by their ids, or by what finds them.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ManyApiTokens {
    /// Which ones, up to 1,000.
    ids: Option<Vec<Uuid>>,
    /// Or all that this finds, up to 1,000; as lists take it.
    filter: Option<Filter>,
    /// How many tokens the filter finds. If it finds another number, nothing is done. It is needed with a filter, unless
    /// nothing is to be done anyway.
    expected_count: Option<usize>,
    /// Whether they are ended for good or paused.
    pub action: Action,
    /// Whether nothing is done: the answer says what would be hit.
    pub dry_run: bool,
}

impl ManyApiTokens {
    /// The ids of the tokens.
    ///
    /// # Errors
    /// Neither ids nor a filter, or both; a filter that finds too many, or another number than was expected.
    pub async fn ids(self, caller: &Caller, backend: &Backend) -> Result<Vec<TokenId>, Problem> {
        let filter = match (self.ids, self.filter) {
            (Some(ids), None) if self.expected_count.is_none() => {
                return Ok(ids.into_iter().map(TokenId).collect());
            }
            (None, Some(filter)) => filter,
            (Some(_), None) => {
                let sentence = "It goes with a filter: ids say themselves how many they are.";
                return Err(Problem::field("/expected_count", sentence));
            }
            _ => return Err(Problem::field("/ids", "Send ids or a filter, and not both.")),
        };
        let within = |wrong: Problem| wrong.in_body("filter");
        let query = filter.query().map_err(within)?;
        let filters = filter.filters().map_err(within)?;
        let tokens = backend.api_tokens();
        let (Count::Exactly(count) | Count::MoreThan(count)) =
            tokens.count_within(caller, &query, &filters).await?;
        if usize::try_from(count).is_ok_and(|count| count > MOST_AT_ONCE) {
            let sentence =
                "It finds more than 1,000 tokens, which is as many as are changed at once. Narrow it.";
            return Err(Problem::field("/filter", sentence));
        }
        let ids = tokens.ids(caller, &query, &filters).await?;
        match self.expected_count {
            None if self.dry_run => Ok(ids),
            None => {
                let sentence = "Say how many tokens the filter finds, so that it hits no others.";
                Err(Problem::field("/expected_count", sentence))
            }
            Some(expected) if expected == ids.len() => Ok(ids),
            Some(expected) => Err(Problem::new(
                StatusCode::CONFLICT,
                "count-mismatch",
                format!(
                    "The filter finds {} tokens, and {expected} were expected. Nothing was done.",
                    ids.len()
                ),
            )),
        }
    }
}

/// What is done to them.
#[derive(Debug, Default, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "ApiTokenAction")]
pub enum Action {
    /// They are ended for good.
    #[default]
    Revoke,
    /// They are paused.
    Suspend,
    /// Their pause ends.
    Resume,
}

/// What became of API tokens, or would be hit.
#[derive(Debug, Serialize, JsonSchema)]
pub struct BulkAnswer {
    /// One result for each token; none if nothing was done.
    data: Vec<Outcome>,
    /// What would be hit; null if it was done.
    would_hit: Option<WouldHit>,
}

/// How much the tokens are used that would be hit. Those that were revoked before are not counted.
#[derive(Debug, Serialize, JsonSchema)]
pub struct WouldHit {
    /// How many tokens there are.
    tokens: i64,
    /// How many of them were used in the last hour.
    used_last_hour: i64,
    /// How many in the last day.
    used_last_day: i64,
    /// From how many addresses: in the last hour if any was used in it, and in the last day otherwise.
    addresses: i64,
    /// How many nobody has used.
    never_used: i64,
    /// How many people stand behind them.
    people: i64,
}

/// What became of them.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Results {
    /// One result for each token.
    pub data: Vec<Outcome>,
}

/// What became of a token.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Outcome {
    /// The token.
    id: Uuid,
    /// What became of it.
    result: BecameOfIt,
}

/// What became of it.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum BecameOfIt {
    /// It was ended.
    Revoked,
    /// It had been ended before.
    AlreadyRevoked,
    /// It was paused.
    Suspended,
    /// Its pause has ended.
    Resumed,
    /// It is unknown.
    NotFound,
}

impl From<Action> for Bulk {
    fn from(action: Action) -> Self {
        match action {
            Action::Revoke => Self::Revoke,
            Action::Suspend => Self::Suspend,
            Action::Resume => Self::Resume,
        }
    }
}

impl From<BulkPreview> for BulkAnswer {
    fn from(preview: BulkPreview) -> Self {
        Self {
            data: Vec::new(),
            would_hit: Some(preview.into()),
        }
    }
}

impl From<Vec<(TokenId, BulkResult)>> for BulkAnswer {
    fn from(results: Vec<(TokenId, BulkResult)>) -> Self {
        Self {
            data: results.into_iter().map(Outcome::from).collect(),
            would_hit: None,
        }
    }
}

impl From<BulkPreview> for WouldHit {
    fn from(preview: BulkPreview) -> Self {
        Self {
            tokens: preview.tokens,
            used_last_hour: preview.used_last_hour,
            used_last_day: preview.used_last_day,
            addresses: preview.addresses,
            never_used: preview.never_used,
            people: preview.people,
        }
    }
}

impl From<(TokenId, BulkResult)> for Outcome {
    fn from((id, result): (TokenId, BulkResult)) -> Self {
        let result = match result {
            BulkResult::Revoked => BecameOfIt::Revoked,
            BulkResult::AlreadyRevoked => BecameOfIt::AlreadyRevoked,
            BulkResult::Suspended => BecameOfIt::Suspended,
            BulkResult::Resumed => BecameOfIt::Resumed,
            BulkResult::NotFound => BecameOfIt::NotFound,
        };
        Self { id: id.0, result }
    }
}
