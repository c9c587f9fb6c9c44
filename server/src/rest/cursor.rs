//! What a list is asked for, and where it goes on.
//!
//! A cursor is the backend's own, signed together with everything it belongs to: the organisation, the path and the
//! other parameters. One that was made up, or is used with another filter, is refused in words instead of being
//! answered with rows that mean nothing.

use std::marker::PhantomData;

use axum::extract::{FromRequestParts, MatchedPath};
use backend::{Backend, Caller};
use domain::{Cursor, Page};
use http::Uri;
use http::request::Parts;
use schemars::JsonSchema;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::answer::{Links, PageOf};
use super::body::parameters;
use super::door::{Input, Operation};
use super::filters::Total;
use super::{Listed, Problem};
use crate::next::encoded;
use crate::server::Server;

/// Rows of a page when nobody says how many.
const ROWS: u16 = 50;
/// Rows of a page at most.
const MOST: u16 = 200;
/// What cursors are signed for.
const PURPOSE: &str = "cursor";

/// Whether a list can be counted.
pub trait Counting {
    /// Whether it is.
    const COUNTS: bool;
}

/// A list that is not counted.
pub struct Uncounted;

/// A list that is counted when somebody asks for it.
pub struct Countable;

impl Counting for Uncounted {
    const COUNTS: bool = false;
}

impl Counting for Countable {
    const COUNTS: bool = true;
}

/// The parameters of a list, with the page that is asked for.
pub struct Asked<T, C = Uncounted> {
    /// The list's own parameters.
    pub query: T,
    /// Where the page starts.
    pub after: Option<Cursor>,
    /// How many rows it has.
    pub rows: u16,
    /// Whether the list is counted.
    pub counts: bool,
    /// The fields that are answered; none: all of them.
    fields: Option<Vec<String>>,
    of: PhantomData<C>,
    uri: Uri,
    signed_with: String,
    backend: Backend,
}

/// What every list takes.
#[derive(Debug, Default, Deserialize, JsonSchema)]
struct Paging {
    /// How many rows a page has at most; 50 if it is not said.
    #[schemars(range(min = 1, max = 200))]
    limit: Option<u16>,
    /// `page.next_cursor` or `page.prev_cursor` of a page, with everything else as it was.
    cursor: Option<String>,
    /// Only these fields of each row, such as `id,name`; all of them if it is not said.
    fields: Option<String>,
}

/// What a list takes that can be counted.
#[derive(Debug, Default, Deserialize, JsonSchema)]
struct Counts {
    /// Whether the list is counted, for `page.total`; it is not if nothing is said.
    total: Option<Total>,
}

/// What belongs to the page, not to the list: a cursor is good whatever they are.
const OF_THE_PAGE: [&str; 3] = ["limit", "cursor", "fields"];
/// The same of a list that can be counted.
const TOTAL: &str = "total";

impl<T: DeserializeOwned, C: Counting> FromRequestParts<Server> for Asked<T, C> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, server: &Server) -> Result<Self, Problem> {
        let paging: Paging = parameters(&parts.uri)?;
        let uri = without_paging(&parts.uri, C::COUNTS);
        let counts = match C::COUNTS {
            true => parameters::<Counts>(&parts.uri)?.total == Some(Total::Exact),
            false => false,
        };
        let query = parameters(&uri)?;
        let rows = paging.limit.unwrap_or(ROWS);
        if !(1..=MOST).contains(&rows) {
            return Err(Problem::parameter(
                "limit",
                "limit is a whole number from 1 to 200.",
            ));
        }
        let path = parts
            .extensions
            .get::<MatchedPath>()
            .map_or("", MatchedPath::as_str);
        let caller = parts
            .extensions
            .get::<Caller>()
            .ok_or_else(Problem::missing_token)?;
        let signed_with = format!(
            "{path} {} {}",
            caller.organisation(),
            uri.query().unwrap_or_default()
        );
        let mut asked = Self {
            query,
            after: None,
            rows,
            counts,
            of: PhantomData,
            fields: paging
                .fields
                .map(|fields| fields.split(',').map(|field| field.trim().to_owned()).collect()),
            uri: parts.uri.clone(),
            signed_with,
            backend: server.backend.clone(),
        };
        asked.after = paging.cursor.map(|cursor| asked.opened(&cursor)).transpose()?;
        Ok(asked)
    }
}

impl<T, C> Asked<T, C> {
    /// The page as it is answered.
    pub fn listed<R, V: From<R>>(&self, page: Page<R>) -> Listed<V> {
        let signed = |cursor: &Option<Cursor>| cursor.as_ref().map(|cursor| self.signed(cursor));
        let (next_cursor, prev_cursor) = (signed(&page.next), signed(&page.prev));
        let address = |cursor: &Option<String>| cursor.as_ref().map(|cursor| self.address(cursor));
        Listed {
            links: Links {
                next: address(&next_cursor),
                prev: address(&prev_cursor),
            },
            page: PageOf {
                has_more: next_cursor.is_some(),
                next_cursor,
                prev_cursor,
                ..PageOf::LAST
            },
            data: page.rows.into_iter().map(V::from).collect(),
            fields: self.fields.clone(),
        }
    }

    fn signed(&self, cursor: &Cursor) -> String {
        let signature = self
            .backend
            .sign(PURPOSE, &format!("{} {}", self.signed_with, cursor.0));
        format!("{signature}.{}", cursor.0)
    }

    fn opened(&self, text: &str) -> Result<Cursor, Problem> {
        let cursor = text.split_once('.').filter(|(signature, cursor)| {
            self.backend
                .is_signed(PURPOSE, &format!("{} {cursor}", self.signed_with), signature)
        });
        cursor.map(|(_, cursor)| Cursor(cursor.to_owned())).ok_or_else(|| {
            Problem::parameter(
                "cursor",
                "This cursor does not belong to this list. Send next_cursor or prev_cursor of a page of it, with the same parameters.",
            )
        })
    }

    /// The address of the page that a cursor leads to.
    fn address(&self, cursor: &str) -> String {
        let mut pairs: Vec<&str> = self
            .uri
            .query()
            .unwrap_or_default()
            .split('&')
            .filter(|pair| !is(pair, "cursor") && !pair.is_empty())
            .collect();
        let cursor = format!("cursor={}", encoded(cursor));
        pairs.push(&cursor);
        format!("{}?{}", self.uri.path(), pairs.join("&"))
    }
}

/// The same address with the list's own parameters alone.
fn without_paging(uri: &Uri, counts: bool) -> Uri {
    let pairs: Vec<&str> = uri
        .query()
        .unwrap_or_default()
        .split('&')
        .filter(|pair| !pair.is_empty() && !OF_THE_PAGE.iter().any(|name| is(pair, name)))
        .filter(|pair| !(counts && is(pair, TOTAL)))
        .collect();
    let address = format!("{}?{}", uri.path(), pairs.join("&"));
    address.parse().unwrap_or_default()
}

fn is(pair: &str, name: &str) -> bool {
    pair.split('=').next() == Some(name)
}

impl<T: JsonSchema, C: Counting> Input for Asked<T, C> {
    fn describe(operation: &mut Operation<'_>) {
        operation.parameters_of::<T>("query");
        operation.parameters_of::<Paging>("query");
        if C::COUNTS {
            operation.parameters_of::<Counts>("query");
        }
    }
}
