//! Sending a mail again. A link in it was forgotten when it was sent, so the feature that owns the token has to recover
//! it: that is why this is above the features that mail is about.

use domain::mail::MailRow;
use domain::{EmailAddress, MailId, Permission, Refusal};
use serde_json::json;

use crate::Caller;
use crate::audit::{Entry, Event};
use crate::error::Result;
use crate::mail::{self, Mail, Template};

impl Mail<'_> {
    /// Sends a mail again, to the same address. It is a new mail; the old one stays in the list.
    ///
    /// # Errors
    /// Forbidden; not found; a conflict, with a message, when it is being sent or has expired.
    pub async fn send_again(&self, caller: &Caller, id: MailId) -> Result<MailRow> {
        caller.may(Permission::MailsManage)?;
        let mut tx = self.0.db.write().await?;
        let mail = mail::load(&mut tx, &caller.scope, id).await?;
        if let Some(reason) = mail.not_again() {
            return Err(Refusal::Conflict(reason.into()).into());
        }
        let address = mail.address()?;
        let new = match (mail.template()?, mail.token_id) {
            (Template::CodeAssigned, Some(code)) => {
                let tokens = self.0.access_tokens();
                tokens.mail_code_again(&mut tx, caller, code, &address).await?
            }
            (template @ (Template::ClaimLink | Template::ClaimReminder), Some(token)) => {
                let campaigns = self.0.campaigns();
                campaigns
                    .mail_link_again(&mut tx, caller, token, &address, template)
                    .await?
            }
            (template, Some(_)) if template.is_of_several() => {
                let campaigns = self.0.campaigns();
                campaigns
                    .mail_links_again(&mut tx, caller, id, &address, template)
                    .await?
            }
            _ => return Err(Refusal::Conflict(NOTHING_TO_SEND.into()).into()),
        };
        mail::repeats(&mut tx, caller.organisation(), new, id, &address).await?;
        let entry = Entry {
            facts: json!({ "email": address, "mail": new, "repeats": id }),
            ..Entry::new(Event::MailSentAgain)
        };
        self.0.record(&mut tx, caller, entry).await?;
        self.0.commit(tx).await?;
        self.one(caller, new).await
    }

    /// Sends what a mail was about to another address. The link that went to the wrong address no longer works.
    ///
    /// # Errors
    /// Forbidden; not found; refused at `email`; a conflict, with a message, when it has expired.
    pub async fn correct_address(&self, caller: &Caller, id: MailId, email: &str) -> Result<MailRow> {
        caller.may(Permission::MailsManage)?;
        let email: EmailAddress = email
            .parse()
            .map_err(|error: domain::email::BadEmail| Refusal::at("email", error.to_string()))?;
        let mut conn = self.0.db.read().await?;
        let mail = mail::load(&mut conn, &caller.scope, id).await?;
        drop(conn);
        if let Some(reason) = mail.not_corrected() {
            return Err(Refusal::Conflict(reason.into()).into());
        }
        let new = match (mail.template()?, mail.token_id) {
            (Template::CodeAssigned, Some(code)) => {
                let tokens = self.0.access_tokens();
                tokens
                    .assign_instead(caller, code, &mail.address()?, &email)
                    .await?
            }
            (Template::ClaimLink | Template::ClaimReminder, Some(token)) => {
                let campaigns = self.0.campaigns();
                campaigns
                    .move_link(caller, token, &mail.address()?, &email)
                    .await?
            }
            (template, Some(_)) if template.is_of_several() => {
                let campaigns = self.0.campaigns();
                campaigns.move_links(caller, id, &mail.address()?, &email).await?
            }
            _ => return Err(Refusal::Conflict(NOTHING_TO_SEND.into()).into()),
        };
        self.one(caller, new).await
    }

    async fn one(&self, caller: &Caller, id: MailId) -> Result<MailRow> {
        let rows = self.changed_rows(caller, &[id]).await?;
        rows.into_iter().next().ok_or_else(|| Refusal::NotFound.into())
    }
}

const NOTHING_TO_SEND: &str = "What this mail was about no longer exists, so there is nothing to send.";
