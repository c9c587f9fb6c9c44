//! Page tokens: a bearer secret opens one page of a guarded site, as a member of some groups.
//!
//! The core ([`crate::tokens`]) makes, counts and withdraws; here stands what is special about page tokens: which page
//! they open ([`domain::page_tokens::PageRule`]), the sites that are guarded ([`sites`]), and the gate that proxies ask
//! ([`gate`]). Everything about a token but its secret can be edited, and its link stays as it is.

pub mod assertion;
mod edit;
pub mod explain;
pub mod gate;
mod kind;
mod leaked;
mod link;
mod list;
mod previous;
mod sites;
mod sql;
#[cfg(test)]
mod tests;

use chrono::{DateTime, Utc};
use database::{Conn, WriteTx};
use domain::page_tokens::forms::{Ends, PageTokenDraft, PageTokenForm};
use domain::page_tokens::list::{PageTokenLink, PageTokenRow};
use domain::page_tokens::{PageUrl, TOKEN_PARAMETER};
use domain::tokens::Family;
use domain::{Permission, Refusal, TokenId};
use serde_json::json;

pub(crate) use assertion::{KEPT as KEPT_ASSERTION_KEYS, next_key as next_assertion_key};
pub(crate) use kind::REGISTERED;
pub(crate) use previous::KEPT;

use crate::access_tokens::RESTORABLE;
use crate::audit::{self, Entry, Event};
use crate::caller::Caller;
use crate::error::Result;
use crate::tokens::{self, Found, Token};
use crate::{Backend, Secret};

/// The view on page tokens.
pub struct PageTokens<'a>(&'a Backend);

impl Backend {
    /// Page tokens.
    pub fn page_tokens(&self) -> PageTokens<'_> {
        PageTokens(self)
    }
}

impl PageTokens<'_> {
    /// Makes a token for a page of a site that is guarded; says its link, which can be shown again.
    ///
    /// # Errors
    /// All problems at once, by field.
    pub async fn create(
        &self,
        caller: &Caller,
        form: &PageTokenForm,
    ) -> Result<(PageTokenRow, PageTokenLink)> {
        self.create_until(caller, form, None).await
    }

    /// The same; with an end, this one where the form says none.
    async fn create_until(
        &self,
        caller: &Caller,
        form: &PageTokenForm,
        end: Option<DateTime<Utc>>,
    ) -> Result<(PageTokenRow, PageTokenLink)> {
        caller.may(Permission::PageTokensManage)?;
        let times = self.0.times(caller);
        let mut tx = self.0.db.write().await?;
        let (site, draft) = self.read_form(&mut tx, caller, form).await?;
        if let Ends::On(date) = draft.ends
            && date < times.today()
        {
            return Err(Refusal::at(
                "expires",
                "Expires is today or a later date: a new token opens something.",
            )
            .into());
        }
        let new = tokens::NewToken {
            organisation: caller.organisation(),
            department: site.department.or(caller.scope.department()),
            kind: &kind::PAGE,
            name: name(&draft),
            starts_at: draft.starts.map(|date| times.start_of(date)),
            expires_at: match draft.ends {
                Ends::Unsaid => end,
                ends => ends.instant(times.now, |date| times.end_of(date)),
            },
            use_limit: draft.max_hits,
            sealing: None,
            created_by: caller.person(),
        };
        let (id, secret) = tokens::issue(&mut tx, self.0, &new).await?;
        sql::insert(&mut tx, id, caller.organisation(), site.id, &draft).await?;
        let secret = secret
            .map(|secret| Secret::new(secret.reveal()))
            .ok_or_else(no_secret)?;
        let link = link::of(id, &draft.full_url, &site.token_parameter, &secret);
        let mailed = link::Mailed {
            department: new.department,
            starts_at: new.starts_at,
            expires_at: new.expires_at,
            hits_left: new.use_limit,
        };
        link::send(&mut tx, self.0, caller, &draft, &link, mailed).await?;
        let facts = json!({ "name": new.name, "url": draft.rule.url.to_string(), "groups": draft.groups, "limit": draft.max_hits });
        self.record(&mut tx, caller, Event::TokenCreated, id, facts)
            .await?;
        self.0.commit(tx).await?;
        self.0.gate.forget();
        Ok((self.changed(caller, id).await?, link))
    }

    /// Makes another token, described by a form that began with [`PageTokenRow::form`]. If no time is said, it ends when the
    /// other one does; where that is over, it lasts as long as the other one did.
    ///
    /// # Errors
    /// [`Refusal::NotFound`].
    pub async fn duplicate(
        &self,
        caller: &Caller,
        id: TokenId,
        form: &PageTokenForm,
    ) -> Result<(PageTokenRow, PageTokenLink)> {
        caller.may(Permission::PageTokensManage)?;
        let row = self.get(caller, id).await?;
        let now = self.0.clock.now();
        let end = row.expires.as_ref().map(|expires| {
            if expires.at > now {
                expires.at
            } else {
                now + (expires.at - row.created.at)
            }
        });
        self.create_until(caller, form, end).await
    }

    /// Pauses a token, or takes the pause back.
    ///
    /// # Errors
    /// [`Refusal::NotFound`]; [`Refusal::Conflict`] for a deleted one.
    pub async fn set_suspended(&self, caller: &Caller, id: TokenId, suspended: bool) -> Result<PageTokenRow> {
        caller.may(Permission::PageTokensManage)?;
        let mut tx = self.0.db.write().await?;
        let token = self.shown(&mut tx, caller, id).await?;
        not_deleted(&token)?;
        self.pause(&mut tx, caller, &token, suspended).await?;
        self.0.commit(tx).await?;
        self.0.gate.forget();
        self.changed(caller, id).await
    }

    /// Pauses tokens, or takes their pauses back, all of them or none; says which ones were changed by it. Left out are those
    /// that are so already or were deleted or revoked, and ids that the caller may not see.
    ///
    /// # Errors
    /// A sentence for too many at once.
    pub async fn set_all_suspended(
        &self,
        caller: &Caller,
        ids: &[TokenId],
        suspended: bool,
    ) -> Result<Vec<PageTokenRow>> {
        caller.may(Permission::PageTokensManage)?;
        let ids = in_order(ids)?;
        let mut changed = Vec::new();
        let mut tx = self.0.db.write().await?;
        for id in ids {
            let token = match self.shown(&mut tx, caller, id).await {
                Ok(token) => token,
                Err(crate::Error::Refused(Refusal::NotFound)) => continue,
                Err(error) => return Err(error),
            };
            let is_over = token.deleted_at.is_some() || token.bounds.revoked;
            if !is_over && self.pause(&mut tx, caller, &token, suspended).await? {
                changed.push(id);
            }
        }
        self.0.commit(tx).await?;
        self.0.gate.forget();
        self.changed_rows(caller, &changed).await
    }

    /// Whether there was something to change.
    async fn pause(&self, tx: &mut WriteTx, caller: &Caller, token: &Token, suspended: bool) -> Result<bool> {
        if token.bounds.suspended == suspended {
            return Ok(false);
        }
        tokens::set_suspended(tx, token, suspended.then(|| self.0.clock.now())).await?;
        let event = if suspended {
            Event::TokenSuspended
        } else {
            Event::TokenResumed
        };
        self.record(tx, caller, event, token.id, json!(null)).await?;
        Ok(true)
    }

    /// Ends a token for good.
    ///
    /// # Errors
    /// [`Refusal::NotFound`]; [`Refusal::Conflict`] for a deleted one.
    pub async fn revoke(&self, caller: &Caller, id: TokenId) -> Result<PageTokenRow> {
        caller.may(Permission::PageTokensManage)?;
        let mut tx = self.0.db.write().await?;
        let token = self.shown(&mut tx, caller, id).await?;
        not_deleted(&token)?;
        if !token.bounds.revoked {
            tokens::revoke(&mut tx, &token, self.0.clock.now()).await?;
            self.record(&mut tx, caller, Event::TokenRevoked, id, json!({}))
                .await?;
        }
        self.0.commit(tx).await?;
        self.0.gate.forget();
        self.changed(caller, id).await
    }

    /// Deletes a token: it opens nothing, and can be restored for 30 days.
    ///
    /// # Errors
    /// [`Refusal::NotFound`].
    pub async fn delete(&self, caller: &Caller, id: TokenId) -> Result<PageTokenRow> {
        let rows = self.delete_all(caller, &[id]).await?;
        rows.into_iter().next().ok_or_else(|| Refusal::NotFound.into())
    }

    /// Deletes tokens, all of them or none. Ids that the caller may not see are left out.
    ///
    /// # Errors
    /// A sentence for too many at once.
    pub async fn delete_all(&self, caller: &Caller, ids: &[TokenId]) -> Result<Vec<PageTokenRow>> {
        self.set_deleted(caller, ids, true).await
    }

    /// Takes a deletion back.
    ///
    /// # Errors
    /// [`Refusal::NotFound`]; [`Refusal::Conflict`] after 30 days.
    pub async fn restore(&self, caller: &Caller, id: TokenId) -> Result<PageTokenRow> {
        let rows = self.restore_all(caller, &[id]).await?;
        rows.into_iter().next().ok_or_else(|| Refusal::NotFound.into())
    }

    /// Takes deletions back, all of them or none. Ids that the caller may not see are left out.
    ///
    /// # Errors
    /// [`Refusal::Conflict`] for one that was deleted more than 30 days ago; a sentence for too many at once.
    pub async fn restore_all(&self, caller: &Caller, ids: &[TokenId]) -> Result<Vec<PageTokenRow>> {
        self.set_deleted(caller, ids, false).await
    }

    async fn set_deleted(
        &self,
        caller: &Caller,
        ids: &[TokenId],
        deleted: bool,
    ) -> Result<Vec<PageTokenRow>> {
        caller.may(Permission::PageTokensManage)?;
        let ids = in_order(ids)?;
        let now = self.0.clock.now();
        let mut tx = self.0.db.write().await?;
        for id in &ids {
            let token = match self.shown(&mut tx, caller, *id).await {
                Ok(token) => token,
                Err(crate::Error::Refused(Refusal::NotFound)) => continue,
                Err(error) => return Err(error),
            };
            let event = match (token.deleted_at, deleted) {
                (None, true) => Event::TokenDeleted,
                (Some(at), false) if at + RESTORABLE <= now => {
                    return Err(Refusal::Conflict("It was deleted more than 30 days ago.".into()).into());
                }
                (Some(_), false) => Event::TokenRestored,
                _ => continue,
            };
            tokens::set_deleted(&mut tx, &token, deleted.then_some(now)).await?;
            let facts = json!({ "name": token.name });
            self.record(&mut tx, caller, event, *id, facts).await?;
        }
        self.0.commit(tx).await?;
        self.0.gate.forget();
        self.changed_rows(caller, &ids).await
    }

    /// The last events of a token.
    ///
    /// # Errors
    /// [`Refusal::NotFound`].
    pub async fn history(
        &self,
        caller: &Caller,
        id: TokenId,
    ) -> Result<Vec<domain::access_tokens::HistoryEntry>> {
        caller.may(Permission::PageTokensRead)?;
        self.get(caller, id).await?;
        let mut conn = self.reader().await?;
        audit::history_of_token(&mut conn, &caller.scope, id, &self.0.times(caller)).await
    }

    /// A connection to read page tokens from: hits that were answered are counted in what it reads.
    async fn reader(&self) -> Result<Conn> {
        self.0.fold_to_read().await?;
        Ok(self.0.db.read().await?)
    }

    /// The site that a URL belongs to and what the form describes.
    async fn read_form(
        &self,
        tx: &mut WriteTx,
        caller: &Caller,
        form: &PageTokenForm,
    ) -> Result<(sites::Site, PageTokenDraft)> {
        // The site says what the token is called in addresses, so it is looked for first.
        let url = PageUrl::typed(&form.full_url, TOKEN_PARAMETER);
        let site = match &url {
            Ok(url) => sites::by_address(tx, caller, &url.site).await?,
            Err(_) => None,
        };
        let parameter = site
            .as_ref()
            .map_or(TOKEN_PARAMETER, |site| &site.token_parameter);
        let draft = form.parse(parameter)?;
        let Some(site) = site else {
            let sentence = format!(
                "Add the site {} first: it is not guarded yet.",
                draft.rule.url.site
            );
            return Err(Refusal::at("full_url", sentence).into());
        };
        if !site.groups.is_empty()
            && let Some(unknown) = draft.groups.first_not_in(&site.groups)
        {
            let sentence = format!(
                "The site {} has no group “{unknown}”. Its groups are: {}.",
                site.address,
                site.groups.to_string().replace(',', ", ")
            );
            return Err(Refusal::at("groups", sentence).into());
        }
        Ok((site, draft))
    }

    /// A page token, locked.
    async fn shown(&self, tx: &mut WriteTx, caller: &Caller, id: TokenId) -> Result<Token> {
        match tokens::lock(tx, self.0, &caller.scope, id).await? {
            Some(Found { token, whole: None }) if token.kind == &kind::PAGE => Ok(token),
            _ => Err(Refusal::NotFound.into()),
        }
    }

    async fn record(
        &self,
        tx: &mut WriteTx,
        caller: &Caller,
        event: Event,
        id: TokenId,
        facts: serde_json::Value,
    ) -> Result<()> {
        self.0
            .record(tx, caller, Entry::token(event, Family::Page, id, facts))
            .await
    }
}

/// Ids that are changed at once: rows are locked in one order everywhere.
fn in_order(ids: &[TokenId]) -> std::result::Result<Vec<TokenId>, Refusal> {
    if ids.len() > list::MOST {
        let sentence = format!("Choose up to {} tokens at once.", list::MOST);
        return Err(Refusal::at("ids", sentence));
    }
    let mut ids = ids.to_vec();
    ids.sort_unstable();
    ids.dedup();
    Ok(ids)
}

/// What lists sort and search by: the host and the path, and the note.
fn name(draft: &PageTokenDraft) -> String {
    let url = &draft.rule.url;
    let text = format!("{}{} {}", url.site.host(), url.path, draft.note);
    text.trim().chars().take(120).collect()
}

fn no_secret() -> crate::Error {
    crate::Fault::new("a page token was made without a secret").into()
}

fn not_deleted(token: &Token) -> std::result::Result<(), Refusal> {
    match token.deleted_at {
        None => Ok(()),
        Some(_) => Err(Refusal::Conflict(
            "This token was deleted. Restore it first.".into(),
        )),
    }
}
