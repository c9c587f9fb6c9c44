//! The mail with a claim link, or with several, once more, for those who look after mail.

use database::WriteTx;
use domain::campaigns::{NewRecipient, RecipientForm};
use domain::{EmailAddress, MailId, Permission, Refusal, TokenId};
use serde_json::json;

use super::{Campaigns, sending, sql};
use crate::Caller;
use crate::audit::{Event, Who};
use crate::error::{Error, Result};
use crate::mail::{self, Template};

impl Campaigns<'_> {
    /// Mails a claim link, or the reminder of it, once more to the address that its recipient has. The link stays the same.
    pub(crate) async fn mail_link_again(
        &self,
        tx: &mut WriteTx,
        caller: &Caller,
        token: TokenId,
        address: &EmailAddress,
        template: Template,
    ) -> Result<MailId> {
        caller.may(Permission::CampaignsManage)?;
        let known = sql::recipient_of(tx, &caller.scope, token)
            .await?
            .ok_or_else(deleted)?;
        let recipient = self.locked(tx, &caller.scope, known).await?;
        if recipient.email != address.as_str() {
            return Err(Refusal::Conflict(ELSEWHERE.into()).into());
        }
        let campaign = self.sendable(tx, &caller.scope, &recipient).await?;
        let to_send = recipient.to_send();
        let mail = if template == Template::ClaimReminder {
            if recipient.credential_id.is_some() {
                return Err(Refusal::Conflict(CLAIMED.into()).into());
            }
            let replies = sending::replies(tx, &campaign).await?;
            let mail = sending::queue(tx, self.0, &campaign, &[to_send], template, replies.as_ref()).await?;
            sql::set_reminder_mail(tx, recipient.id, mail).await?;
            mail
        } else {
            sending::send(tx, self.0, &campaign, &[to_send]).await?
        };
        let facts = json!({"name": recipient.name, "email": recipient.email});
        self.note(
            tx,
            &Who::from(caller),
            Event::ClaimMailRepeated,
            &recipient,
            facts,
        )
        .await?;
        Ok(mail)
    }

    /// The same for a mail with several links: those of its recipients that still open something.
    pub(crate) async fn mail_links_again(
        &self,
        tx: &mut WriteTx,
        caller: &Caller,
        mail: MailId,
        address: &EmailAddress,
        template: Template,
    ) -> Result<MailId> {
        caller.may(Permission::CampaignsManage)?;
        let (mut to_send, mut found, mut refused) = (Vec::new(), None, deleted());
        for recipient in self.of_mail(tx, caller, mail).await? {
            if recipient.email != address.as_str() {
                refused = Refusal::Conflict(ELSEWHERE.into());
                continue;
            }
            if template.is_reminder() && recipient.credential_id.is_some() {
                refused = Refusal::Conflict(CLAIMED.into());
                continue;
            }
            match self.sendable(tx, &caller.scope, &recipient).await {
                Ok(campaign) => found = Some(campaign),
                Err(Error::Refused(refusal)) => {
                    refused = refusal;
                    continue;
                }
                Err(fault) => return Err(fault),
            }
            let facts = json!({"name": recipient.name, "email": recipient.email});
            let who = Who::from(caller);
            self.note(tx, &who, Event::ClaimMailRepeated, &recipient, facts)
                .await?;
            to_send.push(recipient.to_send());
        }
        let campaign = found.ok_or(refused)?;
        if !template.is_reminder() {
            return sending::send(tx, self.0, &campaign, &to_send).await;
        }
        let replies = sending::replies(tx, &campaign).await?;
        let reminder = Template::ClaimReminder;
        let again = sending::queue(tx, self.0, &campaign, &to_send, reminder, replies.as_ref()).await?;
        for recipient in &to_send {
            sql::set_reminder_mail(tx, recipient.id, again).await?;
        }
        Ok(again)
    }

    /// Gives all recipients of a mail with several links another address, and mails new links there.
    pub(crate) async fn move_links(
        &self,
        caller: &Caller,
        mail: MailId,
        wrong: &EmailAddress,
        right: &EmailAddress,
    ) -> Result<MailId> {
        caller.may(Permission::CampaignsManage)?;
        if wrong == right {
            return Err(Refusal::at("email", SAME).into());
        }
        let mut tx = self.0.db.write().await?;
        let mut recipients = self.of_mail(&mut tx, caller, mail).await?;
        if recipients.is_empty() {
            return Err(deleted().into());
        }
        recipients.retain(|recipient| recipient.email == wrong.as_str() && recipient.suspended_at.is_none());
        let Some(first) = recipients.first() else {
            return Err(Refusal::Conflict(ELSEWHERE.into()).into());
        };
        let campaign = self.sendable(&mut tx, &caller.scope, first).await?;
        if !campaign.grouped {
            self.check_is_free(&mut tx, campaign.id, right).await?;
        }
        let mut moved = Vec::with_capacity(recipients.len());
        for recipient in &recipients {
            // Withdrawing the mail of one writes another one for the rest, which the next one withdraws.
            let now = self.locked(&mut tx, &caller.scope, recipient.id).await?;
            let corrected = NewRecipient::new(now.name.clone(), right.clone());
            let who = Who::from(caller);
            let after = self
                .correct_in(&mut tx, &who, &caller.scope, &now, &corrected)
                .await?;
            moved.push(after.to_send());
        }
        let again = sending::send(&mut tx, self.0, &campaign, &moved).await?;
        self.0.commit(tx).await?;
        Ok(again)
    }

    /// The recipients whose links stand in a mail, locked; without those who were deleted.
    async fn of_mail(&self, tx: &mut WriteTx, caller: &Caller, mail: MailId) -> Result<Vec<sql::Recipient>> {
        let mut recipients = Vec::new();
        for token in mail::tokens_of(tx, mail).await? {
            if let Some(id) = sql::recipient_of(tx, &caller.scope, token).await? {
                recipients.push(self.locked(tx, &caller.scope, id).await?);
            }
        }
        recipients.sort_by_key(|recipient| recipient.id);
        Ok(recipients)
    }

    /// Gives the recipient of a claim link another address than the one that a mail went to, and mails a new link there.
    pub(crate) async fn move_link(
        &self,
        caller: &Caller,
        token: TokenId,
        wrong: &EmailAddress,
        right: &EmailAddress,
    ) -> Result<MailId> {
        caller.may(Permission::CampaignsManage)?;
        let mut conn = self.0.db.read().await?;
        let id = sql::recipient_of(&mut conn, &caller.scope, token)
            .await?
            .ok_or_else(deleted)?;
        let recipient = sql::recipient(&mut conn, &caller.scope, id)
            .await?
            .ok_or_else(deleted)?;
        if recipient.email != wrong.as_str() {
            return Err(Refusal::Conflict(ELSEWHERE.into()).into());
        }
        if wrong == right {
            return Err(Refusal::at("email", SAME).into());
        }
        self.sendable(&mut conn, &caller.scope, &recipient).await?;
        drop(conn);
        let form = RecipientForm {
            name: recipient.name,
            email: right.to_string(),
        };
        self.correct(caller, id, &form).await?;
        let mut conn = self.0.db.read().await?;
        let moved = sql::recipient(&mut conn, &caller.scope, id).await?;
        moved
            .and_then(|moved| moved.mail_id)
            .ok_or_else(|| Refusal::NotFound.into())
    }
}

fn deleted() -> Refusal {
    Refusal::Conflict("The recipient was deleted, so there is nothing to send.".into())
}

const CLAIMED: &str = "It was claimed meanwhile, so there is nothing to be reminded of.";
const SAME: &str = "This is the address that it went to.";
const ELSEWHERE: &str = "The recipient has another address by now. Their campaign says which.";
