//! What doors answer.

use std::any::TypeId;
use std::cell::RefCell;
use std::collections::HashMap;

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, LINK, LOCATION};
use http::{HeaderValue, StatusCode};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::Problem;
use super::door::{Operation, Output};
use super::filters::Counted;
use crate::failure::Failure;
use crate::kept::Answer;

/// One thing, with its tag.
pub struct One<T>(pub T);

/// Something that was made, and where it is now.
pub struct Created<T> {
    /// Its path.
    pub location: String,
    /// What was made.
    pub view: T,
}

/// Something that holds a secret: no cache keeps it.
pub struct Secretly<T>(pub T);

/// Nothing is left to say.
pub struct Done;

/// It was taken, and nothing is said of what became of it.
pub struct Accepted;

/// A page of a list.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "{T}List")]
pub struct Listed<T> {
    /// The rows, in order.
    pub data: Vec<T>,
    /// Where the list goes on.
    pub page: PageOf,
    /// The addresses of the next page and of the one before, for the head of the answer.
    #[serde(skip)]
    pub links: Links,
    /// The fields of a row that were asked for, if not all of them.
    #[serde(skip)]
    pub fields: Option<Vec<String>>,
}

/// The addresses of the pages beside this one.
#[derive(Debug, Default)]
pub struct Links {
    /// The next page.
    pub next: Option<String>,
    /// The page before.
    pub prev: Option<String>,
}

impl Links {
    /// As they stand in the head of an answer (RFC 8288).
    fn header(&self) -> Option<HeaderValue> {
        let link = |address: &Option<String>, rel: &str| {
            let address = address.as_ref()?;
            Some(format!("<{address}>; rel=\"{rel}\""))
        };
        let links: Vec<String> = [link(&self.next, "next"), link(&self.prev, "prev")]
            .into_iter()
            .flatten()
            .collect();
        match links.is_empty() {
            true => None,
            false => HeaderValue::try_from(links.join(", ")).ok(),
        }
    }
}

/// Where a list goes on.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Page")]
pub struct PageOf {
    /// What to ask for the next page with (`?cursor=…`, and everything else as it was); null on the last one.
    pub next_cursor: Option<String>,
    /// What to ask for the page before with, which has the rows that come before these; null on the first one.
    pub prev_cursor: Option<String>,
    /// Whether there is another page behind this one.
    pub has_more: bool,
    /// How many rows the list has, if that was asked for with `total=exact`: up to 10,000.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub total: Option<i64>,
    /// Whether there are not more than `total`; it is there where `total` is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub total_is_exact: Option<bool>,
}

impl PageOf {
    /// There is no other page.
    pub const LAST: Self = Self {
        next_cursor: None,
        prev_cursor: None,
        has_more: false,
        total: None,
        total_is_exact: None,
    };
}

/// What a view says of how something is used. It moves all the time, and is no part of the tag: whoever changes what they
/// have seen does not care how often it was used meanwhile.
const OF_USE: [&str; 14] = [
    "addresses",
    "bounced",
    "hits",
    "hits_left",
    "last_active_at",
    "last_address",
    "last_used_at",
    "opened",
    "refused",
    "remaining",
    "sent",
    "shared",
    "used_permissions",
    "uses",
];

/// Whether views of a type may say something of their use. The others are not taken apart; asking their text anew for
/// each answer took longer than the digest.
fn may_say_use<T: JsonSchema + 'static>() -> bool {
    thread_local! {
        static KNOWN: RefCell<HashMap<TypeId, bool>> = RefCell::default();
    }
    let ask = || {
        let schema = schemars::schema_for!(T).to_value().to_string();
        OF_USE.iter().any(|name| schema.contains(&format!("\"{name}\"")))
    };
    KNOWN.with_borrow_mut(|known| *known.entry(TypeId::of::<T>()).or_insert_with(ask))
}

/// The tag of a view: a digest of what it says, but for its use, if it says something of that.
fn tag_of(json: &str, may_say_use: bool) -> String {
    let digest = match may_say_use {
        true => Sha256::digest(without_use(json)),
        false => Sha256::digest(json),
    };
    let mut tag = String::with_capacity(26);
    tag.push('"');
    for byte in digest.iter().take(12) {
        for half in [byte >> 4, byte & 15] {
            tag.push(char::from(b"0123456789abcdef"[usize::from(half)]));
        }
    }
    tag.push('"');
    tag
}

fn without_use(json: &str) -> String {
    match serde_json::from_str(json) {
        Ok(Value::Object(mut fields)) => {
            fields.retain(|name, _| !OF_USE.contains(&name.as_str()));
            Value::Object(fields).to_string()
        }
        _ => json.to_owned(),
    }
}

fn with_tag<T: Serialize + JsonSchema + 'static>(status: StatusCode, view: &T) -> Response {
    // Written once, for the tag and for the body.
    let Ok(json) = serde_json::to_string(view) else {
        return Json(view).into_response();
    };
    let tag = HeaderValue::try_from(tag_of(&json, may_say_use::<T>()));
    let mut response = (status, [(CONTENT_TYPE, "application/json")], json).into_response();
    if let Ok(tag) = tag {
        response.headers_mut().insert(ETAG, tag);
    }
    response
}

impl<T: Serialize + JsonSchema + 'static> One<T> {
    /// The same answer, written down to be given more than once.
    pub fn written(&self) -> Result<Answer, Problem> {
        let json = serde_json::to_string(&self.0).map_err(Failure::fault)?;
        let tag = HeaderValue::try_from(tag_of(&json, may_say_use::<T>())).map_err(Failure::fault)?;
        Ok(Answer::new(ETAG, tag, json))
    }
}

impl<T: Serialize + JsonSchema + 'static> IntoResponse for One<T> {
    fn into_response(self) -> Response {
        with_tag(StatusCode::OK, &self.0)
    }
}

impl<T: Serialize + JsonSchema + 'static> IntoResponse for Created<T> {
    fn into_response(self) -> Response {
        let mut response = with_tag(StatusCode::CREATED, &self.view);
        if let Ok(location) = HeaderValue::try_from(self.location) {
            response.headers_mut().insert(LOCATION, location);
        }
        response
    }
}

impl<T: Serialize> IntoResponse for Secretly<T> {
    fn into_response(self) -> Response {
        ([(CACHE_CONTROL, "no-store")], Json(self.0)).into_response()
    }
}

impl IntoResponse for Done {
    fn into_response(self) -> Response {
        StatusCode::NO_CONTENT.into_response()
    }
}

impl IntoResponse for Accepted {
    fn into_response(self) -> Response {
        StatusCode::ACCEPTED.into_response()
    }
}

impl<T: Serialize> IntoResponse for Listed<T> {
    fn into_response(self) -> Response {
        let links = self.links.header();
        let mut response = match &self.fields {
            None => Json(&self).into_response(),
            Some(fields) => match narrowed(&self, fields) {
                Ok(list) => Json(list).into_response(),
                Err(problem) => problem.into_response(),
            },
        };
        if let Some(links) = links {
            response.headers_mut().insert(LINK, links);
        }
        response
    }
}

/// A list with some fields of each row.
fn narrowed<T: Serialize>(list: &Listed<T>, fields: &[String]) -> Result<Value, Problem> {
    let mut list = serde_json::to_value(list).unwrap_or_default();
    let rows = list["data"].as_array_mut().into_iter().flatten();
    for row in rows.filter_map(Value::as_object_mut) {
        if let Some(unknown) = fields.iter().find(|field| !row.contains_key(*field)) {
            let known: Vec<&str> = row.keys().map(String::as_str).collect();
            let sentence = format!("There is no field {unknown}. There are {}.", known.join(", "));
            return Err(Problem::parameter("fields", sentence));
        }
        row.retain(|name, _| fields.contains(name));
    }
    Ok(list)
}

impl<T: JsonSchema> Output for One<T> {
    fn describe(operation: &mut Operation<'_>) {
        let schema = operation.gives.subschema_for::<T>().to_value();
        operation.answers(200, "As it is now.", Some(schema));
    }
}

impl<T: JsonSchema> Output for Secretly<T> {
    fn describe(operation: &mut Operation<'_>) {
        let schema = operation.gives.subschema_for::<T>().to_value();
        operation.answers(200, "It holds a secret. No cache keeps it.", Some(schema));
    }
}

impl<T: JsonSchema> Output for Created<T> {
    fn describe(operation: &mut Operation<'_>) {
        let schema = operation.gives.subschema_for::<T>().to_value();
        operation.answers(201, "It was made; `Location` says where it is.", Some(schema));
    }
}

impl Output for Done {
    fn describe(operation: &mut Operation<'_>) {
        operation.answers(204, "It is done.", None);
    }
}

impl Output for Accepted {
    fn describe(operation: &mut Operation<'_>) {
        operation.answers(202, "It was taken. What became of it is not said.", None);
    }
}

impl<T: JsonSchema> Output for Listed<T> {
    fn describe(operation: &mut Operation<'_>) {
        let schema = operation.gives.subschema_for::<Self>().to_value();
        operation.answers(200, "A page of the list.", Some(schema));
    }
}

impl<T> Listed<T> {
    /// A list that is always whole.
    pub fn whole(data: Vec<T>) -> Self {
        Self {
            data,
            page: PageOf::LAST,
            links: Links::default(),
            fields: None,
        }
    }

    /// The same, with how many rows the list has.
    #[must_use]
    pub fn counted(mut self, counted: impl Into<Counted>) -> Self {
        let Counted { total, is_exact } = counted.into();
        self.page.total = Some(total);
        self.page.total_is_exact = Some(is_exact);
        self
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn tag(view: &Value) -> String {
        tag_of(&view.to_string(), true)
    }

    #[test]
    fn a_tag_is_the_same_however_often_something_is_used_and_another_when_it_is_changed() {
        let view = |name: &str, uses: i64, at: Option<&str>| {
            tag(
                &json!({ "name": name, "uses": uses, "remaining": 9 - uses, "last_used_at": at, "state": "live" }),
            )
        };
        assert_eq!(view("A", 0, None), view("A", 4, Some("2026-11-28T10:00:00Z")));
        assert_ne!(view("A", 0, None), view("B", 0, None));
        assert_ne!(
            tag(&json!({ "name": "uses" })),
            tag(&json!({ "name": "hits" })),
            "values count"
        );
        assert_ne!(tag(&json!(["uses"])), tag(&json!(["hits"])));
    }
}
