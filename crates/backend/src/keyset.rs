//! Where a page of a list starts: the key and id of the row before it. All lists use the same cursor format, and give
//! the same answer to a cursor that cannot be read.

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
    /// The position that a cursor stands for; without a cursor, before everything.
    ///
    /// # Errors
    /// [`Refusal::Malformed`]: it is not one of ours.
    pub(crate) fn after(cursor: Option<&Cursor>) -> Result<Self, Refusal> {
        let Some(Cursor(text)) = cursor else {
            return Ok(Self::default());
        };
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

/// A page of this many of the rows found, with where the next one starts; one more was fetched.
pub(crate) fn page_of<R>(mut rows: Vec<R>, most: i64, place: impl Fn(&R) -> Place) -> Page<R> {
    let most = usize::try_from(most).unwrap_or(PAGE_ROWS);
    let more = rows.len() > most;
    rows.truncate(most);
    let next = rows.last().filter(|_| more).map(|row| place(row).cursor());
    Page { rows, next }
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
        assert_eq!(Place::after(Some(&place.cursor())), Ok(place));
        assert_eq!(Place::after(Some(&Cursor("%".into()))), Err(Refusal::Malformed));
        assert_eq!(
            Place::after(Some(&Cursor("AAAA".into()))),
            Err(Refusal::Malformed)
        );
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
