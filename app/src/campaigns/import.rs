//! *Import*: recipients from a file or a pasted table. What its columns hold, what would come of it, and how far it is.

mod choose;
mod columns;
mod running;

use domain::campaigns::CampaignView;
use domain::campaigns::import::{ImportState, ImportView};
use domain::{CampaignId, ImportId, Refusal};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;
use serde::{Deserialize, Serialize};

use super::api;
use crate::error::ApiError;
use crate::routes;
use crate::ui::icon::{self, icon};
use crate::ui::opening::{id, opening};

/// What the page opens with.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Opening {
    campaign: CampaignView,
    import: Option<ImportView>,
}

/// The page. The file stands in the address, so that reloading it goes on where it was.
pub fn import_page() -> AnyView {
    let (id, query) = (id(), use_query_map());
    let file = Memo::new(move |_| query.with(|query| query.get("file").unwrap_or_default()));
    opening(
        Signal::derive(move || format!("{} {}", id.get(), file.get())),
        move || Box::pin(open(id.get_untracked(), file.get_untracked())),
        |opening| view! { <Import opening/> }.into_any(),
        |_| None,
    )
}

async fn open(id: String, file: String) -> Result<Opening, ApiError> {
    let id: CampaignId = id.parse().map_err(|_| ApiError::Refused(Refusal::NotFound))?;
    let import = match file.parse::<ImportId>() {
        Ok(import) => Some(api::get_import(id, import).await?),
        Err(_) => None,
    };
    Ok(Opening {
        campaign: api::get_campaign(id).await?,
        import,
    })
}

#[component]
fn Import(opening: Opening) -> AnyView {
    let row = opening.campaign.row;
    let campaign = row.id;
    let import = opening.import.map(RwSignal::new);
    view! {
        <Title text=format!("Import: {}", row.title)/>
        <div class="head">
            <a class="icon-button" href=routes::campaign(campaign) aria-label="Back to the campaign">{icon(icon::BACK)}</a>
            <h1>"Import recipients"</h1>
            <span class="count">{row.title}</span>
        </div>
        <p class="says">{row.state.mails_of_added()}</p>
        {match import {
            None => view! { <choose::Choose campaign/> }.into_any(),
            Some(import) => {
                // Only this decides which part is shown: a part keeps what was chosen in it.
                let is_read = Memo::new(move |_| import.with(|import| import.state == ImportState::Read));
                (move || match is_read.get() {
                    true => view! { <columns::Columns import/> }.into_any(),
                    false => view! { <running::Running import/> }.into_any(),
                }).into_any()
            }
        }}
    }
    .into_any()
}
