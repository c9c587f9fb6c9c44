//! A database with a guarded site and page tokens: those that are asked for, made as the pages make them, and as many others
//! beside them as one likes.
//!
//! Ten million tokens through the use case, one commit each, would take hours. So the others are the rows of one that was
//! made, written again in every table that has some of it, with ids, digests, names and addresses of their own.

use std::path::Path;

use bench::token_list::{self, Listed};
use bench::{GUARDED, Outcome, SQLITE_FILE};
use domain::TokenId;
use domain::page_tokens::forms::PageTokenForm;
use domain::page_tokens::sites::SiteForm;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sqlx::{AssertSqlSafe, Connection, SqliteConnection};

use super::prepared::{Prepared, place};

/// Tokens that are written in one transaction.
const EACH_COMMIT: i64 = 100_000;

/// Makes the database. The secrets of the tokens stand in the list where codes do.
pub async fn prepare(folder: &Path, count: i64, max_hits: &str, beside: i64) -> Outcome {
    let prepared = Prepared::create(folder, place(folder, None)?).await?;
    let tokens = prepared.backend.page_tokens();
    let site = SiteForm {
        address: format!("http://{GUARDED}"),
        trusted_networks: "127.0.0.0/8".into(),
        ..SiteForm::default()
    };
    tokens.add_site(&prepared.owner, &site).await?;
    let form = PageTokenForm {
        full_url: format!("http://{GUARDED}/page"),
        max_hits: max_hits.into(),
        groups: "Editors,Batch".into(),
        ..PageTokenForm::default()
    };
    let mut listed = Vec::new();
    let mut pattern = None;
    for _ in 0..count {
        let (row, link) = tokens.create(&prepared.owner, &form).await?;
        pattern = Some(row.id);
        listed.push(Listed {
            code: link.token,
            id: row.id.to_string(),
        });
    }
    prepared.backend.database().close().await;
    if let Some(pattern) = pattern.filter(|_| beside > 0) {
        Filling::open(folder).await?.fill(pattern, beside).await?;
    }
    token_list::write(folder, &listed)
}

/// A connection that writes fast and keeps nothing safe: what it makes is used when it is whole.
struct Filling(SqliteConnection);

impl Filling {
    async fn open(folder: &Path) -> Outcome<Self> {
        let options = SqliteConnectOptions::new()
            .filename(folder.join(SQLITE_FILE))
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Off)
            .foreign_keys(false)
            .pragma("cache_size", "-2097152");
        Ok(Self(SqliteConnection::connect_with(&options).await?))
    }

    async fn fill(mut self, pattern: TokenId, count: i64) -> Outcome {
        let mut inserts = Vec::new();
        for table in self
            .texts("SELECT name FROM sqlite_master WHERE type = 'table'")
            .await?
        {
            // Hidden columns are made of others.
            let columns = format!("SELECT name FROM pragma_table_xinfo('{table}') WHERE hidden = 0");
            let columns = self.texts(&columns).await?;
            if table == "tokens" || columns.iter().any(|column| column == "token_id") {
                inserts.push(insert(&table, &columns));
            }
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
        // Closing writes the log into the file, which is copied alone.
        Ok(self.0.close().await?)
    }

    async fn texts(&mut self, query: &str) -> Outcome<Vec<String>> {
        let rows: Vec<(String,)> = sqlx::query_as(AssertSqlSafe(query.to_owned()))
            .fetch_all(&mut self.0)
            .await?;
        Ok(rows.into_iter().map(|(text,)| text).collect())
    }
}

/// What writes the rows that a table has of the token `?1` again, for the numbers from `?2` up to `?3`.
fn insert(table: &str, columns: &[String]) -> String {
    // Ids of their own, older than all that were made, in the order in which they are written.
    let id = "unhex(printf('0190000000007000800000%010x', n))";
    let value = |column: &str| match (table, column) {
        ("tokens", "id") | (_, "token_id" | "id") => id.to_owned(),
        (_, "digest") => "randomblob(32)".to_owned(),
        (_, "hint_tail") => "substr(lower(hex(randomblob(2))), 1, 4)".to_owned(),
        (_, "name" | "full_url" | "canonical_url") => format!("o.{column} || n"),
        (_, "name_key") => "CAST(o.name_key || printf('%010d', n) AS BLOB)".to_owned(),
        _ => format!("o.{column}"),
    };
    let values: Vec<String> = columns.iter().map(|column| value(column)).collect();
    let whose = if table == "tokens" { "id" } else { "token_id" };
    format!(
        "WITH RECURSIVE numbers (n) AS (SELECT ?2 UNION ALL SELECT n + 1 FROM numbers WHERE n + 1 < ?3)
         INSERT INTO {table} ({}) SELECT {} FROM (SELECT * FROM {table} WHERE {whose} = ?1) o, numbers",
        columns.join(", "),
        values.join(", ")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_others_have_all_rows_of_the_one_and_nothing_in_common_with_it() {
        let folder = tempfile::tempdir().expect("a folder");
        prepare(folder.path(), 2, "-1", 250).await.expect("made");
        let mut filled = Filling::open(folder.path()).await.expect("opens");
        let mut counts = Vec::new();
        for query in [
            "SELECT CAST(COUNT(*) AS TEXT) FROM tokens",
            "SELECT CAST(COUNT(DISTINCT digest) AS TEXT) FROM tokens",
            "SELECT CAST(COUNT(DISTINCT canonical_url) AS TEXT) FROM page_tokens",
            "SELECT CAST(COUNT(*) AS TEXT) FROM page_tokens JOIN tokens ON id = token_id",
            "SELECT CAST(COUNT(DISTINCT token_id) AS TEXT) FROM audit WHERE token_id IS NOT NULL",
        ] {
            counts.extend(filled.texts(query).await.expect("a number"));
        }
        assert_eq!(counts, ["252", "252", "251", "252", "252"]);
        let listed = token_list::read(folder.path(), 10).expect("a list");
        assert_eq!(listed.len(), 2, "the others are beside them");
    }
}
