//! Looking at a code, and redeeming it.
//!
//! Looking never spends. Redeeming takes a name and an address, and does all or nothing: the use, what it
//! gives, the audit entry and, for somebody new, the person, in one transaction.
//!
//! Strangers learn nothing: an unknown code, a revoked or deleted one and one of a cancelled organisation are
//! answered alike. Whoever holds a real code learns what is the matter with it.

use std::time::Duration;

use chrono::{DateTime, Utc};
use database::{Conn, WriteTx};
use domain::collections::CollectionState;
use domain::recipients::{Look, Offer, RedeemForm};
use domain::tokens::State;
use domain::{Code, CollectionId, EmailAddress, OrganisationId, PersonId};
use serde_json::json;
use sha2::{Digest, Sha256};

use super::Recipients;
use crate::audit::{Entry, Event, Who};
use crate::collections::NewGrant;
use crate::error::Result;
use crate::people::{self, NewSession, SessionKind};
use crate::times::Times;
use crate::tokens::{self, Found, Spending, Spent};
use crate::{Client, Recipient, access_tokens, collections, organisations};

/// How long the answer to a wrong code takes while very many of them come in.
pub(super) const FLOODED: Duration = Duration::from_secs(1);

/// What became of a press of the button.
#[derive(Debug)]
#[expect(
    clippy::large_enum_variant,
    reason = "there is one per request, and it lives as long"
)]
pub enum Redeemed {
    /// It is theirs.
    Done {
        /// What was opened.
        collection: CollectionId,
        /// The session to give to the browser; `None` when it has the right one.
        session: Option<NewSession>,
        /// Their name.
        name: String,
    },
    /// It did not open: the card that says why.
    Card(Look),
    /// The address has it already, and this browser is not known to be its owner's: a sign-in link was mailed.
    Mailed,
}

/// A code with everything that its card says.
struct Seen {
    found: Found,
    offer: Offer,
    assigned: Option<EmailAddress>,
    is_open: bool,
    times: Times,
}

impl Recipients<'_> {
    /// What a link or typed code is answered with. Nothing is spent or changed.
    ///
    /// # Errors
    /// A fault.
    pub async fn look(&self, code: &str, recipient: Option<&Recipient>, client: &Client) -> Result<Look> {
        let now = self.0.clock.now();
        if let Some(refused) = self.known_too_many(client, now) {
            return Ok(refused);
        }
        // A slip of the finger is found by the check character, and costs nothing.
        let Ok(code) = code.parse::<Code>() else {
            return Ok(Look::Unknown);
        };
        let mut conn = self.0.db.read().await?;
        if let Some(refused) = self.too_many(&mut conn, client, now).await? {
            return Ok(refused);
        }
        match self.see(&mut conn, &code, now).await? {
            Some(seen) => self.card(&mut conn, &seen, recipient).await,
            None => {
                drop(conn);
                self.count_wrong_code(client, now).await?;
                Ok(Look::Unknown)
            }
        }
    }

    /// Redeems a code. The same key with the same address gives the same use, however often it is sent.
    ///
    /// # Errors
    /// Problems at `name` and `email`; a fault.
    pub async fn redeem(
        &self,
        code: &str,
        form: &RedeemForm,
        idempotency_key: &str,
        recipient: Option<&Recipient>,
        client: &Client,
    ) -> Result<Redeemed> {
        let now = self.0.clock.now();
        let mut conn = self.0.db.read().await?;
        if let Some(refused) = self.too_many(&mut conn, client, now).await? {
            return Ok(Redeemed::Card(refused));
        }
        let Ok(code) = code.parse::<Code>() else {
            return Ok(Redeemed::Card(Look::Unknown));
        };
        let Some(seen) = self.see(&mut conn, &code, now).await? else {
            drop(conn);
            self.count_wrong_code(client, now).await?;
            return Ok(Redeemed::Card(Look::Unknown));
        };
        drop(conn);
        let organisation = seen.found.token.organisation;
        let recipient = recipient.filter(|recipient| recipient.organisation == organisation);

        // From here on nobody changes the token. While this request waited for its turn somebody may have: a
        // link that was withdrawn meanwhile opens nothing, so the code is looked up once more.
        let mut tx = self.0.db.write().await?;
        tokens::lock(&mut tx, organisation, seen.found.token.id).await?;
        let Some(seen) = self.see(&mut tx, &code, now).await? else {
            return Ok(Redeemed::Card(Look::Unknown));
        };
        if let Some(wrong) = wrong_recipient(&seen, recipient) {
            return Ok(Redeemed::Card(wrong));
        }
        let recipient = recipient.filter(|recipient| is_meant(recipient, form));
        let (name, email) = match recipient {
            Some(recipient) => (recipient.name.clone(), recipient.email.clone()),
            None => form.parse(seen.assigned.as_ref())?,
        };
        let (person, _) = people::find_or_add(&mut tx, self.0, organisation, &email, &name, now).await?;
        let spending = Spending {
            person: Some(person),
            idempotency_key: match idempotency_key {
                // Without a key no two requests are the same: one that anybody can guess would be anybody's.
                "" => self.0.random.bytes::<16>().to_vec(),
                key => key_of(key, &email),
            },
            address: client.address_text(),
        };
        let spent = if seen.is_open {
            tokens::spend(&mut tx, organisation, seen.found.token.id, &spending, now).await?
        } else {
            Spent::Refused(State::Suspended)
        };
        match spent {
            Spent::New { number } => {
                let who = Who {
                    organisation,
                    person: Some(person),
                    name: name.clone(),
                    address: client.address_text(),
                };
                self.record_use(&mut tx, who, &seen.found, person, number).await?;
                let (session, id) = self.session(&mut tx, recipient, person, &seen, client).await?;
                let (collection, token) = (seen.offer.collection, seen.found.token.id);
                let grant = NewGrant {
                    organisation,
                    person,
                    collection,
                    token,
                    use_number: number,
                    session: Some(id),
                };
                collections::grant(&mut tx, self.0, grant).await?;
                self.0.commit(tx).await?;
                Ok(Redeemed::Done {
                    collection,
                    session,
                    name,
                })
            }
            Spent::Repeated { number } => {
                let (session, id) = self.session(&mut tx, recipient, person, &seen, client).await?;
                collections::move_to_session(&mut tx, seen.found.token.id, number, id).await?;
                self.0.commit(tx).await?;
                Ok(Redeemed::Done {
                    collection: seen.offer.collection,
                    session,
                    name,
                })
            }
            Spent::AlreadyTheirs { .. } => {
                let collection = seen.offer.collection;
                if shows(&mut tx, recipient, collection).await? {
                    let session = None;
                    return Ok(Redeemed::Done {
                        collection,
                        session,
                        name,
                    });
                }
                drop(tx);
                self.0
                    .people()
                    .send_sign_in_link(Some(organisation), &email, client)
                    .await?;
                Ok(Redeemed::Mailed)
            }
            Spent::Refused(_) | Spent::Gone => {
                drop(tx);
                let mut conn = self.0.db.read().await?;
                match self.see(&mut conn, &code, now).await? {
                    Some(seen) => Ok(Redeemed::Card(self.card(&mut conn, &seen, recipient).await?)),
                    None => Ok(Redeemed::Card(Look::Unknown)),
                }
            }
        }
    }

    /// The session that what was given belongs to: the browser's own, or a new one.
    async fn session(
        &self,
        tx: &mut WriteTx,
        recipient: Option<&Recipient>,
        person: PersonId,
        seen: &Seen,
        client: &Client,
    ) -> Result<(Option<NewSession>, domain::SessionId)> {
        if let Some(recipient) = recipient {
            return Ok((None, recipient.session));
        }
        let organisation = seen.found.token.organisation;
        // Anybody can type anybody's address: the mailbox is not proven by that.
        let proven = false;
        let kind = SessionKind::Recipient;
        let session = people::new_session(tx, self.0, person, organisation, proven, client, kind).await?;
        let id = session.id;
        Ok((Some(session), id))
    }

    async fn record_use(
        &self,
        tx: &mut WriteTx,
        who: Who,
        found: &Found,
        person: PersonId,
        number: i64,
    ) -> Result<()> {
        let facts = json!({ "hint": found.token.hint_text(), "number": number });
        let entry = match &found.whole {
            Some(whole) => Entry::code(Event::TokenUsed, whole.id, found.token.id, facts),
            None => Entry::token(Event::TokenUsed, found.token.id, facts),
        };
        self.0
            .record(
                tx,
                who,
                Entry {
                    person: Some(person),
                    ..entry
                },
            )
            .await
    }

    /// A code with its surroundings; `None` for whatever strangers must not tell apart. For each of those the
    /// same statements run, so that the time it takes tells them no more than the answer.
    async fn see(&self, conn: &mut Conn, code: &Code, now: DateTime<Utc>) -> Result<Option<Seen>> {
        let found = tokens::find(conn, self.0, code).await?;
        let nobody = OrganisationId(uuid::Uuid::nil());
        let organisation = found.as_ref().map_or(nobody, |found| found.token.organisation);
        let of = organisations::name_and_zone(conn, organisation).await?;
        let found = found.filter(|found| !found.is_deleted() && !found.bounds().revoked);
        let Some((found, (name, zone))) = found.zip(of) else {
            return Ok(None);
        };
        let Some(collection) = access_tokens::collection_of(conn, &found).await? else {
            return Ok(None);
        };
        let Some(head) = collections::head(conn, organisation, collection).await? else {
            return Ok(None);
        };
        let times = Times { zone, now };
        let assigned = access_tokens::assigned_to(conn, found.token.id).await?;
        let offer = Offer {
            organisation: name,
            collection,
            title: head.title,
            summary: head.summary,
            cover: head.cover,
            items: head.items,
            until: found.bounds().expires_at.map(|end| times.last_minute(end)),
            assigned: assigned.as_ref().map(EmailAddress::masked),
            time_zone: times.zone.name().to_owned(),
        };
        Ok(Some(Seen {
            is_open: head.state == CollectionState::Published,
            found,
            offer,
            assigned,
            times,
        }))
    }

    /// The card that fits what was seen.
    async fn card(&self, conn: &mut Conn, seen: &Seen, recipient: Option<&Recipient>) -> Result<Look> {
        let recipient = recipient.filter(|recipient| recipient.organisation == seen.found.token.organisation);
        if let Some(recipient) = recipient
            && tokens::was_used_by(conn, seen.found.token.id, recipient.person).await?
        {
            return Ok(Look::Yours {
                signed_in: shows(conn, Some(recipient), seen.offer.collection).await?,
                offer: seen.offer.clone(),
            });
        }
        let offer = seen.offer.clone();
        let bounds = seen.found.bounds();
        Ok(match bounds.state(seen.times.now) {
            State::Live if !seen.is_open => Look::Suspended(offer),
            State::Live => wrong_recipient(seen, recipient).unwrap_or(Look::Open(offer)),
            // An assigned code that was used was used by its address: the link in the mailbox leads there.
            State::UsedUp if seen.assigned.is_some() => Look::Yours {
                offer,
                signed_in: false,
            },
            State::UsedUp => Look::UsedUp(offer),
            State::Suspended => Look::Suspended(offer),
            State::Revoked => Look::Unknown,
            State::NotYet => match bounds.starts_at {
                Some(start) => Look::NotYet {
                    offer,
                    starts: seen.times.when(start),
                },
                None => Look::Unknown,
            },
            State::Expired => match bounds.expires_at {
                Some(end) => Look::Expired {
                    offer,
                    ended: seen.times.last_minute(end),
                },
                None => Look::Unknown,
            },
        })
    }

    /// Whether an address is over its budget, as far as that is known without asking the database.
    fn known_too_many(&self, client: &Client, now: DateTime<Utc>) -> Option<Look> {
        let seconds = self.0.known_wrong_codes(client, now)?.err()?;
        Some(Look::TooMany { seconds })
    }

    async fn too_many(&self, conn: &mut Conn, client: &Client, now: DateTime<Utc>) -> Result<Option<Look>> {
        let standing = self.0.check_wrong_codes(conn, client, now).await?;
        Ok(standing.err().map(|seconds| Look::TooMany { seconds }))
    }

    /// Counts a wrong code. When too many come from everywhere together, the answer takes its time: that slows
    /// guessers, and nobody who has a real code.
    async fn count_wrong_code(&self, client: &Client, now: DateTime<Utc>) -> Result<()> {
        if self.0.note_wrong_code(client, now) {
            tokio::time::sleep(FLOODED).await;
        }
        Ok(())
    }
}

/// Whether this browser shows the collection. Somebody who has it may have got it in another browser, and as
/// long as the mailbox is not proven only that one shows it.
async fn shows(conn: &mut Conn, recipient: Option<&Recipient>, collection: CollectionId) -> Result<bool> {
    let Some(recipient) = recipient else {
        return Ok(false);
    };
    let (organisation, person) = (recipient.organisation, recipient.person);
    collections::has(conn, organisation, person, recipient.only_of(), collection).await
}

/// Whether the form is filled in for whoever is signed in. On a device that several people use, another address
/// means another person.
fn is_meant(recipient: &Recipient, form: &RedeemForm) -> bool {
    let typed = form.email.trim();
    typed.is_empty() || typed.eq_ignore_ascii_case(recipient.email.as_str())
}

/// Somebody is signed in as another address than the one that the code was assigned to.
fn wrong_recipient(seen: &Seen, recipient: Option<&Recipient>) -> Option<Look> {
    let (assigned, recipient) = seen.assigned.as_ref().zip(recipient)?;
    (recipient.email != *assigned).then(|| Look::WrongRecipient {
        offer: seen.offer.clone(),
        signed_in_as: recipient.email.clone(),
    })
}

/// The key of a request, bound to the address: the same form with another address is another request.
fn key_of(key: &str, email: &EmailAddress) -> Vec<u8> {
    let mut hash = Sha256::new();
    hash.update(email.as_str().as_bytes());
    hash.update([0]);
    hash.update(key.as_bytes());
    hash.finalize()[..16].to_vec()
}
