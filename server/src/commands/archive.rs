//! `tokenwright archive`: everything that links of credentials lead to, as files that any web server can serve.
//!
//! The paths are those of the site, so that links, documents and status lists can still be found under the same host
//! name when nobody runs this program any more.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use app::claims::{Sharing, credential_page};
use app::plain::PageContext;
use backend::Backend;
use backend::campaigns::Form;
use credentials::open_badges_2::Hosted;
use domain::CredentialId;

use crate::cli::Error;
use crate::config::Settings;
use crate::site;

/// What was written.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Written {
    /// Issuers' keys.
    pub issuers: usize,
    /// Status lists.
    pub lists: usize,
    /// Credentials.
    pub credentials: usize,
}

/// The forms of a credential without its pictures, those for old backpacks among them, and those that have to be rendered.
const DOCUMENTS: [(&str, Form); 5] = [
    ("json", Form::Json),
    ("jwt", Form::Jwt),
    ("ob2.json", Form::Hosted(Hosted::Assertion)),
    ("class.json", Form::Hosted(Hosted::Class)),
    ("issuer.json", Form::Hosted(Hosted::Issuer)),
];
const DRAWN: [(&str, Form); 3] = [("pdf", Form::Pdf), ("png", Form::Png), ("svg", Form::Svg)];

/// Runs it.
pub async fn run(settings: &Settings, folder: &Path, without_pictures: bool) -> Result<ExitCode, Error> {
    let backend = super::open(settings).await?;
    let written = write(&backend, folder, !without_pictures).await;
    backend.database().close().await;
    let Written {
        issuers,
        lists,
        credentials,
    } = written?;
    println!(
        "Wrote {credentials} credentials, {lists} status lists and the keys of {issuers} issuers to {}.",
        folder.display()
    );
    println!(
        "Let a web server hand the folder out under the same host name. What is revoked later stands in a later archive alone."
    );
    Ok(ExitCode::SUCCESS)
}

/// Writes the archive. A folder that already has one gets the newer files.
///
/// # Errors
/// Whatever went wrong, in words.
pub async fn write(backend: &Backend, folder: &Path, with_pictures: bool) -> Result<Written, Error> {
    let campaigns = backend.campaigns();
    let mut written = Written::default();
    for issuer in campaigns.issuers().await? {
        if let Some(document) = campaigns.issuer_document(issuer).await? {
            put(folder, &format!("issuers/{issuer}/did.json"), document.as_bytes())?;
            written.issuers += 1;
        }
        // What its pages begin with.
        if let Some(logo) = backend.mail().logo(issuer).await? {
            put(folder, &format!("issuers/{issuer}/logo.png"), &logo)?;
        }
        if let Some(style) = backend.mail().style(issuer).await? {
            put(folder, &format!("issuers/{issuer}/style.css"), style.as_bytes())?;
        }
    }
    let assets = site::assets();
    for path in [&assets.recipient_css, &assets.favicon] {
        if let Some(content) = site::content(path) {
            put(folder, path.trim_start_matches('/'), content)?;
        }
    }
    let context = PageContext {
        stylesheet: &assets.recipient_css,
        favicon: &assets.favicon,
        theme: Default::default(),
        letterhead: None,
    };
    let mut after = None;
    loop {
        let ids = campaigns.credentials_after(after).await?;
        let Some(last) = ids.last() else { break };
        after = Some(*last);
        for id in ids {
            written.credentials +=
                usize::from(credential(backend, folder, &context, id, with_pictures).await?);
        }
    }
    // The lists come last, so that they include everything that was revoked meanwhile.
    for number in campaigns.status_lists().await? {
        for (name, as_jwt) in [(number.to_string(), false), (format!("{number}.jwt"), true)] {
            if let Some(list) = campaigns.status_list(number, as_jwt).await? {
                put(folder, &format!("status/{name}"), list.as_bytes())?;
            }
        }
        written.lists += 1;
    }
    put(folder, "README.txt", README.as_bytes())?;
    Ok(written)
}

/// Writes a credential; returns whether it still existed.
async fn credential(
    backend: &Backend,
    folder: &Path,
    context: &PageContext<'_>,
    id: CredentialId,
    with_pictures: bool,
) -> Result<bool, Error> {
    let campaigns = backend.campaigns();
    let Some(seen) = campaigns.public(id).await? else {
        return Ok(false);
    };
    let page = credential_page(context, &seen, false, Sharing::Linked);
    put(folder, &format!("c/{id}/index.html"), page.as_bytes())?;
    let drawn = if with_pictures { DRAWN.as_slice() } else { &[] };
    for (ending, form) in DOCUMENTS.iter().chain(drawn) {
        if let Some(document) = campaigns.document(id, *form).await? {
            put(folder, &format!("c/{id}.{ending}"), &document.bytes)?;
        }
    }
    Ok(true)
}

fn put(folder: &Path, path: &str, content: &[u8]) -> Result<(), Error> {
    let path: PathBuf = folder.join(path);
    let problem = |error: std::io::Error| format!("{} cannot be written: {error}", path.display());
    if let Some(parent) = path.parent() {
        std::fs::create_dir_all(parent).map_err(problem)?;
    }
    std::fs::write(&path, content).map_err(problem)?;
    Ok(())
}

const README: &str = "Verification archive of Tokenwright.\n\n\
    Hand this folder out by any web server under the host name that the credentials name, over https.\n\
    c/ID is a folder with a page; c/ID.json, .jwt, .pdf, .png and .svg are its documents, .ob2.json, .class.json and\n\
    .issuer.json those for old backpacks.\n\
    issuers/ID/did.json has the issuer's public keys; status/NUMBER and status/NUMBER.jwt say what was revoked.\n\
    Send status/NUMBER as application/json, and Access-Control-Allow-Origin: * with everything.\n";
