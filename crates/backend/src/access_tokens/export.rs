//! The codes of a multi token as CSV, with their links, piece by piece.

use std::collections::HashSet;

use domain::access_tokens::{CodeFilter, CodeQuery};
use domain::collections::CollectionState;
use domain::tokens::{Family, State};
use domain::{Permission, PersonId, TokenId};
use futures::Stream;
use serde_json::json;

use super::{AccessTokens, share, sql};
use crate::audit::{Entry, Event};
use crate::caller::Caller;
use crate::error::Result;
use crate::{Backend, collections, csv, people};

/// Codes that are read at once.
const PIECE: i64 = 1_000;

/// Pieces of a CSV file, one after the other.
pub struct CsvLines {
    backend: Backend,
    caller: Caller,
    token: TokenId,
    wanted: Wanted,
    closed: Option<Closed>,
    after: Option<i64>,
    started: bool,
}

/// Which codes are written.
enum Wanted {
    /// Those that a filter shows.
    Shown(CodeFilter),
    /// These.
    These(HashSet<TokenId>),
}

/// Why the unused codes of a token open nothing now.
pub(super) struct Closed {
    pub state: &'static str,
    /// Whether that is for good, as far as can be told: then a link in the file would only mislead.
    pub is_dead: bool,
}

impl AccessTokens<'_> {
    /// The codes of a multi token with their links, as CSV. The export is recorded.
    ///
    /// # Errors
    /// [`domain::Refusal::NotFound`].
    pub async fn export_codes(&self, caller: &Caller, id: TokenId) -> Result<CsvLines> {
        self.export_codes_that_fit(caller, id, &CodeQuery::default())
            .await
    }

    /// The same of those codes alone that the page of the token shows.
    ///
    /// # Errors
    /// [`domain::Refusal::NotFound`]; a sentence at `chosen`, if a search finds too many.
    pub async fn export_codes_that_fit(
        &self,
        caller: &Caller,
        id: TokenId,
        query: &CodeQuery,
    ) -> Result<CsvLines> {
        caller.may(Permission::TokensReveal)?;
        let mut conn = self.0.db.read().await?;
        let whole = self.multi(&mut conn, caller, id).await?;
        let wanted = match query.search.trim() {
            "" => Wanted::Shown(query.show),
            _ => {
                let found = self.codes_found(&mut conn, &caller.scope, &whole, query).await?;
                Wanted::These(found.into_iter().collect())
            }
        };
        drop(conn);
        self.export_wanted(caller, id, wanted).await
    }

    /// The same of these codes alone. Ids that are none of its codes are left out.
    ///
    /// # Errors
    /// [`domain::Refusal::NotFound`].
    pub async fn export_these_codes(
        &self,
        caller: &Caller,
        id: TokenId,
        codes: &[TokenId],
    ) -> Result<CsvLines> {
        caller.may(Permission::TokensReveal)?;
        let wanted = Wanted::These(codes.iter().copied().collect());
        self.export_wanted(caller, id, wanted).await
    }

    async fn export_wanted(&self, caller: &Caller, id: TokenId, wanted: Wanted) -> Result<CsvLines> {
        let mut tx = self.0.db.write().await?;
        let whole = self.multi(&mut tx, caller, id).await?;
        super::not_deleted(&whole)?;
        let collection = match sql::collection_of(&mut tx, id).await? {
            Some(collection) => collections::head(&mut tx, &caller.scope, collection).await?,
            None => None,
        };
        let closed = closed(
            whole.bounds.state(self.0.clock.now()),
            collection.map(|collection| collection.state),
        );
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
            wanted,
            closed,
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
        let mut text = String::new();
        if !self.started {
            // The mark tells spreadsheets that the text is UTF-8.
            let zone = self.caller.time_zone.name();
            text.push_str(&format!(
                "\u{feff}Number,Code,Link,State,Assigned,Used by,Used on ({zone})\r\n"
            ));
            self.started = true;
        }
        let mut conn = self.backend.db.read().await?;
        let mut rows = Vec::new();
        while let Some(after) = self.after.filter(|_| rows.is_empty()) {
            rows = sql::codes_for_export(&mut conn, self.token, after, PIECE).await?;
            self.after = rows.last().map(|row| row.number);
            rows.retain(|row| self.wanted.has(row));
        }
        let people: Vec<PersonId> = rows.iter().filter_map(|row| row.used_by).collect();
        let names = people::names_within(&mut conn, &self.caller.scope, &people).await?;
        let times = self.backend.times(&self.caller);
        for row in rows {
            let code = self.backend.keys.unseal(row.id.0.as_bytes(), &row.sealed)?;
            let code: domain::Code = code
                .parse()
                .map_err(|error: domain::code::BadCode| crate::Fault::new(error))?;
            let state = match (row.uses, &self.closed, &row.email) {
                (1.., ..) => "used",
                (_, Some(closed), _) => closed.state,
                (_, None, Some(_)) => "assigned",
                _ => "free",
            };
            let link = match &self.closed {
                Some(Closed { is_dead: true, .. }) => String::new(),
                _ => share::link(&self.backend, &code).reveal().to_owned(),
            };
            let cells = [
                row.number.to_string(),
                code.grouped(),
                link,
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

impl Wanted {
    fn has(&self, row: &sql::ExportRecord) -> bool {
        let is_used = row.uses > 0;
        match self {
            Self::Shown(CodeFilter::All) => true,
            Self::Shown(CodeFilter::Free) => !is_used && row.email.is_none(),
            Self::Shown(CodeFilter::Assigned) => !is_used && row.email.is_some(),
            Self::Shown(CodeFilter::Used) => is_used,
            Self::These(ids) => ids.contains(&row.id),
        }
    }
}

pub(super) fn closed(state: State, collection: Option<CollectionState>) -> Option<Closed> {
    let (state, is_dead) = match (state, collection) {
        (State::Revoked, _) => ("revoked", true),
        (State::Expired, _) => ("expired", true),
        (_, Some(CollectionState::Archived)) => ("collection archived", true),
        (_, Some(CollectionState::Draft)) => ("collection not published", false),
        (State::Suspended, _) => ("suspended", false),
        (State::NotYet, _) => ("not yet", false),
        (State::Live | State::UsedUp, _) => return None,
    };
    Some(Closed { state, is_dead })
}
