//! Whether a secret opens something at this moment, whatever its kind. Only its own family is asked, and asking does
//! not count as a use.

use chrono::{DateTime, Utc};
use domain::api_tokens::SelfView;
use domain::prefixed::{self, Prefix};
use domain::{OrganisationId, Permissions, TokenId};

use crate::Backend;
use crate::error::Result;

/// A secret that opens something.
#[derive(Debug, Clone)]
pub struct Verified {
    /// What it is, in words.
    pub kind: &'static str,
    /// The token that it belongs to; for a secret of an app, its session.
    pub id: TokenId,
    /// The token's name.
    pub name: String,
    /// The organisation.
    pub tenant: OrganisationId,
    /// What it may do now.
    pub permissions: Permissions,
    /// When it ends.
    pub expires_at: Option<DateTime<Utc>>,
}

impl Verified {
    fn of(kind: &'static str, view: SelfView) -> Self {
        Self {
            kind,
            id: view.id,
            name: view.name,
            tenant: view.tenant,
            permissions: view.permissions,
            expires_at: view.expires_at,
        }
    }
}

impl Backend {
    /// What a secret opens at this moment, from no particular address. A text that is not a complete secret costs no
    /// query.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn verify(&self, secret: &str) -> Result<Option<Verified>> {
        let Some(secret) = prefixed::of_any_kind(secret) else {
            return Ok(None);
        };
        let (kind, view) = match secret.prefix() {
            Prefix::PAGE => return self.page_tokens().verify(secret.reveal()).await,
            Prefix::MOBILE => (
                "access token of an app",
                self.mobile_sessions().verify(secret.reveal()).await?,
            ),
            Prefix::MOBILE_REFRESH => (
                "refresh token of an app",
                self.mobile_sessions().verify(secret.reveal()).await?,
            ),
            _ => ("API token", self.api_tokens().verify(secret.reveal()).await?),
        };
        Ok(view.map(|view| Verified::of(kind, view)))
    }
}

#[cfg(test)]
mod tests {
    use domain::api_tokens::ApiTokenForm;
    use domain::page_tokens::forms::PageTokenForm;
    use domain::page_tokens::sites::SiteForm;
    use domain::prefixed::{Prefix, PrefixedSecret};

    use crate::mobile_sessions::testing::{app, refresh, sign_in};
    use crate::people::testing::owner;
    use crate::testing::on_each_engine;

    #[tokio::test]
    async fn a_secret_of_each_kind_is_asked_of_its_own_family() {
        on_each_engine(async |world| {
            let (backend, ada) = (&world.backend, owner(&world.backend).await);
            let verified = async |secret: &str| backend.verify(secret).await.expect("asked");
            let form = ApiTokenForm {
                name: "Nightly".into(),
                ..ApiTokenForm::default()
            };
            let form = form.parse().expect("a form");
            let made = backend.api_tokens().create(&ada, &form).await.expect("made");
            let harbour = app(backend, &ada).await;
            let phone = sign_in(backend, &ada, &harbour, "").await;
            let fresh = refresh(backend, &harbour, phone.refresh.reveal()).await;
            let fresh = fresh.expect("refreshed");
            let site = SiteForm {
                address: "http://shop.test:8080".into(),
                trusted_networks: "127.0.0.1/32".into(),
                ..SiteForm::default()
            };
            let pages = backend.page_tokens();
            pages.add_site(&ada, &site).await.expect("a site");
            let page = PageTokenForm {
                full_url: "http://shop.test:8080/report".into(),
                groups: "Editors".into(),
                ..PageTokenForm::default()
            };
            let (page, link) = pages.create(&ada, &page).await.expect("a page token");

            for (secret, kind) in [
                (made.secret.as_str(), "API token"),
                (fresh.access.reveal(), "access token of an app"),
                (fresh.refresh.reveal(), "refresh token of an app"),
                (link.token.as_str(), "page token"),
            ] {
                let found = verified(secret).await.expect("alive");
                assert_eq!(found.kind, kind);
                assert_eq!(found.tenant, ada.organisation(), "{kind}");
            }
            for prefix in Prefix::ALL {
                let unknown = PrefixedSecret::from_random(prefix, [9; 32]);
                assert!(verified(unknown.reveal()).await.is_none(), "{prefix:?}");
            }
            assert!(verified("twa_nonsense").await.is_none());

            pages.revoke(&ada, page.id).await.expect("revoked");
            backend.api_tokens().revoke(&ada, made.id).await.expect("revoked");
            assert!(verified(&link.token).await.is_none(), "revoked");
            assert!(verified(&made.secret).await.is_none(), "revoked");
        })
        .await;
    }
}
