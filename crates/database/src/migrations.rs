//! The schema, step by step: one folder of files for both engines.
//!
//! What one engine alone is to do stands in a comment that begins with its name, such as
//! `/*sqlite WITHOUT ROWID */`. For that engine the comment is opened; for the other it stays one.

use sqlx::migrate::{Migration, Migrator};
use sqlx::{AssertSqlSafe, SqlSafeStr};

/// The files, as one engine is to read them.
pub(crate) fn of(engine: &str) -> Migrator {
    static FILES: Migrator = sqlx::migrate!("./migrations");
    let read = |file: &Migration| Migration {
        sql: AssertSqlSafe(opened(file.sql.as_str(), engine)).into_sql_str(),
        ..file.clone()
    };
    Migrator::with_migrations(FILES.iter().map(read).collect())
}

/// A text whose comments for this engine are opened.
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
    use super::*;

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
