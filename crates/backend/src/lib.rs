//! Use cases by feature: permission, transaction, SQL, audit entry, mail to send; and the jobs.
//!
//! A use case reads the same everywhere: the caller's permission (first line), one transaction, SQL, the audit entry in
//! it, commit, answer. REST, server functions, plain pages and the command line call exactly these.
//!
//! A feature's SQL is private to it. Features build on each other in this order, and call each other with their own
//! open transaction: `audit`, `mail` → `organisations`, `user_types`, `departments`, `people` → `tokens` →
//! `collections` → `access_tokens`, `campaigns` → `recipients`; `identity_providers` → `campaigns`; `api_tokens` →
//! `mobile_sessions`.

pub mod access_tokens;
pub mod answers;
pub mod api_tokens;
mod attempts;
pub mod audit;
pub mod caller;
pub mod campaigns;
mod checks;
pub mod clock;
pub mod collections;
pub mod csv;
pub mod demo;
pub mod departments;
pub mod error;
pub mod feed;
mod fsck;
mod group_commit;
pub mod identity_providers;
pub mod jobs;
pub mod key_management;
pub mod keys;
mod keyset;
mod kinds;
pub mod leaks;
pub mod mail;
mod mail_texts;
pub mod mobile_sessions;
pub mod organisations;
pub mod page_tokens;
pub mod people;
pub mod quarantine;
pub mod recipients;
pub mod reports;
mod resend;
#[cfg(test)]
mod resend_tests;
pub mod scan_digest;
pub mod search_terms;
mod secret;
mod signed;
#[cfg(test)]
mod sixth_kind;
#[cfg(test)]
pub(crate) mod testing;
pub mod times;
mod tokens;
pub mod upkeep;
pub mod user_types;
pub mod verify;
mod words;
#[cfg(feature = "wrong-versions")]
pub mod wrong;

use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

pub use caller::{Caller, Client, Lacks, Needs, Operations, Recipient, Scope, SignedIn, Who};
pub use clock::{Clock, Random};
pub use error::{Error, Fault, Result};
pub use secret::Secret;
pub use tokens::{Filters, Span};
pub use words::read_code;

use database::{Db, WriteTx};

use crate::attempts::WrongCodes;
use crate::feed::Feed;
use crate::group_commit::GroupCommit;
use crate::keys::KeyRing;
use crate::mail::Postbox;
use crate::people::Passwords;
use crate::tokens::Kinds;

/// What the use cases need to know about the installation.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The base URL of all links: `https://tokens.example.org`, without a trailing slash.
    pub public_url: String,
    /// Where mail goes.
    pub mail: MailTransport,
}

/// Where mail goes.
#[derive(Debug, Clone)]
pub enum MailTransport {
    /// A folder of `.eml` files.
    Folder(PathBuf),
    /// A mail server.
    Smtp(mail::SmtpServer),
}

/// The number of batches that one server commits at the same time on PostgreSQL.
const QUEUES: usize = 3;

/// All use cases, behind one handle that is cheap to clone.
#[derive(Clone)]
pub struct Backend(Arc<Inner>);

/// What the use cases share; none of it can be reached from outside this crate.
pub struct Inner {
    pub(crate) db: Db,
    pub(crate) clock: Clock,
    pub(crate) random: Random,
    pub(crate) keys: KeyRing,
    pub(crate) kinds: Kinds,
    pub(crate) job_kinds: &'static [&'static jobs::JobKind],
    pub(crate) key_watch: key_management::Watch,
    pub(crate) settings: Settings,
    pub(crate) feed: Feed,
    pub(crate) postbox: Postbox,
    pub(crate) drawing: campaigns::Desk,
    pub(crate) fetching: campaigns::Fetching,
    pub(crate) signatures: campaigns::Checked,
    pub(crate) page_drawer: OnceLock<Box<dyn campaigns::DrawsPages>>,
    pub(crate) passwords: Passwords,
    pub(crate) slowed_sign_ins: people::Slowed,
    pub(crate) wrong_codes: WrongCodes,
    pub(crate) job_woken: tokio::sync::Notify,
    pub(crate) held: quarantine::Held,
    pub(crate) group_commit: GroupCommit,
    pub(crate) journal: tokens::Journal,
    pub(crate) gate: page_tokens::gate::Memory,
    pub(crate) providers: identity_providers::Memory,
    pub(crate) parents: recipients::Parents,
    pub(crate) landing_cache: recipients::LandingCache,
    pub(crate) contexts: api_tokens::Contexts<api_tokens::Context>,
    pub(crate) token_uses: api_tokens::Usage,
    pub(crate) paces: api_tokens::Paces,
    pub(crate) policies: api_tokens::Policies,
    /// Those whose API tokens are read next.
    pub(crate) readings: api_tokens::Readings,
    pub(crate) sessions: api_tokens::Contexts<mobile_sessions::Context>,
    pub(crate) session_uses: api_tokens::Usage,
}

impl Backend {
    /// Builds the backend from its parts.
    pub fn new(db: Db, clock: Clock, random: Random, keys: KeyRing, settings: Settings) -> Self {
        Self::with_kinds(db, clock, random, keys, settings, kinds::all())
    }

    /// Keeps at most about this many API tokens, and as many access tokens of apps, in memory.
    pub fn keep_tokens_in_memory(&self, most: usize) {
        self.contexts.keep_at_most(most);
        self.sessions.keep_at_most(most);
    }

    /// The same, with kinds of tokens supplied by the caller.
    pub(crate) fn with_kinds(
        db: Db,
        clock: Clock,
        random: Random,
        keys: KeyRing,
        settings: Settings,
        kinds: Kinds,
    ) -> Self {
        // SQLite has one writer. PostgreSQL works on several tokens at once, and each queue is one connection.
        let queues = if db.is_shared() { QUEUES } else { 1 };
        Self(Arc::new(Inner {
            key_watch: key_management::Watch::new(random.id(clock.now())),
            group_commit: GroupCommit::new(queues),
            journal: tokens::Journal::default(),
            gate: page_tokens::gate::Memory::default(),
            providers: identity_providers::Memory::around(&settings.public_url),
            parents: recipients::Parents::default(),
            db,
            clock,
            random,
            keys,
            kinds,
            job_kinds: &kinds::JOBS,
            settings,
            feed: Feed::default(),
            postbox: Postbox::default(),
            drawing: campaigns::Desk::default(),
            fetching: campaigns::Fetching::default(),
            signatures: campaigns::Checked::default(),
            page_drawer: OnceLock::new(),
            passwords: Passwords::default(),
            slowed_sign_ins: people::Slowed::default(),
            wrong_codes: WrongCodes::default(),
            job_woken: tokio::sync::Notify::new(),
            held: quarantine::Held::default(),
            landing_cache: recipients::LandingCache::default(),
            contexts: api_tokens::Contexts::default(),
            token_uses: api_tokens::Usage::default(),
            paces: api_tokens::Paces::default(),
            policies: api_tokens::Policies::default(),
            readings: api_tokens::Readings::default(),
            sessions: api_tokens::Contexts::default(),
            session_uses: api_tokens::Usage::default(),
        }))
    }

    /// The clock that everything here reads.
    pub fn clock(&self) -> &Clock {
        &self.0.clock
    }

    /// The database, for commands that maintain it as a whole.
    pub fn database(&self) -> &Db {
        &self.0.db
    }

    /// Waits until nobody else holds the right to `what`, on any server, and holds it until the returned value is
    /// dropped.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn exclusively(&self, what: &str) -> Result<database::Exclusive> {
        Ok(self.0.db.exclusively(what).await?)
    }

    /// Commits, notifies listening browsers, and wakes the worker that sends mail.
    pub(crate) async fn commit(&self, tx: WriteTx) -> Result<()> {
        tx.commit().await?;
        self.tell();
        Ok(())
    }

    /// The same for a change that affects nothing cached in memory, or whose caller says itself what it affects.
    pub(crate) async fn commit_keeping_cache(&self, tx: WriteTx) -> Result<()> {
        tx.commit_keeping_cache().await?;
        self.tell();
        Ok(())
    }

    fn tell(&self) {
        self.0.feed.wake();
        self.0.postbox.wake();
    }
}

impl std::ops::Deref for Backend {
    type Target = Inner;
    fn deref(&self) -> &Inner {
        &self.0
    }
}
