//! The program that one would write without thinking twice: axum, sqlx, and one transaction for each
//! redemption, around `UPDATE … RETURNING` and the same rows that the product writes.
//!
//! It is as durable as the product. On SQLite it has one connection, because several would only wait for each
//! other; on PostgreSQL as many as the product.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use axum::Router;
use axum::extract::{Form, State};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use bench::answer::Answer;
use bench::{Outcome, SQLITE_FILE, token_list};
use chrono::{DateTime, TimeDelta, Utc};
use clap::Parser;
use http::StatusCode;
use serde::Deserialize;
use sha2::{Digest, Sha256};
use sqlx::postgres::PgPoolOptions;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{PgPool, SqlitePool};
use uuid::Uuid;

/// Redeems in the obvious way.
#[derive(Parser)]
struct Arguments {
    /// Address and port to listen on
    #[arg(long)]
    listen: SocketAddr,
    /// The answer to a redemption: a file that `load --sample` wrote
    #[arg(long)]
    answer: PathBuf,
    /// Folder of the prepared database
    #[arg(long)]
    folder: PathBuf,
    /// Address of the prepared database, when it is on PostgreSQL
    #[arg(long)]
    postgres: Option<String>,
    /// Makes the listed codes known to this program, and ends
    #[arg(long)]
    adopt: bool,
}

#[derive(Clone)]
enum Pool {
    Sqlite(SqlitePool),
    Postgres(PgPool),
}

struct Server {
    pool: Pool,
    answer: Answer,
}

#[tokio::main]
async fn main() -> Outcome {
    let arguments = Arguments::parse();
    let pool = open(&arguments).await?;
    if arguments.adopt {
        pool.adopt(&arguments).await?;
        pool.close().await;
        return Ok(());
    }
    let answer = Answer::parse(&std::fs::read(&arguments.answer)?).ok_or("an HTTP/1.1 answer")?;
    let router = Router::new()
        .route("/t/open", post(redeem))
        .with_state(Arc::new(Server { pool, answer }));
    let listener = tokio::net::TcpListener::bind(arguments.listen).await?;
    Ok(axum::serve(listener, router).await?)
}

async fn open(arguments: &Arguments) -> Outcome<Pool> {
    if let Some(address) = &arguments.postgres {
        let pool = PgPoolOptions::new().max_connections(16).connect(address).await?;
        return Ok(Pool::Postgres(pool));
    }
    let options = SqliteConnectOptions::new()
        .filename(arguments.folder.join(SQLITE_FILE))
        .foreign_keys(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .pragma("cache_size", "-16384");
    let pool = SqlitePoolOptions::new().max_connections(1);
    Ok(Pool::Sqlite(pool.connect_with(options).await?))
}

#[derive(Deserialize)]
struct Sent {
    code: String,
    key: String,
    name: String,
    email: String,
}

async fn redeem(State(server): State<Arc<Server>>, Form(sent): Form<Sent>) -> Response {
    let spent = match &server.pool {
        Pool::Sqlite(pool) => on_sqlite(pool, &sent).await,
        Pool::Postgres(pool) => on_postgres(pool, &sent).await,
    };
    match spent {
        Ok(true) => server.answer.give(),
        Ok(false) => StatusCode::GONE.into_response(),
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
    }
}

/// One redemption on one engine: whether there was a use left. Each call is a function of its own, because
/// sqlx knows the engine by type.
macro_rules! redemption {
    ($name:ident, $pool:ty, $begin:expr) => {
        async fn $name(pool: &$pool, sent: &Sent) -> sqlx::Result<bool> {
            let now: DateTime<Utc> = std::time::SystemTime::now().into();
            let mut tx = $begin(pool).await?;
            let spent: Option<(Uuid, Uuid, i64)> = sqlx::query_as(
                "UPDATE tokens SET uses = uses + 1, last_used_at = $2
                 WHERE digest = $1 AND (use_limit IS NULL OR uses < use_limit)
                   AND (expires_at IS NULL OR expires_at > $2) AND (starts_at IS NULL OR starts_at <= $2)
                   AND suspended_at IS NULL AND revoked_at IS NULL AND deleted_at IS NULL
                 RETURNING id, organisation_id, uses",
            )
            .bind(digest(&sent.code))
            .bind(now)
            .fetch_optional(&mut *tx)
            .await?;
            let Some((token, organisation, number)) = spent else {
                return Ok(false);
            };
            let (collection,): (Uuid,) =
                sqlx::query_as("SELECT collection_id FROM access_tokens WHERE token_id = $1")
                    .bind(token)
                    .fetch_one(&mut *tx)
                    .await?;
            let (person, session) = (Uuid::now_v7(), Uuid::now_v7());
            sqlx::query(
                "INSERT INTO people (id, organisation_id, name, name_key, email, created_at, words)
                 VALUES ($1, $2, $3, $4, $5, $6, $7)",
            )
            .bind(person)
            .bind(organisation)
            .bind(&sent.name)
            .bind(sent.name.to_lowercase().into_bytes())
            .bind(&sent.email)
            .bind(now)
            .bind(words(sent).join(&b' '))
            .execute(&mut *tx)
            .await?;
            for word in words(sent) {
                sqlx::query("INSERT INTO person_words (organisation_id, word, person_id) VALUES ($1, $2, $3)")
                    .bind(organisation)
                    .bind(word)
                    .bind(person)
                    .execute(&mut *tx)
                    .await?;
            }
            let added = format!(r#"{{"email":"{}","name":"{}","user_type":"member"}}"#, sent.email, sent.name);
            let used = format!(r#"{{"hint":"{}","number":{number}}}"#, &sent.code[..4]);
            for (event, of, facts) in [("person.added", None, added), ("token.used", Some(token), used)] {
                sqlx::query(
                    "INSERT INTO audit (id, organisation_id, at, actor_id, caller, event, token_id, person_id, facts, address)
                     VALUES ($1, $2, $3, $4, $5, $6, $7, $4, $8, '127.0.0.1')",
                )
                .bind(Uuid::now_v7())
                .bind(organisation)
                .bind(now)
                .bind(person)
                .bind(&sent.name)
                .bind(event)
                .bind(of)
                .bind(facts)
                .execute(&mut *tx)
                .await?;
            }
            sqlx::query(
                "INSERT INTO uses (token_id, number, organisation_id, idempotency_key, at, person_id, address)
                 VALUES ($1, $2, $3, $4, $5, $6, '127.0.0.1')",
            )
            .bind(token)
            .bind(number)
            .bind(organisation)
            .bind(digest(&format!("{} {}", sent.email, sent.key)))
            .bind(now)
            .bind(person)
            .execute(&mut *tx)
            .await?;
            sqlx::query(
                "INSERT INTO sessions (id, digest, organisation_id, person_id, kind, proven, device, address, created_at,
                                       last_seen_at, expires_at)
                 VALUES ($1, $2, $3, $4, 'recipient', FALSE, 'Browser', '127.0.0.1', $5, $5, $6)",
            )
            .bind(session)
            .bind(digest(&Uuid::now_v7().to_string()))
            .bind(organisation)
            .bind(person)
            .bind(now)
            .bind(now + TimeDelta::days(180))
            .execute(&mut *tx)
            .await?;
            sqlx::query(
                "INSERT INTO grants (organisation_id, person_id, collection_id, token_id, use_number, session_id, created_at)
                 VALUES ($1, $2, $3, $4, $5, $6, $7)",
            )
            .bind(organisation)
            .bind(person)
            .bind(collection)
            .bind(token)
            .bind(number)
            .bind(session)
            .bind(now)
            .execute(&mut *tx)
            .await?;
            tx.commit().await?;
            Ok(true)
        }
    };
}

redemption!(on_sqlite, SqlitePool, async |pool: &SqlitePool| pool
    .begin_with("BEGIN IMMEDIATE")
    .await);
redemption!(on_postgres, PgPool, async |pool: &PgPool| pool.begin().await);

fn digest(text: &str) -> Vec<u8> {
    Sha256::digest(text.as_bytes()).to_vec()
}

/// What a person is found by, as the product keeps it.
fn words(sent: &Sent) -> Vec<Vec<u8>> {
    let mut words: Vec<Vec<u8>> = [&sent.name, &sent.email]
        .into_iter()
        .flat_map(|text| text.split(|letter: char| !letter.is_alphanumeric()))
        .chain([sent.email.as_str()])
        .map(|word| word.to_lowercase().into_bytes())
        .collect();
    words.sort();
    words.dedup();
    words
}

impl Pool {
    /// The product finds a code by a digest under a key; this program by a plain one.
    async fn adopt(&self, arguments: &Arguments) -> Outcome {
        let tokens = token_list::read(&arguments.folder, usize::MAX)?;
        let known: Vec<(Vec<u8>, Uuid)> = tokens
            .iter()
            .map(|token| Ok((digest(&token.code), token.id.parse()?)))
            .collect::<Outcome<_>>()?;
        let statement = "UPDATE tokens SET digest = $1 WHERE id = $2";
        match self {
            Self::Sqlite(pool) => {
                let mut tx = pool.begin().await?;
                for (digest, id) in known {
                    sqlx::query(statement)
                        .bind(digest)
                        .bind(id)
                        .execute(&mut *tx)
                        .await?;
                }
                tx.commit().await?;
            }
            Self::Postgres(pool) => {
                let mut tx = pool.begin().await?;
                for (digest, id) in known {
                    sqlx::query(statement)
                        .bind(digest)
                        .bind(id)
                        .execute(&mut *tx)
                        .await?;
                }
                tx.commit().await?;
            }
        }
        Ok(())
    }

    /// Folds SQLite's log into the file, which is copied afterwards.
    async fn close(&self) {
        match self {
            Self::Sqlite(pool) => pool.close().await,
            Self::Postgres(pool) => pool.close().await,
        }
    }
}
