//! The same for many access tokens at once: a job, with an outcome for each, that can be taken back.
//!
//! Which tokens are meant is kept as it was asked, not as a list of ids: a million tokens are worked on like a hundred, in
//! slices that let others through. They have their turn in the order in which they were made, and those that were made
//! after the work began have none.
//!
//! The codes of a multi token are worked on in the same way ([`codes`]).

mod codes;
mod sql;

use chrono::{DateTime, Utc};
use database::{Conn, WriteTx};
use domain::access_tokens::TokenQuery;
use domain::access_tokens::bulk::{BulkAction, BulkForm, BulkRefusal, BulkView, Chosen, MOST_NAMED, SHOWN};
use domain::form::grouped;
use domain::page::{Count, MOST_COUNTED, PAGE_ROWS};
use domain::tokens::Family;
use domain::{BatchId, Permission, Refusal, TokenId};
use serde_json::json;
use uuid::Uuid;

use self::sql::{Batch, Item};
use super::search::{self, Narrowed};
use super::{AccessTokens, edit, not_deleted};
use crate::audit::{Entry, Event, Who};
use crate::error::{Error, Result, corrupt};
use crate::jobs::{self, Job, JobKind, Subject};
use crate::times::{self, Times};
use crate::tokens;
use crate::{Backend, Caller, Scope, departments};

/// Tokens of a slice, at most: others get their turn between.
const SLICE: usize = PAGE_ROWS;

/// Work on many access tokens.
pub(crate) static ACT_ON_TOKENS: JobKind = JobKind {
    key: "act_on_tokens",
    permission: Permission::TokensManage,
    is_seen: |conn, _, caller, job| {
        Box::pin(async move { found(conn, caller, BatchId(job.row()?)).await.map(drop) })
    },
    work: |tx, backend, job| Box::pin(act_on_slice(tx, backend, job)),
    // What was done to a token is recorded with it.
    record_cancelled: JobKind::nothing_to_record,
};

impl AccessTokens<'_> {
    /// Begins to do something to many tokens. It is done by a job; what becomes of it is asked by
    /// [`bulk`](Self::bulk).
    ///
    /// # Errors
    /// Forbidden; a sentence at `expires`; not found for a token that is not the caller's; a conflict when other tokens
    /// fit than the list said.
    pub async fn act_on_many(&self, caller: &Caller, form: &BulkForm) -> Result<BulkView> {
        caller.may(Permission::TokensManage)?;
        let times = self.0.times(caller);
        let expires_at = form.parse()?.map(|date| times.end_of(date));
        let mut tx = self.0.db.write().await?;
        let (chosen, total) = self.meant(&mut tx, caller, &form.chosen).await?;
        let chosen =
            serde_json::to_string(&chosen).map_err(|error| corrupt("token_batches", "chosen", error))?;
        let work = Work {
            action: form.action,
            expires_at,
            chosen,
            undoes: None,
            total,
        };
        self.begin(tx, caller, work).await
    }

    /// Takes back what was done to many tokens: to those that it changed, as far as they are still as it left them.
    ///
    /// # Errors
    /// Forbidden or not found; a conflict while it runs, when it was taken back already, and for what cannot be.
    pub async fn undo_many(&self, caller: &Caller, id: BatchId) -> Result<BulkView> {
        caller.may(Permission::TokensManage)?;
        let mut tx = self.0.db.write().await?;
        let batch = found(&mut tx, caller, id).await?;
        let done = seen(&mut tx, &batch).await?;
        if !done.can_be_undone() || sql::is_undone(&mut tx, id).await? {
            let sentence = "This cannot be undone: it still runs, was undone already, or changed nothing.";
            return Err(Refusal::Conflict(sentence.into()).into());
        }
        let work = Work {
            action: done.action,
            expires_at: batch.expires_at,
            chosen: String::new(),
            undoes: Some(id),
            total: batch.changed,
        };
        self.begin(tx, caller, work).await
    }

    /// How far work on many tokens is, and who was refused why.
    ///
    /// # Errors
    /// Forbidden or not found.
    pub async fn bulk(&self, caller: &Caller, id: BatchId) -> Result<BulkView> {
        caller.may(Permission::TokensManage)?;
        let mut conn = self.0.db.read().await?;
        let batch = found(&mut conn, caller, id).await?;
        seen(&mut conn, &batch).await
    }

    async fn begin(&self, mut tx: WriteTx, caller: &Caller, work: Work) -> Result<BulkView> {
        let now = self.0.clock.now();
        let id = BatchId(self.0.random.id(now));
        let who = Who::from(caller);
        let organisation = caller.organisation();
        let job = jobs::start(
            &mut tx,
            self.0,
            organisation,
            &ACT_ON_TOKENS,
            Subject::Row(id.0),
            work.total,
            who.person,
        )
        .await?;
        let batch = Batch {
            id,
            organisation_id: organisation,
            limited_to_id: caller.scope.department(),
            action: work.action.key().into(),
            expires_at: work.expires_at,
            chosen: work.chosen,
            undoes_id: work.undoes,
            job_id: job.id,
            position: TokenId(Uuid::nil()),
            changed: 0,
            unchanged: 0,
            refused: 0,
            time_zone: caller.time_zone.name().into(),
            created_by: who.person,
            created_by_name: who.name.clone(),
            address: who.address.clone(),
        };
        sql::insert(&mut tx, &batch, now).await?;
        let action = match work.undoes {
            Some(_) => format!("Undo “{}”", work.action.label()),
            None => work.action.label().to_owned(),
        };
        let entry = Entry {
            family: Some(Family::Access),
            facts: json!({ "batch": id, "action": action, "count": grouped(work.total) }),
            ..Entry::new(Event::TokenBatchStarted)
        };
        self.0.record(&mut tx, who, entry).await?;
        let view = seen(&mut tx, &batch).await?;
        self.0.commit(tx).await?;
        self.0.job_woken.notify_one();
        Ok(view)
    }

    /// Which tokens are meant, as it is kept, and how many those are now. What was searched for may be the code of a token,
    /// so it is kept only where it is words that many tokens have.
    async fn meant(&self, tx: &mut WriteTx, caller: &Caller, chosen: &Chosen) -> Result<(Chosen, i64)> {
        let ids = match chosen {
            Chosen::TheseCodes { token, codes } => {
                return self.these_codes(tx, caller, *token, codes).await;
            }
            Chosen::AllCodesThatFit {
                token,
                query,
                expected,
            } => {
                return self
                    .all_codes_that_fit(tx, caller, *token, query, *expected)
                    .await;
            }
            Chosen::These(ids) => {
                let ids = named(ids)?;
                for some in ids.chunks(search::MOST) {
                    let there = self.rows_in(tx, caller, some).await?;
                    if there.len() < some.len() {
                        return Err(Refusal::NotFound.into());
                    }
                }
                ids
            }
            Chosen::AllThatFit { query, expected } => {
                let query = in_order_of_making(query);
                let scope = departments::narrowed(tx, &caller.scope, query.department).await?;
                let narrowed = search::tokens(tx, self.0, &scope, &query.search).await?;
                let total = self.count_in(tx, &scope, &query, &narrowed).await?;
                let said = [total, Count::up_to(MOST_COUNTED, total).number()];
                if expected.is_some_and(|expected| !said.contains(&expected)) {
                    return Err(others_fit(total).into());
                }
                if !matches!(narrowed, Narrowed::To(_)) && total > 0 {
                    return Ok((
                        Chosen::AllThatFit {
                            query,
                            expected: None,
                        },
                        total,
                    ));
                }
                let (mut ids, mut after) = (Vec::new(), TokenId(Uuid::nil()));
                loop {
                    let page = self.ids_in(tx, &scope, &query, &narrowed, after).await?;
                    let is_last = page.len() < SLICE;
                    ids.extend(page);
                    match ids.last() {
                        Some(last) if !is_last => after = *last,
                        _ => break ids,
                    }
                }
            }
        };
        if ids.is_empty() {
            return Err(nothing_chosen().into());
        }
        let total = count(ids.len());
        Ok((Chosen::These(ids), total))
    }

    /// Gives a token another expiry and says which one it had, if that was another. `left` is what an undo expects there.
    async fn set_expiry_in(
        &self,
        tx: &mut WriteTx,
        (who, scope, times): (&Who, &Scope, &Times),
        id: TokenId,
        expires_at: Option<DateTime<Utc>>,
        left: Option<Option<DateTime<Utc>>>,
    ) -> Result<Option<Option<DateTime<Utc>>>> {
        let token = self.shown(tx, scope, id).await?;
        not_deleted(&token)?;
        let before = token.bounds.expires_at;
        if left.is_some_and(|left| left != before) {
            return Err(Refusal::Conflict("Its expiry was changed meanwhile.".into()).into());
        }
        if before == expires_at {
            return Ok(None);
        }
        let starts_after_end = token
            .bounds
            .starts_at
            .zip(expires_at)
            .is_some_and(|(start, end)| end <= start);
        if starts_after_end && expires_at > Some(times.now) {
            return Err(Refusal::Conflict("It starts only later.".into()).into());
        }
        let change = tokens::Change {
            name: token.name.clone(),
            starts_at: token.bounds.starts_at,
            expires_at,
            use_limit: token.bounds.use_limit,
        };
        tokens::change(tx, &token, &change, times.now).await?;
        let facts = edit::changes(&token, &change, times);
        let entry = Entry::token(Event::TokenChanged, Family::Access, id, facts);
        self.0.record(tx, who.clone(), entry).await?;
        Ok(Some(before))
    }

    /// Does it to one token and says what it changed; nothing, if the token was as wished.
    async fn act_in(
        &self,
        tx: &mut WriteTx,
        batch: &Batch,
        as_whom: (&Who, &Scope, &Times),
        turn: Turn,
    ) -> Result<Option<Item>> {
        let (who, scope, times) = as_whom;
        let (id, is_undo) = (turn.token, batch.undoes_id.is_some());
        let changed = match (action_of(batch)?, is_undo) {
            (BulkAction::Suspend, false) | (BulkAction::Resume, true) => {
                self.set_suspended_in(tx, who, scope, id, true).await?
            }
            (BulkAction::Resume, false) | (BulkAction::Suspend, true) => {
                self.set_suspended_in(tx, who, scope, id, false).await?
            }
            (BulkAction::Delete, false) | (BulkAction::Restore, true) => {
                self.delete_in(tx, who, scope, id).await?
            }
            (BulkAction::Restore, false) | (BulkAction::Delete, true) => {
                self.restore_in(tx, who, scope, id).await?
            }
            (BulkAction::Revoke, _) => self.revoke_in(tx, who, scope, id).await?,
            (action @ (BulkAction::NewLink | BulkAction::ClearAssignment), _) => {
                self.act_on_code(tx, action, (who, scope, times), id).await?
            }
            (BulkAction::ChangeExpiry, _) => {
                let (to, left) = match is_undo {
                    true => (turn.expired_at_before, Some(batch.expires_at)),
                    false => (batch.expires_at, None),
                };
                let before = self.set_expiry_in(tx, as_whom, id, to, left).await?;
                return Ok(before.map(|expired_at_before| Item {
                    token: id,
                    expired_at_before,
                    refusal: None,
                }));
            }
        };
        Ok(changed.then_some(Item {
            token: id,
            expired_at_before: None,
            refusal: None,
        }))
    }

    /// Whose turn is next.
    async fn turns(&self, tx: &mut WriteTx, batch: &Batch, scope: &Scope) -> Result<Vec<Turn>> {
        if let Some(undone) = batch.undoes_id {
            let changed = sql::changed_after(tx, undone, batch.position, count(SLICE)).await?;
            return Ok(changed
                .into_iter()
                .map(|one| Turn {
                    position: one.token_id,
                    token: one.token_id,
                    expired_at_before: one.expired_at_before,
                })
                .collect());
        }
        let chosen: Chosen =
            serde_json::from_str(&batch.chosen).map_err(|_| corrupt("token_batches", "chosen", batch.id))?;
        let mut ids = match chosen {
            Chosen::These(ids) | Chosen::TheseCodes { codes: ids, .. } => {
                ids.into_iter().filter(|id| *id > batch.position).collect()
            }
            Chosen::AllCodesThatFit { token, query, .. } => {
                return self.turns_of_codes(tx, batch, token, query.show).await;
            }
            Chosen::AllThatFit { query, .. } => {
                let scope = match departments::narrowed(tx, scope, query.department).await {
                    Ok(scope) => scope,
                    // The department is gone, and so is what it had.
                    Err(Error::Refused(Refusal::NotFound)) => return Ok(Vec::new()),
                    Err(error) => return Err(error),
                };
                let narrowed = search::tokens(tx, self.0, &scope, &query.search).await?;
                let ids = self.ids_in(tx, &scope, &query, &narrowed, batch.position).await?;
                // Ids sort by the time they were made, and so does that of the work.
                ids.into_iter().filter(|id| id.0 < batch.id.0).collect::<Vec<_>>()
            }
        };
        ids.truncate(SLICE);
        Ok(ids
            .into_iter()
            .map(|token| Turn {
                position: token,
                token,
                expired_at_before: None,
            })
            .collect())
    }
}

/// What is begun.
struct Work {
    action: BulkAction,
    expires_at: Option<DateTime<Utc>>,
    chosen: String,
    undoes: Option<BatchId>,
    total: i64,
}

/// A token that has its turn; to take something back, with what it had before.
struct Turn {
    /// What is kept as the place where the work is, once it had its turn.
    position: TokenId,
    token: TokenId,
    expired_at_before: Option<DateTime<Utc>>,
}

fn count(many: usize) -> i64 {
    i64::try_from(many).unwrap_or(i64::MAX)
}

/// Those that were named one by one, in the order of their turns.
fn named(ids: &[TokenId]) -> std::result::Result<Vec<TokenId>, Refusal> {
    if ids.len() > MOST_NAMED {
        let sentence = format!("Choose at most {} one by one.", grouped(count(MOST_NAMED)));
        return Err(Refusal::at("chosen", sentence));
    }
    let mut ids = ids.to_vec();
    ids.sort_unstable();
    ids.dedup();
    Ok(ids)
}

fn nothing_chosen() -> Refusal {
    Refusal::at("chosen", "Choose at least one.")
}

fn others_fit(total: i64) -> Refusal {
    Refusal::Conflict(format!(
        "Meanwhile {} fit. Look at them and choose again.",
        grouped(total)
    ))
}

fn in_order_of_making(query: &TokenQuery) -> TokenQuery {
    TokenQuery {
        list: query.list,
        search: query.search.clone(),
        token_type: query.token_type,
        collection: query.collection,
        department: query.department,
        state: query.state,
        descending: false,
        ..TokenQuery::default()
    }
}

/// Work of the caller's organisation that they may see: anyone who is limited to a department sees what was begun within it.
async fn found(conn: &mut Conn, caller: &Caller, id: BatchId) -> Result<Batch> {
    let batch = sql::by_id(conn, caller.organisation(), id)
        .await?
        .ok_or(Refusal::NotFound)?;
    match caller
        .scope
        .has(conn, batch.organisation_id, batch.limited_to_id)
        .await?
    {
        true => Ok(batch),
        false => Err(Refusal::NotFound.into()),
    }
}

async fn seen(conn: &mut Conn, batch: &Batch) -> Result<BulkView> {
    let progress = jobs::progress(conn, batch.organisation_id, batch.job_id)
        .await?
        .ok_or_else(|| corrupt("token_batches", "job_id", batch.id))?;
    let refusals = match batch.refused {
        0 => Vec::new(),
        _ => sql::refusals(conn, batch.id, count(SHOWN)).await?,
    };
    Ok(BulkView {
        id: batch.id,
        action: action_of(batch)?,
        is_undo: batch.undoes_id.is_some(),
        progress,
        changed: batch.changed,
        unchanged: batch.unchanged,
        refused: batch.refused,
        refusals: refusals
            .into_iter()
            .map(|one| BulkRefusal {
                token: one.token_id,
                name: one.name,
                reason: one.refusal,
            })
            .collect(),
    })
}

fn action_of(batch: &Batch) -> Result<BulkAction> {
    BulkAction::from_key(&batch.action).ok_or_else(|| corrupt("token_batches", "action", batch.id))
}

/// Does it to the next tokens and says how many had their turn. One that is refused stops none: the reason is kept. It ends
/// early when somebody waits for the database.
async fn act_on_slice(tx: &mut WriteTx, backend: &Backend, job: &Job) -> Result<i64> {
    let id = BatchId(job.row()?);
    let mut batch = sql::by_id(tx, job.organisation_id, id)
        .await?
        .ok_or_else(|| corrupt("jobs", "subject_id", job.id))?;
    let zone = times::zone(&batch.time_zone).ok_or_else(|| corrupt("token_batches", "time_zone", id))?;
    let scope = Scope::new(job.organisation_id, batch.limited_to_id);
    let times = Times {
        zone,
        now: backend.clock.now(),
    };
    let who = Who {
        organisation: job.organisation_id,
        person: batch.created_by,
        name: batch.created_by_name.clone(),
        address: batch.address.clone(),
    };
    let tokens = backend.access_tokens();
    let turns = tokens.turns(tx, &batch, &scope).await?;
    let (mut had, mut items) = (0, Vec::new());
    for turn in turns {
        let (token, position) = (turn.token, turn.position);
        match tokens.act_in(tx, &batch, (&who, &scope, &times), turn).await {
            Ok(Some(item)) => {
                batch.changed += 1;
                items.push(item);
            }
            Ok(None) => batch.unchanged += 1,
            // Refusals come before anything is written.
            Err(Error::Refused(refusal)) => {
                batch.refused += 1;
                items.push(Item {
                    token,
                    expired_at_before: None,
                    refusal: Some(refusal.to_string()),
                });
            }
            Err(fault) => return Err(fault),
        }
        batch.position = position;
        had += 1;
        if backend.db.has_waiters() {
            break;
        }
    }
    sql::insert_items(tx, id, &items).await?;
    sql::advance(tx, &batch).await?;
    // How many fit may have changed since it was counted: it ends with the last one, not with a number.
    let left = job.total - job.done;
    Ok(match had {
        0 => left,
        _ => had.min(left - 1).max(0),
    })
}
