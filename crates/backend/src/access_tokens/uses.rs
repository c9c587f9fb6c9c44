//! Who used an access token, and when.

use chrono::TimeDelta;
use domain::access_tokens::{
    CodeFilter, CodeQuery, CodeRow, DayOfUses, LATEST_USES, USE_DAYS, UseRow, UsesView,
};
use domain::{Cursor, Page, Permission, PersonId, Refusal, TokenId};
use futures::Stream;
use uuid::Uuid;

use super::{AccessTokens, MULTI, SINGLE, sql};
use crate::caller::Caller;
use crate::error::Result;
use crate::keyset::{self, BY_NUMBER, Key, Walk};
use crate::tokens::{self, Found};
use crate::{Backend, csv, people};

/// Uses that are read at once.
const PIECE: u16 = 200;

/// Pieces of a CSV file with the uses of a token, one after the other.
pub struct UseLines {
    backend: Backend,
    caller: Caller,
    token: TokenId,
    after: Option<Cursor>,
    started: bool,
    ended: bool,
}

impl UseLines {
    async fn next(&mut self) -> Result<Option<String>> {
        if self.ended {
            return Ok(None);
        }
        let mut text = String::new();
        if !self.started {
            // The mark tells spreadsheets that the text is UTF-8.
            let zone = self.caller.time_zone.name();
            text.push_str(&format!("\u{feff}Number,Used by,Used on ({zone})\r\n"));
            self.started = true;
        }
        let tokens = self.backend.access_tokens();
        let page = tokens
            .uses(&self.caller, self.token, self.after.as_ref(), Some(PIECE))
            .await?;
        for row in &page.rows {
            let cells = [row.number.to_string(), row.name.clone(), row.when.minute.clone()];
            text.push_str(&cells.map(|cell| csv::cell(&cell)).join(","));
            text.push_str("\r\n");
        }
        self.ended = page.next.is_none();
        self.after = page.next;
        Ok(Some(text))
    }

    /// The file as a stream of pieces.
    pub fn into_stream(self) -> impl Stream<Item = Result<String>> + Send {
        futures::stream::try_unfold(self, |mut lines| async move {
            let piece = lines.next().await?;
            Ok(piece.map(|piece| (piece, lines)))
        })
    }
}

impl AccessTokens<'_> {
    /// A page of a token's uses: the latest first for a single token, and those of its codes by their numbers for a multi
    /// token.
    ///
    /// # Errors
    /// [`Refusal::NotFound`]; [`Refusal::Malformed`] for a cursor that is none of ours.
    pub async fn uses(
        &self,
        caller: &Caller,
        id: TokenId,
        after: Option<&Cursor>,
        rows: Option<u16>,
    ) -> Result<Page<UseRow>> {
        caller.may(Permission::TokensRead)?;
        let mut conn = self.0.db.read().await?;
        let token = match tokens::load(&mut conn, self.0, &caller.scope, id).await? {
            Some(Found { token, whole: None }) => token,
            _ => return Err(Refusal::NotFound.into()),
        };
        if token.kind == &MULTI {
            drop(conn);
            return self.uses_of_codes(caller, id, after, rows).await;
        }
        if token.kind != &SINGLE {
            return Err(Refusal::NotFound.into());
        }
        let start = BY_NUMBER.start(after)?;
        let (highest, most) = (token.bounds.uses, keyset::rows(rows));
        let found = match (start.number(), start.walk) {
            (Some(number), Walk::Back) => {
                let last = number.saturating_add(most + 1).clamp(0, highest);
                let mut found =
                    tokens::uses::down_from(&mut conn, id, last, last.saturating_sub(number).max(0)).await?;
                found.reverse();
                found
            }
            (number, _) => {
                let last = number.map_or(highest, |number| number.saturating_sub(1).clamp(0, highest));
                tokens::uses::down_from(&mut conn, id, last, most + 1).await?
            }
        };
        let uses = keyset::page_of(found, most, &start, |one| (Key::Number(one.number), Uuid::nil()));
        let people: Vec<PersonId> = uses.rows.iter().filter_map(|one| one.person_id).collect();
        let names = people::names_within(&mut conn, &caller.scope, &people).await?;
        let times = self.0.times(caller);
        let shown = uses.rows.into_iter().map(|one| {
            let seen = one.person_id.filter(|person| names.contains_key(person));
            UseRow {
                number: one.number,
                code: None,
                person: seen,
                name: seen
                    .and_then(|person| names.get(&person).cloned())
                    .unwrap_or_default(),
                when: times.when(one.at),
            }
        });
        Ok(Page {
            rows: shown.collect(),
            next: uses.next,
            prev: uses.prev,
        })
    }

    /// How often a token was used on each of the last days, and by whom at last.
    ///
    /// # Errors
    /// [`Refusal::NotFound`].
    pub async fn uses_view(&self, caller: &Caller, id: TokenId) -> Result<UsesView> {
        caller.may(Permission::TokensRead)?;
        let times = self.0.times(caller);
        let today = times.today();
        let first = today - TimeDelta::days(USE_DAYS - 1);
        let mut conn = self.0.db.read().await?;
        let token = match tokens::load(&mut conn, self.0, &caller.scope, id).await? {
            Some(Found { token, whole: None }) => token,
            _ => return Err(Refusal::NotFound.into()),
        };
        let mut counts = vec![0; usize::try_from(USE_DAYS).unwrap_or_default()];
        if token.kind == &MULTI {
            for at in sql::used_since(&mut conn, id, times.start_of(first)).await? {
                let day = (at.with_timezone(&times.zone).date_naive() - first).num_days();
                if let Some(count) = usize::try_from(day).ok().and_then(|day| counts.get_mut(day)) {
                    *count += 1;
                }
            }
        } else {
            let starts: Vec<_> = (0..USE_DAYS)
                .map(|day| times.start_of(first + TimeDelta::days(day)))
                .collect();
            let mut before = tokens::uses::before(&mut conn, id, token.bounds.uses, &starts).await?;
            before.push(token.bounds.uses);
            for (count, pair) in counts.iter_mut().zip(before.windows(2)) {
                *count = pair[1] - pair[0];
            }
        }
        drop(conn);
        let latest = match token.kind == &MULTI {
            true => Vec::new(),
            false => self.uses(caller, id, None, Some(LATEST_USES)).await?.rows,
        };
        let days = (0..USE_DAYS).zip(counts).filter(|(_, uses)| *uses > 0);
        let days = days.map(|(day, uses)| DayOfUses {
            day,
            date: (first + TimeDelta::days(day)).format("%-d %b %Y").to_string(),
            uses,
        });
        Ok(UsesView {
            days: days.collect(),
            latest,
        })
    }

    /// Who used a single token, and when, as CSV: the latest first.
    ///
    /// # Errors
    /// [`Refusal::NotFound`], also for a multi token, whose codes are exported with who used them.
    pub async fn export_uses(&self, caller: &Caller, id: TokenId) -> Result<UseLines> {
        caller.may(Permission::TokensRead)?;
        let mut conn = self.0.db.read().await?;
        match tokens::load(&mut conn, self.0, &caller.scope, id).await? {
            Some(Found { token, whole: None }) if token.kind == &SINGLE => {}
            _ => return Err(Refusal::NotFound.into()),
        }
        Ok(UseLines {
            backend: self.0.clone(),
            caller: caller.clone(),
            token: id,
            after: None,
            started: false,
            ended: false,
        })
    }

    async fn uses_of_codes(
        &self,
        caller: &Caller,
        id: TokenId,
        after: Option<&Cursor>,
        rows: Option<u16>,
    ) -> Result<Page<UseRow>> {
        let query = CodeQuery {
            search: String::new(),
            show: CodeFilter::Used,
            after: after.cloned(),
            rows,
        };
        let page = self.codes(caller, id, &query).await?;
        Ok(Page {
            rows: page.rows.into_iter().filter_map(of_code).collect(),
            next: page.next,
            prev: page.prev,
        })
    }
}

/// The use of a code, which has one at most.
fn of_code(row: CodeRow) -> Option<UseRow> {
    let used = row.used_by?;
    Some(UseRow {
        number: 1,
        code: Some(row.id),
        person: used.person,
        name: used.name,
        when: used.when,
    })
}
