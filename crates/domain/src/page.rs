//! Pages of a list, cut by key (keyset pagination).
//!
//! A page is not "rows 50 to 100" but "what comes after this row in this order": the thousandth page costs what the
//! first does, and rows that are added or removed neither repeat nor hide others.

use serde::{Deserialize, Serialize};

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
}

/// Rows on one page of a list.
pub const PAGE_ROWS: usize = 50;
