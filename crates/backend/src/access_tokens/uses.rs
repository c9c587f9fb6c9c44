//! Who used an access token, and when.

use domain::access_tokens::{CodeFilter, CodeQuery, CodeRow, UseRow};
use domain::{Cursor, Page, Permission, PersonId, Refusal, TokenId};
use uuid::Uuid;

use super::{AccessTokens, MULTI, SINGLE};
use crate::caller::Caller;
use crate::error::Result;
use crate::keyset::{self, BY_NUMBER, Key, Walk};
use crate::people;
use crate::tokens::{self, Found};

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
