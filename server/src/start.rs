//! From settings to a running server.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use backend::keys::KeyRing;
use backend::{Backend, Clock, MailTransport, Random, Secret};
use database::{Db, DbSettings, Opening, Url};
use metrics_exporter_prometheus::PrometheusHandle;
use tokio::net::{TcpListener, TcpSocket};
use tokio::task::JoinHandle;

use crate::config::{DatabasePlace, MailPlace, Settings};
use crate::foreign_pages::Processes;
use crate::router::router;
use crate::serve::serve;
use crate::server::Server;
use crate::stop::Stop;
use crate::telemetry;

/// Connections that wait in the operating system's queue until they are accepted, as far as it allows: more are
/// dropped, and their clients try again a second later.
const WAITING: u32 = 16_384;

/// The most connections to PostgreSQL per server.
const CONNECTIONS: u32 = 16;

/// Why the server cannot start, with a message for the operator.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The data folder could not be created.
    #[error("The data folder {} could not be made: {}.", .0.display(), .1)]
    Folder(PathBuf, std::io::Error),
    /// One of the operator's fonts cannot be read.
    #[error("The fonts in {} could not be read: {}.", .0.display(), .1)]
    Fonts(PathBuf, std::io::Error),
    /// The key file cannot be used.
    #[error(transparent)]
    Keys(#[from] backend::keys::KeyError),
    /// The address of the database is invalid.
    #[error("database: {0}.")]
    DatabaseUrl(&'static str),
    /// The database cannot be opened.
    #[error(transparent)]
    Database(#[from] database::OpenError),
    /// The address cannot be listened to.
    #[error(
        "{0} cannot be listened on: {1}. Stop what is using it, or choose another address with --listen."
    )]
    Listen(SocketAddr, std::io::Error),
    /// Signals cannot be received.
    #[error("the operating system does not hand over its signals: {0}.")]
    Signals(std::io::Error),
    /// A use case failed.
    #[error(transparent)]
    Backend(#[from] backend::Error),
}

/// Opens keys and database. They are created when they are missing, if [`Opening`] says so.
///
/// # Errors
/// A sentence for the operator.
pub async fn open(settings: &Settings, address: SocketAddr, opening: Opening) -> Result<Backend, StartError> {
    if opening.makes() {
        make_private_folder(&settings.data_dir)
            .map_err(|error| StartError::Folder(settings.data_dir.clone(), error))?;
    }
    add_fonts(&settings.data_dir.join("fonts"))?;
    let url = match &settings.database {
        DatabasePlace::Sqlite(path) => Url::Sqlite(path.clone()),
        DatabasePlace::Postgres(url) => url.parse().map_err(StartError::DatabaseUrl)?,
    };
    let db = Db::open(&DbSettings {
        url,
        opening,
        connections: CONNECTIONS,
    })
    .await?;
    let backend_settings = backend::Settings {
        public_url: settings.public_url(address).to_string(),
        mail: match &settings.mail {
            MailPlace::Folder(folder) => MailTransport::Folder(folder.clone()),
            MailPlace::Smtp(server) => MailTransport::Smtp(server.clone()),
        },
    };
    let keys = KeyRing::at(settings.keys.clone());
    let backend = Backend::new(db, Clock::system(), Random, keys, backend_settings);
    if let Some(processes) = Processes::of_this_program() {
        backend.draw_pages_with(processes);
    }
    if let Some(most) = settings.tokens_in_memory {
        backend.keep_tokens_in_memory(most);
    }
    let name = (opening == Opening::Serve).then(|| server_name(address));
    if let Err(error) = backend.key_management().open(name).await {
        // So that nobody waits for a server that never ran.
        if let Err(error) = backend.upkeep().finish().await {
            tracing::warn!(%error, "this server is still listed among those that run");
        }
        backend.database().close().await;
        return Err(error.into());
    }
    if opening == Opening::Serve
        && let Err(error) = backend.upkeep().begin().await
    {
        tracing::warn!(%error, "hits of page tokens are still in the journal; the server tries again");
    }
    Ok(backend)
}

/// Reads the fonts that the operator added to the built-in ones.
fn add_fonts(folder: &Path) -> Result<(), StartError> {
    let added = credentials::rendering::add_fonts(folder)
        .map_err(|error| StartError::Fonts(folder.to_owned(), error))?;
    if added.read > 0 {
        tracing::info!(fonts = added.read, "fonts were added from the data folder");
    }
    for file in added.passed_over {
        tracing::warn!(
            file,
            "this is no font with outlines, or larger than 64 MB, and is not used"
        );
    }
    Ok(())
}

/// The name of this server for other servers and the operator.
fn server_name(address: SocketAddr) -> String {
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let host = host.trim();
    let (at, process) = (if host.is_empty() { "" } else { " on " }, std::process::id());
    format!("{address}{at}{host} (process {process})")
}

/// Creates a folder that nobody else on the machine can look into. An existing one is left as it is.
///
/// # Errors
/// What the operating system reports.
pub fn make_private_folder(path: &Path) -> std::io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

/// Binds the address.
///
/// # Errors
/// A sentence for the operator.
pub async fn listen(settings: &Settings) -> Result<(TcpListener, SocketAddr), StartError> {
    let failed = |error| StartError::Listen(settings.listen, error);
    let socket = match settings.listen {
        SocketAddr::V4(_) => TcpSocket::new_v4(),
        SocketAddr::V6(_) => TcpSocket::new_v6(),
    };
    let socket = socket.map_err(failed)?;
    // A stopped server can be started again at once, even if connections still linger.
    socket.set_reuseaddr(true).map_err(failed)?;
    socket.bind(settings.listen).map_err(failed)?;
    let listener = socket.listen(WAITING).map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    Ok((listener, address))
}

/// A running server.
pub struct Running {
    /// The signal to stop it.
    pub stop: Stop,
    connections: JoinHandle<()>,
    upkeep: JoinHandle<((), ())>,
    backend: Backend,
}

impl Running {
    /// Starts serving, and the background work.
    pub fn begin(
        settings: &Settings,
        backend: Backend,
        (listener, address): (TcpListener, SocketAddr),
        setup_code: Secret,
        metrics: PrometheusHandle,
    ) -> Self {
        let stop = Stop::default();
        let tidied = metrics.clone();
        let server = Server::new(
            backend.clone(),
            settings,
            address,
            setup_code,
            metrics,
            stop.clone(),
        );
        let connections = tokio::spawn({
            let stop = stop.clone();
            let proxies = settings.trusted_proxies.clone();
            async move { serve(listener, router(server), &proxies, &stop).await }
        });
        let upkeep = tokio::spawn({
            let backend = backend.clone();
            async move {
                let upkeep = backend.upkeep();
                tokio::join!(upkeep.run(), telemetry::tidy_often(&tidied))
            }
        });
        Self {
            stop,
            connections,
            upkeep,
            backend,
        }
    }

    /// Waits for the signal to stop, and then until everything has ended.
    pub async fn ended(self) {
        let _ = self.connections.await;
        // Every piece of this work is a transaction: if it is cut off, the next server to start does it again.
        self.upkeep.abort();
        if let Err(error) = self.backend.upkeep().finish().await {
            tracing::warn!(%error, "what was in memory alone was not written down");
        }
        self.backend.database().close().await;
    }
}
