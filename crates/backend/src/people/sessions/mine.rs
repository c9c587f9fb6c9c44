//! One's own sessions and password.

use domain::people::SessionRow;
use domain::{Refusal, SessionId};
use serde_json::Value;

use super::{end_sessions, sql};
use crate::attempts::{self, Budget};
use crate::audit::{Entry, Event};
use crate::error::Result;
use crate::people::{People, sql as people_sql};
use crate::times::Times;
use crate::{Caller, SignedIn};

impl People<'_> {
    /// The browsers that are signed in as the caller, the last seen first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn sessions(&self, caller: &Caller) -> Result<Vec<SessionRow>> {
        let &SignedIn { person, session, .. } = caller.signed_in()?;
        let now = self.0.clock.now();
        let times = Times {
            zone: caller.time_zone,
            now,
        };
        let rows = sql::of_person(&mut self.0.db.read().await?, person, now).await?;
        let mut sessions = Vec::with_capacity(rows.len());
        for row in rows {
            if row.last_seen_at + row.kind()?.idle() > now {
                sessions.push(SessionRow {
                    id: row.id,
                    is_this: row.id == session,
                    device: row.device,
                    address: row.address,
                    signed_in: times.when(row.created_at),
                    last_seen: times.when(row.last_seen_at),
                });
            }
        }
        Ok(sessions)
    }

    /// Signs out one of the caller's own browsers.
    ///
    /// # Errors
    /// Not found: no such session, or somebody else's.
    pub async fn end_session(&self, caller: &Caller, session: SessionId) -> Result<()> {
        let person = caller.signed_in()?.person;
        let mut tx = self.0.db.write().await?;
        if !sql::end(&mut tx, person, session, self.0.clock.now()).await? {
            return Err(Refusal::NotFound.into());
        }
        let entry = Entry::person(Event::SessionEnded, person, Value::Null);
        self.0.record(&mut tx, caller, entry).await?;
        self.0.commit(tx).await
    }

    /// Changes one's own password, and signs all other browsers out.
    ///
    /// # Errors
    /// Refused at `old` or `new`, or because of too many attempts.
    pub async fn change_password(&self, caller: &Caller, old: &str, new: &str) -> Result<()> {
        let &SignedIn { person, session, .. } = caller.signed_in()?;
        let new = domain::organisations::password(new).map_err(|sentence| Refusal::at("new", sentence))?;
        let tries = [self.0.try_on(Budget::SIGN_IN_HERE, &format!("change {person}"))];
        let mut tx = self.0.db.write().await?;
        attempts::count(&mut tx, &tries, self.0.clock.now()).await?;
        let row = people_sql::by_id(&mut tx, &caller.scope, person)
            .await?
            .ok_or(Refusal::NotFound)?;
        tx.commit().await?;

        if !self.0.passwords.fits(old, row.password_hash).await? {
            return Err(Refusal::at("old", "This is not your password.").into());
        }
        let hash = self.0.passwords.hash(&new).await?;

        let mut tx = self.0.db.write().await?;
        attempts::clear(&mut tx, &tries).await?;
        people_sql::set_password(&mut tx, person, &hash).await?;
        end_sessions(&mut tx, person, Some(session), self.0.clock.now()).await?;
        let entry = Entry::person(Event::PasswordChanged, person, Value::Null);
        self.0.record(&mut tx, caller, entry).await?;
        self.0.commit(tx).await
    }
}
