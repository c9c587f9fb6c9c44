//! The builder of lists: where a page starts, how it is ordered, how long it is, and how many rows there are. All lists use
//! the same cursor format, give the same answer to a cursor that cannot be read, and count no further than ten thousand.
//!
//! What a list shows and narrows is its feature's: a [`Statement`], which numbers its placeholders itself.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use database::{Conn, Statement};
use domain::page::{Count, MOST_COUNTED, PAGE_ROWS};
use domain::{Cursor, Page, Refusal};
use uuid::Uuid;

/// The most rows on a page, however many a program asks for.
const MOST_ROWS: i64 = 200;

/// The most rows that are requested by their ids at once.
pub(crate) const MOST_BY_ID: usize = 500;

/// What an order sorts by, for one row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Key {
    /// The id alone: ids sort by the time of creation.
    None,
    /// A folded text.
    Text(Vec<u8>),
    /// An instant.
    Instant(DateTime<Utc>),
    /// A number.
    Number(i64),
}

/// The type of an order's key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum KeyForm {
    Text,
    Instant,
    Number,
}

/// A position in an order: the key and id of a row. The next page starts behind it.
pub(crate) type Place = (Key, Uuid);

/// The order of a list: by a key, then by id, both the same way.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Order {
    /// The column of the key, and its type; `None`: by id alone.
    pub key: Option<(&'static str, KeyForm)>,
    /// The column of the id.
    pub id: &'static str,
    pub descending: bool,
}

impl Order {
    /// By id alone, which is by age.
    pub(crate) fn by_id(id: &'static str, descending: bool) -> Self {
        Self {
            key: None,
            id,
            descending,
        }
    }

    /// By a column, from its least value.
    pub(crate) fn by(column: &'static str, form: KeyForm, id: &'static str) -> Self {
        Self {
            key: Some((column, form)),
            id,
            descending: false,
        }
    }

    /// The position that a cursor stands for; without a cursor, before everything.
    ///
    /// # Errors
    /// [`Refusal::Malformed`]: it is not one of ours, or belongs to another order.
    pub(crate) fn after(&self, cursor: Option<&Cursor>) -> Result<Option<Place>, Refusal> {
        let Some(Cursor(text)) = cursor else {
            return Ok(None);
        };
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| Refusal::Malformed)?;
        let (id, key) = bytes.split_at_checked(16).ok_or(Refusal::Malformed)?;
        let key = read(self.key.map(|(_, form)| form), key).ok_or(Refusal::Malformed)?;
        let id = Uuid::from_slice(id).map_err(|_| Refusal::Malformed)?;
        Ok(Some((key, id)))
    }

    /// Ends the statement of a page: where it starts, the order, and how many rows are fetched.
    pub(crate) fn page(&self, statement: Statement, after: Option<Place>, fetched: i64) -> Statement {
        let statement = match after {
            Some(place) => self.behind(statement, place),
            None => statement,
        };
        let way = if self.descending { "DESC" } else { "" };
        let statement = statement.text("ORDER BY");
        let statement = match self.key {
            Some((column, _)) => statement.text(column).text(way).text(","),
            None => statement,
        };
        statement.text(self.id).text(way).text("LIMIT").value(fetched)
    }

    fn behind(&self, statement: Statement, (key, id): Place) -> Statement {
        let than = if self.descending { "<" } else { ">" };
        let Some((column, _)) = self.key else {
            return statement.text("AND").text(self.id).text(than).value(id);
        };
        let statement = statement
            .text("AND (")
            .text(column)
            .text(",")
            .text(self.id)
            .text(")")
            .text(than)
            .text("(");
        let statement = match key {
            Key::None => statement.text("NULL"),
            Key::Text(text) => statement.value(text),
            Key::Instant(at) => statement.value(at),
            Key::Number(number) => statement.value(number),
        };
        statement.text(",").value(id).text(")")
    }
}

/// What keys that are not text begin with: no folded text begins with a capital letter.
const INSTANT: u8 = b'T';
const NUMBER: u8 = b'N';

/// The key as it is written in a cursor.
fn written(key: Key) -> Vec<u8> {
    let number = |form, number: i64| [&[form], number.to_be_bytes().as_slice()].concat();
    match key {
        Key::None => Vec::new(),
        Key::Text(text) => text,
        Key::Instant(at) => number(INSTANT, at.timestamp_micros()),
        Key::Number(value) => number(NUMBER, value),
    }
}

/// The key of a cursor; `None` when it belongs to another order.
fn read(form: Option<KeyForm>, key: &[u8]) -> Option<Key> {
    let number = |form: u8| -> Option<i64> {
        let bytes = key.strip_prefix(&[form])?;
        Some(i64::from_be_bytes(bytes.try_into().ok()?))
    };
    match form {
        None => key.is_empty().then_some(Key::None),
        Some(KeyForm::Text) => Some(Key::Text(key.to_vec())),
        Some(KeyForm::Instant) => number(INSTANT)
            .and_then(DateTime::from_timestamp_micros)
            .map(Key::Instant),
        Some(KeyForm::Number) => number(NUMBER).map(Key::Number),
    }
}

fn cursor((key, id): Place) -> Cursor {
    Cursor(URL_SAFE_NO_PAD.encode([id.as_bytes(), written(key).as_slice()].concat()))
}

/// The number of the row that a page of numbered rows starts behind.
///
/// # Errors
/// [`Refusal::Malformed`]: a cursor that is not one of ours, or belongs to another order.
pub(crate) fn number(cursor: Option<&Cursor>) -> Result<Option<i64>, Refusal> {
    let by_number = Order::by("number", KeyForm::Number, "id");
    Ok(by_number.after(cursor)?.and_then(|(key, _)| match key {
        Key::Number(number) => Some(number),
        _ => None,
    }))
}

/// How many rows a page has: as many as a screen shows, or as a program asked for. One more is fetched, which tells
/// whether there is another page.
pub(crate) fn rows(asked: Option<u16>) -> i64 {
    asked.map_or(PAGE_ROWS as i64, i64::from).clamp(1, MOST_ROWS)
}

/// A page of this many of the rows found, with where the next one starts; one more was fetched.
pub(crate) fn page_of<R>(mut rows: Vec<R>, most: i64, place: impl Fn(&R) -> Place) -> Page<R> {
    let most = usize::try_from(most).unwrap_or(PAGE_ROWS);
    let more = rows.len() > most;
    rows.truncate(most);
    let next = rows.last().filter(|_| more).map(|row| cursor(place(row)));
    Page { rows, next }
}

/// Begins the statement of a count, which goes on with the condition of its list.
pub(crate) fn counting(from: &'static str) -> Statement {
    Statement::new("SELECT CAST(COUNT(*) AS BIGINT) FROM (SELECT 1 AS one").text(from)
}

/// How many rows there are, up to [`MOST_COUNTED`].
///
/// # Errors
/// When the database fails.
pub(crate) async fn count(conn: &mut Conn, statement: Statement) -> database::Result<Count> {
    let counted = count_up_to(conn, statement, MOST_COUNTED + 1).await?;
    Ok(Count::up_to(MOST_COUNTED, counted))
}

/// How many rows there are, up to so many: for work that goes through all of them.
///
/// # Errors
/// When the database fails.
pub(crate) async fn count_up_to(conn: &mut Conn, statement: Statement, most: i64) -> database::Result<i64> {
    let statement = statement.text("LIMIT").value(most).text(") AS found");
    statement.query(conn).number().await
}

#[cfg(test)]
mod tests {
    use super::*;

    fn by(form: Option<KeyForm>) -> Order {
        Order {
            key: form.map(|form| ("key", form)),
            id: "id",
            descending: false,
        }
    }

    #[test]
    fn a_cursor_leads_back_to_its_place_and_nothing_else_is_one() {
        let order = by(Some(KeyForm::Text));
        let place = (Key::Text(b"kowhai".to_vec()), Uuid::from_u128(7));
        assert_eq!(order.after(Some(&cursor(place.clone()))), Ok(Some(place)));
        assert_eq!(order.after(None), Ok(None));
        for bad in ["%", "AAAA"] {
            assert_eq!(order.after(Some(&Cursor(bad.into()))), Err(Refusal::Malformed));
        }
    }

    #[test]
    fn the_key_of_one_order_is_none_of_another() {
        let noon = DateTime::from_timestamp(1_800_000_000, 0).expect("an instant");
        let keys = [
            (None, Key::None),
            (Some(KeyForm::Instant), Key::Instant(noon)),
            (Some(KeyForm::Number), Key::Number(-7)),
            (Some(KeyForm::Text), Key::Text(b"kowhai".to_vec())),
        ];
        for (form, key) in &keys {
            let cursor = cursor((key.clone(), Uuid::nil()));
            for (other, _) in keys.iter().filter(|(other, _)| *other != Some(KeyForm::Text)) {
                let expected = if other == form {
                    Ok(Some((key.clone(), Uuid::nil())))
                } else {
                    Err(Refusal::Malformed)
                };
                assert_eq!(by(*other).after(Some(&cursor)), expected, "{key:?} as {other:?}");
            }
        }
    }
}
