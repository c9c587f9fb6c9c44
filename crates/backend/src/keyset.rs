//! Where a page of a list starts: the key and id of the row before it.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::page::PAGE_ROWS;
use domain::{Cursor, Page, Refusal};
use uuid::Uuid;

/// Rows to ask for: one more than are shown tells whether there is another page.
pub(crate) const ROWS: i64 = PAGE_ROWS as i64 + 1;

/// Rows that are asked for by their ids at once, at most.
pub(crate) const MOST_BY_ID: usize = 500;

/// A place in an order by a folded text, then by id.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Place {
    pub key: Vec<u8>,
    pub id: Uuid,
}

impl Place {
    /// The place that a cursor stands for; without one, before everything.
    ///
    /// # Errors
    /// Not found: it is none of ours.
    pub(crate) fn after(cursor: Option<&Cursor>) -> Result<Self, Refusal> {
        let Some(Cursor(text)) = cursor else {
            return Ok(Self::default());
        };
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| Refusal::NotFound)?;
        let (id, key) = bytes.split_at_checked(16).ok_or(Refusal::NotFound)?;
        Ok(Self {
            key: key.to_vec(),
            id: Uuid::from_slice(id).map_err(|_| Refusal::NotFound)?,
        })
    }

    fn cursor(&self) -> Cursor {
        Cursor(URL_SAFE_NO_PAD.encode([self.id.as_bytes(), self.key.as_slice()].concat()))
    }
}

/// A page of the rows that were found, with where the next one starts.
pub(crate) fn page<R>(mut rows: Vec<R>, place: impl Fn(&R) -> Place) -> Page<R> {
    let more = rows.len() > PAGE_ROWS;
    rows.truncate(PAGE_ROWS);
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
        assert_eq!(Place::after(Some(&Cursor("%".into()))), Err(Refusal::NotFound));
        assert_eq!(Place::after(Some(&Cursor("AAAA".into()))), Err(Refusal::NotFound));
    }
}
