//! The statements of the checks: each finds rows that must not exist, as `id, found, expected`.

use database::{Conn, FromRow, Result, Sql, padded};
use domain::{OrganisationId, PersonId};
use uuid::Uuid;

use crate::checks::Check;

/// Search terms that are looked up by one statement.
const WORDS_AT_ONCE: usize = 1_024;

pub(super) const CHECKS: &[Check] = &[
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
        wrong: "a service user has a password, or nobody answers for it",
        statement: "SELECT p.id, CAST(0 AS BIGINT), CAST(1 AS BIGINT) FROM people p
                    LEFT JOIN people o ON o.id = p.owner_id AND o.organisation_id = p.organisation_id
                                      AND o.owner_id IS NULL
                    WHERE p.owner_id IS NOT NULL AND (o.id IS NULL OR p.password_hash IS NOT NULL) LIMIT $1",
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
];

#[derive(FromRow)]
pub(super) struct SealedRow {
    pub id: Uuid,
    pub kind: String,
    pub digest: Vec<u8>,
    pub sealed: Vec<u8>,
}

pub(super) async fn sealed_after(conn: &mut Conn, after: Uuid) -> Result<Vec<SealedRow>> {
    conn.query(
        "SELECT id, kind, digest, sealed FROM tokens
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

/// A search term of a person.
#[derive(FromRow, Clone, PartialEq, Eq, Hash)]
pub(super) struct PersonWord {
    pub organisation_id: OrganisationId,
    pub word: Vec<u8>,
    pub person_id: PersonId,
}

/// Those of some search terms that exist.
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
