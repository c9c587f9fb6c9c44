//! How long the lists of recipients and of credentials take, with few and with very many of them, all of one campaign.
//!
//! Everything goes through the same use cases that the pages call, on SQLite. Each question is asked of both databases in
//! turn, so that whatever else the machine does slows both alike.

use std::path::Path;
use std::time::{Duration, Instant};

use bench::Outcome;
use domain::campaigns::bulk::RecipientFilter;
use domain::campaigns::{CampaignQuery, CredentialQuery, RecipientQuery};
use domain::{CampaignId, Cursor};
use serde_json::{Value, json};

use super::lists::median;
use super::prepared::{Prepared, place};

/// Rows that are passed at once on the way to the middle of a list.
const STRIDE: u16 = 200;

/// Asks the lists of two prepared databases; the median of the tries counts.
pub async fn ask(few: &Path, many: &Path, tries: usize) -> Outcome<Value> {
    let few = Shelf::open(few).await?;
    let many = Shelf::open(many).await?;
    let mut answers = Vec::new();
    for (of_few, of_many) in few.questions().await?.iter().zip(&many.questions().await?) {
        let (mut before, mut after) = (Vec::new(), Vec::new());
        for _ in 0..tries {
            before.push(few.time(of_few).await?);
            after.push(many.time(of_many).await?);
        }
        answers.push(json!({
            "what": of_few.what,
            "is_page": of_few.is_page,
            "few_ms": median(before),
            "many_ms": median(after),
        }));
    }
    few.prepared.backend.database().close().await;
    many.prepared.backend.database().close().await;
    Ok(json!({ "questions": answers }))
}

/// A prepared database, with its campaign and how many recipients that has.
struct Shelf {
    prepared: Prepared,
    campaign: CampaignId,
    recipients: i64,
}

/// What somebody may ask of a list.
struct Question {
    what: &'static str,
    /// Whether it is a page of a list without a search.
    is_page: bool,
    asked: Asked,
}

enum Asked {
    Recipients(RecipientQuery),
    Credentials(CredentialQuery),
    Campaigns(CampaignQuery),
}

impl Shelf {
    async fn open(folder: &Path) -> Outcome<Self> {
        let prepared = Prepared::open(folder, place(folder, None)?).await?;
        let campaigns = prepared.backend.campaigns();
        let campaigns = campaigns
            .list(&prepared.owner, &CampaignQuery::default())
            .await?
            .rows;
        let campaign = campaigns.first().ok_or("there is a campaign")?;
        Ok(Self {
            campaign: campaign.id,
            recipients: campaign.recipients,
            prepared,
        })
    }

    async fn time(&self, question: &Question) -> Outcome<Duration> {
        let (campaigns, owner) = (self.prepared.backend.campaigns(), &self.prepared.owner);
        let started = Instant::now();
        match &question.asked {
            Asked::Recipients(query) => drop(campaigns.recipients(owner, self.campaign, query).await?),
            Asked::Credentials(query) => drop(campaigns.credentials(owner, query).await?),
            Asked::Campaigns(query) => drop(campaigns.list(owner, query).await?),
        }
        Ok(started.elapsed())
    }

    async fn questions(&self) -> Outcome<Vec<Question>> {
        let recipients = |after| {
            Asked::Recipients(RecipientQuery {
                after,
                ..RecipientQuery::default()
            })
        };
        let credentials = |campaign, after| {
            Asked::Credentials(CredentialQuery {
                campaign,
                after,
                ..CredentialQuery::default()
            })
        };
        let of_campaign = Some(self.campaign);
        let pages = [
            ("recipients: first page", recipients(None)),
            (
                "recipients: page in the middle",
                recipients(self.middle_of_recipients().await?),
            ),
            ("credentials: first page", credentials(None, None)),
            (
                "credentials: page in the middle",
                credentials(None, self.middle_of_credentials(None).await?),
            ),
            (
                "credentials of a campaign: first page",
                credentials(of_campaign, None),
            ),
            (
                "credentials of a campaign: page in the middle",
                credentials(of_campaign, self.middle_of_credentials(of_campaign).await?),
            ),
        ];
        let pages = pages.into_iter().map(|(what, asked)| (what, true, asked));
        let others = self
            .others()
            .into_iter()
            .map(|(what, asked)| (what, false, asked));
        let questions = pages
            .chain(others)
            .map(|(what, is_page, asked)| Question { what, is_page, asked });
        Ok(questions.collect())
    }

    /// What is searched, chosen or counted.
    fn others(&self) -> Vec<(&'static str, Asked)> {
        let typed = |search: &str| {
            Asked::Recipients(RecipientQuery {
                search: search.into(),
                ..RecipientQuery::default()
            })
        };
        let state = |state| {
            Asked::Recipients(RecipientQuery {
                state: Some(state),
                ..RecipientQuery::default()
            })
        };
        vec![
            (
                "recipients: search by the beginning of many names",
                typed("robin"),
            ),
            ("recipients: search by an address", typed("robin7@example.org")),
            ("recipients: search that finds nothing", typed("zebra")),
            ("recipients who claimed", state(RecipientFilter::Claimed)),
            (
                "recipients who have not claimed: none",
                state(RecipientFilter::Waiting),
            ),
            (
                "recipients who were sent nothing: none",
                state(RecipientFilter::Unsent),
            ),
            (
                "campaigns, with what is counted of each",
                Asked::Campaigns(CampaignQuery::default()),
            ),
        ]
    }

    /// How many strides lead to the middle.
    fn strides(&self) -> i64 {
        self.recipients / i64::from(STRIDE) / 2
    }

    async fn middle_of_recipients(&self) -> Outcome<Option<Cursor>> {
        let mut query = RecipientQuery {
            rows: Some(STRIDE),
            ..RecipientQuery::default()
        };
        for _ in 0..self.strides() {
            let campaigns = self.prepared.backend.campaigns();
            query.after = campaigns
                .recipients(&self.prepared.owner, self.campaign, &query)
                .await?
                .next;
        }
        Ok(query.after)
    }

    async fn middle_of_credentials(&self, campaign: Option<CampaignId>) -> Outcome<Option<Cursor>> {
        let mut query = CredentialQuery {
            campaign,
            rows: Some(STRIDE),
            ..CredentialQuery::default()
        };
        for _ in 0..self.strides() {
            let campaigns = self.prepared.backend.campaigns();
            query.after = campaigns.credentials(&self.prepared.owner, &query).await?.next;
        }
        Ok(query.after)
    }
}
