//! `tokenwright token`.

use std::process::ExitCode;

use backend::api_tokens::Named;
use backend::{Backend, Caller};
use domain::api_tokens::{
    ApiTokenForm, ApiTokenList, ApiTokenQuery, ApiTokenRow, IssuedApiToken, RotateForm,
};
use domain::{EmailAddress, TokenId};
use serde_json::{Value, json};

use crate::cli::Error;
use crate::cli::token::{NewToken, One, Output, Token};
use crate::commands::person::the_one;
use crate::config::Settings;

/// Runs it.
pub async fn run(settings: &Settings, command: Token) -> Result<ExitCode, Error> {
    // It works without a database.
    if let Token::Scan(scan) = &command {
        return super::scan::run(settings, scan).await;
    }
    let backend = super::open(settings).await?;
    let done = done(&backend, command).await;
    backend.database().close().await;
    done
}

async fn done(backend: &Backend, command: Token) -> Result<ExitCode, Error> {
    match command {
        Token::Create(new) => create(backend, new).await,
        Token::List {
            organisation,
            ended,
            output,
        } => {
            let caller = operator(backend, organisation).await?;
            list(backend, &caller, ended, output).await
        }
        Token::Show(one) => {
            let caller = operator(backend, one.organisation).await?;
            show(backend, &caller, one.id, one.output).await
        }
        Token::Rotate { one, grace } => {
            let caller = operator(backend, one.organisation).await?;
            let form = RotateForm {
                grace,
                until_first_use: true,
            };
            Ok(issued(
                &backend.api_tokens().rotate(&caller, one.id, &form).await?,
                one.output,
            ))
        }
        Token::Suspend(one) => {
            let caller = operator(backend, one.organisation).await?;
            backend.api_tokens().set_suspended(&caller, one.id, true).await?;
            changed(
                backend,
                &caller,
                &one,
                "is paused: it opens nothing until it is resumed",
            )
            .await
        }
        Token::Resume(one) => {
            let caller = operator(backend, one.organisation).await?;
            backend.api_tokens().set_suspended(&caller, one.id, false).await?;
            changed(backend, &caller, &one, "is not paused any more").await
        }
        Token::Revoke(one) => {
            let caller = operator(backend, one.organisation).await?;
            backend.api_tokens().revoke(&caller, one.id).await?;
            changed(backend, &caller, &one, "is revoked: it opens nothing any more").await
        }
        Token::Verify { secret, output } => verify(backend, &secret, output).await,
        Token::Scan(scan) => super::scan::scan(Some(backend), &scan).await,
    }
}

/// Reports what happened to a token.
async fn changed(backend: &Backend, caller: &Caller, one: &One, sentence: &str) -> Result<ExitCode, Error> {
    let row = backend.api_tokens().row(caller, one.id).await?;
    match one.output {
        Output::Json => println!("{}", shown(&row)),
        Output::Text => println!("{} ({}) {sentence}.", row.name, row.id),
    }
    Ok(ExitCode::SUCCESS)
}

async fn operator(backend: &Backend, organisation: Option<domain::OrganisationId>) -> Result<Caller, Error> {
    Ok(backend
        .organisations()
        .operator(the_one(backend, organisation).await?)
        .await?)
}

async fn create(backend: &Backend, new: NewToken) -> Result<ExitCode, Error> {
    let caller = operator(backend, new.organisation).await?;
    let form = ApiTokenForm {
        name: new.name,
        expires: new.expires.unwrap_or_default(),
        narrowed: new.permissions.is_some(),
        permissions: new.permissions.unwrap_or_default(),
        networks: new.networks.unwrap_or_default(),
        description: new.description.unwrap_or_default(),
        ..ApiTokenForm::default()
    };
    let named = Named {
        user: Some(new.user),
        department: new.department,
        user_type: new.user_type,
    };
    let tokens = backend.api_tokens();
    let new_token = tokens.named(&caller, &named, form.parse()?).await?;
    Ok(issued(&tokens.create(&caller, &new_token).await?, new.output))
}

fn issued(token: &IssuedApiToken, output: Output) -> ExitCode {
    match output {
        Output::Json => println!(
            "{}",
            json!({ "id": token.id, "token": token.secret, "expires_at": token.expires_at })
        ),
        Output::Text => {
            println!("{}", token.secret);
            let until = token
                .expires_at
                .map_or("never ends".into(), |end| format!("ends {end}"));
            eprintln!("Token {} {until}. Keep it as you keep a password.", token.id);
        }
    }
    ExitCode::SUCCESS
}

async fn list(backend: &Backend, caller: &Caller, ended: bool, output: Output) -> Result<ExitCode, Error> {
    let mut query = ApiTokenQuery {
        list: if ended {
            ApiTokenList::Ended
        } else {
            ApiTokenList::Active
        },
        ..ApiTokenQuery::default()
    };
    let mut rows = Vec::new();
    loop {
        let page = backend.api_tokens().list(caller, &query).await?;
        rows.extend(page.rows);
        query.after = page.next;
        if query.after.is_none() {
            break;
        }
    }
    match output {
        Output::Json => println!("{}", Value::Array(rows.iter().map(shown).collect())),
        Output::Text => rows.iter().for_each(|row| println!("{}", line(row))),
    }
    Ok(ExitCode::SUCCESS)
}

async fn show(backend: &Backend, caller: &Caller, id: TokenId, output: Output) -> Result<ExitCode, Error> {
    let view = backend.api_tokens().view(caller, id).await?;
    let mut said = shown(&view.row);
    said["tenant_id"] = json!(view.tenant);
    said["description"] = json!(view.description);
    said["permissions"] = json!(
        view.permissions
            .iter()
            .map(domain::Permission::key)
            .collect::<Vec<_>>()
    );
    said["networks"] = json!(view.networks);
    match output {
        Output::Json => println!("{said}"),
        Output::Text => {
            println!("{}", line(&view.row));
            println!("permissions: {}", view.permissions);
            println!(
                "networks:    {}",
                if view.networks.is_empty() {
                    "everywhere"
                } else {
                    &view.networks
                }
            );
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn shown(row: &ApiTokenRow) -> Value {
    json!({
        "id": row.id,
        "name": row.name,
        "hint": row.hint,
        "state": row.state,
        "user": { "id": row.person, "name": row.person_name, "email": row.email },
        "department": row.department.as_ref().map(|(_, name)| name),
        "user_type": row.user_type.1,
        "expires_at": row.expires_at,
        "last_used_at": row.last_used.as_ref().map(|when| when.at),
    })
}

fn line(row: &ApiTokenRow) -> String {
    let until = row
        .expires
        .as_ref()
        .map_or("never ends".into(), |when| format!("until {}", when.minute));
    format!(
        "{}  {}  {}  {} ({}), {}, {until}",
        row.id,
        row.hint,
        row.name,
        row.email
            .as_ref()
            .map_or(row.person_name.as_str(), EmailAddress::as_str),
        row.user_type.1,
        row.state.label()
    )
}

/// Ends with 0 for a token that opens something now, whatever its kind, and with 1 for anything else.
async fn verify(backend: &Backend, secret: &str, output: Output) -> Result<ExitCode, Error> {
    let mut line = String::new();
    let secret = if secret == "-" {
        std::io::stdin().read_line(&mut line)?;
        line.trim()
    } else {
        secret
    };
    let found = backend.verify(secret).await?;
    match (output, &found) {
        (Output::Json, Some(token)) => println!(
            "{}",
            json!({
                "valid": true,
                "kind": token.kind,
                "id": token.id,
                "name": token.name,
                "tenant_id": token.tenant,
                "permissions": token.permissions.iter().map(domain::Permission::key).collect::<Vec<_>>(),
                "expires_at": token.expires_at,
            })
        ),
        (Output::Json, None) => println!("{}", json!({ "valid": false })),
        (Output::Text, Some(token)) => println!("valid: {} {} ({})", token.kind, token.name, token.id),
        (Output::Text, None) => println!("not valid"),
    }
    Ok(if found.is_some() {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(1)
    })
}
