//! The auditor's statements: each finds rows that must not exist, as `id, found, expected`.

use database::{Conn, FromRow, Result, Sql, padded};
use domain::{OrganisationId, PersonId};
use uuid::Uuid;

use super::Check;

/// Words that are looked up by one statement.
const WORDS_AT_ONCE: usize = 1_024;

pub(super) const CHECKS: &[Check] = &[
    Check {
        wrong: "the counter of a token is not the number of its uses",
        statement: "SELECT t.id, t.uses, COALESCE(u.made, 0) FROM tokens t
                    LEFT JOIN (SELECT token_id, COUNT(*) AS made FROM uses GROUP BY token_id) AS u ON u.token_id = t.id
                    WHERE t.kind <> 'access_multi' AND t.uses <> COALESCE(u.made, 0) LIMIT $1",
    },
    Check {
        wrong: "the uses of a token are not numbered 1, 2, 3 …",
        statement: "SELECT token_id, MAX(number), COUNT(*) FROM uses GROUP BY token_id
                    HAVING MAX(number) <> COUNT(*) OR MIN(number) <> 1 LIMIT $1",
    },
    Check {
        wrong: "a use is of no token, or of nobody in its organisation",
        statement: "SELECT u.token_id, CAST(0 AS BIGINT), CAST(1 AS BIGINT) FROM uses u
                    LEFT JOIN tokens t ON t.id = u.token_id AND t.organisation_id = u.organisation_id
                    LEFT JOIN people p ON p.id = u.person_id AND p.organisation_id = u.organisation_id
                    WHERE t.id IS NULL OR (u.person_id IS NOT NULL AND p.id IS NULL) LIMIT $1",
    },
    Check {
        wrong: "a session is of nobody in its organisation",
        statement: "SELECT s.id, CAST(0 AS BIGINT), CAST(1 AS BIGINT) FROM sessions s
                    LEFT JOIN people p ON p.id = s.person_id AND p.organisation_id = s.organisation_id
                    WHERE p.id IS NULL LIMIT $1",
    },
    Check {
        wrong: "a word finds nobody in its organisation",
        statement: "SELECT w.person_id, CAST(0 AS BIGINT), CAST(1 AS BIGINT) FROM person_words w
                    LEFT JOIN people p ON p.id = w.person_id AND p.organisation_id = w.organisation_id
                    WHERE p.id IS NULL LIMIT $1",
    },
    Check {
        wrong: "a token was used more often than its limit",
        statement: "SELECT id, uses, use_limit FROM tokens WHERE uses > use_limit LIMIT $1",
    },
    Check {
        wrong: "the uses of a multi token are not those of its codes",
        statement: "SELECT w.id, w.uses, CAST(COALESCE(SUM(t.uses), 0) AS BIGINT) FROM tokens w
                    LEFT JOIN tokens t ON t.whole_id = w.id
                    WHERE w.kind = 'access_multi' GROUP BY w.id, w.uses
                    HAVING w.uses <> CAST(COALESCE(SUM(t.uses), 0) AS BIGINT) LIMIT $1",
    },
    Check {
        wrong: "the limit of a multi token is not the number of its codes",
        statement: "SELECT w.id, COALESCE(w.use_limit, -1), COUNT(t.id) FROM tokens w
                    LEFT JOIN tokens t ON t.whole_id = w.id
                    WHERE w.kind = 'access_multi' GROUP BY w.id, w.use_limit
                    HAVING COALESCE(w.use_limit, -1) <> COUNT(t.id) LIMIT $1",
    },
    Check {
        wrong: "a use has not exactly one audit entry",
        statement: "SELECT t.id, COUNT(a.id), t.uses FROM tokens t
                    LEFT JOIN audit a ON a.event = 'token.used'
                         AND (a.code_id = t.id OR (a.token_id = t.id AND a.code_id IS NULL))
                    WHERE t.kind <> 'access_multi' AND t.uses > 0
                    GROUP BY t.id, t.uses HAVING COUNT(a.id) <> t.uses LIMIT $1",
    },
    Check {
        wrong: "a use has not exactly one grant",
        statement: "SELECT u.token_id, COUNT(g.token_id), COUNT(DISTINCT u.number) FROM uses u
                    LEFT JOIN grants g ON g.person_id = u.person_id AND g.token_id = u.token_id
                         AND g.use_number = u.number
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
    Check {
        wrong: "a mail waits with the link of a token that was deleted or revoked",
        statement: "SELECT m.id, CAST(1 AS BIGINT), CAST(0 AS BIGINT) FROM mails m
                    JOIN tokens t ON t.id = m.token_id
                    LEFT JOIN tokens w ON w.id = t.whole_id
                    WHERE m.state IN ('queued', 'sending')
                      AND (t.revoked_at IS NOT NULL OR t.deleted_at IS NOT NULL
                           OR w.revoked_at IS NOT NULL OR w.deleted_at IS NOT NULL) LIMIT $1",
    },
    Check {
        wrong: "a mail that will not be sent any more still holds its link",
        statement: "SELECT id, CAST(1 AS BIGINT), CAST(0 AS BIGINT) FROM mails
                    WHERE state NOT IN ('queued', 'sending') AND sealed IS NOT NULL LIMIT $1",
    },
    Check {
        wrong: "a file is not whole",
        statement: "SELECT f.id, CAST(COALESCE(SUM(LENGTH(p.content)), 0) AS BIGINT), f.bytes FROM items i
                    JOIN files f ON f.id = i.file_id LEFT JOIN file_pieces p ON p.file_id = f.id
                    GROUP BY f.id, f.bytes, f.is_complete
                    HAVING NOT f.is_complete OR CAST(COALESCE(SUM(LENGTH(p.content)), 0) AS BIGINT) <> f.bytes
                    LIMIT $1",
    },
    Check {
        wrong: "a person is in another organisation than what they have",
        statement: "SELECT g.person_id, CAST(0 AS BIGINT), CAST(1 AS BIGINT) FROM grants g
                    LEFT JOIN people p ON p.id = g.person_id AND p.organisation_id = g.organisation_id
                    LEFT JOIN collections c ON c.id = g.collection_id AND c.organisation_id = g.organisation_id
                    WHERE p.id IS NULL OR c.id IS NULL LIMIT $1",
    },
    Check {
        wrong: "a token stands in the wrong list: used up or revoked, and among the active ones",
        statement: "SELECT id, uses, COALESCE(use_limit, -1) FROM tokens
                    WHERE whole_id IS NULL AND ended_at IS NULL
                      AND (revoked_at IS NOT NULL OR (use_limit > 0 AND uses >= use_limit)) LIMIT $1",
    },
];

#[derive(FromRow)]
pub(super) struct SealedRow {
    pub id: Uuid,
    pub digest: Vec<u8>,
    pub sealed: Vec<u8>,
}

pub(super) async fn sealed_after(conn: &mut Conn, after: Uuid) -> Result<Vec<SealedRow>> {
    conn.query(
        "SELECT id, digest, sealed FROM tokens
         WHERE id > $1 AND digest IS NOT NULL AND sealed IS NOT NULL ORDER BY id LIMIT 1000",
    )
    .bind(after)
    .all()
    .await
}

#[derive(FromRow)]
pub(super) struct Named {
    pub id: PersonId,
    pub organisation_id: OrganisationId,
    pub words: Vec<u8>,
}

pub(super) async fn people_after(conn: &mut Conn, after: PersonId) -> Result<Vec<Named>> {
    conn.query("SELECT id, organisation_id, words FROM people WHERE id > $1 ORDER BY id LIMIT 200")
        .bind(after)
        .all()
        .await
}

/// A word that a person is found by.
#[derive(FromRow, Clone, PartialEq, Eq, Hash)]
pub(super) struct PersonWord {
    pub organisation_id: OrganisationId,
    pub word: Vec<u8>,
    pub person_id: PersonId,
}

/// Those of some words that are there.
pub(super) async fn words_among(conn: &mut Conn, wanted: &[PersonWord]) -> Result<Vec<PersonWord>> {
    let mut found = Vec::new();
    for piece in wanted.chunks(WORDS_AT_ONCE) {
        let piece = padded(piece.to_vec());
        let mut query = conn.query(Sql::rows(
            "SELECT w.organisation_id, w.word, w.person_id FROM (VALUES",
            3,
            piece.len(),
            ") AS v JOIN person_words w
             ON w.organisation_id = v.column1 AND w.word = v.column2 AND w.person_id = v.column3",
        ));
        for word in piece {
            query = query
                .bind(word.organisation_id)
                .bind(word.word)
                .bind(word.person_id);
        }
        found.extend(query.all::<PersonWord>().await?);
    }
    Ok(found)
}
