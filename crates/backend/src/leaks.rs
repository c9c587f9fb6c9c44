//! Leaked tokens, reported by the people who found them. Showing a token is enough: it ends, and the person behind it
//! is notified. Nothing is said about tokens that are unknown or have ended, so a report tells its sender nothing.

use std::collections::BTreeSet;

use domain::Refusal;

use crate::attempts::{self, Budget};
use crate::error::Result;
use crate::{Backend, Client};

/// The most tokens in one report.
const MOST: usize = 1_000;

/// The view of leaks.
pub struct Leaks<'a>(&'a Backend);

impl Backend {
    /// Tokens that were found where they do not belong.
    pub fn leaks(&self) -> Leaks<'_> {
        Leaks(self)
    }
}

impl Leaks<'_> {
    /// Ends tokens that somebody has found.
    ///
    /// # Errors
    /// A message at `tokens`; too many reports from one address.
    pub async fn report(&self, tokens: &[String], client: &Client) -> Result<()> {
        if tokens.len() > MOST {
            return Err(Refusal::at("tokens", "Report up to 1,000 tokens at once.").into());
        }
        let whole: BTreeSet<&str> = tokens
            .iter()
            .map(|token| token.trim())
            .filter(|token| domain::prefixed::is_whole(token))
            .collect();
        if whole.is_empty() {
            return Ok(());
        }
        let now = self.0.clock.now();
        let tries = [self.0.try_from(Budget::LEAK_ADDRESS, client)];
        attempts::check(&mut self.0.db.read().await?, &tries, now).await?;
        let mut tx = self.0.db.write().await?;
        attempts::count(&mut tx, &tries, now).await?;
        tx.commit_keeping_cache().await?;
        for secret in whole {
            self.0.api_tokens().was_leaked(secret, client).await?;
            self.0.mobile_sessions().was_leaked(secret, client).await?;
            self.0.page_tokens().was_leaked(secret, client).await?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use domain::Refusal;
    use domain::api_tokens::{ApiTokenForm, RotateForm};

    use crate::mobile_sessions::testing::{app, refresh, sign_in};
    use crate::people::testing::owner;
    use crate::testing::on_each_engine;
    use crate::{Client, Error};

    #[tokio::test]
    async fn what_is_reported_ends_and_its_person_is_told() {
        on_each_engine(async |world| {
            let (backend, ada) = (&world.backend, owner(&world.backend).await);
            let new = |name: &str| {
                let form = ApiTokenForm {
                    name: name.into(),
                    ..ApiTokenForm::default()
                };
                form.parse().expect("a form")
            };
            let tokens = backend.api_tokens();
            let leaked = tokens.create(&ada, &new("Leaked")).await.expect("made");
            let before = tokens.create(&ada, &new("Rotated")).await.expect("made");
            let after = tokens
                .rotate(&ada, before.id, &RotateForm::default())
                .await
                .expect("rotated");
            let harbour = app(backend, &ada).await;
            let phone = sign_in(backend, &ada, &harbour, "").await;
            let other = sign_in(backend, &ada, &harbour, "").await;
            let client = Client::default();
            let report = async |secrets: &[&str]| {
                let secrets: Vec<String> = secrets.iter().map(|secret| (*secret).to_owned()).collect();
                backend.leaks().report(&secrets, &client).await
            };
            report(&[
                &leaked.secret,
                &format!(" {}\n", leaked.secret),
                &before.secret,
                phone.access.reveal(),
                "twa_nonsense",
                "twa_00000000000000000000000000000000000000000000znndx",
            ])
            .await
            .expect("taken");
            let opens = async |secret: &str| tokens.authenticate(secret, &client).await.is_ok();
            assert!(!opens(&leaked.secret).await);
            assert!(
                opens(&after.secret).await,
                "what was replaced opened nothing any more"
            );
            assert!(refresh(backend, &harbour, phone.refresh.reveal()).await.is_err());
            assert!(refresh(backend, &harbour, other.refresh.reveal()).await.is_ok());
            let mails = backend
                .mail()
                .list(&ada, &Default::default())
                .await
                .expect("mails")
                .rows;
            let mut about: Vec<&str> = mails.iter().map(|mail| mail.about.as_str()).collect();
            about.sort_unstable();
            assert_eq!(about.len(), 2, "{about:?}");
            assert!(
                about[0].starts_with("API token") && about[1].starts_with("Sign-in with an app"),
                "{about:?}"
            );
            let too_many = vec![String::new(); 1_001];
            let refused = backend.leaks().report(&too_many, &client).await;
            assert!(matches!(refused, Err(Error::Refused(Refusal::Invalid(_)))));
            for _ in 0..59 {
                report(&[&leaked.secret]).await.expect("taken");
            }
            let refused = report(&[&leaked.secret]).await;
            assert!(matches!(refused, Err(Error::Refused(Refusal::TooMany { .. }))));
            backend.clock().advance(TimeDelta::hours(1));
            report(&[&leaked.secret]).await.expect("taken again");
        })
        .await;
    }
}
