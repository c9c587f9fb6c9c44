//! What a decision is about: a request, and the site that it belongs to.

use std::hash::{BuildHasher, RandomState};

use domain::page_tokens::page_rule::Request;
use domain::page_tokens::{ReceivedUrl, credential};

use super::super::sites::Site;
use super::Asked;

/// What is decided about.
pub(super) struct Question<'a> {
    pub(super) asked: &'a Asked<'a>,
    pub(super) site: &'a Site,
    pub(super) url: &'a ReceivedUrl,
    pub(super) spends: bool,
}

impl<'a> Question<'a> {
    pub(super) fn request(&self, in_session: bool) -> Request<'a> {
        Request {
            url: self.url,
            method: self.asked.method,
            address: self.asked.client,
            in_session,
        }
    }

    /// A number that is the same for a request that is asked about twice, for what is only counted.
    pub(super) fn number(&self, hasher: &RandomState) -> Option<u64> {
        let id = self.asked.request_id?;
        Some(hasher.hash_one((
            id,
            self.asked.method,
            self.asked.url,
            self.asked.client,
            self.asked.user_agent,
        )))
    }

    /// What tells a request that is asked about twice from a new one: its name at the proxy, with everything that the
    /// client chose, so that a name that comes again with something else is something else.
    pub(super) fn idempotency_key(&self) -> Option<Vec<u8>> {
        use sha2::{Digest, Sha256};
        let id = self.asked.request_id?;
        let mut hash = Sha256::new();
        let client = self
            .asked
            .client
            .map(|client| client.to_string())
            .unwrap_or_default();
        let parts = [
            self.site.id.0.as_bytes().as_slice(),
            id.as_bytes(),
            self.asked.method.as_bytes(),
            self.asked.url,
            client.as_bytes(),
            self.asked.user_agent.as_bytes(),
        ];
        for part in parts {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
        Some(hash.finalize().to_vec())
    }

    /// The address as it was received, with the token cut out. Scheme, host and port are the site's: a browser is led
    /// nowhere else.
    pub(super) fn without_token(&self) -> Vec<u8> {
        let url = credential::without_token(self.asked.url, &self.site.token_parameter);
        let start = url
            .windows(3)
            .position(|three| three == b"://")
            .map_or(0, |at| at + 3);
        let path = url[start..].iter().position(|byte| matches!(byte, b'/' | b'?'));
        let target = path.map_or(&b"/"[..], |at| &url[start + at..]);
        let slash: &[u8] = if target.first() == Some(&b'/') { b"" } else { b"/" };
        [self.site.address.to_string().as_bytes(), slash, target].concat()
    }
}
