//! Wrong versions of this program, each with a fault that programs like it have in the wild.
//!
//! A proof that cannot fail proves nothing. With the feature `wrong-versions`, which is in no released build,
//! `TOKENWRIGHT_WRONG` names a fault that this program then has, and `cargo xtask test faults` must catch it.

use std::sync::OnceLock;
use std::time::Duration;

/// The limit is compared with a value that was read a moment earlier.
pub const READ_THEN_WRITE: &str = "read-then-write";
/// The answer goes out before the commit.
pub const ANSWER_BEFORE_COMMIT: &str = "answer-before-commit";
/// The counter moves, but no use is written.
pub const COUNTER_WITHOUT_USE: &str = "counter-without-use";
/// Opening a link spends a use.
pub const GET_SPENDS: &str = "get-spends";
/// Other sites can make a browser write.
pub const NO_CSRF: &str = "no-csrf";

/// How long a fault stays open: other requests come in between, as happens now and then in production.
pub const MOMENT: Duration = Duration::from_millis(20);

/// Whether this process has the fault.
pub fn is(fault: &str) -> bool {
    static CHOSEN: OnceLock<Option<String>> = OnceLock::new();
    #[expect(
        clippy::disallowed_methods,
        reason = "no setting of the product, and not in what is delivered"
    )]
    let chosen = CHOSEN.get_or_init(|| std::env::var("TOKENWRIGHT_WRONG").ok());
    chosen.as_deref() == Some(fault)
}
