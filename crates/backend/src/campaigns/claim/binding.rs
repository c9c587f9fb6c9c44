//! The lock: a token is bound to one profile, and the credential is issued with the first claim.
//!
//! A claim is a durable use, made in the group commit. What is tried again finds the token held by its own profile, and
//! is told what the first time came to.

use chrono::{DateTime, Utc};
use database::WriteTx;
use domain::campaigns::claims::ClaimLink;
use domain::tokens::Family;
use domain::{Code, CredentialId, PersonId};
use serde_json::json;
use uuid::Uuid;

use super::{Behind, Profile, digest, provider_label};
use crate::audit::{Entry, Event, Who};
use crate::campaigns::{CLAIM, issuing, sql};
use crate::error::{Result, corrupt};
use crate::group_commit::{self, Attempted, Work};
use crate::tokens::{self, Locked, Presented, Spending};
use crate::{Backend, Client, Scope, Secret, people};

/// How often a mailed code may be mistyped.
const MOST_TRIES: i64 = 5;

/// What proves a profile.
pub(super) enum Proof {
    /// A provider vouched for it, and its owner confirmed.
    Profile(Profile),
    /// What was typed of a code that was sent to a mailbox.
    MailedCode { attempt: Uuid, typed: String },
}

impl Proof {
    /// The mailed code's id, if it is one.
    const fn attempt(&self) -> Option<Uuid> {
        match self {
            Self::Profile(_) => None,
            Self::MailedCode { attempt, .. } => Some(*attempt),
        }
    }
}

/// A claim that waits for a commit.
struct Claim {
    code: Code,
    proof: Proof,
    client: Client,
}

/// What became of a claim.
#[derive(Debug)]
pub(super) enum Bound {
    /// It is theirs.
    Done(CredentialId),
    /// The link says why not.
    Refused(Box<ClaimLink>),
    /// The mailed code does not fit, or is over.
    WrongCode,
    /// Nothing stands behind the token.
    Unknown,
}

/// Claims together with everybody who waits for the same commit.
pub(super) async fn bind(backend: &Backend, code: Code, proof: Proof, client: &Client) -> Result<Bound> {
    // A claim token has one code, so the code's digest stands for the row that is locked.
    let digest = Presented::code(CLAIM.purpose, &code).digest(backend);
    let row = digest
        .first_chunk()
        .map_or(0, |bytes: &[u8; 8]| u64::from_le_bytes(*bytes));
    let claim = Claim {
        code,
        proof,
        client: client.clone(),
    };
    group_commit::run(backend, row, claim).await
}

/// The mailed code that was typed, or counts that it was mistyped: that counts when it is committed. Somebody may have
/// used it before.
async fn typed_code(
    backend: &Backend,
    tx: &mut WriteTx,
    attempt: Uuid,
    typed: &str,
    deletes: bool,
) -> Result<Option<sql::SentCode>> {
    let digits: String = typed.chars().filter(char::is_ascii_digit).collect();
    let Some(sent) = sql::code(tx, attempt, backend.clock.now()).await? else {
        return Ok(None);
    };
    let fits = sent.digest == digest(attempt, &Secret::new(digits));
    if sent.tries >= MOST_TRIES || sent.deletes != deletes || !fits {
        sql::count_try(tx, attempt).await?;
        return Ok(None);
    }
    Ok(Some(sent))
}

/// Uses a mailed code, once, or counts that it was mistyped.
///
/// # Errors
/// A fault.
pub(in crate::campaigns) async fn used_code(
    backend: &Backend,
    tx: &mut WriteTx,
    attempt: Uuid,
    typed: &str,
    deletes: bool,
) -> Result<Option<sql::SentCode>> {
    let sent = typed_code(backend, tx, attempt, typed, deletes).await?;
    let Some(sent) = sent.filter(|sent| sent.used_at.is_none()) else {
        return Ok(None);
    };
    sql::use_code(tx, attempt, backend.clock.now()).await?;
    Ok(Some(sent))
}

/// A profile in a batch, with the code that proves it.
struct Proven {
    profile: Profile,
    code: Option<(Uuid, sql::SentCode)>,
}

impl Work for Claim {
    type Outcome = Bound;
    const NAME: &'static str = "claim";

    async fn attempt(backend: &Backend, tx: &mut WriteTx, batch: &[Self]) -> Result<Attempted<Bound>> {
        let mut wrote = false;
        let mut proven: Vec<_> = batch.iter().map(|_| None).collect();
        // Mailed codes are locked in one order, so that no two servers' batches wait for each other's.
        let mut order: Vec<_> = batch.iter().enumerate().collect();
        order.sort_by_key(|(_, claim)| claim.proof.attempt());
        for (place, claim) in order {
            proven[place] = claim.proven(backend, tx).await?;
            wrote |= proven[place].is_none();
        }
        let codes: Vec<_> = batch
            .iter()
            .map(|claim| Presented::code(CLAIM.purpose, &claim.code))
            .collect();
        let secrets = tokens::Secrets::find(tx, backend, &codes).await?;
        let (mut locked, opened) = secrets.lock(tx, backend).await?;
        let mut outcomes = Vec::with_capacity(batch.len());
        for ((claim, proven), opened) in batch.iter().zip(proven).zip(opened) {
            let bound = match proven {
                None => Bound::WrongCode,
                Some(_) if opened.is_none() => Bound::Unknown,
                Some(proven) => {
                    let (bound, did_write) = claim.bind(backend, tx, &mut locked, &proven).await?;
                    wrote |= did_write;
                    bound
                }
            };
            outcomes.push(Ok(bound));
        }
        Ok(Attempted {
            outcomes,
            wrote,
            after_commit: None,
        })
    }

    fn label(outcome: &Result<Bound>) -> &'static str {
        match outcome {
            Ok(Bound::Done(_)) => "claimed",
            Ok(Bound::Refused(_) | Bound::Unknown) => "refused",
            Ok(Bound::WrongCode) => "wrong code",
            Err(_) => "fault",
        }
    }
}

impl Claim {
    /// The profile, if it is proven.
    async fn proven(&self, backend: &Backend, tx: &mut WriteTx) -> Result<Option<Proven>> {
        let (attempt, typed) = match &self.proof {
            Proof::Profile(profile) => {
                let profile = profile.clone();
                return Ok(Some(Proven { profile, code: None }));
            }
            Proof::MailedCode { attempt, typed } => (*attempt, typed),
        };
        let Some(sent) = typed_code(backend, tx, attempt, typed, false).await? else {
            return Ok(None);
        };
        let email = sent
            .email
            .parse()
            .map_err(|_| corrupt("claim_codes", "email", attempt))?;
        Ok(Some(Proven {
            profile: Profile::mailbox(email),
            code: Some((attempt, sent)),
        }))
    }

    /// Binds the token, which is locked, if nobody holds it; says also whether something was written.
    async fn bind(
        &self,
        backend: &Backend,
        tx: &mut WriteTx,
        locked: &mut Locked,
        proven: &Proven,
    ) -> Result<(Bound, bool)> {
        let now = backend.clock.now();
        let Some(behind) = backend.campaigns().behind(tx, &self.code).await? else {
            return Ok((Bound::Unknown, false));
        };
        let row = &behind.row;
        let link = behind.link(now)?;
        let is_theirs = row.is_held_by(&proven.profile);
        if let Some((attempt, sent)) = &proven.code {
            if sent.recipient_id != row.recipient_id {
                return Ok((Bound::Refused(Box::new(ClaimLink::Unknown)), false));
            }
            match (sent.used_at, &link) {
                (None, _) => sql::use_code(tx, *attempt, now).await?,
                (Some(_), ClaimLink::Taken { .. }) if is_theirs => {}
                (Some(_), _) => return Ok((Bound::WrongCode, false)),
            }
        }
        let used_code = proven.code.is_some();
        match link {
            ClaimLink::Open(_) => {}
            ClaimLink::Taken { credential, .. } if is_theirs => {
                return Ok((Bound::Done(credential), used_code));
            }
            other => return Ok((Bound::Refused(Box::new(other)), used_code)),
        }
        let credential = self.issue(backend, tx, locked, &behind, &proven.profile).await?;
        Ok((Bound::Done(credential), true))
    }

    async fn issue(
        &self,
        backend: &Backend,
        tx: &mut WriteTx,
        locked: &mut Locked,
        behind: &Behind,
        profile: &Profile,
    ) -> Result<CredentialId> {
        let (row, now) = (&behind.row, backend.clock.now());
        if !sql::lock_to(tx, row.recipient_id, profile, now).await? {
            // The token's row is locked, so nobody can have come between.
            return Err(corrupt("campaign_recipients", "lock_subject", row.recipient_id));
        }
        let person = person(backend, tx, behind, profile, now).await?;
        let spending = Spending {
            token: row.token_id,
            person: Some(person),
            earlier_key: None,
            idempotency_key: backend.random.id(now).as_bytes().to_vec(),
            address: self.client.address_text(),
        };
        let decided = tokens::spend(tx, locked, vec![spending], now).await?;
        decided.write(tx).await?;
        let credential = match row.credential_id {
            Some(credential) => credential,
            None => issuing::issue(tx, backend, row, now).await?,
        };
        let scope = Scope::new(row.organisation_id, None);
        backend
            .campaigns()
            .end_reminders(tx, &scope, row.recipient_id)
            .await?;
        self.note(backend, tx, behind, profile, person, credential)
            .await?;
        Ok(credential)
    }

    async fn note(
        &self,
        backend: &Backend,
        tx: &mut WriteTx,
        behind: &Behind,
        profile: &Profile,
        person: PersonId,
        credential: CredentialId,
    ) -> Result<()> {
        let row = &behind.row;
        let who = Who {
            organisation: row.organisation_id,
            person: Some(person),
            name: row.name.clone(),
            address: self.client.address_text(),
        };
        let facts = json!({
            "campaign": row.campaign_id, "recipient": row.recipient_id, "title": row.title, "credential": credential,
            "holder": profile.holder, "provider": provider_label(&profile.issuer),
        });
        let entry = Entry {
            person: Some(person),
            ..Entry::token(Event::ClaimTokenLocked, Family::Claim, row.token_id, facts)
        };
        backend.record(tx, who, entry).await
    }
}

async fn person(
    backend: &Backend,
    tx: &mut WriteTx,
    behind: &Behind,
    profile: &Profile,
    now: DateTime<Utc>,
) -> Result<PersonId> {
    let row = &behind.row;
    let email = match &profile.email {
        Some(email) => email.clone(),
        None => row
            .email
            .parse()
            .map_err(|_| corrupt("campaign_recipients", "email", row.recipient_id))?,
    };
    people::find_or_add(tx, backend, row.organisation_id, &email, &row.name, now).await
}
