//! Signing in with a password.
//!
//! An unknown address takes as long as a known one, and gets the same answer. A person who has signed in with this
//! browser or from here before is limited only by their own attempts: nobody else can lock them out. Everybody else is
//! slowed down, per account, per address and in total, and refused only for attempts from their own network.

mod slowed;

use domain::people::SignInForm;
use domain::{EmailAddress, OrganisationId, Refusal};
use serde_json::Value;

use super::sessions::{self, NewSession, SessionKind, new_session};
use super::{People, known_devices, sql};
use crate::Client;
use crate::attempts::{self, Budget, Try, network};
use crate::audit::{Entry, Event, Who};
use crate::error::Result;
pub(crate) use slowed::Slowed;

/// What a correct password leads to.
#[derive(Debug, Clone)]
pub enum SignIn {
    /// Signed in.
    Done(NewSession),
    /// The same address and password match several organisations: which one?
    Choose(Vec<(OrganisationId, String)>),
}

/// The budgets of an attempt.
struct Tries {
    /// Of this browser, or of this account from here.
    own: Try,
    /// Of everybody who tries, in the order in which they are locked.
    shared: Vec<Try>,
}

impl People<'_> {
    /// Signs in a person who knows the password.
    ///
    /// # Errors
    /// Refused at `email` or `password`, or because of too many attempts.
    pub async fn sign_in(&self, form: &SignInForm, client: &Client) -> Result<SignIn> {
        let email: EmailAddress = form
            .email
            .parse()
            .map_err(|error: domain::email::BadEmail| Refusal::at("email", error.to_string()))?;
        let accounts = self.accounts(&email, &form.organisation).await?;
        let tries = self.tries(&email, &accounts, client).await?;
        self.begin_try(&tries, &email, client).await?;

        let mut fitting = self.fitting(accounts, &form.password).await?;

        let Some(account) = fitting.pop() else {
            return Err(
                Refusal::at("password", "This address and this password do not fit together.").into(),
            );
        };
        let mut tx = self.0.db.write().await?;
        attempts::clear(&mut tx, &[tries.own]).await?;
        attempts::give_back(&mut tx, &tries.shared).await?;
        if !fitting.is_empty() {
            tx.commit().await?;
            fitting.push(account);
            let choice = fitting
                .into_iter()
                .map(|account| (account.organisation_id, account.organisation));
            return Ok(SignIn::Choose(choice.collect()));
        }
        let session = new_session(
            &mut tx,
            self.0,
            account.id,
            account.organisation_id,
            true,
            client,
            SessionKind::Admin,
        )
        .await?;
        let who = Who {
            organisation: account.organisation_id,
            person: Some(account.id),
            name: account.name,
            address: client.address_text(),
        };
        self.0
            .record(
                &mut tx,
                who,
                Entry::person(Event::PersonSignedIn, account.id, Value::Null),
            )
            .await?;
        self.0.commit(tx).await?;
        Ok(SignIn::Done(session))
    }

    /// The people with this address and a password, in the organisation if one is named.
    async fn accounts(&self, email: &EmailAddress, organisation: &str) -> Result<Vec<sql::Account>> {
        let mut accounts = sql::accounts(&mut self.0.db.read().await?, email).await?;
        accounts.retain(|account| account.password_hash.is_some());
        if let Ok(organisation) = organisation.parse::<OrganisationId>() {
            accounts.retain(|account| account.organisation_id == organisation);
        }
        Ok(accounts)
    }

    /// Counts an attempt before it is made. A caller over their own budget is refused; one over a shared budget waits.
    async fn begin_try(&self, tries: &Tries, email: &EmailAddress, client: &Client) -> Result<()> {
        let now = self.0.clock.now();
        let own = std::slice::from_ref(&tries.own);
        let place = || self.0.slowed_sign_ins.place(&network(client.address), email);
        let mut conn = self.0.db.read().await?;
        attempts::check(&mut conn, own, now).await?;
        // A caller who is refused a place has not asked for the writer yet: guessers do not occupy it.
        let mut slowed = match attempts::is_over(&mut conn, &tries.shared, now).await? {
            true => Some(place()?),
            false => None,
        };
        drop(conn);
        let mut tx = self.0.db.write().await?;
        attempts::count(&mut tx, own, now).await?;
        if attempts::count_on(&mut tx, &tries.shared, now).await? && slowed.is_none() {
            slowed = Some(place()?);
        }
        tx.commit().await?;
        if let Some(place) = slowed {
            place.wait().await;
        }
        Ok(())
    }

    /// The budgets that apply to this attempt.
    async fn tries(&self, email: &EmailAddress, accounts: &[sql::Account], client: &Client) -> Result<Tries> {
        let now = self.0.clock.now();
        if let Some(device) = known_devices::name(self.0, client, email, now) {
            return Ok(Tries {
                own: self.0.try_on(Budget::SIGN_IN_DEVICE, &device),
                shared: Vec::new(),
            });
        }
        let here = network(client.address);
        let mut shared = Vec::new();
        if !self.is_known_at(accounts, &here).await? {
            shared.push(self.0.try_on(Budget::SIGN_IN_ACCOUNT, email.as_str()));
            shared.push(self.0.try_from(Budget::SIGN_IN_ADDRESS, client));
            shared.push(self.0.try_on(Budget::SIGN_IN_TOTAL, ""));
        }
        let own = self.0.try_on(Budget::SIGN_IN_HERE, &format!("{email} {here}"));
        Ok(Tries { own, shared })
    }

    async fn is_known_at(&self, accounts: &[sql::Account], here: &str) -> Result<bool> {
        let mut conn = self.0.db.read().await?;
        for account in accounts {
            for address in sessions::addresses(&mut conn, account.id).await? {
                if address
                    .parse()
                    .is_ok_and(|address| network(Some(address)) == here)
                {
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }

    /// The accounts that the password matches. At least one hash is computed, whether there is an account or not.
    async fn fitting(&self, accounts: Vec<sql::Account>, password: &str) -> Result<Vec<sql::Account>> {
        if accounts.is_empty() {
            self.0.passwords.fits(password, None).await?;
        }
        let mut fitting = Vec::new();
        for account in accounts {
            if self
                .0
                .passwords
                .fits(password, account.password_hash.clone())
                .await?
            {
                fitting.push(account);
            }
        }
        Ok(fitting)
    }
}
