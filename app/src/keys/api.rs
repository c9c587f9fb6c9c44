//! The server function of the palette.

use domain::finding::Found;
use leptos::prelude::*;

use crate::error::ApiError;
use crate::rpc::Rpc;

/// Tokens, collections and people with these words in their names.
#[server(protocol = Rpc, prefix = "/rpc", endpoint = "reports/find")]
pub async fn find(words: String) -> Result<Vec<Found>, ApiError> {
    let (caller, backend) = crate::caller::caller()?;
    Ok(backend.reports().find(&caller, &words).await?)
}
