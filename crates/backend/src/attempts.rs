//! Slowing down guessers.
//!
//! Attempts are counted in the database, so that the counts survive a restart and are shared by several servers. A
//! budget allows a number of attempts within a period that starts with the first of them. Attempts are counted before
//! they are made, so that a hundred at once are a hundred; a successful attempt is given back. A refused attempt is not
//! counted: a caller who waits is let in again, whatever others do meanwhile.
//!
//! Wrong codes are counted a little later, see [`wrong_codes`]: there may be thousands of them in a second.
//!
//! Keys are digests: the table names neither accounts nor addresses.

mod sql;
mod wrong_codes;

use std::net::IpAddr;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use database::{Conn, WriteTx};
use domain::Refusal;

use crate::error::{Error, Result};
use crate::{Backend, Client};

pub(crate) use wrong_codes::WrongCodes;

/// How many attempts are allowed within which time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Budget {
    /// What is counted; also the word in the database.
    scope: &'static str,
    most: i64,
    minutes: i64,
}

macro_rules! budgets {
    ($($(#[$doc:meta])* $name:ident = $scope:literal, $most:literal in $minutes:literal minutes;)+) => {
        impl Budget {
            $($(#[$doc])* pub(crate) const $name: Budget = Budget { scope: $scope, most: $most, minutes: $minutes };)+
            const ALL: &'static [Budget] = &[$(Self::$name),+];
        }
    };
}

budgets! {
    /// Passwords for one account from a browser that is known there.
    SIGN_IN_DEVICE = "sign_in.device", 10 in 15 minutes;
    /// Passwords for one account from one address.
    SIGN_IN_HERE = "sign_in.here", 10 in 15 minutes;
    /// Passwords for one account from anywhere that is not known at it.
    SIGN_IN_ACCOUNT = "sign_in.account", 50 in 60 minutes;
    /// Passwords from one address. A whole office can share one.
    SIGN_IN_ADDRESS = "sign_in.address", 100 in 15 minutes;
    /// Passwords in all.
    SIGN_IN_TOTAL = "sign_in.total", 3000 in 15 minutes;
    /// A person's own password, asked for again.
    CONFIRM_PERSON = "confirm.person", 10 in 15 minutes;
    /// Set-up codes from one address.
    SET_UP_ADDRESS = "set_up.address", 10 in 15 minutes;
    /// Set-up codes in all.
    SET_UP_TOTAL = "set_up.total", 200 in 60 minutes;
    /// Sessions for a form that is sent repeatedly.
    FORM_AGAIN = "form.again", 5 in 60 minutes;
    /// Wrong codes from one address.
    CODE_ADDRESS = "code.address", 30 in 10 minutes;
    /// Wrong codes in all.
    CODE_TOTAL = "code.total", 10000 in 10 minutes;
    /// Sign-in links to one mailbox.
    LINK_MAILBOX = "link.mailbox", 3 in 15 minutes;
    /// Sign-in links asked for from one address.
    LINK_ADDRESS = "link.address", 60 in 15 minutes;
    /// Test mails of an organisation.
    TEST_MAIL = "mail.test", 20 in 60 minutes;
    /// Reports of leaked tokens from one address.
    LEAK_ADDRESS = "leak.address", 60 in 60 minutes;
    /// Questions about leaked tokens from one address.
    LEAK_CHECK_ADDRESS = "leak.check", 60 in 60 minutes;
    /// Sign-in links in all.
    LINK_TOTAL = "link.total", 3000 in 15 minutes;
    /// Codes for claiming that are mailed to one mailbox.
    CLAIM_MAILBOX = "claim.mailbox", 5 in 15 minutes;
    /// The same, and requests to unlock, from one address. A whole class may claim together.
    CLAIM_ADDRESS = "claim.address", 300 in 15 minutes;
    /// Checks of credentials that take documents of other sites, from one address.
    CHECK_ADDRESS = "check.address", 60 in 15 minutes;
}

/// One budget of a person or thing.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Try {
    budget: Budget,
    key: Vec<u8>,
}

impl Backend {
    /// A budget for what the text names: an account, a mailbox; blank for the total.
    pub(crate) fn try_on(&self, budget: Budget, name: &str) -> Try {
        Try {
            budget,
            key: self.keys.look_up(budget.scope, name).digest,
        }
    }

    /// A budget for what the bytes identify.
    pub(crate) fn try_on_bytes(&self, budget: Budget, bytes: &[u8]) -> Try {
        self.try_on(budget, &URL_SAFE_NO_PAD.encode(bytes))
    }

    /// A budget for the caller's address.
    pub(crate) fn try_from(&self, budget: Budget, client: &Client) -> Try {
        self.try_on(budget, &network(client.address))
    }
}

/// Refuses a caller who is over a budget before a transaction is begun: otherwise refusals alone could occupy SQLite's
/// only writer. Nothing is counted.
///
/// # Errors
/// [`Refusal::TooMany`], with the seconds to wait.
pub(crate) async fn check(conn: &mut Conn, tries: &[Try], now: DateTime<Utc>) -> Result<()> {
    for one in tries {
        if let Some(count) = sql::count(conn, one.budget.scope, &one.key).await?
            && count.failures >= one.budget.most
            && count.since > one.budget.start(now)
        {
            return Err(one.budget.too_many(count.since, now).into());
        }
    }
    Ok(())
}

/// Counts an attempt against each budget. Budgets are listed in the order in which they are locked, which is the same
/// everywhere.
///
/// # Errors
/// [`Refusal::TooMany`]; the transaction must then not be committed, so that the refused attempt is not counted.
pub(crate) async fn count(tx: &mut WriteTx, tries: &[Try], now: DateTime<Utc>) -> Result<()> {
    for one in tries {
        let count = sql::add(tx, one, 1, now).await?;
        if count.failures > one.budget.most {
            return Err(one.budget.too_many(count.since, now).into());
        }
    }
    Ok(())
}

/// Whether any budget is used up. Nothing is counted.
///
/// # Errors
/// When the database fails.
pub(crate) async fn is_over(conn: &mut Conn, tries: &[Try], now: DateTime<Utc>) -> Result<bool> {
    match check(conn, tries, now).await {
        Ok(()) => Ok(false),
        Err(Error::Refused(_)) => Ok(true),
        Err(fault) => Err(fault),
    }
}

/// Counts an attempt against each budget, in their order, and returns whether any is exceeded. For attempts that are
/// then slowed down, not refused.
///
/// # Errors
/// When the database fails.
pub(crate) async fn count_on(tx: &mut WriteTx, tries: &[Try], now: DateTime<Utc>) -> Result<bool> {
    let mut is_over = false;
    for one in tries {
        is_over |= sql::add(tx, one, 1, now).await?.failures > one.budget.most;
    }
    Ok(is_over)
}

/// Counts some attempts against a budget, and returns how many of them it has room for.
///
/// # Errors
/// When the database fails.
pub(crate) async fn room_for(tx: &mut WriteTx, one: &Try, tries: i64, now: DateTime<Utc>) -> Result<i64> {
    let before = sql::add(tx, one, tries, now).await?.failures - tries;
    Ok((one.budget.most - before).clamp(0, tries))
}

/// Gives back an attempt that succeeded.
pub(crate) async fn give_back(tx: &mut WriteTx, tries: &[Try]) -> Result<()> {
    for one in tries {
        sql::take_back(tx, one.budget.scope, &one.key).await?;
    }
    Ok(())
}

/// Forgets all attempts: the caller turned out to be who they said they were.
pub(crate) async fn clear(tx: &mut WriteTx, tries: &[Try]) -> Result<()> {
    for one in tries {
        sql::remove(tx, one.budget.scope, &one.key).await?;
    }
    Ok(())
}

/// Removes expired counts.
pub(crate) async fn sweep(tx: &mut WriteTx, now: DateTime<Utc>) -> Result<()> {
    let longest = Budget::ALL
        .iter()
        .map(|budget| budget.minutes)
        .max()
        .unwrap_or_default();
    sql::sweep(tx, now - TimeDelta::minutes(longest)).await?;
    Ok(())
}

impl Budget {
    /// Counts that began at this instant or earlier have expired.
    fn start(self, now: DateTime<Utc>) -> DateTime<Utc> {
        now - TimeDelta::minutes(self.minutes)
    }

    fn too_many(self, since: DateTime<Utc>, now: DateTime<Utc>) -> Refusal {
        Refusal::TooMany {
            seconds: self.wait(since, now),
        }
    }

    /// The seconds until a count that began then expires.
    fn wait(self, since: DateTime<Utc>, now: DateTime<Utc>) -> i64 {
        let wait = since + TimeDelta::minutes(self.minutes) - now;
        wait.num_seconds().max(1)
    }
}

/// The part of an address that belongs to one subscriber: all of an IPv4 address, the first half of an IPv6 one.
pub(crate) fn network(address: Option<IpAddr>) -> String {
    match address.map(|address| address.to_canonical()) {
        None => String::new(),
        Some(IpAddr::V4(address)) => address.to_string(),
        Some(IpAddr::V6(address)) => {
            let [a, b, c, d, ..] = address.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::on_each_engine;

    #[test]
    fn a_subscriber_has_one_ipv4_address_or_half_an_ipv6_one() {
        let of = |text: &str| network(Some(text.parse().expect("an address")));
        assert_eq!(of("2001:db8:1:2::1"), of("2001:db8:1:2:ffff::9"));
        assert_ne!(of("2001:db8:1:2::1"), of("2001:db8:1:3::1"));
        assert_eq!(of("::ffff:192.0.2.1"), "192.0.2.1");
    }

    #[tokio::test]
    async fn a_budget_allows_so_many_tries_and_then_asks_to_wait() {
        on_each_engine(async |world| {
            let backend = &world.backend;
            let tries = [backend.try_on(Budget::LINK_MAILBOX, "ada@example.org")];
            let others = [backend.try_on(Budget::LINK_MAILBOX, "grete@example.org")];
            let one_more = async || {
                let now = backend.clock.now();
                check(&mut backend.db.read().await?, &tries, now).await?;
                let mut tx = backend.db.write().await?;
                count(&mut tx, &tries, now).await?;
                tx.commit().await?;
                crate::Result::Ok(())
            };
            for _ in 0..3 {
                one_more().await.expect("within the budget");
                backend.clock.advance(TimeDelta::minutes(1));
            }

            let crate::Error::Refused(Refusal::TooMany { seconds }) = one_more().await.expect_err("too many")
            else {
                panic!("another refusal");
            };

            assert_eq!(seconds, 12 * 60, "the time starts with the first try");
            let mut tx = backend.db.write().await.expect("a transaction");
            assert!(
                count(&mut tx, &tries, backend.clock.now()).await.is_err(),
                "also without looking first"
            );
            drop(tx);
            let mut conn = backend.db.read().await.expect("a reader");
            assert!(
                check(&mut conn, &others, backend.clock.now()).await.is_ok(),
                "others are not concerned"
            );
            drop(conn);
            backend.clock.advance(TimeDelta::minutes(12));
            one_more().await.expect("listened to again");
        })
        .await;
    }

    #[tokio::test]
    async fn tries_are_given_back_forgotten_and_swept() {
        on_each_engine(async |world| {
            let backend = &world.backend;
            let tries = [backend.try_from(Budget::LINK_MAILBOX, &Client::default())];
            let now = backend.clock.now();
            let rows = async || {
                let mut conn = backend.db.read().await.expect("a reader");
                conn.query("SELECT CAST(COUNT(*) AS BIGINT) FROM attempts")
                    .number()
                    .await
                    .expect("a count")
            };
            let mut tx = backend.db.write().await.expect("a transaction");
            for _ in 0..20 {
                count(&mut tx, &tries, now).await.expect("within the budget");
                give_back(&mut tx, &tries).await.expect("given back");
            }
            count(&mut tx, &tries, now).await.expect("within the budget");
            clear(&mut tx, &tries).await.expect("forgotten");
            tx.commit().await.expect("committed");
            assert_eq!(rows().await, 0);

            let mut tx = backend.db.write().await.expect("a transaction");
            count(&mut tx, &tries, now).await.expect("within the budget");
            sweep(&mut tx, now).await.expect("too early");
            tx.commit().await.expect("committed");
            assert_eq!(rows().await, 1);
            let mut tx = backend.db.write().await.expect("a transaction");
            sweep(&mut tx, now + TimeDelta::hours(2)).await.expect("swept");
            tx.commit().await.expect("committed");
            assert_eq!(rows().await, 0);
        })
        .await;
    }
}
