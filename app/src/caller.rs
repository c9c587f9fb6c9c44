//! The caller, for server functions. The server provides the [`Backend`] and the signed-in [`Caller`], if there is one,
//! in the context of every request.

use backend::{Backend, Caller, Operations};
use domain::Refusal;
use domain::people::Me;
use leptos::prelude::use_context;

use crate::error::ApiError;
use crate::ui::response;

/// The caller, and the backend.
///
/// # Errors
/// A refusal when nobody is signed in.
pub fn caller() -> Result<(Caller, Backend), ApiError> {
    match (
        use_context::<Option<Caller>>().flatten(),
        use_context::<Backend>(),
    ) {
        (Some(caller), Some(backend)) => Ok((caller, backend)),
        _ => Err(backend::Error::Refused(Refusal::SignedOut).into()),
    }
}

/// The operations of the REST API, for questions about requests.
///
/// # Errors
/// A refusal where none are provided, as for [`caller`].
pub fn operations() -> Result<Operations, ApiError> {
    use_context().ok_or_else(|| backend::Error::Refused(Refusal::SignedOut).into())
}

/// The signed-in person, for the page.
pub fn me() -> Option<Me> {
    let (caller, backend) = (
        use_context::<Option<Caller>>().flatten()?,
        use_context::<Backend>()?,
    );
    backend.people().me(&caller).ok()
}

/// A cookie of the request.
pub fn cookie(name: &str) -> Option<String> {
    let parts = use_context::<http::request::Parts>()?;
    let cookies = parts
        .headers
        .get_all(http::header::COOKIE)
        .into_iter()
        .filter_map(|value| value.to_str().ok());
    cookies
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(key, _)| *key == name)
        .map(|(_, value)| value.to_owned())
}

/// What was typed into a field, or the sentence that says what was expected there.
pub fn typed<T>(field: &str, parsed: Result<T, &str>) -> Result<T, ApiError> {
    parsed.map_err(|sentence| backend::Error::Refused(Refusal::at(field, sentence)).into())
}

impl From<backend::Error> for ApiError {
    /// A refusal keeps its message and gets its status; a fault is logged here, once, and leaves as an id.
    fn from(error: backend::Error) -> Self {
        match error {
            backend::Error::Refused(refusal) => {
                response::set_status(refusal.status());
                Self::Refused(refusal)
            }
            backend::Error::Fault(fault) => {
                fault.log();
                response::set_status(500);
                Self::Fault {
                    id: fault.id().to_string(),
                }
            }
        }
    }
}
