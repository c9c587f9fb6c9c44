//! Very many tokens, or credentials, beside some that were made.
//!
//! Ten million tokens through a use case, one commit each, would take hours. So the others are the rows of one that was
//! made, written again in every table that has some of it, with ids, digests, names and addresses of their own.

use std::path::Path;

use bench::{Outcome, SQLITE_FILE};
use domain::TokenId;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sqlx::{AssertSqlSafe, Connection, SqliteConnection};

use super::prepared::Prepared;

/// Tokens that are written in one transaction.
const EACH_COMMIT: i64 = 100_000;

/// Closes a database and puts so many tokens like `pattern` beside those that are there.
pub async fn close_and_fill(
    prepared: Prepared,
    folder: &Path,
    pattern: Option<TokenId>,
    beside: i64,
) -> Outcome {
    close(prepared).await?;
    match pattern.filter(|_| beside > 0) {
        Some(pattern) => {
            let mut filling = Filling::open(folder).await?;
            filling.fill(pattern, beside, &[], |_, _| None).await?;
            filling.close().await
        }
        None => Ok(()),
    }
}

/// Closes a database in which rows will be copied.
pub async fn close(prepared: Prepared) -> Outcome {
    // Before there are rows whose sealed secrets were copied, which no key opens: a server compares its keys with some.
    prepared.backend.key_management().open(None).await?;
    prepared.backend.database().close().await;
    Ok(())
}

/// An id of its own for each number: older than all that were made, in the order in which they are written.
pub const ID: &str = "unhex(printf('0190000000007000800000%010x', n))";

/// A table of a feature, whose rows belong to what is written again without naming its token.
pub struct Belongs {
    /// Its name.
    pub table: &'static str,
    /// The rows of the pattern: a condition in which `?1` is its token.
    pub whose: &'static str,
}

/// What stands in a column instead of what the pattern has there, if its rows must differ in it.
pub type Own = fn(table: &str, column: &str) -> Option<&'static str>;

/// A connection that writes fast and keeps nothing safe: what it makes is used when it is whole.
pub struct Filling(SqliteConnection);

impl Filling {
    /// The database in a folder.
    pub async fn open(folder: &Path) -> Outcome<Self> {
        let options = SqliteConnectOptions::new()
            .filename(folder.join(SQLITE_FILE))
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Off)
            .foreign_keys(false)
            .pragma("cache_size", "-2097152");
        Ok(Self(SqliteConnection::connect_with(&options).await?))
    }

    /// Writes the rows of a token so many times again, and those of tables that belong to it.
    pub async fn fill(&mut self, pattern: TokenId, count: i64, belonging: &[Belongs], own: Own) -> Outcome {
        let mut inserts = Vec::new();
        for table in self
            .texts("SELECT name FROM sqlite_master WHERE type = 'table'")
            .await?
        {
            // Hidden columns are made of others.
            let columns = format!("SELECT name FROM pragma_table_xinfo('{table}') WHERE hidden = 0");
            let columns = self.texts(&columns).await?;
            let belongs = belonging.iter().find(|belongs| belongs.table == table);
            let whose = match belongs {
                Some(belongs) => belongs.whose,
                None if table == "tokens" => "id = ?1",
                None if columns.iter().any(|column| column == "token_id") => "token_id = ?1",
                None => continue,
            };
            inserts.push(insert(&table, &columns, whose, own));
        }
        let mut first = 0;
        while first < count {
            let mut tx = self.0.begin().await?;
            for insert in &inserts {
                sqlx::query(AssertSqlSafe(insert.clone()))
                    .bind(pattern.0)
                    .bind(first)
                    .bind(count.min(first + EACH_COMMIT))
                    .execute(&mut *tx)
                    .await?;
            }
            tx.commit().await?;
            first += EACH_COMMIT;
        }
        Ok(())
    }

    /// Writes the log into the file, which is copied alone.
    pub async fn close(self) -> Outcome {
        Ok(self.0.close().await?)
    }

    /// Does something else in the database.
    pub async fn run(&mut self, statement: &'static str) -> Outcome {
        sqlx::query(statement).execute(&mut self.0).await?;
        Ok(())
    }

    /// A column of texts.
    pub async fn texts(&mut self, query: &str) -> Outcome<Vec<String>> {
        let rows: Vec<(String,)> = sqlx::query_as(AssertSqlSafe(query.to_owned()))
            .fetch_all(&mut self.0)
            .await?;
        Ok(rows.into_iter().map(|(text,)| text).collect())
    }
}

/// What writes the rows that a table has of the token `?1` again, for the numbers from `?2` up to `?3`.
fn insert(table: &str, columns: &[String], whose: &str, own: Own) -> String {
    // Several rows of one table, such as entries of the log, differ in the place before the number.
    let each = "unhex(printf('01900000000070008000%02x%010x', o.nth, n))";
    let value = |column: &str| match (table, column) {
        ("tokens", "id") | (_, "token_id") => ID.to_owned(),
        (_, "id") => each.to_owned(),
        (_, "digest") => "randomblob(32)".to_owned(),
        (_, "hint_tail") => "substr(lower(hex(randomblob(2))), 1, 4)".to_owned(),
        (_, "name" | "full_url" | "canonical_url") => format!("o.{column} || n"),
        (_, "name_key") => "CAST(o.name_key || printf('%010d', n) AS BLOB)".to_owned(),
        _ => format!("o.{column}"),
    };
    let values: Vec<String> = columns
        .iter()
        .map(|column| own(table, column).map_or_else(|| value(column), str::to_owned))
        .collect();
    format!(
        "WITH RECURSIVE numbers (n) AS (SELECT ?2 UNION ALL SELECT n + 1 FROM numbers WHERE n + 1 < ?3)
         INSERT INTO {table} ({}) SELECT {}
         FROM (SELECT *, ROW_NUMBER() OVER () - 1 AS nth FROM {table} WHERE {whose}) o, numbers",
        columns.join(", "),
        values.join(", ")
    )
}
