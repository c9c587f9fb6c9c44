//! Registered apps, and who signs in to one.

use domain::mobile_sessions::{MobileAppForm, MobileAppRow, NewMobileApp, RedirectAddress};
use domain::{MobileAppId, OrganisationId, Permission, PersonId, Refusal};
use serde_json::json;

use super::{MobileSessions, entry, sql, whole};
use crate::audit::{Entry, Event};
use crate::error::{Result, corrupt};
use crate::{Caller, Client, Recipient, organisations};

/// Apps that an organisation has, at most.
const MOST: i64 = 50;

/// An app that asks for a sign-in.
#[derive(Debug, Clone)]
pub struct AskingApp {
    /// Which one.
    pub id: MobileAppId,
    /// Its name.
    pub name: String,
    /// Whose it is.
    pub organisation: OrganisationId,
    /// The organisation's name.
    pub organisation_name: String,
    redirects: Vec<RedirectAddress>,
}

impl AskingApp {
    /// Whether it may be called back at an address.
    pub fn is_called_back_at(&self, asked: &str) -> bool {
        self.redirects.iter().any(|redirect| redirect.is_meant_by(asked))
    }
}

/// Somebody who is signed in here, and signs in to an app.
#[derive(Debug, Clone)]
pub struct Signer {
    /// The person.
    pub person: PersonId,
    /// Their organisation.
    pub organisation: OrganisationId,
    /// Its name.
    pub organisation_name: String,
    /// Their name.
    pub name: String,
    /// Their address.
    pub email: String,
    /// Where they ask from.
    pub client: Client,
}

impl Signer {
    /// The admin who is signed in; `None` for a program.
    pub fn admin(caller: &Caller) -> Option<Self> {
        let signed_in = caller.signed_in().ok()?;
        Some(Self {
            person: signed_in.person,
            organisation: caller.organisation(),
            organisation_name: caller.organisation_name.clone(),
            name: signed_in.name.clone(),
            email: signed_in.email.to_string(),
            client: caller.client.clone(),
        })
    }

    /// Somebody whose mailbox is proven; `None` for whoever merely typed an address.
    pub fn recipient(recipient: &Recipient) -> Option<Self> {
        recipient.proven.then(|| Self {
            person: recipient.person,
            organisation: recipient.organisation,
            organisation_name: recipient.organisation_name.clone(),
            name: recipient.name.clone(),
            email: recipient.email.to_string(),
            client: recipient.client.clone(),
        })
    }
}

impl From<&Signer> for crate::audit::Who {
    fn from(signer: &Signer) -> Self {
        Self {
            organisation: signer.organisation,
            person: Some(signer.person),
            name: signer.name.clone(),
            address: signer.client.address_text(),
        }
    }
}

impl MobileSessions<'_> {
    /// The app behind a client id. It is asked before anybody is signed in: what an app is called is no secret.
    ///
    /// # Errors
    /// A fault.
    pub async fn asking_app(&self, client_id: &str) -> Result<Option<AskingApp>> {
        let Ok(id) = client_id.parse() else {
            return Ok(None);
        };
        let row = sql::asking_app(&mut self.0.db.read().await?, id).await?;
        row.map(|row| {
            Ok(AskingApp {
                id: row.id,
                redirects: addresses(row.id, &row.redirects)?,
                name: row.name,
                organisation: row.organisation_id,
                organisation_name: row.organisation,
            })
        })
        .transpose()
    }

    /// The apps that are registered, the newest first.
    ///
    /// # Errors
    /// [`Refusal::Forbidden`].
    pub async fn apps(&self, caller: &Caller) -> Result<Vec<MobileAppRow>> {
        caller.may(Permission::MobileSessionsRead)?;
        let rows = sql::apps(&mut self.0.db.read().await?, caller.organisation()).await?;
        Ok(rows.into_iter().map(|row| self.shown_app(caller, row)).collect())
    }

    /// A registered app.
    ///
    /// # Errors
    /// [`Refusal::Forbidden`]; [`Refusal::NotFound`].
    pub async fn app(&self, caller: &Caller, id: MobileAppId) -> Result<MobileAppRow> {
        caller.may(Permission::MobileSessionsRead)?;
        self.changed_app(caller, id).await
    }

    /// The same to anyone who just registered or changed it, and may have no permission to see all others.
    async fn changed_app(&self, caller: &Caller, id: MobileAppId) -> Result<MobileAppRow> {
        let row = sql::app(&mut self.0.db.read().await?, caller.organisation(), id).await?;
        Ok(self.shown_app(caller, row.ok_or(Refusal::NotFound)?))
    }

    /// Registers an app. It is the whole organisation's, so whoever is limited to a department does not.
    ///
    /// # Errors
    /// [`Refusal::Forbidden`]; all problems at once, by field.
    pub async fn add_app(&self, caller: &Caller, form: &MobileAppForm) -> Result<MobileAppRow> {
        caller.may_everywhere(Permission::MobileSessionsManage)?;
        let new = form.parse()?;
        let now = self.0.clock.now();
        let organisation = caller.organisation();
        let mut tx = self.0.db.write().await?;
        if sql::count_apps(&mut tx, organisation).await? >= MOST {
            let sentence =
                format!("An organisation has up to {MOST} apps. Remove one that is not used any more.");
            return Err(Refusal::at("name", sentence).into());
        }
        let id = MobileAppId(self.0.random.id(now));
        sql::insert_app(&mut tx, id, organisation, &new.name, &written(&new), now).await?;
        self.0
            .record(&mut tx, caller, of_app(Event::MobileAppAdded, &new.name))
            .await?;
        self.0.commit(tx).await?;
        self.changed_app(caller, id).await
    }

    /// Changes an app's name and addresses. Who is signed in stays so.
    ///
    /// # Errors
    /// [`Refusal::Forbidden`]; [`Refusal::NotFound`]; all problems at once, by field.
    pub async fn edit_app(
        &self,
        caller: &Caller,
        id: MobileAppId,
        form: &MobileAppForm,
    ) -> Result<MobileAppRow> {
        let whole = form.clone();
        self.change_app(caller, id, move |form| *form = whole).await
    }

    /// Changes what `change` writes over the form with what is there, while nobody else changes an app.
    ///
    /// # Errors
    /// As [`edit_app`](Self::edit_app).
    pub async fn change_app(
        &self,
        caller: &Caller,
        id: MobileAppId,
        change: impl FnOnce(&mut MobileAppForm) + Send,
    ) -> Result<MobileAppRow> {
        caller.may_everywhere(Permission::MobileSessionsManage)?;
        let organisation = caller.organisation();
        let mut tx = self.0.db.write().await?;
        organisations::lock(&mut tx, organisation).await?;
        let before = sql::app(&mut tx, organisation, id)
            .await?
            .ok_or(Refusal::NotFound)?;
        let mut form = MobileAppForm {
            name: before.name,
            redirects: before.redirects,
        };
        change(&mut form);
        let new = form.parse()?;
        sql::change_app(&mut tx, organisation, id, &new.name, &written(&new)).await?;
        self.0
            .record(&mut tx, caller, of_app(Event::MobileAppChanged, &new.name))
            .await?;
        self.0.commit(tx).await?;
        self.changed_app(caller, id).await
    }

    /// Removes an app, and ends every sign-in with it.
    ///
    /// # Errors
    /// [`Refusal::Forbidden`]; [`Refusal::NotFound`].
    pub async fn remove_app(&self, caller: &Caller, id: MobileAppId) -> Result<()> {
        caller.may_everywhere(Permission::MobileSessionsManage)?;
        let organisation = caller.organisation();
        let mut tx = self.0.db.write().await?;
        let app = sql::app(&mut tx, organisation, id)
            .await?
            .ok_or(Refusal::NotFound)?;
        // First, so that nobody who signs in meanwhile is missed: they find no app any more.
        sql::remove_app(&mut tx, organisation, id, self.0.clock.now()).await?;
        for session in sql::alive_of_app(&mut tx, id).await? {
            if let Some(token) = self.lock(&mut tx, &whole(organisation), session.id).await? {
                let facts = json!({ "name": session.name, "app": app.name });
                let entry = entry(Event::MobileEnded, session.id, session.person_id, facts);
                self.revoke(&mut tx, &token, caller, entry).await?;
            }
        }
        self.0
            .record(&mut tx, caller, of_app(Event::MobileAppRemoved, &app.name))
            .await?;
        self.0.commit(tx).await
    }

    fn shown_app(&self, caller: &Caller, row: sql::AppRow) -> MobileAppRow {
        MobileAppRow {
            id: row.id,
            name: row.name,
            redirects: row.redirects.lines().map(str::to_owned).collect(),
            sessions: row.sessions,
            created: self.0.times(caller).when(row.created_at),
        }
    }
}

fn of_app(event: Event, name: &str) -> Entry {
    Entry {
        facts: json!({ "name": name }),
        ..Entry::new(event)
    }
}

/// Addresses as they are stored.
fn written(new: &NewMobileApp) -> String {
    let lines: Vec<&str> = new.redirects.iter().map(RedirectAddress::as_str).collect();
    lines.join("\n")
}

fn addresses(id: MobileAppId, stored: &str) -> Result<Vec<RedirectAddress>> {
    let addresses: Result<_, _> = stored.lines().map(RedirectAddress::parse).collect();
    addresses.map_err(|_| corrupt("mobile_apps", "redirects", id))
}
