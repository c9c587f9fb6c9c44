//! The builder of lists: where a page starts, how it is ordered, how long it is, and how many rows there are. All lists use
//! the same cursor format, give the same answer to a cursor that cannot be read, and count no further than ten thousand.
//!
//! The way back is the same list in the opposite order, from the first row of a page: so what was walked is found again row
//! by row, through the same index.
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

/// A position in an order: the key and id of a row.
pub(crate) type Place = (Key, Uuid);

/// Which way a list is walked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Walk {
    /// In its order.
    #[default]
    Forward,
    /// Against it: towards the beginning.
    Back,
}

impl Walk {
    /// Whether the rows are read from the greatest to the least, in an order that does or does not.
    fn descending(self, descending: bool) -> bool {
        descending != (self == Self::Back)
    }
}

/// Where a page starts, and which way it goes from there.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Start {
    /// The row that the page is next to; `None`: the page is the first one.
    pub place: Option<Place>,
    pub walk: Walk,
}

impl Start {
    /// Behind a row, in the order of the list.
    pub(crate) fn behind(place: Place) -> Self {
        Self {
            place: Some(place),
            walk: Walk::Forward,
        }
    }

    /// The number of the row that the page is next to, of [`BY_NUMBER`].
    pub(crate) fn number(&self) -> Option<i64> {
        match self.place {
            Some((Key::Number(number), _)) => Some(number),
            _ => None,
        }
    }
}

/// The order of rows that are numbered, and found by their numbers.
pub(crate) const BY_NUMBER: Order = Order {
    key: Some(("number", KeyForm::Number)),
    id: "id",
    descending: false,
};

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

    /// The start that a cursor stands for; without a cursor, before everything.
    ///
    /// # Errors
    /// [`Refusal::Malformed`]: it is not one of ours, or belongs to another order.
    pub(crate) fn start(&self, cursor: Option<&Cursor>) -> Result<Start, Refusal> {
        let Some(Cursor(text)) = cursor else {
            return Ok(Start::default());
        };
        let (walk, text) = match text.strip_prefix(BACK) {
            Some(place) => (Walk::Back, place),
            None => (Walk::Forward, text.as_str()),
        };
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| Refusal::Malformed)?;
        let (id, key) = bytes.split_at_checked(16).ok_or(Refusal::Malformed)?;
        let key = read(self.key.map(|(_, form)| form), key).ok_or(Refusal::Malformed)?;
        let id = Uuid::from_slice(id).map_err(|_| Refusal::Malformed)?;
        Ok(Start {
            place: Some((key, id)),
            walk,
        })
    }

    /// Ends the statement of a page: where it starts, the order in which it is walked, and how many rows are fetched.
    pub(crate) fn page(&self, statement: Statement, start: &Start, fetched: i64) -> Statement {
        let descending = start.walk.descending(self.descending);
        let statement = match start.place.clone() {
            Some(place) => self.beyond(statement, descending, place),
            None => statement,
        };
        let way = if descending { "DESC" } else { "" };
        let statement = statement.text("ORDER BY");
        let statement = match self.key {
            Some((column, _)) => statement.text(column).text(way).text(","),
            None => statement,
        };
        statement.text(self.id).text(way).text("LIMIT").value(fetched)
    }

    fn beyond(&self, statement: Statement, descending: bool, (key, id): Place) -> Statement {
        let than = if descending { "<" } else { ">" };
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

/// What cursors that lead back begin with. No place is written with it first.
const BACK: char = '~';

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

/// The cursor that leads back from a place.
fn cursor_back(place: Place) -> Cursor {
    let Cursor(text) = cursor(place);
    Cursor(format!("{BACK}{text}"))
}

/// How many rows a page has: as many as a screen shows, or as a program asked for. One more is fetched, which tells
/// whether there is another page.
pub(crate) fn rows(asked: Option<u16>) -> i64 {
    asked.map_or(PAGE_ROWS as i64, i64::from).clamp(1, MOST_ROWS)
}

/// A page of this many of the rows found, in the order in which they were walked, with where the list goes on, both ways;
/// one more was fetched.
pub(crate) fn page_of<R>(mut rows: Vec<R>, most: i64, start: &Start, place: impl Fn(&R) -> Place) -> Page<R> {
    let most = usize::try_from(most).unwrap_or(PAGE_ROWS);
    let more = rows.len() > most;
    rows.truncate(most);
    // Whoever walks has come from somewhere: the row that they came from lies the other way.
    let (is_more, is_before) = match start.walk {
        Walk::Forward => (more, start.place.is_some()),
        Walk::Back => (true, more),
    };
    if start.walk == Walk::Back {
        rows.reverse();
    }
    let next = rows.last().filter(|_| is_more).map(|row| cursor(place(row)));
    let prev = rows
        .first()
        .filter(|_| is_before)
        .map(|row| cursor_back(place(row)));
    Page { rows, next, prev }
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
        for walk in [Walk::Forward, Walk::Back] {
            let cursor = match walk {
                Walk::Forward => cursor(place.clone()),
                Walk::Back => cursor_back(place.clone()),
            };
            let start = Start {
                place: Some(place.clone()),
                walk,
            };
            assert_eq!(order.start(Some(&cursor)), Ok(start));
        }
        assert_eq!(order.start(None), Ok(Start::default()));
        for strange in ["%", "AAAA", "~", "~AAAA", "~~"] {
            assert_eq!(
                order.start(Some(&Cursor(strange.into()))),
                Err(Refusal::Malformed),
                "{strange}"
            );
        }
    }

    /// Pages of the numbers from 1 to 7, three at a time.
    fn numbers(start: &Start) -> Page<u128> {
        let here = start.place.as_ref().map(|(_, id)| id.as_u128());
        let all = 1..=7_u128;
        let found: Vec<u128> = match start.walk {
            Walk::Forward => all
                .filter(|n| here.is_none_or(|here| *n > here))
                .take(4)
                .collect(),
            Walk::Back => {
                let before = all.rev().filter(|n| here.is_none_or(|here| *n < here));
                before.take(4).collect()
            }
        };
        page_of(found, 3, start, |n| (Key::None, Uuid::from_u128(*n)))
    }

    #[test]
    fn who_walks_back_finds_the_pages_that_they_walked() {
        let at = |cursor: &Cursor| by(None).start(Some(cursor)).expect("a place");
        let mut pages = vec![numbers(&Start::default())];
        while let Some(next) = pages[pages.len() - 1].next.clone() {
            pages.push(numbers(&at(&next)));
        }
        let rows: Vec<&[u128]> = pages.iter().map(|page| page.rows.as_slice()).collect();
        assert_eq!(rows, [&[1, 2, 3][..], &[4, 5, 6], &[7]]);
        assert_eq!(pages[0].prev, None, "nothing comes before the first");
        let mut here = pages.pop().expect("the last page");
        for walked in pages.iter().rev() {
            let prev = here.prev.clone().expect("a page before");
            here = numbers(&at(&prev));
            assert_eq!(&here, walked);
        }
        assert_eq!(here.prev, None);
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
                    Ok(Start::behind((key.clone(), Uuid::nil())))
                } else {
                    Err(Refusal::Malformed)
                };
                assert_eq!(by(*other).start(Some(&cursor)), expected, "{key:?} as {other:?}");
            }
        }
    }
}
