//! A backend on each engine, with a standing clock: where the tests of every feature start.

use std::ops::AsyncFn;

use chrono::{DateTime, Utc};
use database::testing::TestDb;

use crate::keys::KeyRing;
use crate::tokens::Kinds;
use crate::{Backend, Clock, MailTransport, Random, Settings};

/// A test environment: a backend with an empty database.
pub struct World {
    /// The backend, whose clock stands at [`noon`] until a test moves it.
    pub backend: Backend,
    /// Where mail goes.
    pub mail: tempfile::TempDir,
    /// How to open the database again.
    pub database: TestDb,
}

/// 1 November 2026, 12:00 UTC.
pub fn noon() -> DateTime<Utc> {
    DateTime::from_timestamp(1_793_534_400, 0).unwrap_or_default()
}

impl World {
    /// Another server on the same database, with the same keys and clock.
    ///
    /// # Panics
    /// When the database cannot be opened again: a test cannot continue without it.
    pub async fn another_server(&self) -> Backend {
        let db = database::Db::open(&self.database.settings)
            .await
            .expect("opened once more");
        let (clock, keys) = (self.backend.clock.clone(), self.backend.keys.clone());
        Backend::new(db, clock, Random, keys, self.backend.settings.clone())
    }

    /// Another server, on an engine that several servers can share.
    pub async fn another_server_if_shared(&self) -> Option<Backend> {
        match self.backend.db.is_shared() {
            true => Some(self.another_server().await),
            false => None,
        }
    }

    /// A backend on a database.
    ///
    /// # Panics
    /// When there is no temporary folder: a test cannot continue without one.
    pub fn on(database: TestDb) -> Self {
        Self::with_kinds(database, crate::kinds::all())
    }

    /// A backend with the caller's kinds of tokens.
    pub(crate) fn with_kinds(database: TestDb, kinds: Kinds) -> Self {
        let mail = tempfile::tempdir().expect("a temporary folder");
        let transport = MailTransport::Folder(mail.path().to_owned());
        Self::sending(database, mail, transport, kinds)
    }

    /// A backend on a database, whose mail does not go to a folder.
    ///
    /// # Panics
    /// When there is no temporary folder: a test cannot continue without one.
    pub fn sending_by(database: TestDb, transport: MailTransport) -> Self {
        Self::sending(
            database,
            tempfile::tempdir().expect("a temporary folder"),
            transport,
            crate::kinds::all(),
        )
    }

    fn sending(database: TestDb, mail: tempfile::TempDir, transport: MailTransport, kinds: Kinds) -> Self {
        let settings = Settings {
            public_url: "https://tokens.example.org".into(),
            mail: transport,
        };
        let backend = Backend::with_kinds(
            database.db.clone(),
            Clock::standing_at(noon()),
            Random,
            KeyRing::for_tests(),
            settings,
            kinds,
        );
        Self {
            backend,
            mail,
            database,
        }
    }
}

/// Runs a test on SQLite, then on PostgreSQL.
///
/// # Panics
/// With the test, or when an engine is missing.
pub async fn on_each_engine(test: impl AsyncFn(&World)) {
    for database in [
        database::testing::sqlite().await,
        database::testing::postgres().await,
    ] {
        let world = World::on(database);
        test(&world).await;
        world.backend.database().close().await;
    }
}

impl World {
    /// An organisation with a signed-in owner.
    pub async fn owner(&self, name: &str, email: &str, organisation: &str) -> crate::Caller {
        let id = crate::organisations::testing::organisation(&self.backend).await;
        let person = self.person(id, email, name).await;
        let mut conn = self.backend.db.read().await.expect("a reader");
        let owner = crate::user_types::chosen(&mut conn, id, domain::BuiltIn::Owner.into())
            .await
            .expect("a user type");
        let signed_in = crate::SignedIn {
            person,
            name: name.into(),
            email: email.parse().expect("an address"),
            session: domain::SessionId(self.backend.random.id(noon())),
            user_type: owner.name(),
        };
        crate::Caller {
            who: crate::Who::Admin(signed_in),
            scope: crate::Scope::new(id, None),
            permissions: owner.permissions,
            organisation_name: organisation.into(),
            time_zone: chrono_tz::Pacific::Auckland,
            full_tokens: true,
            client: crate::Client::default(),
        }
    }

    /// A person known to an organisation.
    pub async fn person(
        &self,
        organisation: domain::OrganisationId,
        email: &str,
        name: &str,
    ) -> domain::PersonId {
        let now = self.backend.clock.now();
        let email = email.parse().expect("an address");
        let mut tx = self.backend.db.write().await.expect("a transaction");
        let person = crate::people::find_or_add(&mut tx, &self.backend, organisation, &email, name, now)
            .await
            .expect("a person");
        tx.commit().await.expect("committed");
        person
    }
}

impl World {
    /// A published collection.
    pub async fn published(&self, caller: &crate::Caller, title: &str) -> domain::CollectionId {
        let collections = self.backend.collections();
        let id = collections.create(caller, title).await.expect("a collection").id;
        let published = domain::collections::CollectionState::Published;
        collections
            .set_state(caller, id, published)
            .await
            .expect("published");
        id
    }
}
