//! The mails with claim links.

use chrono::{DateTime, TimeDelta, Utc};
use database::{Conn, WriteTx};
use domain::campaigns::{CampaignState, Languages, Reminders};
use domain::{CampaignId, EmailAddress, MailId};
use serde_json::json;

use super::sql;
use crate::audit::{Entry, Event, Who};
use crate::error::{Result, corrupt};
use crate::jobs::{self, Job, Subject};
use crate::mail::{Class, NewMail, Template};
use crate::{Backend, Scope, Secret, people, tokens};

/// Mails that are queued within a request; a job queues the rest.
const AT_ONCE: i64 = 2_000;

/// Mails of a slice of a job: others get their turn between.
const SLICE: i64 = 250;

/// Queues the mails of recipients who were sent nothing yet, and says how many.
pub(super) async fn send_unsent(
    tx: &mut WriteTx,
    backend: &Backend,
    campaign: &sql::Campaign,
    most: i64,
) -> Result<usize> {
    let recipients = sql::to_send(tx, campaign.id, most).await?;
    let replies = replies(tx, campaign).await?;
    for recipient in &recipients {
        send_with(tx, backend, campaign, recipient, replies.as_ref()).await?;
    }
    Ok(recipients.len())
}

/// The same for somebody who started it or added recipients. What is too much for one request is a job's.
pub(super) async fn send_and_record(
    tx: &mut WriteTx,
    backend: &Backend,
    who: impl Into<Who>,
    campaign: &sql::Campaign,
) -> Result<()> {
    let sent = send_unsent(tx, backend, campaign, AT_ONCE).await?;
    let who = who.into();
    if sent > 0 {
        let facts = json!({"campaign": campaign.id, "title": campaign.title, "count": sent});
        let entry = Entry {
            facts,
            ..Entry::new(Event::CampaignSent)
        };
        backend.record(tx, who.clone(), entry).await?;
    }
    let left = if sent as i64 == AT_ONCE {
        sql::unsent(tx, campaign.id).await?
    } else {
        0
    };
    if left > 0 {
        jobs::start(
            tx,
            backend,
            campaign.organisation_id,
            &super::SEND_CAMPAIGN,
            Subject::Row(campaign.id.0),
            left,
            who.person,
        )
        .await?;
    }
    Ok(())
}

/// Queues the next mails of a campaign, and says how many pieces of the job that was.
pub(super) async fn send_slice(tx: &mut WriteTx, backend: &Backend, job: &Job) -> Result<i64> {
    let id = CampaignId(job.row()?);
    let campaign = sql::lock(tx, &Scope::new(job.organisation_id, None), id)
        .await?
        .ok_or_else(|| corrupt("jobs", "subject_id", job.id))?;
    let left = job.total - job.done;
    let sent = match campaign.state()? {
        CampaignState::Live => send_unsent(tx, backend, &campaign, SLICE.min(left)).await?,
        // Starting it again sends the rest.
        CampaignState::Draft | CampaignState::Paused | CampaignState::Ended => 0,
    };
    // Who was deleted or revoked meanwhile is sent nothing, and the job is done all the same.
    let done = if sent == 0 {
        left
    } else {
        i64::try_from(sent).unwrap_or(left)
    };
    if job.done + done >= job.total {
        let facts = json!({"campaign": id, "title": campaign.title, "count": job.total});
        let entry = Entry {
            facts,
            ..Entry::new(Event::CampaignSent)
        };
        backend
            .record(tx, Who::program(job.organisation_id), entry)
            .await?;
    }
    Ok(done)
}

/// Where recipients of a campaign reply to, unless the mail settings say so: its mails tell them to ask their issuer.
pub(super) async fn replies(conn: &mut Conn, campaign: &sql::Campaign) -> Result<Option<EmailAddress>> {
    people::first_owner_address(conn, campaign.organisation_id).await
}

/// Queues the mail of one recipient.
pub(super) async fn send(
    tx: &mut WriteTx,
    backend: &Backend,
    campaign: &sql::Campaign,
    recipient: &sql::ToSend,
) -> Result<MailId> {
    let replies = replies(tx, campaign).await?;
    send_with(tx, backend, campaign, recipient, replies.as_ref()).await
}

async fn send_with(
    tx: &mut WriteTx,
    backend: &Backend,
    campaign: &sql::Campaign,
    recipient: &sql::ToSend,
    replies: Option<&EmailAddress>,
) -> Result<MailId> {
    let mail = mail(tx, backend, campaign, recipient, Template::ClaimLink, replies).await?;
    let mail = backend.queue_mail(tx, mail).await?;
    let now = backend.clock.now();
    let next = next_reminder(campaign, recipient.reminded, now);
    sql::set_mail(tx, recipient.id, mail, now, next).await?;
    Ok(mail)
}

/// A mail with the claim link of a recipient.
pub(super) async fn mail(
    tx: &mut WriteTx,
    backend: &Backend,
    campaign: &sql::Campaign,
    recipient: &sql::ToSend,
    template: Template,
    replies: Option<&EmailAddress>,
) -> Result<NewMail> {
    let code = tokens::reveal(tx, backend, recipient.token_id).await?;
    let link = format!("{}/r/{}", backend.settings.public_url, code.reveal());
    let to: EmailAddress = recipient
        .email
        .parse()
        .map_err(|_| corrupt("campaign_recipients", "email", recipient.id))?;
    Ok(NewMail {
        to_name: recipient.name.clone(),
        facts: json!({
            "organisation": campaign.organisation, "title": campaign.title,
            "kind": campaign.kind()?.label().to_lowercase(), "name": recipient.name, "reply_to": replies,
        }),
        link: Some(Secret::new(link)),
        token: Some(recipient.token_id),
        class: match template {
            Template::ClaimReminder => Class::Reminder,
            _ => Class::Bulk,
        },
        language: Languages::stored(&campaign.languages)
            .for_reader(&recipient.language)
            .to_owned(),
        department: campaign.department_id,
        ..NewMail::to(campaign.organisation_id, to, template)
    })
}

/// When somebody is reminded who was sent something now and reminded so often before.
pub(super) fn next_reminder(
    campaign: &sql::Campaign,
    reminded: i64,
    now: DateTime<Utc>,
) -> Option<DateTime<Utc>> {
    let reminders = Reminders::stored(&campaign.reminders);
    let days = reminders.wait(usize::try_from(reminded).ok()?)?;
    Some(now + TimeDelta::days(days))
}
