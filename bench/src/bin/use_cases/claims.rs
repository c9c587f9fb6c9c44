//! Certificates: claims beside redemptions, drawing, and the list of what was revoked, through the use cases that the
//! pages call.
//!
//! Claims need a profile that was proven, which over HTTP takes a mailbox or a provider for each. So both sides, claims
//! and redemptions, are done here in one process, by as many at once as a server has connections.

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use backend::Client;
use backend::campaigns::{Form, Profile};
use backend::recipients::Redeemed;
use bench::Outcome;
use bench::token_list::{self, Listed};
use domain::campaigns::claims::Claimed;
use domain::campaigns::{CampaignForm, CampaignState, NewRecipient};
use domain::recipients::RedeemForm;
use domain::{CampaignId, CredentialId};
use serde_json::{Value, json};

use super::prepared::{Prepared, place};

/// Recipients that are added in one go.
const EACH: usize = 1_000;

/// Anyone who asks at once.
const AT_ONCE: usize = 64;

/// Certificates that are drawn, and tries of the list; the median counts.
const TRIES: usize = 41;

/// Makes a database with a campaign and single tokens; the list holds the claim tokens.
pub async fn prepare(folder: &Path, recipients: usize) -> Outcome {
    let prepared = Prepared::create(folder, place(folder, None)?).await?;
    let (_, listed) = campaign(&prepared, recipients).await?;
    prepared.backend.database().close().await;
    token_list::write(folder, &listed)
}

/// A live campaign with so many recipients, whose mails are out, and their claim tokens.
pub async fn campaign(prepared: &Prepared, recipients: usize) -> Outcome<(CampaignId, Vec<Listed>)> {
    let (campaigns, owner) = (prepared.backend.campaigns(), &prepared.owner);
    let form = CampaignForm {
        kind: "certificate".into(),
        title: "Safety at work".into(),
        description: "Knows what to do when something burns.".into(),
        criteria: "Passed the test.".into(),
        ..CampaignForm::default()
    };
    let campaign = campaigns.create(owner, &form).await?.row.id;
    let mut listed = Vec::new();
    while listed.len() < recipients {
        let some = (0..EACH.min(recipients - listed.len())).map(|n| person(listed.len() + n));
        let some: Vec<NewRecipient> = some.collect::<Outcome<_>>()?;
        for id in campaigns.add_recipients(owner, campaign, &some).await?.ids {
            let (token, _) = campaigns.copy_token(owner, id).await?;
            listed.push(Listed {
                code: token.reveal().replace('-', ""),
                id: id.to_string(),
            });
        }
    }
    campaigns.set_state(owner, campaign, CampaignState::Live).await?;
    while prepared.backend.jobs().run_one_slice().await? {}
    prepared.backend.mail().deliver_due().await?;
    Ok((campaign, listed))
}

fn person(n: usize) -> Outcome<NewRecipient> {
    Ok(NewRecipient::new(format!("Robin Field {n}"), address(n).parse()?))
}

/// The address of a recipient.
pub fn address(n: usize) -> String {
    format!("robin{n}@example.org")
}

/// Claims as many as fit into the time; each token is claimed once.
pub async fn claim(folder: &Path, seconds: f64) -> Outcome<Value> {
    at_once(folder, seconds, async |prepared, code, n| {
        let profile = Profile::mailbox(address(n).parse()?);
        let claimed = prepared
            .backend
            .campaigns()
            .claim(code, &profile, &Client::default())
            .await?;
        match claimed {
            Claimed::Done(_) => Ok(()),
            Claimed::Refused(link) => Err(format!("a claim was refused: {link:?}").into()),
        }
    })
    .await
}

/// Redeems as often as fits into the time; each code once, by somebody new.
pub async fn redeem(folder: &Path, seconds: f64) -> Outcome<Value> {
    at_once(folder, seconds, async |prepared, code, n| {
        let form = RedeemForm {
            name: format!("Robin Field {n}"),
            email: address(n),
        };
        let redeemed = prepared
            .backend
            .recipients()
            .redeem(code, &form, "", None, &Client::default())
            .await?;
        match redeemed {
            Redeemed::Done { .. } => Ok(()),
            other => Err(format!("a redemption was refused: {other:?}").into()),
        }
    })
    .await
}

/// Does it with each code of the list, so many at once, until the time or the list is over.
async fn at_once(
    folder: &Path,
    seconds: f64,
    each: impl AsyncFn(&Prepared, &str, usize) -> Outcome + Copy,
) -> Outcome<Value> {
    let prepared = Prepared::open(folder, place(folder, None)?).await?;
    let codes = token_list::read(folder, usize::MAX)?;
    let (next, began) = (AtomicUsize::new(0), Instant::now());
    let ends = began + Duration::from_secs_f64(seconds);
    let one = async || -> Outcome {
        while Instant::now() < ends {
            let n = next.fetch_add(1, Ordering::Relaxed);
            let Some(listed) = codes.get(n) else { break };
            each(&prepared, &listed.code, n).await?;
        }
        Ok(())
    };
    let all = futures::future::try_join_all((0..AT_ONCE).map(|_| one()));
    all.await?;
    let spent = began.elapsed().as_secs_f64();
    let count = next.load(Ordering::Relaxed).min(codes.len());
    prepared.backend.database().close().await;
    Ok(json!({ "count": count, "seconds": spent }))
}

/// How long a certificate takes to be drawn, and a list to be made, in milliseconds.
pub async fn draw(folder: &Path) -> Outcome<Value> {
    let prepared = Prepared::open(folder, place(folder, None)?).await?;
    let campaigns = prepared.backend.campaigns();
    let mut credentials: Vec<CredentialId> = Vec::new();
    for (n, listed) in token_list::read(folder, TRIES)?.iter().enumerate() {
        let profile = Profile::mailbox(address(n).parse()?);
        let client = Client::default();
        let claimed = campaigns.claim(&listed.code, &profile, &client).await?;
        if let Claimed::Done(credential) = claimed {
            credentials.push(credential);
        }
    }
    let (mut pdf, mut png, mut list) = (Vec::new(), Vec::new(), Vec::new());
    for credential in credentials {
        for (form, times) in [(Form::Pdf, &mut pdf), (Form::Png, &mut png)] {
            let began = Instant::now();
            campaigns.document(credential, form).await?.ok_or("it is there")?;
            times.push(began.elapsed());
        }
        let began = Instant::now();
        campaigns.status_list(1, false).await?.ok_or("there is a list")?;
        list.push(began.elapsed());
    }
    prepared.backend.database().close().await;
    Ok(json!({ "pdf_ms": median(pdf), "png_ms": median(png), "list_ms": median(list) }))
}

fn median(mut times: Vec<Duration>) -> f64 {
    times.sort();
    times[times.len() / 2].as_secs_f64() * 1000.0
}
