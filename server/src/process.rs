//! What the program requests from the operating system before it does anything else.

/// File descriptors that a server can use: one for each connection, and some for files and the database.
const HANDLES: u64 = 65_536;

/// Nobody else on the machine can read what the program writes, from the first byte, unless a file is deliberately
/// given other rights; and there are as many file descriptors as the operating system allows, up to 65,536: service
/// managers often start programs with 1,024, which is fewer than the connections that are accepted.
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

/// Nothing, on systems without these calls.
#[cfg(not(unix))]
pub fn prepare() {}

/// Whether others on the machine may read a file or look into a folder.
#[cfg(unix)]
pub fn is_open_to_others(path: &std::path::Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    std::fs::metadata(path).is_ok_and(|found| found.permissions().mode() & 0o077 != 0)
}

/// Not known on this system.
#[cfg(not(unix))]
pub fn is_open_to_others(_: &std::path::Path) -> bool {
    false
}
