//! Keys in operation, on both engines, with a key file in a folder.

mod rotation;
mod start;

use std::path::PathBuf;

use chrono::TimeDelta;
use domain::{Code, OrganisationId, TokenId};

use super::Rotation;
use crate::keys::{KeyError, KeyRing, KeySource};
use crate::mail::{NewMail, Template};
use crate::testing::{World, on_each_engine};
use crate::{Backend, Random, Secret, access_tokens, tokens};

/// An installation whose keys are in a file.
struct Installation<'w> {
    world: &'w World,
    folder: tempfile::TempDir,
}

impl<'w> Installation<'w> {
    fn new(world: &'w World) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        Self { world, folder }
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("keys.toml")
    }

    /// A process that has not opened its keys yet.
    async fn process(&self, file: PathBuf) -> Backend {
        let db = database::Db::open(&self.world.database.settings)
            .await
            .expect("the database");
        let (clock, settings) = (
            self.world.backend.clock.clone(),
            self.world.backend.settings.clone(),
        );
        Backend::new(db, clock, Random, KeyRing::at(KeySource::File(file)), settings)
    }

    /// A command that works with its keys.
    async fn command(&self) -> Backend {
        let backend = self.process(self.file()).await;
        backend.key_management().open(None).await.expect("its keys");
        backend
    }

    /// A running server; `stop` ends it.
    async fn server(&self, file: PathBuf) -> (Backend, tokio::task::JoinHandle<()>) {
        let backend = self.process(file).await;
        let name = Some("127.0.0.1:3000".to_owned());
        backend.key_management().open(name).await.expect("its keys");
        let watching = backend.clone();
        let watch = tokio::spawn(async move { watching.key_management().watch().await });
        (backend, watch)
    }

    async fn organisation(&self) -> OrganisationId {
        crate::organisations::testing::organisation(&self.world.backend).await
    }
}

/// A token issued by this process.
async fn issue(backend: &Backend, organisation: OrganisationId) -> (TokenId, Code) {
    let mut tx = backend.db.write().await.expect("a transaction");
    let new = tokens::NewToken {
        organisation,
        department: None,
        kind: &access_tokens::SINGLE,
        name: "Spring course".into(),
        starts_at: None,
        expires_at: None,
        use_limit: None,
        sealing: None,
        created_by: None,
    };
    let (id, secret) = tokens::issue(&mut tx, backend, &new).await.expect("issued");
    let code = secret.and_then(|secret| secret.into_code().ok()).expect("a code");
    tx.commit().await.expect("committed");
    (id, code)
}

/// A queued mail with a link.
async fn queue_with_link(backend: &Backend, organisation: OrganisationId) {
    let mail = NewMail {
        to_name: "Ada".into(),
        facts: serde_json::json!({"organisation": "A", "collection": "B", "assigned_by": "C"}),
        link: Some(Secret::new("https://tokens.example.org/t/7F3K")),
        ..NewMail::to(
            organisation,
            "ada@example.org".parse().expect("an address"),
            Template::CodeAssigned,
        )
    };
    let mut tx = backend.db.write().await.expect("a transaction");
    backend.queue_mail(&mut tx, mail).await.expect("queued");
    backend.commit(tx).await.expect("committed");
}

async fn is_found(backend: &Backend, code: &Code) -> bool {
    let mut conn = backend.db.read().await.expect("a reader");
    tokens::find(&mut conn, backend, access_tokens::presented(code))
        .await
        .expect("asked")
        .is_some()
}

async fn is_readable(backend: &Backend, id: TokenId) -> bool {
    let mut conn = backend.db.read().await.expect("a reader");
    tokens::reveal(&mut conn, backend, id).await.is_ok()
}

/// Changes a token in a way that no use case does.
async fn damage(backend: &Backend, sql: &'static str, id: TokenId) {
    let mut tx = backend.db.write().await.expect("a transaction");
    assert_eq!(tx.query(sql).bind(id).run().await.expect("damaged"), 1);
    tx.commit().await.expect("committed");
}

/// What happens when somebody presents a code; returns whether it was digested again.
async fn present(backend: &Backend, organisation: OrganisationId, id: TokenId, code: &Code) -> bool {
    let mut tx = backend.db.write().await.expect("a transaction");
    let found = tokens::lock(&mut tx, backend, &crate::Scope::new(organisation, None), id).await;
    let token = found.expect("locked").expect("there").token;
    let presented = access_tokens::presented(code);
    let is_new = tokens::redigest_if_old(&mut tx, backend, &token, presented).await;
    tx.commit().await.expect("committed");
    is_new.expect("digested")
}

/// A rotation after which nothing is kept for backups.
fn at_once() -> Rotation {
    Rotation {
        keep: TimeDelta::zero(),
        patience: std::time::Duration::from_secs(3),
        ..Rotation::default()
    }
}
