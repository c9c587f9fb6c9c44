//! `tokenwright page-token` and `tokenwright site`: page tokens and the sites they belong to, from the command line.

use std::process::ExitCode;

use backend::{Backend, Caller};
use domain::page_tokens::forms::PageTokenForm;
use domain::page_tokens::list::{PageTokenLink, PageTokenQuery, PageTokenRow};
use domain::page_tokens::sites::{SiteForm, SiteRow};
use serde_json::{Value, json};

use super::person::the_one;
use crate::cli::Error;
use crate::cli::page_token::{EditFields, Fields, NewSite, Output, PageToken, Site};
use crate::config::Settings;

/// Runs it.
pub async fn run(settings: &Settings, command: PageToken) -> Result<ExitCode, Error> {
    let backend = super::open(settings).await?;
    let done = page_token(&backend, command).await;
    backend.database().close().await;
    done.map(|()| ExitCode::SUCCESS)
}

/// Runs it.
pub async fn run_site(settings: &Settings, command: Site) -> Result<ExitCode, Error> {
    let backend = super::open(settings).await?;
    let done = site(&backend, command).await;
    backend.database().close().await;
    done.map(|()| ExitCode::SUCCESS)
}

async fn page_token(backend: &Backend, command: PageToken) -> Result<(), Error> {
    let tokens = backend.page_tokens();
    match command {
        PageToken::Add { fields, place } => {
            let caller = caller(backend, place.organisation).await?;
            let (row, link) = tokens.create(&caller, &form(&fields)).await?;
            match place.output {
                Output::Json => print(&made(&row, &link)),
                Output::Text => println!("{}\n{}\n{}\n{}", row.id, link.link, link.curl, link.crontab),
            }
        }
        PageToken::List { list, search, place } => {
            let caller = caller(backend, place.organisation).await?;
            let mut query = PageTokenQuery {
                list: list.into(),
                search,
                ..PageTokenQuery::default()
            };
            loop {
                let page = tokens.list(&caller, &query).await?;
                for row in &page.rows {
                    match place.output {
                        Output::Json => println!("{}", of_row(row)),
                        Output::Text => println!("{}", line(row)),
                    }
                }
                match page.next {
                    Some(next) => query.after = Some(next),
                    None => break,
                }
            }
        }
        PageToken::Show { id, reveal, place } => {
            let caller = caller(backend, place.organisation).await?;
            let row = tokens.get(&caller, id).await?;
            let link = if reveal {
                Some(tokens.reveal(&caller, id).await?)
            } else {
                None
            };
            match (place.output, link) {
                (Output::Json, Some(link)) => print(&made(&row, &link)),
                (Output::Json, None) => print(&of_row(&row)),
                (Output::Text, link) => {
                    println!("{}", line(&row));
                    if let Some(link) = link {
                        println!("{}\n{}\n{}", link.link, link.curl, link.crontab);
                    }
                }
            }
        }
        PageToken::Edit { id, fields, place } => {
            let caller = caller(backend, place.organisation).await?;
            let row = tokens.edit(&caller, id, |form| edited(form, fields)).await?;
            match place.output {
                Output::Json => print(&of_row(&row)),
                Output::Text => println!("{}", line(&row)),
            }
        }
        PageToken::Revoke { id, place } => {
            let caller = caller(backend, place.organisation).await?;
            let row = tokens.revoke(&caller, id).await?;
            match place.output {
                Output::Json => print(&of_row(&row)),
                Output::Text => println!("{id} is revoked: it opens nothing any more."),
            }
        }
    }
    Ok(())
}

async fn site(backend: &Backend, command: Site) -> Result<(), Error> {
    match command {
        Site::Add(new) => {
            let caller = caller(backend, new.place.organisation).await?;
            let output = new.place.output;
            let (row, secret) = backend.page_tokens().add_site(&caller, &of_site(new)).await?;
            match output {
                Output::Json => {
                    let mut site = of_site_row(&row);
                    site["secret"] = json!(secret.reveal());
                    print(&site);
                }
                Output::Text => println!(
                    "{}\n{}\nTokenwright-Site-Secret: {}",
                    row.id,
                    row.address,
                    secret.reveal()
                ),
            }
        }
        Site::List { place } => {
            let caller = caller(backend, place.organisation).await?;
            for row in backend.page_tokens().sites(&caller).await? {
                match place.output {
                    Output::Json => println!("{}", of_site_row(&row)),
                    Output::Text => println!("{}  {} ({} tokens)", row.id, row.address, row.tokens),
                }
            }
        }
    }
    Ok(())
}

async fn caller(backend: &Backend, organisation: Option<domain::OrganisationId>) -> Result<Caller, Error> {
    let organisation = the_one(backend, organisation).await?;
    Ok(backend.organisations().operator(organisation).await?)
}

fn form(fields: &Fields) -> PageTokenForm {
    let tick = |on: bool| if on { "on".to_owned() } else { String::new() };
    PageTokenForm {
        full_url: fields.full_url.clone(),
        timeout: fields.timeout.clone(),
        max_hits: fields.max_hits.clone(),
        groups: fields.groups.clone(),
        starts: fields.starts.clone(),
        expires: fields.expires.clone(),
        scope: fields.scope.clone(),
        may_add: fields.may_add.clone(),
        any_value: fields.any_value.clone(),
        networks: fields.networks.clone(),
        reads_only: tick(fields.reads_only),
        confirm: tick(fields.confirm),
        note: fields.note.clone(),
        email: fields.email.clone(),
    }
}

/// Applies what was specified to the existing values.
fn edited(form: &mut PageTokenForm, said: EditFields) {
    let tick = |on: bool| if on { "on".to_owned() } else { String::new() };
    for (field, said) in [
        (&mut form.full_url, said.full_url),
        (&mut form.timeout, said.timeout),
        (&mut form.max_hits, said.max_hits),
        (&mut form.groups, said.groups),
        (&mut form.starts, said.starts),
        (&mut form.expires, said.expires),
        (&mut form.scope, said.scope),
        (&mut form.may_add, said.may_add),
        (&mut form.any_value, said.any_value),
        (&mut form.networks, said.networks),
        (&mut form.reads_only, said.reads_only.map(tick)),
        (&mut form.confirm, said.confirm.map(tick)),
        (&mut form.note, said.note),
        (&mut form.email, said.email),
    ] {
        if let Some(said) = said {
            *field = said;
        }
    }
}

fn of_site(new: NewSite) -> SiteForm {
    let tick = |on: bool| if on { "on".to_owned() } else { String::new() };
    SiteForm {
        address: new.address,
        trusted_networks: new.trusted_networks,
        on_refusal: new.on_refusal,
        log_refusals: tick(new.log_refusals),
        groups: new.groups,
        token_parameter: new.token_parameter,
        open_paths: new.open_paths,
        asserts: tick(new.asserts),
    }
}

fn of_row(row: &PageTokenRow) -> Value {
    json!({
        "id": row.id,
        "full_url": row.full_url,
        "canonical_url": row.canonical_url,
        "scope": row.scope.key(),
        "groups": row.groups.split(',').filter(|group| !group.is_empty()).collect::<Vec<_>>(),
        "state": row.state,
        "hits": row.hits,
        "max_hits": row.max_hits,
        "hits_left": row.hits_left(),
        "expires_at": row.expires.as_ref().map(|when| when.at),
        "note": row.note,
    })
}

fn made(row: &PageTokenRow, link: &PageTokenLink) -> Value {
    let mut value = of_row(row);
    value["token"] = json!(link.token);
    value["link"] = json!(link.link);
    value["curl"] = json!(link.curl);
    value["crontab"] = json!(link.crontab);
    value
}

fn of_site_row(row: &SiteRow) -> Value {
    json!({
        "id": row.id,
        "address": row.address,
        "trusted_networks": row.trusted_networks.split(',').filter(|network| !network.is_empty()).collect::<Vec<_>>(),
        "tokens": row.tokens,
    })
}

fn line(row: &PageTokenRow) -> String {
    let hits = row
        .max_hits
        .map_or("unlimited".to_owned(), |most| most.to_string());
    let expires = row
        .expires
        .as_ref()
        .map_or("never".to_owned(), domain::When::machine);
    format!(
        "{}  {}  {} of {hits} hits  expires {expires}  {}  {}",
        row.id,
        row.state.key(),
        row.hits,
        row.groups,
        row.full_url
    )
}

fn print(value: &Value) {
    println!("{value:#}");
}
