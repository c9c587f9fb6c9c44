//! How an organisation sends its mail: by a server of its own or the installation's, from whom, how fast; and a mail
//! that tries it.

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::{DateTime, Utc};
use database::Conn;
use domain::mail::{MailSettings, MailSettingsForm, MailSettingsView};
use domain::{EmailAddress, MailId, OrganisationId, Permission, Refusal};
use serde_json::{Value, json};

use super::letterhead::{Look, letterhead};
use super::sender::{Transport, Way, bound_to};
use super::smtp::Trouble;
use super::texts::{self, Frame};
use super::{Class, Mail, Template, folder, message, sql};
use crate::attempts::{self, Budget};
use crate::audit::{Entry, Event};
use crate::error::Result;
use crate::{Caller, MailTransport};

/// How long whoever asks waits for a mail server.
const PATIENCE: Duration = Duration::from_secs(30);

impl Mail<'_> {
    /// The settings, without the password.
    ///
    /// # Errors
    /// Forbidden.
    pub async fn settings(&self, caller: &Caller) -> Result<MailSettingsView> {
        caller.may_everywhere(Permission::OrganisationManage)?;
        let mut conn = self.0.db.read().await?;
        let row = sql::settings(&mut conn, caller.organisation()).await?;
        let letterhead = letterhead(&mut conn, caller.organisation(), "").await?;
        let has_password = row.as_ref().is_some_and(|row| row.sealed.is_some());
        Ok(MailSettingsView {
            form: row.map(sql::SettingsRow::form).unwrap_or_default(),
            has_password,
            logo: letterhead.logo,
            otherwise: match &self.0.settings.mail {
                MailTransport::Folder(_) => "Mail is put into a folder of the server, as files.".into(),
                MailTransport::Smtp(server) => format!("Mail goes out by {}.", server.host),
            },
        })
    }

    /// Changes the settings.
    ///
    /// # Errors
    /// Forbidden, or refused at the fields of the form.
    pub async fn change_settings(
        &self,
        caller: &Caller,
        form: &MailSettingsForm,
    ) -> Result<MailSettingsView> {
        caller.may_everywhere(Permission::OrganisationManage)?;
        let settings = form.parse()?;
        let organisation = caller.organisation();
        let now = self.0.clock.now();
        let mut tx = self.0.db.write().await?;
        let before = sql::settings(&mut tx, organisation).await?;
        let sealed = self.sealed(organisation, &settings, &form.password, before);
        sql::put_settings(&mut tx, organisation, &settings, sealed, now).await?;
        let facts = json!({
            "server": settings.server.as_ref().map_or("the installation's", |server| &server.host),
            "per_hour": settings.per_hour,
        });
        let entry = Entry {
            facts,
            ..Entry::new(Event::MailSettingsChanged)
        };
        self.0.record(&mut tx, caller, entry).await?;
        self.0.commit(tx).await?;
        self.settings(caller).await
    }

    /// The password that settings are kept with, sealed.
    fn sealed(
        &self,
        organisation: OrganisationId,
        settings: &MailSettings,
        typed: &str,
        before: Option<sql::SettingsRow>,
    ) -> Option<Vec<u8>> {
        let server = settings.server.as_ref()?;
        if !typed.is_empty() {
            return Some(self.0.keys.seal(&bound_to(organisation), typed));
        }
        // A password is for the server and the user that it was typed for, and goes to no other.
        let kept = before.filter(|before| {
            Some(&server.host) == before.host.as_ref() && server.user.as_ref() == before.username.as_ref()
        });
        kept.and_then(|kept| kept.sealed)
    }

    /// Sends a mail to the caller, now, by the settings as they are typed, and says whether the mail server took it. They
    /// are not saved.
    ///
    /// # Errors
    /// Forbidden; refused at the fields of the form; a conflict with the mail server's words; too many.
    pub async fn send_test(&self, caller: &Caller, form: &MailSettingsForm) -> Result<EmailAddress> {
        caller.may_everywhere(Permission::OrganisationManage)?;
        let signed_in = caller.signed_in()?;
        let settings = form.parse()?;
        let now = self.0.clock.now();
        let tries = [self
            .0
            .try_on(Budget::TEST_MAIL, &caller.organisation().to_string())];
        let mut tx = self.0.db.write().await?;
        attempts::count(&mut tx, &tries, now).await?;
        let entry = Entry {
            facts: json!({ "email": signed_in.email }),
            ..Entry::new(Event::MailTested)
        };
        self.0.record(&mut tx, caller, entry).await?;
        let before = sql::settings(&mut tx, caller.organisation()).await?;
        self.0.commit(tx).await?;
        let sealed = self.sealed(caller.organisation(), &settings, &form.password, before);
        let logo = sql::logo(&mut self.0.db.read().await?, caller.organisation()).await?;
        let way = self.typed_way(
            caller.organisation(),
            &sql::SettingsRow::typed(settings, sealed, now),
            logo,
        )?;

        let mail = sql::Due {
            id: MailId(self.0.random.id(now)),
            organisation_id: caller.organisation(),
            token_id: None,
            to_address: signed_in.email.to_string(),
            to_name: signed_in.name.clone(),
            template: Template::Test.key().into(),
            facts: Value::Null.to_string(),
            sealed: None,
            attempts: 1,
            created_at: now,
            class: Class::Single.rank(),
            language: String::new(),
            return_key: None,
        };
        let words = tokio::time::timeout(PATIENCE, self.hand_over_test(&mail, &way, caller)).await;
        match words {
            Ok(Ok(())) => Ok(signed_in.email.clone()),
            Ok(Err(words)) => Err(Refusal::Conflict(format!("It was not taken: {words}")).into()),
            Err(_) => Err(Refusal::Conflict("The mail server did not answer in time.".into()).into()),
        }
    }

    async fn hand_over_test(
        &self,
        mail: &sql::Due,
        way: &Way,
        caller: &Caller,
    ) -> std::result::Result<(), String> {
        let values = BTreeMap::from([
            ("organisation".to_owned(), caller.organisation_name.clone()),
            ("reader".to_owned(), mail.to_name.clone()),
        ]);
        let frame = Frame::sent("en", &way.sender.look);
        let letter = texts::write(Template::Test, &Template::Test.built_in(), &values, &frame)
            .map_err(|(_, problem)| problem)?;
        let message = message::build(mail, &letter, &way.sender)?;
        match &way.transport {
            Transport::Folder(folder) => {
                let (folder, id) = (folder.clone(), mail.id);
                tokio::task::spawn_blocking(move || folder::put(&folder, id, &message.bytes))
                    .await
                    .map_err(|error| error.to_string())?
                    .map_err(|error| error.to_string())
            }
            Transport::Smtp(line) => match line.send(&message.envelope, &message.bytes, || true).await {
                Ok(_) => Ok(()),
                Err(Trouble::Server(words) | Trouble::Mail(words) | Trouble::Refused(words)) => Err(words),
                Err(Trouble::Late) => Err("it took too long".into()),
            },
        }
    }

    /// The look and the language of an organisation's mails.
    pub(super) async fn look_of(
        &self,
        conn: &mut Conn,
        organisation: domain::OrganisationId,
    ) -> Result<(Look, Option<String>)> {
        let row = sql::settings(conn, organisation).await?;
        let look = Look::of(row.as_ref(), sql::logo(conn, organisation).await?);
        Ok((look, row.and_then(|row| row.language)))
    }
}

impl sql::SettingsRow {
    /// Settings as they would be kept.
    fn typed(settings: MailSettings, sealed: Option<Vec<u8>>, now: DateTime<Utc>) -> Self {
        let server = settings.server.as_ref();
        Self {
            host: server.map(|server| server.host.clone()),
            port: server.map(|server| i64::from(server.port)),
            security: server.map(|server| server.security.clone()),
            username: server.and_then(|server| server.user.clone()),
            sealed,
            from_address: server.map(|server| server.from.to_string()),
            reply_to: settings.reply_to.map(|address| address.to_string()),
            colour: settings.colour,
            language: settings.language,
            per_hour: settings.per_hour,
            contact_email: settings.contact.email,
            contact_phone: settings.contact.phone,
            contact_url: settings.contact.url,
            changed_at: now,
        }
    }

    fn form(self) -> MailSettingsForm {
        MailSettingsForm {
            host: self.host.unwrap_or_default(),
            port: self.port.map(|port| port.to_string()).unwrap_or_default(),
            security: self.security.unwrap_or_default(),
            user: self.username.unwrap_or_default(),
            password: String::new(),
            from: self.from_address.unwrap_or_default(),
            reply_to: self.reply_to.unwrap_or_default(),
            colour: self.colour.unwrap_or_default(),
            language: self.language.unwrap_or_default(),
            per_hour: self.per_hour.to_string(),
            contact_email: self.contact_email.unwrap_or_default(),
            contact_phone: self.contact_phone.unwrap_or_default(),
            contact_url: self.contact_url.unwrap_or_default(),
        }
    }
}
