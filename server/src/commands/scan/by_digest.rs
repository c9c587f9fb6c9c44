//! Asking a server which tokens are alive, without sending them: six digits of a digest of each, and an answer that says
//! something to those alone who have the token (`POST /api/v1/leaks/check`).

use std::collections::BTreeSet;

use backend::leaks::Checked;
use backend::scan_digest::ScanDigest;
use http::header::CONTENT_TYPE;
use openid::{Ask, Network};
use serde::Deserialize;
use serde_json::json;

/// Beginnings in one request, so that its answer stays small.
const AT_ONCE: usize = 500;

#[derive(Deserialize)]
struct Answer {
    salt: String,
    data: Vec<Bucket>,
}

#[derive(Deserialize)]
struct Bucket {
    prefix: String,
    confirmations: Vec<String>,
}

impl From<Answer> for Checked {
    fn from(answer: Answer) -> Self {
        let buckets = answer.data.into_iter();
        Self {
            salt: answer.salt,
            answers: buckets
                .map(|bucket| (bucket.prefix, bucket.confirmations))
                .collect(),
        }
    }
}

/// Those that are alive.
///
/// # Errors
/// A sentence for the operator: where it cannot be found out of all of them, it is found out of none.
pub(super) async fn alive(server: &str, digests: &[ScanDigest]) -> Result<BTreeSet<ScanDigest>, String> {
    let prefixes: BTreeSet<String> = digests.iter().map(ScanDigest::prefix).collect();
    let prefixes: Vec<String> = prefixes.into_iter().collect();
    let network = Network::anywhere();
    let mut alive = BTreeSet::new();
    for some in prefixes.chunks(AT_ONCE) {
        let checked = ask(&network, server, some).await?;
        for digest in digests.iter().filter(|digest| some.contains(&digest.prefix())) {
            match checked.says_of(digest) {
                Some(true) => {
                    alive.insert(*digest);
                }
                Some(false) => {}
                None => return Err(format!("{server} did not say which of these tokens are alive.")),
            }
        }
    }
    Ok(alive)
}

async fn ask(network: &Network, server: &str, prefixes: &[String]) -> Result<Checked, String> {
    let address = format!("{}/api/v1/leaks/check", server.trim_end_matches('/'));
    let request = http::Request::post(&address)
        .header(CONTENT_TYPE, "application/json")
        .body(json!({ "prefixes": prefixes }).to_string().into_bytes());
    let request = request.map_err(|_| {
        format!("{server} is no address of a server. Write one such as https://tokens.example.org")
    })?;
    let answer = network.ask(request).await;
    let answer = answer.map_err(|trouble| format!("{address} cannot be asked. {trouble}"))?;
    if !answer.status().is_success() {
        return Err(match answer.status().as_u16() {
            429 => format!("{server} was asked too often from here. Wait an hour and ask again."),
            404 | 405 => format!("{server} is an older version, which cannot be asked, or another program."),
            status => format!("{address} answered with {status}."),
        });
    }
    serde_json::from_slice::<Answer>(answer.body())
        .map(Checked::from)
        .map_err(|_| format!("{address} was not answered by this program."))
}
