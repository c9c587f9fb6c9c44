//! Pages of a list, cut by key (keyset pagination).
//!
//! A page is not "rows 50 to 100" but "what comes after this row in this order": the thousandth page costs what the
//! first does, and rows that are added or removed neither repeat nor hide others.

use serde::{Deserialize, Serialize};

use crate::form::grouped;

/// Where the next page starts: the sort key and id of the last row, in a form that only the server reads.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Cursor(pub String);

/// Some rows of a list, and where it continues.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Page<T> {
    /// The rows, in order.
    pub rows: Vec<T>,
    /// Where the next page starts; `None` on the last one.
    pub next: Option<Cursor>,
    /// Where the page before starts; `None` on the first one. Programs walk back; a screen keeps what it has shown, so it is
    /// not told.
    #[serde(skip)]
    pub prev: Option<Cursor>,
}

impl<T> Page<T> {
    /// A page with nothing on it.
    pub fn empty() -> Self {
        Self {
            rows: Vec::new(),
            next: None,
            prev: None,
        }
    }
}

/// How many rows of a list are counted; beyond that, "more than" will do.
pub const MOST_COUNTED: i64 = 10_000;

/// How many rows there are. Counting further takes time, and nobody reads the rest of the number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Count {
    /// Exactly this many.
    Exactly(i64),
    /// More than this many.
    MoreThan(i64),
}

impl Count {
    /// What it means that so many were counted, when counting stopped behind `most`.
    pub fn up_to(most: i64, counted: i64) -> Self {
        match counted > most {
            true => Self::MoreThan(most),
            false => Self::Exactly(counted),
        }
    }

    /// As one number, for screens: a negative one where there are more rows than it says.
    pub fn number(self) -> i64 {
        match self {
            Self::Exactly(count) => count,
            Self::MoreThan(count) => -count,
        }
    }
}

/// What was not counted at all, as a number of [`Count::number`].
pub const NOT_COUNTED: i64 = -1;

/// The label of a number of rows, as [`Count::number`] writes it.
pub fn count_label(number: i64) -> String {
    match number {
        NOT_COUNTED => "many".to_owned(),
        ..0 => format!("more than {}", grouped(-number)),
        _ => grouped(number),
    }
}

/// Rows on one page of a list.
pub const PAGE_ROWS: usize = 50;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_count_that_ended_early_says_so() {
        let label = |counted| count_label(Count::up_to(MOST_COUNTED, counted).number());
        assert_eq!(label(0), "0");
        assert_eq!(label(10_000), "10,000");
        assert_eq!(label(10_001), "more than 10,000");
        assert_eq!(count_label(NOT_COUNTED), "many");
        // What is known without counting is said however much it is.
        assert_eq!(count_label(100_000), "100,000");
    }
}
