//! Why keys cannot be used, with a message for the operator.

/// Why keys cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// There are none, and none may be created.
    #[error(
        "The keys are missing: {place} {why}. Without them no link in this database can be found. Put back the copy \
         from your backup, or the file that the other servers of this database use. To begin anew, use an empty database."
    )]
    Missing {
        /// Where they were looked for.
        place: String,
        /// What is there instead.
        why: &'static str,
    },
    /// There are none yet, and they cannot be created where they come from.
    #[error(
        "There are no keys yet: {0} hands over nothing. `tokenwright keys new` prints a first key: store what it \
         prints there, then start again."
    )]
    NoneYet(String),
    /// They could not be read or written.
    #[error("{0} could not be read or written: {1}")]
    Io(String, std::io::Error),
    /// This user may not read them.
    #[error(
        "The key file {path} cannot be read by this user: it belongs to {owner}. Give it to the user that the server \
         runs as: `chown USER {path}` and `chmod 600 {path}`."
    )]
    NotOurs {
        /// The file.
        path: String,
        /// Whose it is.
        owner: String,
    },
    /// Others may read them.
    #[error("The key file {0} may be read by others. Make it private: chmod 600 {0}")]
    NotPrivate(String),
    /// Their content is invalid.
    #[error(
        "{0}: the keys are damaged: {1}. Put back the copy from your backup; without it no link can be found."
    )]
    Damaged(String, &'static str),
    /// They are those of another database.
    #[error(
        "{place} holds the keys of another installation: its key {key} is not the key {key} that this database was \
         written with. Use the keys that belong to this database: those of its backup, or those that its other \
         servers use (all servers of a database share them)."
    )]
    Foreign {
        /// Where they are.
        place: String,
        /// The first that does not match.
        key: i64,
    },
    /// They are too old, or too new.
    #[error(
        "{place} lacks {lacking} that this database needs; it has {held}. {hint}",
        lacking = named(lacking), held = named(held)
    )]
    Lacking {
        /// Where they are.
        place: String,
        /// What is needed.
        lacking: Vec<i64>,
        /// What is there.
        held: Vec<i64>,
        /// What to do.
        hint: &'static str,
    },
    /// Another process is changing them at this moment.
    #[error("The keys are being changed by another command ({0}). Wait until it has ended, then try again.")]
    Busy(String),
    /// Running servers do not have them yet.
    #[error(
        "These servers do not have key {key} yet: {servers}. Nothing is lost, and nothing was moved. Give them the \
         same keys as here (copy the key file, or start them again), then run this command again: it goes on where \
         it stopped."
    )]
    NotEverywhere {
        /// The key.
        key: i64,
        /// The servers' names.
        servers: String,
    },
    /// They come from a place that cannot be written to.
    #[error(
        "Keys from {0} cannot be written back from here. Run `tokenwright keys rotate --print` and store what it \
         prints in their place, then run `tokenwright keys rotate` again."
    )]
    ReadOnly(String),
    /// A key cannot be dropped.
    #[error("Key {key} is not dropped: {why}")]
    StillNeeded {
        /// The key.
        key: i64,
        /// What needs it.
        why: String,
    },
    /// The database did not answer.
    #[error("The keys could not be compared with the database: {}", .0.cause())]
    Database(crate::Fault),
}

impl From<crate::Error> for KeyError {
    fn from(error: crate::Error) -> Self {
        Self::Database(match error {
            crate::Error::Fault(fault) => fault,
            crate::Error::Refused(refusal) => crate::Fault::new(refusal),
        })
    }
}

impl From<database::Error> for KeyError {
    fn from(error: database::Error) -> Self {
        crate::Error::from(error).into()
    }
}

impl From<database::CommitError> for KeyError {
    fn from(error: database::CommitError) -> Self {
        crate::Error::from(error).into()
    }
}

/// `key 1`, `keys 1 and 3`.
pub(crate) fn named(keys: &[i64]) -> String {
    let numbers: Vec<String> = keys.iter().map(i64::to_string).collect();
    match numbers.split_last() {
        None => "no key".into(),
        Some((only, [])) => format!("key {only}"),
        Some((last, others)) => format!("keys {} and {last}", others.join(", ")),
    }
}
