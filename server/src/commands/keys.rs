//! `tokenwright keys`.

use std::process::ExitCode;

use backend::Backend;
use backend::key_management::{KeyList, KeyManagement, ListedKey, Rotated, Rotation};
use chrono::{DateTime, TimeDelta, Utc};

use crate::cli::{Error, Keys};
use crate::config::Settings;

/// The most secrets that are named one by one.
const NAMED: usize = 20;

/// Runs it.
pub async fn run(settings: &Settings, command: Keys) -> Result<ExitCode, Error> {
    if let Keys::New = command {
        print!(
            "{}",
            KeyManagement::new_keys(backend::Clock::system().now()).reveal()
        );
        return Ok(ExitCode::SUCCESS);
    }
    let backend = super::open(settings).await?;
    let done = carry_out(&backend, command).await;
    backend.database().close().await;
    done
}

async fn carry_out(backend: &Backend, command: Keys) -> Result<ExitCode, Error> {
    let keys = backend.key_management();
    match command {
        Keys::Rotate {
            keep_days,
            new_key,
            print,
        } => {
            let rotation = Rotation {
                keep: TimeDelta::days(keep_days.into()),
                new_key,
                print,
                ..Rotation::default()
            };
            Ok(tell(&keys.rotate(&rotation).await?))
        }
        Keys::List => {
            print_list(&keys.list().await?);
            Ok(ExitCode::SUCCESS)
        }
        Keys::Drop { key, keep_days, now } => {
            let days = if now { 0 } else { keep_days };
            keys.drop_key(key, TimeDelta::days(days.into())).await?;
            println!("Key {key} is dropped. Back the keys up again.");
            Ok(ExitCode::SUCCESS)
        }
        Keys::New => Ok(ExitCode::SUCCESS),
    }
}

/// Reports what a rotation did, and what is left to do.
fn tell(rotated: &Rotated) -> ExitCode {
    let key = rotated.key;
    if let Some(keys) = &rotated.to_store {
        print!("{}", keys.reveal());
        eprintln!(
            "Nothing is changed yet. Store these keys where they come from, start the servers again (with --keys command:… \
             they notice by themselves), and run `tokenwright keys rotate` once more."
        );
        return ExitCode::SUCCESS;
    }
    if rotated.by_another {
        println!("Another command has just rotated the keys: key {key} is in use. Nothing was left to do.");
        return ExitCode::SUCCESS;
    }
    println!(
        "Key {key} is in use; {} secrets were moved to it. Back the keys up again.",
        rotated.moved
    );
    for (old, rows) in &rotated.waiting {
        println!(
            "Key {old} stays: {rows} rows still carry its number, until their secrets are next presented."
        );
    }
    for (old, why) in &rotated.kept {
        println!("Key {old} stays: {why}.");
    }
    for old in &rotated.dropped {
        println!("Key {old} is dropped.");
    }
    for secret in rotated.unreadable.iter().take(NAMED) {
        eprintln!("The secret of {secret} cannot be opened with the keys at hand.");
    }
    match rotated.unreadable.len() {
        0 => ExitCode::SUCCESS,
        count => {
            eprintln!(
                "{count} secrets could not be moved and were left as they are. Give their tokens a new link, or put \
                 back the keys they were made with and run this again: it goes on with key {key}."
            );
            ExitCode::FAILURE
        }
    }
}

fn print_list(list: &KeyList) {
    for key in &list.keys {
        println!("{}", line(key, list.now));
    }
    for (server, newest, making) in &list.servers {
        println!("The server {server} has keys up to {newest}, and makes with key {making}.");
    }
}

fn line(key: &ListedKey, now: DateTime<Utc>) -> String {
    let age = match key.made_at {
        Some(at) => format!(
            "made {} ({} days ago)",
            at.format("%Y-%m-%d"),
            (now - at).num_days()
        ),
        None => "made at an unknown time".into(),
    };
    let state = match (key.is_held, key.is_making, key.was_used, key.retired_at) {
        (false, ..) => "MISSING here".into(),
        (_, true, ..) => "in use".into(),
        (_, _, _, Some(at)) => format!("needed by backups from before {} alone", at.format("%Y-%m-%d")),
        (_, _, false, _) => "not in use yet".into(),
        _ => "old".into(),
    };
    let rows = if key.rows.is_empty() {
        "nothing".to_owned()
    } else {
        key.rows.join(", ")
    };
    format!("key {}: {age}, {state}; needed by {rows}", key.id)
}
