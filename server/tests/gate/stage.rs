//! A gate, a proxy, a site behind it, and an admin who hands out tokens.

use std::path::Path;

use backend::Caller;
use domain::TokenId;
use domain::page_tokens::forms::PageTokenForm;
use domain::page_tokens::sites::SiteForm;

use crate::http::{Answer, ask};
use crate::proxies::{Proxy, Running, free_port};
use crate::site::{Seen, Site};
use crate::world::World;

/// Everything that a case needs.
pub struct Stage {
    /// The gate's server.
    pub world: World,
    /// The admin.
    pub caller: Caller,
    /// What stands behind the proxy.
    pub site: Site,
    /// How visitors call it.
    pub host: String,
    proxy: Running,
}

impl Stage {
    /// Sets it.
    pub async fn set(proxy: Proxy, program: &Path, world: World) -> Self {
        let site = Site::start().await;
        let owner = world.set_up().await;
        let caller = world.caller(&owner).await;
        let port = free_port();
        let host = format!("127.0.0.1:{port}");
        let form = SiteForm {
            address: format!("http://{host}"),
            trusted_networks: "127.0.0.0/8".into(),
            ..SiteForm::default()
        };
        world
            .backend
            .page_tokens()
            .add_site(&caller, &form)
            .await
            .expect("a site");
        let proxy = Running::start(proxy, program, &[port_of(&world)], site.port, port).await;
        Self {
            world,
            caller,
            site,
            host,
            proxy,
        }
    }

    /// The parts, to stop one without the others.
    pub fn apart(self) -> (World, Site, String, Running) {
        (self.world, self.site, self.host, self.proxy)
    }

    /// Where visitors come.
    pub fn port(&self) -> u16 {
        self.proxy.port
    }

    /// A token for a path, and its secret.
    pub async fn token(&self, path: &str, change: impl FnOnce(&mut PageTokenForm)) -> (TokenId, String) {
        let mut form = PageTokenForm {
            full_url: format!("http://{}{path}", self.host),
            groups: "Editors,Batch".into(),
            ..PageTokenForm::default()
        };
        change(&mut form);
        let (row, link) = self
            .world
            .backend
            .page_tokens()
            .create(&self.caller, &form)
            .await
            .expect("a token");
        (row.id, link.token)
    }

    /// How often a token with a limit was used.
    pub async fn hits(&self, id: TokenId) -> i64 {
        self.world
            .backend
            .page_tokens()
            .get(&self.caller, id)
            .await
            .expect("a token")
            .hits
    }

    /// Asks the site through the proxy.
    pub async fn ask(&self, method: &str, target: &str, headers: &[(&str, &str)]) -> Answer {
        ask(self.port(), &self.host, method, target, headers).await
    }

    /// The same with GET, and what reached the site.
    pub async fn get(&self, target: &str, headers: &[(&str, &str)]) -> (Answer, Vec<Seen>) {
        self.site.take();
        let answer = self.ask("GET", target, headers).await;
        (answer, self.site.take())
    }
}

/// The port that a server listens on.
pub fn port_of(world: &World) -> u16 {
    let port = world.url.rsplit_once(':').and_then(|(_, port)| port.parse().ok());
    port.expect("a port")
}
