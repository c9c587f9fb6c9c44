//! Which signatures were found good. A document is put into its one canonical form before its signature is checked, which takes
//! most of the time that its public page takes. The same bytes under the same key come to the same, so that is done once; that
//! they are the same is checked each time.

use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

use sha2::{Digest, Sha256};

/// Documents that are remembered; then the memory begins anew.
const MOST: usize = 16_384;

/// Documents whose signatures were found good, by the digests of what was signed and by which key.
#[derive(Default)]
pub(crate) struct Checked(Mutex<HashSet<[u8; 32]>>);

impl Checked {
    /// Whether the signature of a document is good. `check` is asked for what was not found good before.
    pub(super) fn is_good(&self, document: &str, key: &[u8; 32], check: impl FnOnce() -> bool) -> bool {
        let digest: [u8; 32] = Sha256::new()
            .chain_update(key)
            .chain_update(document)
            .finalize()
            .into();
        if self.good().contains(&digest) {
            return true;
        }
        let is_good = check();
        if is_good {
            let mut good = self.good();
            if good.len() >= MOST {
                good.clear();
            }
            good.insert(digest);
        }
        is_good
    }

    fn good(&self) -> std::sync::MutexGuard<'_, HashSet<[u8; 32]>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_is_checked_once_and_what_differs_or_failed_again() {
        let checked = Checked::default();
        let asked = std::cell::Cell::new(0);
        let check = |is_good| {
            let asked = &asked;
            move || {
                asked.set(asked.get() + 1);
                is_good
            }
        };
        let (key, other) = ([1; 32], [2; 32]);
        for _ in 0..3 {
            assert!(checked.is_good("{}", &key, check(true)));
        }
        assert_eq!(asked.get(), 1, "once");
        assert!(!checked.is_good("{} ", &key, check(false)), "another document");
        assert!(!checked.is_good("{}", &other, check(false)), "another key");
        assert!(
            !checked.is_good("{}", &other, check(false)),
            "what failed is asked again"
        );
        assert_eq!(asked.get(), 4);
        for number in 0..=MOST {
            checked.is_good(&number.to_string(), &key, check(true));
        }
        assert!(checked.good().len() <= MOST);
    }
}
