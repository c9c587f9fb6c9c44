//! Changing a page token. Of two people who edit one token, each keeps what they changed, and who changed the same as the
//! other is told.

use chrono::{DateTime, Utc};
use database::WriteTx;
use domain::form::Edited;
use domain::page_tokens::forms::{Ends, PageTokenDraft, PageTokenForm};
use domain::page_tokens::list::PageTokenRow;
use domain::{Permission, Refusal, TokenId};
use serde_json::json;

use super::{PageTokens, link, name, not_deleted, sql};
use crate::Secret;
use crate::audit::{self, Event};
use crate::caller::Caller;
use crate::error::Result;
use crate::times::Times;
use crate::tokens::{self, Token};

impl PageTokens<'_> {
    /// Changes anything but the secret: what `change` writes over the form with what is there, while nobody else writes.
    /// Blank times stay as they are. An expiry in the past ends it now.
    ///
    /// # Errors
    /// All problems at once, by field; [`Refusal::NotFound`]; [`Refusal::Conflict`] for a deleted one.
    pub async fn edit(
        &self,
        caller: &Caller,
        id: TokenId,
        change: impl FnOnce(&mut PageTokenForm) + Send,
    ) -> Result<PageTokenRow> {
        let (tx, token, shown) = self.opened(caller, id).await?;
        let mut form = PageTokenForm {
            expires: String::new(),
            ..shown
        };
        change(&mut form);
        self.write(tx, caller, &token, &form).await
    }

    /// Changes what was changed in a form that was opened with `shown`, of [`PageTokenRow::shown`]. Where somebody else changed
    /// the same meanwhile, nothing is written.
    ///
    /// # Errors
    /// As [`edit`](Self::edit).
    pub async fn edit_shown(
        &self,
        caller: &Caller,
        id: TokenId,
        mut form: PageTokenForm,
        shown: &PageTokenForm,
    ) -> Result<Edited<PageTokenRow>> {
        let (tx, token, now) = self.opened(caller, id).await?;
        if !form.settle(shown, &now).is_empty() {
            drop(tx);
            return Ok(Edited::Meanwhile(self.changed(caller, id).await?));
        }
        let row = self.write(tx, caller, &token, &form).await?;
        Ok(Edited::Saved(row))
    }

    /// A token that the caller may edit, locked, and the form that it is edited in.
    async fn opened(&self, caller: &Caller, id: TokenId) -> Result<(WriteTx, Token, PageTokenForm)> {
        caller.may(Permission::PageTokensManage)?;
        let mut tx = self.0.db.write().await?;
        let token = self.shown(&mut tx, caller, id).await?;
        not_deleted(&token)?;
        let details = sql::details(&mut tx, id).await?.ok_or(Refusal::NotFound)?;
        let form = form_of(details, &token, &self.0.times(caller));
        Ok((tx, token, form))
    }

    async fn write(
        &self,
        mut tx: WriteTx,
        caller: &Caller,
        token: &Token,
        form: &PageTokenForm,
    ) -> Result<PageTokenRow> {
        let id = token.id;
        let times = self.0.times(caller);
        let (site, draft) = self.read_form(&mut tx, caller, form).await?;
        if let Some(limit) = draft.max_hits.filter(|limit| *limit < token.bounds.uses) {
            let hits = domain::form::grouped(token.bounds.uses);
            let limit = domain::form::grouped(limit);
            let sentence = format!("It was used {hits} times already, so the maximum cannot be {limit}.");
            return Err(Refusal::at("max_hits", sentence).into());
        }
        let expires_at = match draft.ends {
            Ends::Unsaid => token.bounds.expires_at,
            ends => ends.instant(times.now, |date| times.edited_end(token.bounds.expires_at, date)),
        };
        let change = tokens::Change {
            name: name(&draft),
            starts_at: draft
                .starts
                .map(|date| times.edited_start(token.bounds.starts_at, date)),
            expires_at,
            use_limit: draft.max_hits,
        };
        tokens::change(&mut tx, token, &change, times.now).await?;
        let before = sql::details(&mut tx, id).await?;
        // A token is where its site is.
        let department = match &before {
            Some(before) if before.site_id != site.id => site.department.or(caller.scope.department()),
            _ => token.department,
        };
        if department != token.department {
            tokens::set_department(&mut tx, vec![id], department).await?;
        }
        if draft.email.is_some() {
            let secret = Secret::new(tokens::reveal(&mut tx, self.0, id).await?.reveal());
            let link = link::of(id, &draft.full_url, &site.token_parameter, &secret);
            let mailed = link::Mailed {
                department,
                starts_at: change.starts_at,
                expires_at: change.expires_at,
                hits_left: change.use_limit.map(|limit| limit - token.bounds.uses),
            };
            link::send(&mut tx, self.0, caller, &draft, &link, mailed).await?;
        }
        sql::update(&mut tx, id, site.id, &draft).await?;
        let facts = json!({ "change": changes(before.as_ref(), &draft, token, &change) });
        self.record(&mut tx, caller, Event::TokenChanged, id, facts)
            .await?;
        self.0.commit(tx).await?;
        self.0.gate.forget();
        self.changed(caller, id).await
    }
}

/// The edit form with what is there, as [`PageTokenRow::shown`] has it.
fn form_of(details: sql::Details, token: &Token, times: &Times) -> PageTokenForm {
    let tick = |on: bool| if on { "on".to_owned() } else { String::new() };
    let bounds = &token.bounds;
    PageTokenForm {
        full_url: details.full_url,
        timeout: String::new(),
        max_hits: bounds.use_limit.map_or("-1".into(), |most| most.to_string()),
        groups: details.group_names,
        starts: bounds
            .starts_at
            .map(|at| times.when(at).input)
            .unwrap_or_default(),
        expires: bounds
            .expires_at
            .map(|end| times.last_minute(end).minute)
            .unwrap_or_default(),
        scope: details.scope,
        may_add: details.may_add,
        any_value: details.any_value,
        networks: details.networks,
        reads_only: tick(details.reads_only),
        confirm: tick(details.confirm),
        note: details.note,
        email: String::new(),
    }
}

/// What was changed, in words and with before and after.
fn changes(
    before: Option<&sql::Details>,
    draft: &PageTokenDraft,
    token: &Token,
    change: &tokens::Change,
) -> String {
    let unlimited = |number: Option<i64>| number.map_or("unlimited".into(), domain::form::grouped);
    let yes_or_no = |on: bool| if on { "yes".to_owned() } else { "no".to_owned() };
    let instant = |at: Option<DateTime<Utc>>| at.map_or("never".into(), |at| at.to_rfc3339());
    let mut facts = vec![
        (
            "the maximum of hits",
            unlimited(token.bounds.use_limit),
            unlimited(change.use_limit),
        ),
        (
            "the expiry",
            instant(token.bounds.expires_at),
            instant(change.expires_at),
        ),
        (
            "the start",
            instant(token.bounds.starts_at),
            instant(change.starts_at),
        ),
    ];
    if let Some(before) = before {
        let rule = &draft.rule;
        facts.extend([
            ("the URL", before.canonical_url.clone(), rule.url.to_string()),
            ("the groups", before.group_names.clone(), draft.groups.to_string()),
            ("what it opens", before.scope.clone(), rule.scope.key().into()),
            (
                "what may be added",
                before.may_add.clone(),
                rule.may_add.to_string(),
            ),
            (
                "what may have any value",
                before.any_value.clone(),
                rule.any_value.to_string(),
            ),
            (
                "the networks",
                before.networks.clone(),
                sql::networks_text(&rule.networks),
            ),
            (
                "whether it is for reading only",
                yes_or_no(before.reads_only),
                yes_or_no(rule.reads_only),
            ),
            (
                "whether a page asks first",
                yes_or_no(before.confirm),
                yes_or_no(draft.confirm),
            ),
            ("the note", before.note.clone(), draft.note.clone()),
        ]);
    }
    let quoted = |(what, before, after)| (what, format!("“{before}”"), format!("“{after}”"));
    audit::changes(facts.into_iter().map(quoted)).unwrap_or_else(|| "nothing".into())
}
