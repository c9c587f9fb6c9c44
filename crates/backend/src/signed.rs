//! Texts that come back to us: a signature shows that this installation wrote them.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use subtle::ConstantTimeEq;

use crate::Backend;

/// Bytes of a signature: nobody guesses 128 bits.
const BYTES: usize = 16;

impl Backend {
    /// The signature of a text. One made for another purpose does not match.
    pub fn sign(&self, purpose: &str, text: &str) -> String {
        let digest = self.keys.look_up(&named(purpose), text).digest;
        URL_SAFE_NO_PAD.encode(&digest[..BYTES.min(digest.len())])
    }

    /// Whether a signature belongs to a text. Signatures of older keys are valid as long as the keys are there.
    pub fn is_signed(&self, purpose: &str, text: &str, signature: &str) -> bool {
        let Ok(signature) = URL_SAFE_NO_PAD.decode(signature) else {
            return false;
        };
        let look_ups = self.keys.look_ups(&named(purpose), text);
        look_ups.iter().any(|look_up| {
            look_up.digest.len() >= BYTES && bool::from(look_up.digest[..BYTES].ct_eq(&signature))
        })
    }
}

fn named(purpose: &str) -> String {
    format!("signed {purpose}")
}

#[cfg(test)]
mod tests {
    use crate::testing::on_each_engine;

    #[tokio::test]
    async fn a_signature_fits_its_text_and_purpose_alone() {
        on_each_engine(async |world| {
            let signature = world.backend.sign("cursor", "a");
            assert!(world.backend.is_signed("cursor", "a", &signature));
            for (purpose, text, signature) in [
                ("cursor", "b", signature.as_str()),
                ("other", "a", signature.as_str()),
                ("cursor", "a", ""),
                ("cursor", "a", "%"),
                ("cursor", "a", &signature[..8]),
            ] {
                assert!(
                    !world.backend.is_signed(purpose, text, signature),
                    "{purpose} {text} {signature}"
                );
            }
        })
        .await;
    }
}
