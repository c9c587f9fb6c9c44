//! *Batch*: page tokens for jobs that a clock runs.

use leptos::prelude::*;
use leptos_meta::Title;

use crate::access_tokens::CopyField;
use crate::routes;

/// The page.
pub fn batch_page() -> AnyView {
    let token = "TOKENWRIGHT_TOKEN=twp_…";
    let line = "15 * * * * curl --fail --silent --show-error --globoff --header \"Authorization: Bearer $TOKENWRIGHT_TOKEN\" 'https://shop.example.org/batch/nightly?step=export'";
    view! {
        <Title text="Batch"/>
        <div class="head">
            <h1>"Batch"</h1>
            <a class="button quiet-button" href=routes::PAGE_TOKENS>"Admin Tokens"</a>
        </div>
        <div class="prose">
            <p>"A batch action is a page of your site that does something when it is opened: it exports, imports, rebuilds, sends. A page token lets a program on another server open that page, and no other, as a member of the groups that may do it."</p>
            <h2>"How to set it up"</h2>
            <ol>
                <li><a href=format!("{}?tab=sites", routes::PAGE_TOKENS)>"Add the site"</a>", once."</li>
                <li><a href=format!("{}?tab=add", routes::PAGE_TOKENS)>"Add a token"</a>" with the full URL of the action, its groups, -1 for the hits, and an end: a year is a good one. Tick \"GET and HEAD only\" if that is all it does."</li>
                <li>"Put the token and the line below into the crontab of the other server. Every token shows its own line when it is added."</li>
            </ol>
            <CopyField id="batch-token" label="Top of the crontab" text=token action="Copy"/>
            <CopyField id="batch-line" label="Line of the crontab" text=line action="Copy line"/>
            <p>"In a header the token stands in no log. In the address, "<code>"?TOKEN=twp_…"</code>" in upper or lower case does the same. A percent sign in a crontab is written "<code>"\\%"</code>"."</p>
            <h2>"When it does not work"</h2>
            <p><code>"curl --fail"</code>" ends with 22 when the page answers with an error, so that cron sends you a mail. "<a href=format!("{}?tab=explain", routes::PAGE_TOKENS)>"Why was this refused?"</a>" says which rule it was."</p>
        </div>
    }
    .into_any()
}
