//! The command line.

pub mod page_token;
pub mod token;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use domain::OrganisationId;

use crate::config::Options;

/// Why a command failed, in words.
pub type Error = Box<dyn std::error::Error + Send + Sync>;

/// The message for the operator, who may know the cause of a fault: a command has no log to look it up in.
pub fn in_words(error: &Error) -> String {
    match error.downcast_ref() {
        Some(backend::Error::Fault(fault)) => format!("It did not work: {}.", fault.cause()),
        _ => error.to_string(),
    }
}

/// Create, hand out, monitor and withdraw access tokens.
#[derive(Parser)]
#[command(name = "tokenwright", version, max_term_width = 100)]
#[command(about = "Make, hand out, watch and withdraw access tokens")]
#[command(
    after_help = "`tokenwright serve` is all it takes to begin: it makes the database, and prints where to go."
)]
pub struct Cli {
    /// The settings.
    #[command(flatten)]
    pub options: Options,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The commands.
#[derive(Subcommand)]
pub enum Command {
    /// Serve the site until it is told to stop
    ///
    /// Creates what is missing: the data folder, the key file, the database and its schema. Stops cleanly on Ctrl-C and
    /// on SIGTERM: requests in progress are answered, for up to ten seconds.
    Serve {
        /// Fill an empty database with sample data first, and print how to sign in
        #[arg(long)]
        demo: bool,
    },
    /// Create the database, or bring its schema up to date, and exit
    Migrate,
    /// Fill an empty database with sample data, and print how to sign in
    Demo,
    /// Check that counters, uses, audit log and mail agree; ends with 1 when something does not
    Fsck,
    /// Copy a SQLite database to a new file, while the server runs
    ///
    /// The copy is complete. Keep the key file of the data folder (keys.toml) with it, in another place: without it the
    /// links in the copy can be neither found nor shown. PostgreSQL databases are copied with pg_dump.
    Backup {
        /// The file to write, which must not exist
        file: PathBuf,
    },
    /// Replace a SQLite database with a backup, while no server runs
    ///
    /// The backup is checked first, with the keys. All sessions end, and a quarantine begins: what was used or revoked
    /// after the backup was made is lost, so nothing opens until `tokenwright quarantine end`. The previous database is
    /// kept beside the new one.
    Restore {
        /// The backup
        file: PathBuf,
    },
    /// Manage the quarantine that follows a restored backup
    #[command(subcommand)]
    Quarantine(Quarantine),
    /// Report what is wrong with the settings, keys, database, disk, clock and mail; ends with 1 if something is
    Doctor,
    /// Write everything that links of credentials lead to as files, so that they stay valid without this program
    ///
    /// Issuers' keys, status lists, public pages and documents, in the paths of the site: for any web server under the
    /// same host name.
    Archive {
        /// The folder to write to; a folder that already has an archive gets the newer files
        #[arg(long, value_name = "FOLDER")]
        out: PathBuf,
        /// Leave out what has to be rendered (PDF, PNG, SVG), which takes most of the time
        #[arg(long)]
        without_pictures: bool,
    },
    /// Manage organisations
    #[command(subcommand)]
    Organisation(Organisation),
    /// Manage people
    #[command(subcommand)]
    Person(Person),
    /// Manage page tokens, which open one page of a site
    #[command(subcommand)]
    PageToken(page_token::PageToken),
    /// Manage guarded sites
    #[command(subcommand)]
    Site(page_token::Site),
    /// Check the gate that guards sites
    #[command(subcommand)]
    Gate(page_token::Gate),
    /// Manage API tokens, with which programs call the REST API
    #[command(subcommand)]
    Token(token::Token),
    /// Find tokens in files and folders, and say which are alive: the same as `token scan`
    Scan(token::Scan),
    /// Manage the keys that secrets are found and sealed with
    #[command(subcommand)]
    Keys(Keys),
    /// Draw the first page of a PDF from standard input as SVG, within limits: what the server calls for uploaded files
    #[command(hide = true)]
    DrawPdf,
}

/// The quarantine commands.
#[derive(Subcommand)]
pub enum Quarantine {
    /// Begin one, after a PostgreSQL database was restored with its own tools; all sessions end
    Begin,
    /// Show what it is about
    Show,
    /// Let everything open again
    End,
}

/// The organisation commands.
#[derive(Subcommand)]
pub enum Organisation {
    /// Create an organisation with its first owner; the password is read from standard input
    Create(NewOrganisation),
    /// List all organisations
    List,
    /// Switch features on or off
    Features {
        /// Its id, from `organisation list`
        id: OrganisationId,
        /// The full Tokens feature: multi tokens, limits, the Token Manager
        #[arg(long, value_name = "on|off")]
        full_tokens: Switch,
    },
    /// Cancel an organisation: nobody can sign in to it any more, and its links open nothing; credentials stay valid
    Cancel {
        /// Its id, from `organisation list`
        id: OrganisationId,
    },
    /// Reverse a cancellation
    Reactivate {
        /// Its id, from `organisation list`
        id: OrganisationId,
    },
    /// Set whether credentials stay valid while their organisation is cancelled
    Credentials {
        /// Its id, from `organisation list`
        id: OrganisationId,
        /// On, the initial setting: what recipients claimed stays valid
        #[arg(long, value_name = "on|off")]
        validate: Switch,
    },
}

/// An organisation to be created.
#[derive(Args)]
pub struct NewOrganisation {
    /// Its name
    #[arg(long)]
    pub name: String,
    /// Its time zone, such as Pacific/Auckland
    #[arg(long, default_value = "UTC")]
    pub time_zone: String,
    /// The owner's name
    #[arg(long)]
    pub owner_name: String,
    /// The owner's e-mail address
    #[arg(long)]
    pub owner_email: String,
}

/// The people commands.
#[derive(Subcommand)]
pub enum Person {
    /// Set a new password for an admin, read from standard input; all of their sessions end
    ResetPassword {
        /// The admin's e-mail address
        email: String,
        /// The organisation's id, when there are several
        #[arg(long)]
        organisation: Option<OrganisationId>,
    },
    /// Invite a person to manage an organisation, and print the link to pass on
    Invite {
        /// Their e-mail address
        email: String,
        /// Their user type
        #[arg(long, value_enum, default_value_t = AdminType::Administrator)]
        user_type: AdminType,
        /// The organisation's id, when there are several
        #[arg(long)]
        organisation: Option<OrganisationId>,
    },
}

/// User types that manage something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum AdminType {
    /// Manages collections, tokens and people.
    Administrator,
    /// May do everything.
    Owner,
}

/// The key commands.
#[derive(Subcommand)]
pub enum Keys {
    /// Create a new key, and move everything to it
    ///
    /// Works while servers run, which notice by themselves. An old key stays for as long as anything needs it, and
    /// after that for as long as a backup may. Ends with 1 when a secret could not be moved; an interrupted rotation
    /// continues when this is run again.
    Rotate {
        /// Days that an old key stays after the last row has stopped using it, for older backups
        #[arg(long, value_name = "DAYS", default_value_t = KEEP_DAYS)]
        keep_days: u32,
        /// Create another key, even if the newest was created today and left secrets behind
        #[arg(long)]
        new_key: bool,
        /// Print the new keys, which are secret, if they cannot be written where the keys come from
        #[arg(long)]
        print: bool,
    },
    /// List the keys: how old they are, and how many rows need each
    List,
    /// Drop a key that nothing needs
    Drop {
        /// Its number, from `keys list`
        key: i64,
        /// Days that a key stays after the last row has stopped using it, for older backups
        #[arg(long, value_name = "DAYS", default_value_t = KEEP_DAYS)]
        keep_days: u32,
        /// Do not wait for those days: older backups can then no longer be opened
        #[arg(long, conflicts_with = "keep_days")]
        now: bool,
    },
    /// Print a first key, which is secret, to be stored where --keys reads it
    New,
}

/// Days that an old key stays unless specified.
const KEEP_DAYS: u32 = 90;

/// On or off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Switch {
    /// On.
    On,
    /// Off.
    Off,
}

impl Command {
    /// Whether scripts read its answer from the exit code, which must then not mean a fault.
    pub(crate) fn answers_by_its_exit_code(&self) -> bool {
        matches!(
            self,
            Self::Scan(_) | Self::Token(token::Token::Scan(_) | token::Token::Verify { .. })
        )
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_sound_and_every_command_says_what_it_does() {
        let command = Cli::command();
        command.clone().debug_assert();
        for command in command.get_subcommands() {
            assert!(command.get_about().is_some(), "{}", command.get_name());
        }
    }

    #[test]
    fn files_are_scanned_by_either_name() {
        let parsed = |line: &[&str]| Cli::try_parse_from(line).expect("parses").command;
        let short = parsed(&["tokenwright", "scan", "a", "b", "--output", "json"]);
        let long = parsed(&["tokenwright", "token", "scan", "a", "b", "--output", "json"]);
        let (Command::Scan(one), Command::Token(token::Token::Scan(other))) = (&short, &long) else {
            panic!("two names of one command");
        };
        assert_eq!((&one.paths, one.output), (&other.paths, other.output));
        assert!(short.answers_by_its_exit_code() && long.answers_by_its_exit_code());
    }

    #[test]
    fn settings_may_stand_behind_the_command() {
        let cli = Cli::try_parse_from(["tokenwright", "serve", "--demo", "--listen", "127.0.0.1:0"])
            .expect("parses");
        assert_eq!(cli.options.listen.as_deref(), Some("127.0.0.1:0"));
        assert!(matches!(cli.command, Command::Serve { demo: true }));
    }
}
