//! Which requests a page token opens. A request that it does not open is refused by exactly one rule, the first of
//! them in this order: site, path, parameters, method, network. Admins are told which; visitors are not.

mod parameters;

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

pub use parameters::Names;

use super::url::{PageUrl, ReceivedUrl};
use crate::network::Network;

/// How much of a site a page token opens.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PageScope {
    /// One URL.
    #[default]
    Exact,
    /// One URL, and the pictures, scripts and style sheets of its folder.
    Assets,
    /// Everything below a path.
    Below,
}

impl PageScope {
    /// All, in the order of the menu.
    pub const ALL: [PageScope; 3] = [Self::Exact, Self::Assets, Self::Below];

    /// The words in the menu.
    pub fn label(self) -> &'static str {
        match self {
            Self::Exact => "Exactly this URL",
            Self::Assets => "This URL with its assets",
            Self::Below => "Everything below",
        }
    }

    /// The word in forms and in the database.
    pub fn key(self) -> &'static str {
        match self {
            Self::Exact => "exact",
            Self::Assets => "assets",
            Self::Below => "below",
        }
    }

    /// The scope behind a word.
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scope| scope.key() == key)
    }
}

/// Why a request is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rule {
    /// There is no token in the request.
    NoToken,
    /// There is more than one.
    RepeatedToken,
    /// There is no such token.
    Unknown,
    /// Its start lies ahead.
    NotYet,
    /// Its time is over.
    Expired,
    /// Its hits are spent.
    Hits,
    /// Somebody paused it.
    Suspended,
    /// Somebody ended it.
    Revoked,
    /// The request went to another site.
    Site,
    /// The URL is none, or means different things to different programs.
    AmbiguousUrl,
    /// It is another path.
    Path,
    /// A parameter is missing.
    ParameterMissing,
    /// There is one too many.
    ParameterExtra,
    /// One has another value.
    ParameterDifferent,
    /// It is not a method that only reads.
    Method,
    /// It comes from another network.
    Network,
    /// A page asks before a hit is spent.
    Confirmation,
}

impl Rule {
    /// The word for programs.
    pub fn key(self) -> &'static str {
        match self {
            Self::NoToken => "no_token",
            Self::RepeatedToken => "repeated_token",
            Self::Unknown => "unknown",
            Self::NotYet => "not_yet",
            Self::Expired => "expired",
            Self::Hits => "hits",
            Self::Suspended => "suspended",
            Self::Revoked => "revoked",
            Self::Site => "site",
            Self::AmbiguousUrl => "ambiguous_url",
            Self::Path => "path",
            Self::ParameterMissing => "parameter_missing",
            Self::ParameterExtra => "parameter_extra",
            Self::ParameterDifferent => "parameter_different",
            Self::Method => "method",
            Self::Network => "network",
            Self::Confirmation => "confirmation",
        }
    }
}

/// The rule that refused a request, and what it wanted, in words for an admin.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refused {
    /// Which rule.
    pub rule: Rule,
    /// What was expected and what came.
    pub detail: String,
}

impl Refused {
    /// A refusal with its explanation.
    pub fn by(rule: Rule, detail: impl Into<String>) -> Self {
        Self {
            rule,
            detail: detail.into(),
        }
    }
}

/// What a page token opens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageRule {
    /// The page.
    pub url: PageUrl,
    /// How much around it.
    pub scope: PageScope,
    /// Parameters that a request may have besides.
    pub may_add: Names,
    /// Parameters whose value does not matter.
    pub any_value: Names,
    /// Whether GET, HEAD and OPTIONS alone are let through.
    pub reads_only: bool,
    /// Where requests may come from; empty: from anywhere.
    pub networks: Vec<Network>,
}

/// What is asked for.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// The URL.
    pub url: &'a ReceivedUrl,
    /// The method.
    pub method: &'a str,
    /// Where the client is, where that is known.
    pub address: Option<IpAddr>,
    /// Whether a counted session asks, which may load what belongs to its page.
    pub in_session: bool,
}

/// What a request reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reached {
    /// The page, or one below it.
    Page,
    /// Something that belongs to it.
    Asset,
}

impl PageRule {
    /// Whether a request is opened by this. `open_paths` are the folders of the site whose assets belong to every page.
    ///
    /// # Errors
    /// The rule that refuses it.
    pub fn check(&self, request: &Request<'_>, open_paths: &[String]) -> Result<Reached, Refused> {
        self.check_site(request.url)?;
        let reached = self.check_path(request, open_paths)?;
        if reached == Reached::Page && self.scope != PageScope::Below {
            parameters::check(&self.url.query, request.url, &self.may_add, &self.any_value)?;
        }
        self.check_method(request.method)?;
        self.check_network(request.address)?;
        Ok(reached)
    }

    fn check_site(&self, received: &ReceivedUrl) -> Result<(), Refused> {
        let (own, other) = (&self.url.site, &received.url.site);
        let same_port = own.port() == other.port() || !received.names_port;
        if own.host() == other.host() && own.is_https() == other.is_https() && same_port {
            return Ok(());
        }
        Err(Refused::by(
            Rule::Site,
            format!("The token belongs to {own}, the request went to {other}."),
        ))
    }

    fn check_path(&self, request: &Request<'_>, open_paths: &[String]) -> Result<Reached, Refused> {
        let received = request.url;
        if received.ambiguity.dot_segments {
            return Err(ambiguous("dot segments such as /../"));
        }
        let path = received.url.path.as_str();
        let is_page = path == self.url.path || path == self.url.merged_path();
        match self.scope {
            _ if is_page => Ok(Reached::Page),
            PageScope::Below if is_below(path, &self.url.path) => {
                if received.ambiguity.escapes {
                    Err(ambiguous(
                        "an encoded slash, a path parameter or a double encoding",
                    ))
                } else if received.ambiguity.double_slash {
                    Err(ambiguous("two slashes beside each other"))
                } else {
                    Ok(Reached::Page)
                }
            }
            PageScope::Assets if request.in_session && self.is_asset(received, open_paths) => {
                Ok(Reached::Asset)
            }
            _ => Err(Refused::by(
                Rule::Path,
                format!(
                    "The token is for {}, the request asked for {path}.",
                    self.url.path
                ),
            )),
        }
    }

    /// Whether this is a file that a page loads: in the page's folder or one that belongs to every page, with the
    /// ending of a picture, a script, a style sheet, a font. A program in the way (`/report.php/x.css`) is none, and where
    /// the page's folder is one (`/index.php/wiki/`), everything in it is the program's.
    fn is_asset(&self, received: &ReceivedUrl, open_paths: &[String]) -> bool {
        let path = received.url.path.as_str();
        let folder = &self.url.path[..=self.url.path.rfind('/').unwrap_or(0)];
        let own = (!holds_program(folder)).then_some(folder);
        let mut folders = open_paths.iter().map(String::as_str).chain(own);
        let Some(inside) = folders.find_map(|folder| path.strip_prefix(folder)) else {
            return false;
        };
        let (way, file) = inside.rsplit_once('/').unwrap_or(("", inside));
        let ending = file
            .rsplit_once('.')
            .map(|(_, ending)| ending.to_ascii_lowercase());
        let is_clear = !received.ambiguity.escapes && !received.ambiguity.double_slash;
        is_clear && !way.contains('.') && ending.is_some_and(|ending| ASSETS.contains(&ending.as_str()))
    }

    fn check_method(&self, method: &str) -> Result<(), Refused> {
        if self.reads_only && !matches!(method, "GET" | "HEAD" | "OPTIONS") {
            return Err(Refused::by(
                Rule::Method,
                format!("The token is for GET and HEAD, the request was {method}."),
            ));
        }
        Ok(())
    }

    fn check_network(&self, address: Option<IpAddr>) -> Result<(), Refused> {
        let fits = |address| self.networks.iter().any(|network| network.contains(address));
        match address {
            _ if self.networks.is_empty() => Ok(()),
            Some(address) if fits(address) => Ok(()),
            Some(address) => Err(Refused::by(
                Rule::Network,
                format!("The request came from {address}, which is in none of the token's networks."),
            )),
            None => Err(Refused::by(
                Rule::Network,
                "It is not known which address the request came from, and the token is for some networks.",
            )),
        }
    }
}

/// Whether a part of a folder ends like a program, and not like a version (`/v1.2/`).
fn holds_program(folder: &str) -> bool {
    let ending = |part: &str| {
        part.rsplit_once('.')
            .map(|(_, ending)| ending.starts_with(char::is_alphabetic))
    };
    folder.split('/').any(|part| ending(part) == Some(true))
}

/// Endings of what pages load.
const ASSETS: [&str; 27] = [
    "avif",
    "bmp",
    "css",
    "eot",
    "gif",
    "ico",
    "jpeg",
    "jpg",
    "js",
    "map",
    "mjs",
    "mp3",
    "mp4",
    "ogg",
    "ogv",
    "otf",
    "png",
    "svg",
    "ttf",
    "vtt",
    "wasm",
    "wav",
    "webm",
    "webmanifest",
    "webp",
    "woff",
    "woff2",
];

fn is_below(path: &str, top: &str) -> bool {
    let top = top.strip_suffix('/').unwrap_or(top);
    path.strip_prefix(top)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

fn ambiguous(what: &str) -> Refused {
    Refused::by(
        Rule::AmbiguousUrl,
        format!("The path holds {what}, which programs read differently."),
    )
}

#[cfg(test)]
mod tests;
