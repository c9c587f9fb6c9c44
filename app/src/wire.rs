//! How values travel between server and browser: as postcard, a sequence of fields without names.
//!
//! The size of JSON's names would be the smaller cost. Reading them takes code for every field of every type, in what
//! each admin's browser loads first; here fields are read in order. Both sides must then be of the same build, so the
//! content type names the shape of the values: a tab from before an upgrade is told to reload its page.

use leptos::server::codee::{Decoder, Encoder};
use leptos::server_fn::error::{FromServerFnError, ServerFnErrorErr};
use leptos::server_fn::{self, Bytes, ContentType, Format, FormatType};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::ApiError;

/// The encoding of arguments, answers and errors of server functions, and of what the server writes into a page.
pub struct Wire;

/// The content type, without the shape of the values.
pub const KIND: &str = "application/x-postcard";

/// Writes a value.
///
/// # Errors
/// When the value cannot be serialised; the project's own types never fail.
pub fn write<T: Serialize>(value: &T) -> Result<Vec<u8>, ApiError> {
    postcard::to_extend(value, Vec::new())
        .map_err(|error| ApiError::from_server_fn_error(ServerFnErrorErr::Serialization(error.to_string())))
}

/// Reads a value.
///
/// # Errors
/// When these bytes are not such a value.
pub fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, ApiError> {
    postcard::from_bytes(bytes)
        .map_err(|error| ApiError::from_server_fn_error(ServerFnErrorErr::Deserialization(error.to_string())))
}

impl ContentType for Wire {
    const CONTENT_TYPE: &'static str = concat!("application/x-postcard;shape=", env!("WIRE_SHAPE"));
}

impl FormatType for Wire {
    const FORMAT_TYPE: Format = Format::Binary;
}

/// For errors of server functions.
impl<T: Serialize> server_fn::Encodes<T> for Wire {
    type Error = ApiError;

    fn encode(value: &T) -> Result<Bytes, ApiError> {
        write(value).map(Into::into)
    }
}

impl<T: DeserializeOwned> server_fn::Decodes<T> for Wire {
    type Error = ApiError;

    fn decode(bytes: Bytes) -> Result<T, ApiError> {
        read(&bytes)
    }
}

/// For values in the page, where Leptos writes them as base64.
impl<T: Serialize> Encoder<T> for Wire {
    type Error = ApiError;
    type Encoded = Vec<u8>;

    fn encode(value: &T) -> Result<Vec<u8>, ApiError> {
        write(value)
    }
}

impl<T: DeserializeOwned> Decoder<T> for Wire {
    type Error = ApiError;
    type Encoded = [u8];

    fn decode(bytes: &[u8]) -> Result<T, ApiError> {
        read(bytes)
    }
}
