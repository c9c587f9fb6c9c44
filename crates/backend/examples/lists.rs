//! How long the Token Manager's lists take with a thousand codes and with a million (section "Lists" of
//! `docs/benchmarks.md`). `cargo xtask bench` runs it; alone: `cargo run --release --example lists -- 1000000`.
//!
//! With a folder as a second argument it only fills a database there.
//!
//! Everything goes through the same use cases that the pages call, on SQLite with its durable settings.

use std::path::Path;
use std::time::{Duration, Instant};

use backend::keys::KeyRing;
use backend::people::SignIn;
use backend::{Actor, Backend, Client, Clock, MailTransport, Random, Settings};
use database::{Db, DbSettings, Url};
use domain::access_tokens::{CodeQuery, NewTokenForm, TokenOrder, TokenQuery};
use domain::collections::CollectionState;
use domain::organisations::SetUp;
use domain::people::SignInForm;
use domain::{CollectionId, TokenId};

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

/// Codes in one multi token.
const CODES_EACH: i64 = 100_000;

/// Tries of each question; the median counts.
const TRIES: usize = 31;

#[tokio::main]
async fn main() -> Outcome<()> {
    let codes: i64 = std::env::args().nth(1).as_deref().unwrap_or("1000000").parse()?;
    if let Some(folder) = std::env::args().nth(2) {
        let (backend, actor) = open_as_owner(Path::new(&folder)).await?;
        filled(&backend, &actor, codes).await?;
        backend.database().close().await;
        return Ok(());
    }
    let few = measure(1_000).await?;
    let many = measure(codes).await?;
    println!(
        "{:<44} {:>10} {:>12} {:>7}",
        "median in the database, milliseconds", "1,000", codes, "ratio"
    );
    let mut slow = 0;
    for ((what, before), (_, after)) in few.iter().zip(&many) {
        let (before, after) = (millis(*before), millis(*after));
        let ratio = after / before.max(0.001);
        // Under 20 ms, or at most 1.5 times the time with a thousand.
        let holds = after < 20.0 || ratio <= 1.5;
        slow += i32::from(!holds);
        println!(
            "{what:<44} {before:>10.2} {after:>12.2} {ratio:>7.1}{}",
            if holds { "" } else { "  ← too slow" }
        );
    }
    if slow > 0 {
        Err(format!("{slow} questions take too long").into())
    } else {
        Ok(())
    }
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

/// Fills a new database and asks it everything.
async fn measure(codes: i64) -> Outcome<Vec<(String, Duration)>> {
    let folder = tempfile::tempdir()?;
    let (backend, actor) = open_as_owner(folder.path()).await?;
    let started = Instant::now();
    let multi = filled(&backend, &actor, codes).await?;
    eprintln!(
        "{codes} codes and {codes}/100 single tokens made in {:.1} s",
        started.elapsed().as_secs_f64()
    );
    ask(&backend, &actor, multi).await
}

async fn open_as_owner(folder: &Path) -> Outcome<(Backend, Actor)> {
    let backend = open(folder).await?;
    let actor = owner(&backend).await?;
    Ok((backend, actor))
}

/// A published collection and tokens that open it.
async fn filled(backend: &Backend, actor: &Actor, codes: i64) -> Outcome<TokenId> {
    let collections = backend.collections();
    let collection = collections.create(actor, "Safety 2027").await?.id;
    collections
        .set_state(actor, collection, CollectionState::Published)
        .await?;
    fill(backend, actor, collection, codes).await
}

async fn open(folder: &Path) -> Outcome<Backend> {
    let settings = DbSettings {
        url: Url::Sqlite(folder.join("bench.db")),
        serves: true,
        connections: 4,
    };
    let db = Db::open(&settings).await?;
    let keys = KeyRing::open(&folder.join("keys.toml"))?;
    let settings = Settings {
        public_url: "http://127.0.0.1:3000".into(),
        mail: MailTransport::Folder(folder.join("mail")),
    };
    Ok(Backend::new(db, Clock::system(), Random, keys, settings))
}

async fn owner(backend: &Backend) -> Outcome<Actor> {
    let (email, password) = ("ada@example.org", "correct horse battery");
    let new = SetUp {
        organisation: "Bench".into(),
        time_zone: "Pacific/Auckland".into(),
        name: "Ada".into(),
        email: email.parse()?,
        password: password.into(),
    };
    backend.organisations().create(&new).await?;
    let form = SignInForm {
        email: email.into(),
        password: password.into(),
        ..SignInForm::default()
    };
    let client = Client::default();
    let SignIn::Done(session) = backend.people().sign_in(&form, &client).await? else {
        return Err("one organisation".into());
    };
    Ok(backend
        .people()
        .actor(&session.secret, &client)
        .await?
        .ok_or("an owner")?)
}

/// Multi tokens with so many codes in all, some of them assigned, and a single token for each hundred codes.
async fn fill(backend: &Backend, actor: &Actor, collection: CollectionId, codes: i64) -> Outcome<TokenId> {
    let tokens = backend.access_tokens();
    let mut first = None;
    let mut left = codes;
    while left > 0 {
        let count = left.min(CODES_EACH);
        let form = NewTokenForm {
            name: format!("Contractors {left}"),
            token_type: "multi".into(),
            no_of_tokens: count.to_string(),
            collection: collection.to_string(),
            ..NewTokenForm::default()
        };
        let row = tokens.create(actor, &form).await?;
        while backend.jobs().run_one_slice().await? {}
        for code in tokens
            .codes(actor, row.id, &CodeQuery::default())
            .await?
            .rows
            .iter()
            .take(30)
        {
            tokens
                .assign(actor, code.id, &format!("crew{}.{left}@example.org", code.number))
                .await?;
        }
        first = first.or(Some(row.id));
        left -= count;
    }
    for n in 0..codes / 100 {
        let form = NewTokenForm {
            name: format!("Intake {n}"),
            token_type: "single".into(),
            usage_limit: if n % 3 == 0 {
                String::new()
            } else {
                (n % 50 + 1).to_string()
            },
            expires: if n % 2 == 0 {
                String::new()
            } else {
                format!("{}-06-30", 2030 + n % 60)
            },
            collection: collection.to_string(),
            ..NewTokenForm::default()
        };
        tokens.create(actor, &form).await?;
    }
    first.ok_or_else(|| "at least one code".into())
}

/// Every question of the lists, with its median.
async fn ask(backend: &Backend, actor: &Actor, multi: TokenId) -> Outcome<Vec<(String, Duration)>> {
    let tokens = backend.access_tokens();
    let codes = tokens.codes(actor, multi, &CodeQuery::default()).await?.rows;
    let (code, hint) = (
        tokens.share(actor, codes[7].id).await?.code,
        codes[7].hint.clone(),
    );
    let mut answers = Vec::new();
    for order in TokenOrder::ALL {
        for descending in [false, true] {
            let query = TokenQuery {
                order,
                descending,
                ..TokenQuery::default()
            };
            let way = if descending { "down" } else { "up" };
            answers.push((
                format!("first page by {}, {way}", order.words()),
                list(backend, actor, &query).await?,
            ));
            let after = pages_on(backend, actor, &query, 5).await?;
            let middle = TokenQuery { after, ..query };
            answers.push((
                format!("a page further on by {}, {way}", order.words()),
                list(backend, actor, &middle).await?,
            ));
        }
    }
    for (what, typed) in [
        ("search by a code", code.as_str()),
        ("search by its shown part", hint.as_str()),
        ("search by e-mail", "crew7."),
        ("search by a rare name", "intake 7"),
        ("search by a word that fits nearly all", "intake"),
        ("search by the collection's title", "safety"),
        ("search that finds nothing", "zebra"),
    ] {
        let query = TokenQuery {
            search: typed.into(),
            ..TokenQuery::default()
        };
        answers.push((what.into(), list(backend, actor, &query).await?));
    }
    let mut query = CodeQuery::default();
    answers.push((
        "codes: first page".into(),
        list_codes(backend, actor, multi, &query).await?,
    ));
    query.after = Some(domain::Cursor(
        (tokens.get(actor, multi).await?.limit.unwrap_or_default() / 2).to_string(),
    ));
    answers.push((
        "codes: a page in the middle".into(),
        list_codes(backend, actor, multi, &query).await?,
    ));
    for (what, typed) in [
        ("codes: search by a code", code.as_str()),
        ("codes: search by its shown part", hint.as_str()),
        ("codes: search by e-mail", "crew7."),
    ] {
        let query = CodeQuery {
            search: typed.into(),
            ..CodeQuery::default()
        };
        answers.push((what.into(), list_codes(backend, actor, multi, &query).await?));
    }
    Ok(answers)
}

async fn pages_on(
    backend: &Backend,
    actor: &Actor,
    query: &TokenQuery,
    pages: usize,
) -> Outcome<Option<domain::Cursor>> {
    let mut query = query.clone();
    for _ in 0..pages {
        match backend.access_tokens().list(actor, &query).await?.next {
            Some(next) => query.after = Some(next),
            None => break,
        }
    }
    Ok(query.after)
}

async fn list(backend: &Backend, actor: &Actor, query: &TokenQuery) -> Outcome<Duration> {
    let mut times = Vec::with_capacity(TRIES);
    for _ in 0..TRIES {
        let started = Instant::now();
        backend.access_tokens().list(actor, query).await?;
        times.push(started.elapsed());
    }
    Ok(median(times))
}

async fn list_codes(
    backend: &Backend,
    actor: &Actor,
    multi: TokenId,
    query: &CodeQuery,
) -> Outcome<Duration> {
    let mut times = Vec::with_capacity(TRIES);
    for _ in 0..TRIES {
        let started = Instant::now();
        backend.access_tokens().codes(actor, multi, query).await?;
        times.push(started.elapsed());
    }
    Ok(median(times))
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}
