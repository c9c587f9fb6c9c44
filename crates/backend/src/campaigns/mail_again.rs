//! The mail with a claim link, once more, for those who look after mail.

use database::WriteTx;
use domain::campaigns::RecipientForm;
use domain::{EmailAddress, MailId, Permission, Refusal, TokenId};
use serde_json::json;

use super::{Campaigns, sending, sql};
use crate::Caller;
use crate::audit::{Event, Who};
use crate::error::Result;
use crate::mail::Template;

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
                let sentence = "It was claimed meanwhile, so there is nothing to be reminded of.";
                return Err(Refusal::Conflict(sentence.into()).into());
            }
            let replies = sending::replies(tx, &campaign).await?;
            let mail = sending::mail(tx, self.0, &campaign, &to_send, template, replies.as_ref()).await?;
            let mail = self.0.queue_mail(tx, mail).await?;
            sql::set_reminder_mail(tx, recipient.id, mail).await?;
            mail
        } else {
            sending::send(tx, self.0, &campaign, &to_send).await?
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
            return Err(Refusal::at("email", "This is the address that it went to.").into());
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

const ELSEWHERE: &str = "The recipient has another address by now. Their campaign says which.";
