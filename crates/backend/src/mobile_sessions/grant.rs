//! From a person who allows it to the first tokens: authorization codes and their exchange.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use database::WriteTx;
use domain::mobile_sessions::{
    ABSOLUTE, CODE as CODE_LIVES, Device, Granted, OAuthError, OAuthProblem, TokenForm,
};
use domain::prefixed::{Prefix, PrefixedSecret};
use domain::{Refusal, TokenId};
use serde_json::json;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use super::apps::{AskingApp, Signer};
use super::{ACCESS, CODE, Context, Issued, MobileSessions, SESSION, TokenError, end, entry, sql, whole};
use crate::audit::{Entry, Event};
use crate::error::{Fault, Result};
use crate::scan_digest::ScanDigest;
use crate::tokens::{self, TokenSecret};
use crate::{Client, Secret};

/// What is said of every code that opens nothing: anyone who tries codes learns nothing by it.
const NO_CODE: OAuthProblem = OAuthProblem {
    error: OAuthError::InvalidGrant,
    description: "This code opens nothing: it is unknown, used, too old, or belongs to another app, address or verifier.",
};

impl MobileSessions<'_> {
    /// A person lets an app in: a code for it, which is exchanged once, within a minute, by anyone who knows the verifier.
    ///
    /// # Errors
    /// [`Refusal::Forbidden`]: the app is another organisation's, or is not called back at this address.
    pub async fn allow(
        &self,
        signer: &Signer,
        app: &AskingApp,
        redirect: &str,
        granted: &Granted,
    ) -> Result<Secret> {
        if app.organisation != signer.organisation || !app.is_called_back_at(redirect) {
            return Err(Refusal::Forbidden.into());
        }
        let now = self.0.clock.now();
        let code = self.0.random.secret();
        let mut tx = self.0.db.write().await?;
        let new = sql::NewCode {
            digest: code.digest(CODE),
            organisation: signer.organisation,
            app: app.id,
            person: signer.person,
            redirect,
            challenge: &granted.challenge,
            permissions: granted.permissions,
            expires_at: now + CODE_LIVES,
        };
        sql::insert_code(&mut tx, &new).await?;
        let facts = json!({ "app": app.name });
        let entry = Entry::person(Event::MobileAllowed, signer.person, facts);
        self.0.record(&mut tx, signer, entry).await?;
        self.0.commit(tx).await?;
        Ok(code)
    }

    /// Exchanges a code for the first tokens of a session. A code is used up by the first who presents it, whether the
    /// rest fits or not; one that is presented again ends what it gave.
    ///
    /// # Errors
    /// [`TokenError`].
    pub async fn exchange(
        &self,
        form: &TokenForm,
        device: &Device,
        client: &Client,
    ) -> Result<Issued, TokenError> {
        let digest = Secret::new(&*form.code).digest(CODE);
        // Looked for before a transaction is asked for: codes that were made up would occupy the one writer of SQLite.
        if !sql::is_code(&mut self.0.db.read().await?, &digest).await? {
            return Err(NO_CODE.into());
        }
        let now = self.0.clock.now();
        let mut tx = self.0.db.write().await?;
        let Some(code) = sql::take_code(&mut tx, &digest, now).await? else {
            self.end_what_a_code_gave(tx, &digest, client).await?;
            return Err(NO_CODE.into());
        };
        let fits = code.expires_at > now
            && code.app_id.to_string() == form.client_id
            && code.redirect == form.redirect_uri
            && form
                .verifier()
                .is_some_and(|verifier| answers(&code.challenge, verifier));
        let behind = match fits {
            true => sql::behind_code(&mut tx, &digest).await?,
            false => None,
        };
        let Some(behind) = behind else {
            self.0.commit_keeping_cache(tx).await?;
            return Err(NO_CODE.into());
        };
        let ends_at = now + ABSOLUTE;
        let token = tokens::NewToken {
            organisation: code.organisation_id,
            department: None,
            kind: &SESSION,
            name: behind.app.clone(),
            starts_at: None,
            expires_at: Some(end(now, ends_at)),
            use_limit: None,
            sealing: None,
            created_by: Some(code.person_id),
        };
        let (session, secret) = tokens::issue(&mut tx, self.0, &token).await?;
        let new = sql::NewSession {
            token: session,
            organisation: code.organisation_id,
            person: code.person_id,
            app: code.app_id,
            permissions: code.permissions.as_deref(),
            ends_at,
        };
        sql::insert(&mut tx, &new, now).await?;
        sql::set_gave(&mut tx, &digest, session).await?;
        sql::set_seen(
            &mut tx,
            session,
            device,
            &client.address_text().unwrap_or_default(),
            now,
        )
        .await?;
        let context = self
            .context_of(&mut tx, session)
            .await?
            .ok_or_else(|| crate::Error::from(Fault::new("a session was made without its rows")))?;
        let facts = json!({ "app": behind.app, "device": device.label() });
        let entry = entry(Event::MobileSignedIn, session, code.person_id, facts);
        self.0
            .record(&mut tx, Self::person_behind(&context, client), entry)
            .await?;
        let issued = self.issued(&mut tx, &context, secret).await?;
        self.0.commit(tx).await?;
        Ok(issued)
    }

    /// A code came a second time: it is in two hands, so what it gave ends.
    async fn end_what_a_code_gave(&self, mut tx: WriteTx, digest: &[u8], client: &Client) -> Result<()> {
        let Some((session, organisation)) = sql::gave(&mut tx, digest).await? else {
            return Ok(());
        };
        let token = self.lock(&mut tx, &whole(organisation), session).await?;
        if let (Some(token), Some(context)) = (token, self.context_of(&mut tx, session).await?) {
            self.end_stolen(&mut tx, &token, &context, Event::MobileCodeReused, client)
                .await?;
            self.0.commit(tx).await?;
        }
        Ok(())
    }

    /// The answer with an access token that is made for it.
    pub(super) async fn issued(
        &self,
        tx: &mut WriteTx,
        context: &Context,
        refresh: Option<TokenSecret>,
    ) -> Result<Issued> {
        let Some(TokenSecret::Prefixed(refresh)) = refresh else {
            return Err(Fault::new("a mobile session has no refresh token").into());
        };
        let access = self.0.random.prefixed(Prefix::MOBILE);
        let now = self.0.clock.now();
        let expires_at = context.end().min(now + domain::mobile_sessions::ACCESS);
        self.keep_access(tx, context.session, &access, expires_at).await?;
        Ok(Issued {
            session: context.session,
            access,
            seconds: (expires_at - now).num_seconds(),
            refresh,
            permissions: context.permissions,
        })
    }

    async fn keep_access(
        &self,
        tx: &mut WriteTx,
        session: TokenId,
        access: &PrefixedSecret,
        expires_at: chrono::DateTime<chrono::Utc>,
    ) -> Result<()> {
        let look_up = self.0.keys.look_up(ACCESS.0, access.reveal());
        sql::insert_access(tx, session, &look_up, ScanDigest::of(access), expires_at).await?;
        Ok(())
    }
}

/// Whether a verifier answers a challenge: it is what the challenge is the SHA-256 of.
fn answers(challenge: &str, verifier: &str) -> bool {
    let digest = URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes()));
    digest.as_bytes().ct_eq(challenge.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_the_standard_fits() {
        let challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
        assert!(answers(challenge, "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"));
        assert!(!answers(challenge, "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXl"));
        assert!(!answers(challenge, challenge));
    }
}
