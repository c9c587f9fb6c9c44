//! What has to be known of a batch of presses, and what each comes to before anything is spent.

use std::collections::{HashMap, HashSet};

use database::WriteTx;
use domain::recipients::RedeemForm;
use domain::{CollectionId, EmailAddress, TokenId};
use uuid::Uuid;

use super::{Outcome, Request, Why, sql};
use crate::error::Result;
use crate::people::Wanted;
use crate::tokens::{Found, Locked, Secrets};
use crate::{Backend, Recipient, access_tokens};

/// A press that may spend something.
pub(super) struct Press<'a> {
    pub request: &'a Request,
    pub found: Found,
    pub collection: CollectionId,
    /// Who presses, if they are signed in as whom the form says.
    pub recipient: Option<&'a Recipient>,
    pub wanted: Wanted,
}

/// A step further, or what became of the press instead.
pub(super) type Step<T> = Result<T, Result<Outcome>>;

/// What has to be known to decide, read at once for all. What can be spent is locked.
pub(super) struct Facts {
    pub locked: Locked,
    /// Which token each press is for, in the order of the presses.
    pub opened: Vec<Option<TokenId>>,
    /// What tokens open, but for those of organisations that were cancelled.
    opens: HashMap<TokenId, sql::Opens>,
    assigned: HashMap<TokenId, EmailAddress>,
}

impl Facts {
    pub(super) async fn read(tx: &mut WriteTx, backend: &Backend, requests: &[Request]) -> Result<Self> {
        let codes = requests
            .iter()
            .map(|request| access_tokens::presented(&request.code));
        let codes = Secrets::find(tx, backend, &codes.collect::<Vec<_>>()).await?;
        // Nothing is looked up along: for a code that is unknown the same statements run as for one that was
        // withdrawn, so that the time it takes tells strangers no more than the answer.
        let nothing = TokenId(Uuid::nil());
        let shown: HashSet<TokenId> = codes.shown().chain([nothing]).collect();
        let (locked, opened) = codes.lock(tx, backend).await?;
        // After the lock, for which others may have been waited for long: a collection may have been closed.
        let opens = sql::opened_by(tx, shown.into_iter().collect()).await?;
        let ids: HashSet<TokenId> = opened.iter().flatten().copied().collect();
        let parts = ids.into_iter().filter(|id| locked.is_part(*id)).chain([nothing]);
        // Under the lock: whoever assigns a code has it locked, too.
        let assigned = access_tokens::assigned_among(tx, parts.collect()).await?;
        Ok(Self {
            locked,
            opened,
            opens: opens.into_iter().map(|row| (row.token_id, row)).collect(),
            assigned,
        })
    }

    /// What a press comes to, before it is known whether there is anything left to spend.
    pub(super) fn press<'a>(&self, request: &'a Request, opened: Option<TokenId>) -> Step<Press<'a>> {
        let Some((found, opens)) = opened.and_then(|id| self.found(id)) else {
            return Err(Ok(match opened {
                Some(_) => Outcome::Withdrawn,
                None => Outcome::Unknown,
            }));
        };
        let assigned = self.assigned.get(&found.token.id);
        let organisation = found.token.organisation;
        let signed_in = request
            .recipient
            .as_ref()
            .filter(|one| one.organisation == organisation);
        let is_for_another = signed_in
            .zip(assigned)
            .is_some_and(|(recipient, assigned)| recipient.email != *assigned);
        if is_for_another {
            return Err(Ok(Outcome::Refused(Why::WrongRecipient)));
        }
        if !opens.is_published() {
            return Err(Ok(Outcome::Refused(Why::NotOpen)));
        }
        let recipient = signed_in.filter(|recipient| is_meant(recipient, &request.form));
        let (name, email) = match recipient {
            Some(recipient) => (recipient.name.clone(), recipient.email.clone()),
            None => request
                .form
                .parse(assigned)
                .map_err(|problems| Err(problems.into()))?,
        };
        let department = found.shown().department;
        Ok(Press {
            request,
            found,
            collection: opens.collection_id,
            recipient,
            wanted: Wanted {
                organisation,
                department,
                email,
                name,
            },
        })
    }

    /// A token and what it opens; `None` for whatever strangers must not tell apart.
    fn found(&self, id: TokenId) -> Option<(Found, &sql::Opens)> {
        let found = self.locked.found(id)?;
        let opens = self.opens.get(&found.shown().id)?;
        let is_there = !found.is_deleted() && !found.bounds().revoked;
        is_there.then_some((found, opens))
    }
}

/// Whether the form is filled in for anyone who is signed in. On a device that several people use, another address
/// means another person.
fn is_meant(recipient: &Recipient, form: &RedeemForm) -> bool {
    let typed = form.email.trim();
    typed.is_empty() || typed.eq_ignore_ascii_case(recipient.email.as_str())
}
