//! Server functions of mail.

use domain::mail::{
    MailQuery, MailRow, MailSettingsForm, MailSettingsView, MailView, TemplateForm, TemplatePreview,
    TemplateRow, TemplateView,
};
use domain::{CampaignId, EmailAddress, MailId, Page};
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

/// How the organisation sends its mail.
#[server(protocol = Rpc, prefix = "/rpc", endpoint = "mail/settings")]
pub async fn get_mail_settings() -> Result<MailSettingsView, ApiError> {
    let (caller, backend) = crate::caller::caller()?;
    Ok(backend.mail().settings(&caller).await?)
}

/// Changes how the organisation sends its mail.
#[server(protocol = Rpc, prefix = "/rpc", endpoint = "mail/change_settings")]
pub async fn change_mail_settings(form: MailSettingsForm) -> Result<MailSettingsView, ApiError> {
    let (caller, backend) = crate::caller::caller()?;
    Ok(backend.mail().change_settings(&caller, &form).await?)
}

/// Sends a mail to anyone who asks, by the settings as they are typed, and says whether the mail server took it.
#[server(protocol = Rpc, prefix = "/rpc", endpoint = "mail/test")]
pub async fn send_test_mail(form: MailSettingsForm) -> Result<EmailAddress, ApiError> {
    let (caller, backend) = crate::caller::caller()?;
    Ok(backend.mail().send_test(&caller, &form).await?)
}

/// The texts of mails; of a campaign those that it may have of its own.
#[server(protocol = Rpc, prefix = "/rpc", endpoint = "mail/texts")]
pub async fn list_mail_texts(
    #[server(default)] campaign: Option<CampaignId>,
) -> Result<Vec<TemplateRow>, ApiError> {
    let (caller, backend) = crate::caller::caller()?;
    Ok(backend.mail().templates(&caller, campaign).await?)
}

/// A text with all that its editor needs.
#[server(protocol = Rpc, prefix = "/rpc", endpoint = "mail/text")]
pub async fn get_mail_text(key: String, language: String) -> Result<TemplateView, ApiError> {
    let (caller, backend) = crate::caller::caller()?;
    Ok(backend.mail().template(&caller, &key, &language).await?)
}

/// Saves a text of one's own.
#[server(protocol = Rpc, prefix = "/rpc", endpoint = "mail/save_text")]
pub async fn save_mail_text(
    key: String,
    language: String,
    form: TemplateForm,
) -> Result<TemplateView, ApiError> {
    let (caller, backend) = crate::caller::caller()?;
    Ok(backend
        .mail()
        .save_template(&caller, &key, &language, &form)
        .await?)
}

/// Goes back to the built-in text.
#[server(protocol = Rpc, prefix = "/rpc", endpoint = "mail/reset_text")]
pub async fn reset_mail_text(key: String, language: String) -> Result<TemplateView, ApiError> {
    let (caller, backend) = crate::caller::caller()?;
    Ok(backend.mail().reset_template(&caller, &key, &language).await?)
}

/// What a text that is being written looks like. Its HTML is shown by a route of its own.
#[server(protocol = Rpc, prefix = "/rpc", endpoint = "mail/preview_text")]
pub async fn preview_mail_text(
    key: String,
    language: String,
    form: TemplateForm,
) -> Result<TemplatePreview, ApiError> {
    let (caller, backend) = crate::caller::caller()?;
    Ok(backend
        .mail()
        .preview_template(&caller, &key, &language, &form)
        .await?
        .0)
}
