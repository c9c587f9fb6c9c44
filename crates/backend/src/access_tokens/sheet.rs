//! The codes of a multi token with their QR codes, to be printed, cut out and handed over.

use domain::access_tokens::{CODES_OF_SHEET, Sheet, SheetCode};
use domain::form::grouped;
use domain::tokens::Family;
use domain::{EmailAddress, Permission, Refusal, TokenId};
use serde_json::json;

use super::export::{Closed, closed};
use super::{AccessTokens, share, sql};
use crate::audit::{Entry, Event};
use crate::caller::Caller;
use crate::error::{Fault, Result, corrupt};
use crate::{collections, tokens};

/// Codes that are read at once.
const PIECE: i64 = 500;

impl AccessTokens<'_> {
    /// The codes after a number that nobody has used, with their links. That they were taken is recorded.
    ///
    /// # Errors
    /// [`Refusal::NotFound`]; [`Refusal::Conflict`] when its links open nothing any more.
    pub async fn sheet(&self, caller: &Caller, id: TokenId, after: i64) -> Result<Sheet> {
        caller.may(Permission::TokensReveal)?;
        let times = self.0.times(caller);
        let mut conn = self.0.db.read().await?;
        let whole = self.multi(&mut conn, caller, id).await?;
        super::not_deleted(&whole)?;
        let collection = match sql::collection_of(&mut conn, id).await? {
            Some(collection) => collections::head(&mut conn, &caller.scope, collection).await?,
            None => None,
        };
        let closed = closed(
            whole.bounds.state(times.now),
            collection.as_ref().map(|collection| collection.state),
        );
        if let Some(Closed { is_dead: true, state }) = closed {
            let sentence =
                format!("The links of this token open nothing any more ({state}): nothing to print.");
            return Err(Refusal::Conflict(sentence).into());
        }
        let (mut rows, mut at) = (Vec::new(), after);
        while rows.len() <= CODES_OF_SHEET {
            let some = sql::codes_for_export(&mut conn, id, at, PIECE).await?;
            let Some(last) = some.last() else { break };
            at = last.number;
            rows.extend(some.into_iter().filter(|row| row.uses == 0));
        }
        drop(conn);
        let are_more = rows.len() > CODES_OF_SHEET;
        rows.truncate(CODES_OF_SHEET);
        let mut tx = self.0.db.write().await?;
        let whole_now = tokens::load(&mut tx, self.0, &caller.scope, id).await?;
        whole_now.ok_or(Refusal::NotFound)?;
        let many = grouped(i64::try_from(rows.len()).unwrap_or(i64::MAX));
        let entry = Entry::token(
            Event::CodesExported,
            Family::Access,
            id,
            json!({ "printed": many }),
        );
        self.0.record(&mut tx, caller, entry).await?;
        self.0.commit(tx).await?;
        let next = rows.last().filter(|_| are_more).map(|row| row.number);
        let codes = rows.into_iter().map(|row| self.sheet_code(row));
        Ok(Sheet {
            token: id,
            name: whole.name.clone(),
            organisation: caller.organisation_name.clone(),
            collection: collection.map(|head| head.title).unwrap_or_default(),
            until: whole
                .bounds
                .expires_at
                .map(|end| times.with_zone(&times.last_minute(end))),
            closed: closed.map(|closed| closed.state),
            codes: codes.collect::<Result<_>>()?,
            next,
        })
    }

    fn sheet_code(&self, row: sql::ExportRecord) -> Result<SheetCode> {
        let code = self.0.keys.unseal(row.id.0.as_bytes(), &row.sealed)?;
        let code: domain::Code = code
            .parse()
            .map_err(|error: domain::code::BadCode| Fault::new(error))?;
        let link = share::link(self.0, &code);
        let id = row.id;
        let assigned = row.email.map(|email| email.parse::<EmailAddress>());
        Ok(SheetCode {
            number: row.number,
            code: code.grouped(),
            qr_png: share::picture_of(&link)?,
            link: link.reveal().to_owned(),
            assigned: assigned
                .transpose()
                .map_err(|_| corrupt("assignments", "email", id))?,
        })
    }
}
