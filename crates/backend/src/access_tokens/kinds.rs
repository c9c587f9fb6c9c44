//! The kinds of access tokens: single tokens, and multi tokens with their codes.

use domain::Code;
use domain::tokens::Family;

use crate::checks::Check;
use crate::tokens::{Kind, Presented, Purpose, Registered, Sealing, SecretForm, UsePolicy};

/// The codes of links that open a collection.
const CODES: Purpose = Purpose("code");

/// A single token: one code with a limit.
pub(crate) static SINGLE: Kind = Kind {
    key: "access_single",
    family: Family::Access,
    secret: SecretForm::Code,
    purpose: CODES,
    sealing: Sealing::Sealed,
    use_policy: UsePolicy::OncePerPerson,
    parts: None,
    journal: None,
};

/// A multi token: its codes have the secrets.
pub(super) static MULTI: Kind = Kind {
    key: "access_multi",
    secret: SecretForm::None,
    use_policy: UsePolicy::SumOfParts,
    parts: Some(&CODE),
    ..SINGLE
};

/// A code of a multi token, used once.
static CODE: Kind = Kind {
    key: "access_code",
    ..SINGLE
};

/// What the core has to know of access tokens.
pub(crate) static REGISTERED: Registered = Registered {
    kinds: &[&SINGLE, &MULTI, &CODE],
    checks: CHECKS,
};

/// A code that somebody opens a link with.
pub(crate) fn presented(code: &Code) -> Presented<'_> {
    Presented::code(CODES, code)
}

const CHECKS: &[Check] = &[
    Check {
        wrong: "a person used an access token twice",
        statement: "SELECT u.token_id, COUNT(*), CAST(1 AS BIGINT) FROM uses u
                    JOIN tokens t ON t.id = u.token_id AND t.family = 'access'
                    WHERE u.person_id IS NOT NULL
                    GROUP BY u.person_id, u.token_id HAVING COUNT(*) > 1 LIMIT $1",
    },
    Check {
        wrong: "a use has not exactly one grant",
        statement: "SELECT u.token_id, COUNT(g.token_id), COUNT(DISTINCT u.number) FROM uses u
                    LEFT JOIN tokens t ON t.id = u.token_id
                    LEFT JOIN grants g ON g.person_id = u.person_id AND g.token_id = u.token_id
                         AND g.use_number = u.number
                    WHERE COALESCE(t.family, 'access') = 'access'
                    GROUP BY u.token_id HAVING COUNT(g.token_id) <> COUNT(DISTINCT u.number) LIMIT $1",
    },
    Check {
        wrong: "a grant has no use",
        statement: "SELECT g.token_id, CAST(0 AS BIGINT), CAST(1 AS BIGINT) FROM grants g
                    LEFT JOIN uses u ON u.token_id = g.token_id AND u.number = g.use_number
                         AND u.person_id = g.person_id
                    WHERE u.token_id IS NULL LIMIT $1",
    },
    Check {
        wrong: "an access token opens nothing",
        statement: "SELECT t.id, CAST(0 AS BIGINT), CAST(1 AS BIGINT) FROM tokens t
                    LEFT JOIN access_tokens a ON a.token_id = t.id AND a.organisation_id = t.organisation_id
                    WHERE t.family = 'access' AND t.whole_id IS NULL AND a.token_id IS NULL LIMIT $1",
    },
    Check {
        wrong: "the mail of an assignment is missing or of another code",
        statement: "SELECT s.code_id, CAST(0 AS BIGINT), CAST(1 AS BIGINT) FROM assignments s
                    LEFT JOIN mails m ON m.id = s.mail_id AND m.token_id = s.code_id AND m.to_address = s.email
                    WHERE m.id IS NULL LIMIT $1",
    },
    Check {
        // A token that was restored has its mails still withdrawn, so the log is asked and not the token.
        wrong: "the mail of an assignment was withdrawn, and the token was never deleted or revoked",
        statement: "SELECT s.code_id, CAST(0 AS BIGINT), CAST(1 AS BIGINT) FROM assignments s
                    JOIN mails m ON m.id = s.mail_id AND m.state = 'cancelled'
                    WHERE NOT EXISTS (SELECT 1 FROM audit a WHERE a.token_id = s.whole_id
                                      AND a.event IN ('token.deleted', 'token.revoked')) LIMIT $1",
    },
];
