//! One installation of the product: its folder, its database, an organisation with a collection in it, and the tokens
//! to be spent.
//!
//! They are created by the use cases themselves while no server runs; everything after that goes over HTTP.

use std::path::{Path, PathBuf};
use std::process::Command;

use backend::keys::{KeyRing, KeySource};
use backend::{Backend, Caller, Client, Clock, MailTransport, Random, Secret};
use database::{Db, DbSettings, Opening};
use domain::access_tokens::{CodeQuery, NewTokenForm};
use domain::collections::CollectionState;
use domain::organisations::SetUpForm;
use domain::{CollectionId, TokenId};

use crate::failure::{Failure, Outcome};
use crate::lab::Lab;
use crate::server::{Server, free_port};

const SETUP_CODE: &str = "faults";

/// A token that opens a collection.
#[derive(Debug, Clone)]
pub struct Token {
    /// Its id.
    pub id: TokenId,
    /// Its code, as it appears in the link.
    pub code: String,
    /// How often it may be used.
    pub limit: usize,
}

/// An installation that can be served.
pub struct Installation {
    /// Its data folder.
    pub folder: PathBuf,
    /// Where its servers log: elsewhere, so that a full disk still leaves a log.
    pub logs: PathBuf,
    /// The location of its database, as passed to the product.
    pub database: String,
    environment: Vec<(String, String)>,
    program: PathBuf,
    owner: Option<(Caller, CollectionId)>,
}

impl Installation {
    /// A new one on SQLite.
    pub async fn on_sqlite(lab: &Lab) -> Outcome<Self> {
        let folder = lab.new_folder("sqlite-")?;
        Self::on_sqlite_in(lab, &folder).await
    }

    /// A new one on SQLite, in a folder prepared for it.
    pub async fn on_sqlite_in(lab: &Lab, folder: &Path) -> Outcome<Self> {
        let database = format!("sqlite:{}", folder.join("tokenwright.db").display());
        Self::on(lab, folder, database).await
    }

    /// A new one on PostgreSQL.
    pub async fn on_postgres(lab: &Lab) -> Outcome<Self> {
        let folder = lab.new_folder("postgres-")?;
        let database = lab.postgres().await?.new_database()?;
        Self::on(lab, &folder, database).await
    }

    async fn on(lab: &Lab, folder: &Path, database: String) -> Outcome<Self> {
        let mut installation = Self::found(lab, folder, database)?;
        if let Some(wrong) = lab.wrong {
            installation.set("TOKENWRIGHT_WRONG", wrong);
        }
        let backend = installation.open().await?;
        let made = set_up(&backend).await;
        backend.database().close().await;
        installation.owner = Some(made?);
        Ok(installation)
    }

    /// An existing one: a copy of another.
    pub fn found(lab: &Lab, folder: &Path, database: String) -> Outcome<Self> {
        Ok(Self {
            folder: folder.to_owned(),
            logs: lab.new_folder("logs-")?,
            database,
            environment: Vec::new(),
            program: lab.program.clone(),
            owner: None,
        })
    }

    /// Sets an environment variable for everything that is started on it from now on.
    pub fn set(&mut self, name: &str, value: impl Into<String>) {
        self.environment.push((name.to_owned(), value.into()));
    }

    /// Single tokens with these limits.
    pub async fn tokens(&self, limits: impl IntoIterator<Item = usize>) -> Outcome<Vec<Token>> {
        let (caller, collection) = self.owner()?;
        let backend = self.open().await?;
        let mut tokens = Vec::new();
        for limit in limits {
            tokens.push(single(&backend, caller, collection, limit, "").await?);
        }
        backend.database().close().await;
        Ok(tokens)
    }

    /// The codes of a multi token: tokens with one use each, whose uses are also counted together.
    pub async fn codes(&self, count: usize) -> Outcome<Vec<Token>> {
        let (caller, collection) = self.owner()?;
        let backend = self.open().await?;
        let form = NewTokenForm {
            name: "Autumn course".into(),
            token_type: "multi".into(),
            no_of_tokens: count.to_string(),
            collection: collection.to_string(),
            ..NewTokenForm::default()
        };
        let tokens = backend.access_tokens();
        let multi = tokens.create(caller, &form).await?.id;
        let rows = tokens.codes(caller, multi, &CodeQuery::default()).await?.rows;
        let mut codes = Vec::new();
        for row in rows {
            let code = tokens.share(caller, row.id).await?.code;
            codes.push(Token {
                id: row.id,
                code,
                limit: 1,
            });
        }
        backend.database().close().await;
        Ok(codes)
    }

    /// A single token that expires at the end of this day in UTC, as the form writes days.
    pub async fn token_until(&self, limit: usize, day: &str) -> Outcome<Token> {
        let (caller, collection) = self.owner()?;
        let backend = self.open().await?;
        let token = single(&backend, caller, collection, limit, day).await;
        backend.database().close().await;
        token
    }

    fn owner(&self) -> Outcome<(&Caller, CollectionId)> {
        let owner = self
            .owner
            .as_ref()
            .map(|(caller, collection)| (caller, *collection));
        owner.ok_or_else(|| Failure::Hindered("a found installation has no owner to make tokens".into()))
    }

    /// The product, configured only with where its data is.
    pub fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command.env_clear().current_dir(&self.folder);
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        command.env("TOKENWRIGHT_DATA_DIR", &self.folder);
        command.env("TOKENWRIGHT_DATABASE", &self.database);
        command.env("TOKENWRIGHT_SETUP_CODE", SETUP_CODE);
        command
    }

    /// A server on a port of its own.
    pub async fn serve(&self) -> Outcome<Server> {
        Server::start(self, free_port()?).await
    }

    /// This many servers on one database.
    pub async fn serve_with(&self, servers: usize) -> Outcome<Vec<Server>> {
        let mut started = Vec::new();
        for _ in 0..servers {
            started.push(self.serve().await?);
        }
        Ok(started)
    }

    /// This many queued mails, each to a different person: the codes of a multi token, assigned.
    pub async fn mails(&self, count: usize) -> Outcome<()> {
        let (caller, collection) = self.owner()?;
        let backend = self.open().await?;
        let tokens = backend.access_tokens();
        let form = NewTokenForm {
            name: "Autumn course".into(),
            token_type: "multi".into(),
            no_of_tokens: count.to_string(),
            collection: collection.to_string(),
            ..NewTokenForm::default()
        };
        let multi = tokens.create(caller, &form).await?.id;
        let (mut query, mut number) = (CodeQuery::default(), 0);
        loop {
            let page = tokens.codes(caller, multi, &query).await?;
            for row in page.rows {
                let address = format!("reader{number}@example.org");
                tokens.assign(caller, row.id, &address).await?;
                number += 1;
            }
            match page.next {
                Some(next) => query.after = Some(next),
                None => break,
            }
        }
        backend.database().close().await;
        Ok(())
    }

    /// How many mails are in a state.
    pub async fn mails_in_state(&self, state: &str) -> Outcome<usize> {
        let db = self.open_database().await?;
        let count = db
            .read()
            .await?
            .query("SELECT CAST(COUNT(*) AS BIGINT) FROM mails WHERE state = $1")
            .bind(state.to_owned())
            .number()
            .await?;
        db.close().await;
        Ok(usize::try_from(count)?)
    }

    /// The use cases on its database, beside any running server.
    pub async fn open(&self) -> Outcome<Backend> {
        let db = self.open_database().await?;
        let keys = KeyRing::at(KeySource::File(self.folder.join("keys.toml")));
        let settings = backend::Settings {
            public_url: "http://127.0.0.1".into(),
            mail: MailTransport::Folder(self.folder.join("mail")),
        };
        let backend = Backend::new(db, Clock::system(), Random, keys, settings);
        backend.key_management().open(None).await?;
        Ok(backend)
    }

    /// Its database, to read the records.
    pub async fn open_database(&self) -> Outcome<Db> {
        let url = self.database.parse();
        let settings = DbSettings {
            url: url.map_err(|sentence: &str| Failure::Hindered(sentence.into()))?,
            opening: Opening::Migrate,
            connections: 2,
        };
        Ok(Db::open(&settings).await?)
    }
}

async fn set_up(backend: &Backend) -> Outcome<(Caller, CollectionId)> {
    let form = SetUpForm {
        code: SETUP_CODE.into(),
        organisation: "Harbour School".into(),
        time_zone: "UTC".into(),
        name: "Ada".into(),
        email: "ada@example.org".into(),
        password: "correct horse battery".into(),
    };
    let client = Client::default();
    let session = backend
        .organisations()
        .set_up(&form, &Secret::new(SETUP_CODE), &client)
        .await?;
    let caller = backend.people().caller(&session.secret, &client).await?;
    let caller = caller.ok_or_else(|| Failure::Hindered("the owner is not signed in".into()))?;
    let collections = backend.collections();
    let collection = collections.create(&caller, "Boat safety").await?.id;
    collections
        .set_state(&caller, collection, CollectionState::Published)
        .await?;
    Ok((caller, collection))
}

async fn single(
    backend: &Backend,
    caller: &Caller,
    collection: CollectionId,
    limit: usize,
    expires: &str,
) -> Outcome<Token> {
    let form = NewTokenForm {
        name: "Spring course".into(),
        token_type: "single".into(),
        usage_limit: limit.to_string(),
        expires: expires.into(),
        collection: collection.to_string(),
        ..NewTokenForm::default()
    };
    let tokens = backend.access_tokens();
    let id = tokens.create(caller, &form).await?.id;
    let code = tokens.share(caller, id).await?.code;
    Ok(Token { id, code, limit })
}
