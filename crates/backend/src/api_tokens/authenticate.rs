//! A request with a token becomes a caller.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use database::{Conn, WriteTx};
use domain::EmailAddress;
use domain::prefixed::{Prefix, PrefixedSecret};
use domain::tokens::Family;
use serde_json::json;

use super::cache::Entry;
use super::context::{Context, TokenCaller};
use super::sql::Replaced;
use super::why::Why;
use super::{API, ApiTokens, Left, Meter, reminders, sql};
use crate::audit::{Entry as Recorded, Event, Who};
use crate::error::{Error, Result, corrupt};
use crate::mail::{NewMail, Template};
use crate::tokens::{self, Presented, Token};
use crate::{Caller, Client, Scope};

/// A token that was let in.
pub struct Known {
    /// Who calls.
    pub caller: Caller,
    /// What counts what it does.
    pub meter: Arc<Meter>,
    /// What its program should know in time.
    pub notes: Notes,
}

/// What a program is told with each answer, before it is too late.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Notes {
    /// When the token ends, if that is soon.
    pub ends_at: Option<DateTime<Utc>>,
    /// Until when the secret still opens, if it was replaced.
    pub replaced_until: Option<DateTime<Utc>>,
    /// How much it may still call, if there is a limit.
    pub limit: Option<Left>,
    /// How much all tokens of the organisation together may still call, if there is a limit.
    pub organisation_limit: Option<Left>,
}

/// How long before its end a token is told so with each answer.
const SOON: TimeDelta = TimeDelta::days(14);

/// Why a token is not let in.
#[derive(Debug)]
pub enum Denied {
    /// It opens nothing, and nobody is told why.
    Unknown,
    /// It was replaced, and its grace is over: anyone who uses it should not have it.
    Replaced,
    /// Its time is over.
    Expired,
    /// It is paused.
    Suspended,
    /// It may not be used from there.
    Network,
    /// It lives longer than the organisation's policy allows.
    Policy,
    /// It is limited to no network, which the organisation's policy asks for.
    PolicyNetworks,
    /// The app that has it is to remove everything that it holds, and to say so.
    Wipe,
    /// It calls too often.
    TooMany {
        /// Seconds until another request fits.
        seconds: i64,
    },
    /// Something broke.
    Fault(Error),
}

impl From<Error> for Denied {
    fn from(error: Error) -> Self {
        Self::Fault(error)
    }
}

impl From<database::Error> for Denied {
    fn from(error: database::Error) -> Self {
        Self::Fault(error.into())
    }
}

impl ApiTokens<'_> {
    /// The caller behind a secret, for a request that comes now, from there. Texts that cannot be one cost nothing.
    ///
    /// What is rarely done is boxed, so that the future of what is done for each request stays small: it is moved several
    /// times.
    ///
    /// # Errors
    /// [`Denied`].
    pub async fn authenticate(&self, secret: &str, client: &Client) -> Result<Known, Denied> {
        let secret = PrefixedSecret::parse(Prefix::API, secret).map_err(|_| Denied::Unknown)?;
        self.0.opens()?;
        let digest = self.0.keys.look_up(API.purpose.0, secret.reveal()).digest;
        let entry = match self.0.contexts.find(&self.0.db, &digest) {
            Ok(entry) => entry,
            Err(meter) => Box::pin(self.read(&secret, digest, meter))
                .await?
                .ok_or(Denied::Unknown)?,
        };
        let now = self.0.clock.now();
        if let Err(why) = entry.context.judge(now, entry.meter.last(), client) {
            if matches!(why, Why::Replaced(_)) {
                Box::pin(self.alarm(&entry.context, &secret, now, client)).await?;
            }
            return Err(why.into());
        }
        let (limit, organisation_limit) = self.paced(&entry, now)?;
        if entry
            .context
            .before
            .as_ref()
            .is_some_and(|before| before.until_first_use && before.opens_until > now)
        {
            Box::pin(self.end_grace(&entry.context, now)).await?;
        }
        if entry.meter.count(now, client) {
            self.0.token_uses.note(Arc::clone(&entry.meter));
        }
        let notes = Notes {
            limit,
            organisation_limit,
            ..entry.context.notes(now + SOON)
        };
        let caller = TokenCaller(Arc::clone(&entry.context)).caller(client);
        Ok(Known {
            caller,
            meter: entry.meter,
            notes,
        })
    }

    /// Lets a request in that comes neither too soon for its token nor for its organisation, and says what is left of both.
    fn paced(
        &self,
        entry: &Entry<Context>,
        now: DateTime<Utc>,
    ) -> Result<(Option<Left>, Option<Left>), Denied> {
        let pace = &entry.meter.pace;
        let policy = &entry.context.policy;
        if let Some(per_minute) = policy.per_minute {
            pace.admits(now, per_minute)
                .map_err(|seconds| Denied::TooMany { seconds })?;
        }
        let together = policy
            .organisation_per_minute
            .map(|per_minute| (self.0.paces.of(entry.context.organisation), per_minute));
        if let Some((together, per_minute)) = &together
            && let Err(seconds) = together.admits(now, *per_minute)
        {
            if let Some(per_minute) = policy.per_minute {
                pace.takes_back(per_minute);
            }
            return Err(Denied::TooMany { seconds });
        }
        Ok((
            policy.per_minute.map(|per_minute| pace.left(now, per_minute)),
            together.map(|(together, per_minute)| together.left(now, per_minute)),
        ))
    }

    /// The same for a question about a token: nothing is counted, and networks do not matter.
    pub(crate) async fn check(&self, secret: &str, client: &Client) -> Result<Caller, Denied> {
        Ok(self.check_token(secret, client).await?.caller(client))
    }

    /// The same, where a whole caller is not needed.
    pub(crate) async fn check_token(&self, secret: &str, client: &Client) -> Result<TokenCaller, Denied> {
        let secret = PrefixedSecret::parse(Prefix::API, secret).map_err(|_| Denied::Unknown)?;
        let digest = self.0.keys.look_up(API.purpose.0, secret.reveal()).digest;
        let entry = match self.0.contexts.find(&self.0.db, &digest) {
            Ok(entry) => entry,
            Err(meter) => Box::pin(self.read(&secret, digest, meter))
                .await?
                .ok_or(Denied::Unknown)?,
        };
        match entry
            .context
            .judge(self.0.clock.now(), entry.meter.last(), client)
        {
            Ok(()) | Err(Why::Network) => Ok(TokenCaller(entry.context)),
            Err(why) => Err(why.into()),
        }
    }

    /// Reads what a secret belongs to, and keeps it.
    async fn read(
        &self,
        secret: &PrefixedSecret,
        digest: Vec<u8>,
        meter: Option<Arc<Meter>>,
    ) -> Result<Option<Entry<Context>>> {
        let read_after = self.0.db.generations().moment();
        let Some((context, has_old_key)) = self.found(secret).await? else {
            self.0.contexts.forget(&digest);
            return Ok(None);
        };
        if has_old_key {
            let presented = Presented::prefixed(API.purpose, secret);
            // A database that takes no writes for now opens all the same.
            if let Err(error) = tokens::leave_old_key(self.0, presented).await {
                tracing::warn!(%error, "a token that was presented keeps its old key for now");
            }
        }
        let meter = meter.unwrap_or_else(|| {
            Arc::new(Meter::new(
                context.token,
                context.last_used_at,
                context.used_permissions,
            ))
        });
        Ok(Some(self.0.contexts.keep(
            digest,
            Arc::new(context),
            meter,
            read_after,
        )))
    }

    /// Everything that the rights of a token follow from, as it is now.
    pub(super) async fn context(&self, secret: &PrefixedSecret) -> Result<Option<Context>> {
        Ok(self.found(secret).await?.map(|(context, _)| context))
    }

    /// The same, and whether the secret is found by an older key than the current one.
    async fn found(&self, secret: &PrefixedSecret) -> Result<Option<(Context, bool)>> {
        let read_after = self.0.db.generations().moment();
        let look_ups = self.0.keys.look_ups(API.purpose.0, secret.reveal());
        let digests: Vec<_> = look_ups.into_iter().map(|look_up| look_up.digest).collect();
        let Some(read) = self.0.readings.read(self.0, digests.clone()).await? else {
            let replaced = self.replaced(digests).await?;
            return Ok(replaced.map(|context| (context, false)));
        };
        if !read.token.is_scannable {
            let presented = Presented::prefixed(API.purpose, secret);
            // A database that takes no writes for now opens all the same.
            if let Err(error) = tokens::become_scannable(self.0, &read.token, presented, secret).await {
                tracing::warn!(%error, "scanners cannot ask about a token that was presented, for now");
            }
        }
        let organisation = read.token.organisation;
        let policy = match self.0.policies.of(&self.0.db, organisation) {
            Some(policy) => policy,
            None => {
                let policy = sql::policy(&mut self.0.db.read().await?, organisation).await?;
                self.0.policies.keep(organisation, policy, read_after);
                policy
            }
        };
        let before = read.details.before(&read.token);
        let context = Context::new(&read.token, &read.details, policy, None, before)?;
        Ok(Some((context, read.has_old_key)))
    }

    /// The same for a secret that another one has replaced.
    async fn replaced(&self, digests: Vec<Vec<u8>>) -> Result<Option<Context>> {
        let mut conn = self.0.db.read().await?;
        let Some(replaced) = sql::replaced(&mut conn, digests).await? else {
            return Ok(None);
        };
        let whole = Scope::new(replaced.organisation_id, None);
        match tokens::load(&mut conn, self.0, &whole, replaced.token_id).await? {
            Some(found) => self.context_of(&mut conn, &found.token, Some(replaced)).await,
            None => Ok(None),
        }
    }

    /// The same for a token that was found already, by a secret that was replaced or by another way.
    pub(super) async fn context_of(
        &self,
        conn: &mut Conn,
        token: &Token,
        replaced: Option<Replaced>,
    ) -> Result<Option<Context>> {
        if token.kind.family != Family::Api {
            return Ok(None);
        }
        let details = sql::details(conn, token.organisation, token.id)
            .await?
            .ok_or_else(|| corrupt("api_tokens", "token_id", token.id))?;
        let policy = sql::policy(conn, token.organisation).await?;
        let before = match replaced {
            Some(_) => None,
            None => details.before(token),
        };
        Context::new(token, &details, policy, replaced, before).map(Some)
    }

    /// A secret that was replaced is used after its grace: recorded once, whoever it is, and its person is told.
    async fn alarm(
        &self,
        context: &Context,
        secret: &PrefixedSecret,
        now: DateTime<Utc>,
        client: &Client,
    ) -> Result<()> {
        let mut tx = self.0.db.write().await?;
        if sql::alarm(&mut tx, context.token, now).await? {
            let who = Who {
                name: "somebody with an old secret".into(),
                address: client.address_text(),
                ..Who::program(context.organisation)
            };
            let facts = json!({ "name": context.name });
            let entry = Recorded::token(Event::ApiTokenReused, Family::Api, context.token, facts);
            self.0.record(&mut tx, who, entry).await?;
            self.tell_person(&mut tx, context, secret, Template::TokenReused, client)
                .await?;
            self.0.commit(tx).await?;
        }
        Ok(())
    }

    /// Mails the person behind a token, or who answers for it, what happened to it.
    async fn tell_person(
        &self,
        tx: &mut WriteTx,
        context: &Context,
        secret: &PrefixedSecret,
        template: Template,
        client: &Client,
    ) -> Result<()> {
        for (to_name, email) in self.told_of(tx, context).await? {
            let mail = NewMail {
                to_name,
                facts: json!({
                    "organisation": context.organisation_name,
                    "token": context.name,
                    "hint": secret.hint().to_string(),
                    "address": client.address_text(),
                }),
                token: Some(context.token),
                ..NewMail::to(context.organisation, email, template)
            };
            self.0.queue_mail(tx, mail).await?;
        }
        Ok(())
    }

    /// Who is told at once what becomes of a token: the person behind it; of a service user, who answers for it.
    async fn told_of(&self, tx: &mut WriteTx, context: &Context) -> Result<Vec<(String, EmailAddress)>> {
        if let Some(email) = &context.email {
            return Ok(vec![(context.person_name.clone(), email.clone())]);
        }
        let missing = || corrupt("api_tokens", "token_id", context.token);
        let whole = Scope::new(context.organisation, None);
        let found = tokens::load(tx, self.0, &whole, context.token).await?;
        let token = found.ok_or_else(missing)?.token;
        let details = sql::details(tx, context.organisation, context.token).await?;
        let details = details.ok_or_else(missing)?;
        let readers = reminders::readers(tx, &token, &details, false).await?;
        readers
            .into_iter()
            .map(|reader| -> Result<_> {
                let email = reader.email.parse();
                let email = email.map_err(|_| corrupt("people", "email", reader.id))?;
                Ok((reader.name, email))
            })
            .collect()
    }

    /// The new secret is used for the first time, and the old one was to open until then.
    async fn end_grace(&self, context: &Context, now: DateTime<Utc>) -> Result<()> {
        let mut tx = self.0.db.write().await?;
        if sql::end_grace(&mut tx, context.token, now).await? > 0 {
            let entry = Recorded::token(Event::ApiTokenGraceEnded, Family::Api, context.token, json!(null));
            self.0
                .record(&mut tx, Who::program(context.organisation), entry)
                .await?;
            self.0.commit(tx).await?;
        }
        Ok(())
    }

    /// Somebody found a token where it does not belong, and shows it: it is revoked, and its person is told. A string that
    /// was replaced and opens nothing any more ends nothing.
    ///
    /// # Errors
    /// A fault.
    pub(crate) async fn was_leaked(&self, secret: &str, client: &Client) -> Result<()> {
        let Ok(secret) = PrefixedSecret::parse(Prefix::API, secret) else {
            return Ok(());
        };
        let Some(context) = self.context(&secret).await? else {
            return Ok(());
        };
        let now = self.0.clock.now();
        if matches!(
            context.judge(now, context.last_used_at, client),
            Err(Why::Replaced(_))
        ) {
            return Ok(());
        }
        let mut tx = self.0.db.write().await?;
        let whole = Scope::new(context.organisation, None);
        let found = tokens::lock(&mut tx, self.0, &whole, context.token).await?;
        let Some(found) = found.filter(|found| !found.token.bounds.revoked) else {
            return Ok(());
        };
        tokens::revoke(&mut tx, &found.token, now).await?;
        let who = Who {
            name: "somebody who found it".into(),
            address: client.address_text(),
            ..Who::program(context.organisation)
        };
        let facts = json!({ "name": context.name });
        let entry = Recorded::token(Event::ApiTokenLeaked, Family::Api, context.token, facts);
        self.0.record(&mut tx, who, entry).await?;
        self.tell_person(&mut tx, &context, &secret, Template::TokenLeaked, client)
            .await?;
        self.0.commit(tx).await
    }

    /// A token was seen where it does not belong: in an address, or without encryption. It is recorded; if the
    /// organisation's policy says so, it is revoked, and its person is told.
    ///
    /// # Errors
    /// A fault.
    pub async fn was_exposed(&self, secret: &str, client: &Client) -> Result<()> {
        let Ok(secret) = PrefixedSecret::parse(Prefix::API, secret) else {
            return Ok(());
        };
        let Some(context) = self.context(&secret).await? else {
            return Ok(());
        };
        let now = self.0.clock.now();
        let mut tx = self.0.db.write().await?;
        let who = Who {
            name: context.name.clone(),
            address: client.address_text(),
            ..Who::program(context.organisation)
        };
        let facts = json!({ "name": context.name });
        self.0
            .record(
                &mut tx,
                who.clone(),
                Recorded::token(Event::ApiTokenExposed, Family::Api, context.token, facts),
            )
            .await?;
        if context.policy.revoke_exposed {
            let whole = Scope::new(context.organisation, None);
            let found = tokens::lock(&mut tx, self.0, &whole, context.token).await?;
            if let Some(found) = found.filter(|found| !found.token.bounds.revoked) {
                tokens::revoke(&mut tx, &found.token, now).await?;
                self.0
                    .record(
                        &mut tx,
                        who,
                        Recorded::token(Event::TokenRevoked, Family::Api, context.token, json!(null)),
                    )
                    .await?;
                self.tell_person(&mut tx, &context, &secret, Template::TokenExposed, client)
                    .await?;
            }
        }
        self.0.commit(tx).await
    }
}
