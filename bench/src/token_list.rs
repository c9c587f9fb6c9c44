//! The file beside a prepared database: each line has the code of a single token and the token's id.

use std::path::Path;

use crate::Outcome;

/// Its name in the folder of the database.
pub const FILE: &str = "tokens.txt";

/// A token that can be redeemed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Its code, as a form sends it.
    pub code: String,
    /// Its id.
    pub id: String,
}

/// Writes the file.
///
/// # Errors
/// What the operating system says.
pub fn write(folder: &Path, tokens: &[Listed]) -> Outcome {
    let lines: String = tokens
        .iter()
        .map(|token| format!("{} {}\n", token.code, token.id))
        .collect();
    Ok(std::fs::write(folder.join(FILE), lines)?)
}

/// Reads the first `most` tokens of the file.
///
/// # Errors
/// What the operating system says, or a line that is none of ours.
pub fn read(folder: &Path, most: usize) -> Outcome<Vec<Listed>> {
    let text = std::fs::read_to_string(folder.join(FILE))?;
    let tokens: Option<Vec<Listed>> = text.lines().take(most).map(listed).collect();
    match tokens {
        Some(tokens) if !tokens.is_empty() => Ok(tokens),
        _ => Err(format!(
            "{} does not hold one code and one id per line",
            folder.join(FILE).display()
        )
        .into()),
    }
}

fn listed(line: &str) -> Option<Listed> {
    let (code, id) = line.split_once(' ')?;
    Some(Listed {
        code: code.into(),
        id: id.into(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_is_read() {
        let folder = tempfile::tempdir().expect("a folder");
        let token = |n: u8| Listed {
            code: format!("CODE{n}"),
            id: format!("id{n}"),
        };
        write(folder.path(), &[token(1), token(2)]).expect("written");
        assert_eq!(read(folder.path(), 1).expect("read"), [token(1)]);
        assert_eq!(read(folder.path(), 9).expect("read"), [token(1), token(2)]);
        std::fs::write(folder.path().join(FILE), "nonsense\n").expect("written");
        assert!(read(folder.path(), 9).is_err());
    }
}
