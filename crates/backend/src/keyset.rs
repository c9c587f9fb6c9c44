//! Where a page of a list starts: the key and id of the row before it, or, on the way back, of the row behind it. All lists
//! use the same cursor format, and give the same answer to a cursor that cannot be read.
//!
//! The way back is the same list in the opposite order, from the first row of a page: so what was walked is found again row
//! by row, through the same index.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use domain::page::PAGE_ROWS;
use domain::{Cursor, Page, Refusal};
use uuid::Uuid;

/// The most rows on a page, however many a program asks for.
const MOST_ROWS: i64 = 200;

/// The most rows that are requested by their ids at once.
pub(crate) const MOST_BY_ID: usize = 500;

/// A position in an order by a key, then by id.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Place {
    pub key: Vec<u8>,
    pub id: Uuid,
}

impl Place {
    fn read(text: &str) -> Result<Self, Refusal> {
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| Refusal::Malformed)?;
        let (id, key) = bytes.split_at_checked(16).ok_or(Refusal::Malformed)?;
        Ok(Self {
            key: key.to_vec(),
            id: Uuid::from_slice(id).map_err(|_| Refusal::Malformed)?,
        })
    }

    fn cursor(&self) -> Cursor {
        Cursor(URL_SAFE_NO_PAD.encode([self.id.as_bytes(), self.key.as_slice()].concat()))
    }
}

/// Which way a list is walked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Walk {
    /// In its order.
    #[default]
    Forward,
    /// Against it: towards the beginning.
    Back,
}

/// What cursors that lead back begin with. No place is written with it first.
const BACK: char = '~';

impl Walk {
    /// The way that a cursor leads, and the place that it starts from.
    pub(crate) fn of(cursor: Option<&Cursor>) -> (Self, Option<&str>) {
        match cursor.map(|Cursor(text)| text.as_str()) {
            None => (Self::Forward, None),
            Some(text) => match text.strip_prefix(BACK) {
                Some(place) => (Self::Back, Some(place)),
                None => (Self::Forward, Some(text)),
            },
        }
    }

    /// Whether the rows are read from the greatest to the least, in an order that does or does not.
    pub(crate) fn descending(self, descending: bool) -> bool {
        descending != (self == Self::Back)
    }

    /// The cursor that leads back from a place.
    pub(crate) fn back(Cursor(place): &Cursor) -> Cursor {
        Cursor(format!("{BACK}{place}"))
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
    /// Behind a row, in the order of the ids.
    pub(crate) fn behind(id: Uuid) -> Self {
        Self {
            place: Some(Place { key: Vec::new(), id }),
            walk: Walk::Forward,
        }
    }

    /// The start that a cursor stands for; without a cursor, before everything.
    ///
    /// # Errors
    /// [`Refusal::Malformed`]: it is not one of ours.
    pub(crate) fn at(cursor: Option<&Cursor>) -> Result<Self, Refusal> {
        let (walk, place) = Walk::of(cursor);
        Ok(Self {
            place: place.map(Place::read).transpose()?,
            walk,
        })
    }
}

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
    None,
    Text,
    Instant,
    Number,
}

/// What keys that are not text begin with: no folded text begins with a capital letter.
const INSTANT: u8 = b'T';
const NUMBER: u8 = b'N';

impl Key {
    /// The key as it is written in a position.
    pub(crate) fn into_bytes(self) -> Vec<u8> {
        let number = |form, number: i64| [&[form], number.to_be_bytes().as_slice()].concat();
        match self {
            Self::None => Vec::new(),
            Self::Text(text) => text,
            Self::Instant(at) => number(INSTANT, at.timestamp_micros()),
            Self::Number(value) => number(NUMBER, value),
        }
    }
}

impl KeyForm {
    /// Reads the key of a position.
    ///
    /// # Errors
    /// [`Refusal::Malformed`]: it belongs to another order.
    pub(crate) fn read(self, key: &[u8]) -> Result<Key, Refusal> {
        let number = |form: u8| -> Option<i64> {
            let bytes = key.strip_prefix(&[form])?;
            Some(i64::from_be_bytes(bytes.try_into().ok()?))
        };
        let read = match self {
            Self::None => key.is_empty().then_some(Key::None),
            Self::Text => Some(Key::Text(key.to_vec())),
            Self::Instant => number(INSTANT)
                .and_then(DateTime::from_timestamp_micros)
                .map(Key::Instant),
            Self::Number => number(NUMBER).map(Key::Number),
        };
        read.ok_or(Refusal::Malformed)
    }
}

/// How many rows a page has: as many as a screen shows, or as a program asked for. One more is fetched, which tells
/// whether there is another page.
pub(crate) fn rows(asked: Option<u16>) -> i64 {
    asked.map_or(PAGE_ROWS as i64, i64::from).clamp(1, MOST_ROWS)
}

/// A page of this many of the rows found, with where the list goes on, both ways; one more was fetched.
pub(crate) fn page_of<R>(rows: Vec<R>, most: i64, start: &Start, place: impl Fn(&R) -> Place) -> Page<R> {
    let is_first = start.place.is_none();
    cut(rows, most, (start.walk, is_first), |row| place(row).cursor())
}

/// The same for rows in the order in which they were walked, and cursors of the list's own.
pub(crate) fn cut<R>(
    mut rows: Vec<R>,
    most: i64,
    (walk, is_first): (Walk, bool),
    cursor: impl Fn(&R) -> Cursor,
) -> Page<R> {
    let most = usize::try_from(most).unwrap_or(PAGE_ROWS);
    let more = rows.len() > most;
    rows.truncate(most);
    // Whoever walks has come from somewhere: the row that they came from lies the other way.
    let (is_more, is_before) = match walk {
        Walk::Forward => (more, !is_first),
        Walk::Back => (true, more),
    };
    if walk == Walk::Back {
        rows.reverse();
    }
    Page {
        next: rows.last().filter(|_| is_more).map(&cursor),
        prev: rows
            .first()
            .filter(|_| is_before)
            .map(|row| Walk::back(&cursor(row))),
        rows,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_leads_back_to_its_place_and_nothing_else_is_one() {
        let place = Place {
            key: b"kowhai".to_vec(),
            id: Uuid::from_u128(7),
        };
        for walk in [Walk::Forward, Walk::Back] {
            let cursor = match walk {
                Walk::Forward => place.cursor(),
                Walk::Back => Walk::back(&place.cursor()),
            };
            let start = Start {
                place: Some(place.clone()),
                walk,
            };
            assert_eq!(Start::at(Some(&cursor)), Ok(start));
        }
        for strange in ["%", "AAAA", "~", "~AAAA", "~~"] {
            assert_eq!(
                Start::at(Some(&Cursor(strange.into()))),
                Err(Refusal::Malformed),
                "{strange}"
            );
        }
    }

    /// Pages of the numbers from 1 to 7, three at a time.
    fn numbers(start: &Start) -> Page<u128> {
        let here = start.place.as_ref().map(|place| place.id.as_u128());
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
        page_of(found, 3, start, |n| Place {
            key: Vec::new(),
            id: Uuid::from_u128(*n),
        })
    }

    #[test]
    fn who_walks_back_finds_the_pages_that_they_walked() {
        let mut pages = vec![numbers(&Start::default())];
        while let Some(next) = &pages[pages.len() - 1].next {
            pages.push(numbers(&Start::at(Some(next)).expect("a place")));
        }
        let rows: Vec<&[u128]> = pages.iter().map(|page| page.rows.as_slice()).collect();
        assert_eq!(rows, [&[1, 2, 3][..], &[4, 5, 6], &[7]]);
        assert_eq!(pages[0].prev, None, "nothing comes before the first");
        let mut here = pages.pop().expect("the last page");
        for walked in pages.iter().rev() {
            let prev = here.prev.as_ref().expect("a page before");
            here = numbers(&Start::at(Some(prev)).expect("a place"));
            assert_eq!(&here, walked);
        }
        assert_eq!(here.prev, None);
    }

    #[test]
    fn the_key_of_one_order_is_none_of_another() {
        let noon = DateTime::from_timestamp(1_800_000_000, 0).expect("an instant");
        let keys = [
            (KeyForm::None, Key::None),
            (KeyForm::Instant, Key::Instant(noon)),
            (KeyForm::Number, Key::Number(-7)),
            (KeyForm::Text, Key::Text(b"kowhai".to_vec())),
        ];
        for (form, key) in &keys {
            for (other, _) in keys.iter().filter(|(other, _)| *other != KeyForm::Text) {
                let read = other.read(&key.clone().into_bytes());
                let expected = if other == form {
                    Ok(key.clone())
                } else {
                    Err(Refusal::Malformed)
                };
                assert_eq!(read, expected, "{key:?} as {other:?}");
            }
        }
    }
}
