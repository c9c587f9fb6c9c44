//! What an access token is made and changed with, as programs send it.

use backend::access_tokens::{End, TokenChange};
use chrono::{DateTime, Datelike, NaiveDate, Utc};
use domain::access_tokens::{NewTokenForm, TokenType};
use schemars::JsonSchema;
use serde::Deserialize;
use uuid::Uuid;

use super::super::Problem;
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

/// An instant or a date that every database and every screen knows.
fn known(field: &str, at: Option<impl Datelike>) -> Result<(), Problem> {
    match at {
        Some(at) if !(1970..=9999).contains(&at.year()) => Err(Problem::field(
            format!("/{field}"),
            "Stay within the years 1970 to 9999.",
        )),
        _ => Ok(()),
    }
}

impl New {
    /// The dialog with what was sent.
    pub fn form(&self) -> Result<NewTokenForm, Problem> {
        known("starts_at", self.starts_at)?;
        known("expires_at", self.expires_at)?;
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

impl Change {
    /// Whether its end was sent as an instant.
    pub fn names_an_instant(&self) -> bool {
        self.expires_at.is_some()
    }

    /// What was sent, as it is meant.
    pub fn meant(self) -> Result<TokenChange, Problem> {
        known("starts_at", self.starts_at.flatten())?;
        known("expires_at", self.expires_at.flatten())?;
        known("expires_on", self.expires_on.flatten())?;
        let end = match (self.expires_on, self.expires_at) {
            (Some(_), Some(_)) => {
                return Err(Problem::field(
                    "/expires_on",
                    "Say expires_at or expires_on, not both.",
                ));
            }
            (Some(Some(date)), None) => Some(End::Through(date)),
            (None, Some(Some(at))) => Some(End::At(at)),
            (Some(None), None) | (None, Some(None)) => Some(End::Never),
            (None, None) => None,
        };
        Ok(TokenChange {
            name: self.name,
            usage_limit: self.usage_limit,
            starts_at: self.starts_at,
            end,
        })
    }
}
