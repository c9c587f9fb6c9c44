//! `tokenwright doctor`: reports what is wrong, before somebody finds out through a link that does not work.
//!
//! Nothing is changed. Settings that cannot be read at all have already been refused.

mod places;
mod proxy;

use std::process::ExitCode;

use backend::Backend;
use chrono::{DateTime, TimeDelta, Utc};
use database::Opening;

use crate::cli::Error;
use crate::config::{MailPlace, Settings};
use crate::start;

/// How far the clock may be behind what the database knows.
const SKEW: TimeDelta = TimeDelta::minutes(1);

/// The result of a check: what is well, or what is wrong and what to do.
type Finding = Result<String, String>;

/// Checks everything; ends with 1 when something is wrong.
pub async fn run(settings: &Settings) -> Result<ExitCode, Error> {
    crate::telemetry::start_log_of_command(settings.log);
    let mut findings = vec![
        ("public URL", places::public_url(settings).await),
        ("proxy", proxy::ask(settings).await),
        ("files", places::files(settings)),
        ("disk", places::disk(settings)),
    ];
    // Its error is a sentence about the database, its schema or the keys.
    match start::open(settings, settings.listen, Opening::Existing).await {
        Ok(backend) => {
            findings.push((
                "database",
                Ok(format!("{} opens, and the keys fit", settings.database)),
            ));
            findings.push(("clock", clock(&backend).await));
            findings.push(("keys", keys(&backend).await));
            findings.push(("quarantine", quarantine(&backend).await));
            findings.push(("mail", mail(settings, &backend).await));
            backend.database().close().await;
        }
        Err(error) => findings.push(("database", Err(error.to_string()))),
    }
    let mut wrong = 0;
    for (what, finding) in findings {
        match finding {
            Ok(words) => println!("ok    {what}: {words}"),
            Err(words) => {
                wrong += 1;
                println!("WRONG {what}: {words}");
            }
        }
    }
    Ok(match wrong {
        0 => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    })
}

async fn clock(backend: &Backend) -> Finding {
    let known = backend.quarantine().known_until().await;
    let now = backend.clock().now();
    judge_clock(now, known.map_err(|error| error.to_string())?)
}

fn judge_clock(now: DateTime<Utc>, known_until: Option<DateTime<Utc>>) -> Finding {
    let shown = now.format("%d %b %Y, %H:%M:%S UTC");
    match known_until {
        Some(known) if known > now + SKEW => Err(format!(
            "it says {shown}, but the database knows of something that happened at {}. Set the clock (NTP): what has \
             expired would open again",
            known.format("%d %b %Y, %H:%M:%S UTC")
        )),
        _ => Ok(format!("{shown}")),
    }
}

async fn keys(backend: &Backend) -> Finding {
    match backend.key_management().missing().await {
        Ok(missing) if missing.is_empty() => Ok("every row's key is here".into()),
        Ok(missing) => Err(format!(
            "rows carry keys that are not here ({missing:?}). Put back the keys that have them"
        )),
        Err(error) => Err(error.to_string()),
    }
}

async fn quarantine(backend: &Backend) -> Finding {
    match backend.quarantine().concern().await {
        Ok(None) => Ok("there is none".into()),
        Ok(Some(_)) => Err(
            "a backup was restored, so nothing opens. Look at `tokenwright quarantine show`, then run `tokenwright \
             quarantine end`"
                .into(),
        ),
        Err(error) => Err(error.to_string()),
    }
}

async fn mail(settings: &Settings, backend: &Backend) -> Finding {
    match &settings.mail {
        MailPlace::Folder(folder) => Ok(format!(
            "it is put into {} and not sent: set --mail smtp://… to send it",
            folder.display()
        )),
        MailPlace::Smtp(server) => match backend.mail().reach().await {
            Ok(()) => Ok(format!("{}:{} takes our login", server.host, server.port)),
            Err(words) => Err(format!("{}:{}: {words}", server.host, server.port)),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_is_behind_is_told() {
        let now = DateTime::UNIX_EPOCH + TimeDelta::days(20_000);
        assert!(judge_clock(now, None).is_ok());
        assert!(judge_clock(now, Some(now + TimeDelta::seconds(20))).is_ok());
        let wrong = judge_clock(now, Some(now + TimeDelta::hours(1))).expect_err("behind");
        assert!(wrong.contains("Set the clock"), "{wrong}");
    }
}
