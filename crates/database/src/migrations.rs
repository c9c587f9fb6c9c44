//! The schema, step by step: one folder of files for both engines.
//!
//! SQL for one engine only is in a comment that begins with its name, such as `/*sqlite WITHOUT ROWID */`. For that
//! engine it is uncommented; for the other it stays a comment.

use std::hash::{DefaultHasher, Hash, Hasher};

use sqlx::migrate::{Migration, Migrator};
use sqlx::{AssertSqlSafe, SqlSafeStr};

/// The files, as one engine reads them.
pub(crate) fn of(engine: &str) -> Migrator {
    until(engine, i64::MAX)
}

/// The files up to a number.
fn until(engine: &str, last: i64) -> Migrator {
    static FILES: Migrator = sqlx::migrate!("./migrations");
    let read = |file: &Migration| Migration {
        sql: AssertSqlSafe(opened(file.sql.as_str(), engine)).into_sql_str(),
        ..file.clone()
    };
    let files = FILES.iter().filter(|file| file.version <= last);
    Migrator::with_migrations(files.map(read).collect())
}

/// A number that identifies the schema of one engine: it changes with each file.
pub(crate) fn fingerprint(engine: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    for file in of(engine).iter() {
        (file.version, &file.checksum, file.sql.as_str()).hash(&mut hasher);
    }
    hasher.finish()
}

/// A text in which comments for this engine are uncommented.
fn opened(text: &str, engine: &str) -> String {
    let mut open = String::with_capacity(text.len());
    let mut rest = text;
    let begin = format!("/*{engine}");
    while let Some((before, comment)) = rest.split_once(&begin) {
        let (inside, after) = comment.split_once("*/").unwrap_or((comment, ""));
        open.push_str(before);
        open.push_str(inside);
        rest = after;
    }
    open + rest
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::{Db, DbSettings, testing};

    #[test]
    fn a_comment_is_opened_for_its_engine_alone() {
        let text = "/* both */ CREATE TABLE a (b UUID) /*sqlite WITHOUT ROWID */; /*postgres\nX; */ Y;";
        assert_eq!(
            opened(text, "sqlite"),
            "/* both */ CREATE TABLE a (b UUID)  WITHOUT ROWID ; /*postgres\nX; */ Y;"
        );
        assert_eq!(
            opened(text, "postgres"),
            "/* both */ CREATE TABLE a (b UUID) /*sqlite WITHOUT ROWID */; \nX;  Y;"
        );
    }

    #[tokio::test]
    async fn people_of_before_are_found_by_their_words() {
        let (_folder, sqlite) = testing::new_sqlite();
        for settings in [sqlite, testing::new_postgres().await] {
            people_keep_their_words(&settings).await;
        }
    }

    async fn people_keep_their_words(settings: &DbSettings) {
        let db = Db::connect(settings).await.expect("opens");
        db.migrate(&until(db.engine(), 9)).await.expect("as it was");
        let (organisation, people) = (Uuid::now_v7(), [Uuid::now_v7(), Uuid::now_v7(), Uuid::now_v7()]);
        let mut tx = db.write().await.expect("a writer");
        let now = chrono::DateTime::UNIX_EPOCH;
        tx.query(
            "INSERT INTO organisations (id, name, time_zone, full_tokens, created_at) VALUES ($1, 'A', 'UTC', TRUE, $2)",
        )
        .bind(organisation)
        .bind(now)
        .run()
        .await
        .expect("an organisation");
        for (number, person) in people.into_iter().enumerate() {
            tx.query(
                "INSERT INTO people (id, organisation_id, name, name_key, email, user_type, created_at)
                 VALUES ($1, $2, '', $3, $4, 'member', $5)",
            )
            .bind(person)
            .bind(organisation)
            .bind(Vec::<u8>::new())
            .bind(number.to_string())
            .bind(now)
            .run()
            .await
            .expect("a person");
        }
        // Long words were cut, even in the middle of a letter.
        let words: [&[u8]; 3] = [b"anna@example.org", b"arger", b"m\xc3"];
        for (person, words) in people.iter().zip([&words[..], &words[..1], &[]]) {
            for word in words {
                tx.query("INSERT INTO person_words (organisation_id, word, person_id) VALUES ($1, $2, $3)")
                    .bind(organisation)
                    .bind(word.to_vec())
                    .bind(*person)
                    .run()
                    .await
                    .expect("a word");
            }
        }
        tx.commit().await.expect("committed");

        db.migrate(&of(db.engine())).await.expect("as it is");

        let mut conn = db.read().await.expect("a reader");
        for (person, expected) in people.into_iter().zip([&words[..], &words[..1], &[]]) {
            let (joined,): (Vec<u8>,) = conn
                .query("SELECT words FROM people WHERE id = $1")
                .bind(person)
                .one()
                .await
                .expect("a row");
            let found: Vec<(Vec<u8>,)> = conn
                .query("SELECT word FROM person_words WHERE person_id = $1 ORDER BY word")
                .bind(person)
                .all()
                .await
                .expect("rows");
            let mut expected: Vec<Vec<u8>> = expected.iter().map(|word| word.to_vec()).collect();
            expected.sort();
            assert_eq!(
                found.into_iter().map(|(word,)| word).collect::<Vec<_>>(),
                expected
            );
            let split = joined.split(|byte| *byte == b' ').map(<[u8]>::to_vec);
            let mut split: Vec<Vec<u8>> = split.collect();
            split.sort();
            expected.insert(0, Vec::new());
            assert_eq!(split, expected, "a space stands before each word");
        }
        drop(conn);
        db.close().await;
    }

    #[tokio::test]
    async fn uses_and_grants_of_before_are_kept() {
        let (_folder, sqlite) = testing::new_sqlite();
        for settings in [sqlite, testing::new_postgres().await] {
            uses_are_kept(&settings).await;
        }
    }

    /// Old rows, each with `$1` for an id that they share and `$2` for an instant.
    const BEFORE: [&str; 6] = [
        "INSERT INTO organisations (id, name, time_zone, full_tokens, created_at) VALUES ($1, 'A', 'UTC', TRUE, $2)",
        "INSERT INTO people (id, organisation_id, name, name_key, email, user_type, created_at, words)
         VALUES ($1, $1, '', '', 'a@example.org', 'member', $2, '')",
        "INSERT INTO collections (id, organisation_id, title, title_key, summary, colour, emoji, state, created_at,
                                  changed_at)
         VALUES ($1, $1, '', '', '', '', '', 'published', $2, $2)",
        "INSERT INTO tokens (id, organisation_id, kind, name, name_key, use_limit, uses, last_used_at, created_at)
         VALUES ($1, $1, 'access_single', '', '', 3, 1, $2, $2)",
        "INSERT INTO uses (token_id, number, organisation_id, idempotency_key, at, person_id)
         VALUES ($1, 1, $1, 'key', $2, $1)",
        "INSERT INTO grants (id, organisation_id, person_id, collection_id, token_id, use_number, created_at)
         VALUES ($1, $1, $1, $1, $1, 1, $2)",
    ];

    async fn uses_are_kept(settings: &DbSettings) {
        let db = Db::connect(settings).await.expect("opens");
        db.migrate(&until(db.engine(), 11)).await.expect("as it was");
        let (id, now) = (Uuid::now_v7(), chrono::DateTime::UNIX_EPOCH);
        let mut tx = db.write().await.expect("a writer");
        for row in BEFORE {
            tx.query(row).bind(id).bind(now).run().await.expect(row);
        }
        tx.commit().await.expect("committed");

        db.migrate(&of(db.engine())).await.expect("as it is");

        let mut conn = db.read().await.expect("a reader");
        let joined = conn.query(
            "SELECT CAST(COUNT(*) AS BIGINT) FROM tokens t
             JOIN uses u ON u.token_id = t.id AND u.number = t.uses AND u.idempotency_key = 'key'
             JOIN grants g ON g.token_id = t.id AND g.person_id = u.person_id AND g.use_number = 1
             WHERE t.remaining_key = 2 AND t.last_used_key = t.last_used_at AND t.expires_key > t.created_at",
        );
        assert_eq!(joined.number().await.expect("a number"), 1);
        drop(conn);
        db.close().await;
    }

    #[test]
    fn every_file_keeps_the_mark_that_it_is_recognised_by() {
        let (sqlite, postgres) = (of("sqlite"), of("postgres"));
        assert!(
            sqlite
                .iter()
                .zip(postgres.iter())
                .all(|(a, b)| a.checksum == b.checksum)
        );
        assert!(
            sqlite
                .iter()
                .zip(postgres.iter())
                .any(|(a, b)| a.sql.as_str() != b.sql.as_str())
        );
    }
}
