//! The mails with claim links: one for each recipient, or one for all who share an address, if their campaign says so.

use chrono::{DateTime, TimeDelta, Utc};
use database::{Conn, WriteTx};
use domain::campaigns::{CampaignState, Languages, Reminders};
use domain::{CampaignId, EmailAddress, MailId};
use serde_json::json;

use super::sql;
use crate::audit::{Entry, Event, Who};
use crate::error::{Fault, Result, corrupt};
use crate::jobs::{self, Job, Subject};
use crate::mail::{Class, NewMail, Template};
use crate::{Backend, Scope, Secret, people, tokens};

/// Mails that are queued within a request; a job queues the rest.
const AT_ONCE: i64 = 2_000;

/// Mails of a slice of a job: others get their turn between.
const SLICE: i64 = 250;

/// Links in one mail, at most: mail programs cut what is much longer.
pub(super) const MOST_LINKS: usize = 50;

/// Recipients whose mails were queued.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Sent {
    pub recipients: usize,
    /// Whether there may be more of them.
    pub more: bool,
}

/// Queues the mails of recipients who were sent nothing yet, and says how many recipients those were.
pub(super) async fn send_unsent(
    tx: &mut WriteTx,
    backend: &Backend,
    campaign: &sql::Campaign,
    most: i64,
) -> Result<Sent> {
    let mut recipients = sql::to_send(tx, campaign.id, campaign.grouped, most).await?;
    let more = recipients.len() as i64 == most;
    if more && campaign.grouped {
        // The last address may have more of them, who get the same mail: it is the first one of the next slice.
        let last = recipients.last().map(|one| one.email.clone());
        let others = recipients
            .iter()
            .take_while(|one| Some(&one.email) != last.as_ref())
            .count();
        if others > 0 {
            recipients.truncate(others);
        }
    }
    let replies = replies(tx, campaign).await?;
    for some in together(&recipients, campaign.grouped) {
        send_to(tx, backend, campaign, some, replies.as_ref()).await?;
    }
    Ok(Sent {
        recipients: recipients.len(),
        more,
    })
}

/// Those who share a mail; each by themselves, if nobody does.
pub(super) fn together(recipients: &[sql::ToSend], grouped: bool) -> impl Iterator<Item = &[sql::ToSend]> {
    recipients
        .chunk_by(move |one, next| grouped && one.email == next.email)
        .flat_map(|some| some.chunks(MOST_LINKS))
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
    if sent.recipients > 0 {
        let facts = json!({"campaign": campaign.id, "title": campaign.title, "count": sent.recipients});
        let entry = Entry {
            facts,
            ..Entry::new(Event::CampaignSent)
        };
        backend.record(tx, who.clone(), entry).await?;
    }
    let left = if sent.more {
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
        CampaignState::Live => {
            send_unsent(tx, backend, &campaign, SLICE.min(left))
                .await?
                .recipients
        }
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

/// Queues the mail of some recipients, who share an address.
pub(super) async fn send(
    tx: &mut WriteTx,
    backend: &Backend,
    campaign: &sql::Campaign,
    recipients: &[sql::ToSend],
) -> Result<MailId> {
    let replies = replies(tx, campaign).await?;
    send_to(tx, backend, campaign, recipients, replies.as_ref()).await
}

async fn send_to(
    tx: &mut WriteTx,
    backend: &Backend,
    campaign: &sql::Campaign,
    recipients: &[sql::ToSend],
    replies: Option<&EmailAddress>,
) -> Result<MailId> {
    let mail = queue(tx, backend, campaign, recipients, Template::ClaimLink, replies).await?;
    let now = backend.clock.now();
    for recipient in recipients {
        let next = next_reminder(campaign, recipient.reminded, now);
        sql::set_mail(tx, recipient.id, mail, now, next).await?;
    }
    Ok(mail)
}

/// Queues a mail with the claim links of some recipients, who share an address, and notes nothing about it.
pub(super) async fn queue(
    tx: &mut WriteTx,
    backend: &Backend,
    campaign: &sql::Campaign,
    recipients: &[sql::ToSend],
    template: Template,
    replies: Option<&EmailAddress>,
) -> Result<MailId> {
    let (first, others) = recipients
        .split_first()
        .ok_or_else(|| Fault::new("a mail to nobody"))?;
    let to: EmailAddress = first
        .email
        .parse()
        .map_err(|_| corrupt("campaign_recipients", "email", first.id))?;
    let mut links = Vec::with_capacity(recipients.len());
    for recipient in recipients {
        let code = tokens::reveal(tx, backend, recipient.token_id).await?;
        links.push(format!("{}/r/{}", backend.settings.public_url, code.reveal()));
    }
    let mut facts = json!({
        "organisation": campaign.organisation, "title": campaign.title,
        "kind": campaign.kind()?.label().to_lowercase(), "reply_to": replies, "campaign": campaign.id,
    });
    let is_one = others.is_empty();
    let (template, link) = if is_one {
        facts["name"] = json!(first.name);
        facts["columns"] = serde_json::from_str(&first.columns)
            .map_err(|_| corrupt("campaign_recipients", "columns", first.id))?;
        (template, links.concat())
    } else {
        facts["count"] = json!(recipients.len().to_string());
        let named = recipients.iter().zip(&links).map(|(recipient, link)| {
            // A name with a line break in it would make a line, and perhaps a link, of its own.
            format!("For {}:\n{link}", recipient.name.replace(char::is_control, " "))
        });
        (template.of_several(), named.collect::<Vec<_>>().join("\n\n"))
    };
    let is_theirs = is_one || others.iter().all(|other| other.name == first.name);
    let mail = NewMail {
        to_name: if is_theirs {
            first.name.clone()
        } else {
            String::new()
        },
        facts,
        link: Some(Secret::new(link)),
        token: Some(first.token_id),
        other_tokens: others.iter().map(|other| other.token_id).collect(),
        class: if template.is_reminder() {
            Class::Reminder
        } else {
            Class::Bulk
        },
        language: Languages::stored(&campaign.languages)
            .for_reader(&first.language)
            .to_owned(),
        department: campaign.department_id,
        ..NewMail::to(campaign.organisation_id, to, template)
    };
    backend.queue_mail(tx, mail).await
}

/// Queues a mail once more for those whose links still open something, because it was withdrawn for somebody else's sake.
pub(super) async fn send_rest(
    tx: &mut WriteTx,
    backend: &Backend,
    scope: &Scope,
    withdrawn: &sql::Recipient,
    mail: MailId,
) -> Result<()> {
    let rest = sql::others_of_mail(tx, withdrawn, mail).await?;
    if rest.is_empty() {
        return Ok(());
    }
    let campaign = sql::by_id(tx, scope, withdrawn.campaign_id)
        .await?
        .ok_or_else(|| corrupt("campaign_recipients", "campaign_id", withdrawn.id))?;
    if withdrawn.mail_id == Some(mail) {
        send(tx, backend, &campaign, &rest).await?;
        return Ok(());
    }
    let replies = replies(tx, &campaign).await?;
    let reminder = Template::ClaimReminder;
    let again = queue(tx, backend, &campaign, &rest, reminder, replies.as_ref()).await?;
    for recipient in &rest {
        sql::set_reminder_mail(tx, recipient.id, again).await?;
    }
    Ok(())
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
