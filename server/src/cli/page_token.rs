//! The arguments of `tokenwright page-token`, `tokenwright site` and `tokenwright gate`.

use clap::{Args, Subcommand, ValueEnum};
use domain::access_tokens::TokenList;
use domain::{OrganisationId, TokenId};

/// The page token commands.
#[derive(Subcommand)]
pub enum PageToken {
    /// Add a token that opens one page of a site, and print its link
    Add {
        /// What it opens.
        #[command(flatten)]
        fields: Fields,
        /// Where, and in which format.
        #[command(flatten)]
        place: Place,
    },
    /// List the tokens
    List {
        /// Which of them
        #[arg(long, value_enum, default_value_t = Which::Active)]
        list: Which,
        /// Words of the URL or the note
        #[arg(long, default_value = "")]
        search: String,
        /// Where, and in which format.
        #[command(flatten)]
        place: Place,
    },
    /// Show one token
    Show {
        /// Its id
        id: TokenId,
        /// Also show its link; this is recorded
        #[arg(long)]
        reveal: bool,
        /// Where, and in which format.
        #[command(flatten)]
        place: Place,
    },
    /// Change a token; its link stays the same
    Edit {
        /// Its id
        id: TokenId,
        /// The changes.
        #[command(flatten)]
        fields: EditFields,
        /// Where, and in which format.
        #[command(flatten)]
        place: Place,
    },
    /// Revoke a token for good
    Revoke {
        /// Its id
        id: TokenId,
        /// Where, and in which format.
        #[command(flatten)]
        place: Place,
    },
}

/// What a new token opens.
#[derive(Args)]
pub struct Fields {
    /// The full URL of the page
    #[arg(long)]
    pub full_url: String,
    /// Timeout in seconds, -1 for unlimited
    #[arg(long, default_value = "-1", allow_hyphen_values = true)]
    pub timeout: String,
    /// Maximum number of hits, -1 for unlimited
    #[arg(long, default_value = "-1", allow_hyphen_values = true)]
    pub max_hits: String,
    /// Groups, separated by comma
    #[arg(long, default_value = "")]
    pub groups: String,
    /// The first day, such as 2026-12-31
    #[arg(long, default_value = "")]
    pub starts: String,
    /// The last day, instead of a timeout
    #[arg(long, default_value = "")]
    pub expires: String,
    /// How much it opens: exact, assets, below
    #[arg(long, default_value = "exact")]
    pub scope: String,
    /// Parameters that may be added, such as utm_*,page
    #[arg(long, default_value = "")]
    pub may_add: String,
    /// Parameters that may have any value
    #[arg(long, default_value = "")]
    pub any_value: String,
    /// Networks that requests may come from, such as 10.0.0.0/8
    #[arg(long, default_value = "")]
    pub networks: String,
    /// Allow only GET and HEAD
    #[arg(long)]
    pub reads_only: bool,
    /// Show a confirmation page before a hit is spent
    #[arg(long)]
    pub confirm: bool,
    /// A note to recognise it by
    #[arg(long, default_value = "")]
    pub note: String,
    /// An e-mail address to send the link to
    #[arg(long, default_value = "")]
    pub email: String,
}

/// The changes to a token; everything else stays.
#[derive(Args)]
pub struct EditFields {
    /// The full URL of the page
    #[arg(long)]
    pub full_url: Option<String>,
    /// Timeout in seconds from now on, -1 for unlimited
    #[arg(long, allow_hyphen_values = true)]
    pub timeout: Option<String>,
    /// Maximum number of hits, -1 for unlimited
    #[arg(long, allow_hyphen_values = true)]
    pub max_hits: Option<String>,
    /// Groups, separated by comma
    #[arg(long)]
    pub groups: Option<String>,
    /// The first day, such as 2026-12-31
    #[arg(long)]
    pub starts: Option<String>,
    /// The last day
    #[arg(long)]
    pub expires: Option<String>,
    /// How much it opens: exact, assets, below
    #[arg(long)]
    pub scope: Option<String>,
    /// Parameters that may be added, such as utm_*,page
    #[arg(long)]
    pub may_add: Option<String>,
    /// Parameters that may have any value
    #[arg(long)]
    pub any_value: Option<String>,
    /// Allow only GET and HEAD: true or false
    #[arg(long, value_name = "BOOL")]
    pub reads_only: Option<bool>,
    /// Show a confirmation page before a hit is spent: true or false
    #[arg(long, value_name = "BOOL")]
    pub confirm: Option<bool>,
    /// Networks that requests may come from
    #[arg(long)]
    pub networks: Option<String>,
    /// A note to recognise it by
    #[arg(long)]
    pub note: Option<String>,
    /// An e-mail address to send the link to
    #[arg(long)]
    pub email: Option<String>,
}

/// The site commands.
#[derive(Subcommand)]
pub enum Site {
    /// Add a guarded site, and print its secret
    Add(NewSite),
    /// List the sites
    List {
        /// Where, and in which format.
        #[command(flatten)]
        place: Place,
    },
}

/// A site to be added.
#[derive(Args)]
pub struct NewSite {
    /// Its address: scheme, host and port
    #[arg(long)]
    pub address: String,
    /// Where its proxies call from, such as 127.0.0.1/32; without it they send the site's secret
    #[arg(long, default_value = "")]
    pub trusted_networks: String,
    /// What a refused visitor gets: error, anonymous
    #[arg(long, default_value = "error")]
    pub on_refusal: String,
    /// Write the rule of each refusal into the server's log
    #[arg(long)]
    pub log_refusals: bool,
    /// Groups that exist, separated by comma
    #[arg(long, default_value = "")]
    pub groups: String,
    /// The name of the token parameter in URLs
    #[arg(long, default_value = "TOKEN")]
    pub token_parameter: String,
    /// Folders whose assets belong to every page, such as /static/
    #[arg(long, default_value = "")]
    pub open_paths: String,
    /// Send the back end a signed assertion with each request that is let through
    #[arg(long)]
    pub asserts: bool,
    /// Where, and in which format.
    #[command(flatten)]
    pub place: Place,
}

/// The gate commands.
#[derive(Subcommand)]
pub enum Gate {
    /// Check through the real proxy that a guarded page lets nobody past
    ///
    /// Sends requests that try to get past the gate, and says what to change. Nothing is spent, unless the doctor takes
    /// the site's place.
    Doctor {
        /// A page of the guarded site, as visitors open it
        url: String,
        /// The site's own address behind the proxy, to check that it cannot be reached directly
        #[arg(long)]
        back_end: Option<String>,
        /// The site's own address, which is free because the site was stopped: the doctor listens there, and checks
        /// what the proxy sends to a site about visitors who are let in
        #[arg(long, value_name = "ADDRESS:PORT")]
        in_place_of: Option<String>,
        /// A token that opens the page, for --in-place-of; each check spends a hit
        #[arg(long, env = "TOKENWRIGHT_PAGE_TOKEN", hide_env_values = true)]
        token: Option<String>,
        /// Tokenwright's own address, which is free because it was stopped: the doctor listens there, hangs, hangs up
        /// and fails, and checks that nobody is then let in and that nobody waits for ever. Nothing else is checked
        /// with it
        #[arg(long, value_name = "ADDRESS:PORT")]
        in_place_of_gate: Option<String>,
        /// Take the site's certificate, whoever signed it: for a site with an authority of its own
        #[arg(long)]
        any_certificate: bool,
    },
}

/// Which organisation, and which output format.
#[derive(Args)]
pub struct Place {
    /// The organisation's id, when there are several
    #[arg(long)]
    pub organisation: Option<OrganisationId>,
    /// How to print it
    #[arg(long, value_enum, default_value_t = Output::Text)]
    pub output: Output,
}

/// The output format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Output {
    /// For people.
    Text,
    /// For programs.
    Json,
}

/// Which list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Which {
    /// Scheduled, active and suspended ones.
    Active,
    /// Expired, used-up and revoked ones.
    Expired,
    /// Deleted ones.
    Deleted,
}

impl From<Which> for TokenList {
    fn from(which: Which) -> Self {
        match which {
            Which::Active => Self::Active,
            Which::Expired => Self::Expired,
            Which::Deleted => Self::Deleted,
        }
    }
}
