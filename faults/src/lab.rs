//! What a case works with: the binaries, the dice, a folder, and a PostgreSQL that is started when it is first needed.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio::sync::OnceCell;

use crate::arguments::Arguments;
use crate::dice::Dice;
use crate::failure::Outcome;
use crate::postgres::Postgres;

/// The environment in which the product is tested. Clones share the PostgreSQL and the folder.
#[derive(Clone)]
pub struct Lab {
    /// The product.
    pub program: PathBuf,
    /// The product with its wrong versions compiled in, if it was built.
    pub wrong_program: Option<PathBuf>,
    /// Which wrong version the product is to use.
    pub wrong: Option<&'static str>,
    /// Whether there is time for the long form.
    pub long: bool,
    seed: u64,
    postgres_programs: PathBuf,
    folder: Arc<tempfile::TempDir>,
    postgres: Arc<OnceCell<Postgres>>,
}

impl Lab {
    /// Makes the folder.
    pub fn open(arguments: &Arguments, seed: u64) -> Result<Self, String> {
        let folder = tempfile::Builder::new().prefix("tokenwright-faults-").tempdir();
        let folder = folder.map_err(|error| format!("There is no folder to work in: {error}."))?;
        Ok(Self {
            program: arguments.program.clone().unwrap_or_default(),
            wrong_program: arguments.wrong_program.clone(),
            wrong: None,
            long: arguments.long,
            seed,
            postgres_programs: arguments.postgres_programs.clone().unwrap_or_default(),
            folder: Arc::new(folder),
            postgres: Arc::default(),
        })
    }

    /// The same environment, with a wrong version of the product.
    pub fn with_wrong(&self, program: &Path, wrong: &'static str) -> Self {
        Self {
            program: program.to_owned(),
            wrong: Some(wrong),
            ..self.clone()
        }
    }

    /// One or the other, by the form of the run.
    pub fn pick<T>(&self, short: T, long: T) -> T {
        if self.long { long } else { short }
    }

    /// The dice of a case.
    pub fn dice(&self, case: &str) -> Dice {
        Dice::of(self.seed, case)
    }

    /// A new folder that nobody has used.
    pub fn new_folder(&self, name: &str) -> Outcome<PathBuf> {
        let folder = tempfile::Builder::new()
            .prefix(name)
            .tempdir_in(self.folder.path())?;
        Ok(folder.keep())
    }

    /// A PostgreSQL that waits for its disk, as one in production does.
    pub async fn postgres(&self) -> Outcome<&Postgres> {
        self.postgres
            .get_or_try_init(|| Postgres::start(&self.postgres_programs))
            .await
    }

    /// Keeps the folder, to inspect what a failed case left.
    pub fn keep(self) -> PathBuf {
        let path = self.folder.path().to_owned();
        // PostgreSQL's folder is elsewhere and is removed when it stops.
        drop(self.postgres);
        match Arc::try_unwrap(self.folder) {
            Ok(folder) => folder.keep(),
            Err(_) => path,
        }
    }
}
