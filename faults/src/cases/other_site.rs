//! A page of another site sends the form, by a script or through a person who is tricked: it is refused, and nothing is
//! spent.

use crate::crowd::Crowd;
use crate::failure::{Outcome, promise};
use crate::installation::Installation;
use crate::lab::Lab;
use crate::oracle::judge;
use crate::person::{self, Person};

const SIGNS: [&[(&str, &str)]; 5] = [
    &[("origin", "https://evil.example")],
    &[("origin", "null")],
    &[("sec-fetch-site", "cross-site")],
    &[("sec-fetch-site", "same-site"), ("origin", "https://x.example")],
    &[("cookie", "tokenwright=whatever")],
];

/// The form from another site, in each way in which browsers report that.
pub async fn run(lab: &Lab) -> Outcome {
    let installation = Installation::on_sqlite(lab).await?;
    let tokens = installation.tokens([10]).await?;
    let server = installation.serve().await?;
    let http = person::http();
    for signs in SIGNS {
        let somebody = Person::new();
        let mut request = http
            .post(format!("{}/t/open", server.url))
            .form(&somebody.form(&tokens[0]));
        for (name, value) in signs {
            request = request.header(*name, *value);
        }
        let status = request.send().await?.status();
        promise(status.as_u16() == 403, || {
            format!("a form with {signs:?} was answered with {status}")
        })?;
    }
    judge(&installation, &[Crowd::new(&tokens[0], 0)]).await?;
    server.did_not_panic()?;
    Ok(format!(
        "{} forms from elsewhere were refused and spent nothing",
        SIGNS.len()
    ))
}
