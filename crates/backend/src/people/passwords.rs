//! Passwords: argon2id, two at a time.
//!
//! Hashing takes 19 MB and some hundredths of a second, on purpose. It runs on separate threads, and only two at once:
//! a flood of sign-ins waits in a queue instead of filling the memory.
//!
//! Keyboards write one letter in several ways (`é` as one character or as two), and people cannot know which one their
//! device chooses. So the password is hashed in the form NFKC, as NIST SP 800-63B asks for.

use std::sync::OnceLock;

use argon2::password_hash::phc::PasswordHash;
use argon2::{Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version};
use tokio::sync::Semaphore;
use unicode_normalization::UnicodeNormalization;

use crate::error::{Fault, Result};
use crate::secret::Secret;

/// Hashing and checking, for the whole program.
pub(crate) struct Passwords(Semaphore);

impl Default for Passwords {
    fn default() -> Self {
        Self(Semaphore::new(2))
    }
}

impl Passwords {
    /// The hash to store: a text that names its parameters and salt.
    pub(crate) async fn hash(&self, password: &str) -> Result<String> {
        let password = of_one_form(password);
        self.on_own_thread(move || hash(&password)).await?
    }

    /// Whether the password matches the hash, which may predate normalisation: then the password as typed counts.
    /// Without a hash the answer is no, after the same time.
    pub(crate) async fn fits(&self, password: &str, kept: Option<String>) -> Result<bool> {
        static NOBODYS: OnceLock<String> = OnceLock::new();
        let (typed, password) = (Secret::new(password), of_one_form(password));
        self.on_own_thread(move || {
            let Some(kept) = kept else {
                if NOBODYS.get().is_none() {
                    let _ = NOBODYS.set(hash(&Secret::new("nobody's password"))?);
                }
                let nobodys = NOBODYS.get().map_or("", String::as_str);
                verify(&password, nobodys)?;
                return Ok(false);
            };
            Ok(verify(&password, &kept)? || typed.reveal() != password.reveal() && verify(&typed, &kept)?)
        })
        .await?
    }

    async fn on_own_thread<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
        let _turn = self.0.acquire().await.map_err(Fault::new)?;
        Ok(tokio::task::spawn_blocking(work).await.map_err(Fault::new)?)
    }
}

fn of_one_form(password: &str) -> Secret {
    Secret::new(password.nfkc().collect::<String>())
}

/// OWASP's first choice: 19 MiB, two passes, one lane.
fn argon2() -> Result<Argon2<'static>> {
    let params = Params::new(19_456, 2, 1, None).map_err(|error| Fault::new(error.to_string()))?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

fn hash(password: &Secret) -> Result<String> {
    let hash = argon2()?.hash_password(password.reveal().as_bytes());
    Ok(hash.map_err(|error| Fault::new(error.to_string()))?.to_string())
}

fn verify(password: &Secret, kept: &str) -> Result<bool> {
    let kept = PasswordHash::new(kept).map_err(|_| Fault::new("a password's hash cannot be read"))?;
    Ok(argon2()?
        .verify_password(password.reveal().as_bytes(), &kept)
        .is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_password_fits_its_own_hash_alone() {
        let passwords = Passwords::default();
        let kept = passwords.hash("correct horse battery").await.expect("a hash");
        assert!(kept.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{kept}");
        assert!(
            passwords
                .fits("correct horse battery", Some(kept.clone()))
                .await
                .expect("checked")
        );
        assert!(
            !passwords
                .fits("correct horse", Some(kept))
                .await
                .expect("checked")
        );
        assert!(!passwords.fits("nobody's password", None).await.expect("checked"));
    }

    #[tokio::test]
    async fn a_password_fits_however_a_keyboard_writes_its_letters() {
        let passwords = Passwords::default();
        let (composed, decomposed) = ("caf\u{e9} au lait chaud", "cafe\u{301} au lait chaud");
        for set in [composed, decomposed] {
            let kept = passwords.hash(set).await.expect("a hash");
            for typed in [composed, decomposed] {
                assert!(passwords.fits(typed, Some(kept.clone())).await.expect("checked"));
            }
            let other = passwords.fits("cafe au lait chaud", Some(kept)).await;
            assert!(!other.expect("checked"));
        }
        let older = hash(&Secret::new(decomposed)).expect("a hash");
        assert!(passwords.fits(decomposed, Some(older)).await.expect("checked"));
    }
}
