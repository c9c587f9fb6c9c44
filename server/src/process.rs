//! What the program asks of the operating system before it does anything else.

/// File handles that a server can use: one for each connection, and some for files and the database.
const HANDLES: u64 = 65_536;

/// Nobody else on the machine reads what the program writes, from the first byte, unless a file is given other rights
/// on purpose; and there are as many file handles as the operating system allows, up to 65,536: service managers often
/// start programs with 1,024, which is fewer than the connections that are taken.
#[cfg(unix)]
pub fn prepare() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit, umask};

    umask(rustix::fs::Mode::RWXG | rustix::fs::Mode::RWXO);
    let limit = getrlimit(Resource::Nofile);
    let most = limit.maximum.unwrap_or(HANDLES).min(HANDLES);
    if limit.current.is_some_and(|current| current < most) {
        // Without them the server still works, for fewer connections at once.
        let _ = setrlimit(
            Resource::Nofile,
            Rlimit {
                current: Some(most),
                maximum: limit.maximum,
            },
        );
    }
}

/// Nothing, where these things are called otherwise.
#[cfg(not(unix))]
pub fn prepare() {}

/// Whether others on the machine may read something or look into it.
#[cfg(unix)]
pub fn is_open_to_others(path: &std::path::Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    std::fs::metadata(path).is_ok_and(|found| found.permissions().mode() & 0o077 != 0)
}

/// Not known here.
#[cfg(not(unix))]
pub fn is_open_to_others(_: &std::path::Path) -> bool {
    false
}
