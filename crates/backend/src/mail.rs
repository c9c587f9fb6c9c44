//! Mail: written in the transaction that causes it, sent by a worker.
//!
//! A mail is a row. The use case that needs one queues it in its own transaction, so there is never a mail
//! without its cause or a cause without its mail. A link in it is a secret: it is sealed, bound to the row,
//! and removed once the mail is out. Workers take due rows one by one (see [`worker`]); whoever has one holds it for a
//! minute at a time, so that several servers share the work and a crash loses nothing. A mail may go out twice only
//! if the server dies after handing it over and before noting so; its `Message-ID` stays the same.

mod erase;
mod folder;
#[cfg(test)]
mod injection_tests;
mod letter;
mod letterhead;
mod message;
mod outbox;
mod pace;
mod retry;
mod returned;
mod rotate;
mod sender;
mod server;
mod settings;
#[cfg(test)]
mod settings_tests;
mod smtp;
#[cfg(test)]
mod smtp_tests;
mod sql;
mod templates;
#[cfg(test)]
mod tests;
mod texts;
mod worker;

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use database::{Conn, WriteTx};
use domain::mail::MailState;
use domain::{DepartmentId, EmailAddress, MailId, OrganisationId, TokenId};
use serde_json::Value;

use crate::error::Result;
use crate::secret::Secret;
use crate::{Backend, words};

pub(crate) use erase::erase_reader;
pub(crate) use letter::Template;
pub(crate) use letterhead::letterhead;
pub(crate) use outbox::{is_in, load};
pub use returned::Reader;
pub(crate) use rotate::{KEPT, KEPT_PASSWORDS};
pub use server::{Login, Security, SmtpServer};
pub(crate) use templates::TextKey;
pub(crate) use worker::Postbox;

/// How urgent a mail is, and whether its reader may refuse mails like it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Class {
    /// Somebody did something and waits for it, or another person did it for them.
    #[default]
    Single,
    /// One of many that are sent together.
    Bulk,
    /// Sent by time alone. Its reader can refuse to be reminded.
    Reminder,
}

impl Class {
    /// What goes first.
    fn rank(self) -> i64 {
        match self {
            Self::Single => 0,
            Self::Bulk => 1,
            Self::Reminder => 2,
        }
    }

    fn of_rank(rank: i64) -> Self {
        match rank {
            0 => Self::Single,
            1 => Self::Bulk,
            _ => Self::Reminder,
        }
    }
}

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
    /// The others, when it holds the links of several tokens.
    pub other_tokens: Vec<TokenId>,
    pub class: Class,
    /// The language it is written in, such as `en`; when there is no template in it, the organisation's.
    pub language: String,
    /// The department that it belongs to.
    pub department: Option<DepartmentId>,
}

impl NewMail {
    /// A mail with nothing in it; fields are added with struct update.
    pub(crate) fn to(organisation: OrganisationId, to: EmailAddress, template: Template) -> Self {
        Self {
            organisation,
            to,
            to_name: String::new(),
            template,
            facts: Value::Null,
            link: None,
            token: None,
            other_tokens: Vec::new(),
            class: Class::default(),
            language: String::new(),
            department: None,
        }
    }

    /// What it is searched by: the address as a whole, and the words of address and name.
    fn search_terms(&self) -> Vec<Vec<u8>> {
        let mut found = words::words(&self.to_name);
        found.extend(words::words(self.to.as_str()));
        found.insert(words::order_key(self.to.as_str()));
        found.into_iter().collect()
    }
}

/// Puts the mails about some tokens where the tokens are.
///
/// # Errors
/// A fault.
pub(crate) async fn move_with_tokens(
    tx: &mut WriteTx,
    tokens: &[TokenId],
    department: Option<DepartmentId>,
) -> Result<()> {
    Ok(sql::set_department(tx, tokens, department).await?)
}

/// The outgoing mail.
pub struct Mail<'a>(pub(crate) &'a Backend);

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
        let new = sql::New {
            id,
            words: mail.search_terms(),
            // PostgreSQL refuses one of them, and no name has any.
            to_name: mail.to_name.replace(char::is_control, ""),
            mail: &mail,
            sealed,
            return_key: self.random.bytes::<12>().to_vec(),
            now,
        };
        sql::insert(tx, new).await?;
        Ok(id)
    }

    /// Withdraws a mail that is not out yet, because its link was; says whether there was one to withdraw.
    pub(crate) async fn cancel_mail(&self, tx: &mut WriteTx, id: MailId) -> Result<bool> {
        Ok(sql::cancel(tx, id).await?)
    }
}

/// The state of a mail, from its row.
fn state_of(word: &str, bounced: Option<DateTime<Utc>>) -> Option<MailState> {
    match MailState::from_key(word)? {
        MailState::Sent if bounced.is_some() => Some(MailState::Bounced),
        state => Some(state),
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

/// The tokens that a mail is about.
pub(crate) async fn tokens_of(conn: &mut Conn, id: MailId) -> Result<Vec<TokenId>> {
    Ok(sql::tokens_of(conn, id).await?)
}

/// What a statement about rows `r` with a `mail_id` says to find those whose mail came back, or could not be sent.
pub(crate) const BOUNCED_OF_R: &str =
    "AND EXISTS (SELECT 1 FROM mails m WHERE m.id = r.mail_id AND m.bounced_at IS NOT NULL)";
pub(crate) const FAILED_OF_R: &str =
    "AND EXISTS (SELECT 1 FROM mails m WHERE m.id = r.mail_id AND m.state = 'failed')";

/// Whether programs may remind an address: mail to it did not come back, and its owner did not refuse.
pub(crate) async fn may_remind(conn: &mut Conn, organisation: OrganisationId, address: &str) -> Result<bool> {
    Ok(sql::stops(conn, organisation, address).await?.is_empty())
}

/// Gives up everything an organisation has waiting.
pub(crate) async fn give_up(tx: &mut WriteTx, organisation: OrganisationId, problem: &str) -> Result<()> {
    sql::give_up(tx, organisation, problem).await?;
    Ok(())
}

/// Notes that a mail repeats another one. Anyone who sends it knows better than what came back, so the address may be
/// written to again.
pub(crate) async fn repeats(
    tx: &mut WriteTx,
    organisation: OrganisationId,
    new: MailId,
    old: MailId,
    address: &EmailAddress,
) -> Result<()> {
    sql::set_repeats(tx, new, old).await?;
    sql::end_stop(tx, organisation, address.as_str(), returned::BOUNCED).await?;
    Ok(())
}

/// What a mail's link is sealed to.
fn bound_to(id: MailId) -> Vec<u8> {
    [b"mail".as_slice(), id.0.as_bytes()].concat()
}
