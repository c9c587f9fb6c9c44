//! The recipient's side: what a link opens, proving a profile, and the lock.
//!
//! Looking locks nothing. A profile is proven first, by a code that was sent to a mailbox or by an OpenID Connect
//! provider; then a person's confirmation binds the token to it ([`binding`]).

mod binding;

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use database::Conn;
use domain::campaigns::CampaignState;
use domain::campaigns::claims::{ClaimLink, ClaimOffer, Claimed};
use domain::identity_providers::ProviderChoice;
use domain::mail::Letterhead;
use domain::tokens::{Family, State};
use domain::{Code, EmailAddress, OrganisationId, Refusal};
use serde_json::json;
use uuid::Uuid;

pub(super) use binding::used_code;
use binding::{Bound, Proof};

use super::{CLAIM, Campaigns, sql};
use crate::attempts::{self, Budget};
use crate::audit::{Entry, Event, Who};
use crate::error::{Result, corrupt};
use crate::mail::{self, NewMail, Template};
use crate::times::Times;
use crate::tokens::{self, Presented};
use crate::{Client, Secret, identity_providers};

/// Who issues profiles that are mailboxes.
const MAILBOX: &str = "mailto:";

/// How long a mailed code works.
const VALID: TimeDelta = TimeDelta::minutes(15);

/// A profile that somebody proved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    /// Who says so: a provider's address, or `mailto:`.
    pub issuer: String,
    /// What the profile is called there: it stays the same for ever.
    pub subject: String,
    /// What others are told of it, masked.
    pub holder: String,
    /// Its proven address, if it has one.
    pub email: Option<EmailAddress>,
}

impl Profile {
    /// A mailbox.
    pub fn mailbox(email: EmailAddress) -> Self {
        Self {
            issuer: MAILBOX.into(),
            subject: email.to_string(),
            holder: email.masked(),
            email: Some(email),
        }
    }
}

/// A code is on its way to a mailbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CodeSent {
    /// Which one: the form that takes it sends this along.
    pub attempt: Uuid,
}

/// What people call the issuer of a profile.
pub(super) fn provider_label(issuer: &str) -> &str {
    match issuer {
        MAILBOX => "Mailbox",
        other => other.strip_prefix("https://").unwrap_or(other),
    }
}

/// The beginning of a name: enough to recognise one's own.
pub(super) fn masked(name: &str) -> String {
    name.chars().take(1).chain(['…']).collect()
}

/// What is said to a code that does not fit.
pub(super) fn wrong_code() -> Refusal {
    Refusal::at(
        "code",
        "This code is wrong or expired. Look for the newest mail, or send another code.",
    )
}

/// What stands behind a link.
pub(super) struct Behind {
    pub(super) row: sql::Claim,
    zone: Tz,
    state: State,
    providers: Vec<ProviderChoice>,
    letterhead: Letterhead,
}

impl Campaigns<'_> {
    /// What a claim link or typed token is answered with. Nothing is changed.
    ///
    /// # Errors
    /// A fault.
    pub async fn open_link(&self, token: &str, client: &Client) -> Result<ClaimLink> {
        let Ok(code) = token.parse::<Code>() else {
            return Ok(ClaimLink::Unknown);
        };
        let now = self.0.clock.now();
        let mut conn = self.0.db.read().await?;
        match self.behind(&mut conn, &code).await? {
            Some(behind) => {
                // A page is shown: anyone who only claims does without.
                let row = &behind.row;
                let letterhead = mail::letterhead(&mut conn, row.organisation_id, &row.organisation).await?;
                Behind { letterhead, ..behind }.link(now)
            }
            None => self.nothing_there(conn, client, now).await,
        }
    }

    /// Sends a code to a mailbox, to prove it for this claim.
    ///
    /// # Errors
    /// Refused at `email`, because of too many tries, or a conflict: the link opens nothing.
    pub async fn send_code(&self, token: &str, email: &str, client: &Client) -> Result<CodeSent> {
        self.mail_code(token, email, Template::ClaimCode, client).await
    }

    /// Sends a code, with the words of what it is for.
    pub(super) async fn mail_code(
        &self,
        token: &str,
        email: &str,
        template: Template,
        client: &Client,
    ) -> Result<CodeSent> {
        let email: EmailAddress = email
            .parse()
            .map_err(|error: domain::email::BadEmail| Refusal::at("email", error.to_string()))?;
        let code = token.parse::<Code>().map_err(|_| Refusal::NotFound)?;
        let tries = [
            self.0.try_on(Budget::CLAIM_MAILBOX, email.as_str()),
            self.0.try_from(Budget::CLAIM_ADDRESS, client),
        ];
        let now = self.0.clock.now();
        attempts::check(&mut self.0.db.read().await?, &tries, now).await?;
        let mut tx = self.0.db.write().await?;
        attempts::count(&mut tx, &tries, now).await?;
        let behind = self.behind(&mut tx, &code).await?.ok_or(Refusal::NotFound)?;
        if !matches!(behind.link(now)?, ClaimLink::Open(_) | ClaimLink::Taken { .. }) {
            return Err(Refusal::NotFound.into());
        }
        let attempt = self.0.random.id(now);
        let digits = digits(self.0.random.bytes());
        let row = &behind.row;
        let new = sql::NewCode {
            id: attempt,
            recipient: row.recipient_id,
            email: &email,
            deletes: template == Template::DeletionCode,
            digest: digest(attempt, &digits),
            expires_at: now + VALID,
        };
        sql::insert_code(&mut tx, new, now).await?;
        sql::set_opened(&mut tx, row.recipient_id, now).await?;
        let mail = NewMail {
            facts: json!({"organisation": row.organisation, "title": row.title}),
            link: Some(digits),
            language: row.languages().for_reader(&row.language).to_owned(),
            ..NewMail::to(row.organisation_id, email, template)
        };
        self.0.queue_mail(&mut tx, mail).await?;
        self.0.commit(tx).await?;
        Ok(CodeSent { attempt })
    }

    /// Claims with a mailed code: the mailbox is the profile. The same code again, for what it claimed, says the same.
    ///
    /// # Errors
    /// Refused at `code`; a fault.
    pub async fn claim_by_code(
        &self,
        token: &str,
        attempt: Uuid,
        typed: &str,
        client: &Client,
    ) -> Result<Claimed> {
        let typed = typed.to_owned();
        self.bind(token, Proof::MailedCode { attempt, typed }, client)
            .await
    }

    /// What the link says to a profile that was proven: the credential, if it holds it. Nothing is changed.
    ///
    /// # Errors
    /// A fault.
    pub(super) async fn link_for(&self, token: &str, profile: &Profile, client: &Client) -> Result<Claimed> {
        let link = self.open_link(token, client).await?;
        let (ClaimLink::Taken { credential, .. }, Ok(code)) = (&link, token.parse::<Code>()) else {
            return Ok(Claimed::Refused(link));
        };
        let behind = self.behind(&mut self.0.db.read().await?, &code).await?;
        match behind.is_some_and(|behind| behind.row.is_held_by(profile)) {
            true => Ok(Claimed::Done(*credential)),
            false => Ok(Claimed::Refused(link)),
        }
    }

    /// The organisation behind a token that can be claimed, or would be if another profile did not hold it.
    ///
    /// # Errors
    /// A fault.
    pub(super) async fn claimable(&self, code: &Code) -> Result<Option<OrganisationId>> {
        let Some(behind) = self.behind(&mut self.0.db.read().await?, code).await? else {
            return Ok(None);
        };
        let link = behind.link(self.0.clock.now())?;
        let is_claimable = matches!(link, ClaimLink::Open(_) | ClaimLink::Taken { .. });
        Ok(is_claimable.then_some(behind.row.organisation_id))
    }

    /// Claims with a profile that a provider vouched for and its owner confirmed.
    ///
    /// # Errors
    /// A fault.
    pub async fn claim(&self, token: &str, profile: &Profile, client: &Client) -> Result<Claimed> {
        self.bind(token, Proof::Profile(profile.clone()), client).await
    }

    /// Binds the token to the profile that is proven, if it is not bound.
    async fn bind(&self, token: &str, proof: Proof, client: &Client) -> Result<Claimed> {
        let Ok(code) = token.parse::<Code>() else {
            return Ok(Claimed::Refused(ClaimLink::Unknown));
        };
        match binding::bind(self.0, code, proof, client).await? {
            Bound::Done(credential) => Ok(Claimed::Done(credential)),
            Bound::Refused(link) => Ok(Claimed::Refused(*link)),
            Bound::WrongCode => Err(wrong_code().into()),
            Bound::Unknown => {
                let now = self.0.clock.now();
                let conn = self.0.db.read().await?;
                self.nothing_there(conn, client, now).await.map(Claimed::Refused)
            }
        }
    }

    /// Notes that somebody who cannot claim asks the issuer to unlock the token.
    ///
    /// # Errors
    /// Refused because of too many tries, or not found: the token is not locked.
    pub async fn ask_to_unlock(&self, token: &str, client: &Client) -> Result<()> {
        let code = token.parse::<Code>().map_err(|_| Refusal::NotFound)?;
        let tries = [self.0.try_from(Budget::CLAIM_ADDRESS, client)];
        let now = self.0.clock.now();
        let mut tx = self.0.db.write().await?;
        attempts::count(&mut tx, &tries, now).await?;
        let behind = self.behind(&mut tx, &code).await?.ok_or(Refusal::NotFound)?;
        if !matches!(behind.link(now)?, ClaimLink::Taken { .. }) {
            return Err(Refusal::NotFound.into());
        }
        let row = &behind.row;
        sql::ask_to_unlock(&mut tx, row.recipient_id, now).await?;
        let who = Who {
            address: client.address_text(),
            ..Who::program(row.organisation_id)
        };
        let facts = json!({"campaign": row.campaign_id, "recipient": row.recipient_id, "name": row.name});
        let entry = Entry::token(Event::UnlockAsked, Family::Claim, row.token_id, facts);
        self.0.record(&mut tx, who, entry).await?;
        self.0.commit(tx).await
    }

    pub(super) async fn behind(&self, conn: &mut Conn, code: &Code) -> Result<Option<Behind>> {
        let found = tokens::find(conn, self.0, Presented::code(CLAIM.purpose, code)).await?;
        let found = found.filter(|found| found.token.kind == &CLAIM && !found.is_deleted());
        let Some(found) = found else { return Ok(None) };
        let state = found.bounds().state(self.0.clock.now());
        // What was withdrawn is answered like what never was.
        if matches!(state, State::Suspended | State::Revoked) {
            return Ok(None);
        }
        let Some(row) = sql::claim(conn, found.token.id).await? else {
            return Ok(None);
        };
        let zone = crate::times::zone(&row.time_zone)
            .ok_or_else(|| corrupt("organisations", "time_zone", row.organisation_id))?;
        let providers = identity_providers::choices(conn, row.organisation_id).await?;
        Ok(Some(Behind {
            row,
            zone,
            state,
            providers,
            letterhead: Letterhead::default(),
        }))
    }

    async fn nothing_there(&self, mut conn: Conn, client: &Client, now: DateTime<Utc>) -> Result<ClaimLink> {
        if let Err(seconds) = self.0.check_wrong_codes(&mut conn, client, now).await? {
            return Ok(ClaimLink::TooMany { seconds });
        }
        drop(conn);
        if self.0.note_wrong_code(client, now) {
            tokio::time::sleep(crate::recipients::FLOODED).await;
        }
        Ok(ClaimLink::Unknown)
    }
}

impl Behind {
    fn offer(&self) -> Result<ClaimOffer> {
        let row = &self.row;
        let masked = row.email.parse::<EmailAddress>().map(|email| email.masked());
        Ok(ClaimOffer {
            organisation: row.organisation.clone(),
            title: row.title.clone(),
            description: row.description.clone(),
            kind: row.kind()?,
            recipient: row.name.clone(),
            language: row.languages().of_texts().unwrap_or_default().to_owned(),
            masked: masked.map_err(|_| corrupt("campaign_recipients", "email", row.recipient_id))?,
            providers: self.providers.clone(),
            letterhead: self.letterhead.clone(),
        })
    }

    pub(super) fn link(&self, now: DateTime<Utc>) -> Result<ClaimLink> {
        let row = &self.row;
        let offer = self.offer()?;
        let state = row.state()?;
        let is_over = state == CampaignState::Ended;
        if !(is_over || state == CampaignState::Live) || self.state != State::Live {
            return Ok(ClaimLink::Paused(offer));
        }
        if row.revoked_at.is_some() {
            return Ok(ClaimLink::Revoked(offer));
        }
        if row.valid_until.is_some_and(|end| end <= now) {
            return Ok(ClaimLink::Expired(offer));
        }
        let lock = row.lock_holder.clone().zip(row.locked_at).zip(row.credential_id);
        let Some(((holder, at), credential)) = lock else {
            return Ok(if is_over {
                ClaimLink::Ended(offer)
            } else {
                ClaimLink::Open(offer)
            });
        };
        let times = Times { zone: self.zone, now };
        let provider = provider_label(row.lock_issuer.as_deref().unwrap_or_default());
        Ok(ClaimLink::Taken {
            offer,
            holder: format!("{holder} ({provider})"),
            at: times.when(at),
            credential,
        })
    }
}

/// Six digits.
fn digits(bytes: [u8; 8]) -> Secret {
    // The remainder of 64 random bits is as good as even for six digits.
    Secret::new(format!("{:06}", u64::from_le_bytes(bytes) % 1_000_000))
}

/// Six digits are bound to their attempt, so that a table of them opens none of another.
fn digest(attempt: Uuid, digits: &Secret) -> Vec<u8> {
    Secret::new(format!("{attempt} {}", digits.reveal())).digest("claim code")
}
