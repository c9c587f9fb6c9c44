//! LemonLDAP::NG's handler, the gate of others that Debian has: what nginx asks it, it answers from a session that it keeps.
//!
//! It is set up as its documentation says for nginx: its FastCGI server with as many workers as the package starts, sessions in
//! files behind its own cache, one rule that lets in whoever has a session, and two headers. All requests have the same
//! session, which is what it answers fastest.

use std::path::{Path, PathBuf};

use super::gate::GUARDED;
use super::programs::{Listening, MEASURED, pinned};
use crate::process::{answer, program, run_quietly};
use crate::workspace::{cannot, write};
use crate::{Outcome, debian};

/// Its packages.
const PACKAGES: [&str; 2] = ["liblemonldap-ng-handler-perl", "lemonldap-ng-fastcgi-server"];

/// Makes a session, and prints its id.
const SESSION: &str = r#"
use strict; use warnings;
use Lemonldap::NG::Common::Session;
my $dir = shift;
my $session = Lemonldap::NG::Common::Session->new({
    storageModule => 'Apache::Session::File',
    storageModuleOptions => {
        Directory => "$dir/sessions", LockDirectory => "$dir/lock",
        generateModule => 'Lemonldap::NG::Common::Apache::Session::Generate::SHA256',
    },
    kind => 'SSO', force => 1,
    info => { uid => 'batch', groups => 'Editors; Batch', _whatToTrace => 'batch', _utime => time },
});
die $session->error if $session->error;
print $session->id;
"#;

/// The handler, which listens for FastCGI.
pub struct Handler {
    /// The server.
    pub server: Listening,
    /// The session that requests have.
    pub session: String,
    folder: PathBuf,
}

impl Drop for Handler {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// Makes sure that it can be had.
pub fn ensure() -> Outcome {
    debian::ensure(&PACKAGES, "comparing the gate with LemonLDAP::NG")
}

/// Starts it.
pub fn start() -> Outcome<Handler> {
    let folder = folder()?;
    let session = answer(program("perl").args(["-e", SESSION]).arg(&folder));
    let session = session.ok_or("LemonLDAP::NG makes no session.")?;
    // It refuses to run as root, so its things belong to nobody.
    run_quietly(program("chmod").args(["-R", "a+rwX"]).arg(&folder))?;
    let is_root = answer(program("id").arg("-u")).as_deref() == Some("0");
    let server = Listening::start(|address| {
        let mut serve = pinned(MEASURED, Path::new("/usr/sbin/llng-fastcgi-server"))?;
        serve
            .arg("--foreground")
            .args(["--listen", &address.to_string()])
            .arg("--pid")
            .arg(folder.join("pid"))
            .args(
                is_root
                    .then_some(["-u", "nobody", "-g", "nogroup"])
                    .into_iter()
                    .flatten(),
            )
            .env("LLNG_DEFAULTCONFFILE", folder.join("lemonldap-ng.ini"))
            .env("LLNG_DEFAULTLOGGER", "Lemonldap::NG::Common::Logger::Std")
            .stderr(std::process::Stdio::null());
        Ok(serve)
    })?;
    Ok(Handler {
        server,
        session,
        folder,
    })
}

/// An empty folder with its configuration, where any user can read it.
fn folder() -> Outcome<PathBuf> {
    let folder = std::env::temp_dir().join(format!("tokenwright-bench-lemonldap-{}", std::process::id()));
    if folder.exists() {
        std::fs::remove_dir_all(&folder).map_err(|error| cannot("empty", &folder, &error))?;
    }
    for name in ["conf", "sessions", "lock", "cache"] {
        let inner = folder.join(name);
        std::fs::create_dir_all(&inner).map_err(|error| cannot("make", &inner, &error))?;
    }
    let at = folder.display().to_string();
    write(&folder.join("lemonldap-ng.ini"), settings(&at).as_bytes())?;
    write(&folder.join("conf/lmConf-1.json"), configuration(&at).as_bytes())?;
    Ok(folder)
}

fn settings(at: &str) -> String {
    format!(
        "[all]
logLevel = error
checkTime = 600
[configuration]
type = File
dirName = {at}/conf
localStorage = Cache::FileCache
localStorageOptions = {{ 'namespace' => 'lemonldap-ng-config', 'default_expires_in' => 600, 'cache_root' => '{at}/cache', 'cache_depth' => 3 }}
[handler]
status = 0
"
    )
}

fn configuration(at: &str) -> String {
    let configuration = serde_json::json!({
        "cfgNum": 1, "cfgAuthor": "bench", "cfgDate": 1, "key": "0123456789abcdef",
        "domain": GUARDED, "cookieName": "lemonldap", "securedCookie": 0, "portal": format!("http://auth.{GUARDED}/"),
        "whatToTrace": "_whatToTrace", "macros": { "_whatToTrace": "$uid" },
        "timeout": 72000, "timeoutActivity": 0, "useSafeJail": 1, "https": 0, "port": -1,
        "globalStorage": "Apache::Session::File",
        "globalStorageOptions": { "Directory": format!("{at}/sessions"), "LockDirectory": format!("{at}/lock") },
        "localSessionStorage": "Cache::FileCache",
        "localSessionStorageOptions": {
            "namespace": "lemonldap-ng-sessions", "default_expires_in": 600, "cache_root": format!("{at}/cache"), "cache_depth": 3
        },
        "locationRules": { GUARDED: { "default": "accept" } },
        "exportedHeaders": { GUARDED: { "Remote-User": "$uid", "Remote-Groups": "$groups" } },
    });
    format!("{configuration:#}")
}
