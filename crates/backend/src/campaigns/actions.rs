//! What admins do to one recipient. What each action changes stands in one table, which is carried out here and said on
//! screens: [`RecipientAction::effect`].

use credentials::badge::HashedEmail;
use database::{Conn, WriteTx};
use domain::access_tokens::HistoryEntry;
use domain::campaigns::actions::{LinkEffect, LockEffect, PageEffect, RecipientAction, StatusEffect};
use domain::campaigns::{CampaignState, CopiedToken, NewRecipient, RecipientForm};
use domain::tokens::Family;
use domain::{CampaignId, EmailAddress, Permission, RecipientId, Refusal};
use serde_json::{Value, json};

use super::drawable::Boxes;
use super::{Campaigns, issuing, sending, sql, status};
use crate::audit::{Entry, Event, Who};
use crate::error::Result;
use crate::{Backend, Caller, Scope, Secret, audit, mail, people, tokens};

/// The longest reason of a revocation.
const REASON: usize = 200;

impl Campaigns<'_> {
    /// The claim token of a recipient, to be copied, and the link with it. It is recorded.
    ///
    /// # Errors
    /// Forbidden or not found.
    pub async fn copy_token(&self, caller: &Caller, id: RecipientId) -> Result<(Secret, Secret)> {
        caller.may(Permission::CampaignsManage)?;
        caller.may(Permission::TokensReveal)?;
        let mut tx = self.0.db.write().await?;
        let recipient = sql::recipient(&mut tx, &caller.scope, id)
            .await?
            .ok_or(Refusal::NotFound)?;
        let code = tokens::reveal(&mut tx, self.0, recipient.token_id)
            .await?
            .into_code()?;
        let facts = json!({"name": recipient.name, "hint": recipient.hint()});
        self.note(
            &mut tx,
            &Who::from(caller),
            Event::ClaimTokenCopied,
            &recipient,
            facts,
        )
        .await?;
        self.0.commit(tx).await?;
        let link = format!("{}/r/{}", self.0.settings.public_url, code.reveal());
        Ok((Secret::new(code.grouped()), Secret::new(link)))
    }

    /// The same as texts, for a screen.
    ///
    /// # Errors
    /// Forbidden or not found.
    pub async fn copied_token(&self, caller: &Caller, id: RecipientId) -> Result<CopiedToken> {
        let (token, link) = self.copy_token(caller, id).await?;
        Ok(CopiedToken {
            token: token.reveal().to_owned(),
            link: link.reveal().to_owned(),
        })
    }

    /// Carries out an action of the table. `reason` is public, and wanted for revoking a credential alone.
    ///
    /// # Errors
    /// Forbidden, not found, refused at `reason`, or a conflict: there is nothing to do it to.
    pub async fn act(
        &self,
        caller: &Caller,
        id: RecipientId,
        action: RecipientAction,
        reason: &str,
    ) -> Result<()> {
        caller.may(Permission::CampaignsManage)?;
        let mut tx = self.0.db.write().await?;
        self.act_in(&mut tx, &Who::from(caller), &caller.scope, id, action, reason)
            .await?;
        self.0.commit(tx).await
    }

    /// The same within an open transaction, for anyone who was asked already whether they may.
    pub(super) async fn act_in(
        &self,
        tx: &mut WriteTx,
        who: &Who,
        scope: &Scope,
        id: RecipientId,
        action: RecipientAction,
        reason: &str,
    ) -> Result<()> {
        let event = match action {
            RecipientAction::Reset => Event::ClaimTokenReset,
            RecipientAction::RevokeToken => Event::ClaimTokenRevoked,
            RecipientAction::EnableToken => Event::ClaimTokenEnabled,
            RecipientAction::RevokeCredential => Event::CredentialRevoked,
            RecipientAction::DeleteRecipient => Event::RecipientDeleted,
            // The others have a use case of their own, or happen to a whole campaign, by time, or by somebody else.
            RecipientAction::CopyToken
            | RecipientAction::SendAgain
            | RecipientAction::Correct
            | RecipientAction::PauseCampaign
            | RecipientAction::EndCampaign
            | RecipientAction::ChangeExpiry
            | RecipientAction::Expire
            | RecipientAction::CancelOrganisation
            | RecipientAction::SecondProfile => return Err(Refusal::Malformed.into()),
        };
        let recipient = self.locked(tx, scope, id).await?;
        let effect = action.effect();
        if effect.page == PageEffect::Revoked
            && (recipient.credential_id.is_none() || recipient.revoked_at.is_some())
        {
            let sentence = if recipient.revoked_at.is_some() {
                "The credential was revoked already."
            } else {
                "Nothing was claimed yet, so there is no credential to revoke. Revoke the token instead."
            };
            return Err(Refusal::Conflict(sentence.into()).into());
        }
        let reason = match effect.page {
            PageEffect::Revoked => Some(
                domain::form::line("A reason", REASON, reason)
                    .map_err(|error| Refusal::at("reason", error.to_string()))?,
            ),
            _ => None,
        };
        self.apply_to_link(tx, scope, &recipient, effect.link, effect.page)
            .await?;
        let facts = json!({
            "name": recipient.name, "holder": recipient.lock_holder, "reason": reason, "credential": recipient.credential_id,
        });
        match effect.lock {
            LockEffect::Kept => {}
            LockEffect::Cleared => sql::unlock(tx, id).await?,
            LockEffect::Erased => {
                let addresses = sql::addresses_of(tx, id).await?;
                mail::erase_reader(tx, who.organisation, recipient.token_id, &addresses).await?;
                self.erase_people(tx, &recipient).await?;
                sql::erase_recipient(tx, id, self.0.clock.now()).await?;
            }
        }
        if let Some(credential) = recipient.credential_id {
            let now = self.0.clock.now();
            match effect.page {
                PageEffect::Revoked => {
                    sql::revoke_credential(tx, credential, reason.as_deref().unwrap_or_default(), now)
                        .await?;
                }
                PageEffect::DoesNotValidate => sql::erase_credential(tx, credential, now).await?,
                PageEffect::Unchanged
                | PageEffect::SignedAnew
                | PageEffect::Redated
                | PageEffect::Expired => {}
            }
            if effect.status == StatusEffect::Set {
                status::revoke(tx, credential, now).await?;
            }
        }
        self.note(tx, who, event, &recipient, facts).await
    }

    /// Those who claimed with the token, if they have nothing else here.
    async fn erase_people(&self, tx: &mut WriteTx, recipient: &sql::Recipient) -> Result<()> {
        let token = recipient.token_id;
        for person in tokens::uses::people_of(tx, token).await? {
            if !tokens::uses::has_another(tx, person, token).await? {
                people::erase(tx, person, self.0.clock.now()).await?;
            }
        }
        Ok(())
    }

    async fn apply_to_link(
        &self,
        tx: &mut WriteTx,
        scope: &Scope,
        recipient: &sql::Recipient,
        link: LinkEffect,
        page: PageEffect,
    ) -> Result<()> {
        let now = self.0.clock.now();
        let found = tokens::lock(tx, self.0, scope, recipient.token_id)
            .await?
            .ok_or(Refusal::NotFound)?;
        match (link, page) {
            (LinkEffect::Withdrawn, PageEffect::DoesNotValidate) => {
                tokens::revoke(tx, &found.token, now).await?;
                tokens::set_deleted(tx, &found.token, Some(now)).await?;
                self.withdraw_mail(tx, scope, recipient).await?;
            }
            (LinkEffect::Withdrawn, _) => {
                tokens::set_suspended(tx, &found.token, Some(now)).await?;
                self.withdraw_mail(tx, scope, recipient).await?;
            }
            (LinkEffect::Works, _) => tokens::set_suspended(tx, &found.token, None).await?,
            (
                LinkEffect::Unchanged
                | LinkEffect::Paused
                | LinkEffect::Over
                | LinkEffect::Revoked
                | LinkEffect::Expired
                | LinkEffect::Redated
                | LinkEffect::Renewed
                | LinkEffect::Taken,
                _,
            ) => {}
        }
        Ok(())
    }

    /// What happened to a recipient, the newest first.
    ///
    /// # Errors
    /// Forbidden or not found.
    pub async fn recipient_history(&self, caller: &Caller, id: RecipientId) -> Result<Vec<HistoryEntry>> {
        caller.may(Permission::CampaignsRead)?;
        let mut conn = self.0.db.read().await?;
        let recipient = sql::recipient(&mut conn, &caller.scope, id)
            .await?
            .ok_or(Refusal::NotFound)?;
        audit::history_of_token(&mut conn, &caller.scope, recipient.token_id, &self.times(caller)).await
    }

    /// Sends the mail once more.
    ///
    /// # Errors
    /// Forbidden, not found, or a conflict: nobody could claim by it.
    pub async fn send_again(&self, caller: &Caller, id: RecipientId) -> Result<()> {
        caller.may(Permission::CampaignsManage)?;
        let mut tx = self.0.db.write().await?;
        let recipient = self.check_again(&mut tx, &caller.scope, id).await?;
        let campaign = self.sendable(&mut tx, &caller.scope, &recipient).await?;
        sending::send(&mut tx, self.0, &campaign, &[recipient.to_send()]).await?;
        let facts = json!({"name": recipient.name, "email": recipient.email});
        let who = Who::from(caller);
        self.note(&mut tx, &who, Event::ClaimMailRepeated, &recipient, facts)
            .await?;
        self.0.commit(tx).await
    }

    /// Locks a recipient who may be sent their mail once more.
    pub(super) async fn check_again(
        &self,
        tx: &mut WriteTx,
        scope: &Scope,
        id: RecipientId,
    ) -> Result<sql::Recipient> {
        let recipient = self.locked(tx, scope, id).await?;
        let campaign = self.sendable(tx, scope, &recipient).await?;
        if let Some(sentence) = held(&campaign, &recipient) {
            return Err(Refusal::Conflict(sentence).into());
        }
        Ok(recipient)
    }

    /// The campaign of a recipient whose link opens something. To anybody else it is not sent, and whoever asks is told
    /// what would let it.
    pub(super) async fn sendable(
        &self,
        conn: &mut Conn,
        scope: &Scope,
        recipient: &sql::Recipient,
    ) -> Result<sql::Campaign> {
        let campaign = sql::by_id(conn, scope, recipient.campaign_id)
            .await?
            .ok_or(Refusal::NotFound)?;
        let way = match campaign.state()? {
            CampaignState::Live if recipient.suspended_at.is_none() => return Ok(campaign),
            CampaignState::Live => "Enable the token first.",
            CampaignState::Draft => "Start the campaign first.",
            CampaignState::Paused => "Resume the campaign first.",
            CampaignState::Ended => "The campaign has ended.",
        };
        let sentence = format!("The link opens nothing right now, so it is not sent. {way}");
        Err(Refusal::Conflict(sentence).into())
    }

    /// Corrects name and address. What was issued is signed anew under the same id. With another address the token gets
    /// a new secret, so that the link in the wrong mailbox opens nothing. Letters that no font has become boxes.
    ///
    /// # Errors
    /// Forbidden, not found, or refused at the fields.
    pub async fn correct(&self, caller: &Caller, id: RecipientId, form: &RecipientForm) -> Result<()> {
        let whole = form.clone();
        self.correct_with(caller, id, true, move |form| *form = whole)
            .await
    }

    /// The same for somebody who can be asked: a new name that cannot be drawn is refused, unless they said to go on anyway.
    ///
    /// # Errors
    /// As [`correct`](Self::correct), or a conflict: no font has the letters of the name.
    pub async fn correct_drawable(
        &self,
        caller: &Caller,
        id: RecipientId,
        form: &RecipientForm,
        anyway: bool,
    ) -> Result<()> {
        let whole = form.clone();
        self.correct_with(caller, id, anyway, move |form| *form = whole)
            .await
    }

    /// Corrects what `change` writes over the form with what is there, while nobody else changes the recipient.
    ///
    /// # Errors
    /// As [`correct_drawable`](Self::correct_drawable).
    pub async fn correct_with(
        &self,
        caller: &Caller,
        id: RecipientId,
        anyway: bool,
        change: impl FnOnce(&mut RecipientForm) + Send,
    ) -> Result<()> {
        caller.may(Permission::CampaignsManage)?;
        let mut tx = self.0.db.write().await?;
        let recipient = self.locked(&mut tx, &caller.scope, id).await?;
        let mut form = RecipientForm {
            name: recipient.name.clone(),
            email: recipient.email.clone(),
        };
        change(&mut form);
        let corrected = form.parse()?;
        // Whoever corrects the address alone was told of the name when it came.
        if !anyway && corrected.name != recipient.name {
            let way = "save once more to go on all the same (programs: allow_undrawable).";
            if let Some(sentence) = Boxes::of(std::slice::from_ref(&corrected)).sentence(way) {
                return Err(Refusal::Conflict(sentence).into());
            }
        }
        let campaign = sql::by_id(&mut tx, &caller.scope, recipient.campaign_id)
            .await?
            .ok_or(Refusal::NotFound)?;
        let moved = recipient.email != corrected.email.as_str();
        if moved && !campaign.grouped {
            self.check_is_free(&mut tx, campaign.id, &corrected.email).await?;
        }
        let after = self
            .correct_in(&mut tx, &Who::from(caller), &caller.scope, &recipient, &corrected)
            .await?;
        let goes_out = campaign.state()? == CampaignState::Live && recipient.suspended_at.is_none();
        if moved && goes_out && held(&campaign, &after).is_none() {
            sending::send(&mut tx, self.0, &campaign, &[after.to_send()]).await?;
        }
        self.0.commit(tx).await
    }

    /// Refuses an address that another recipient of a campaign has.
    pub(super) async fn check_is_free(
        &self,
        conn: &mut Conn,
        campaign: CampaignId,
        email: &EmailAddress,
    ) -> Result<()> {
        let taken = sql::known_addresses(conn, campaign, vec![email.to_string()]).await?;
        if taken.is_empty() {
            return Ok(());
        }
        Err(Refusal::at("email", "Another recipient of this campaign has this address.").into())
    }

    /// Corrects a recipient who is locked, and sends nothing. With another address the token gets another secret.
    pub(super) async fn correct_in(
        &self,
        tx: &mut WriteTx,
        who: &Who,
        scope: &Scope,
        recipient: &sql::Recipient,
        corrected: &NewRecipient,
    ) -> Result<sql::Recipient> {
        if recipient.email != corrected.email.as_str() {
            self.withdraw_mail(tx, scope, recipient).await?;
            let found = tokens::lock(tx, self.0, scope, recipient.token_id)
                .await?
                .ok_or(Refusal::NotFound)?;
            tokens::renew(tx, self.0, &found.token).await?;
        }
        sql::correct(tx, recipient.id, corrected).await?;
        sign_again(tx, self.0, recipient, corrected).await?;
        let facts = json!({
            "name": corrected.name, "email": corrected.email,
            "before": {"name": recipient.name, "email": recipient.email},
        });
        self.note(tx, who, Event::RecipientCorrected, recipient, facts)
            .await?;
        Ok(sql::recipient(tx, scope, recipient.id)
            .await?
            .ok_or(Refusal::NotFound)?)
    }

    /// A mail that is not out yet does not go out any more; if it holds others' links, too, they get another one.
    async fn withdraw_mail(&self, tx: &mut WriteTx, scope: &Scope, recipient: &sql::Recipient) -> Result<()> {
        for mail in [recipient.mail_id, recipient.reminder_mail_id]
            .into_iter()
            .flatten()
        {
            if self.0.cancel_mail(tx, mail).await? {
                sending::send_rest(tx, self.0, scope, recipient, mail).await?;
            }
        }
        Ok(())
    }

    /// Nobody is reminded of what is theirs.
    pub(super) async fn end_reminders(&self, tx: &mut WriteTx, scope: &Scope, id: RecipientId) -> Result<()> {
        let Some(mail) = sql::end_reminders(tx, id).await? else {
            return Ok(());
        };
        if self.0.cancel_mail(tx, mail).await?
            && let Some(recipient) = sql::recipient(tx, scope, id).await?
        {
            sending::send_rest(tx, self.0, scope, &recipient, mail).await?;
        }
        Ok(())
    }

    /// Locks a recipient: one change at a time.
    pub(super) async fn locked(
        &self,
        tx: &mut WriteTx,
        scope: &Scope,
        id: RecipientId,
    ) -> Result<sql::Recipient> {
        let known = sql::recipient(tx, scope, id).await?.ok_or(Refusal::NotFound)?;
        tokens::lock(tx, self.0, scope, known.token_id).await?;
        Ok(sql::recipient(tx, scope, id).await?.ok_or(Refusal::NotFound)?)
    }

    pub(super) async fn note(
        &self,
        tx: &mut WriteTx,
        who: &Who,
        event: Event,
        recipient: &sql::Recipient,
        mut facts: Value,
    ) -> Result<()> {
        // What is deleted is named nowhere that is kept for good.
        if event == Event::RecipientDeleted {
            facts = json!({"credential": recipient.credential_id});
        }
        facts["campaign"] = json!(recipient.campaign_id);
        facts["recipient"] = json!(recipient.id);
        self.0
            .record(
                tx,
                who.clone(),
                Entry::token(event, Family::Claim, recipient.token_id, facts),
            )
            .await
    }
}

/// Why a recipient whom a start by time held back is still not sent their mail, if they are not.
fn held(campaign: &sql::Campaign, recipient: &sql::Recipient) -> Option<String> {
    recipient.held_at?;
    Boxes::of_one(campaign, recipient).sentence("correct the name.")
}

/// Signs what was claimed anew for a corrected recipient, under the same id. What was revoked stays as it is.
pub(super) async fn sign_again(
    tx: &mut WriteTx,
    backend: &Backend,
    recipient: &sql::Recipient,
    corrected: &NewRecipient,
) -> Result<()> {
    match recipient.credential_id {
        Some(credential) if recipient.revoked_at.is_none() => {
            issuing::issue_again(tx, backend, credential, corrected).await
        }
        _ => Ok(()),
    }
}

/// The hash of a recipient's address in their credential.
pub(super) fn hashed(email: &str, salt: &str) -> HashedEmail {
    HashedEmail::new(email, salt)
}
