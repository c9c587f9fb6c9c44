//! The reverse proxy: what the settings say about it, and what the server sees of a request through it.

use openid::{Ask, Network};

use super::Finding;
use crate::config::{PublicUrl, Settings};
use crate::health::FORWARDING;

/// Whether visitors can be told apart behind the proxy.
pub(super) async fn ask(settings: &Settings) -> Finding {
    let Some(url) = &settings.public_url else {
        return as_set(settings, "none");
    };
    let answer = http::Request::get(format!("{url}/healthz")).body(Vec::new());
    let answer = answer.map_err(|error| format!("{url} cannot be asked: {error}"))?;
    let answer = Network::anywhere().ask(answer).await;
    let answer = answer.map_err(|trouble| format!("{url}/healthz cannot be asked. {trouble}"))?;
    let word = answer
        .headers()
        .get(FORWARDING)
        .and_then(|word| word.to_str().ok());
    match word {
        Some(word) => as_seen(settings, url, word),
        None => Err(format!(
            "{url}/healthz is answered with {}, and not by this program: start the server, and let the proxy hand on every \
             path",
            answer.status()
        )),
    }
}

/// What the running server says about a request through the public address.
fn as_seen(settings: &Settings, url: &PublicUrl, word: &str) -> Finding {
    match word {
        "ignored" => Err(
            "the server does not believe what the proxy says of its visitors: everybody counts as one client, and is slowed \
             down together. Name the addresses that the proxy connects from with --trusted-proxy, such as 127.0.0.1,::1, \
             and start the server again"
                .into(),
        ),
        "none" if url.is_https() => Err(
            "the proxy does not say whom it asks for: everybody counts as one client, and is slowed down together. Let it set \
             X-Forwarded-For; docs/operating.md has the lines"
                .into(),
        ),
        "believed" => as_set(settings, "listed when the server was started"),
        _ => as_set(settings, "none"),
    }
}

/// What the settings say.
fn as_set(settings: &Settings, without: &str) -> Finding {
    let is_behind = settings.public_url.as_ref().is_some_and(PublicUrl::is_https);
    match (is_behind, settings.trusted_proxies.as_slice()) {
        (true, []) => Err(
            "the public URL is https, so a proxy stands in front, but --trusted-proxy names none: everybody would count \
             as one client, and be slowed down together. Name the addresses that the proxy connects from, such as \
             127.0.0.1,::1"
                .into(),
        ),
        (_, []) => Ok(without.into()),
        (_, trusted) => {
            let trusted: Vec<String> = trusted.iter().map(ToString::to_string).collect();
            Ok(format!("X-Forwarded-For of {} is believed", trusted.join(", ")))
        }
    }
}
