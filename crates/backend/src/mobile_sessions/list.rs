//! The list *Mobile Users Logged In*, and a session's page.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use domain::mobile_sessions::{
    MobileChoices, MobileOrder, MobileQuery, MobileSessionRow, MobileSessionView, Wipe,
};
use domain::page::Count;
use domain::tokens::Bounds;
use domain::{Page, Permission, Refusal, TokenId};

use super::{Context, MobileSessions, context, sql};
use crate::error::{Result, corrupt};
use crate::keyset::{self, MOST_BY_ID};
use crate::times::Times;
use crate::tokens::Filters;
use crate::user_types::UserTypes;
use crate::{Caller, audit, departments, people};

/// People whose sessions a search finds, at most.
const MOST_PEOPLE: usize = 500;

impl MobileSessions<'_> {
    /// A page of the list.
    ///
    /// # Errors
    /// [`Refusal::Forbidden`]; [`Refusal::Malformed`] for a cursor that is none of ours.
    pub async fn list(&self, caller: &Caller, query: &MobileQuery) -> Result<Page<MobileSessionRow>> {
        self.list_within(caller, query, &Filters::default()).await
    }

    /// The same, narrowed further.
    ///
    /// # Errors
    /// As [`list`](Self::list).
    pub async fn list_within(
        &self,
        caller: &Caller,
        query: &MobileQuery,
        filters: &Filters,
    ) -> Result<Page<MobileSessionRow>> {
        caller.may(Permission::MobileSessionsRead)?;
        let start = sql::order(query).start(query.after.as_ref())?;
        if query.order == MobileOrder::LastActive || !filters.last_used.is_open() {
            self.note_uses().await?;
        }
        let rows = keyset::rows(query.rows);
        let Some(wanted) = self.wanted(caller, query, filters).await? else {
            return Ok(Page::empty());
        };
        let mut conn = self.0.db.read().await?;
        let found = sql::list(&mut conn, &caller.scope, &wanted, &start, rows + 1).await?;
        let page = keyset::page_of(found, rows, &start, |row| row.place(query.order));
        let times = self.0.times(caller);
        Ok(Page {
            rows: page
                .rows
                .into_iter()
                .map(|row| shown(row, &times))
                .collect::<Result<_>>()?,
            next: page.next,
            prev: page.prev,
        })
    }

    /// How many sessions a list has, up to ten thousand.
    ///
    /// # Errors
    /// [`Refusal::Forbidden`].
    pub async fn count(&self, caller: &Caller, query: &MobileQuery) -> Result<i64> {
        Ok(self
            .count_within(caller, query, &Filters::default())
            .await?
            .number())
    }

    /// The same of a list that is narrowed further.
    ///
    /// # Errors
    /// [`Refusal::Forbidden`].
    pub async fn count_within(
        &self,
        caller: &Caller,
        query: &MobileQuery,
        filters: &Filters,
    ) -> Result<Count> {
        caller.may(Permission::MobileSessionsRead)?;
        let Some(wanted) = self.wanted(caller, query, filters).await? else {
            return Ok(Count::Exactly(0));
        };
        let mut conn = self.0.db.read().await?;
        Ok(sql::count(&mut conn, &caller.scope, &wanted).await?)
    }

    /// Some sessions as they are now. Ids that the caller may not see are left out.
    ///
    /// # Errors
    /// [`Refusal::Forbidden`].
    pub async fn rows(&self, caller: &Caller, ids: &[TokenId]) -> Result<Vec<MobileSessionRow>> {
        caller.may(Permission::MobileSessionsRead)?;
        self.changed_rows(caller, ids).await
    }

    /// The same to anyone who just changed them, and may have no permission to see all others.
    async fn changed_rows(&self, caller: &Caller, ids: &[TokenId]) -> Result<Vec<MobileSessionRow>> {
        let ids = &ids[..ids.len().min(MOST_BY_ID)];
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let found = sql::by_ids(&mut self.0.db.read().await?, &caller.scope, ids).await?;
        let times = self.0.times(caller);
        let mut rows: HashMap<TokenId, MobileSessionRow> = found
            .into_iter()
            .map(|row| Ok((row.id, shown(row, &times)?)))
            .collect::<Result<_>>()?;
        Ok(ids.iter().filter_map(|id| rows.remove(id)).collect())
    }

    /// One session.
    ///
    /// # Errors
    /// [`Refusal::NotFound`].
    pub async fn row(&self, caller: &Caller, id: TokenId) -> Result<MobileSessionRow> {
        let rows = self.rows(caller, &[id]).await?;
        rows.into_iter().next().ok_or_else(|| Refusal::NotFound.into())
    }

    /// One session to anyone who just changed it, and may have no permission to see all others.
    pub(super) async fn changed(&self, caller: &Caller, id: TokenId) -> Result<MobileSessionRow> {
        let rows = self.changed_rows(caller, &[id]).await?;
        rows.into_iter().next().ok_or_else(|| Refusal::NotFound.into())
    }

    /// A session's page.
    ///
    /// # Errors
    /// [`Refusal::NotFound`].
    pub async fn view(&self, caller: &Caller, id: TokenId) -> Result<MobileSessionView> {
        caller.may(Permission::MobileSessionsRead)?;
        self.note_uses().await?;
        let times = self.0.times(caller);
        let mut conn = self.0.db.read().await?;
        let row = sql::by_id(&mut conn, &caller.scope, id)
            .await?
            .ok_or(Refusal::NotFound)?;
        let context = self
            .context_of(&mut conn, id)
            .await?
            .ok_or_else(|| corrupt("mobile_sessions", "token_id", id))?;
        let organisation = caller.organisation();
        let alive = sql::alive_of_person(&mut conn, organisation, row.person_id).await?;
        let others = alive.iter().filter(|other| other.id != id).count();
        let networks = sql::addresses(&mut conn, id).await?;
        Ok(MobileSessionView {
            permissions: context.permissions,
            ends: times.last_minute(context.ends_at),
            networks: networks
                .into_iter()
                .map(|(address, at)| (address, times.when(at)))
                .collect(),
            held_back: held_back(&context, times.now),
            others: i64::try_from(others).unwrap_or(i64::MAX),
            history: audit::history_of_token(&mut conn, &caller.scope, id, &times).await?,
            row: shown(row, &times)?,
        })
    }

    /// What the filters of the list offer: the departments that the caller sees, the user types, and the apps.
    ///
    /// # Errors
    /// [`Refusal::Forbidden`].
    pub async fn choices(&self, caller: &Caller) -> Result<MobileChoices> {
        caller.may(Permission::MobileSessionsRead)?;
        let mut conn = self.0.db.read().await?;
        let types = UserTypes::of(&mut conn, caller.organisation()).await?;
        let mut user_types: Vec<_> = types.all().map(|one| (one.id, one.name.clone())).collect();
        user_types.sort_by(|one, other| one.1.cmp(&other.1));
        let apps = sql::apps(&mut conn, caller.organisation()).await?;
        Ok(MobileChoices {
            departments: departments::within(&mut conn, &caller.scope).await?,
            user_types,
            apps: apps.into_iter().map(|app| (app.id, app.name)).collect(),
        })
    }

    /// What a list is narrowed to; `None` when nobody fits what was typed.
    async fn wanted(
        &self,
        caller: &Caller,
        query: &MobileQuery,
        filters: &Filters,
    ) -> Result<Option<sql::Wanted>> {
        let search = query.search.trim();
        let people = match search {
            "" => None,
            typed => {
                let organisation = caller
                    .scope
                    .whole_organisation("the department is asked of each session that is found");
                let mut conn = self.0.db.read().await?;
                Some(people::matching(&mut conn, organisation, typed, MOST_PEOPLE).await?)
            }
        };
        if people.as_ref().is_some_and(Vec::is_empty) {
            return Ok(None);
        }
        let addresses = match filters.last_network {
            Some(_) => {
                let mut conn = self.0.db.read().await?;
                filters.within_network(sql::last_addresses(&mut conn, caller.organisation()).await?)
            }
            None => None,
        };
        Ok(Some(sql::Wanted {
            query: query.clone(),
            filters: filters.clone(),
            now: self.0.clock.now(),
            people,
            addresses,
        }))
    }
}

/// Why a session opens nothing although its own row says that it is alive.
fn held_back(context: &Context, now: DateTime<Utc>) -> Option<String> {
    let is_alive = context.bounds.state(now) == domain::tokens::State::Live;
    if is_alive && context.wipe == Wipe::Pending {
        return Some("It opens nothing: the app is to remove everything first.".into());
    }
    (is_alive && context.void.is_some())
        .then(|| "It opens nothing: the person's access has ended.".to_owned())
}

fn shown(row: sql::Listed, times: &Times) -> Result<MobileSessionRow> {
    let bounds = Bounds {
        expires_at: row.expires_at,
        suspended: row.suspended_at.is_some(),
        revoked: row.revoked_at.is_some(),
        ..Bounds::default()
    };
    let expires_at = row
        .expires_at
        .ok_or_else(|| corrupt("tokens", "expires_at", row.id))?;
    Ok(MobileSessionRow {
        state: bounds.state(times.now),
        wipe: context::wipe(row.wipe_asked_at, row.wiped_at),
        email: row
            .email
            .parse()
            .map_err(|_| corrupt("people", "email", row.person_id))?,
        id: row.id,
        person: row.person_id,
        name: row.name,
        department: row.department_id.zip(row.department),
        user_type: row.user_type,
        app: (row.app_id, row.app),
        device: row.device,
        version: row.version,
        system: row.system,
        signed_in: times.when(row.created_at),
        last_active: times.when(row.last_active_at),
        last_address: row.last_address,
        expires: times.last_minute(expires_at),
        expires_at,
    })
}
