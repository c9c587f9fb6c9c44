//! Page tokens: a bearer secret that opens one page of a guarded site, as a member of some groups.
//!
//! * [`url`]: the canonical form of URLs, which stored and received ones are compared in
//! * [`query`]: the parameters of a URL as a multiset of decoded pairs
//! * [`host`]: the address of a site: scheme, host, port
//! * [`credential`]: where a request carries its token, and its URL without it
//! * [`page_rule`]: which requests a page token opens, and the rule that refuses the others
//! * [`groups`], [`forms`], [`list`], [`sites`]: what admins type and see

pub mod credential;
pub mod forms;
pub mod groups;
pub mod host;
pub mod list;
pub mod page_rule;
pub mod query;
pub mod sites;
pub mod url;

pub use groups::Groups;
pub use host::SiteAddress;
pub use page_rule::{PageRule, PageScope, Refused, Rule};
pub use query::Query;
pub use url::{PageUrl, ReceivedUrl};

/// The name of the parameter that carries the token, unless the site chose another. Upper and lower case are alike.
pub const TOKEN_PARAMETER: &str = "TOKEN";

/// The first characters of every page token.
pub const PREFIX: &str = "twp_";

/// What a refused visitor reads.
pub const REFUSAL: &str = "Token Error: Your access to this page has expired";

/// The longest URL that is kept or compared, in bytes.
pub const LONGEST_URL: usize = 16 * 1024;
