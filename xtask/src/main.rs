//! The project's own commands: `cargo xtask run`, `build`, `test`, `dev`, `bench`, `site`, `sbom`.
//!
//! A person needs git, Rust, Node and npm; anything else that is missing is installed here, once, with a message. Each
//! module does one thing; the commands only combine them.

mod bench;
mod debian;
mod dev;
mod install;
mod measure;
mod packages;
mod postgres;
mod process;
mod programs;
mod run;
mod sbom;
mod server;
mod site;
mod test;
mod wasm_target;
mod workspace;

use std::process::ExitCode;

/// The result of every step: its value, or one sentence for the person at the keyboard.
pub type Outcome<T = ()> = Result<T, String>;

const HELP: &str = "\
The commands of Tokenwright's workspace

  cargo xtask run [-- ARGUMENTS]    build everything and start the server on 127.0.0.1:3000
  cargo xtask build                 build the same without starting it
  cargo xtask dev [-- ARGUMENTS]    run without optimisation, built again on every change
  cargo xtask test [PART…] [-- …]   check everything, or only the named parts
  cargo xtask bench [OPTION…]       measure what docs/benchmarks.md promises
  cargo xtask site [--debug]        build only what browsers load
  cargo xtask sbom [--output FILE]  list what the program is made of, as CycloneDX

What follows `--` goes to `tokenwright serve`, or to the runner of the named part.
Options of bench: --json FILE, --only PART, --codes, --pages, --api-tokens or --credentials NUMBER, --seconds NUMBER, --binary FILE.";

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let command = arguments.next().unwrap_or_default();
    let mut own: Vec<String> = arguments.collect();
    let passed_on = match own.iter().position(|argument| argument == "--") {
        Some(at) => own.split_off(at).split_off(1),
        None => Vec::new(),
    };
    let outcome = match command.as_str() {
        "run" => no_more(&own).and_then(|()| run::run(&passed_on)),
        "build" => no_more(&own).and_then(|()| build()),
        "dev" => no_more(&own).and_then(|()| dev::dev(&passed_on)),
        "test" => test::test(&own, &passed_on),
        "bench" => bench::bench(&own),
        "site" => only_site(&own),
        "sbom" => sbom::sbom(&own),
        "" | "help" | "--help" | "-h" => {
            println!("{HELP}\n\nParts of test: {}", test::part_names());
            Ok(())
        }
        unknown => Err(format!(
            "There is no command `{unknown}`; `cargo xtask help` lists those there are."
        )),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(sentence) => {
            eprintln!("\nxtask: {sentence}");
            ExitCode::FAILURE
        }
    }
}

fn no_more(own: &[String]) -> Outcome {
    match own.first() {
        Some(unknown) => Err(format!(
            "`{unknown}` is not understood here; put `--` before what the server should get."
        )),
        None => Ok(()),
    }
}

fn build() -> Outcome {
    let binary = run::build()?;
    println!("The program is {}", binary.display());
    Ok(())
}

fn only_site(own: &[String]) -> Outcome {
    let kind = match own {
        [] => site::Kind::Release,
        [flag] if flag == "--debug" => site::Kind::Debug,
        _ => return Err("`cargo xtask site` takes `--debug` and nothing else.".into()),
    };
    let site = site::build(kind)?;
    println!("The site is in {}", site.display());
    Ok(())
}
