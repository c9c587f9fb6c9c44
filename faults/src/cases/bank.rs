//! Wrong versions of the product, each with a fault that programs like this one have in practice. A harness that never
//! failed proves nothing: each of them must be caught by the case named for it.

use std::path::Path;

use super::named;
use crate::failure::{Failure, Outcome};
use crate::lab::Lab;

/// A fault, by the name that switches it on (`TOKENWRIGHT_WRONG`), and the case that must catch it.
const BANK: [(&str, &str); 5] = [
    ("read-then-write", "races"),
    ("answer-before-commit", "killed"),
    ("counter-without-use", "races"),
    ("get-spends", "looking"),
    ("no-csrf", "other_site"),
];

/// Each wrong version under its case.
pub async fn run(lab: &Lab) -> Outcome {
    let Some(program) = &lab.wrong_program else {
        let why = "there is no binary with the feature `wrong-versions`: name it with --wrong-program";
        return Err(Failure::Hindered(why.into()));
    };
    let mut caught = Vec::new();
    for (wrong, case) in BANK {
        caught.push(catch(lab, program, wrong, case).await?);
    }
    Ok(caught.join(", "))
}

async fn catch(lab: &Lab, program: &Path, wrong: &'static str, case: &str) -> Outcome {
    let Some(case) = named(case) else {
        return Err(Failure::Hindered(format!("there is no case {case}")));
    };
    // Without a fault switched on, this binary behaves like the other.
    match case.run(&lab.with_wrong(program, wrong)).await {
        Err(Failure::Broken(_)) => Ok(format!("{wrong} caught by {}", case.name)),
        Ok(_) => Err(Failure::broken(format!(
            "the wrong version {wrong} was not caught by {}",
            case.name
        ))),
        Err(Failure::Hindered(why)) => Err(Failure::Hindered(format!(
            "{} could not look at {wrong}: {why}",
            case.name
        ))),
    }
}
