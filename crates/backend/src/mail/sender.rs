//! From whom an organisation's mails come, and by which way they go.

use std::path::PathBuf;
use std::sync::{Arc, PoisonError};

use domain::mail::DEFAULT_PER_HOUR;
use domain::{EmailAddress, OrganisationId};

use super::letterhead::Look;
use super::server::{Login, Security, SmtpServer};
use super::smtp::Line;
use super::{Mail, message, sql};
use crate::error::{Result, corrupt};
use crate::{MailTransport, Secret};

/// How the mails of an organisation go out.
pub(super) struct Way {
    pub transport: Transport,
    pub sender: Sender,
    pub per_hour: i64,
}

/// Where mails are handed over.
pub(super) enum Transport {
    Folder(PathBuf),
    Smtp(Arc<Line>),
}

/// What mails say of where they come from.
pub(super) struct Sender {
    /// The address in `From`; without one, `no-reply@` and the host.
    pub from: Option<EmailAddress>,
    pub reply_to: Option<EmailAddress>,
    /// What mails have in common beside their words.
    pub look: Look,
    /// The language of mails whose reader's is not known.
    pub language: Option<String>,
    /// The mailbox that mails come back to, if it is another one.
    pub bounces: Option<EmailAddress>,
    /// The public URL, which links in headers begin with; its host stands in each `Message-ID`.
    pub public_url: String,
}

impl Sender {
    /// The host that mails come from.
    pub(super) fn host(&self) -> &str {
        message::host(&self.public_url)
    }
}

fn address(text: Option<&str>) -> Option<EmailAddress> {
    text?.parse().ok()
}

/// What the password of an organisation's mail server is sealed to.
pub(super) fn bound_to(organisation: OrganisationId) -> Vec<u8> {
    [b"mail server".as_slice(), organisation.0.as_bytes()].concat()
}

impl Mail<'_> {
    /// How the mails of an organisation go out.
    pub(super) async fn way(&self, organisation: OrganisationId) -> Result<Way> {
        let mut conn = self.0.db.read().await?;
        let row = sql::settings(&mut conn, organisation).await?;
        let logo = sql::logo(&mut conn, organisation).await?;
        drop(conn);
        let line = match &row {
            Some(row) if row.host.is_some() => Some(self.own_line(organisation, row)?),
            _ => None,
        };
        Ok(self.way_by(row.as_ref(), line, logo))
    }

    /// How they would go out by settings that are not saved. No connection is kept.
    pub(super) fn typed_way(
        &self,
        organisation: OrganisationId,
        row: &sql::SettingsRow,
        logo: Option<sql::StoredLogo>,
    ) -> Result<Way> {
        let line = match row.host {
            Some(_) => Some(Arc::new(self.new_line(organisation, row)?)),
            None => None,
        };
        Ok(self.way_by(Some(row), line, logo))
    }

    /// The way by an organisation's own connection, or else by that of the installation.
    fn way_by(
        &self,
        row: Option<&sql::SettingsRow>,
        own: Option<Arc<Line>>,
        logo: Option<sql::StoredLogo>,
    ) -> Way {
        let (transport, from, bounces) = match (own, &self.0.settings.mail) {
            (Some(line), _) => {
                let from = row.and_then(|row| address(row.from_address.as_deref()));
                (Transport::Smtp(line), from, None)
            }
            (None, MailTransport::Folder(folder)) => (Transport::Folder(folder.clone()), None, None),
            (None, MailTransport::Smtp(server)) => (
                Transport::Smtp(self.installations_line(server)),
                server.from.clone(),
                server.bounces.clone(),
            ),
        };
        Way {
            transport,
            sender: Sender {
                from,
                reply_to: row.and_then(|row| address(row.reply_to.as_deref())),
                look: Look::of(row, logo),
                language: row.and_then(|row| row.language.clone()),
                bounces,
                public_url: self.0.settings.public_url.clone(),
            },
            per_hour: row.map_or(DEFAULT_PER_HOUR, |row| row.per_hour),
        }
    }

    /// Connects to the installation's mail server and logs in, and sends nothing.
    ///
    /// # Errors
    /// What is in the way, in words.
    pub async fn reach(&self) -> Result<(), String> {
        match &self.0.settings.mail {
            MailTransport::Folder(_) => Ok(()),
            MailTransport::Smtp(server) => self.installations_line(server).reach().await,
        }
    }

    fn installations_line(&self, server: &SmtpServer) -> Arc<Line> {
        let mut lines = self
            .0
            .postbox
            .lines
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let (_, line) = lines.entry(None).or_insert_with(|| {
            let host = message::host(&self.0.settings.public_url);
            (None, Arc::new(Line::new(server.clone(), host, true)))
        });
        Arc::clone(line)
    }

    /// The connections to an organisation's own server: the kept ones, unless its settings have changed.
    fn own_line(&self, organisation: OrganisationId, row: &sql::SettingsRow) -> Result<Arc<Line>> {
        let mut lines = self
            .0
            .postbox
            .lines
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some((changed_at, line)) = lines.get(&Some(organisation))
            && *changed_at == Some(row.changed_at)
        {
            return Ok(Arc::clone(line));
        }
        let line = Arc::new(self.new_line(organisation, row)?);
        lines.insert(Some(organisation), (Some(row.changed_at), Arc::clone(&line)));
        Ok(line)
    }

    fn new_line(&self, organisation: OrganisationId, row: &sql::SettingsRow) -> Result<Line> {
        let host = message::host(&self.0.settings.public_url);
        let server = self.own_server(organisation, row)?;
        Ok(Line::new(server, host, self.0.postbox.own_servers_may_be_here()))
    }

    fn own_server(&self, organisation: OrganisationId, row: &sql::SettingsRow) -> Result<SmtpServer> {
        let broken = |column| corrupt("mail_settings", column, organisation);
        let password = match &row.sealed {
            Some(sealed) => self
                .0
                .keys
                .unseal(&bound_to(organisation), sealed)?
                .as_str()
                .to_owned(),
            None => String::new(),
        };
        let security = row.security.as_deref().and_then(Security::from_key);
        Ok(SmtpServer {
            host: row.host.clone().ok_or_else(|| broken("host"))?,
            port: row
                .port
                .and_then(|port| u16::try_from(port).ok())
                .ok_or_else(|| broken("port"))?,
            security: security.ok_or_else(|| broken("security"))?,
            login: row.username.clone().map(|user| Login {
                user,
                password: Secret::new(password),
            }),
            from: None,
            bounces: None,
        })
    }
}
