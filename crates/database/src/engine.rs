//! Opening a database, and its connections.

mod copy;
mod opening;
mod version;

use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use sqlx::migrate::{MigrateError, Migrator};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{Connection, Executor, PgPool, SqlitePool};
use tokio::sync::Mutex;

use crate::generations::Generations;
use crate::lock::{self, ServerLock};
use crate::migrations;
use crate::query::{Conn, Link, WriteTx};

pub use copy::{check_file, put_in_place, stage, unstage};
pub use opening::Opening;

/// SQLite before 3.51.3 can lose committed writes when a checkpoint races with a commit.
const OLDEST_SQLITE: i32 = 3_051_003;

/// How many prepared statements a connection keeps: those of a batch exist in several sizes.
const STATEMENTS: usize = 500;

/// Makes SQLite free all pages that it could read again.
const RELEASE: &str = "PRAGMA shrink_memory";

/// Begins a transaction in which PostgreSQL finds rows only by their keys.
const BY_KEYS: &str = "BEGIN; SET LOCAL enable_seqscan = off; SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off";

/// Where the database is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Url {
    /// A file: `sqlite:PATH`.
    Sqlite(PathBuf),
    /// A server: `postgres://…`.
    Postgres(PgUrl),
}

/// The address of a PostgreSQL server; it may contain a password, so it cannot be printed.
#[derive(Clone, PartialEq, Eq)]
pub struct PgUrl(String);

impl std::fmt::Debug for PgUrl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PgUrl(…)")
    }
}

impl FromStr for Url {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if let Some(path) = text
            .strip_prefix("sqlite:")
            .map(|path| path.trim_start_matches("//"))
        {
            if path.is_empty() || path.starts_with(':') {
                return Err("a database is a file, such as sqlite:data/tokenwright.db");
            }
            return Ok(Self::Sqlite(PathBuf::from(path)));
        }
        if text.starts_with("postgres://") || text.starts_with("postgresql://") {
            PgConnectOptions::from_str(text)
                .map_err(|_| "a PostgreSQL address looks like postgres://user@host/name")?;
            return Ok(Self::Postgres(PgUrl(text.to_owned())));
        }
        Err("a database is sqlite:PATH or postgres://user@host/name")
    }
}

/// How to open a database.
#[derive(Debug, Clone)]
pub struct DbSettings {
    /// Where it is.
    pub url: Url,
    /// What this process is about to do with it.
    pub opening: Opening,
    /// The most connections to PostgreSQL.
    pub connections: u32,
}

/// Why a database could not be opened, with a message for the operator.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Another server has the file.
    #[error(
        "Another Tokenwright is serving from this database ({}). \
         One server per SQLite file: stop the other one, or move to PostgreSQL to run several.", .0.display()
    )]
    InUse(PathBuf),
    /// The file cannot be locked, or cannot be created.
    #[error("{} cannot be used as a database: {}. Its folder must be one that this user may write to.", .0.display(), .1)]
    Lock(PathBuf, std::io::Error),
    /// There is no such file.
    #[error(
        "There is no database at {}. Name the right one with --data-dir or --database. `serve`, `migrate`, `demo` and \
         `organisation create` make a new one.", .0.display()
    )]
    Missing(PathBuf),
    /// There is something, but not our schema.
    #[error(
        "This is no database of Tokenwright: its tables are not there. Name the right one with --data-dir or \
         --database. `serve`, `migrate`, `demo` and `organisation create` make them in an empty database."
    )]
    Empty,
    /// The schema is an older one.
    #[error(
        "The database's schema is older than this program (step {0} of {1}), and this command does not change it. \
         Run `tokenwright migrate`, or start the new server."
    )]
    Older(i64, i64),
    /// The schema is a newer one.
    #[error(
        "The database's schema is newer than this program (step {0}; this program knows {1}). Use the program that \
         serves from it, or a newer one."
    )]
    Newer(i64, i64),
    /// The library is too old.
    #[error(
        "This program was built with SQLite {0}. It needs 3.51.3 or later: older ones can lose committed writes."
    )]
    OldSqlite(String),
    /// The engine returned an error.
    #[error("The database could not be opened: {0}")]
    Engine(#[from] sqlx::Error),
    /// The schema could not be migrated.
    #[error("The database's schema could not be brought up to date: {0}")]
    Migrate(#[from] MigrateError),
    /// The file's folder could not be created.
    #[error("The folder of the database could not be made: {0}")]
    Folder(#[from] std::io::Error),
}

/// The database this process talks to.
#[derive(Clone)]
pub struct Db {
    pools: Pools,
    /// The lock for bulk work: only one slice at a time may wait for the writer.
    bulk: Arc<Mutex<()>>,
    /// The lock for rights that only one holder at a time has, see [`Db::exclusively`].
    exclusive: Arc<Mutex<()>>,
    /// How many wait for a write transaction.
    waiting: Arc<AtomicUsize>,
    /// Moves with each commit that changes what may be cached in memory.
    version: Arc<AtomicU64>,
    /// Moves with each commit that changes what a caller may do.
    generations: Generations,
    /// Whether this process works beside a server, which has to learn of its changes.
    is_beside: bool,
    _lock: Option<Arc<ServerLock>>,
}

/// Counts as waiting for a write transaction for as long as it lives.
struct Waiter<'a>(&'a AtomicUsize);

impl<'a> Waiter<'a> {
    fn among(waiting: &'a AtomicUsize) -> Self {
        waiting.fetch_add(1, Ordering::Relaxed);
        Self(waiting)
    }
}

impl Drop for Waiter<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[derive(Clone)]
enum Pools {
    /// Many readers and one writer: SQLite lets one transaction write at a time.
    Sqlite {
        readers: SqlitePool,
        writer: SqlitePool,
    },
    Postgres(PgPool),
}

impl Db {
    /// Opens the database, as far as [`Opening`] allows: creates it, migrates its schema, or takes it as it is.
    ///
    /// # Errors
    /// [`OpenError`], with a message for the operator.
    pub async fn open(settings: &DbSettings) -> Result<Self, OpenError> {
        let db = Self::connect(settings).await?;
        let migrations = migrations::of(db.engine());
        let steps = opening::steps(&db, &migrations).await?;
        if settings.opening.migrates(steps)? {
            db.migrate(&migrations).await?;
        }
        Ok(db)
    }

    /// Opens the database as it is.
    pub(crate) async fn connect(settings: &DbSettings) -> Result<Self, OpenError> {
        match &settings.url {
            Url::Sqlite(path) => Self::open_sqlite(path, settings.opening).await,
            Url::Postgres(url) => Self::open_postgres(url, settings.connections).await,
        }
    }

    /// The engine, as migrations name it.
    pub(crate) fn engine(&self) -> &'static str {
        match self.pools {
            Pools::Sqlite { .. } => "sqlite",
            Pools::Postgres(_) => "postgres",
        }
    }

    async fn open_sqlite(path: &Path, opening: Opening) -> Result<Self, OpenError> {
        assert_sqlite_version()?;
        if !opening.makes() {
            match std::fs::metadata(path) {
                Err(_) => return Err(OpenError::Missing(path.to_owned())),
                // Opening it means writing to it.
                Ok(file) if file.len() == 0 => return Err(OpenError::Empty),
                Ok(_) => {}
            }
        }
        if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            std::fs::create_dir_all(folder)?;
        }
        let serves = opening == Opening::Serve;
        let lock = serves.then(|| lock::take(path)).transpose()?;
        let options = SqliteConnectOptions::new()
            .filename(path)
            .foreign_keys(true)
            .busy_timeout(Duration::from_secs(10))
            .statement_cache_capacity(STATEMENTS)
            .pragma("temp_store", "MEMORY")
            .pragma("trusted_schema", "OFF")
            .pragma("cell_size_check", "ON");
        let writer = SqlitePoolOptions::new()
            .max_connections(1)
            .acquire_timeout(Duration::from_secs(30))
            // SQLite rolls back a transaction by itself when the disk is full. The driver still counts it as open and
            // would never begin another one on that connection; a new connection does not have this problem.
            .before_acquire(|conn, _| Box::pin(async { Ok(!conn.is_in_transaction()) }))
            .connect_with(
                // FULL: an acknowledged use survives a power cut. NORMAL lost all of them when it was measured.
                options
                    .clone()
                    .create_if_missing(opening.makes())
                    .journal_mode(SqliteJournalMode::Wal)
                    .synchronous(SqliteSynchronous::Full)
                    .pragma("cache_size", "-65536")
                    // 48 MiB of log before a checkpoint: pages that change with every batch, such as the last ones of
                    // an index, are written to the file once in that time. With 16 MiB, every third page that page
                    // tokens' hits wrote was one of these.
                    .pragma("wal_autocheckpoint", "12288")
                    // A reader that blocked a checkpoint does not leave a large file behind.
                    .pragma("journal_size_limit", "67108864"),
            )
            .await?;
        let readers = SqlitePoolOptions::new()
            .max_connections(4)
            .min_connections(1)
            .acquire_timeout(Duration::from_secs(30))
            .connect_with(options.read_only(true).pragma("cache_size", "-8192"))
            .await?;
        Ok(Self {
            pools: Pools::Sqlite { readers, writer },
            bulk: Arc::default(),
            exclusive: Arc::default(),
            waiting: Arc::default(),
            version: Arc::default(),
            generations: Generations::new(false),
            is_beside: !serves,
            _lock: lock.map(Arc::new),
        })
    }

    async fn open_postgres(url: &PgUrl, connections: u32) -> Result<Self, OpenError> {
        let options = PgConnectOptions::from_str(&url.0)?
            .application_name("tokenwright")
            .statement_cache_capacity(STATEMENTS)
            .options([
                ("timezone", "UTC"),
                // Nothing here runs long enough to be worth compiling.
                ("jit", "off"),
                ("statement_timeout", "60s"),
                ("idle_in_transaction_session_timeout", "60s"),
            ]);
        let pool = PgPoolOptions::new()
            .max_connections(connections)
            .acquire_timeout(Duration::from_secs(30))
            .connect_with(options)
            .await?;
        Ok(Self {
            pools: Pools::Postgres(pool),
            bulk: Arc::default(),
            exclusive: Arc::default(),
            waiting: Arc::default(),
            version: Arc::default(),
            generations: Generations::new(true),
            is_beside: false,
            _lock: None,
        })
    }

    pub(crate) async fn migrate(&self, migrations: &Migrator) -> Result<(), MigrateError> {
        match &self.pools {
            Pools::Sqlite { writer, .. } => migrations.run(writer).await,
            Pools::Postgres(pool) => {
                let mut conn = pool.acquire().await?;
                // A step may rewrite the largest table, or wait until another server has done so.
                conn.execute("SET statement_timeout = 0").await?;
                migrations.run(&mut *conn).await?;
                conn.execute("RESET statement_timeout").await?;
                Ok(())
            }
        }
    }

    pub(crate) fn exclusive(&self) -> Arc<Mutex<()>> {
        Arc::clone(&self.exclusive)
    }

    /// Tracks whether what was read about callers is still true.
    pub fn generations(&self) -> &Generations {
        &self.generations
    }

    /// A connection to read from.
    ///
    /// # Errors
    /// When none was free in time, or the engine is gone.
    pub async fn read(&self) -> sqlx::Result<Conn> {
        Ok(Conn(match &self.pools {
            Pools::Sqlite { readers, .. } => Link::Sqlite(readers.acquire().await?),
            Pools::Postgres(pool) => Link::Postgres(pool.acquire().await?),
        }))
    }

    /// A write transaction.
    ///
    /// # Errors
    /// When none was available in time, or the engine is gone.
    pub async fn write(&self) -> sqlx::Result<WriteTx> {
        self.begin("BEGIN").await
    }

    /// A write transaction that finds everything by keys.
    ///
    /// PostgreSQL plans a statement once for each connection, based on the sizes of the tables at that time. While they
    /// are small it would scan them, and still do so when they have grown a hundredfold within minutes, before their
    /// statistics are updated. Here it does not; a statement that also runs elsewhere may have been planned there.
    ///
    /// # Errors
    /// When none was available in time, or the engine is gone.
    pub async fn write_by_keys(&self) -> sqlx::Result<WriteTx> {
        self.begin(BY_KEYS).await
    }

    async fn begin(&self, on_postgres: &'static str) -> sqlx::Result<WriteTx> {
        let _waiter = Waiter::among(&self.waiting);
        let conn = Conn(match &self.pools {
            // IMMEDIATE: take the write lock now, where waiting is possible, not at the first write.
            Pools::Sqlite { writer, .. } => Link::SqliteTx(writer.begin_with("BEGIN IMMEDIATE").await?),
            Pools::Postgres(pool) => Link::PostgresTx(pool.begin_with(on_postgres).await?),
        });
        let mut tx = WriteTx {
            conn,
            turn: None,
            version: Arc::clone(&self.version),
            changed: Vec::new(),
            generations: self.generations.clone(),
        };
        if self.is_beside {
            let before = tx.query("PRAGMA user_version").number().await?;
            tx.set_user_version(before.wrapping_add(1)).await?;
        }
        Ok(tx)
    }

    /// A transaction for a slice of bulk work. Writers take turns in the order in which they came, and at most one of
    /// them is a slice: nobody else waits for more than one, however much bulk work there is.
    ///
    /// # Errors
    /// When none was available in time, or the engine is gone.
    pub async fn write_slice(&self) -> sqlx::Result<WriteTx> {
        let turn = Arc::clone(&self.bulk).lock_owned().await;
        let tx = self.write().await?;
        Ok(WriteTx {
            turn: Some(turn),
            ..tx
        })
    }

    /// Gives back what large work has filled caches with. SQLite keeps each page that a connection has read or written, up
    /// to its limit, however long nobody asks for it: 64 MB for the writer, 8 MB for each reader. Group commits need those
    /// pages again at once, so nobody calls this between them. PostgreSQL has its pages in processes of its own.
    ///
    /// # Errors
    /// When the writer was not free in time, or the engine is gone.
    pub async fn release_memory(&self) -> sqlx::Result<()> {
        let Pools::Sqlite { readers, writer } = &self.pools else {
            return Ok(());
        };
        // Readers that are at work are left alone: they need what they have.
        let mut idle: Vec<_> = std::iter::from_fn(|| readers.try_acquire()).collect();
        for conn in &mut idle {
            conn.execute(RELEASE).await?;
        }
        writer.acquire().await?.execute(RELEASE).await?;
        Ok(())
    }

    /// Whether somebody waits for a write transaction: a slice of bulk work that has made good progress then ends.
    pub fn has_waiters(&self) -> bool {
        self.waiting.load(Ordering::Relaxed) > 0
    }

    /// Whether this process is the only server of a SQLite file.
    pub fn is_only_server(&self) -> bool {
        self._lock.is_some()
    }

    /// Whether several servers may work on this database at once.
    pub fn is_shared(&self) -> bool {
        matches!(self.pools, Pools::Postgres(_))
    }

    /// Checks the engine's own structures; the result lists what is wrong, and is empty when nothing is.
    ///
    /// # Errors
    /// When the engine is gone.
    pub async fn check_structure(&self) -> sqlx::Result<Vec<String>> {
        match &self.pools {
            Pools::Sqlite { readers, .. } => {
                let lines: Vec<(String,)> = sqlx::query_as("PRAGMA integrity_check")
                    .fetch_all(readers)
                    .await?;
                Ok(lines
                    .into_iter()
                    .map(|(line,)| line)
                    .filter(|line| line != "ok")
                    .collect())
            }
            Pools::Postgres(_) => Ok(Vec::new()),
        }
    }

    /// Closes all connections; SQLite checkpoints its log into the file.
    pub async fn close(&self) {
        match &self.pools {
            Pools::Sqlite { readers, writer } => {
                readers.close().await;
                writer.close().await;
            }
            Pools::Postgres(pool) => pool.close().await,
        }
    }
}

fn assert_sqlite_version() -> Result<(), OpenError> {
    // The number that the header of the bundled library was compiled with; it is linked statically.
    let number = libsqlite3_sys::SQLITE_VERSION_NUMBER;
    if number >= OLDEST_SQLITE {
        Ok(())
    } else {
        Err(OpenError::OldSqlite(format!(
            "{}.{}.{}",
            number / 1_000_000,
            number / 1000 % 1000,
            number % 1000
        )))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Sql, testing};

    #[test]
    fn addresses_are_told_apart_and_passwords_are_not_printed() {
        assert_eq!("sqlite:data/x.db".parse(), Ok(Url::Sqlite("data/x.db".into())));
        let url: Url = "postgres://ada:canary@127.0.0.1/x".parse().expect("an address");
        assert!(!format!("{url:?}").contains("canary"));
        assert!("mysql://x".parse::<Url>().is_err());
        assert!("sqlite::memory:".parse::<Url>().is_err());
    }

    #[tokio::test]
    async fn what_large_work_filled_caches_with_is_read_again_when_it_was_given_back() {
        testing::on_each_engine(async |db| {
            let mut tx = db.write().await.expect("a writer");
            let made = "CREATE TABLE probe (a BIGINT PRIMARY KEY, b TEXT)";
            tx.query(made).run().await.expect("a table");
            let rows: Vec<i64> = (0..20_000).collect();
            let text = "x".repeat(100);
            tx.insert("INSERT INTO probe (a, b)", 2, "", &rows, |query, row| {
                query.bind(*row).bind(text.clone())
            })
            .await
            .expect("written");
            tx.commit().await.expect("committed");
            let all = "SELECT CAST(COUNT(*) AS BIGINT) FROM probe WHERE b <> ''";
            let count = async || {
                let mut conn = db.read().await.expect("a reader");
                conn.query(all).number().await.expect("a count")
            };
            assert_eq!(count().await, 20_000);
            // One that is read from meanwhile keeps what it has, and nobody waits for it.
            let reading = db.read().await.expect("a reader");
            db.release_memory().await.expect("released");
            drop(reading);
            assert_eq!(count().await, 20_000);
            let mut tx = db.write().await.expect("a writer");
            let more = tx.query("INSERT INTO probe (a, b) VALUES (20000, 'y')").run();
            assert_eq!(more.await.expect("written"), 1);
            tx.commit().await.expect("committed");
            assert_eq!(count().await, 20_001);
        })
        .await;
    }

    #[tokio::test]
    async fn a_second_server_on_the_same_file_is_refused_with_a_sentence() {
        let folder = tempfile::tempdir().expect("a folder");
        let settings = DbSettings {
            url: Url::Sqlite(folder.path().join("x.db")),
            opening: Opening::Serve,
            connections: 1,
        };
        let first = Db::open(&settings).await.expect("opens");

        let Err(second) = Db::open(&settings).await else {
            panic!("opened twice")
        };

        assert!(
            second
                .to_string()
                .starts_with("Another Tokenwright is serving from this database"),
            "{second}"
        );
        let beside = Db::open(&DbSettings {
            opening: Opening::Migrate,
            ..settings.clone()
        })
        .await;
        assert!(beside.is_ok(), "the command line works beside a server");
        drop(first);
    }

    #[tokio::test]
    async fn sqlite_is_new_enough_and_set_to_be_durable() {
        let world = testing::sqlite().await;
        let mut conn = world.db.read().await.expect("a reader");
        let (version,): (String,) = conn
            .query("SELECT sqlite_version()")
            .one()
            .await
            .expect("a version");
        let numbers: Vec<u32> = version.split('.').filter_map(|n| n.parse().ok()).collect();
        assert!(numbers >= vec![3, 51, 3], "{version}");

        let mut tx = world.db.write().await.expect("a writer");
        assert_eq!(
            tx.query("SELECT synchronous FROM pragma_synchronous")
                .number()
                .await
                .expect("a mode"),
            2,
            "FULL"
        );
        let (mode,): (String,) = tx
            .query("SELECT journal_mode FROM pragma_journal_mode")
            .one()
            .await
            .expect("a mode");
        assert_eq!(mode, "wal");
    }

    #[tokio::test]
    async fn a_reader_cannot_write_on_sqlite() {
        let world = testing::sqlite().await;
        let mut conn = world.db.read().await.expect("a reader");
        assert!(conn.query("DELETE FROM organisations").run().await.is_err());
    }

    #[tokio::test]
    async fn a_transaction_that_sqlite_undid_by_itself_is_not_in_the_way_of_the_next() {
        let world = testing::sqlite().await;
        let mut tx = world.db.write().await.expect("a writer");
        // As SQLite does when the disk is full, behind the driver's back.
        tx.query("ROLLBACK").run().await.expect("undone");
        drop(tx);

        let next = world.db.write().await.expect("a writer all the same");

        next.commit().await.expect("committed");
    }

    #[tokio::test]
    async fn pieces_and_rows_make_statements_on_each_engine() {
        testing::on_each_engine(async |db| {
            let mut tx = db.write().await.expect("a transaction");
            tx.query("CREATE TABLE probe (a BIGINT, b TEXT)")
                .run()
                .await
                .expect("a table");
            let insert = Sql::rows("INSERT INTO probe (a, b) VALUES", 2, 2, "");
            let touched = tx
                .query(insert)
                .bind(1_i64)
                .bind("one")
                .bind(2_i64)
                .bind("two")
                .run()
                .await
                .expect("two rows");
            assert_eq!(touched, 2);
            let sum = Sql::pieces(&["SELECT CAST(SUM(a) AS BIGINT) FROM probe", "WHERE b <> $1"]);
            assert_eq!(tx.query(sum).bind("two").number().await.expect("a sum"), 1);
        })
        .await;
    }

    #[tokio::test]
    async fn nobody_waits_for_more_than_one_slice_of_bulk_work() {
        let world = testing::sqlite().await;
        let (told, mut heard) = tokio::sync::mpsc::unbounded_channel();
        let running = world.db.write_slice().await.expect("the slice that runs");
        for _ in 0..3 {
            let (db, told) = (world.db.clone(), told.clone());
            tokio::spawn(async move {
                let slice = db.write_slice().await.expect("a slice");
                told.send("slice").expect("heard");
                slice.commit().await.expect("committed");
            });
        }
        // The bulk writers come first, and wait.
        tokio::time::sleep(Duration::from_millis(50)).await;
        let (db, own) = (world.db.clone(), told.clone());
        let person = tokio::spawn(async move {
            let tx = db.write().await.expect("the writer");
            own.send("person").expect("heard");
            tx.commit().await.expect("committed");
        });
        tokio::time::sleep(Duration::from_millis(50)).await;

        running.commit().await.expect("committed");

        person.await.expect("served");
        drop(told);
        let mut order = Vec::new();
        while let Some(one) = heard.recv().await {
            order.push(one);
        }
        assert_eq!(order, ["person", "slice", "slice", "slice"]);
    }

    #[tokio::test]
    async fn a_backup_is_a_whole_database() {
        let world = testing::sqlite().await;
        let folder = tempfile::tempdir().expect("a folder");
        let copy = folder.path().join("copy.db");

        world.db.back_up(&copy).await.expect("a copy");

        let settings = DbSettings {
            url: Url::Sqlite(copy.clone()),
            opening: Opening::Migrate,
            connections: 1,
        };
        let copied = Db::open(&settings).await.expect("opens");
        assert_eq!(
            copied.check_structure().await.expect("checked"),
            Vec::<String>::new()
        );
        assert!(
            world
                .db
                .back_up(&copy)
                .await
                .expect_err("refused")
                .contains("never writes over")
        );
    }
}
