//! A database with an organisation, a published collection and tokens, made through the same use cases that
//! the pages call.

use std::path::Path;

use backend::keys::KeyRing;
use backend::people::SignIn;
use backend::{Backend, Caller, Client, Clock, MailTransport, Random, Settings};
use bench::token_list::{self, Listed};
use bench::{Outcome, SQLITE_FILE};
use database::{Db, DbSettings, Opening, Url};
use domain::access_tokens::{CodeQuery, NewTokenForm, TokenRow};
use domain::collections::CollectionState;
use domain::organisations::SetUp;
use domain::people::SignInForm;
use domain::{CollectionId, TokenId};

/// Codes in one multi token: as many as one may have.
const CODES_EACH: i64 = 100_000;

/// Codes of each multi token that are assigned to an address.
const ASSIGNED: usize = 30;

const EMAIL: &str = "ada@example.org";
const PASSWORD: &str = "correct horse battery";

/// An open database, and its owner.
pub struct Prepared {
    /// The use cases.
    pub backend: Backend,
    /// Who asks them.
    pub owner: Caller,
}

/// Where the database of a folder is, unless it is on a PostgreSQL server.
pub fn place(folder: &Path, postgres: Option<&str>) -> Outcome<Url> {
    match postgres {
        Some(address) => Ok(address.parse::<Url>()?),
        None => Ok(Url::Sqlite(folder.join(SQLITE_FILE))),
    }
}

impl Prepared {
    /// Opens a database that was prepared before.
    pub async fn open(folder: &Path, place: Url) -> Outcome<Self> {
        let backend = open(folder, place).await?;
        let owner = sign_in(&backend).await?;
        Ok(Self { backend, owner })
    }

    /// Makes an organisation in an empty database.
    pub async fn create(folder: &Path, place: Url) -> Outcome<Self> {
        std::fs::create_dir_all(folder)?;
        let backend = open(folder, place).await?;
        let new = SetUp {
            organisation: "Bench".into(),
            time_zone: "Pacific/Auckland".into(),
            name: "Ada".into(),
            email: EMAIL.parse()?,
            password: PASSWORD.into(),
        };
        backend.organisations().create(&new).await?;
        let owner = sign_in(&backend).await?;
        Ok(Self { backend, owner })
    }

    /// A published collection.
    pub async fn publish(&self, title: &str) -> Outcome<CollectionId> {
        let collections = self.backend.collections();
        let collection = collections.create(&self.owner, title).await?.id;
        collections
            .set_state(&self.owner, collection, CollectionState::Published)
            .await?;
        Ok(collection)
    }

    /// Multi tokens with so many codes in all, some of them assigned. Their mails are delivered here, not by the
    /// server that is measured.
    pub async fn add_codes(&self, collection: CollectionId, codes: i64) -> Outcome {
        let mut left = codes;
        while left > 0 {
            let count = left.min(CODES_EACH);
            let multi = self
                .make_multi(collection, &format!("Contractors {left}"), count)
                .await?;
            self.assign_some(multi, left).await?;
            left -= count;
        }
        self.backend.mail().deliver_due().await?;
        Ok(())
    }

    /// A multi token whose codes are all made.
    pub async fn make_multi(&self, collection: CollectionId, name: &str, codes: i64) -> Outcome<TokenId> {
        let form = NewTokenForm {
            name: name.into(),
            token_type: "multi".into(),
            no_of_tokens: codes.to_string(),
            collection: collection.to_string(),
            ..NewTokenForm::default()
        };
        let made = self.backend.access_tokens().create(&self.owner, &form).await?;
        while self.backend.jobs().run_one_slice().await? {}
        Ok(made.id)
    }

    async fn assign_some(&self, multi: TokenId, batch: i64) -> Outcome {
        let tokens = self.backend.access_tokens();
        let page = tokens.codes(&self.owner, multi, &CodeQuery::default()).await?;
        for code in page.rows.iter().take(ASSIGNED) {
            let email = format!("crew{}.{batch}@example.org", code.number);
            tokens.assign(&self.owner, code.id, &email).await?;
        }
        Ok(())
    }

    /// Single tokens, some with a limit that no measuring reaches, and the file that lists their codes.
    pub async fn add_singles(&self, folder: &Path, collection: CollectionId, count: i64) -> Outcome {
        let tokens = self.backend.access_tokens();
        let mut listed = Vec::new();
        for n in 0..count {
            let made: TokenRow = tokens.create(&self.owner, &single(n, collection)).await?;
            let code = tokens.share(&self.owner, made.id).await?.code.replace('-', "");
            listed.push(Listed {
                code,
                id: made.id.to_string(),
            });
        }
        token_list::write(folder, &listed)
    }
}

fn single(n: i64, collection: CollectionId) -> NewTokenForm {
    NewTokenForm {
        name: format!("Intake {n}"),
        token_type: "single".into(),
        usage_limit: match n % 3 {
            0 => String::new(),
            _ => (10_000_000 + n % 50).to_string(),
        },
        expires: match n % 2 {
            0 => String::new(),
            _ => format!("{}-06-30", 2030 + n % 60),
        },
        collection: collection.to_string(),
        ..NewTokenForm::default()
    }
}

async fn open(folder: &Path, place: Url) -> Outcome<Backend> {
    let settings = DbSettings {
        url: place,
        opening: Opening::Migrate,
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

async fn sign_in(backend: &Backend) -> Outcome<Caller> {
    let form = SignInForm {
        email: EMAIL.into(),
        password: PASSWORD.into(),
        ..SignInForm::default()
    };
    let client = Client::default();
    let SignIn::Done(session) = backend.people().sign_in(&form, &client).await? else {
        return Err("the address belongs to one organisation".into());
    };
    let owner = backend.people().caller(&session.secret, &client).await?;
    Ok(owner.ok_or("the session is an owner's")?)
}
