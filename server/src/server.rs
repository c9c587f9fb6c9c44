//! The state that every handler uses.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use app::SiteAssets;
use backend::{Backend, Secret};
use http::HeaderValue;
use metrics_exporter_prometheus::PrometheusHandle;

use crate::config::{Network, PublicUrl, Settings};
use crate::failure::Failure;
use crate::health::Probe;
use crate::kept::Answers;
use crate::pages::rendered_cache::RenderedCache;
use crate::site;
use crate::stop::Stop;

/// The parts of the running server; cheap to clone.
#[derive(Clone)]
pub struct Server(Arc<Parts>);

/// The parts.
pub struct Parts {
    /// All use cases.
    pub backend: Backend,
    /// How browsers reach the site.
    pub public_url: PublicUrl,
    /// Where the built files are.
    pub assets: SiteAssets,
    /// Whose `X-Forwarded-For` is trusted.
    pub trusted_proxies: Vec<Network>,
    /// The code that opens the set-up page.
    pub setup_code: Secret,
    /// The metrics.
    pub metrics: PrometheusHandle,
    /// The token that `/metrics` requires when it is read from elsewhere.
    pub metrics_token: Option<Secret>,
    /// The HSTS header.
    pub transport_security: HeaderValue,
    /// Where to report a vulnerability.
    pub security_contact: Option<String>,
    /// The signal to stop.
    pub stop: Stop,
    /// The last result of the database probe.
    pub probe: Probe,
    /// The rendered cache.
    pub drawn: RenderedCache,
    /// What was answered to programs that asked about API tokens.
    pub introspected: Answers,
    set_up: AtomicBool,
}

impl Server {
    /// Builds the state from its parts.
    pub fn new(
        backend: Backend,
        settings: &Settings,
        address: SocketAddr,
        setup_code: Secret,
        metrics: PrometheusHandle,
        stop: Stop,
    ) -> Self {
        Self(Arc::new(Parts {
            backend,
            public_url: settings.public_url(address),
            assets: site::assets(),
            trusted_proxies: settings.trusted_proxies.clone(),
            setup_code,
            metrics,
            metrics_token: settings.metrics_token.clone().map(Secret::new),
            transport_security: HeaderValue::from_static(match settings.hsts_subdomains {
                true => "max-age=31536000; includeSubDomains",
                false => "max-age=31536000",
            }),
            security_contact: settings.security_contact.clone(),
            stop,
            probe: Probe::default(),
            drawn: RenderedCache::default(),
            introspected: Answers::new(),
            set_up: AtomicBool::new(false),
        }))
    }

    /// Whether there is an organisation. Once there is one, there is always one.
    pub async fn is_set_up(&self) -> Result<bool, Failure> {
        if self.set_up.load(Ordering::Relaxed) {
            return Ok(true);
        }
        let is_set_up = !self.backend.organisations().set_up_needed().await?;
        self.set_up.store(is_set_up, Ordering::Relaxed);
        Ok(is_set_up)
    }
}

impl std::ops::Deref for Server {
    type Target = Parts;
    fn deref(&self) -> &Parts {
        &self.0
    }
}
