//! The command line.

use std::path::PathBuf;

use clap::Parser;

use crate::cases::{self, Case};

/// Starts the product, breaks what it depends on, and checks that its database still agrees with what people saw.
#[derive(Parser, Debug)]
#[command(name = "faults", max_term_width = 100)]
pub struct Arguments {
    /// The release binary of the product
    #[arg(long, value_name = "FILE", required_unless_present = "list")]
    pub program: Option<PathBuf>,
    /// A binary with the feature `wrong-versions`, for the case `bank`
    #[arg(long, value_name = "FILE")]
    pub wrong_program: Option<PathBuf>,
    /// The folder of initdb, postgres and createdb
    #[arg(long, value_name = "FOLDER", required_unless_present = "list")]
    pub postgres_programs: Option<PathBuf>,
    /// More rounds, more clients
    #[arg(long)]
    pub long: bool,
    /// Only these cases
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    pub only: Vec<String>,
    /// The seed of the random choices, to repeat a run [default: random]
    #[arg(long)]
    pub seed: Option<u64>,
    /// List the cases and exit
    #[arg(long)]
    pub list: bool,
}

impl Arguments {
    /// The cases to run.
    pub fn chosen(&self) -> Result<Vec<&'static Case>, String> {
        if self.only.is_empty() {
            return Ok(cases::ALL.iter().collect());
        }
        let find = |name: &String| {
            let found = cases::named(name);
            found.ok_or_else(|| format!("There is no case `{name}`; `--list` names those there are."))
        };
        self.only.iter().map(find).collect()
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_sound_and_cases_are_chosen_by_name() {
        Arguments::command().debug_assert();
        let one = Arguments::parse_from(["faults", "--list", "--only", "races"]);
        assert_eq!(one.chosen().expect("a case")[0].name, "races");
        let none = Arguments::parse_from(["faults", "--list", "--only", "rases"]);
        assert!(none.chosen().expect_err("no such case").contains("rases"));
    }
}
