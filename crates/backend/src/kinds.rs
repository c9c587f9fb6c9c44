//! All kinds of tokens that this program knows, as their features register them.

use crate::access_tokens;
use crate::tokens::Kinds;

/// The kinds of all features. A new kind of token is registered here and nowhere else.
pub(crate) fn all() -> Kinds {
    Kinds::new(&[&access_tokens::REGISTERED])
}
