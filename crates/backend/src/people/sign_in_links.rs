//! Links that sign a person in: mailed to them, so that opening one proves the mailbox.
//!
//! A link works once, for a quarter of an hour, and only after a click on a button: scanners that open every link in a
//! mail use none up. Requesting one is answered alike whether the address is known or not.

mod sql;

use chrono::TimeDelta;
use database::WriteTx;
use domain::{EmailAddress, OrganisationId, Refusal};
use serde_json::{Value, json};

use super::{NewSession, People, SessionKind, new_session, sql as people_sql};
use crate::attempts::{self, Budget};
use crate::audit::{Entry, Event, Who};
use crate::error::{Result, corrupt};
use crate::mail::{NewMail, Template};
use crate::{Client, Secret};

const VALID: TimeDelta = TimeDelta::minutes(15);

fn digest(secret: &Secret) -> Vec<u8> {
    secret.digest("sign-in link")
}

impl People<'_> {
    /// Sends a link to the person with this address: in one organisation, or one for each.
    pub(crate) async fn send_sign_in_link(
        &self,
        organisation: Option<OrganisationId>,
        email: &EmailAddress,
        client: &Client,
    ) -> Result<()> {
        let tries = [
            self.0.try_on(Budget::LINK_MAILBOX, email.as_str()),
            self.0.try_from(Budget::LINK_ADDRESS, client),
            self.0.try_on(Budget::LINK_TOTAL, ""),
        ];
        let now = self.0.clock.now();
        attempts::check(&mut self.0.db.read().await?, &tries, now).await?;
        // One transaction either way: the answer takes one commit whether the address is known or not.
        let mut tx = self.0.db.write().await?;
        attempts::count(&mut tx, &tries, now).await?;
        for account in people_sql::accounts(&mut tx, email).await? {
            if organisation.is_some_and(|only| only != account.organisation_id) {
                continue;
            }
            self.send_to(&mut tx, &account, email, client).await?;
        }
        self.0.commit(tx).await
    }

    async fn send_to(
        &self,
        tx: &mut WriteTx,
        account: &people_sql::Account,
        email: &EmailAddress,
        client: &Client,
    ) -> Result<()> {
        let now = self.0.clock.now();
        let secret = self.0.random.secret();
        sql::insert(tx, digest(&secret), account.id, now, now + VALID).await?;
        let link = format!("{}/my/sign-in/{}", self.0.settings.public_url, secret.reveal());
        let mail = NewMail {
            to_name: account.name.clone(),
            facts: json!({"organisation": account.organisation}),
            link: Some(Secret::new(link)),
            ..NewMail::to(account.organisation_id, email.clone(), Template::SignInLink)
        };
        self.0.queue_mail(tx, mail).await?;
        // The caller who asked is not known.
        let who = Who {
            address: client.address_text(),
            ..Who::program(account.organisation_id)
        };
        self.0
            .record(
                tx,
                who,
                Entry::person(Event::SignInLinkSent, account.id, Value::Null),
            )
            .await
    }

    /// The recipient of a link, if it still works.
    pub(crate) async fn look_sign_in_link(&self, secret: &Secret) -> Result<Option<EmailAddress>> {
        let mut conn = self.0.db.read().await?;
        let Some(row) = sql::open(&mut conn, &digest(secret), self.0.clock.now()).await? else {
            return Ok(None);
        };
        Ok(Some(
            row.email
                .parse()
                .map_err(|_| corrupt("people", "email", row.person_id))?,
        ))
    }

    /// Signs in the holder of the link, once.
    pub(crate) async fn sign_in_by_link(&self, secret: &Secret, client: &Client) -> Result<NewSession> {
        let now = self.0.clock.now();
        let mut tx = self.0.db.write().await?;
        let row = sql::open(&mut tx, &digest(secret), now)
            .await?
            .ok_or(Refusal::NotFound)?;
        if !sql::take(&mut tx, &digest(secret), now).await? {
            return Err(Refusal::NotFound.into());
        }
        let organisation = row.organisation_id;
        let kind = SessionKind::Recipient;
        let session = new_session(&mut tx, self.0, row.person_id, organisation, true, client, kind).await?;
        let who = Who {
            organisation,
            person: Some(row.person_id),
            name: row.name,
            address: client.address_text(),
        };
        self.0
            .record(
                &mut tx,
                who,
                Entry::person(Event::PersonSignedIn, row.person_id, Value::Null),
            )
            .await?;
        self.0.commit(tx).await?;
        Ok(session)
    }
}
