//! What an access token is made and changed with, as programs send it.

use chrono::{DateTime, NaiveDate, Utc};
use domain::access_tokens::{EditTokenForm, NewTokenForm, TokenRow, TokenType};
use schemars::JsonSchema;
use serde::Deserialize;
use uuid::Uuid;

use super::super::{Problem, shape};
use super::view::Kind;

/// An access token to be made.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "NewAccessToken")]
pub struct New {
    /// Its name.
    name: String,
    /// Single or multi.
    #[serde(rename = "type")]
    kind: Kind,
    /// How often a single token may be used; null: no limit.
    #[serde(default)]
    usage_limit: Option<i64>,
    /// How many codes a multi token has.
    #[serde(default)]
    number_of_tokens: Option<i64>,
    /// What it opens: a published collection.
    collection_id: Uuid,
    /// From when on it opens.
    #[serde(default)]
    pub starts_at: Option<DateTime<Utc>>,
    /// Until just before when it opens; instead of `expires_on`.
    #[serde(default)]
    pub expires_at: Option<DateTime<Utc>>,
    /// Its last day, where the organisation is; instead of `expires_at`.
    #[serde(default)]
    expires_on: Option<NaiveDate>,
}

/// What is changed about an access token; what is not said stays, and null takes a bound away.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(rename = "AccessTokenChange")]
pub struct Change {
    /// Its name.
    name: Option<String>,
    /// How often a single token may be used, not below its uses.
    #[serde(deserialize_with = "super::super::shape::said::deserialize")]
    #[schemars(with = "Option<i64>")]
    usage_limit: Option<Option<i64>>,
    /// From when on it opens.
    #[serde(deserialize_with = "super::super::shape::said::deserialize")]
    #[schemars(with = "Option<DateTime<Utc>>")]
    starts_at: Option<Option<DateTime<Utc>>>,
    /// Until just before when it opens. An instant in the past ends it now.
    #[serde(deserialize_with = "super::super::shape::said::deserialize")]
    #[schemars(with = "Option<DateTime<Utc>>")]
    expires_at: Option<Option<DateTime<Utc>>>,
    /// Its last day, where the organisation is.
    #[serde(deserialize_with = "super::super::shape::said::deserialize")]
    #[schemars(with = "Option<NaiveDate>")]
    expires_on: Option<Option<NaiveDate>>,
}

impl New {
    /// The dialog with what was sent.
    pub fn form(&self) -> Result<NewTokenForm, Problem> {
        if self.expires_at.is_some() && self.expires_on.is_some() {
            return Err(Problem::field(
                "/expires_on",
                "Say expires_at or expires_on, not both.",
            ));
        }
        let superfluous = match self.kind {
            Kind::Single => self.number_of_tokens.map(|_| "number_of_tokens"),
            Kind::Multi => self.usage_limit.map(|_| "usage_limit"),
        };
        if let Some(field) = superfluous {
            return Err(Problem::field(
                format!("/{field}"),
                "This does not go with this type of token.",
            ));
        }
        let number = |number: Option<i64>| number.map(|number| number.to_string()).unwrap_or_default();
        Ok(NewTokenForm {
            name: self.name.clone(),
            token_type: TokenType::from(self.kind).key().into(),
            usage_limit: number(self.usage_limit),
            no_of_tokens: number(self.number_of_tokens),
            expires: self.expires_on.map(|date| date.to_string()).unwrap_or_default(),
            collection: self.collection_id.to_string(),
            ..NewTokenForm::default()
        })
    }
}

/// A form, and the instants that stand for its dates.
pub type Changed = (EditTokenForm, Option<DateTime<Utc>>, Option<DateTime<Utc>>);

impl Change {
    /// What was sent, over what is there.
    pub fn over(self, before: &TokenRow) -> Result<Changed, Problem> {
        if self.expires_at.is_some() && self.expires_on.is_some() {
            return Err(Problem::field(
                "/expires_on",
                "Say expires_at or expires_on, not both.",
            ));
        }
        if self.usage_limit.is_some() && before.token_type == TokenType::Multi {
            return Err(Problem::field(
                "/usage_limit",
                "A multi token has as many uses as it has codes.",
            ));
        }
        let limit = self.usage_limit.unwrap_or(before.limit);
        let starts_at = self
            .starts_at
            .unwrap_or(before.starts.as_ref().map(|when| when.at));
        let ends_before = before.expires.as_ref().map(shape::end);
        let (expires, expires_at) = match (self.expires_on, self.expires_at) {
            (Some(date), _) => (date, None),
            (None, Some(at)) => (None, at),
            (None, None) => (None, ends_before),
        };
        let form = EditTokenForm {
            name: self.name.unwrap_or_else(|| before.name.clone()),
            expires: expires.map(|date| date.to_string()).unwrap_or_default(),
            usage_limit: limit.map(|limit| limit.to_string()).unwrap_or_default(),
            ..EditTokenForm::default()
        };
        Ok((form, starts_at, expires_at))
    }
}
