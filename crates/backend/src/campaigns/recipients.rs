//! The recipients of a campaign.

use std::collections::HashSet;

use database::WriteTx;
use domain::campaigns::{
    AddedRecipients, CampaignState, ClaimState, CredentialState, Lock, NewRecipient, RecipientQuery,
    RecipientRow,
};
use domain::{CampaignId, Page, Permission, PersonId, RecipientId, Refusal};
use serde_json::json;

use super::{CLAIM, Campaigns, drawable, edit, sending, sql};
use crate::audit::{Entry, Event};
use crate::error::Result;
use crate::keyset::{self, Key};
use crate::times::Times;
use crate::tokens::{self, NewToken};
use crate::{Backend, Caller, mail};

/// Recipients that are added within one request: the time of one commit.
const MOST_AT_ONCE: usize = 2_000;

/// What became of recipients that were added.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Added {
    /// Those who are new, in their order.
    pub ids: Vec<RecipientId>,
    /// How many were left out because the campaign has their address already.
    pub skipped: usize,
}

impl Added {
    /// How many, without their ids.
    pub fn counted(&self) -> AddedRecipients {
        AddedRecipients {
            added: self.ids.len(),
            skipped: self.skipped,
        }
    }
}

impl Campaigns<'_> {
    /// Adds recipients. An address that the campaign has already is left out. A live campaign sends their mails at once.
    ///
    /// # Errors
    /// Forbidden, not found, or refused at `recipients`.
    pub async fn add_recipients(
        &self,
        caller: &Caller,
        campaign: CampaignId,
        recipients: &[NewRecipient],
    ) -> Result<Added> {
        self.add(caller, campaign, recipients, false).await
    }

    /// The same for somebody who can be asked: names that cannot be drawn are refused, unless they said to go on anyway.
    ///
    /// # Errors
    /// Forbidden, not found, or refused at `recipients`.
    pub async fn add_drawable(
        &self,
        caller: &Caller,
        campaign: CampaignId,
        recipients: &[NewRecipient],
        anyway: bool,
    ) -> Result<Added> {
        caller.may(Permission::CampaignsManage)?;
        if !anyway {
            drawable::check(recipients)?;
        }
        self.add_recipients(caller, campaign, recipients).await
    }

    /// Adds the admin as a recipient of their own, to test with: using another one's token would lock it.
    ///
    /// # Errors
    /// Forbidden, not found, or a conflict: they are one already.
    pub async fn add_myself(&self, caller: &Caller, campaign: CampaignId) -> Result<Added> {
        let me = caller.signed_in()?;
        let recipient = NewRecipient::new(me.name.clone(), me.email.clone());
        let added = self.add(caller, campaign, &[recipient], true).await?;
        if added.ids.is_empty() {
            return Err(Refusal::Conflict("You are a recipient of this campaign already.".into()).into());
        }
        Ok(added)
    }

    async fn add(
        &self,
        caller: &Caller,
        id: CampaignId,
        recipients: &[NewRecipient],
        is_test: bool,
    ) -> Result<Added> {
        caller.may(Permission::CampaignsManage)?;
        if recipients.len() > MOST_AT_ONCE {
            let sentence =
                format!("At most {MOST_AT_ONCE} recipients are added at once. Add them in several parts.");
            return Err(Refusal::at("recipients", sentence).into());
        }
        let mut tx = self.0.db.write().await?;
        let campaign = edit::locked(&mut tx, caller, id).await?;
        let addresses: Vec<String> = recipients.iter().map(|one| one.email.to_string()).collect();
        let mut known: HashSet<String> = sql::known_addresses(&mut tx, id, addresses)
            .await?
            .into_iter()
            .collect();
        let mut added = Added::default();
        for recipient in recipients {
            if known.insert(recipient.email.to_string()) {
                let person = caller.person();
                added
                    .ids
                    .push(insert(&mut tx, self.0, &campaign, recipient, is_test, person).await?);
            } else {
                added.skipped += 1;
            }
        }
        let facts = json!({"campaign": id, "title": campaign.title, "count": added.ids.len()});
        let entry = Entry {
            facts,
            ..Entry::new(Event::RecipientsAdded)
        };
        self.0.record(&mut tx, caller, entry).await?;
        if campaign.state()? == CampaignState::Live {
            sending::send_and_record(&mut tx, self.0, caller, &campaign).await?;
        }
        self.0.commit(tx).await?;
        self.0.job_woken.notify_one();
        Ok(added)
    }

    /// The recipients of a campaign, in the order in which they were added.
    ///
    /// # Errors
    /// Forbidden or not found.
    pub async fn recipients(
        &self,
        caller: &Caller,
        campaign: CampaignId,
        query: &RecipientQuery,
    ) -> Result<Page<RecipientRow>> {
        caller.may(Permission::CampaignsRead)?;
        let start = sql::AS_ADDED.start(query.after.as_ref())?;
        let most = keyset::rows(query.rows);
        let mut conn = self.0.db.read().await?;
        sql::by_id(&mut conn, &caller.scope, campaign)
            .await?
            .ok_or(Refusal::NotFound)?;
        let found = sql::recipients(
            &mut conn,
            &caller.scope,
            campaign,
            sql::Wanted {
                search: &query.search,
                state: query.state,
            },
            self.0.clock.now(),
            &start,
            most + 1,
        )
        .await?;
        let found = keyset::page_of(found, most, &start, |row| (Key::None, row.id.0));
        let mails: Vec<_> = found.rows.iter().filter_map(|row| row.mail_id).collect();
        let states = mail::states(&mut conn, &mails).await?;
        let times = self.times(caller);
        let rows = found.rows.into_iter().map(|recipient| {
            let mail = recipient.mail_id.and_then(|id| states.get(&id).copied());
            RecipientRow {
                mail,
                ..shown(&times, recipient)
            }
        });
        Ok(Page {
            rows: rows.collect(),
            next: found.next,
            prev: found.prev,
        })
    }

    /// One recipient as it is now.
    ///
    /// # Errors
    /// Forbidden or not found.
    pub async fn recipient(&self, caller: &Caller, id: RecipientId) -> Result<RecipientRow> {
        caller.may(Permission::CampaignsRead)?;
        self.shown_now(caller, id).await
    }

    /// The same to anyone who just changed it, and may have no permission to see all others.
    ///
    /// # Errors
    /// Forbidden or not found.
    pub async fn changed_recipient(&self, caller: &Caller, id: RecipientId) -> Result<RecipientRow> {
        caller.may(Permission::CampaignsManage)?;
        self.shown_now(caller, id).await
    }

    async fn shown_now(&self, caller: &Caller, id: RecipientId) -> Result<RecipientRow> {
        let mut conn = self.0.db.read().await?;
        let recipient = sql::recipient(&mut conn, &caller.scope, id)
            .await?
            .ok_or(Refusal::NotFound)?;
        let mails: Vec<_> = recipient.mail_id.into_iter().collect();
        let states = mail::states(&mut conn, &mails).await?;
        let mail = recipient.mail_id.and_then(|id| states.get(&id).copied());
        Ok(RecipientRow {
            mail,
            ..shown(&self.times(caller), recipient)
        })
    }
}

/// Makes a recipient with a token of their own.
pub(super) async fn insert(
    tx: &mut WriteTx,
    backend: &Backend,
    campaign: &sql::Campaign,
    recipient: &NewRecipient,
    is_test: bool,
    by: Option<PersonId>,
) -> Result<RecipientId> {
    let now = backend.clock.now();
    let new = NewToken {
        organisation: campaign.organisation_id,
        department: campaign.department_id,
        kind: &CLAIM,
        name: recipient.name.clone(),
        starts_at: None,
        expires_at: None,
        use_limit: None,
        sealing: None,
        created_by: by,
    };
    let (token, _) = tokens::issue(tx, backend, &new).await?;
    let id = RecipientId(backend.random.id(now));
    sql::insert_recipient(tx, campaign, id, token, recipient, is_test, now).await?;
    Ok(id)
}

fn shown(times: &Times, recipient: sql::Recipient) -> RecipientRow {
    let lock = recipient
        .lock_holder
        .clone()
        .zip(recipient.locked_at)
        .map(|(holder, at)| Lock {
            holder,
            provider: super::claim::provider_label(recipient.lock_issuer.as_deref().unwrap_or_default())
                .to_owned(),
            at: times.when(at),
        });
    RecipientRow {
        id: recipient.id,
        claim: if recipient.suspended_at.is_some() {
            ClaimState::TokenRevoked
        } else if lock.is_some() {
            ClaimState::Claimed
        } else if recipient.credential_id.is_some() {
            ClaimState::Unlocked
        } else {
            ClaimState::Waiting
        },
        credential_state: recipient.credential_id.map(|_| state(times, &recipient)),
        credential_until: recipient.valid_until.map(|end| times.last_minute(end)),
        credential: recipient.credential_id,
        unlock_asked: recipient.unlock_asked_at.map(|at| times.when(at)),
        hint: recipient.hint(),
        held: recipient
            .held_at
            .map(|_| drawable::missing(&recipient.name, &recipient.columns)),
        is_test: recipient.is_test,
        name: recipient.name,
        email: recipient.email,
        lock,
        reminded: recipient.reminded,
        wanted_name: recipient.wanted_name,
        mail: None,
    }
}

fn state(times: &Times, recipient: &sql::Recipient) -> CredentialState {
    if recipient.revoked_at.is_some() {
        CredentialState::Revoked
    } else if recipient.valid_until.is_some_and(|end| end <= times.now) {
        CredentialState::Expired
    } else {
        CredentialState::Valid
    }
}
