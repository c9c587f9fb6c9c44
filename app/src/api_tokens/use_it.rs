//! *Description of Use*: how to call the API with a token, as commands that work as they stand.

use leptos::prelude::*;

/// What stands for the secret until somebody puts it there.
pub const PLACEHOLDER: &str = "YOUR_TOKEN";

/// The commands.
pub fn description(address: &str) -> AnyView {
    let url = format!("{address}/api/v1/tokens/self");
    let curl = format!("TOKEN={PLACEHOLDER}\ncurl -H \"Authorization: Bearer $TOKEN\" {url}");
    let python = format!(
        "import json, urllib.request\nrequest = urllib.request.Request(\"{url}\", headers={{\"Authorization\": \"Bearer {PLACEHOLDER}\"}})\nprint(json.load(urllib.request.urlopen(request)))"
    );
    let script = format!(
        "const answer = await fetch(\"{url}\", {{ headers: {{ Authorization: \"Bearer {PLACEHOLDER}\" }} }});\nconsole.log(await answer.json());"
    );
    view! {
        <p>"Send the token in the head of each request, as "<code>"Authorization: Bearer …"</code>
            ". This call says what the token is and may do:"</p>
        <h3>"curl"</h3><pre><code>{curl}</code></pre>
        <h3>"Python"</h3><pre><code>{python}</code></pre>
        <h3>"JavaScript"</h3><pre><code>{script}</code></pre>
        <p><a href="/api/v1/docs" rel="external">"Everything else that it can call"</a></p>
    }
    .into_any()
}
