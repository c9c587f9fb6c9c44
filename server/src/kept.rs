//! Answers about API tokens, kept while they are true.
//!
//! A program asks with the same token again and again, and what it is told hardly ever changes. To put that together, write
//! it as JSON and take its digest costs more than to let the token in. So the last answers are kept as they are sent, each
//! beside what it follows from; when that is not equal any more, the answer is written anew.

use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use axum::body::{Body, Bytes};
use axum::response::Response;
use backend::api_tokens::Told;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderName, HeaderValue};

/// The most that are kept, of a kilobyte or two each; a power of two. Two tokens that share a place take it in turn.
const MOST: usize = 16_384;

/// How many headers an answer has room for before the layers add theirs, which then have room as well.
const HEADERS: usize = 20;

static JSON: HeaderValue = HeaderValue::from_static("application/json");

/// The answers to one question, each about another token.
pub struct Answers(OnceLock<Vec<Place>>);

/// Where an answer is kept.
type Place = Mutex<Option<Arc<Kept>>>;

/// An answer, with what it follows from.
struct Kept {
    about: Told,
    answer: Answer,
}

/// An answer in JSON, with one header of its own.
pub struct Answer {
    name: HeaderName,
    value: HeaderValue,
    json: Bytes,
}

impl Answer {
    /// The answer with this header.
    pub fn new(name: HeaderName, value: HeaderValue, json: String) -> Self {
        Self {
            name,
            value,
            // Without what was reserved for more.
            json: Bytes::from(json.into_bytes().into_boxed_slice()),
        }
    }

    /// Gives it once.
    pub fn give(&self) -> Response {
        let mut headers = HeaderMap::with_capacity(HEADERS);
        headers.insert(CONTENT_TYPE, JSON.clone());
        headers.insert(self.name.clone(), self.value.clone());
        let mut response = Response::new(Body::from(self.json.clone()));
        *response.headers_mut() = headers;
        response
    }
}

impl Answers {
    /// None yet. Room is made with the first.
    pub const fn new() -> Self {
        Self(OnceLock::new())
    }

    /// The answer about a token: the one that is kept, if it is still true, or else what is written now.
    ///
    /// # Errors
    /// Those of writing it.
    pub fn about<E>(
        &self,
        about: Told,
        write: impl FnOnce(&Told) -> Result<Answer, E>,
    ) -> Result<Response, E> {
        let place = self.place(&about);
        let kept = locked(place).clone().filter(|kept| kept.about == about);
        if let Some(kept) = kept {
            return Ok(kept.answer.give());
        }
        let answer = write(&about)?;
        let response = answer.give();
        // The one before is let go of after the lock.
        let before = locked(place).replace(Arc::new(Kept { about, answer }));
        drop(before);
        Ok(response)
    }

    fn place(&self, about: &Told) -> &Place {
        let places = self
            .0
            .get_or_init(|| (0..MOST).map(|_| Mutex::default()).collect());
        // The last bytes of an id are random.
        let [.., a, b] = about.token().0.into_bytes();
        &places[usize::from(u16::from_be_bytes([a, b])) % MOST]
    }
}

fn locked(place: &Place) -> MutexGuard<'_, Option<Arc<Kept>>> {
    // A place holds a whole answer or none, whatever panicked elsewhere.
    place.lock().unwrap_or_else(PoisonError::into_inner)
}
