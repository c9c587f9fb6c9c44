//! One's own sessions and password.

use domain::people::SessionRow;
use domain::{Refusal, SessionId};
use serde_json::Value;

use super::{end_sessions, sql};
use crate::Actor;
use crate::attempts::{self, Budget};
use crate::audit::{Entry, Event};
use crate::error::Result;
use crate::people::{People, sql as people_sql};
use crate::times::Times;

impl People<'_> {
    /// The browsers that are signed in as the one who asks, the last seen first.
    ///
    /// # Errors
    /// A fault.
    pub async fn sessions(&self, actor: &Actor) -> Result<Vec<SessionRow>> {
        let now = self.0.clock.now();
        let times = Times {
            zone: actor.time_zone,
            now,
        };
        let rows = sql::of_person(&mut self.0.db.read().await?, actor.person, now).await?;
        let mut sessions = Vec::with_capacity(rows.len());
        for row in rows {
            if row.last_seen_at + row.kind()?.idle() > now {
                sessions.push(SessionRow {
                    id: row.id,
                    is_this: row.id == actor.session,
                    device: row.device,
                    address: row.address,
                    signed_in: times.when(row.created_at),
                    last_seen: times.when(row.last_seen_at),
                });
            }
        }
        Ok(sessions)
    }

    /// Signs one of one's own browsers out.
    ///
    /// # Errors
    /// Not found: no such session, or somebody else's.
    pub async fn end_session(&self, actor: &Actor, session: SessionId) -> Result<()> {
        let mut tx = self.0.db.write().await?;
        if !sql::end(&mut tx, actor.person, session, self.0.clock.now()).await? {
            return Err(Refusal::NotFound.into());
        }
        let entry = Entry::person(Event::SessionEnded, actor.person, Value::Null);
        self.0.record(&mut tx, actor, entry).await?;
        self.0.commit(tx).await
    }

    /// Changes one's own password, and signs all other browsers out.
    ///
    /// # Errors
    /// Refused at `old` or `new`, or because of too many tries.
    pub async fn change_password(&self, actor: &Actor, old: &str, new: &str) -> Result<()> {
        let new = domain::organisations::password(new).map_err(|sentence| Refusal::at("new", sentence))?;
        let tries = [self
            .0
            .try_on(Budget::SIGN_IN_HERE, &format!("change {}", actor.person))];
        let mut tx = self.0.db.write().await?;
        attempts::count(&mut tx, &tries, self.0.clock.now()).await?;
        let person = people_sql::by_id(&mut tx, actor.organisation, actor.person)
            .await?
            .ok_or(Refusal::NotFound)?;
        tx.commit().await?;

        if !self.0.passwords.fits(old, person.password_hash).await? {
            return Err(Refusal::at("old", "This is not your password.").into());
        }
        let hash = self.0.passwords.hash(&new).await?;

        let mut tx = self.0.db.write().await?;
        attempts::clear(&mut tx, &tries).await?;
        people_sql::set_password(&mut tx, actor.person, &hash).await?;
        end_sessions(&mut tx, actor.person, Some(actor.session), self.0.clock.now()).await?;
        let entry = Entry::person(Event::PasswordChanged, actor.person, Value::Null);
        self.0.record(&mut tx, actor, entry).await?;
        self.0.commit(tx).await
    }
}
