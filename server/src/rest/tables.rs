//! Whole lists as CSV, for spreadsheets: every row that the list has, with the names that fields have in JSON.
//!
//! A table is written page by page while it is sent, so it may be as long as the list. What cells hold is written as text
//! in every spreadsheet ([`backend::csv::cell`]): names are typed by people, and must not run as formulas.

use std::pin::Pin;

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use domain::{Cursor, Page};
use futures::stream::{self, StreamExt};
use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use serde::Serialize;
use serde_json::{Value, json};

use super::Problem;
use super::door::{Operation, Output};

/// Rows that are read at once.
pub const ROWS: u16 = 200;

/// A table, piece by piece.
pub struct Table {
    name: &'static str,
    body: Body,
}

/// A page of a list that is being read.
pub type Reading<R> = Pin<Box<dyn Future<Output = backend::Result<Page<R>>> + Send>>;

/// A list from its first row to its last, with these fields of what is shown of each row. Anyone who may not see it is told
/// before anything is sent.
///
/// # Errors
/// What the first page is refused for.
pub async fn whole<V, R>(
    name: &'static str,
    columns: &'static [&'static str],
    read: impl Fn(Option<Cursor>) -> Reading<R> + Send + 'static,
) -> Result<Table, Problem>
where
    V: From<R> + Serialize,
    R: Send + 'static,
{
    let first = read(None).await?;
    // The mark tells spreadsheets that the text is UTF-8.
    let head = format!(
        "\u{feff}{}\r\n{}",
        columns.join(","),
        lines::<V, R>(first.rows, columns)
    );
    let rest = stream::try_unfold((read, first.next), move |(read, after)| async move {
        let Some(after) = after else { return Ok(None) };
        let page = read(Some(after)).await?;
        Ok::<_, backend::Error>(Some((lines::<V, R>(page.rows, columns), (read, page.next))))
    });
    Ok(Table {
        name,
        body: Body::from_stream(stream::once(async { Ok(head) }).chain(rest)),
    })
}

fn lines<V: From<R> + Serialize, R>(rows: Vec<R>, columns: &[&str]) -> String {
    let lines = rows.into_iter().map(|row| {
        let view = serde_json::to_value(V::from(row)).unwrap_or_default();
        let cells = columns.iter().map(|name| backend::csv::cell(&text(&view, name)));
        cells.collect::<Vec<_>>().join(",") + "\r\n"
    });
    lines.collect()
}

/// A field as text; nothing is blank.
fn text(view: &Value, name: &str) -> String {
    debug_assert!(view.get(name).is_some(), "no such field: {name}");
    match &view[name] {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

impl IntoResponse for Table {
    fn into_response(self) -> Response {
        let file = format!("attachment; filename=\"{}\"", self.name);
        let head = [
            (CONTENT_TYPE, "text/csv; charset=utf-8; header=present".to_owned()),
            (CONTENT_DISPOSITION, file),
        ];
        (head, self.body).into_response()
    }
}

impl Output for Table {
    fn describe(operation: &mut Operation<'_>) {
        operation.responses.insert(
            "200".into(),
            json!({ "description": "The table.", "content": { "text/csv": { "schema": { "type": "string" } } } }),
        );
    }
}
