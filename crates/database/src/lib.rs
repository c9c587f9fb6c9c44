//! Two engines behind one query type, and all migrations.
//!
//! A feature writes a statement once; which engine runs it is decided when the program starts. SQLite is the default:
//! one file, one server, one writer and several readers. PostgreSQL serves several servers.
//!
//! * [`Db`]: open, read, write
//! * [`Conn`], [`WriteTx`], [`Query`]: statements
//! * [`Sql`]: a statement put together from fixed pieces; [`Statement`]: the same with its values, numbering its
//!   placeholders itself
//! * [`testing`]: a fresh database on each engine

mod commit;
mod engine;
mod exclusive;
mod generations;
mod lock;
mod migrations;
mod query;
mod rows;
mod statement;
pub mod testing;
mod trouble;

pub use commit::{CommitError, stop};
pub use engine::{Db, DbSettings, OpenError, Opening, Url, check_file, put_in_place, stage, unstage};
pub use exclusive::Exclusive;
pub use generations::{Generations, Moment};
pub use query::{Conn, Part, Query, Row, Sql, Value, WriteTx};
pub use rows::padded;
pub use sqlx::{Error, FromRow, Result};
pub use statement::Statement;
pub use trouble::Trouble;
