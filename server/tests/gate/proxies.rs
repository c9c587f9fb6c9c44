//! The proxies: where their programs are, and how each starts with its configuration from `docs/gate`.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// A reverse proxy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proxy {
    /// nginx, with `auth_request`.
    Nginx,
    /// Caddy 2.11, with `forward_auth`.
    Caddy,
    /// Caddy 2.6, which Debian 12 has.
    OldCaddy,
    /// HAProxy, with our script.
    Haproxy,
    /// Traefik, with `forwardAuth`.
    Traefik,
    /// Envoy, with `ext_authz`.
    Envoy,
}

/// The addresses that stand in the configurations.
const HOST: &str = "shop.example.org";
const GATE: &str = "3000";
const VISITORS: &str = "8080";
const SITE: &str = "9000";

/// A configuration with the addresses of a test. What is put in holds digits like those that are looked for, so each is
/// marked before one is put in.
fn with_addresses(text: &str, gates: &[u16], site: u16, port: u16) -> String {
    let servers: Vec<String> = gates
        .iter()
        .map(|gate| format!("server 127.0.0.1:{gate};"))
        .collect();
    let places = [
        (format!("server 127.0.0.1:{GATE};"), servers.join(" ")),
        (GATE.into(), gates[0].to_string()),
        (VISITORS.into(), port.to_string()),
        (SITE.into(), site.to_string()),
        (HOST.into(), "127.0.0.1".into()),
    ];
    let mark = |at: usize| format!("\u{1}{}", char::from(b'a' + at as u8));
    let mut text = text.to_owned();
    for (at, (place, _)) in places.iter().enumerate() {
        text = text.replace(place, &mark(at));
    }
    for (at, (_, address)) in places.iter().enumerate() {
        text = text.replace(&mark(at), address);
    }
    text
}

impl Proxy {
    /// All of them.
    pub const ALL: [Proxy; 6] = [
        Self::Nginx,
        Self::Caddy,
        Self::OldCaddy,
        Self::Haproxy,
        Self::Traefik,
        Self::Envoy,
    ];

    /// Its name, for people.
    pub fn name(self) -> &'static str {
        match self {
            Self::Nginx => "nginx",
            Self::Caddy => "Caddy 2.11",
            Self::OldCaddy => "Caddy 2.6",
            Self::Haproxy => "HAProxy",
            Self::Traefik => "Traefik",
            Self::Envoy => "Envoy",
        }
    }

    /// Its program: named by a variable, or where Debian puts it.
    fn program(self) -> Option<PathBuf> {
        let (variable, usual) = match self {
            Self::Nginx => ("GATE_NGINX", "/usr/sbin/nginx"),
            Self::Caddy => ("GATE_CADDY", ""),
            Self::OldCaddy => ("GATE_OLD_CADDY", "/usr/bin/caddy"),
            Self::Haproxy => ("GATE_HAPROXY", "/usr/sbin/haproxy"),
            Self::Traefik => ("GATE_TRAEFIK", ""),
            Self::Envoy => ("GATE_ENVOY", ""),
        };
        let program = std::env::var_os(variable).map_or_else(|| PathBuf::from(usual), PathBuf::from);
        program.is_file().then_some(program)
    }

    /// The same; where it cannot be had it is named, and is an error under CI.
    pub fn program_or_excuse(self) -> Option<PathBuf> {
        let program = self.program();
        if program.is_none() {
            println!("{}: cannot be had here", self.name());
            assert!(
                std::env::var_os("CI").is_none(),
                "{} has to be there under CI",
                self.name()
            );
        }
        program
    }

    fn files(self) -> &'static [&'static str] {
        match self {
            Self::Nginx => &["nginx.conf"],
            Self::Caddy | Self::OldCaddy => &["Caddyfile"],
            Self::Haproxy => &["haproxy.cfg", "tokenwright.lua"],
            Self::Traefik => &["traefik.yml", "traefik-site.yml"],
            Self::Envoy => &["envoy.yaml"],
        }
    }

    fn command(self, program: &Path, folder: &Path) -> Command {
        let mut command = Command::new(program);
        command
            .current_dir(folder)
            .env("HOME", folder)
            .stdin(Stdio::null());
        match self {
            Self::Nginx => command
                .arg("-p")
                .arg(folder)
                .args(["-c", "nginx.conf", "-g", "daemon off;"]),
            Self::Caddy | Self::OldCaddy => {
                command.args(["run", "--config", "Caddyfile", "--adapter", "caddyfile"])
            }
            Self::Haproxy => command.args(["-db", "-f", "haproxy.cfg"]),
            Self::Traefik => command.arg("--configFile=traefik.yml"),
            Self::Envoy => command.args([
                "-c",
                "envoy.yaml",
                "--concurrency",
                "1",
                "-l",
                "error",
                "--use-dynamic-base-id",
            ]),
        };
        command
    }
}

/// A proxy that runs; it ends with this.
pub struct Running {
    /// Where visitors come.
    pub port: u16,
    child: Child,
    folder: tempfile::TempDir,
}

impl Running {
    /// Starts a proxy in front of a site; nginx asks all of the gates in turn, the others the first.
    pub async fn start(proxy: Proxy, program: &Path, gates: &[u16], site: u16, port: u16) -> Self {
        Self::start_with(proxy, program, gates, site, port, |text| text).await
    }

    /// The same with changes to its configuration.
    pub async fn start_with(
        proxy: Proxy,
        program: &Path,
        gates: &[u16],
        site: u16,
        port: u16,
        change: impl Fn(String) -> String,
    ) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let docs = Path::new("../docs/gate");
        for file in proxy.files() {
            let text = std::fs::read_to_string(docs.join(file)).expect("a configuration");
            let text = with_addresses(&text, gates, site, port);
            std::fs::write(folder.path().join(file), change(text)).expect("written");
        }
        let log = std::fs::File::create(folder.path().join("proxy.log")).expect("a log");
        let child = proxy
            .command(program, folder.path())
            .stdout(log.try_clone().expect("a log"))
            .stderr(log)
            .spawn()
            .expect("the proxy starts");
        for _ in 0..200 {
            if knows_the_site(port).await {
                return Self { port, child, folder };
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        let said = std::fs::read_to_string(folder.path().join("proxy.log")).unwrap_or_default();
        panic!("{} does not listen: {said}", proxy.name());
    }

    /// What it wrote into its logs.
    pub fn log(&self) -> String {
        let log = std::fs::read(self.folder.path().join("proxy.log")).expect("a log");
        String::from_utf8_lossy(&log).into_owned()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // nginx ends its workers when it is asked, and leaves them behind when it is killed.
        let _ = Command::new("kill").arg(self.child.id().to_string()).status();
        for _ in 0..50 {
            if matches!(self.child.try_wait(), Ok(Some(_))) {
                return;
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Whether a proxy answers for the site. Traefik listens before it has read what its sites are, and says 404 until then.
async fn knows_the_site(port: u16) -> bool {
    let ask = async {
        let mut stream = TcpStream::connect(("127.0.0.1", port)).await?;
        stream
            .write_all(
                format!("OPTIONS / HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n")
                    .as_bytes(),
            )
            .await?;
        let mut head = [0; 12];
        stream.read_exact(&mut head).await?;
        Ok::<_, std::io::Error>(head != *b"HTTP/1.1 404")
    };
    ask.await.unwrap_or(false)
}

/// A port that nobody listens on.
pub fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.local_addr().expect("an address").port()
}
