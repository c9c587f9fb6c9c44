//! Server functions of campaigns.

use domain::access_tokens::HistoryEntry;
use domain::campaigns::actions::RecipientAction;
use domain::campaigns::bulk::{BatchView, BulkForm};
use domain::campaigns::design::{Design, DesignVersion, DesignView, DrawnText, Field, PreviewOf};
use domain::campaigns::import::{ImportCheck, ImportForm, ImportView};
use domain::campaigns::issuer::{IssuerKey, IssuerProfile};
use domain::campaigns::{
    AddedRecipients, CampaignForm, CampaignQuery, CampaignRow, CampaignState, CampaignView, CopiedToken,
    DesignChoice, RecipientForm, RecipientQuery, RecipientRow, ScheduleForm,
};
use domain::{BatchId, CampaignId, Cursor, DesignId, ImportId, Page, RecipientId};
use leptos::prelude::*;

use crate::error::ApiError;
use crate::rpc::Rpc;

/// A page of the list of campaigns.
#[server(protocol = Rpc, prefix = "/rpc", endpoint = "campaigns/list")]
pub async fn list_campaigns(query: CampaignQuery) -> Result<Page<CampaignRow>, ApiError> {
    let (caller, backend) = crate::caller::caller()?;
    Ok(backend.campaigns().list(&caller, &query).await?)
}

/// How many campaigns a list has.
#[server(protocol = Rpc, prefix = "/rpc", endpoint = "campaigns/count")]
pub async fn count_campaigns(query: CampaignQuery) -> Result<i64, ApiError> {
    let (caller, backend) = crate::caller::caller()?;
    Ok(backend.campaigns().count(&caller, &query).await?)
}

/// These campaigns as they are now.
#[server(protocol = Rpc, prefix = "/rpc", endpoint = "campaigns/rows")]
pub async fn campaign_rows(ids: Vec<CampaignId>) -> Result<Vec<CampaignRow>, ApiError> {
    let (caller, backend) = crate::caller::caller()?;
    Ok(backend.campaigns().rows(&caller, &ids).await?)
}

/// A campaign.
#[server(protocol = Rpc, prefix = "/rpc", endpoint = "campaigns/get")]
pub async fn get_campaign(id: CampaignId) -> Result<CampaignView, ApiError> {
    let (caller, backend) = crate::caller::caller()?;
    Ok(backend.campaigns().view(&caller, id).await?)
}

/// The designs to start from.
#[server(protocol = Rpc, prefix = "/rpc", endpoint = "campaigns/designs")]
pub async fn designs() -> Result<Vec<DesignChoice>, ApiError> {
    let (caller, backend) = crate::caller::caller()?;
    Ok(backend.campaigns().designs(&caller)?)
}

/// Makes a draft.
#[server(protocol = Rpc, prefix = "/rpc", endpoint = "campaigns/create")]
pub async fn create_campaign(form: CampaignForm) -> Result<CampaignView, ApiError> {
    let (caller, backend) = crate::caller::caller()?;
    Ok(backend.campaigns().create(&caller, &form).await?)
}

/// Changes a campaign.
#[server(protocol = Rpc, prefix = "/rpc", endpoint = "campaigns/update")]
pub async fn update_campaign(id: CampaignId, form: CampaignForm) -> Result<CampaignView, ApiError> {
    let (caller, backend) = crate::caller::caller()?;
    Ok(backend.campaigns().update(&caller, id, &form).await?)
}

/// Starts, pauses, resumes or ends a campaign.
#[server(protocol = Rpc, prefix = "/rpc", endpoint = "campaigns/set_state")]
pub async fn set_campaign_state(
    id: CampaignId,
    state: CampaignState,
    #[server(default)] anyway: bool,
) -> Result<CampaignView, ApiError> {
    let (caller, backend) = crate::caller::caller()?;
    Ok(backend
        .campaigns()
        .set_state_asking(&caller, id, state, anyway)
        .await?)
}

/// A page of the recipients of a campaign.
#[server(protocol = Rpc, prefix = "/rpc", endpoint = "campaigns/recipients")]
pub async fn list_recipients(id: CampaignId, query: RecipientQuery) -> Result<Page<RecipientRow>, ApiError> {
    let (caller, backend) = crate::caller::caller()?;
    Ok(backend.campaigns().recipients(&caller, id, &query).await?)
}

/// One recipient as it is now.
#[server(protocol = Rpc, prefix = "/rpc", endpoint = "campaigns/recipient")]
pub async fn get_recipient(id: RecipientId) -> Result<RecipientRow, ApiError> {
    let (caller, backend) = crate::caller::caller()?;
    Ok(backend.campaigns().recipient(&caller, id).await?)
}

/// Adds recipients as they were pasted.
#[server(protocol = Rpc, prefix = "/rpc", endpoint = "campaigns/add_recipients")]
pub async fn add_recipients(
    id: CampaignId,
    recipients: String,
    #[server(default)] anyway: bool,
) -> Result<AddedRecipients, ApiError> {
    let (caller, backend) = crate::caller::caller()?;
    let added = backend
        .campaigns()
        .add_drawable(&caller, id, &domain::campaigns::pasted(&recipients)?, anyway)
        .await?;
    Ok(added.counted())
}

/// Adds the admin as a test recipient.
#[server(protocol = Rpc, prefix = "/rpc", endpoint = "campaigns/add_myself")]
pub async fn add_myself(id: CampaignId) -> Result<AddedRecipients, ApiError> {
    let (caller, backend) = crate::caller::caller()?;
    Ok(backend.campaigns().add_myself(&caller, id).await?.counted())
}

/// The token of a recipient. It is recorded that it was copied.
#[server(protocol = Rpc, prefix = "/rpc", endpoint = "campaigns/copy_token")]
pub async fn copy_token(id: RecipientId) -> Result<CopiedToken, ApiError> {
    let (caller, backend) = crate::caller::caller()?;
    Ok(backend.campaigns().copied_token(&caller, id).await?)
}

/// Does something to a recipient.
#[server(protocol = Rpc, prefix = "/rpc", endpoint = "campaigns/act")]
pub async fn act(id: RecipientId, action: RecipientAction, reason: String) -> Result<(), ApiError> {
    let (caller, backend) = crate::caller::caller()?;
    Ok(backend.campaigns().act(&caller, id, action, &reason).await?)
}

/// Gives what a recipient claimed another last day; blank: none.
#[server(protocol = Rpc, prefix = "/rpc", endpoint = "campaigns/change_expiry")]
pub async fn change_expiry(id: RecipientId, expires: String) -> Result<(), ApiError> {
    let (caller, backend) = crate::caller::caller()?;
    Ok(backend.campaigns().change_expiry(&caller, id, &expires).await?)
}

/// What happened to a recipient.
#[server(protocol = Rpc, prefix = "/rpc", endpoint = "campaigns/history")]
pub async fn recipient_history(id: RecipientId) -> Result<Vec<HistoryEntry>, ApiError> {
    let (caller, backend) = crate::caller::caller()?;
    Ok(backend.campaigns().recipient_history(&caller, id).await?)
}

/// Sends the mail of a recipient again.
#[server(protocol = Rpc, prefix = "/rpc", endpoint = "campaigns/send_again")]
pub async fn send_again(id: RecipientId) -> Result<(), ApiError> {
    let (caller, backend) = crate::caller::caller()?;
    Ok(backend.campaigns().send_again(&caller, id).await?)
}

/// Corrects name and address of a recipient.
#[server(protocol = Rpc, prefix = "/rpc", endpoint = "campaigns/correct")]
pub async fn correct(
    id: RecipientId,
    form: RecipientForm,
    #[server(default)] anyway: bool,
) -> Result<(), ApiError> {
    let (caller, backend) = crate::caller::caller()?;
    Ok(backend
        .campaigns()
        .correct_drawable(&caller, id, &form, anyway)
        .await?)
}

/// The design of a campaign.
#[server(protocol = Rpc, prefix = "/rpc", endpoint = "campaigns/design")]
pub async fn get_design(id: CampaignId) -> Result<DesignView, ApiError> {
    let (caller, backend) = crate::caller::caller()?;
    Ok(backend.campaigns().design(&caller, id).await?)
}

/// Saves a design as another version, unless another one than `based_on` counts by now.
#[server(protocol = Rpc, prefix = "/rpc", endpoint = "campaigns/save_design")]
pub async fn save_design(id: CampaignId, based_on: DesignId, design: Design) -> Result<DesignView, ApiError> {
    let (caller, backend) = crate::caller::caller()?;
    Ok(backend
        .campaigns()
        .save_design(&caller, id, Some(based_on), &design)
        .await?)
}

/// Lets a version from before count again.
#[server(protocol = Rpc, prefix = "/rpc", endpoint = "campaigns/use_design")]
pub async fn use_design(
    id: CampaignId,
    version: DesignId,
    based_on: DesignId,
) -> Result<DesignView, ApiError> {
    let (caller, backend) = crate::caller::caller()?;
    Ok(backend
        .campaigns()
        .use_design(&caller, id, version, Some(based_on))
        .await?)
}

/// A page of the versions of a design.
#[server(protocol = Rpc, prefix = "/rpc", endpoint = "campaigns/design_versions")]
pub async fn design_versions(id: CampaignId, after: Option<Cursor>) -> Result<Page<DesignVersion>, ApiError> {
    let (caller, backend) = crate::caller::caller()?;
    Ok(backend
        .campaigns()
        .design_versions(&caller, id, after.as_ref(), None)
        .await?)
}

/// Texts as they are drawn.
#[server(protocol = Rpc, prefix = "/rpc", endpoint = "campaigns/draw_texts")]
pub async fn draw_texts(
    id: CampaignId,
    #[server(default)] fields: Vec<Field>,
) -> Result<Vec<DrawnText>, ApiError> {
    let (caller, backend) = crate::caller::caller()?;
    Ok(backend
        .campaigns()
        .draw_texts(&caller, id, &fields, PreviewOf::Ordinary)
        .await?)
}

/// A design that is not saved, drawn for a recipient: the address of a picture that holds it.
#[server(protocol = Rpc, prefix = "/rpc", endpoint = "campaigns/preview_design")]
pub async fn preview_design(id: CampaignId, design: Design, of: PreviewOf) -> Result<String, ApiError> {
    let (caller, backend) = crate::caller::caller()?;
    Ok(backend
        .campaigns()
        .preview_address(&caller, id, &design, of)
        .await?)
}

/// Lets a draft start by itself, or no more.
#[server(protocol = Rpc, prefix = "/rpc", endpoint = "campaigns/schedule")]
pub async fn schedule(id: CampaignId, form: ScheduleForm) -> Result<CampaignView, ApiError> {
    let (caller, backend) = crate::caller::caller()?;
    Ok(backend.campaigns().schedule(&caller, id, &form).await?)
}

/// A file of recipients, and how far its import is.
#[server(protocol = Rpc, prefix = "/rpc", endpoint = "campaigns/import")]
pub async fn get_import(id: CampaignId, import: ImportId) -> Result<ImportView, ApiError> {
    let (caller, backend) = crate::caller::caller()?;
    Ok(backend.campaigns().import_view(&caller, id, import).await?)
}

/// What would become of a file.
#[server(protocol = Rpc, prefix = "/rpc", endpoint = "campaigns/check_import")]
pub async fn check_import(
    id: CampaignId,
    import: ImportId,
    form: ImportForm,
) -> Result<ImportCheck, ApiError> {
    let (caller, backend) = crate::caller::caller()?;
    Ok(backend
        .campaigns()
        .check_import(&caller, id, import, &form)
        .await?)
}

/// Adds the recipients of a file.
#[server(protocol = Rpc, prefix = "/rpc", endpoint = "campaigns/start_import")]
pub async fn start_import(
    id: CampaignId,
    import: ImportId,
    form: ImportForm,
) -> Result<ImportView, ApiError> {
    let (caller, backend) = crate::caller::caller()?;
    Ok(backend
        .campaigns()
        .start_import(&caller, id, import, &form)
        .await?)
}

/// Stops an import.
#[server(protocol = Rpc, prefix = "/rpc", endpoint = "campaigns/cancel_import")]
pub async fn cancel_import(id: CampaignId, import: ImportId) -> Result<ImportView, ApiError> {
    let (caller, backend) = crate::caller::caller()?;
    Ok(backend.campaigns().cancel_import(&caller, id, import).await?)
}

/// Does the same to many recipients.
#[server(protocol = Rpc, prefix = "/rpc", endpoint = "campaigns/act_on_many")]
pub async fn act_on_many(id: CampaignId, form: BulkForm) -> Result<BatchView, ApiError> {
    let (caller, backend) = crate::caller::caller()?;
    Ok(backend.campaigns().act_on_many(&caller, id, &form).await?)
}

/// How far work on many recipients is.
#[server(protocol = Rpc, prefix = "/rpc", endpoint = "campaigns/batch")]
pub async fn get_batch(id: BatchId) -> Result<BatchView, ApiError> {
    let (caller, backend) = crate::caller::caller()?;
    Ok(backend.campaigns().batch(&caller, id).await?)
}

/// Gives a recipient the name they ask for, or does not.
#[server(protocol = Rpc, prefix = "/rpc", endpoint = "campaigns/answer_name")]
pub async fn answer_name(id: RecipientId, approve: bool) -> Result<(), ApiError> {
    let (caller, backend) = crate::caller::caller()?;
    Ok(backend.campaigns().answer_name(&caller, id, approve).await?)
}

/// What credentials say of the organisation beside its name.
#[server(protocol = Rpc, prefix = "/rpc", endpoint = "campaigns/issuer")]
pub async fn get_issuer() -> Result<IssuerProfile, ApiError> {
    let (caller, backend) = crate::caller::caller()?;
    Ok(backend.campaigns().issuer_profile(&caller).await?)
}

/// Changes that.
#[server(protocol = Rpc, prefix = "/rpc", endpoint = "campaigns/change_issuer")]
pub async fn change_issuer_profile(form: IssuerProfile) -> Result<IssuerProfile, ApiError> {
    let (caller, backend) = crate::caller::caller()?;
    Ok(backend.campaigns().change_issuer_profile(&caller, &form).await?)
}

/// The keys that the organisation signs with.
#[server(protocol = Rpc, prefix = "/rpc", endpoint = "campaigns/issuer_keys")]
pub async fn issuer_keys() -> Result<Vec<IssuerKey>, ApiError> {
    let (caller, backend) = crate::caller::caller()?;
    Ok(backend.campaigns().issuer_keys(&caller).await?)
}

/// Makes another one.
#[server(protocol = Rpc, prefix = "/rpc", endpoint = "campaigns/rotate_issuer_keys")]
pub async fn rotate_issuer_keys() -> Result<Vec<IssuerKey>, ApiError> {
    let (caller, backend) = crate::caller::caller()?;
    Ok(backend.campaigns().rotate_issuer_keys(&caller).await?)
}
