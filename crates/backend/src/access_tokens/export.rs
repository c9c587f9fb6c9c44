//! The codes of a multi token as CSV, with their links, piece by piece.

use domain::tokens::Family;
use domain::{Permission, PersonId, TokenId};
use futures::Stream;
use serde_json::json;

use super::{AccessTokens, share, sql};
use crate::audit::{Entry, Event};
use crate::caller::Caller;
use crate::error::Result;
use crate::{Backend, csv, people};

/// Codes that are read at once.
const PIECE: i64 = 1_000;

/// Pieces of a CSV file, one after the other.
pub struct CsvLines {
    backend: Backend,
    caller: Caller,
    token: TokenId,
    after: Option<i64>,
    started: bool,
}

impl AccessTokens<'_> {
    /// The codes of a multi token with their links, as CSV. The export is recorded.
    ///
    /// # Errors
    /// [`domain::Refusal::NotFound`].
    pub async fn export_codes(&self, caller: &Caller, id: TokenId) -> Result<CsvLines> {
        caller.may(Permission::TokensReveal)?;
        let mut tx = self.0.db.write().await?;
        let whole = self.multi(&mut tx, caller, id).await?;
        super::not_deleted(&whole)?;
        self.0
            .record(
                &mut tx,
                caller,
                Entry::token(Event::CodesExported, Family::Access, id, json!(null)),
            )
            .await?;
        self.0.commit(tx).await?;
        Ok(CsvLines {
            backend: self.0.clone(),
            caller: caller.clone(),
            token: id,
            after: Some(0),
            started: false,
        })
    }
}

impl CsvLines {
    /// The next lines; `None` after the last.
    ///
    /// # Errors
    /// A fault; what was written so far is then no whole file.
    pub async fn next(&mut self) -> Result<Option<String>> {
        let Some(after) = self.after else { return Ok(None) };
        let mut text = String::new();
        if !self.started {
            // The mark tells spreadsheets that the text is UTF-8.
            text.push_str("\u{feff}Number,Code,Link,State,Assigned,Used by,Used on\r\n");
            self.started = true;
        }
        let mut conn = self.backend.db.read().await?;
        let rows = sql::codes_for_export(&mut conn, self.token, after, PIECE).await?;
        self.after = rows.last().map(|row| row.number);
        let people: Vec<PersonId> = rows.iter().filter_map(|row| row.used_by).collect();
        let names = people::names_within(&mut conn, &self.caller.scope, &people).await?;
        let times = self.backend.times(&self.caller);
        for row in rows {
            let code = self.backend.keys.unseal(row.id.0.as_bytes(), &row.sealed)?;
            let code: domain::Code = code
                .parse()
                .map_err(|error: domain::code::BadCode| crate::Fault::new(error))?;
            let state = match (row.uses, &row.email) {
                (1.., _) => "used",
                (_, Some(_)) => "assigned",
                _ => "free",
            };
            let cells = [
                row.number.to_string(),
                code.grouped(),
                share::link(&self.backend, &code).reveal().to_owned(),
                state.to_owned(),
                row.email.unwrap_or_default(),
                row.used_by
                    .and_then(|id| names.get(&id).cloned())
                    .unwrap_or_default(),
                row.used_at.map(|at| times.when(at).minute).unwrap_or_default(),
            ];
            text.push_str(&cells.map(|cell| csv::cell(&cell)).join(","));
            text.push_str("\r\n");
        }
        Ok((!text.is_empty()).then_some(text))
    }

    /// The same as a stream of pieces.
    pub fn into_stream(self) -> impl Stream<Item = Result<String>> + Send {
        futures::stream::try_unfold(self, |mut lines| async move {
            let piece = lines.next().await?;
            Ok(piece.map(|piece| (piece, lines)))
        })
    }
}
