//! Mail: written in the transaction that causes it, sent by a worker.
//!
//! A mail is a row. The use case that needs one queues it in its own transaction, so there is never a mail
//! without its cause or a cause without its mail. A link in it is a secret: it is sealed, bound to the row,
//! and removed once the mail is out. The worker takes due rows one by one; whoever has one holds it for a
//! minute, so that several servers share the work and a crash loses nothing. A mail may go out twice only
//! if the server dies after handing it over and before noting so; its `Message-ID` stays the same.

mod folder;
mod letter;
mod message;
mod rotate;
mod sql;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use database::{Conn, WriteTx};
use domain::mail::MailState;
use domain::{EmailAddress, MailId, OrganisationId, TokenId};
use serde_json::{Value, json};
use tokio::sync::Notify;

use crate::audit::{Entry, Event, Who};
use crate::error::{Fault, Result};
use crate::secret::Secret;
use crate::{Backend, MailTransport};

pub(crate) use letter::Template;
pub(crate) use rotate::KEPT;

/// Tries before a mail is given up.
const MOST_TRIES: i64 = 8;

/// How long a worker may take for one mail before another one takes over.
const LEASE: TimeDelta = TimeDelta::seconds(60);

/// How often the worker looks when nobody wakes it: other servers' mail, and mail to be tried again.
const PAUSE: Duration = Duration::from_secs(5);

/// How long it waits after being woken, so that a thousand commits make one look.
const GATHER: Duration = Duration::from_millis(100);

/// A mail to be written.
pub(crate) struct NewMail {
    pub organisation: OrganisationId,
    pub to: EmailAddress,
    pub to_name: String,
    pub template: Template,
    /// What the template needs to know. Never a secret.
    pub facts: Value,
    /// The whole link, which is one.
    pub link: Option<Secret>,
    /// The token it is about.
    pub token: Option<TokenId>,
}

/// What wakes the worker.
#[derive(Default)]
pub(crate) struct Postbox(Notify);

impl Postbox {
    pub(crate) fn wake(&self) {
        self.0.notify_one();
    }
}

/// The outgoing mail.
pub struct Mail<'a>(&'a Backend);

impl Backend {
    /// The outgoing mail.
    pub fn mail(&self) -> Mail<'_> {
        Mail(self)
    }

    /// Writes a mail into the transaction.
    pub(crate) async fn queue_mail(&self, tx: &mut WriteTx, mail: NewMail) -> Result<MailId> {
        let now = self.clock.now();
        let id = MailId(self.random.id(now));
        let sealed = mail
            .link
            .as_ref()
            .map(|link| self.keys.seal(&bound_to(id), link.reveal()));
        sql::insert(tx, id, &mail, sealed, now).await?;
        Ok(id)
    }

    /// Withdraws a mail that is not out yet, because its link was.
    pub(crate) async fn cancel_mail(&self, tx: &mut WriteTx, id: MailId) -> Result<()> {
        sql::cancel(tx, id).await?;
        Ok(())
    }
}

/// Where mails are on their way.
pub(crate) async fn states(conn: &mut Conn, ids: &[MailId]) -> Result<HashMap<MailId, MailState>> {
    let mut states = HashMap::with_capacity(ids.len());
    for id in ids {
        if let Some(state) = sql::state(conn, *id).await? {
            states.insert(*id, state);
        }
    }
    Ok(states)
}

/// The mails of an organisation that are not out yet and hold the link of a code, by code.
pub(crate) async fn waiting_with_link(
    conn: &mut Conn,
    organisation: OrganisationId,
) -> Result<HashMap<TokenId, Vec<MailId>>> {
    let mut waiting: HashMap<_, Vec<_>> = HashMap::new();
    for (id, code) in sql::waiting_with_link(conn, organisation).await? {
        waiting.entry(code).or_default().push(id);
    }
    Ok(waiting)
}

/// Gives up everything an organisation has waiting.
pub(crate) async fn give_up(tx: &mut WriteTx, organisation: OrganisationId, problem: &str) -> Result<()> {
    sql::give_up(tx, organisation, problem).await?;
    Ok(())
}

/// What a mail's link is sealed to.
fn bound_to(id: MailId) -> Vec<u8> {
    [b"mail".as_slice(), id.0.as_bytes()].concat()
}

impl Mail<'_> {
    /// Sends mail as it falls due, until the program ends.
    pub async fn run(&self) {
        loop {
            if let Err(error) = self.deliver_due().await {
                tracing::warn!(%error, "the outbox could not be read; trying again");
            }
            if tokio::time::timeout(PAUSE, self.0.postbox.0.notified())
                .await
                .is_ok()
            {
                tokio::time::sleep(GATHER).await;
            }
        }
    }

    /// Sends everything that is due now, and says how many mails went out.
    ///
    /// # Errors
    /// A fault of the database. A mail that cannot be sent is no error: it is tried again later.
    pub async fn deliver_due(&self) -> Result<usize> {
        let mut sent = 0;
        while let Some(mail) = self.take().await? {
            let outcome = self.deliver(&mail).await;
            let mut tx = self.0.db.write_slice().await?;
            match outcome {
                Ok(()) => {
                    sql::set_sent(&mut tx, mail.id, self.0.clock.now()).await?;
                    self.record(&mut tx, Event::MailSent, &mail).await?;
                    sent += 1;
                }
                Err(fault) => {
                    tracing::warn!(mail = %mail.id, tries = mail.attempts, %fault, "a mail could not be sent");
                    self.put_back(&mut tx, &mail, &fault).await?;
                }
            }
            self.0.commit_keeping_cache(tx).await?;
        }
        Ok(sent)
    }

    /// What became of a code's mail is part of its history, and told to whoever looks at the code.
    async fn record(&self, tx: &mut WriteTx, event: Event, mail: &sql::Due) -> Result<()> {
        let Some(code) = mail.token_id else {
            return Ok(());
        };
        let entry = Entry {
            code: Some(code),
            facts: json!({ "email": mail.to_address }),
            ..Entry::new(event)
        };
        let who = Who::program(mail.organisation_id);
        self.0.record(tx, who, entry).await
    }

    async fn take(&self) -> Result<Option<sql::Due>> {
        let now = self.0.clock.now();
        // Looking costs a reader; only taking needs the writer.
        if !sql::is_any_due(&mut self.0.db.read().await?, now).await? {
            return Ok(None);
        }
        let mut tx = self.0.db.write_slice().await?;
        let due = sql::take(&mut tx, now, now + LEASE).await?;
        tx.commit_keeping_cache().await?;
        Ok(due)
    }

    async fn deliver(&self, mail: &sql::Due) -> std::result::Result<(), String> {
        let link = match &mail.sealed {
            Some(sealed) => {
                let link = self.0.keys.unseal(&bound_to(mail.id), sealed);
                Some(Secret::new(
                    link.map_err(|_| "its link could not be unsealed")?.as_str(),
                ))
            }
            None => None,
        };
        let facts = serde_json::from_str(&mail.facts).map_err(|error| error.to_string())?;
        let template = Template::from_key(&mail.template).ok_or("its template is unknown")?;
        let letter = letter::write(template, &facts, link.as_ref());
        let message = message::build(mail, &letter, &self.0.settings.public_url)?;
        match &self.0.settings.mail {
            MailTransport::Folder(folder) => {
                let (folder, id) = (folder.clone(), mail.id);
                tokio::task::spawn_blocking(move || folder::put(&folder, id, &message))
                    .await
                    .map_err(|error| error.to_string())?
                    .map_err(|error| error.to_string())
            }
        }
    }

    async fn put_back(&self, tx: &mut WriteTx, mail: &sql::Due, problem: &str) -> Result<()> {
        if mail.attempts >= MOST_TRIES {
            sql::set_failed(tx, mail.id, problem).await?;
            self.record(tx, Event::MailFailed, mail).await?;
        } else {
            sql::set_queued(tx, mail.id, next_try(self.0.clock.now(), mail.attempts)?, problem).await?;
        }
        Ok(())
    }
}

/// When to try again: after 30 seconds, then each time four times as long, at most every six hours.
fn next_try(now: DateTime<Utc>, tries: i64) -> Result<DateTime<Utc>> {
    let doublings = u32::try_from(2 * (tries - 1).clamp(0, 5)).map_err(Fault::new)?;
    Ok(now + TimeDelta::seconds((30_i64 << doublings).min(21_600)))
}
