//! A page token that somebody found where it does not belong.

use domain::Permissions;
use domain::tokens::{Family, State};
use serde_json::json;

use super::gate::known::Known;
use super::{PageTokens, sql};
use crate::audit::{Entry, Event, Who};
use crate::error::Result;
use crate::mail::{NewMail, Template};
use crate::scan_digest::ScanDigest;
use crate::verify::Verified;
use crate::{Client, Scope, people, tokens};

impl PageTokens<'_> {
    /// What a secret opens at this moment; nothing is counted.
    ///
    /// # Errors
    /// A fault.
    pub(crate) async fn verify(&self, secret: &str) -> Result<Option<Verified>> {
        let mut conn = self.reader().await?;
        let known = Known::by_secret_text(&mut conn, self.0, secret).await?;
        let now = self.0.clock.now();
        let opens = |known: &Known| !known.is_gone && known.bounds().state(now) == State::Live;
        Ok(known.filter(opens).map(|known| Verified {
            kind: "page token",
            id: known.token,
            name: known.rule.url.to_string(),
            tenant: known.organisation,
            permissions: Permissions::NONE,
            expires_at: known.bounds().expires_at,
        }))
    }

    /// The secrets with one of these numbers that open something now, those in the grace of a rotation too.
    ///
    /// # Errors
    /// A fault.
    pub(crate) async fn alive_by_scan(&self, buckets: &[i64]) -> Result<Vec<ScanDigest>> {
        let now = self.0.clock.now();
        let mut conn = self.reader().await?;
        let mut found = sql::previous_by_scan(&mut conn, buckets, now).await?;
        let current = tokens::scanned(&mut conn, Family::Page, buckets).await?;
        found.extend(current.into_iter().map(|row| (row.id, row.scan_digest)));
        let mut alive = Vec::new();
        for (token, digest) in found {
            if let Some(known) = Known::by_id(&mut conn, self.0, token).await?
                && !known.is_gone
                && known.bounds().state(now) == State::Live
            {
                alive.extend(ScanDigest::read(&digest));
            }
        }
        Ok(alive)
    }

    /// Somebody found a token where it does not belong, and shows it: it is revoked, and whoever made it is told. A secret
    /// that was rotated and opens nothing any more ends nothing.
    ///
    /// # Errors
    /// A fault.
    pub(crate) async fn was_leaked(&self, secret: &str, client: &Client) -> Result<()> {
        let known = {
            let mut conn = self.0.db.read().await?;
            Known::by_secret_text(&mut conn, self.0, secret).await?
        };
        let Some(known) = known else {
            return Ok(());
        };
        let whole = Scope::new(known.organisation, None);
        let mut tx = self.0.db.write().await?;
        let found = tokens::lock(&mut tx, self.0, &whole, known.token).await?;
        let Some(token) = found
            .map(|found| found.token)
            .filter(|token| !token.bounds.revoked)
        else {
            return Ok(());
        };
        tokens::revoke(&mut tx, &token, self.0.clock.now()).await?;
        let who = Who {
            name: "somebody who found it".into(),
            address: client.address_text(),
            ..Who::program(known.organisation)
        };
        let facts = json!({ "hint": known.hint });
        let entry = Entry::token(Event::PageTokenLeaked, Family::Page, token.id, facts);
        self.0.record(&mut tx, who, entry).await?;
        let maker = match token.created_by {
            Some(person) => people::mailbox(&mut tx, &whole, person).await?,
            None => None,
        };
        if let Some((name, email)) = maker {
            let mail = NewMail {
                to_name: name,
                facts: json!({
                    "organisation": sql::organisation_name(&mut tx, known.organisation).await?,
                    "page": known.rule.url.to_string(),
                    "hint": known.hint,
                }),
                token: Some(token.id),
                department: token.department,
                ..NewMail::to(known.organisation, email, Template::PageTokenLeaked)
            };
            self.0.queue_mail(&mut tx, mail).await?;
        }
        self.0.commit(tx).await?;
        self.0.gate.forget();
        Ok(())
    }
}
