//! The other three systems at work: programs call with API tokens, pages are opened through the gate, and people claim
//! what they earned.

use std::net::{IpAddr, Ipv4Addr};

use domain::api_tokens::ApiTokenForm;
use domain::campaigns::actions::RecipientAction;
use domain::campaigns::claims::Claimed;
use domain::campaigns::{CampaignForm, CampaignState, NewRecipient};
use domain::departments::DepartmentForm;
use domain::page_tokens::credential::Carried;
use domain::page_tokens::forms::PageTokenForm;
use domain::page_tokens::sites::SiteForm;
use domain::user_types::UserTypeForm;
use domain::{CampaignId, EmailAddress, Permission, RecipientId};

use super::content::{PROGRAMS, Program, SHARED_PAGES, SITE};
use super::dice::Dice;
use crate::caller::{Caller, Client};
use crate::campaigns::Profile;
use crate::error::Result;
use crate::page_tokens::gate::Asked;
use crate::{Backend, Fault};

/// How many people earned the certificate, and how many of them claim it.
const EARNED: usize = 48;
const CLAIM: usize = 31;

/// What calls, opens and claims as the days go by.
pub(super) struct Systems {
    programs: Vec<(&'static Program, String)>,
    /// Addresses of pages with their tokens.
    links: Vec<String>,
    campaign: CampaignId,
    claims: std::vec::IntoIter<(RecipientId, EmailAddress)>,
}

impl Systems {
    /// Creates what they need.
    pub(super) async fn make(
        backend: &Backend,
        ada: &Caller,
        people: &[(String, EmailAddress)],
    ) -> Result<Self> {
        organisation(backend, ada).await?;
        let (campaign, claims) = certificate(backend, ada, people).await?;
        badge(backend, ada).await?;
        Ok(Self {
            programs: programs(backend, ada).await?,
            links: pages(backend, ada).await?,
            campaign,
            claims: claims.into_iter(),
        })
    }

    /// Simulates a few hours.
    pub(super) async fn work(&mut self, backend: &Backend, ada: &Caller, dice: &mut Dice) -> Result<()> {
        for (program, secret) in &self.programs {
            let calls = if program.calls == 0 {
                0
            } else {
                dice.below(program.calls)
            };
            let client = client(program.from, program.name);
            for _ in 0..calls {
                // An expired one is refused, as it would be.
                if let Ok(known) = backend.api_tokens().authenticate(secret, &client).await {
                    known.meter.uses(Permission::TokensRead);
                }
            }
        }
        if let Some(link) = self.links.get(dice.below(3 * self.links.len())) {
            open(backend, link).await?;
        }
        if dice.below(6) == 0
            && let Some((recipient, email)) = self.claims.next()
        {
            claim(backend, ada, recipient, email).await?;
        }
        // Written now and then, as a server does.
        if dice.below(16) == 0 {
            backend.api_tokens().note_uses().await?;
            backend.gate().write_tally().await?;
        }
        Ok(())
    }

    /// What was revoked in the end.
    pub(super) async fn endings(mut self, backend: &Backend, ada: &Caller) -> Result<()> {
        for (recipient, email) in self.claims.by_ref() {
            claim(backend, ada, recipient, email).await?;
        }
        backend.api_tokens().note_uses().await?;
        backend.gate().write_tally().await?;
        let query = domain::campaigns::RecipientQuery::default();
        let page = backend.campaigns().recipients(ada, self.campaign, &query).await?;
        let claimed = page.rows.iter().find(|row| row.credential.is_some());
        if let Some(row) = claimed {
            let reason = "Issued to somebody else of that name";
            let action = RecipientAction::RevokeCredential;
            backend.campaigns().act(ada, row.id, action, reason).await?;
        }
        Ok(())
    }
}

/// A department below another, and a person between owner and member.
async fn organisation(backend: &Backend, ada: &Caller) -> Result<()> {
    let department = |name: &str, parent: String| DepartmentForm {
        name: name.into(),
        parent,
    };
    let departments = backend.departments();
    let courses = departments
        .create(ada, &department("Courses", String::new()))
        .await?;
    let below = department("Online courses", courses.to_string());
    departments.create(ada, &below).await?;
    departments
        .create(ada, &department("Sites and safety", String::new()))
        .await?;
    let trainer = UserTypeForm {
        name: "Trainer".into(),
        description: "Hands out access to courses, and sees who has come.".into(),
        permissions: "tokens:read tokens:manage collections:read people:read".into(),
    };
    backend.user_types().create(ada, &trainer).await?;
    Ok(())
}

async fn programs(backend: &Backend, ada: &Caller) -> Result<Vec<(&'static Program, String)>> {
    let mut made = Vec::new();
    for program in PROGRAMS {
        let form = ApiTokenForm {
            name: program.name.into(),
            expires: program.expires.into(),
            permissions: program.permissions.into(),
            networks: program.networks.into(),
            description: program.description.into(),
            ..ApiTokenForm::default()
        };
        let issued = backend.api_tokens().create_from(ada, &form).await?;
        if program.suspended {
            backend.api_tokens().set_suspended(ada, issued.id, true).await?;
        }
        made.push((program, issued.secret));
    }
    Ok(made)
}

async fn pages(backend: &Backend, ada: &Caller) -> Result<Vec<String>> {
    let site = SiteForm {
        address: SITE.into(),
        trusted_networks: "127.0.0.1/32".into(),
        groups: "readers, board, printers".into(),
        ..SiteForm::default()
    };
    backend.page_tokens().add_site(ada, &site).await?;
    let mut links = Vec::new();
    for page in SHARED_PAGES {
        let form = PageTokenForm {
            full_url: format!("{SITE}{}", page.path),
            timeout: page.timeout.into(),
            max_hits: page.max_hits.into(),
            groups: page.groups.into(),
            scope: page.scope.into(),
            note: page.note.into(),
            ..PageTokenForm::default()
        };
        let (_, link) = backend.page_tokens().create(ada, &form).await?;
        links.push(link.link);
    }
    Ok(links)
}

/// A certificate that many earned; most of them claim it.
async fn certificate(
    backend: &Backend,
    ada: &Caller,
    people: &[(String, EmailAddress)],
) -> Result<(CampaignId, Vec<(RecipientId, EmailAddress)>)> {
    let form = CampaignForm {
        kind: "certificate".into(),
        title: "Safety on site 2026".into(),
        description: "Knows what to wear, how to lift, and what to do when something happens.".into(),
        criteria: "Took all five lessons, and passed the test with at least 80 of 100 points.".into(),
        valid_days: "365".into(),
        ..CampaignForm::default()
    };
    let campaign = backend.campaigns().create(ada, &form).await?.row.id;
    backend
        .campaigns()
        .set_state(ada, campaign, CampaignState::Live)
        .await?;
    let earned: Vec<_> = people
        .iter()
        .step_by(people.len().div_ceil(EARNED).max(1))
        .map(|(name, email)| NewRecipient::new(name.clone(), email.clone()))
        .collect();
    let added = backend.campaigns().add_recipients(ada, campaign, &earned).await?;
    let recipients = added.ids.into_iter().zip(earned);
    let coming = recipients.take(CLAIM).map(|(id, who)| (id, who.email));
    Ok((campaign, coming.collect()))
}

/// A badge that nobody has yet.
async fn badge(backend: &Backend, ada: &Caller) -> Result<()> {
    let form = CampaignForm {
        kind: "badge".into(),
        title: "First aider".into(),
        description: "Helps until help comes.".into(),
        criteria: "Took the two-day course, and renews it every other year.".into(),
        valid_days: "730".into(),
        ..CampaignForm::default()
    };
    backend.campaigns().create(ada, &form).await?;
    Ok(())
}

async fn claim(backend: &Backend, ada: &Caller, id: RecipientId, email: EmailAddress) -> Result<()> {
    let (token, _) = backend.campaigns().copy_token(ada, id).await?;
    let client = client(Ipv4Addr::new(198, 51, 100, 24), "Mozilla/5.0");
    let claimed = backend
        .campaigns()
        .claim(token.reveal(), &Profile::mailbox(email), &client)
        .await?;
    match claimed {
        Claimed::Done(_) => Ok(()),
        Claimed::Refused(_) => Err(Fault::new("somebody of the example could not claim").into()),
    }
}

/// A program opens a page.
async fn open(backend: &Backend, link: &str) -> Result<()> {
    let asked = Asked {
        proxy: Some(IpAddr::V4(Ipv4Addr::LOCALHOST)),
        site_secret: None,
        site: None,
        url: link.as_bytes(),
        method: "GET",
        client: Some(IpAddr::V4(Ipv4Addr::new(198, 51, 100, 7))),
        user_agent: "curl/8.9",
        in_headers: Carried::None,
        cookies: Vec::new(),
        request_id: None,
        is_navigation: false,
        is_prefetch: false,
        is_continuation: false,
    };
    backend.gate().decide(&asked).await?;
    Ok(())
}

fn client(from: Ipv4Addr, user_agent: &str) -> Client {
    Client {
        address: Some(IpAddr::V4(from)),
        user_agent: user_agent.into(),
        ..Client::default()
    }
}
