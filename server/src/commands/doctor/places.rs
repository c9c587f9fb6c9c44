//! Addresses, files and the disk, as far as this machine can tell.

use std::path::Path;
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::time::timeout;

use super::Finding;
use crate::config::Settings;
use crate::process;

/// How long the public address may take to be connected to.
const PATIENCE: Duration = Duration::from_secs(5);

/// The least free space: a gigabyte holds some millions of uses.
const LEAST_ROOM: u64 = 1 << 30;

/// Whether links lead anywhere.
pub(super) async fn public_url(settings: &Settings) -> Finding {
    let url = settings.public_url(settings.listen);
    if url.is_exposed() {
        return Err(format!(
            "{url} is not encrypted: whoever shares the network can read passwords and links. Put a reverse proxy with \
             TLS in front, and set --public-url to its https address"
        ));
    }
    if settings.public_url.is_none() {
        return Ok(format!(
            "{url}, for this machine alone: set --public-url when others are to open links"
        ));
    }
    let place = url.host_and_port();
    match timeout(PATIENCE, TcpStream::connect(&place)).await {
        Ok(Ok(_)) => Ok(format!("{url} can be connected to")),
        Ok(Err(error)) => Err(format!("{url} cannot be connected to from here: {error}")),
        Err(_) => Err(format!(
            "{url} cannot be connected to from here within {} seconds",
            PATIENCE.as_secs()
        )),
    }
}

/// Whether others on the machine can read what is private.
pub(super) fn files(settings: &Settings) -> Finding {
    let open: Vec<String> = settings
        .private_places()
        .iter()
        .filter(|place| process::is_open_to_others(place))
        .map(|place| place.display().to_string())
        .collect();
    match open.is_empty() {
        true => Ok("nobody else on this machine can read the data".into()),
        false => Err(format!(
            "others on this machine can read {}. Run `chmod -R go= {}`",
            open.join(", "),
            open.join(" ")
        )),
    }
}

/// Whether there is enough space.
pub(super) fn disk(settings: &Settings) -> Finding {
    match room(&settings.data_dir) {
        Some(free) if free < LEAST_ROOM => Err(format!(
            "{} MB are left where {} is. Uses are refused when nothing is left: make room",
            free >> 20,
            settings.data_dir.display()
        )),
        Some(free) => Ok(format!("{} GB are left", free >> 30)),
        None => Err(format!(
            "{} cannot be looked at. Name the right folder with --data-dir",
            settings.data_dir.display()
        )),
    }
}

/// The number of bytes that this user can still write in a folder.
#[cfg(unix)]
fn room(folder: &Path) -> Option<u64> {
    let found = rustix::fs::statvfs(folder).ok()?;
    Some(found.f_bavail.saturating_mul(found.f_frsize))
}

/// Not known on this system.
#[cfg(not(unix))]
fn room(_: &Path) -> Option<u64> {
    Some(u64::MAX)
}
