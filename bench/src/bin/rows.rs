//! The least that writing costs: the very rows that the product wrote, written again by a loop that does
//! nothing else. Same tables, same indexes, same durable settings; no HTTP, no decision, no look-up.
//!
//! The rows come from a *witness*: a copy of the prepared database after the product worked on it. So this
//! stays true when the product learns to write other rows; a table that this loop does not know how to fill
//! is an error, not a smaller number.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use bench::{Outcome, SQLITE_FILE};
use clap::{Parser, Subcommand};
use serde_json::json;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sqlx::{AssertSqlSafe, Connection, SqliteConnection};

/// Redemptions in one commit.
const EACH_COMMIT: i64 = 64;

/// Redemptions of the witness that are kept in memory, at most.
const MOST: i64 = 100_000;

/// Codes in one statement, as many as the product writes at once.
const EACH_STATEMENT: i64 = 512;

/// Writes what a witness has into a copy of the database that the witness began with.
#[derive(Parser)]
struct Arguments {
    /// Folder of the prepared database
    #[arg(long)]
    prepared: PathBuf,
    /// Folder of the witness
    #[arg(long)]
    witness: PathBuf,
    /// Folder to work in
    #[arg(long)]
    work: PathBuf,
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// Redemptions, 64 in a commit, in a new copy each time the witness has no more
    Redemptions {
        /// How long, not counting the copies
        #[arg(long, default_value_t = 8.0)]
        seconds: f64,
    },
    /// How many rows the witness wrote into each table for each redemption, and nothing else
    Shape,
    /// The codes of one multi token, in one transaction
    Codes {
        /// Its id
        #[arg(long)]
        token: String,
    },
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Outcome {
    let arguments = Arguments::parse();
    let report = match &arguments.what {
        What::Redemptions { seconds } => {
            let wanted = Duration::from_secs_f64(*seconds);
            let (mut count, mut spent) = (0, Duration::ZERO);
            while spent < wanted {
                let mut bare = Bare::open(&arguments).await?;
                let tables = bare.stage_redemptions().await?;
                let begun = Instant::now();
                count += bare.redeem(&tables, begun + wanted - spent).await?;
                spent += begun.elapsed();
                bare.close().await?;
            }
            json!({ "count": count, "seconds": spent.as_secs_f64() })
        }
        What::Shape => {
            let mut bare = Bare::open(&arguments).await?;
            let tables = bare.stage_redemptions().await?;
            let shape = bare.shape(&tables).await?;
            bare.close().await?;
            shape
        }
        What::Codes { token } => {
            let mut bare = Bare::open(&arguments).await?;
            let columns = bare.stage_codes(token).await?;
            let begun = Instant::now();
            let count = bare.make_codes(&columns).await?;
            let spent = begun.elapsed();
            bare.close().await?;
            json!({ "count": count, "seconds": spent.as_secs_f64() })
        }
    };
    println!("{report}");
    Ok(())
}

/// A table that redemptions fill.
struct Table {
    name: String,
    columns: String,
}

/// A copy of the prepared database, open for writing.
struct Bare(SqliteConnection);

impl Bare {
    async fn open(arguments: &Arguments) -> Outcome<Self> {
        let file = copy(&arguments.prepared, &arguments.work)?;
        let options = SqliteConnectOptions::new()
            .filename(file)
            .foreign_keys(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .pragma("temp_store", "MEMORY")
            .pragma("cache_size", "-65536")
            .pragma("wal_autocheckpoint", "4096");
        let mut bare = Self(SqliteConnection::connect_with(&options).await?);
        let witness = arguments.witness.join(SQLITE_FILE);
        sqlx::query("ATTACH $1 AS witness")
            .bind(witness.to_string_lossy().into_owned())
            .execute(&mut bare.0)
            .await?;
        Ok(bare)
    }

    async fn close(self) -> Outcome {
        Ok(self.0.close().await?)
    }

    async fn run(&mut self, statement: String) -> Outcome<u64> {
        let done = sqlx::query(AssertSqlSafe(statement)).execute(&mut self.0).await?;
        Ok(done.rows_affected())
    }

    async fn number(&mut self, statement: String) -> Outcome<i64> {
        let (number,): (i64,) = sqlx::query_as(AssertSqlSafe(statement))
            .fetch_one(&mut self.0)
            .await?;
        Ok(number)
    }

    async fn texts(&mut self, statement: String) -> Outcome<Vec<String>> {
        let rows: Vec<(String,)> = sqlx::query_as(AssertSqlSafe(statement))
            .fetch_all(&mut self.0)
            .await?;
        Ok(rows.into_iter().map(|(text,)| text).collect())
    }

    async fn columns(&mut self, table: &str) -> Outcome<Vec<String>> {
        self.texts(format!("SELECT name FROM pragma_table_info('{table}')"))
            .await
    }

    /// Takes into memory what the witness wrote for each redemption: whatever belongs to its person, who was
    /// new with it.
    async fn stage_redemptions(&mut self) -> Outcome<Vec<Table>> {
        self.run(format!(
            "CREATE TEMP TABLE redemptions AS
             SELECT ROW_NUMBER() OVER (ORDER BY u.at, u.person_id) AS turn, u.person_id
             FROM witness.uses u WHERE u.person_id NOT IN (SELECT id FROM main.people)
             ORDER BY turn LIMIT {MOST}"
        ))
        .await?;
        self.run("CREATE UNIQUE INDEX temp.redemptions_by_person ON redemptions (person_id)".into())
            .await?;
        let all = self.number("SELECT COUNT(*) FROM witness.uses".into()).await?;
        let mut tables = Vec::new();
        let names = self
            .texts(
                "SELECT name FROM main.sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'".into(),
            )
            .await?;
        for name in names {
            let wrote = self
                .number(format!(
                    "SELECT (SELECT COUNT(*) FROM witness.{name}) - (SELECT COUNT(*) FROM main.{name})"
                ))
                .await?;
            if wrote > 0 {
                tables.push(self.stage(name, wrote, all).await?);
            }
        }
        // People first: the others point to them.
        tables.sort_by_key(|table| table.name != "people");
        self.run(
            "CREATE TEMP TABLE counted AS
             SELECT r.turn, u.token_id, u.at FROM redemptions r JOIN witness.uses u ON u.person_id = r.person_id
             ORDER BY r.turn"
                .into(),
        )
        .await?;
        self.run("CREATE INDEX temp.counted_by_turn ON counted (turn)".into())
            .await?;
        self.run("DETACH witness".into()).await?;
        Ok(tables)
    }

    async fn stage(&mut self, name: String, wrote: i64, all: i64) -> Outcome<Table> {
        let columns = self.columns(&name).await?;
        let person = if name == "people" { "id" } else { "person_id" };
        if !columns.iter().any(|column| column == person) {
            return Err(
                format!("redemptions wrote {wrote} rows into {name}, which belong to no person").into(),
            );
        }
        let columns = columns.join(", ");
        self.run(format!(
            "CREATE TEMP TABLE staged_{name} AS
             SELECT r.turn, w.* FROM redemptions r JOIN witness.{name} w ON w.{person} = r.person_id ORDER BY r.turn"
        ))
        .await?;
        self.run(format!(
            "CREATE INDEX temp.staged_{name}_by_turn ON staged_{name} (turn)"
        ))
        .await?;
        let staged = self.number(format!("SELECT COUNT(*) FROM staged_{name}")).await?;
        // With every redemption staged, every row must be: else some belong to nobody.
        if all <= MOST && staged < wrote {
            return Err(format!("{} rows of {name} belong to no redemption", wrote - staged).into());
        }
        Ok(Table { name, columns })
    }

    async fn shape(&mut self, tables: &[Table]) -> Outcome<serde_json::Value> {
        let all = self.number("SELECT COUNT(*) FROM redemptions".into()).await?;
        let mut shape = serde_json::Map::new();
        for Table { name, .. } in tables {
            let rows = self.number(format!("SELECT COUNT(*) FROM staged_{name}")).await?;
            shape.insert(name.clone(), json!(rows as f64 / all as f64));
        }
        Ok(shape.into())
    }

    async fn redeem(&mut self, tables: &[Table], until: Instant) -> Outcome<i64> {
        let staged = self.number("SELECT COUNT(*) FROM redemptions".into()).await?;
        if staged < EACH_COMMIT {
            return Err(format!("the witness has only {staged} redemptions").into());
        }
        let inserts: Vec<String> = tables.iter().map(Table::insert).collect();
        let mut done = 0;
        while done + EACH_COMMIT <= staged && Instant::now() < until {
            let mut tx = self.0.begin_with("BEGIN IMMEDIATE").await?;
            for insert in inserts.iter().map(String::as_str).chain([COUNT]) {
                sqlx::query(AssertSqlSafe(insert.to_owned()))
                    .bind(done)
                    .bind(done + EACH_COMMIT)
                    .execute(&mut *tx)
                    .await?;
            }
            tx.commit().await?;
            done += EACH_COMMIT;
        }
        Ok(done)
    }

    async fn stage_codes(&mut self, token: &str) -> Outcome<String> {
        let token = token.replace('-', "");
        if !token.chars().all(|digit| digit.is_ascii_hexdigit()) {
            return Err("the id of a token is hexadecimal".into());
        }
        // Of the multi token itself: no code yet.
        let whole = self.columns("tokens").await?.join(", ");
        self.run(format!(
            "INSERT INTO main.tokens ({whole}) SELECT {whole} FROM witness.tokens WHERE id = x'{token}'"
        ))
        .await?;
        self.run(format!(
            "CREATE TEMP TABLE staged_codes AS SELECT number AS turn, * FROM witness.tokens WHERE whole_id = x'{token}' ORDER BY number"
        ))
        .await?;
        self.run("CREATE INDEX temp.staged_codes_by_turn ON staged_codes (turn)".into())
            .await?;
        self.run("DETACH witness".into()).await?;
        Ok(whole)
    }

    async fn make_codes(&mut self, columns: &str) -> Outcome<i64> {
        let staged = self.number("SELECT COUNT(*) FROM staged_codes".into()).await?;
        let insert = format!(
            "INSERT INTO main.tokens ({columns}) SELECT {columns} FROM staged_codes WHERE turn > $1 AND turn <= $2"
        );
        let mut tx = self.0.begin_with("BEGIN IMMEDIATE").await?;
        let mut done = 0;
        while done < staged {
            sqlx::query(AssertSqlSafe(insert.clone()))
                .bind(done)
                .bind(done + EACH_STATEMENT)
                .execute(&mut *tx)
                .await?;
            done += EACH_STATEMENT;
        }
        tx.commit().await?;
        Ok(staged)
    }
}

/// Moves the counters of all tokens of a commit at once.
const COUNT: &str = "
    UPDATE main.tokens AS token SET uses = token.uses + new.uses, last_used_at = new.at
    FROM (SELECT token_id, COUNT(*) AS uses, MAX(at) AS at FROM counted
          WHERE turn > $1 AND turn <= $2 GROUP BY token_id) AS new
    WHERE token.id = new.token_id";

impl Table {
    fn insert(&self) -> String {
        let Self { name, columns } = self;
        format!(
            "INSERT INTO main.{name} ({columns}) SELECT {columns} FROM staged_{name} WHERE turn > $1 AND turn <= $2"
        )
    }
}

/// A new copy of a prepared database, whose log was folded into its file when it was closed.
fn copy(prepared: &Path, work: &Path) -> Outcome<PathBuf> {
    std::fs::create_dir_all(work)?;
    let file = work.join("rows.db");
    for ending in ["", "-wal", "-shm"] {
        let old = work.join(format!("rows.db{ending}"));
        if old.exists() {
            std::fs::remove_file(old)?;
        }
    }
    std::fs::copy(prepared.join(SQLITE_FILE), &file)?;
    std::fs::File::open(&file)?.sync_all()?;
    Ok(file)
}
