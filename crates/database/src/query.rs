//! One SQL text, two engines.
//!
//! Reading functions take `&mut Conn`, writing ones `&mut WriteTx`: a read can happen inside a write, and a
//! write cannot happen outside a transaction.

use std::ops::{Deref, DerefMut};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgArguments, PgRow};
use sqlx::sqlite::{SqliteArguments, SqliteRow};
use sqlx::{Arguments, AssertSqlSafe, Encode, FromRow, SqlSafeStr, SqlStr, Type};
use sqlx::{PgConnection, Postgres, Sqlite, SqliteConnection, Transaction};

use tokio::sync::OwnedMutexGuard;

use crate::commit::CommitError;
use uuid::Uuid;

use crate::generations::Generations;
use crate::rows::padded;

/// A value that both engines can store.
pub trait Value:
    for<'q> Encode<'q, Sqlite> + Type<Sqlite> + for<'q> Encode<'q, Postgres> + Type<Postgres> + Send
{
}
impl<T> Value for T where
    T: for<'q> Encode<'q, Sqlite> + Type<Sqlite> + for<'q> Encode<'q, Postgres> + Type<Postgres> + Send
{
}

/// A row that reads the same from both engines.
pub trait Row: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin {}
impl<T> Row for T where T: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin {}

/// A statement: one fixed text, or several fixed pieces put together. Nothing else can be put into it, so no caller's
/// input can become SQL.
pub struct Sql(Text);

enum Text {
    Fixed(SqlStr),
    List(List),
}

/// A list of rows of placeholders between fixed pieces, which have none.
struct List {
    head: &'static str,
    leads: Leads,
    columns: usize,
    rows: usize,
    tail: &'static str,
}

/// How the list continues the head.
enum Leads {
    /// Directly: the head has the words for it.
    AtOnce,
    /// As the source of an update, where each row first says whether it is used.
    ToUpdate,
    /// As rows to insert, after a number of values that all rows share; each row first says whether it is used.
    ToInsert { alike: usize },
}

/// A part of a composed statement.
#[derive(Debug, Clone, Copy)]
pub enum Part {
    /// A fixed piece of SQL.
    Text(&'static str),
    /// `(VALUES ($first), ($first + 1), …)`: a list to look something up in.
    Values {
        /// The number of the first placeholder.
        first: usize,
        /// How many there are; at least one.
        count: usize,
    },
}

impl Sql {
    /// Combines fixed pieces and lists of placeholders, with a space between them.
    pub fn parts(parts: &[Part]) -> Self {
        let mut text = String::new();
        for part in parts {
            match part {
                Part::Text(piece) => text.push_str(piece),
                Part::Values { first, count } => {
                    text.push_str("(VALUES ");
                    for number in *first..first + count {
                        text.push_str(if number == *first { "($" } else { ", ($" });
                        text.push_str(&number.to_string());
                        text.push(')');
                    }
                    text.push(')');
                }
            }
            text.push(' ');
        }
        Self::fixed(text)
    }

    /// Combines fixed pieces, with a space between them.
    pub fn pieces(pieces: &[&'static str]) -> Self {
        Self::fixed(pieces.join(" "))
    }

    /// `head`, then rows of this many placeholders, then `tail`: for `INSERT … VALUES` of many rows. Values are bound
    /// row by row; the pieces have no placeholders.
    pub fn rows(head: &'static str, columns: usize, rows: usize, tail: &'static str) -> Self {
        Self::list(head, Leads::AtOnce, columns, rows, tail)
    }

    /// `head`, then rows of this many placeholders, the first of which says whether the row is used, then `tail`.
    pub(crate) fn insert(
        head: &'static str,
        alike: usize,
        columns: usize,
        rows: usize,
        tail: &'static str,
    ) -> Self {
        Self::list(head, Leads::ToInsert { alike }, columns + 1, rows, tail)
    }

    /// The same for `UPDATE … SET …`.
    pub(crate) fn update(head: &'static str, columns: usize, rows: usize, tail: &'static str) -> Self {
        Self::list(head, Leads::ToUpdate, columns + 1, rows, tail)
    }

    fn list(head: &'static str, leads: Leads, columns: usize, rows: usize, tail: &'static str) -> Self {
        Self(Text::List(List {
            head,
            leads,
            columns,
            rows,
            tail,
        }))
    }

    pub(crate) fn fixed(text: String) -> Self {
        Self(Text::Fixed(AssertSqlSafe(text).into_sql_str()))
    }

    fn into_text(self, placeholder: impl Fn(&mut String, usize)) -> SqlStr {
        match self.0 {
            Text::Fixed(text) => text,
            Text::List(list) => AssertSqlSafe(list.written(placeholder)).into_sql_str(),
        }
    }
}

impl List {
    fn written(&self, placeholder: impl Fn(&mut String, usize)) -> String {
        let fixed = self.head.len() + self.tail.len() + 256;
        let mut text = String::with_capacity(fixed + self.rows * self.columns * 7);
        text.push_str(self.head);
        let before = match self.leads {
            Leads::AtOnce => 0,
            Leads::ToUpdate => {
                text.push_str(" FROM (VALUES");
                0
            }
            Leads::ToInsert { alike } => {
                for number in 1..=alike {
                    text.push_str(if number == 1 { " SELECT " } else { ", " });
                    placeholder(&mut text, number);
                }
                for column in 2..=self.columns {
                    text.push_str(if alike == 0 && column == 2 {
                        " SELECT "
                    } else {
                        ", "
                    });
                    text.push_str("column");
                    text.push_str(&column.to_string());
                }
                text.push_str(" FROM (VALUES");
                alike
            }
        };
        for row in 0..self.rows {
            text.push_str(if row == 0 { " (" } else { ", (" });
            for column in 0..self.columns {
                if column > 0 {
                    text.push_str(", ");
                }
                placeholder(&mut text, before + row * self.columns + column + 1);
            }
            text.push(')');
        }
        text.push_str(match self.leads {
            Leads::AtOnce => " ",
            Leads::ToUpdate | Leads::ToInsert { .. } => ") AS v WHERE v.column1 ",
        });
        text.push_str(self.tail);
        text
    }
}

/// SQLite numbers placeholders itself; binding by name takes a search through all of them.
fn of_sqlite(text: &mut String, _: usize) {
    text.push('?');
}

fn of_postgres(text: &mut String, number: usize) {
    text.push('$');
    text.push_str(&number.to_string());
}

impl From<&'static str> for Sql {
    fn from(text: &'static str) -> Self {
        Self(Text::Fixed(text.into_sql_str()))
    }
}

/// A connection to read from.
pub struct Conn(pub(crate) Link);

/// A write transaction; dropping it without [`commit`](Self::commit) rolls it back.
pub struct WriteTx {
    pub(crate) conn: Conn,
    /// For a slice of bulk work: the next slice queues only when this one is over.
    pub(crate) turn: Option<OwnedMutexGuard<()>>,
    /// Of the database: see [`Db::version`](crate::Db::version).
    pub(crate) version: Arc<AtomicU64>,
    /// Whose rights it changes.
    pub(crate) changed: Vec<Uuid>,
    /// Of the database.
    pub(crate) generations: Generations,
}

pub(crate) enum Link {
    Sqlite(PoolConnection<Sqlite>),
    SqliteTx(Transaction<'static, Sqlite>),
    Postgres(PoolConnection<Postgres>),
    PostgresTx(Transaction<'static, Postgres>),
}

impl Conn {
    /// A statement to bind values to and run.
    pub fn query(&mut self, sql: impl Into<Sql>) -> Query<'_> {
        let sql = sql.into();
        match &mut self.0 {
            Link::Sqlite(conn) => Query::sqlite(conn, sql.into_text(of_sqlite)),
            Link::SqliteTx(conn) => Query::sqlite(conn, sql.into_text(of_sqlite)),
            Link::Postgres(conn) => Query::postgres(conn, sql.into_text(of_postgres)),
            Link::PostgresTx(conn) => Query::postgres(conn, sql.into_text(of_postgres)),
        }
    }

    /// A statement that looks up a list: `head`, the list, `tail`; as in `SELECT … WHERE id IN (VALUES`, `)`. The
    /// values are already bound. The list has at least one.
    pub fn query_in<T: Value + Clone>(
        &mut self,
        head: &'static str,
        values: Vec<T>,
        tail: &'static str,
    ) -> Query<'_> {
        let values = padded(values);
        let query = self.query(Sql::rows(head, 1, values.len(), tail));
        values.into_iter().fold(query, Query::bind)
    }

    /// The piece of SQL for the current engine. For the few statements that must differ; each such place says why.
    pub fn either(&self, sqlite: &'static str, postgres: &'static str) -> &'static str {
        match self.0 {
            Link::Sqlite(_) | Link::SqliteTx(_) => sqlite,
            Link::Postgres(_) | Link::PostgresTx(_) => postgres,
        }
    }
}

impl WriteTx {
    /// Makes everything written in this transaction durable: once this returns, it survives a power cut. Cached copies
    /// of the database are read again from then on.
    ///
    /// On SQLite the process ends when it is unknown whether the transaction was committed: the state in memory can no
    /// longer be trusted, the file can.
    ///
    /// # Errors
    /// [`CommitError`]: rolled back, or, only on PostgreSQL, unknown.
    pub async fn commit(self) -> Result<(), CommitError> {
        // Moves when this ends, however it ends: a transaction dropped half way may still be committed.
        let _moves = Moves(Arc::clone(&self.version));
        self.commit_keeping_cache().await
    }

    /// The same for a change that affects nothing cached in memory, or whose caller says itself what it affects.
    ///
    /// # Errors
    /// As [`commit`](Self::commit).
    pub async fn commit_keeping_cache(mut self) -> Result<(), CommitError> {
        let number = self.next_generation().await.map_err(CommitError::Undone)?;
        let _changes = Changes(
            self.generations.clone(),
            std::mem::take(&mut self.changed),
            number,
        );
        // The turn ends after this, when the next waiting writer already has its turn.
        let _turn = self.turn;
        match self.conn.0 {
            Link::SqliteTx(tx) => tx.commit().await.map_err(CommitError::of_sqlite),
            Link::PostgresTx(tx) => tx.commit().await.map_err(CommitError::of_postgres),
            Link::Sqlite(_) | Link::Postgres(_) => unreachable!("Db::write only opens transactions"),
        }
    }

    /// Declares that this transaction changes what callers of an organisation, or with a token, may do. Cached data
    /// about them is not trusted from the commit on.
    pub fn changes(&mut self, id: Uuid) {
        self.changed.push(id);
    }

    /// Tells the other servers, when this changes what callers may do. It is the last statement, so that nobody waits
    /// for its row longer than for a commit.
    async fn next_generation(&mut self) -> sqlx::Result<Option<i64>> {
        if self.changed.is_empty() || matches!(self.conn.0, Link::SqliteTx(_)) {
            return Ok(None);
        }
        let next = self.query("UPDATE generations SET number = number + 1 WHERE id = 1 RETURNING number");
        next.number().await.map(Some)
    }

    /// Sets the number in a SQLite file's header. A pragma takes no placeholder; the number comes from no caller.
    pub(crate) async fn set_user_version(&mut self, number: i64) -> sqlx::Result<()> {
        let text = format!("PRAGMA user_version = {}", number & 0x7fff_ffff);
        self.query(Sql::fixed(text)).run().await?;
        Ok(())
    }
}

/// Moves the generations when it is dropped, however the commit ends.
struct Changes(Generations, Vec<Uuid>, Option<i64>);

impl Drop for Changes {
    fn drop(&mut self) {
        if !self.1.is_empty() {
            self.0.change(&self.1);
        }
        if let Some(number) = self.2 {
            self.0.made(number);
        }
    }
}

/// Moves the version when it is dropped.
struct Moves(Arc<AtomicU64>);

impl Drop for Moves {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

impl Deref for WriteTx {
    type Target = Conn;
    fn deref(&self) -> &Conn {
        &self.conn
    }
}
impl DerefMut for WriteTx {
    fn deref_mut(&mut self) -> &mut Conn {
        &mut self.conn
    }
}

/// A statement with its values, ready to run.
pub struct Query<'c>(Prepared<'c>);

enum Prepared<'c> {
    Sqlite(&'c mut SqliteConnection, SqlStr, SqliteArguments),
    Postgres(&'c mut PgConnection, SqlStr, PgArguments),
}

/// Runs one sqlx expression on the engine of the statement.
macro_rules! on_engine {
    ($query:expr, |$conn:ident, $text:ident, $args:ident| $run:expr) => {
        match $query.0 {
            Prepared::Sqlite($conn, $text, $args) => $run,
            Prepared::Postgres($conn, $text, $args) => $run,
        }
    };
}

impl<'c> Query<'c> {
    fn sqlite(conn: &'c mut SqliteConnection, text: SqlStr) -> Self {
        Query(Prepared::Sqlite(conn, text, SqliteArguments::default()))
    }

    fn postgres(conn: &'c mut PgConnection, text: SqlStr) -> Self {
        Query(Prepared::Postgres(conn, text, PgArguments::default()))
    }

    /// Binds the next value: the first call is `$1`.
    ///
    /// # Panics
    /// Never for the six column types of this project: their encoders cannot fail.
    #[must_use]
    pub fn bind(mut self, value: impl Value) -> Self {
        match &mut self.0 {
            Prepared::Sqlite(.., args) => args.add(value),
            Prepared::Postgres(.., args) => args.add(value),
        }
        .expect("every bound type encodes without failing");
        self
    }

    /// The only row, which must exist.
    ///
    /// # Errors
    /// `RowNotFound`, or what the engine reports.
    pub async fn one<T: Row>(self) -> sqlx::Result<T> {
        on_engine!(self, |conn, text, args| sqlx::query_as_with(text, args)
            .fetch_one(conn)
            .await)
    }

    /// The first row, if there is one.
    ///
    /// # Errors
    /// What the engine says.
    pub async fn optional<T: Row>(self) -> sqlx::Result<Option<T>> {
        on_engine!(self, |conn, text, args| sqlx::query_as_with(text, args)
            .fetch_optional(conn)
            .await)
    }

    /// All rows.
    ///
    /// # Errors
    /// What the engine says.
    pub async fn all<T: Row>(self) -> sqlx::Result<Vec<T>> {
        on_engine!(self, |conn, text, args| sqlx::query_as_with(text, args)
            .fetch_all(conn)
            .await)
    }

    /// The number in the first column of the only row: for counts and the like.
    ///
    /// # Errors
    /// What the engine says.
    pub async fn number(self) -> sqlx::Result<i64> {
        self.one::<(i64,)>().await.map(|(number,)| number)
    }

    /// Runs the statement and returns how many rows it affected.
    ///
    /// # Errors
    /// What the engine says.
    pub async fn run(self) -> sqlx::Result<u64> {
        on_engine!(self, |conn, text, args| {
            sqlx::query_with(text, args)
                .execute(conn)
                .await
                .map(|done| done.rows_affected())
        })
    }
}
