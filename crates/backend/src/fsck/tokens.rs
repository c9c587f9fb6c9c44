//! What holds for the tokens of every family: counters, uses, lists and search terms agree.

use database::{Conn, Part, Sql};
use domain::tokens::Family;

use super::{NAMED, in_words};
use crate::Backend;
use crate::error::Result;
use crate::tokens::{self, Kind, Kinds, UsePolicy};

/// A check of the tokens of one family: what must not exist, and the statement that finds it as `id, found, expected`.
/// It binds the number of rows to name as `$1` and the family as `$2`; the kinds it applies to go between its two
/// pieces.
struct TokenCheck {
    wrong: &'static str,
    about: fn(UsePolicy) -> bool,
    before: &'static str,
    after: &'static str,
}

const CHECKS: &[TokenCheck] = &[
    TokenCheck {
        wrong: "the counter of a token is not the number of its uses",
        about: UsePolicy::is_numbered,
        before: "SELECT t.id, t.uses, COALESCE(u.made, 0) FROM tokens t
                 LEFT JOIN (SELECT token_id, COUNT(*) AS made FROM uses GROUP BY token_id) AS u ON u.token_id = t.id
                 WHERE t.family = $2 AND t.uses <> COALESCE(u.made, 0) AND t.kind IN",
        after: "LIMIT $1",
    },
    TokenCheck {
        wrong: "a token whose uses have no numbers has some",
        about: |policy| policy == UsePolicy::LastUseOnly,
        before: "SELECT t.id, t.uses, CAST(0 AS BIGINT) FROM tokens t
                 WHERE t.family = $2 AND (t.uses <> 0 OR EXISTS (SELECT 1 FROM uses u WHERE u.token_id = t.id))
                   AND t.kind IN",
        after: "LIMIT $1",
    },
    TokenCheck {
        wrong: "the uses of a token are not numbered 1, 2, 3 …",
        about: |_| true,
        before: "SELECT u.token_id, MAX(u.number), COUNT(*) FROM uses u
                 JOIN tokens t ON t.id = u.token_id WHERE t.family = $2 AND t.kind IN",
        after: "GROUP BY u.token_id HAVING MAX(u.number) <> COUNT(*) OR MIN(u.number) <> 1 LIMIT $1",
    },
    TokenCheck {
        wrong: "a token was used more often than its limit",
        about: |_| true,
        before: "SELECT id, uses, use_limit FROM tokens WHERE family = $2 AND uses > use_limit AND kind IN",
        after: "LIMIT $1",
    },
    TokenCheck {
        wrong: "the uses of a token are not those of its parts",
        about: |policy| policy == UsePolicy::SumOfParts,
        before: "SELECT w.id, w.uses, CAST(COALESCE(SUM(t.uses), 0) AS BIGINT) FROM tokens w
                 LEFT JOIN tokens t ON t.whole_id = w.id
                 WHERE w.family = $2 AND w.kind IN",
        after: "GROUP BY w.id, w.uses HAVING w.uses <> CAST(COALESCE(SUM(t.uses), 0) AS BIGINT) LIMIT $1",
    },
    TokenCheck {
        wrong: "the limit of a token is not the number of its parts",
        about: |policy| policy == UsePolicy::SumOfParts,
        before: "SELECT w.id, COALESCE(w.use_limit, -1), COUNT(t.id) FROM tokens w
                 LEFT JOIN tokens t ON t.whole_id = w.id
                 WHERE w.family = $2 AND w.kind IN",
        after: "GROUP BY w.id, w.use_limit HAVING COALESCE(w.use_limit, -1) <> COUNT(t.id) LIMIT $1",
    },
    // A claim is a use that is recorded under a different name.
    TokenCheck {
        wrong: "a use has not exactly one audit entry",
        about: UsePolicy::is_numbered,
        before: "SELECT t.id, COUNT(a.id), t.uses FROM tokens t
                 LEFT JOIN audit a ON a.event IN ('token.used', 'claim.token_locked')
                      AND (a.code_id = t.id OR (a.token_id = t.id AND a.code_id IS NULL))
                 WHERE t.family = $2 AND t.uses > 0 AND t.kind IN",
        after: "GROUP BY t.id, t.uses HAVING COUNT(a.id) <> t.uses LIMIT $1",
    },
    TokenCheck {
        wrong: "an audit entry says another family than its token",
        about: |_| true,
        before: "SELECT t.id, CAST(0 AS BIGINT), CAST(1 AS BIGINT) FROM tokens t
                 JOIN audit a ON a.token_id = t.id AND COALESCE(a.family, '') <> t.family
                 WHERE t.family = $2 AND t.kind IN",
        after: "LIMIT $1",
    },
    TokenCheck {
        wrong: "a search term finds a token of another family or organisation",
        about: |_| true,
        before: "SELECT t.id, CAST(0 AS BIGINT), CAST(1 AS BIGINT) FROM tokens t
                 JOIN token_words w ON w.token_id = t.id
                      AND (w.family <> t.family OR w.organisation_id <> t.organisation_id)
                 WHERE t.family = $2 AND t.kind IN",
        after: "LIMIT $1",
    },
    TokenCheck {
        wrong: "a part is in another family, organisation or department than its token",
        about: |_| true,
        before: "SELECT t.id, CAST(0 AS BIGINT), CAST(1 AS BIGINT) FROM tokens t JOIN tokens w ON w.id = t.whole_id
                 WHERE t.family = $2
                   AND (w.family <> t.family OR w.organisation_id <> t.organisation_id
                        OR COALESCE(w.department_id, w.organisation_id) <> COALESCE(t.department_id, t.organisation_id))
                   AND t.kind IN",
        after: "LIMIT $1",
    },
    TokenCheck {
        wrong: "a token stands in the wrong list: used up or revoked, and among the active ones",
        about: |_| true,
        before: "SELECT id, uses, COALESCE(use_limit, -1) FROM tokens
                 WHERE family = $2 AND whole_id IS NULL AND ended_at IS NULL
                   AND (revoked_at IS NOT NULL OR (use_limit > 0 AND uses >= use_limit)) AND kind IN",
        after: "LIMIT $1",
    },
];

/// Everything that is inconsistent about tokens, in words.
pub(super) async fn check(conn: &mut Conn, backend: &Backend) -> Result<Vec<String>> {
    let kinds = &backend.kinds;
    let mut findings = strangers(conn, kinds).await?;
    for family in kinds.families() {
        if kinds.journals(family) {
            findings.extend(tokens::check_journal(conn, backend, family).await?);
        }
        for check in CHECKS {
            let about: Vec<&Kind> = kinds
                .of(family)
                .filter(|kind| (check.about)(kind.use_policy))
                .collect();
            if !about.is_empty() {
                let rows = run(conn, check, family, &about).await?;
                findings.extend(in_words(check.wrong, rows));
            }
        }
    }
    Ok(findings)
}

async fn run(
    conn: &mut Conn,
    check: &TokenCheck,
    family: Family,
    kinds: &[&Kind],
) -> Result<Vec<(uuid::Uuid, i64, i64)>> {
    let sql = Sql::parts(&[
        Part::Text(check.before),
        Part::Values {
            first: 3,
            count: kinds.len(),
        },
        Part::Text(check.after),
    ]);
    let query = conn.query(sql).bind(NAMED).bind(family.key());
    let query = kinds.iter().fold(query, |query, kind| query.bind(kind.key));
    Ok(query.all().await?)
}

/// Tokens that no check covers: of a kind that this program does not know, or in a different family than their kind;
/// and uses of no token.
async fn strangers(conn: &mut Conn, kinds: &Kinds) -> Result<Vec<String>> {
    let known: Vec<&Kind> = kinds.all().collect();
    let sql = Sql::parts(&[
        Part::Text(
            "SELECT id, CAST(0 AS BIGINT), CAST(1 AS BIGINT) FROM tokens WHERE family || ' ' || kind NOT IN",
        ),
        Part::Values {
            first: 2,
            count: known.len(),
        },
        Part::Text("LIMIT $1"),
    ]);
    let query = conn.query(sql).bind(NAMED);
    let query = known.iter().fold(query, |query, kind| {
        query.bind(format!("{} {}", kind.family.key(), kind.key))
    });
    let unknown = in_words("a token is of no kind of its family", query.all().await?);
    let uses = conn
        .query(
            "SELECT u.token_id, CAST(0 AS BIGINT), CAST(1 AS BIGINT) FROM uses u
             LEFT JOIN tokens t ON t.id = u.token_id AND t.organisation_id = u.organisation_id
             LEFT JOIN people p ON p.id = u.person_id AND p.organisation_id = u.organisation_id
             WHERE t.id IS NULL OR (u.person_id IS NOT NULL AND p.id IS NULL) LIMIT $1",
        )
        .bind(NAMED)
        .all()
        .await?;
    let lost = in_words("a use is of no token, or of nobody in its organisation", uses);
    Ok(unknown.chain(lost).collect())
}
