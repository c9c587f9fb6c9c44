//! The same for many codes of a multi token: their links are mailed anew, or taken back from those they were mailed to.
//!
//! Codes have their turn in the order of their numbers, so that a number says where the work is, and what leaves the list
//! because it was worked on moves nothing. What was searched for may be a code, which is a secret: what a search finds is
//! kept as ids.

use database::WriteTx;
use domain::access_tokens::bulk::{BulkAction, Chosen};
use domain::access_tokens::{CodeFilter, CodeQuery};
use domain::{Refusal, TokenId};
use uuid::Uuid;

use super::super::codes::Behalf;
use super::super::{AccessTokens, not_deleted, search, sql};
use super::{Batch, SLICE, Turn, count, named, nothing_chosen, others_fit};
use crate::audit::Who;
use crate::error::Result;
use crate::keyset::Walk;
use crate::times::Times;
use crate::{Caller, Scope, organisations};

impl AccessTokens<'_> {
    pub(super) async fn these_codes(
        &self,
        tx: &mut WriteTx,
        caller: &Caller,
        token: TokenId,
        codes: &[TokenId],
    ) -> Result<(Chosen, i64)> {
        not_deleted(&self.multi(tx, caller, token).await?)?;
        let codes = named(codes)?;
        if codes.is_empty() {
            return Err(nothing_chosen().into());
        }
        for some in codes.chunks(search::MOST) {
            let there = sql::codes_by_id(tx, token, some).await?;
            if there.len() < some.len() {
                return Err(Refusal::NotFound.into());
            }
        }
        let total = count(codes.len());
        Ok((Chosen::TheseCodes { token, codes }, total))
    }

    pub(super) async fn all_codes_that_fit(
        &self,
        tx: &mut WriteTx,
        caller: &Caller,
        token: TokenId,
        query: &CodeQuery,
        expected: Option<i64>,
    ) -> Result<(Chosen, i64)> {
        let whole = self.multi(tx, caller, token).await?;
        not_deleted(&whole)?;
        let total = self.count_codes_in(tx, &caller.scope, &whole, query).await?;
        if expected.is_some_and(|expected| expected != total) {
            return Err(others_fit(total).into());
        }
        if total == 0 {
            return Err(nothing_chosen().into());
        }
        if query.search.trim().is_empty() {
            let query = CodeQuery {
                show: query.show,
                ..CodeQuery::default()
            };
            let chosen = Chosen::AllCodesThatFit {
                token,
                query,
                expected: None,
            };
            return Ok((chosen, total));
        }
        let mut codes = self.codes_found(tx, &caller.scope, &whole, query).await?;
        codes.sort_unstable();
        let total = count(codes.len());
        Ok((Chosen::TheseCodes { token, codes }, total))
    }

    /// The codes whose turn is next, of all that fit a filter. The place of the work is a number, in the form of an id.
    pub(super) async fn turns_of_codes(
        &self,
        tx: &mut WriteTx,
        batch: &Batch,
        token: TokenId,
        show: CodeFilter,
    ) -> Result<Vec<Turn>> {
        let after = i64::try_from(batch.position.0.as_u128()).unwrap_or_default();
        let codes = sql::codes(tx, token, show, (after, Walk::Forward), count(SLICE)).await?;
        let turn = |code: sql::CodeRecord| Turn {
            position: TokenId(Uuid::from_u128(code.number.unsigned_abs().into())),
            token: code.id,
            expired_at_before: None,
        };
        // Ids sort by the time they were made, and so does that of the work.
        let older = codes.into_iter().filter(|code| code.id.0 < batch.id.0);
        Ok(older.map(turn).collect())
    }

    /// Does it to one code, and says whether there was something to do.
    pub(super) async fn act_on_code(
        &self,
        tx: &mut WriteTx,
        action: BulkAction,
        (who, scope, times): (&Who, &Scope, &Times),
        id: TokenId,
    ) -> Result<bool> {
        let behalf = Behalf {
            who: who.clone(),
            scope,
            times: *times,
            organisation_name: organisations::name(tx, who.organisation).await?,
        };
        match action {
            BulkAction::NewLink => {
                self.new_link_in(tx, &behalf, id).await?;
                Ok(true)
            }
            _ => Ok(self.clear_assignment_in(tx, &behalf, id).await?.1),
        }
    }
}
