//! The codes of a multi token: whom they are assigned to, who used them.

use std::collections::HashMap;

use database::{Conn, WriteTx};
use domain::access_tokens::bulk::MOST_SEARCHED;
use domain::access_tokens::{CodeFilter, CodeQuery, CodeRow, UsedBy};
use domain::collections::CollectionState;
use domain::tokens::State;
use domain::{EmailAddress, Page, Permission, Refusal, TokenId};
use serde_json::json;

use super::{AccessTokens, MULTI, search, share, sql};
use crate::audit::{Entry, Event, Who};
use crate::caller::Caller;
use crate::error::Result;
use crate::keyset::{self, BY_NUMBER, Key, Walk};
use crate::mail::{self, NewMail, Template};
use crate::times::Times;
use crate::tokens::{self, Found, Token};
use crate::{Scope, collections, people};

/// On whose behalf codes are handed out and taken back: a caller's, or that of whoever began work on many.
pub(super) struct Behalf<'a> {
    pub who: Who,
    pub scope: &'a Scope,
    pub times: Times,
    pub organisation_name: String,
}

impl AccessTokens<'_> {
    pub(super) fn behalf<'a>(&self, caller: &'a Caller) -> Behalf<'a> {
        Behalf {
            who: caller.into(),
            scope: &caller.scope,
            times: self.0.times(caller),
            organisation_name: caller.organisation_name.clone(),
        }
    }

    /// A page of a multi token's codes, in the order of their numbers.
    ///
    /// # Errors
    /// [`Refusal::NotFound`]; [`Refusal::Malformed`] for a cursor that is none of ours.
    pub async fn codes(&self, caller: &Caller, id: TokenId, query: &CodeQuery) -> Result<Page<CodeRow>> {
        caller.may(Permission::TokensRead)?;
        let mut conn = self.0.db.read().await?;
        let whole = self.multi(&mut conn, caller, id).await?;
        let page = self.codes_in(&mut conn, &caller.scope, id, query).await?;
        Ok(Page {
            rows: self.shown_codes(&mut conn, caller, &whole, page.rows).await?,
            next: page.next,
            prev: page.prev,
        })
    }

    /// The codes of a page as they stand in the database.
    pub(super) async fn codes_in(
        &self,
        conn: &mut Conn,
        scope: &Scope,
        id: TokenId,
        query: &CodeQuery,
    ) -> Result<Page<sql::CodeRecord>> {
        let start = BY_NUMBER.start(query.after.as_ref())?;
        let from = (start.number().unwrap_or(0), start.walk);
        let most = keyset::rows(query.rows);
        let rows = match search::codes(conn, self.0, scope, id, &query.search).await? {
            Some(found) => {
                let mut rows = match &found.assigned {
                    Some(range) => {
                        let from = (from, most + 1);
                        sql::codes_assigned(conn, id, query.show, from, range, &found.these).await?
                    }
                    None => {
                        let mut rows = sql::codes_by_id(conn, id, &found.these).await?;
                        if start.walk == Walk::Back {
                            rows.reverse();
                        }
                        rows
                    }
                };
                let is_beyond = |number| match from {
                    (place, Walk::Forward) => number > place,
                    (place, Walk::Back) => number < place,
                };
                rows.retain(|row| is_beyond(row.number) && row.fits(query.show));
                rows
            }
            None => sql::codes(conn, id, query.show, from, most + 1).await?,
        };
        Ok(keyset::page_of(rows, most, &start, |row| {
            (Key::Number(row.number), row.id.0)
        }))
    }

    /// All codes that a search finds, if they are not too many to name.
    ///
    /// # Errors
    /// A sentence at `chosen` where they are.
    pub(super) async fn codes_found(
        &self,
        conn: &mut Conn,
        scope: &Scope,
        whole: &Token,
        query: &CodeQuery,
    ) -> Result<Vec<TokenId>> {
        let total = self.count_codes_in(conn, scope, whole, query).await?;
        if usize::try_from(total).map_or(true, |total| total > MOST_SEARCHED) {
            let sentence =
                "These are too many to be meant by a search. Search for less, or clear the search.";
            return Err(Refusal::at("chosen", sentence).into());
        }
        let mut query = CodeQuery {
            after: None,
            ..query.clone()
        };
        let mut found = Vec::new();
        loop {
            let page = self.codes_in(conn, scope, whole.id, &query).await?;
            found.extend(page.rows.into_iter().map(|row| row.id));
            if page.next.is_none() {
                return Ok(found);
            }
            query.after = page.next;
        }
    }

    /// How many codes a query finds; −1 when there are more than are looked for.
    ///
    /// # Errors
    /// [`Refusal::NotFound`].
    pub async fn count_codes(&self, caller: &Caller, id: TokenId, query: &CodeQuery) -> Result<i64> {
        caller.may(Permission::TokensRead)?;
        let mut conn = self.0.db.read().await?;
        let whole = self.multi(&mut conn, caller, id).await?;
        self.count_codes_in(&mut conn, &caller.scope, &whole, query).await
    }

    pub(super) async fn count_codes_in(
        &self,
        conn: &mut Conn,
        scope: &Scope,
        whole: &Token,
        query: &CodeQuery,
    ) -> Result<i64> {
        let id = whole.id;
        if let Some(found) = search::codes(conn, self.0, scope, id, &query.search).await? {
            if found.is_cut {
                return Ok(-1);
            }
            if let Some(range) = &found.assigned {
                return Ok(sql::count_codes_assigned(conn, id, query.show, range, &found.these).await?);
            }
            let rows = sql::codes_by_id(conn, id, &found.these).await?;
            let fitting = rows.iter().filter(|row| row.fits(query.show)).count();
            return Ok(i64::try_from(fitting).unwrap_or(i64::MAX));
        }
        let (codes, used) = (whole.bounds.use_limit.unwrap_or_default(), whole.bounds.uses);
        Ok(match query.show {
            CodeFilter::All => codes,
            CodeFilter::Used => used,
            CodeFilter::Assigned => sql::count_assigned_unused(conn, id).await?,
            CodeFilter::Free => codes - used - sql::count_assigned_unused(conn, id).await?,
        })
    }

    /// Some codes of a multi token, as they are now. Ids that are none of its codes are left out.
    ///
    /// # Errors
    /// [`Refusal::NotFound`].
    pub async fn code_rows(&self, caller: &Caller, id: TokenId, codes: &[TokenId]) -> Result<Vec<CodeRow>> {
        caller.may(Permission::TokensRead)?;
        let mut conn = self.0.db.read().await?;
        let whole = self.multi(&mut conn, caller, id).await?;
        let codes = &codes[..codes.len().min(search::MOST)];
        let rows = sql::codes_by_id(&mut conn, id, codes).await?;
        self.shown_codes(&mut conn, caller, &whole, rows).await
    }

    /// Whether a code is one of a multi token, for anyone who wants to do something with it.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] where it is not.
    pub async fn has_code(&self, caller: &Caller, id: TokenId, code: TokenId) -> Result<()> {
        caller.may_any(&[
            Permission::TokensRead,
            Permission::TokensManage,
            Permission::TokensReveal,
        ])?;
        let mut conn = self.0.db.read().await?;
        self.multi(&mut conn, caller, id).await?;
        let found = sql::codes_by_id(&mut conn, id, &[code]).await?;
        found.first().map(|_| ()).ok_or_else(|| Refusal::NotFound.into())
    }

    /// Assigns a code to an address and mails its link there. A code that was assigned gets a new secret, so
    /// that the link in the other mailbox opens nothing.
    ///
    /// # Errors
    /// A sentence at `email`; [`Refusal::NotFound`]; [`Refusal::Conflict`] for a used one.
    pub async fn assign(&self, caller: &Caller, id: TokenId, email: &str) -> Result<CodeRow> {
        caller.may(Permission::TokensManage)?;
        let email: EmailAddress = email
            .parse()
            .map_err(|error: domain::email::BadEmail| Refusal::at("email", error.to_string()))?;
        let mut tx = self.0.db.write().await?;
        let behalf = self.behalf(caller);
        let (code, whole) = self.unused_code(&mut tx, behalf.scope, id).await?;
        self.may_be_mailed(&mut tx, behalf.scope, &code, &whole).await?;
        let before = sql::assignment(&mut tx, id).await?;
        if let Some(before) = &before {
            if before.email == email.as_str() {
                let sentence =
                    format!("It is assigned to {email} already. “New link” sends the mail once more.");
                return Err(Refusal::at("email", sentence).into());
            }
            self.withdraw(&mut tx, &behalf, &code, &whole, before).await?;
        }
        self.mail_link(&mut tx, &behalf, id, &whole, &email).await?;
        let now_shown = tokens::load(&mut tx, self.0, &caller.scope, id)
            .await?
            .ok_or(Refusal::NotFound)?;
        let facts = json!({ "hint": now_shown.token.hint_text(), "email": email });
        self.0
            .record(
                &mut tx,
                caller,
                Entry::code(Event::CodeAssigned, whole.id, id, facts),
            )
            .await?;
        self.0.commit(tx).await?;
        self.one_code(caller, &whole, id).await
    }

    /// Clears an assignment. The code gets a new secret: the link that was mailed opens nothing any more.
    ///
    /// # Errors
    /// [`Refusal::NotFound`]; [`Refusal::Conflict`] for a used one.
    pub async fn clear_assignment(&self, caller: &Caller, id: TokenId) -> Result<CodeRow> {
        caller.may(Permission::TokensManage)?;
        let mut tx = self.0.db.write().await?;
        let behalf = self.behalf(caller);
        let (whole, _) = self.clear_assignment_in(&mut tx, &behalf, id).await?;
        self.0.commit(tx).await?;
        self.one_code(caller, &whole, id).await
    }

    /// The same in somebody's transaction. It says whether there was something to clear.
    pub(super) async fn clear_assignment_in(
        &self,
        tx: &mut WriteTx,
        behalf: &Behalf<'_>,
        id: TokenId,
    ) -> Result<(Token, bool)> {
        let (code, whole) = self.unused_code(tx, behalf.scope, id).await?;
        let before = sql::assignment(tx, id).await?;
        if let Some(before) = &before {
            self.withdraw(tx, behalf, &code, &whole, before).await?;
        }
        Ok((whole, before.is_some()))
    }

    /// Makes a new link for the mailbox that a code is assigned to, and mails it; the old one opens nothing.
    ///
    /// # Errors
    /// [`Refusal::NotFound`]; [`Refusal::Conflict`] for a used one and for one that is not assigned.
    pub async fn new_link(&self, caller: &Caller, id: TokenId) -> Result<CodeRow> {
        caller.may(Permission::TokensManage)?;
        let mut tx = self.0.db.write().await?;
        let whole = self.new_link_in(&mut tx, &self.behalf(caller), id).await?;
        self.0.commit(tx).await?;
        self.one_code(caller, &whole, id).await
    }

    /// The same in somebody's transaction.
    pub(super) async fn new_link_in(
        &self,
        tx: &mut WriteTx,
        behalf: &Behalf<'_>,
        id: TokenId,
    ) -> Result<Token> {
        let (code, whole) = self.unused_code(tx, behalf.scope, id).await?;
        self.may_be_mailed(tx, behalf.scope, &code, &whole).await?;
        let before = sql::assignment(tx, id)
            .await?
            .ok_or_else(|| Refusal::Conflict("Assign the code to an address first.".into()))?;
        let email = before.address()?;
        if let Some(mail) = before.mail_id {
            self.0.cancel_mail(tx, mail).await?;
        }
        tokens::renew(tx, self.0, &code).await?;
        self.mail_link(tx, behalf, id, &whole, &email).await?;
        let entry = Entry::code(Event::CodeRenewed, whole.id, id, json!({ "email": email }));
        self.0.record(tx, behalf.who.clone(), entry).await?;
        Ok(whole)
    }

    /// Issues a replacement for a consumed code: a new code that points to the old one. The use stays. If the old
    /// one was assigned, the new one is, too, and its link is mailed to the same address: anyone who finds that a
    /// program used up the link in their mail has another one with a click.
    ///
    /// # Errors
    /// [`Refusal::NotFound`]; [`Refusal::Conflict`] for one that was not used, or has a replacement, or is to be
    /// mailed and would open nothing.
    pub async fn replace(&self, caller: &Caller, id: TokenId) -> Result<CodeRow> {
        caller.may(Permission::TokensManage)?;
        let mut tx = self.0.db.write().await?;
        let (code, whole) = self.code(&mut tx, &caller.scope, id).await?;
        if code.bounds.uses == 0 {
            return Err(
                Refusal::Conflict("This code was not used yet, so it needs no replacement.".into()).into(),
            );
        }
        if sql::is_replaced(&mut tx, id).await? {
            return Err(Refusal::Conflict("This code has a replacement already.".into()).into());
        }
        let new = tokens::replace_part(&mut tx, self.0, &whole, &code).await?;
        let shown = tokens::load(&mut tx, self.0, &caller.scope, new)
            .await?
            .ok_or(Refusal::NotFound)?;
        let facts = json!({ "hint": shown.token.hint_text(), "replaces": code.hint_text() });
        self.0
            .record(
                &mut tx,
                caller,
                Entry::code(Event::CodeReplaced, whole.id, new, facts),
            )
            .await?;
        if let Some(before) = sql::assignment(&mut tx, id).await? {
            let email = before.address()?;
            let of = shown.whole.as_ref().unwrap_or(&whole);
            self.may_be_mailed(&mut tx, &caller.scope, &shown.token, of)
                .await?;
            self.mail_link(&mut tx, &self.behalf(caller), new, &whole, &email)
                .await?;
            let facts = json!({ "hint": shown.token.hint_text(), "email": email });
            let entry = Entry::code(Event::CodeAssigned, whole.id, new, facts);
            self.0.record(&mut tx, caller, entry).await?;
        }
        self.0.commit(tx).await?;
        self.one_code(caller, &whole, new).await
    }

    /// Takes the link out of a mailbox: the mail is not sent if it still waits, and the code gets a new secret.
    async fn withdraw(
        &self,
        tx: &mut WriteTx,
        behalf: &Behalf<'_>,
        code: &Token,
        whole: &Token,
        before: &sql::Assignment,
    ) -> Result<()> {
        if let Some(mail) = before.mail_id {
            self.0.cancel_mail(tx, mail).await?;
        }
        tokens::renew(tx, self.0, code).await?;
        sql::clear_assignment(tx, code.id).await?;
        let facts = json!({ "hint": code.hint_text(), "email": before.email });
        self.0
            .record(
                tx,
                behalf.who.clone(),
                Entry::code(Event::AssignmentCleared, whole.id, code.id, facts),
            )
            .await
    }

    pub(super) async fn mail_link(
        &self,
        tx: &mut WriteTx,
        behalf: &Behalf<'_>,
        id: TokenId,
        whole: &Token,
        email: &EmailAddress,
    ) -> Result<()> {
        let code = tokens::reveal(tx, self.0, id).await?.into_code()?;
        let times = &behalf.times;
        let title = match sql::collection_of(tx, whole.id).await? {
            Some(collection) => collections::head(tx, behalf.scope, collection)
                .await?
                .map(|head| head.title),
            None => None,
        };
        let mail = NewMail {
            facts: json!({
                "organisation": behalf.organisation_name,
                "collection": title.unwrap_or_default(),
                "from": whole
                    .bounds
                    .starts_at
                    .filter(|start| *start > times.now)
                    .map(|start| times.with_zone(&times.when(start))),
                "until": whole.bounds.expires_at.map(|end| times.with_zone(&times.last_minute(end))),
                "assigned_by": behalf.who.name,
            }),
            link: Some(share::link(self.0, &code)),
            token: Some(id),
            department: whole.department,
            ..NewMail::to(behalf.who.organisation, email.clone(), Template::CodeAssigned)
        };
        let mail = self.0.queue_mail(tx, mail).await?;
        sql::put_assignment(
            tx,
            behalf.who.organisation,
            whole.id,
            id,
            email,
            self.0.clock.now(),
            mail,
        )
        .await?;
        Ok(())
    }

    async fn one_code(&self, caller: &Caller, whole: &Token, id: TokenId) -> Result<CodeRow> {
        let mut conn = self.0.db.read().await?;
        let rows = sql::codes_by_id(&mut conn, whole.id, &[id]).await?;
        let shown = self.shown_codes(&mut conn, caller, whole, rows).await?;
        shown.into_iter().next().ok_or_else(|| Refusal::NotFound.into())
    }

    /// A code that can still be handed out, locked, with its multi token.
    pub(super) async fn unused_code(
        &self,
        tx: &mut WriteTx,
        scope: &Scope,
        id: TokenId,
    ) -> Result<(Token, Token)> {
        let (code, whole) = self.code(tx, scope, id).await?;
        super::not_deleted(&whole)?;
        if code.bounds.uses > 0 {
            let sentence = "This code was used. It stays with whoever used it; issue a replacement instead.";
            return Err(Refusal::Conflict(sentence.into()).into());
        }
        Ok((code, whole))
    }

    /// A link that opens nothing is not mailed. One that opens something later is: its mail says from when.
    pub(super) async fn may_be_mailed(
        &self,
        tx: &mut WriteTx,
        scope: &Scope,
        code: &Token,
        whole: &Token,
    ) -> Result<()> {
        let sentence = match code.bounds.within(whole.bounds).state(self.0.clock.now()) {
            State::Live | State::NotYet => return self.opens_something(tx, scope, whole).await,
            State::Suspended => "This token is suspended, so its links open nothing now. Resume it first.",
            State::Revoked => "This token was revoked, so its links open nothing any more. Make a new token.",
            State::Expired | State::UsedUp => {
                "This token is over, so its links open nothing. Set a later expiry first."
            }
        };
        Err(Refusal::Conflict(sentence.into()).into())
    }

    /// Whether the collection of a token is there for anyone who has a link.
    async fn opens_something(&self, tx: &mut WriteTx, scope: &Scope, whole: &Token) -> Result<()> {
        let Some(collection) = sql::collection_of(tx, whole.id).await? else {
            return Ok(());
        };
        let Some(head) = collections::head(tx, scope, collection).await? else {
            return Ok(());
        };
        let sentence = match head.state {
            CollectionState::Published => return Ok(()),
            CollectionState::Draft => format!(
                "\u{201c}{}\u{201d} is a draft, so links open nothing yet. Publish it first.",
                head.title
            ),
            CollectionState::Archived => format!(
                "\u{201c}{}\u{201d} is archived, so links open nothing any more. Publish it again first.",
                head.title
            ),
        };
        Err(Refusal::Conflict(sentence).into())
    }

    async fn code(&self, tx: &mut WriteTx, scope: &Scope, id: TokenId) -> Result<(Token, Token)> {
        match tokens::lock(tx, self.0, scope, id).await? {
            Some(Found {
                token,
                whole: Some(whole),
            }) => Ok((token, whole)),
            _ => Err(Refusal::NotFound.into()),
        }
    }

    pub(super) async fn multi(&self, conn: &mut Conn, caller: &Caller, id: TokenId) -> Result<Token> {
        match tokens::load(conn, self.0, &caller.scope, id).await? {
            Some(Found { token, whole: None }) if token.kind == &MULTI => Ok(token),
            _ => Err(Refusal::NotFound.into()),
        }
    }

    async fn shown_codes(
        &self,
        conn: &mut Conn,
        caller: &Caller,
        whole: &Token,
        rows: Vec<sql::CodeRecord>,
    ) -> Result<Vec<CodeRow>> {
        let times = self.0.times(caller);
        let people_ids: Vec<_> = rows.iter().filter_map(|row| row.used_by).collect();
        let names = people::names_within(conn, &caller.scope, &people_ids).await?;
        let mail_ids: Vec<_> = rows.iter().filter_map(|row| row.mail_id).collect();
        let mails: HashMap<_, _> = mail::states(conn, &mail_ids).await?;
        rows.into_iter()
            .map(|row| {
                Ok(CodeRow {
                    id: row.id,
                    number: row.number,
                    hint: row.hint(),
                    state: row.bounds().within(whole.bounds).state(times.now),
                    assigned: row.assigned()?,
                    mail: row.mail_id.and_then(|id| mails.get(&id).copied()),
                    used_by: row.used_by.zip(row.used_at).map(|(person, at)| UsedBy {
                        // Somebody of another department is nobody whom a limited caller knows.
                        person: names.contains_key(&person).then_some(person),
                        name: names.get(&person).cloned().unwrap_or_default(),
                        when: times.when(at),
                    }),
                    replaced_by: row.replaced_by_id,
                    is_replacement: row.replaces_id.is_some(),
                })
            })
            .collect()
    }
}
