//! The same for many tokens at once.

use backend::api_tokens::{BulkOrder, MOST_AT_ONCE};
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

/// What a list finds.
pub trait Finds {
    /// How many there are, and the ids of as many as are changed at once.
    fn found(
        &self,
        caller: &Caller,
        backend: &Backend,
    ) -> impl Future<Output = Result<(Count, Vec<TokenId>), Problem>> + Send;
}

impl Finds for Filter {
    async fn found(&self, caller: &Caller, backend: &Backend) -> Result<(Count, Vec<TokenId>), Problem> {
        let within = |wrong: Problem| wrong.in_body("filter");
        let (query, filters) = (self.query().map_err(within)?, self.filters().map_err(within)?);
        let tokens = backend.api_tokens();
        let count = tokens.count_within(caller, &query, &filters).await?;
        Ok((count, tokens.ids(caller, &query, &filters).await?))
    }
}

/// Many tokens: by their ids, or by what finds them.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "ManyBy{F}")]
pub struct Many<F> {
    /// Which ones, up to 1,000.
    ids: Option<Vec<Uuid>>,
    /// Or all that this finds, up to 1,000; as lists take it.
    filter: Option<F>,
    /// How many the filter finds. If it finds another number, nothing is done. It is needed with a filter, unless nothing is
    /// to be done anyway.
    expected_count: Option<usize>,
    /// Whether they are ended for good or paused.
    #[serde(default)]
    pub action: Action,
    /// Whether it is done to each that it can be done to, or to all or none.
    #[serde(default)]
    pub mode: Mode,
    /// Why, for the history of each: up to 200 characters.
    #[schemars(length(min = 1, max = 200))]
    pub reason: Option<String>,
    /// Whether nothing is done: the answer says what would be hit.
    #[serde(default)]
    pub dry_run: bool,
}

impl<F> Many<F> {
    /// What is done to them, and how.
    pub fn order(&self) -> BulkOrder {
        BulkOrder {
            what: self.action.into(),
            all_or_none: matches!(self.mode, Mode::Atomic),
            reason: self.reason.clone(),
        }
    }
}

impl<F: Finds> Many<F> {
    /// The ids of the tokens.
    ///
    /// # Errors
    /// Neither ids nor a filter, or both; a filter that finds too many, or another number than was expected.
    pub async fn ids(self, caller: &Caller, backend: &Backend) -> Result<Vec<TokenId>, Problem> {
        let filter = match (self.ids, self.filter) {
            (Some(ids), None) if self.expected_count.is_none() => {
                // Only a filter may find nothing.
                if ids.is_empty() {
                    return Err(Problem::field("/ids", "Name 1 to 1,000 of them."));
                }
                return Ok(ids.into_iter().map(TokenId).collect());
            }
            (None, Some(filter)) => filter,
            (Some(_), None) => {
                let sentence = "It goes with a filter: ids say themselves how many they are.";
                return Err(Problem::field("/expected_count", sentence));
            }
            _ => return Err(Problem::field("/ids", "Send ids or a filter, and not both.")),
        };
        let (Count::Exactly(count) | Count::MoreThan(count), ids) = filter.found(caller, backend).await?;
        if usize::try_from(count).is_ok_and(|count| count > MOST_AT_ONCE) {
            let sentence =
                "It finds more than 1,000 tokens, which is as many as are changed at once. Narrow it.";
            return Err(Problem::field("/filter", sentence));
        }
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

/// What happens if it cannot be done to one of them.
#[derive(Debug, Default, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "BulkMode")]
pub enum Mode {
    /// It is done to the others, and each has its result.
    #[default]
    BestEffort,
    /// Nothing is done, which is said with 409. A token that has ended already is as good as ended now.
    Atomic,
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
