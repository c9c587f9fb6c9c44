//! What the gate is asked, and what it says.

use std::net::IpAddr;
use std::sync::Arc;

use domain::TokenId;
use domain::page_tokens::Rule;
use domain::page_tokens::credential::Carried;

use super::SessionCookie;
use crate::Secret;

/// A request that a proxy asks about, as its door understood it.
#[derive(Debug)]
pub struct Asked<'a> {
    /// Who is at the other end of the connection: the proxy.
    pub proxy: Option<IpAddr>,
    /// The site's secret, where the proxy sends one.
    pub site_secret: Option<Secret>,
    /// The address of the site that the proxy asks for, where it says so: it is answered about no other.
    pub site: Option<&'a str>,
    /// The URL that the client asked for.
    pub url: &'a [u8],
    /// The method that the client asked with.
    pub method: &'a str,
    /// Where the client is, as the proxy says.
    pub client: Option<IpAddr>,
    /// What the client calls itself.
    pub user_agent: &'a str,
    /// Tokens in headers.
    pub in_headers: Carried,
    /// The values of this gate's cookies.
    pub cookies: Vec<&'a str>,
    /// What the proxy calls the request, where it calls one that it asks about twice by the same name.
    pub request_id: Option<&'a str>,
    /// Whether a browser goes to a page.
    pub is_navigation: bool,
    /// Whether it is loaded on suspicion.
    pub is_prefetch: bool,
    /// Whether a download is continued.
    pub is_continuation: bool,
}

/// Who the back end takes a client for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Identity {
    /// The token; `None` for a visitor without one.
    pub token: Option<TokenId>,
    /// The groups, with commas.
    pub groups: String,
    /// What the token is remembered by.
    pub name: String,
    /// Whom its link was sent to.
    pub email: String,
}

impl Identity {
    /// What a back end knows the bearer as; `None` for a visitor without a token.
    pub fn user(&self) -> Option<String> {
        self.token.map(|token| format!("page-token-{token}"))
    }
}

/// What the gate says.
#[derive(Debug)]
pub enum Verdict {
    /// The request is let through.
    Allowed(Arc<Identity>),
    /// The request is let through, and its back end is told so by a signed assertion, too.
    Asserted(Arc<Identity>, Secret),
    /// The browser is to come again without the token in the address, and with a cookie.
    Exchange {
        /// The same address without the token.
        location: Vec<u8>,
        /// The cookie.
        cookie: SessionCookie,
    },
    /// The request is refused. Visitors are not told the rule.
    Refused(Rule),
    /// A page is to ask whether a hit may be spent.
    Confirm,
    /// A browser came from its exchange without the cookie that it was given.
    CookieNeeded,
    /// Anyone who asks is not a proxy of the site. They learn as much as a visitor who is refused.
    Untrusted,
}
