//! Leaked tokens, reported by the people who found them. Showing a token is enough: it ends, and the person behind it
//! is notified. Nothing is said about tokens that are unknown or have ended, so a report tells its sender nothing.
//!
//! Anyone who only wants to know which tokens are alive does not have to show them: they ask by the beginning of a token's
//! digest, and the answer says something to them alone ([`Leaks::check`]).

use std::collections::BTreeSet;

use domain::Refusal;

use crate::attempts::{self, Budget};
use crate::error::Result;
use crate::scan_digest::{self, ScanDigest};
use crate::{Backend, Client};

/// The most tokens in one report.
const MOST: usize = 1_000;

/// Confirmations that a beginning is answered with, or a multiple of it: the rest is noise, so that nobody learns how many
/// tokens there are.
const ROOM: usize = 4;

/// What is answered to those who ask by beginnings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checked {
    /// What this answer is salted with.
    pub salt: String,
    /// The beginnings that were asked by, each with its confirmations.
    pub answers: Vec<(String, Vec<String>)>,
}

impl Checked {
    /// Whether the secret with this digest is alive; `None` if it was not asked about.
    pub fn says_of(&self, digest: &ScanDigest) -> Option<bool> {
        let prefix = digest.prefix();
        let (_, confirmations) = self.answers.iter().find(|(asked, _)| *asked == prefix)?;
        Some(confirmations.contains(&digest.confirmation(&self.salt)))
    }
}

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

    /// Which secrets are alive, of those whose digest begins so: for each beginning as many confirmations, each of which
    /// only whoever has the secret can tell from noise. They are salted anew each time, so that two answers have nothing in
    /// common, whatever became of the tokens between them.
    ///
    /// # Errors
    /// A message at `prefixes`; too many questions from one address.
    pub async fn check(&self, prefixes: &[String], client: &Client) -> Result<Checked> {
        if prefixes.len() > MOST {
            return Err(Refusal::at("prefixes", "Ask by up to 1,000 beginnings at once.").into());
        }
        let buckets: Option<BTreeSet<i64>> = prefixes
            .iter()
            .map(|prefix| scan_digest::bucket_of(prefix))
            .collect();
        let Some(buckets) = buckets else {
            let sentence =
                "Each is the first six hexadecimal digits, in lower case, of the SHA-256 of a token.";
            return Err(Refusal::at("prefixes", sentence).into());
        };
        let buckets: Vec<i64> = buckets.into_iter().collect();
        let mut alive = Vec::new();
        if !buckets.is_empty() {
            let now = self.0.clock.now();
            let tries = [self.0.try_from(Budget::LEAK_CHECK_ADDRESS, client)];
            attempts::check(&mut self.0.db.read().await?, &tries, now).await?;
            let mut tx = self.0.db.write().await?;
            attempts::count(&mut tx, &tries, now).await?;
            tx.commit_keeping_cache().await?;
            alive.extend(self.0.api_tokens().alive_by_scan(&buckets).await?);
            alive.extend(self.0.mobile_sessions().alive_by_scan(&buckets).await?);
            alive.extend(self.0.page_tokens().alive_by_scan(&buckets).await?);
        }
        let salt = scan_digest::hex(&self.0.random.bytes::<16>());
        let answers = buckets.into_iter().map(|bucket| {
            let of_it = alive.iter().filter(|digest| digest.bucket() == bucket);
            let mut confirmations: Vec<String> = of_it.map(|digest| digest.confirmation(&salt)).collect();
            let room = confirmations.len().div_ceil(ROOM).max(1) * ROOM;
            confirmations.resize_with(room, || scan_digest::noise(self.0.random.bytes()));
            confirmations.sort_unstable();
            (scan_digest::prefix_of(bucket), confirmations)
        });
        Ok(Checked {
            answers: answers.collect(),
            salt,
        })
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use domain::api_tokens::{ApiTokenForm, Bulk, RotateForm};
    use domain::page_tokens::forms::PageTokenForm;
    use domain::page_tokens::sites::SiteForm;
    use domain::prefixed::Prefix;
    use domain::{PrefixedSecret, Refusal};

    use super::Checked;
    use crate::scan_digest::ScanDigest;

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

    fn digest(secret: &str) -> ScanDigest {
        ScanDigest::of(&domain::prefixed::of_any_kind(secret).expect("a secret"))
    }

    #[tokio::test]
    async fn who_has_a_token_learns_by_its_digest_whether_it_is_alive() {
        on_each_engine(async |world| {
            let (backend, ada) = (&world.backend, owner(&world.backend).await);
            let client = Client::default();
            let tokens = backend.api_tokens();
            let new = |name: &str| {
                let form = ApiTokenForm {
                    name: name.into(),
                    ..ApiTokenForm::default()
                };
                form.parse().expect("a form")
            };
            let is_alive = async |secret: &str| {
                let digest = digest(secret);
                let answer = backend.leaks().check(&[digest.prefix()], &client).await;
                answer.expect("an answer").says_of(&digest).expect("asked about")
            };
            let ended = tokens.create(&ada, &new("Ended")).await.expect("made");
            let paused = tokens.create(&ada, &new("Paused")).await.expect("made");
            let old = tokens.create(&ada, &new("Rotated")).await.expect("made");
            assert!(is_alive(&ended.secret).await && is_alive(&paused.secret).await);
            tokens.revoke(&ada, ended.id).await.expect("revoked");
            tokens
                .bulk(&ada, &[paused.id], Bulk::Suspend)
                .await
                .expect("paused");
            assert!(!is_alive(&ended.secret).await && !is_alive(&paused.secret).await);
            let grace = RotateForm {
                grace: "1h".into(),
                until_first_use: false,
            };
            let fresh = tokens.rotate(&ada, old.id, &grace).await.expect("rotated");
            assert!(is_alive(&old.secret).await && is_alive(&fresh.secret).await);
            backend.clock().advance(TimeDelta::hours(1));
            assert!(!is_alive(&old.secret).await && is_alive(&fresh.secret).await);

            let harbour = app(backend, &ada).await;
            let phone = sign_in(backend, &ada, &harbour, "").await;
            assert!(is_alive(phone.access.reveal()).await && is_alive(phone.refresh.reveal()).await);
            let again = refresh(backend, &harbour, phone.refresh.reveal()).await;
            let again = again.expect("refreshed");
            assert!(is_alive(again.refresh.reveal()).await && !is_alive(phone.refresh.reveal()).await);
            backend
                .mobile_sessions()
                .end(&ada, phone.session)
                .await
                .expect("ended");
            assert!(!is_alive(again.access.reveal()).await && !is_alive(again.refresh.reveal()).await);

            let site = SiteForm {
                address: "http://shop.test:8080".into(),
                trusted_networks: "127.0.0.1/32".into(),
                ..SiteForm::default()
            };
            let pages = backend.page_tokens();
            pages.add_site(&ada, &site).await.expect("a site");
            let page = PageTokenForm {
                full_url: "http://shop.test:8080/report".into(),
                groups: "Editors".into(),
                ..PageTokenForm::default()
            };
            let (page, link) = pages.create(&ada, &page).await.expect("a page token");
            let rotated = pages.rotate(&ada, page.id, 2).await.expect("rotated");
            assert!(is_alive(&link.token).await && is_alive(&rotated.token).await);
            backend.clock().advance(TimeDelta::hours(2));
            assert!(!is_alive(&link.token).await && is_alive(&rotated.token).await);
        })
        .await;
    }

    #[tokio::test]
    async fn who_has_no_token_learns_nothing_from_what_is_answered() {
        on_each_engine(async |world| {
            let (backend, ada) = (&world.backend, owner(&world.backend).await);
            let client = Client::default();
            let form = ApiTokenForm {
                name: "Nightly".into(),
                ..ApiTokenForm::default()
            };
            let made = backend.api_tokens().create_from(&ada, &form).await.expect("made");
            let known = digest(&made.secret);
            let unknown = ScanDigest::of(&PrefixedSecret::from_random(Prefix::API, [9; 32]));
            let ask = async |prefixes: &[String]| backend.leaks().check(prefixes, &client).await;
            let both = [known.prefix(), unknown.prefix()];
            let first = ask(&both).await.expect("an answer");
            let second = ask(&both).await.expect("an answer");
            assert_eq!(
                (first.says_of(&known), first.says_of(&unknown)),
                (Some(true), Some(false))
            );
            let elsewhere = ScanDigest::of(&PrefixedSecret::from_random(Prefix::PAGE, [8; 32]));
            assert_eq!(first.says_of(&elsewhere), None, "nobody asked about it");
            // As many answers wherever there is a token and wherever there is none, and other ones each time.
            let counts = |checked: &Checked| -> Vec<usize> {
                checked
                    .answers
                    .iter()
                    .map(|(_, confirmations)| confirmations.len())
                    .collect()
            };
            assert_eq!(counts(&first), [4, 4]);
            assert_eq!(counts(&first), counts(&second));
            let all = |checked: &Checked| -> Vec<String> {
                checked.answers.iter().flat_map(|(_, all)| all.clone()).collect()
            };
            let again = all(&second);
            assert!(
                all(&first).iter().all(|one| !again.contains(one)),
                "they have nothing in common"
            );
            // Neither the secret nor more of its digest than was sent stands in it, and neither lets anybody in.
            let whole = crate::scan_digest::hex(&known.bytes());
            for one in all(&first).iter().chain(&again) {
                assert!(!whole.contains(one.as_str()) && !made.secret.contains(one.as_str()));
            }
            for presented in [whole.clone(), format!("twa_{whole}"), all(&first).remove(0)] {
                assert!(
                    backend
                        .api_tokens()
                        .authenticate(&presented, &client)
                        .await
                        .is_err()
                );
            }
            // Asking is no use.
            let row = backend.api_tokens().row(&ada, made.id).await.expect("a row");
            assert_eq!(row.last_used, None);

            for wrong in ["", "abc", "ABCDEF", &made.secret] {
                let refused = ask(&[wrong.to_owned()]).await;
                assert!(
                    matches!(refused, Err(Error::Refused(Refusal::Invalid(_)))),
                    "{wrong}"
                );
            }
            let refused = ask(&vec![known.prefix(); 1_001]).await;
            assert!(matches!(refused, Err(Error::Refused(Refusal::Invalid(_)))));
            assert!(ask(&[]).await.expect("nothing").answers.is_empty());
            for _ in 2..60 {
                ask(&both).await.expect("an answer");
            }
            let refused = ask(&both).await;
            assert!(matches!(refused, Err(Error::Refused(Refusal::TooMany { .. }))));
            backend.clock().advance(TimeDelta::hours(1));
            ask(&both).await.expect("an answer again");
        })
        .await;
    }

    #[tokio::test]
    async fn tokens_of_an_older_version_can_be_asked_about_too() {
        on_each_engine(async |world| {
            let (backend, ada) = (&world.backend, owner(&world.backend).await);
            let client = Client::default();
            let form = |name: &str| ApiTokenForm {
                name: name.into(),
                ..ApiTokenForm::default()
            };
            let tokens = backend.api_tokens();
            let sealed = tokens.create_from(&ada, &form("Sealed")).await.expect("made");
            let once = tokens.create_from(&ada, &form("Once")).await.expect("made");
            let mut tx = backend.db.write().await.expect("a transaction");
            tx.query("UPDATE tokens SET scan_bucket = NULL, scan_digest = NULL")
                .run()
                .await
                .expect("as it was");
            tx.query("UPDATE tokens SET sealed = NULL WHERE id = $1")
                .bind(once.id)
                .run()
                .await
                .expect("as it was");
            backend.commit(tx).await.expect("committed");
            let is_alive = async |secret: &str| {
                let digest = digest(secret);
                let answer = backend.leaks().check(&[digest.prefix()], &client).await;
                answer.expect("an answer").says_of(&digest).expect("asked about")
            };
            assert!(!is_alive(&sealed.secret).await && !is_alive(&once.secret).await);
            crate::tokens::digest_for_scanners(backend)
                .await
                .expect("digested");
            assert!(is_alive(&sealed.secret).await && !is_alive(&once.secret).await);
            // What is not sealed is known from its next use on.
            assert!(tokens.authenticate(&once.secret, &client).await.is_ok());
            assert!(is_alive(&once.secret).await);
        })
        .await;
    }
}
