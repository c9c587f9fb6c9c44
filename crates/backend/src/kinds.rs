//! All kinds of tokens and of long work that this program knows, as their features register them.

use crate::jobs::JobKind;
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

/// The long work of all features. A new kind of job is registered here and nowhere else.
pub(crate) static JOBS: [&JobKind; 5] = [
    &access_tokens::MAKE_CODES,
    &access_tokens::ACT_ON_TOKENS,
    &campaigns::IMPORT_RECIPIENTS,
    &campaigns::SEND_CAMPAIGN,
    &campaigns::ACT_ON_RECIPIENTS,
];
