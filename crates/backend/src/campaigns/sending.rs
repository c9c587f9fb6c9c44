//! The mails with claim links.

use database::WriteTx;
use domain::EmailAddress;
use serde_json::json;

use super::sql;
use crate::audit::{Entry, Event};
use crate::error::{Result, corrupt};
use crate::mail::{Class, NewMail, Template};
use crate::{Backend, Caller, Secret, tokens};

/// Queues the mails of all recipients of a campaign who were sent nothing yet.
pub(super) async fn send_unsent(
    tx: &mut WriteTx,
    backend: &Backend,
    caller: &Caller,
    campaign: &sql::Campaign,
) -> Result<usize> {
    let recipients = sql::to_send(tx, campaign.id).await?;
    for recipient in &recipients {
        send(tx, backend, caller, campaign, recipient).await?;
    }
    if !recipients.is_empty() {
        let facts = json!({"campaign": campaign.id, "title": campaign.title, "count": recipients.len()});
        let entry = Entry {
            facts,
            ..Entry::new(Event::CampaignSent)
        };
        backend.record(tx, caller, entry).await?;
    }
    Ok(recipients.len())
}

/// Queues the mail of one recipient.
pub(super) async fn send(
    tx: &mut WriteTx,
    backend: &Backend,
    caller: &Caller,
    campaign: &sql::Campaign,
    recipient: &sql::ToSend,
) -> Result<()> {
    let code = tokens::reveal(tx, backend, recipient.token_id).await?;
    let link = format!("{}/r/{}", backend.settings.public_url, code.reveal());
    let to: EmailAddress = recipient
        .email
        .parse()
        .map_err(|_| corrupt("campaign_recipients", "email", recipient.id))?;
    let mail = NewMail {
        to_name: recipient.name.clone(),
        facts: json!({
            "organisation": caller.organisation_name, "title": campaign.title,
            "kind": campaign.kind()?.label().to_lowercase(), "name": recipient.name,
        }),
        link: Some(Secret::new(link)),
        token: Some(recipient.token_id),
        class: Class::Bulk,
        ..NewMail::to(campaign.organisation_id, to, Template::ClaimLink)
    };
    let mail = backend.queue_mail(tx, mail).await?;
    sql::set_mail(tx, recipient.id, mail, backend.clock.now()).await?;
    Ok(())
}
