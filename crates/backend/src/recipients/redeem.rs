//! Looking at a code, and redeeming it.
//!
//! Looking never spends. Redeeming takes a name and an address, and does all or nothing: the use, what it
//! gives, the audit entry and, for somebody new, the person, in one transaction; see [`batch`].
//!
//! Strangers learn nothing: an unknown code, a revoked or deleted one and one of a cancelled organisation are
//! answered alike. Anyone who holds a real code learns what is the matter with it.

mod batch;
mod landing_cache;
mod parents;
mod sql;

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use database::Conn;
use domain::collections::Cover;
use domain::recipients::{LinkStatus, Offer, RedeemForm};
use domain::tokens::State;
use domain::{Code, CollectionId, EmailAddress, TokenId};

use batch::{Key, Outcome, Request, Theirs, Why};
pub(crate) use landing_cache::LandingCache;
pub(crate) use parents::Parents;

use super::Recipients;
use crate::error::Result;
use crate::people::NewSession;
use crate::times::Times;
use crate::tokens::{self, Found};
use crate::{Client, Recipient, access_tokens, collections};

/// How long the answer to a wrong code takes while very many of them come in.
pub(crate) const FLOODED: Duration = Duration::from_secs(1);

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
    Card(LinkStatus),
    /// The address has it already, and this browser is not known to be its owner's: a sign-in link was mailed.
    Mailed,
}

/// Everything that is known of a code and what it opens.
pub(crate) struct Known {
    found: Found,
    /// Without `until`: its words depend on the day.
    offer: Offer,
    assigned: Option<EmailAddress>,
    is_open: bool,
    zone: Tz,
}

/// What was found under a code.
enum Sight {
    /// What it opens.
    Code(Seen),
    /// It opened something once.
    Withdrawn,
    /// There never was such a code.
    Unknown,
}

impl Sight {
    fn is_guess(&self) -> bool {
        matches!(self, Self::Unknown)
    }
}

/// A code that is looked at.
struct Seen {
    known: Arc<Known>,
    times: Times,
}

impl Known {
    fn code(&self) -> TokenId {
        self.found.token.id
    }
}

impl Seen {
    fn new(known: Arc<Known>, now: DateTime<Utc>) -> Self {
        let times = Times {
            zone: known.zone,
            now,
        };
        Self { known, times }
    }

    fn offer(&self) -> Offer {
        let end = self.known.found.bounds().expires_at;
        Offer {
            until: end.map(|end| self.times.last_minute(end)),
            ..self.known.offer.clone()
        }
    }

    /// Anyone who is signed in, if that is in the code's organisation.
    fn own<'r>(&self, recipient: Option<&'r Recipient>) -> Option<&'r Recipient> {
        let organisation = self.known.found.token.organisation;
        recipient.filter(|recipient| recipient.organisation == organisation)
    }

    /// Why it does not open for anyone who has not used it; `None` when it does.
    fn refusal(&self, recipient: Option<&Recipient>) -> Option<Why> {
        match self.known.found.bounds().state(self.times.now) {
            State::Live if !self.known.is_open => Some(Why::NotOpen),
            State::Live => self.other_than_assigned(recipient).map(|_| Why::WrongRecipient),
            state => Some(Why::State(state)),
        }
    }

    /// The card for anyone who has not used it.
    fn card(&self, why: Option<Why>, recipient: Option<&Recipient>) -> LinkStatus {
        let Some(why) = why else {
            return LinkStatus::Open(self.offer());
        };
        let offer = self.offer();
        let bounds = self.known.found.bounds();
        match why {
            Why::NotOpen | Why::State(State::Suspended) => LinkStatus::Suspended(offer),
            Why::WrongRecipient => match recipient {
                Some(recipient) => LinkStatus::WrongRecipient {
                    offer,
                    signed_in_as: recipient.email.clone(),
                },
                None => LinkStatus::Unknown,
            },
            // An assigned code that was used was used by its address: the link in the mailbox leads there.
            Why::State(State::UsedUp) if self.known.assigned.is_some() => LinkStatus::Yours {
                offer,
                signed_in: false,
            },
            Why::State(State::UsedUp) => LinkStatus::UsedUp(offer),
            Why::State(State::NotYet) => match bounds.starts_at {
                Some(start) => LinkStatus::NotYet {
                    offer,
                    starts: self.times.when(start),
                },
                None => LinkStatus::Unknown,
            },
            Why::State(State::Expired) => match bounds.expires_at {
                Some(end) => LinkStatus::Expired {
                    offer,
                    ended: self.times.last_minute(end),
                },
                None => LinkStatus::Unknown,
            },
            Why::State(State::Revoked | State::Live) | Why::Gone => LinkStatus::Unknown,
        }
    }

    /// Anyone who is signed in, if that is as another address than the one that the code was assigned to.
    fn other_than_assigned<'r>(&self, recipient: Option<&'r Recipient>) -> Option<&'r Recipient> {
        let (assigned, recipient) = self.known.assigned.as_ref().zip(recipient)?;
        (recipient.email != *assigned).then_some(recipient)
    }
}

impl Recipients<'_> {
    /// What a link or typed code is answered with. Nothing is spent or changed.
    ///
    /// # Errors
    /// A fault.
    pub async fn open_link(
        &self,
        code: &str,
        recipient: Option<&Recipient>,
        client: &Client,
    ) -> Result<LinkStatus> {
        let now = self.0.clock.now();
        // A slip of the finger is found by the check character, and costs nothing.
        let Ok(code) = code.parse::<Code>() else {
            return Ok(LinkStatus::Unknown);
        };
        let digest = access_tokens::presented(&code).digest(self.0);
        let before = match self.0.landing_cache.find(&self.0.db, &digest) {
            // Anyone who is signed in may have used it, which is not kept.
            Ok(known) if recipient.is_none() => {
                let seen = Seen::new(known, now);
                return Ok(seen.card(seen.refusal(None), None));
            }
            Ok(_) => None,
            Err(before) => Some(before),
        };
        let mut conn = self.0.db.read().await?;
        match self.see(&mut conn, &code, now).await? {
            Sight::Code(seen) => {
                if !self.0.group_commit.has_one_queue() {
                    let token = seen.known.found.shown().id;
                    self.0.parents.keep(digest.clone(), token);
                }
                if let Some(before) = before {
                    self.0.landing_cache.keep(&self.0.db, digest, &seen.known, before);
                }
                let why = seen.refusal(seen.own(recipient));
                self.card(&mut conn, &seen, why, recipient).await
            }
            sight => self.nothing_there(conn, client, now, sight.is_guess()).await,
        }
    }

    /// Redeems a code. The same key with the same address gives the same use, however often it is sent.
    ///
    /// Anyone who asks may go away before the answer comes: the use is made whole, or not at all.
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
        let Ok(code) = code.parse::<Code>() else {
            return Ok(Redeemed::Card(LinkStatus::Unknown));
        };
        if let Some(slowed) = self.slow_down(&code, client).await? {
            return Ok(Redeemed::Card(slowed));
        }
        let request = Request {
            code: code.clone(),
            form: form.clone(),
            // Without a key no two requests are the same: one that anybody can guess would be anybody's.
            key: match idempotency_key {
                "" => Key::Own(self.0.random.id(self.0.clock.now())),
                key => Key::Sent(key.to_owned()),
            },
            recipient: recipient.cloned(),
            client: client.clone(),
        };
        match batch::redeem(self.0, request).await? {
            Outcome::Done {
                collection,
                session,
                name,
            } => Ok(Redeemed::Done {
                collection,
                session: session.map(|session| *session),
                name,
            }),
            outcome @ (Outcome::Unknown | Outcome::Withdrawn) => {
                let conn = self.0.db.read().await?;
                let is_guess = matches!(outcome, Outcome::Unknown);
                let now = self.0.clock.now();
                Ok(Redeemed::Card(
                    self.nothing_there(conn, client, now, is_guess).await?,
                ))
            }
            Outcome::Theirs(theirs) => self.open_again(theirs, recipient, client).await,
            // What was decided is what is shown, whatever has become of the code since: only the words around it are
            // read again.
            Outcome::Refused(why) => {
                let mut conn = self.0.db.read().await?;
                match self.see(&mut conn, &code, self.0.clock.now()).await? {
                    Sight::Code(seen) => {
                        let card = self.card(&mut conn, &seen, Some(why), recipient).await?;
                        Ok(Redeemed::Card(card))
                    }
                    Sight::Withdrawn | Sight::Unknown => Ok(Redeemed::Card(LinkStatus::Unknown)),
                }
            }
        }
    }

    /// Somebody who used the token before: in the browser that got it, it opens; in any other, a sign-in link is
    /// mailed to its owner.
    async fn open_again(
        &self,
        theirs: Theirs,
        recipient: Option<&Recipient>,
        client: &Client,
    ) -> Result<Redeemed> {
        let Theirs {
            organisation,
            collection,
            email,
            name,
        } = theirs;
        let mut conn = self.0.db.read().await?;
        // On a device that several people use, another address means another person.
        let recipient = recipient.filter(|one| one.organisation == organisation && one.email == email);
        let is_shown = shows(&mut conn, recipient, collection).await?;
        drop(conn);
        if is_shown {
            return Ok(Redeemed::Done {
                collection,
                session: None,
                name,
            });
        }
        self.0
            .people()
            .send_sign_in_link(Some(organisation), &email, client)
            .await?;
        Ok(Redeemed::Mailed)
    }

    /// A code with its surroundings. For whatever strangers must not tell apart the same statements run, so that
    /// the time it takes tells them no more than the answer.
    async fn see(&self, conn: &mut Conn, code: &Code, now: DateTime<Utc>) -> Result<Sight> {
        let found = tokens::find(conn, self.0, access_tokens::presented(code)).await?;
        let surroundings = sql::surroundings(conn, found.as_ref()).await?;
        let is_known = found.is_some();
        let found = found.filter(|found| !found.is_deleted() && !found.bounds().revoked);
        let Some((found, around)) = found.zip(surroundings) else {
            return Ok(if is_known {
                Sight::Withdrawn
            } else {
                Sight::Unknown
            });
        };
        let assigned = around.assigned(found.token.id)?;
        let zone = around.zone()?;
        let known = Known {
            is_open: around.is_published(),
            offer: Offer {
                organisation: around.organisation,
                collection: around.collection,
                title: around.title,
                summary: around.summary,
                cover: Cover {
                    colour: around.colour,
                    emoji: around.emoji,
                },
                items: around.items,
                until: None,
                assigned: assigned.as_ref().map(EmailAddress::masked),
                time_zone: zone.name().to_owned(),
            },
            found,
            assigned,
            zone,
        };
        Ok(Sight::Code(Seen::new(Arc::new(known), now)))
    }

    /// The card that fits what was seen, and why it does not open.
    async fn card(
        &self,
        conn: &mut Conn,
        seen: &Seen,
        why: Option<Why>,
        recipient: Option<&Recipient>,
    ) -> Result<LinkStatus> {
        let token = &seen.known.found.token;
        let recipient = seen.own(recipient);
        if let Some(recipient) = recipient
            && tokens::was_used_by(conn, token.id, recipient.person).await?
        {
            return Ok(LinkStatus::Yours {
                signed_in: shows(conn, Some(recipient), seen.known.offer.collection).await?,
                offer: seen.offer(),
            });
        }
        if let Some(recipient) = recipient
            && seen.other_than_assigned(Some(recipient)).is_none()
            && let Some(whole) = token.whole
            && !tokens::parts_used_by(conn, vec![(whole, recipient.person)])
                .await?
                .is_empty()
        {
            return Ok(LinkStatus::Yours {
                signed_in: shows(conn, Some(recipient), seen.known.offer.collection).await?,
                offer: seen.offer(),
            });
        }
        Ok(seen.card(why, recipient))
    }

    /// What stands in place of a code that opens nothing. From an address that tried too many it is not even said
    /// that there is none. A withdrawn code is answered the same, but counts as no guess: a whole office may still have
    /// its link.
    async fn nothing_there(
        &self,
        mut conn: Conn,
        client: &Client,
        now: DateTime<Utc>,
        is_guess: bool,
    ) -> Result<LinkStatus> {
        let standing = self.0.check_wrong_codes(&mut conn, client, now).await?;
        drop(conn);
        if let Err(seconds) = standing {
            return Ok(LinkStatus::TooMany { seconds });
        }
        // When too many come from everywhere together, the answer takes its time: that slows guessers, and nobody who
        // has a real code.
        if is_guess && self.0.note_wrong_code(client, now) {
            tokio::time::sleep(FLOODED).await;
        }
        Ok(LinkStatus::Unknown)
    }

    /// Keeps an address that guesses away from the writer: as long as it is over its budget, its codes are looked up
    /// by a reader first, and only real ones are let through. A real one is never refused for the guesses of others.
    async fn slow_down(&self, code: &Code, client: &Client) -> Result<Option<LinkStatus>> {
        let Some(Err(seconds)) = self.0.known_wrong_codes(client, self.0.clock.now()) else {
            return Ok(None);
        };
        let mut conn = self.0.db.read().await?;
        Ok(match self.see(&mut conn, code, self.0.clock.now()).await? {
            Sight::Code(_) => None,
            Sight::Withdrawn | Sight::Unknown => Some(LinkStatus::TooMany { seconds }),
        })
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
