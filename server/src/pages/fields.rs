//! The fields of a plain form, and the parts of a path.

use app::plain::Wrong;
use axum::extract::rejection::FormRejection;
use axum::extract::{Form, FromRequest, FromRequestParts, Path, Request};
use backend::Secret;
use http::StatusCode;
use http::request::Parts;
use serde::de::DeserializeOwned;

use crate::failure::Failure;

/// The fields of a form. A form that cannot be read is answered with a page.
pub struct Fields<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Fields<T> {
    type Rejection = Failure;

    async fn from_request(request: Request, state: &S) -> Result<Self, Failure> {
        match Form::<T>::from_request(request, state).await {
            Ok(Form(fields)) => Ok(Self(fields)),
            Err(rejection) => Err(Failure(wrong(&rejection))),
        }
    }
}

fn wrong(rejection: &FormRejection) -> Wrong {
    if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE {
        Wrong::TooLarge
    } else {
        Wrong::Malformed
    }
}

/// The variable parts of a path. An invalid part leads nowhere.
pub struct At<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned + Send> FromRequestParts<S> for At<T> {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        match Path::<T>::from_request_parts(parts, state).await {
            Ok(Path(at)) => Ok(Self(at)),
            Err(_) => Err(Failure::not_found()),
        }
    }
}

/// The secret of a link. Mail programs take the full stop or the bracket after a link as part of it.
pub struct LinkSecret(pub Secret);

impl<S: Send + Sync> FromRequestParts<S> for LinkSecret {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        let At(text) = At::<String>::from_request_parts(parts, state).await?;
        let is_around = |c: char| !c.is_ascii_alphanumeric() && !matches!(c, '-' | '_');
        Ok(Self(Secret::new(text.trim_matches(is_around))))
    }
}
