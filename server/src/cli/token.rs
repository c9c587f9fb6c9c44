//! The arguments of `tokenwright token` and `tokenwright scan`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use domain::{OrganisationId, TokenId};

/// What `verify` and `scan` end with when something goes wrong: 0 and 1 are their answers.
pub const TROUBLE: u8 = 2;

/// The API token commands.
#[derive(Subcommand)]
pub enum Token {
    /// Create an API token, and print it
    Create(NewToken),
    /// List API tokens
    List {
        /// Those that have expired or were revoked, instead of the others
        #[arg(long)]
        ended: bool,
        /// The organisation's id, when there are several
        #[arg(long)]
        organisation: Option<OrganisationId>,
        /// How to print it
        #[arg(long, value_enum, default_value_t = Output::Text)]
        output: Output,
    },
    /// Show an API token, without its secret
    Show(One),
    /// Give an API token a new secret, and print it
    Rotate {
        /// Which one.
        #[command(flatten)]
        one: One,
        /// How long the old secret still works, at most until the new one is used: 0, 1h, 24h, 7d
        #[arg(long, default_value = "0")]
        grace: String,
    },
    /// Suspend an API token: it opens nothing until it is resumed
    Suspend(One),
    /// Resume a suspended API token
    Resume(One),
    /// Revoke an API token for good
    Revoke(One),
    /// Say whether a token of any kind opens something now
    ///
    /// Ends with 0 when it does, with 1 when it does not, and with 2 when that could not be found out.
    Verify {
        /// The token, or - to read it from standard input, where nobody else on the machine sees it
        secret: String,
        /// How to print it
        #[arg(long, value_enum, default_value_t = Output::Text)]
        output: Output,
    },
    /// Find tokens in files and folders, and say which are alive
    Scan(Scan),
}

/// What scripts may rely on.
const ABOUT_SCAN: &str = "Tokens are recognised by their form and checksum and looked up by a digest: nothing leaves this \
    machine. On a machine without the database, --server asks a server, which is sent six digits of the digest of each, and no \
    token. Without either, what is found is listed, and nobody knows which are alive.\n\nEnds with 0 when none is \
    alive, with 1 when one is, and otherwise with 2 when a file could not be read or a token not be looked up.";

/// Where to search for tokens.
#[derive(Args)]
#[command(after_help = ABOUT_SCAN)]
pub struct Scan {
    /// Where to look
    #[arg(required = true)]
    pub paths: Vec<PathBuf>,
    /// The public URL of the server to ask, instead of a database; it learns six digits of a digest of each token
    #[arg(long, value_name = "URL")]
    pub server: Option<String>,
    /// How to print it
    #[arg(long, value_enum, default_value_t = Output::Text)]
    pub output: Output,
}

/// One API token.
#[derive(Args)]
pub struct One {
    /// Its id, from `token list`
    pub id: TokenId,
    /// The organisation's id, when there are several
    #[arg(long)]
    pub organisation: Option<OrganisationId>,
    /// How to print it
    #[arg(long, value_enum, default_value_t = Output::Text)]
    pub output: Output,
}

/// An API token to be created.
#[derive(Args)]
pub struct NewToken {
    /// Its name
    #[arg(long)]
    pub name: String,
    /// The e-mail address of the person behind it, or the name or id of a service user
    #[arg(long)]
    pub user: String,
    /// The organisation's id, when there are several
    #[arg(long)]
    pub organisation: Option<OrganisationId>,
    /// The department that it is limited to
    #[arg(long)]
    pub department: Option<String>,
    /// Its user type; by default the person's own
    #[arg(long)]
    pub user_type: Option<String>,
    /// The most it may do, such as tokens:read,collections:read
    #[arg(long)]
    pub permissions: Option<String>,
    /// When it ends: a number of days such as 90d, a date such as 2027-01-31, or never
    #[arg(long)]
    pub expires: Option<String>,
    /// The networks that it may be used from, such as 203.0.113.0/24,2001:db8::/32
    #[arg(long)]
    pub networks: Option<String>,
    /// What it is for
    #[arg(long)]
    pub description: Option<String>,
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
