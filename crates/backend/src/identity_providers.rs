//! OpenID Connect providers, at which recipients prove a profile.
//!
//! An organisation sets them up; the choice of providers decides who can claim, so it takes the permission to change
//! the organisation. A client's secret is sealed to its row, and is sent only to its provider.
//!
//! * here: what admins do
//! * [`ask`]: calling a provider

mod ask;
mod rotate;
mod sql;
#[cfg(test)]
pub(crate) mod tests;

use domain::identity_providers::{
    MOST_PROVIDERS, ProviderForm, ProviderHead, ProviderList, ProviderRow, ProviderTemplate,
};
use domain::{IdentityProviderId, Permission, Refusal};
use serde_json::json;

use crate::audit::{Entry, Event};
use crate::error::{Result, corrupt};
use crate::times::Times;
use crate::{Backend, Caller};

pub(crate) use ask::{Memory, begin, choices, finish};
pub use openid::Answer;
pub(crate) use rotate::KEPT;

/// The redirect address for providers.
const REDIRECT: &str = "/r/connected";

/// Providers of an organisation.
pub struct IdentityProviders<'a>(&'a Backend);

impl Backend {
    /// Providers at which recipients prove a profile.
    pub fn identity_providers(&self) -> IdentityProviders<'_> {
        IdentityProviders(self)
    }
}

impl IdentityProviders<'_> {
    /// All providers, without their secrets.
    ///
    /// # Errors
    /// Forbidden.
    pub async fn list(&self, caller: &Caller) -> Result<ProviderList> {
        caller.may(Permission::CampaignsRead)?;
        let rows = sql::list(&mut self.0.db.read().await?, caller.organisation()).await?;
        let times = self.times(caller);
        let rows = rows.into_iter().map(|row| shown(&times, row));
        Ok(ProviderList {
            rows: rows.collect::<Result<_>>()?,
            redirect: redirect(self.0),
        })
    }

    /// One provider.
    ///
    /// # Errors
    /// Forbidden or not found.
    pub async fn get(&self, caller: &Caller, id: IdentityProviderId) -> Result<ProviderRow> {
        caller.may(Permission::CampaignsRead)?;
        self.changed(caller, id).await
    }

    /// The same to anyone who just made or changed it, and may have no permission to see all others.
    async fn changed(&self, caller: &Caller, id: IdentityProviderId) -> Result<ProviderRow> {
        let row = sql::by_id(&mut self.0.db.read().await?, caller.organisation(), id).await?;
        shown(&self.times(caller), row.ok_or(Refusal::NotFound)?)
    }

    /// Sets up a provider, after checking that there is one at the address.
    ///
    /// # Errors
    /// Forbidden, or refused at the fields.
    pub async fn add(&self, caller: &Caller, form: &ProviderForm) -> Result<ProviderRow> {
        caller.may_everywhere(Permission::OrganisationManage)?;
        let head = form.parse()?;
        if form.client_secret.is_empty() {
            return Err(Refusal::at("client_secret", "A client secret is needed.").into());
        }
        ask::try_out(self.0, &head).await?;
        let now = self.0.clock.now();
        let id = IdentityProviderId(self.0.random.id(now));
        let sealed = self.0.keys.seal(&bound_to(id), &form.client_secret);
        let mut tx = self.0.db.write().await?;
        crate::organisations::lock(&mut tx, caller.organisation()).await?;
        if sql::list(&mut tx, caller.organisation()).await?.len() >= MOST_PROVIDERS {
            let sentence =
                format!("An organisation has at most {MOST_PROVIDERS} sign-in providers. Remove one first.");
            return Err(Refusal::Conflict(sentence).into());
        }
        sql::insert(&mut tx, caller.organisation(), id, &head, sealed, now).await?;
        self.0
            .record(&mut tx, caller, entry(Event::ProviderAdded, id, &head))
            .await?;
        self.0.commit(tx).await?;
        self.changed(caller, id).await
    }

    /// Changes a provider. Its secret is kept when none is typed, unless the address or client id changes: a secret
    /// goes only to the party that it was typed for.
    ///
    /// # Errors
    /// Forbidden, not found, or refused at the fields.
    pub async fn edit(
        &self,
        caller: &Caller,
        id: IdentityProviderId,
        form: &ProviderForm,
    ) -> Result<ProviderRow> {
        self.change(caller, id, |now| now.clone_from(form)).await
    }

    /// Changes what `change` writes over the form with what is there, while nobody else writes. It is called twice: the
    /// address is asked before anybody is made to wait, and then it may be another one that is there.
    ///
    /// # Errors
    /// As [`edit`](Self::edit).
    pub async fn change(
        &self,
        caller: &Caller,
        id: IdentityProviderId,
        change: impl Fn(&mut ProviderForm) + Send + Sync,
    ) -> Result<ProviderRow> {
        caller.may_everywhere(Permission::OrganisationManage)?;
        let organisation = caller.organisation();
        let before = sql::by_id(&mut self.0.db.read().await?, organisation, id).await?;
        let (asked, _) = changed_by(&change, &before.ok_or(Refusal::NotFound)?)?;
        ask::try_out(self.0, &asked).await?;
        let now = self.0.clock.now();
        let mut tx = self.0.db.write().await?;
        let before = sql::lock(&mut tx, organisation, id)
            .await?
            .ok_or(Refusal::NotFound)?;
        let (head, secret) = changed_by(&change, &before)?;
        // What is there already was asked by whoever put it there.
        if head.issuer != before.issuer && head.issuer != asked.issuer {
            return Err(Refusal::Conflict("Somebody else changed it meanwhile. Look again.".into()).into());
        }
        let sealed = match secret.as_str() {
            "" => before.sealed,
            secret => self.0.keys.seal(&bound_to(id), secret),
        };
        sql::update(&mut tx, id, &head, sealed, now).await?;
        self.0
            .record(&mut tx, caller, entry(Event::ProviderChanged, id, &head))
            .await?;
        self.0.commit(tx).await?;
        self.changed(caller, id).await
    }

    /// Removes a provider. Tokens locked to its profiles stay locked, and can be reset.
    ///
    /// # Errors
    /// Forbidden or not found.
    pub async fn remove(&self, caller: &Caller, id: IdentityProviderId) -> Result<()> {
        caller.may_everywhere(Permission::OrganisationManage)?;
        let mut tx = self.0.db.write().await?;
        let row = sql::lock(&mut tx, caller.organisation(), id)
            .await?
            .ok_or(Refusal::NotFound)?;
        let head = row.head()?;
        sql::delete(&mut tx, id).await?;
        self.0
            .record(&mut tx, caller, entry(Event::ProviderRemoved, id, &head))
            .await?;
        self.0.commit(tx).await
    }

    fn times(&self, caller: &Caller) -> Times {
        Times {
            zone: caller.time_zone,
            now: self.0.clock.now(),
        }
    }
}

/// What a provider is to be after a change, and the secret that was typed for it.
fn changed_by(
    change: &(impl Fn(&mut ProviderForm) + Send + Sync),
    before: &sql::Provider,
) -> Result<(ProviderHead, String)> {
    let head = before.head()?;
    let mut form = ProviderForm {
        template: head.template.key().into(),
        label: head.label,
        issuer: head.issuer,
        client_id: head.client_id,
        client_secret: String::new(),
        enabled: if head.enabled { "on".into() } else { String::new() },
    };
    change(&mut form);
    let head = form.parse()?;
    let is_same = before.issuer == head.issuer && before.client_id == head.client_id;
    if form.client_secret.is_empty() && !is_same {
        let sentence = "Type the client secret again: the one that is kept is for another client.";
        return Err(Refusal::at("client_secret", sentence).into());
    }
    Ok((head, form.client_secret))
}

fn entry(event: Event, id: IdentityProviderId, head: &ProviderHead) -> Entry {
    Entry {
        facts: json!({ "provider": id, "name": head.label, "issuer": head.issuer, "enabled": head.enabled }),
        ..Entry::new(event)
    }
}

fn shown(times: &Times, row: sql::Provider) -> Result<ProviderRow> {
    let head = row.head()?;
    Ok(ProviderRow {
        id: row.id,
        template: head.template,
        label: head.label,
        issuer: head.issuer,
        client_id: head.client_id,
        enabled: head.enabled,
        created: times.when(row.created_at),
    })
}

impl sql::Provider {
    fn head(&self) -> Result<ProviderHead> {
        Ok(ProviderHead {
            template: ProviderTemplate::from_key(&self.template)
                .ok_or_else(|| corrupt("identity_providers", "template", self.id))?,
            label: self.label.clone(),
            issuer: self.issuer.clone(),
            client_id: self.client_id.clone(),
            enabled: self.enabled,
        })
    }
}

/// What a client's secret is bound to.
fn bound_to(id: IdentityProviderId) -> Vec<u8> {
    [b"identity provider".as_slice(), id.0.as_bytes()].concat()
}

fn redirect(backend: &Backend) -> String {
    format!("{}{REDIRECT}", backend.settings.public_url)
}
