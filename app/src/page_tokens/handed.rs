//! A link that is handed out: by itself, as a command, as a line of a crontab.

use domain::TokenId;
use domain::page_tokens::list::PageTokenLink;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::api;
use crate::access_tokens::CopyField;
use crate::ui::dialog::Dialog;
use crate::ui::notice;

/// The fields to copy.
pub fn handed(link: PageTokenLink) -> AnyView {
    view! {
        <CopyField id="page-token-link" label="Link" text=link.link action="Copy link"/>
        <CopyField id="page-token-curl" label="Command line" text=link.curl action="Copy command"/>
        <CopyField id="page-token-cron" label="Line of a crontab" text=link.crontab action="Copy line"/>
        <p class="fine">"Whoever has the link can use it."</p>
    }
    .into_any()
}

/// The dialog that shows the link again, which is recorded.
#[component]
pub fn Reveal(id: TokenId, on_close: Callback<()>) -> AnyView {
    let answer = RwSignal::new(None);
    spawn_local(async move {
        let link = api::reveal_page_token(id).await;
        answer.try_set(Some(link));
    });
    dialog("The link of this token", answer, on_close)
}

/// The dialog that gives a token a new link.
#[component]
pub fn Rotate(id: TokenId, on_close: Callback<()>) -> AnyView {
    let hours = RwSignal::new("24".to_owned());
    let answer = RwSignal::new(None);
    let rotate = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let hours = hours.get_untracked().trim().parse().unwrap_or(-1);
        spawn_local(async move {
            let link = api::rotate_page_token(id, hours).await;
            answer.try_set(Some(link));
        });
    };
    view! {
        <Dialog title="Rotate the token" on_close>
            {move || match answer.get() {
                Some(Ok(link)) => view! { <div class="body">{handed(link)}</div> }.into_any(),
                failed => view! {
                    <form class="form" novalidate on:submit=rotate>
                        <div class="body">
                            <div class="field">
                                <label for="rotate-grace">"Hours for which the old link stays good"</label>
                                <input
                                    id="rotate-grace" class="input" inputmode="numeric" autocomplete="off" prop:value=move || hours.get()
                                    on:input=move |event| hours.set(event_target_value(&event))
                                />
                                <small>"0 ends it now. Hits of both links count together."</small>
                            </div>
                            {match failed {
                                Some(Err(error)) => notice::problem(&error, None),
                                _ => ().into_any(),
                            }}
                        </div>
                        <footer><button type="submit" class="button primary">"Make a new link"</button></footer>
                    </form>
                }.into_any(),
            }}
        </Dialog>
    }
    .into_any()
}

fn dialog(
    title: &'static str,
    answer: RwSignal<Option<Result<PageTokenLink, crate::error::ApiError>>>,
    on_close: Callback<()>,
) -> AnyView {
    view! {
        <Dialog title class="share" on_close>
            <div class="body" aria-busy=move || answer.with(Option::is_none).then_some("true")>
                {move || answer.get().map(|answer| match answer {
                    Ok(link) => handed(link),
                    Err(error) => notice::problem(&error, None),
                })}
            </div>
        </Dialog>
    }
    .into_any()
}
