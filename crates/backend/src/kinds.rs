//! All kinds of tokens that this program knows, as their features register them.

use crate::tokens::Kinds;
use crate::{access_tokens, api_tokens, campaigns, mobile_sessions, page_tokens};

/// The kinds of all features. A new kind of token is registered here and nowhere else.
pub(crate) fn all() -> Kinds {
    Kinds::new(&[
        &access_tokens::REGISTERED,
        &api_tokens::REGISTERED,
        &mobile_sessions::REGISTERED,
        &page_tokens::REGISTERED,
        &campaigns::REGISTERED,
    ])
}
