//! Small programs that the product is measured with and against.
//!
//! `cargo xtask bench` runs them, in an order and on cores of its choice, and judges what they print; each of
//! them prints one line of JSON.
//!
//! * what is done through the product's own use cases: `use_cases` (databases with tokens, codes, lists)
//! * what the machine could do at best: `bare` (HTTP without work), `rows` (rows without HTTP)
//! * what one would write without thinking twice: `obvious`
//! * who asks: `load`

pub mod answer;
pub mod token_list;

/// What a program of the bench ends with: one sentence is enough for whoever measures.
pub type Outcome<T = ()> = Result<T, Box<dyn std::error::Error>>;

/// The database in a folder, as `tokenwright serve --data-dir` expects it.
pub const SQLITE_FILE: &str = "tokenwright.db";

/// The host of the site that is guarded, and that nobody looks up: programs of the bench name it in their requests.
pub const GUARDED: &str = "gate.bench";
