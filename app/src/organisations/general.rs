//! *General*: the organisation's name and time zone.

use domain::Problems;
use domain::organisations::{OrganisationView, organisation_name};
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_meta::Title;
use serde::{Deserialize, Serialize};

use super::{api, organisation_tabs};
use crate::error::ApiError;
use crate::request_context::RequestContext;
use crate::ui::form::{Field, FormState, Select};
use crate::ui::opening::{both, opening};
use crate::ui::toast::Toasts;

/// What the page opens with.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Opening {
    view: OrganisationView,
    zones: Vec<String>,
}

/// The page.
pub fn organisation_page() -> AnyView {
    view! {
        <Title text="Organisation"/>
        <div class="head"><h1>"Organisation"</h1></div>
        {organisation_tabs()}
        {opening(
            Signal::stored(String::new()),
            || Box::pin(open()),
            |opening| view! { <Settings opening/> }.into_any(),
            |_| None,
        )}
    }
    .into_any()
}

async fn open() -> Result<Opening, ApiError> {
    let (view, zones) = both(api::view_organisation(), api::time_zones()).await?;
    Ok(Opening { view, zones })
}

#[component]
fn Settings(opening: Opening) -> AnyView {
    let visit = RequestContext::current();
    let toasts = Toasts::current();
    let form = FormState::new("organisation");
    let Opening { view, zones } = opening;
    let may_change = visit.may(domain::Permission::OrganisationManage);
    let name = RwSignal::new(view.name);
    let time_zone = RwSignal::new(view.time_zone);
    let id = view.id.to_string();
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let typed = name.get_untracked();
        let parsed = organisation_name(&typed).map_err(|error| Problems::one("name", error.to_string()));
        if form.fits(parsed) {
            form.send(
                api::update_organisation(typed, time_zone.get_untracked()),
                move |_| {
                    toasts.say("Saved.");
                    spawn_local(async move {
                        if let Ok(me) = api::who_am_i().await {
                            visit.me.try_set(Some(me));
                        }
                    });
                },
            );
        }
    };
    let options: Vec<_> = zones.into_iter().map(|zone| (zone.clone(), zone)).collect();
    view! {
        <form class="panel narrow" novalidate on:submit=submit>
            <fieldset class="bare" disabled=!may_change>
                <legend class="unseen">"Settings"</legend>
                <Field form name="name" label="Name" value=name/>
                <Select form name="time_zone" label="Time zone" value=time_zone options=Signal::stored(options)
                    hint=Signal::stored("Dates of tokens start and end with the day in this zone.".to_owned())/>
            </fieldset>
            {form.failure()}
            {if may_change {
                view! {
                    <div class="row-end">
                        <button type="submit" class="button primary" aria-busy=move || form.busy.get().then_some("true")>"Save"</button>
                    </div>
                }.into_any()
            } else {
                view! { <p class="quiet">"Only an owner changes these."</p> }.into_any()
            }}
        </form>
        <section class="panel narrow">
            <h2>"For reference"</h2>
            <dl class="facts plain">
                <div><dt>"Tenant Id"</dt><dd><code>{id}</code></dd></div>
                <div><dt>"Full Tokens feature"</dt><dd>{if view.full_tokens { "on" } else { "off" }}</dd></div>
            </dl>
        </section>
    }
    .into_any()
}
