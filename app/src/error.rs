//! How a server function fails.

use domain::Refusal;
use leptos::server_fn::error::{FromServerFnError, ServerFnErrorErr};
use serde::{Deserialize, Serialize};

use crate::ui::response;
use crate::wire::Wire;

/// Why there is no answer, in plain words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum ApiError {
    /// The request was understood and refused.
    #[error("{0}")]
    Refused(Refusal),
    /// The server was not reached, or its answer did not arrive completely.
    #[error("The server could not be reached. Check your connection and try again.")]
    Transport(String),
    /// Something is wrong on the server. Its log says what, under this id.
    #[error(
        "Something went wrong on the server. Try again; if it stays, tell whoever runs it this id: {id}."
    )]
    Fault {
        /// The id to quote.
        id: String,
    },
}

impl ApiError {
    /// The refusal, if it is one.
    pub fn refusal(&self) -> Option<&Refusal> {
        match self {
            Self::Refused(refusal) => Some(refusal),
            _ => None,
        }
    }

    /// What was sent is not what this build reads.
    pub fn malformed() -> Self {
        response::set_status(Refusal::Malformed.status());
        Self::Refused(Refusal::Malformed)
    }

    /// Whether signing in again would help.
    pub fn is_signed_out(&self) -> bool {
        self.refusal() == Some(&Refusal::SignedOut)
    }
}

impl From<Refusal> for ApiError {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl FromServerFnError for ApiError {
    type Encoder = Wire;

    /// A request that could not be read is the sender's mistake: it is from a page of an older version, or from no page
    /// at all. Arguments are read only on the server; incomplete bytes belong to a request there, and to an answer in
    /// the browser.
    fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
        use ServerFnErrorErr::{Args, Deserialization, MissingArg};
        match error {
            Args(_) | MissingArg(_) => Self::malformed(),
            Deserialization(_) if response::is_made_here() => Self::malformed(),
            other => Self::Transport(other.to_string()),
        }
    }
}
