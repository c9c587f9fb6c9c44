//! *Description of Use*: how to call the API with a token, as commands that work as they stand once the token is in them.

use leptos::prelude::*;

/// What stands for the string until somebody puts it there.
const PLACEHOLDER: &str = "YOUR_TOKEN";

/// A call that every token may make: what it is, and what it may do.
pub const PATH: &str = "/api/v1/tokens/self";

fn call(address: &str) -> String {
    format!("{address}{PATH}")
}

/// The call as a command.
pub fn curl(address: &str, secret: &str) -> String {
    format!("curl -H \"Authorization: Bearer {secret}\" {}", call(address))
}

fn python(address: &str) -> String {
    let url = call(address);
    format!(
        "import json, urllib.request\n\
         request = urllib.request.Request(\"{url}\", headers={{\"Authorization\": \"Bearer {PLACEHOLDER}\"}})\n\
         print(json.load(urllib.request.urlopen(request)))"
    )
}

fn javascript(address: &str) -> String {
    let url = call(address);
    format!(
        "const answer = await fetch(\"{url}\", {{ headers: {{ Authorization: \"Bearer {PLACEHOLDER}\" }} }});\n\
         console.log(await answer.json());"
    )
}

/// The sentences and the commands.
pub fn description(address: &str) -> AnyView {
    let commands = [
        ("curl", curl(address, PLACEHOLDER)),
        ("Python", python(address)),
        ("JavaScript", javascript(address)),
    ];
    let commands = commands
        .into_iter()
        .map(|(language, command)| {
            view! {
                <h3>{language}</h3>
                <pre class="command" tabindex="0" role="group" aria-label=language><code>{command}</code></pre>
            }
        })
        .collect_view();
    view! {
        <p>
            "Programs send the token in the head of each request, as "<code>"Authorization: Bearer …"</code>
            ". This call says what the token is and what it may do:"
        </p>
        {commands}
        <p><a href="/api/v1/docs" rel="external">"Everything else that programs can call"</a></p>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_commands_name_the_real_address() {
        let address = "https://tokens.example.org";
        for command in [curl(address, "twa_x"), python(address), javascript(address)] {
            assert!(
                command.contains("https://tokens.example.org/api/v1/tokens/self"),
                "{command}"
            );
        }
        assert!(curl(address, "twa_x").contains("Bearer twa_x\""));
    }
}
