//! The list of campaigns.

use domain::campaigns::{CampaignRow, CampaignState, DesignChoice};
use domain::form::grouped;
use domain::{Page, Permission};
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_meta::Title;
use serde::{Deserialize, Serialize};

use super::{api, create};
use crate::error::ApiError;
use crate::routes;
use crate::ui::icon::{self, icon};
use crate::ui::opening::opening;
use crate::ui::toast::Toasts;
use crate::ui::{notice, time};
use crate::visit::Visit;

/// What the page opens with.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Opening {
    page: Page<CampaignRow>,
    designs: Vec<DesignChoice>,
}

/// The page.
pub fn campaigns_page() -> AnyView {
    view! {
        <Title text="Certificates"/>
        {opening(
            Signal::stored(String::new()),
            || Box::pin(open()),
            |opening| view! { <Campaigns opening/> }.into_any(),
            |_| None,
        )}
    }
    .into_any()
}

async fn open() -> Result<Opening, ApiError> {
    Ok(Opening {
        page: api::list_campaigns(None).await?,
        designs: api::designs().await?,
    })
}

#[component]
fn Campaigns(opening: Opening) -> AnyView {
    let visit = Visit::current();
    let toasts = Toasts::current();
    let rows = RwSignal::new(opening.page.rows);
    let next = RwSignal::new(opening.page.next);
    let making = RwSignal::new(false);
    let designs = StoredValue::new(opening.designs);
    let may_manage = visit.may(Permission::CampaignsManage);
    let more = move |_| {
        spawn_local(async move {
            match api::list_campaigns(next.get_untracked()).await {
                Ok(page) => {
                    rows.try_update(|rows| rows.extend(page.rows));
                    next.try_set(page.next);
                }
                Err(error) => toasts.say(error.to_string()),
            }
        });
    };
    let new = move || {
        may_manage.then(|| {
            view! {
                <button type="button" class="button primary" on:click=move |_| making.set(true)>
                    {icon(icon::PLUS)}"New campaign"
                </button>
            }
        })
    };
    view! {
        <div class="head">
            <h1>"Certificates"</h1>
            <span class="switch"></span>
            <a class="button" href=routes::SIGN_IN_PROVIDERS>"Sign-in providers"</a>
            {new()}
        </div>
        {move || if rows.with(Vec::is_empty) {
            let sentence = "A campaign is a certificate or badge with its recipients. Each of them gets an own link to claim it.";
            notice::empty("No campaigns yet", sentence, new().into_any())
        } else {
            view! { <div class="table campaigns"><table role="table" aria-label="Campaigns">
                <thead><tr>
                    <th scope="col" class="primary">"Title"</th><th scope="col" class="kind">"Type"</th><th scope="col" class="how-far">"State"</th>
                    <th scope="col" class="n">"Recipients"</th><th scope="col" class="n">"Claimed"</th><th scope="col" class="made">"Made"</th>
                </tr></thead>
                <tbody>{rows.get().into_iter().map(row).collect_view()}</tbody>
            </table></div> }.into_any()
        }}
        {move || next.with(Option::is_some).then(|| view! {
            <div class="row-end"><button type="button" class="button" on:click=more>"Show more"</button></div>
        })}
        {move || making.get().then(|| view! { <create::Create designs=designs.get_value() on_close=move |()| making.set(false)/> })}
    }
    .into_any()
}

fn row(row: CampaignRow) -> AnyView {
    view! {
        <tr>
            <td class="primary"><a class="name" href=routes::campaign(row.id)>{row.title}</a></td>
            <td data-label="Type">{row.kind.label()}</td>
            <td data-label="State">{state(row.state)}</td>
            <td class="n" data-label="Recipients">{grouped(row.recipients)}</td>
            <td class="n" data-label="Claimed">{grouped(row.claimed)}</td>
            <td data-label="Made">{time::date(&row.created)}</td>
        </tr>
    }
    .into_any()
}

/// How far a campaign is, with its sign.
pub(super) fn state(state: CampaignState) -> AnyView {
    let (class, sign) = match state {
        CampaignState::Draft => ("state not-yet", icon::PENCIL),
        CampaignState::Live => ("state live", icon::TICK),
        CampaignState::Paused => ("state suspended", icon::PAUSE),
        CampaignState::Ended => ("state revoked", icon::STOP),
    };
    view! { <span class=class>{icon(sign)}{state.label()}</span> }.into_any()
}
