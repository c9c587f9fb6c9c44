//! Server functions of mail.

use domain::mail::{MailQuery, MailRow, MailView};
use domain::{MailId, Page};
use leptos::prelude::*;

use crate::error::ApiError;
use crate::rpc::Rpc;

/// A page of the list of mails.
#[server(protocol = Rpc, prefix = "/rpc", endpoint = "mail/list")]
pub async fn list_mails(query: MailQuery) -> Result<Page<MailRow>, ApiError> {
    let (caller, backend) = crate::caller::caller()?;
    Ok(backend.mail().list(&caller, &query).await?)
}

/// How many mails a list has.
#[server(protocol = Rpc, prefix = "/rpc", endpoint = "mail/count")]
pub async fn count_mails(query: MailQuery) -> Result<i64, ApiError> {
    let (caller, backend) = crate::caller::caller()?;
    Ok(backend.mail().count(&caller, &query).await?)
}

/// These mails as they are now.
#[server(protocol = Rpc, prefix = "/rpc", endpoint = "mail/rows")]
pub async fn mail_rows(ids: Vec<MailId>) -> Result<Vec<MailRow>, ApiError> {
    let (caller, backend) = crate::caller::caller()?;
    Ok(backend.mail().rows(&caller, &ids).await?)
}

/// A mail with its text and its history.
#[server(protocol = Rpc, prefix = "/rpc", endpoint = "mail/get")]
pub async fn get_mail(id: MailId) -> Result<MailView, ApiError> {
    let (caller, backend) = crate::caller::caller()?;
    Ok(backend.mail().view(&caller, id).await?)
}

/// Sends a mail once more; the answer is the new one.
#[server(protocol = Rpc, prefix = "/rpc", endpoint = "mail/send_again")]
pub async fn send_mail_again(id: MailId) -> Result<MailRow, ApiError> {
    let (caller, backend) = crate::caller::caller()?;
    Ok(backend.mail().send_again(&caller, id).await?)
}

/// Sends what a mail was about to another address; the answer is the new mail.
#[server(protocol = Rpc, prefix = "/rpc", endpoint = "mail/correct_address")]
pub async fn correct_mail_address(id: MailId, email: String) -> Result<MailRow, ApiError> {
    let (caller, backend) = crate::caller::caller()?;
    Ok(backend.mail().correct_address(&caller, id, &email).await?)
}
