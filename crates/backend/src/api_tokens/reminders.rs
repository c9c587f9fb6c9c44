//! Reminders of API tokens that end soon: in the morning of some days before the end, where the organisation is.
//!
//! A token's row says when somebody is reminded of it next. Whoever moves that instant on, in the transaction that writes
//! the mails, has reminded: two servers that find the same row cannot both move it. What was missed while no server ran
//! is one mail, the one that fits the day.

use chrono::{DateTime, Days, NaiveDate, TimeDelta, Utc};
use chrono_tz::Tz;
use database::WriteTx;
use domain::tokens::State;
use domain::{DepartmentId, Permission, TokenId, UserTypeId};
use serde_json::json;

use super::{ApiTokens, sql};
use crate::error::{Result, corrupt};
use crate::mail::{Class, NewMail, Template};
use crate::times::Times;
use crate::tokens::{self, Token};
use crate::user_types::UserTypes;
use crate::{Scope, times};

/// How many days before the last one somebody is reminded.
const DAYS_BEFORE: [u64; 7] = [60, 30, 14, 7, 3, 1, 0];

/// From so many days before the last one on, the department's administrators are told of a token that is in use.
const URGENT: i64 = 3;

/// A token that was used within so many days is in use.
const IN_USE: TimeDelta = TimeDelta::days(30);

/// When in the day it is.
const MORNING: TimeDelta = TimeDelta::hours(8);

/// Rows that are read in one go.
const AT_ONCE: i64 = 1_000;

/// When somebody is reminded of a token next, after an instant.
pub(super) fn next(end: Option<DateTime<Utc>>, after: DateTime<Utc>, zone: Tz) -> Option<DateTime<Utc>> {
    let end = end?;
    let there = Times { zone, now: after };
    DAYS_BEFORE
        .into_iter()
        .filter_map(|days| {
            Some(morning(
                &there,
                last_day(end, zone).checked_sub_days(Days::new(days))?,
            ))
        })
        .find(|at| *at > after && *at < end)
}

/// Whether the time of reminders has come at all.
fn has_begun(end: DateTime<Utc>, there: &Times) -> bool {
    let first = last_day(end, there.zone).checked_sub_days(Days::new(DAYS_BEFORE[0]));
    first.is_none_or(|first| morning(there, first) <= there.now)
}

/// The last day on which a token opens something.
fn last_day(end: DateTime<Utc>, zone: Tz) -> NaiveDate {
    (end - TimeDelta::microseconds(1))
        .with_timezone(&zone)
        .date_naive()
}

fn morning(there: &Times, day: NaiveDate) -> DateTime<Utc> {
    there.start_of(day) + MORNING
}

impl ApiTokens<'_> {
    /// Reminds of every token for which the time has come; says of how many. In a quarantine, of none: it may have been
    /// revoked since.
    ///
    /// # Errors
    /// A fault; what was written until then stays, and the rest comes next time.
    pub async fn remind(&self) -> Result<usize> {
        self.note_uses().await?;
        if self.0.is_held() {
            return Ok(0);
        }
        let now = self.0.clock.now();
        let mut reminded = 0;
        loop {
            let due = {
                let mut conn = self.0.db.read().await?;
                sql::to_remind(&mut conn, now, AT_ONCE).await?
            };
            for one in &due {
                reminded += usize::from(self.remind_of(one, now).await?);
            }
            if i64::try_from(due.len()).unwrap_or(AT_ONCE) < AT_ONCE {
                return Ok(reminded);
            }
        }
    }

    /// Reminds of one token, unless another server has done it. Says whether somebody was written to.
    async fn remind_of(&self, due: &sql::Due, now: DateTime<Utc>) -> Result<bool> {
        let mut tx = self.0.db.write_slice().await?;
        let whole = Scope::new(due.organisation_id, None);
        let found = tokens::load(&mut tx, self.0, &whole, due.token_id).await?;
        let token = found
            .ok_or_else(|| corrupt("api_tokens", "token_id", due.token_id))?
            .token;
        let details = sql::details(&mut tx, due.organisation_id, due.token_id)
            .await?
            .ok_or_else(|| corrupt("api_tokens", "token_id", due.token_id))?;
        let zone = times::zone(&details.time_zone)
            .ok_or_else(|| corrupt("organisations", "time_zone", due.organisation_id))?;
        let there = Times { zone, now };
        let is_open = token.deleted_at.is_none() && token.bounds.state(now) == State::Live;
        let end = token.bounds.expires_at.filter(|_| is_open);
        if !sql::move_reminder(&mut tx, due, next(end, now, zone)).await? {
            return Ok(false);
        }
        let is_somebodys = details.deactivated_at.is_none() && details.cancelled_at.is_none();
        let written = match end.filter(|end| is_somebodys && has_begun(*end, &there)) {
            Some(end) => {
                self.write_reminders(&mut tx, &token, &details, end, &there)
                    .await?
            }
            None => false,
        };
        self.0.commit(tx).await?;
        Ok(written)
    }

    async fn write_reminders(
        &self,
        tx: &mut WriteTx,
        token: &Token,
        details: &sql::Details,
        end: DateTime<Utc>,
        there: &Times,
    ) -> Result<bool> {
        let left = (last_day(end, there.zone) - there.today()).num_days();
        let is_used = details.last_used_at.is_some_and(|at| at > there.now - IN_USE);
        let readers = readers(tx, token, details, left <= URGENT && is_used).await?;
        let used = details.last_used_at.map(|at| there.when(at).date);
        let facts = json!({
            "organisation": details.organisation,
            "token": token.name,
            "until": there.with_zone(&there.last_minute(end)),
            "left": in_words(left),
            "used": used.clone().filter(|_| is_used),
            "unused": match (is_used, used) {
                (true, _) => None,
                (false, Some(date)) => Some(format!("since {date}")),
                (false, None) => Some("ever".to_owned()),
            },
            "page": page(&self.0.settings.public_url, token.id),
        });
        for reader in &readers {
            let to = reader
                .email
                .parse()
                .map_err(|_| corrupt("people", "email", reader.id))?;
            let mail = NewMail {
                to_name: reader.name.clone(),
                facts: facts.clone(),
                token: Some(token.id),
                class: Class::Reminder,
                department: token.department,
                ..NewMail::to(token.organisation, to, Template::TokenEnds)
            };
            self.0.queue_mail(tx, mail).await?;
        }
        Ok(!readers.is_empty())
    }
}

/// Who is written to about a token: the person behind it, or who answers for the service user, and whoever made it; if it
/// is urgent, or nobody answers for the service user any more, the administrators, too.
pub(super) async fn readers(
    tx: &mut WriteTx,
    token: &Token,
    details: &sql::Details,
    is_urgent: bool,
) -> Result<Vec<sql::Reader>> {
    let department = token.department.or(details.person_department);
    let mut readers = sql::behind(tx, token.organisation, token.id, details.person_id).await?;
    let is_answered_for = details
        .owner_id
        .is_none_or(|owner| readers.iter().any(|reader| reader.id == owner));
    if is_urgent || !is_answered_for {
        let mut admins = administrators(tx, token, department).await?;
        if admins.is_empty() && !is_answered_for {
            admins = administrators(tx, token, None).await?;
        }
        for admin in admins {
            if readers.iter().all(|reader| reader.id != admin.id) {
                readers.push(admin);
            }
        }
    }
    Ok(readers)
}

/// Who manages API tokens in a department or above it; of a token that no department limits, in the whole organisation.
async fn administrators(
    tx: &mut WriteTx,
    token: &Token,
    department: Option<DepartmentId>,
) -> Result<Vec<sql::Reader>> {
    let types = UserTypes::of(tx, token.organisation).await?;
    let able: Vec<UserTypeId> = types
        .all()
        .filter(|one| one.permissions.contains(Permission::ApiTokensManage))
        .map(|one| one.id)
        .collect();
    Ok(sql::administrators(tx, token.organisation, department, able).await?)
}

fn in_words(days: i64) -> String {
    match days {
        ..=0 => "today".into(),
        1 => "tomorrow".into(),
        days => format!("in {days} days"),
    }
}

fn page(address: &str, token: TokenId) -> String {
    format!("{address}/administrator/tokens/{token}")
}

#[cfg(test)]
mod tests {
    use super::*;

    const ZONE: Tz = Tz::Pacific__Auckland;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().expect("an instant")
    }

    #[test]
    fn reminders_come_in_the_morning_where_the_organisation_is_and_stop_before_the_end() {
        // Through 31 December in Auckland, which is thirteen hours ahead.
        let end = at("2026-12-31T11:00:00Z");
        let mut now = at("2026-10-01T00:00:00Z");
        let mut mornings = Vec::new();
        while let Some(next) = next(Some(end), now, ZONE) {
            mornings.push(next.with_timezone(&ZONE).format("%-d %b %H:%M").to_string());
            now = next;
        }
        let expected = [
            "1 Nov 08:00",
            "1 Dec 08:00",
            "17 Dec 08:00",
            "24 Dec 08:00",
            "28 Dec 08:00",
            "30 Dec 08:00",
            "31 Dec 08:00",
        ];
        assert_eq!(mornings, expected);
        assert_eq!(next(None, now, ZONE), None, "it never ends");
    }

    #[test]
    fn a_token_of_a_few_days_is_not_spoken_of_when_it_was_just_made() {
        let made = at("2026-11-01T00:00:00Z");
        let end = at("2026-11-06T00:00:00Z");
        let first = next(Some(end), made, ZONE).expect("one");
        assert_eq!(
            (last_day(end, ZONE) - first.with_timezone(&ZONE).date_naive()).num_days(),
            3
        );
        let early = at("2026-11-01T17:00:00Z");
        assert_eq!(next(Some(early), made, ZONE), None, "it ends before the morning");
    }
}
