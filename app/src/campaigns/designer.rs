//! *Design*: how the certificates of a campaign look, placed by mouse, by keys and by numbers.
//!
//! The page is drawn by the server: letters as outlines, in the very fonts of the certificates. What is moved is moved at
//! once; what is written otherwise is asked for, and until then stands there in the browser's own letters.

mod canvas;
mod desk;
mod history;
mod keys;
mod layers;
mod leaving;
mod numbers;
mod panel;
mod pictures;
mod placing;
mod preview;
mod saving;
mod sheet;
mod texts;
mod versions;

use domain::campaigns::design::DesignView;
use domain::{CampaignId, Permission, Refusal};
use leptos::prelude::*;
use leptos::wasm_split::{SplitLoaderError, wasm_split};
use leptos_meta::Title;

use super::api;
use crate::error::ApiError;
use crate::request_context::RequestContext;
use crate::routes;
use crate::ui::icon::{self, icon};
use crate::ui::late::{late, load_soon};
use crate::ui::opening::{id, opening};

use desk::Desk;

/// The page.
pub fn design_page() -> AnyView {
    let id = id();
    opening(
        id.into(),
        move || Box::pin(open(id.get_untracked())),
        |view| view! { <Designer view/> }.into_any(),
        |_| None,
    )
}

async fn open(id: String) -> Result<DesignView, ApiError> {
    let id: CampaignId = id.parse().map_err(|_| ApiError::Refused(Refusal::NotFound))?;
    api::get_design(id).await
}

#[component]
fn Designer(view: DesignView) -> AnyView {
    let may_change = RequestContext::current().may(Permission::CampaignsManage);
    let title = view.title.clone();
    let previewing = RwSignal::new(false);
    let desk = Desk::new(view, may_change);
    texts::keep_drawn(desk);
    leaving::watch(desk);
    keys::listen(desk);
    load_soon(|| Box::pin(load()));
    view! {
        <Title text=format!("Design of {title}")/>
        <div class="head">
            <a class="icon-button" href=routes::campaign(desk.campaign) aria-label="Back to the campaign" title="Back to the campaign">{icon(icon::BACK)}</a>
            <h1>{title}<small>"Design"</small></h1>
            <span class="switch"></span>
            <button type="button" class="button" on:click=move |_| previewing.set(true)>{icon(icon::EYE)}"Preview"</button>
            {may_change.then(|| saving::save_button(desk))}
        </div>
        {saving::notices(desk)}
        {(!may_change).then(|| view! {
            <div class="notice" role="note"><p>"You may look at this design, not change it."</p></div>
        })}
        <div class="designer">
            <section class="designer-page" aria-label="Page">
                {may_change.then(|| layers::tools(desk))}
                {canvas::canvas(desk)}
                <p class="fine">
                    "Drag what stands on the page, or choose it and use the arrow keys, with Shift for ten units. "
                    <kbd>"["</kbd>" and "<kbd>"]"</kbd>" choose, "<kbd>"Delete"</kbd>" takes away, "<kbd>"Ctrl"</kbd>" "<kbd>"Z"</kbd>" undoes."
                </p>
            </section>
            <div class="designer-side">
                {panel::panel(desk)}
                {layers::list(desk)}
                {sheet::sheet(desk)}
                {versions::versions(desk)}
            </div>
        </div>
        <p class="unseen" role="status">{move || desk.said.get()}</p>
        {move || previewing.get().then(|| in_tools(desk, Tool::Preview(previewing)))}
    }
    .into_any()
}

/// What is shown beside the page only when it is asked for.
enum Tool {
    /// The fields of what is chosen.
    Fields(panel::Kind),
    /// The versions.
    Versions,
    /// The preview, while this says so.
    Preview(RwSignal<bool>),
}

/// A tool: they are a part of the Wasm of their own, which comes after the page.
fn in_tools(desk: Desk, shown: Tool) -> AnyView {
    let given_up = match shown {
        Tool::Preview(previewing) => Callback::new(move |()| previewing.set(false)),
        Tool::Fields(_) | Tool::Versions => Callback::new(|()| {}),
    };
    late(Box::pin(tool(desk, shown)), given_up)
}

#[wasm_split(design_tools, wasm_split_path = ::leptos::wasm_split, preload(load), fallible)]
fn tool(desk: Desk, shown: Tool) -> Result<AnyView, SplitLoaderError> {
    Ok(match shown {
        Tool::Fields(kind) => panel::fields(desk, kind),
        Tool::Versions => versions::list(desk),
        Tool::Preview(previewing) => {
            view! { <preview::Preview desk on_close=move |()| previewing.set(false)/> }.into_any()
        }
    })
}
