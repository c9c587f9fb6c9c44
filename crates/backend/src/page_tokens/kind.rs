//! The kind of page tokens, as the core knows it.

use domain::PrefixedSecret;
use domain::prefixed::Prefix;
use domain::tokens::Family;

use crate::checks::Check;
use crate::tokens::{Kind, Presented, Purpose, Registered, Sealing, SecretForm, UsePolicy};

/// Secrets that open a page.
pub(super) const PAGES: Purpose = Purpose("page");

/// A page token: each request that counts is a use, up to the limit.
pub(super) static PAGE: Kind = Kind {
    key: "page",
    family: Family::Page,
    secret: SecretForm::Prefixed(Prefix::PAGE),
    purpose: PAGES,
    sealing: Sealing::Sealed,
    use_policy: UsePolicy::UpToLimit,
    parts: None,
    journal: Some("A page token"),
};

/// What the core has to know of page tokens.
pub(crate) static REGISTERED: Registered = Registered {
    kinds: &[&PAGE],
    checks: CHECKS,
};

/// A secret that a request carries.
pub(super) fn presented(secret: &PrefixedSecret) -> Presented<'_> {
    Presented::prefixed(PAGES, secret)
}

const CHECKS: &[Check] = &[
    Check {
        wrong: "a page token opens nothing",
        statement: "SELECT t.id, CAST(0 AS BIGINT), CAST(1 AS BIGINT) FROM tokens t
                    LEFT JOIN page_tokens p ON p.token_id = t.id AND p.organisation_id = t.organisation_id
                    WHERE t.family = 'page' AND p.token_id IS NULL LIMIT $1",
    },
    Check {
        wrong: "a page token belongs to a site of another organisation",
        statement: "SELECT p.token_id, CAST(0 AS BIGINT), CAST(1 AS BIGINT) FROM page_tokens p
                    LEFT JOIN sites s ON s.id = p.site_id AND s.organisation_id = p.organisation_id
                    WHERE s.id IS NULL LIMIT $1",
    },
];
