//! Everything that opens a link and does not click its button: GET, HEAD and OPTIONS, prefetch and previews, mail
//! scanners. They follow the link to its end, with and without cookies. None of it spends, and afterwards the link
//! opens.

use reqwest::Method;

use crate::crowd::Crowd;
use crate::failure::{Outcome, promise};
use crate::installation::Installation;
use crate::lab::Lab;
use crate::oracle::judge;
use crate::person;

const LOOKERS: [(&str, &str); 8] = [
    ("purpose", "prefetch"),
    ("sec-purpose", "prefetch;prerender"),
    (
        "user-agent",
        "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)",
    ),
    ("user-agent", "facebookexternalhit/1.1"),
    ("user-agent", "Mozilla/5.0 (compatible; Microsoft-SafeLinks)"),
    ("user-agent", "Mozilla/5.0 (compatible; Barracuda Sentinel)"),
    ("user-agent", "Mozilla/5.0 (Windows NT 10.0) Mimecast"),
    ("user-agent", "WhatsApp/2.23"),
];

/// Page views, then one confirmation.
pub async fn run(lab: &Lab) -> Outcome {
    let installation = Installation::on_sqlite(lab).await?;
    let tokens = installation.tokens([1]).await?;
    let server = installation.serve().await?;
    let http = person::http();
    let key = "key=k&name=Grete&email=grete%40example.org&press=yes";
    let code = &tokens[0].code;
    let paths = [
        format!("/t/{code}"),
        format!("/t/{code}?seen=1"),
        format!("/t/{code}?{key}"),
        format!("/t/open?code={code}&{key}"),
    ];
    let mut looks = 0;
    for path in &paths {
        for method in [Method::GET, Method::HEAD, Method::OPTIONS] {
            for (name, value) in LOOKERS {
                for keeps_cookies in [false, true] {
                    let http = looker(keeps_cookies)?;
                    let request = http.request(method.clone(), format!("{}{path}", server.url));
                    request.header(name, value).send().await?;
                    looks += 1;
                }
            }
        }
    }
    let nobody = Crowd::new(&tokens[0], 0);
    judge(&installation, std::slice::from_ref(&nobody)).await?;
    let mut crowd = Crowd::new(&tokens[0], 1);
    crowd.race(&http, std::slice::from_ref(&server.url)).await;
    let tally = judge(&installation, &[crowd]).await?;
    promise(tally.given == 1, || {
        "after all the looking the link did not open".into()
    })?;
    server.did_not_panic()?;
    Ok(format!("{looks} looks spent nothing, then {tally}"))
}

/// A new client, which follows every redirect.
fn looker(keeps_cookies: bool) -> Outcome<reqwest::Client> {
    let builder = reqwest::Client::builder().cookie_store(keeps_cookies).no_proxy();
    Ok(builder.build()?)
}
