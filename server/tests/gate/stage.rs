//! A gate, a proxy, a site behind it, and an admin who hands out tokens.

use std::path::Path;

use backend::Caller;
use credentials::jwt::Jwt;
use domain::page_tokens::forms::PageTokenForm;
use domain::page_tokens::sites::SiteForm;
use domain::{SiteId, TokenId};
use serde_json::Value;

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
    id: SiteId,
    proxy: Running,
}

impl Stage {
    /// Sets it.
    pub async fn set(proxy: Proxy, program: &Path, world: World) -> Self {
        let near = |form: &mut SiteForm| form.trusted_networks = "127.0.0.0/8".into();
        Self::with(proxy, program, world, near, |_, text| text).await
    }

    /// Sets it with another site, and with a configuration that is changed when the site's secret is known.
    pub async fn with(
        proxy: Proxy,
        program: &Path,
        world: World,
        site_is: impl FnOnce(&mut SiteForm),
        change: impl Fn(&str, String) -> String,
    ) -> Self {
        let site = Site::start().await;
        let owner = world.set_up().await;
        let caller = world.caller(&owner).await;
        let port = free_port();
        let host = format!("127.0.0.1:{port}");
        let mut form = SiteForm {
            address: format!("http://{host}"),
            ..SiteForm::default()
        };
        site_is(&mut form);
        let added = world.backend.page_tokens().add_site(&caller, &form).await;
        let (row, secret) = added.expect("a site");
        let gates = [port_of(&world)];
        let change = |text| change(secret.reveal(), text);
        let proxy = Running::start_with(proxy, program, &gates, site.port, port, change).await;
        Self {
            world,
            caller,
            site,
            host,
            id: row.id,
            proxy,
        }
    }

    /// Adds another site, which the proxy knows nothing of, and whose address anybody may ask about; says the secret of a
    /// token that opens `/page` there.
    pub async fn another_site(&self, host: &str) -> String {
        let tokens = self.world.backend.page_tokens();
        let form = SiteForm {
            address: format!("http://{host}"),
            trusted_networks: "0.0.0.0/0".into(),
            ..SiteForm::default()
        };
        tokens.add_site(&self.caller, &form).await.expect("a site");
        let form = PageTokenForm {
            full_url: format!("http://{host}/page"),
            groups: "admin".into(),
            ..PageTokenForm::default()
        };
        let (_, link) = tokens.create(&self.caller, &form).await.expect("a token");
        link.token
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

    /// Changes the site.
    pub async fn edit_site(&self, change: impl FnOnce(&mut SiteForm) + Send) {
        let tokens = self.world.backend.page_tokens();
        tokens
            .edit_site(&self.caller, self.id, change)
            .await
            .expect("edited");
    }

    /// What an assertion says, checked with the keys that the gate publishes, as a back end does it.
    pub async fn checked(&self, assertion: &str) -> Result<Value, String> {
        let answer = self.world.browser().get("/gate/jwks.json").await;
        let keys: Value = answer.json().await.map_err(|error| error.to_string())?;
        let jwt = Jwt::read(assertion).map_err(|error| error.to_string())?;
        let all = keys["keys"].as_array().cloned().unwrap_or_default();
        let key = all.iter().find(|key| key["kid"] == jwt.header["kid"]);
        let key = key.ok_or_else(|| format!("no key {}", jwt.header["kid"]))?;
        jwt.verify(key).map_err(|error| error.to_string())?;
        Ok(jwt.claims)
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
