//! Who answers requests to providers.

use std::pin::Pin;
use std::sync::Arc;

use http::{Request, Response};
use openidconnect::AsyncHttpClient;

use crate::Trouble;

/// An answer on its way.
pub type Answering<'a> = Pin<Box<dyn Future<Output = Result<Response<Vec<u8>>, Trouble>> + Send + 'a>>;

/// Something that answers requests.
pub trait Ask: Send + Sync {
    /// Asks once. What leads elsewhere is an answer like any other, and is not followed.
    fn ask(&self, request: Request<Vec<u8>>) -> Answering<'_>;
}

/// Whoever answers.
#[derive(Clone)]
pub struct Peer(Arc<dyn Ask>);

impl Peer {
    /// Takes it behind one handle.
    pub fn new(ask: impl Ask + 'static) -> Self {
        Self(Arc::new(ask))
    }
}

impl std::fmt::Debug for Peer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Peer")
    }
}

impl<'c> AsyncHttpClient<'c> for Peer {
    type Error = Trouble;
    type Future = Answering<'c>;

    fn call(&'c self, request: Request<Vec<u8>>) -> Self::Future {
        self.0.ask(request)
    }
}
