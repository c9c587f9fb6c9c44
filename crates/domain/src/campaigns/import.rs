//! Recipients from a table: a file that a spreadsheet wrote, in whatever way it does so.
//!
//! UTF-8 with or without a mark, Windows-1252, commas, semicolons or tabs, quoted cells with anything in them. Every bad row
//! is named with its reason, all at once.

use serde::{Deserialize, Serialize};

use super::{NewRecipient, RecipientForm};

/// The largest file.
pub const MOST_BYTES: usize = 16 * 1024 * 1024;
/// The most rows.
pub const MOST_ROWS: usize = 50_000;
/// The most cells of a row, and the longest cell.
const MOST_CELLS: usize = 100;
const LONGEST_CELL: usize = 4_000;

/// A row that cannot be a recipient.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BadRow {
    /// Its line in the file, from 1.
    pub line: usize,
    /// What stands in it.
    pub text: String,
    /// Why.
    pub reason: String,
}

/// What a table came to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Checked {
    /// Those who can be added.
    pub recipients: Vec<NewRecipient>,
    /// The rows that cannot.
    pub bad: Vec<BadRow>,
}

/// Which columns hold what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Columns {
    name: usize,
    email: usize,
    /// The family name, where names stand in two columns.
    family: Option<usize>,
}

/// Reads a file of recipients.
///
/// # Errors
/// A sentence, when it is no table at all.
pub fn read(bytes: &[u8]) -> Result<Checked, String> {
    if bytes.len() > MOST_BYTES {
        return Err("A file of recipients has at most 16 MB.".into());
    }
    if bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(b"\xd0\xcf\x11\xe0") {
        return Err("This is a workbook. Save it as CSV (in your spreadsheet: File, Save as, CSV), and choose that file.".into());
    }
    let text = decoded(bytes);
    let rows = rows(&text)?;
    let Some((_, first)) = rows.first() else {
        return Err("The file is empty.".into());
    };
    let headed = headed(first);
    let columns = match headed {
        Some(columns) => columns,
        None if first.iter().any(|cell| cell.contains('@')) => guessed(first),
        None => {
            return Err(
                "The first row names no column for the address. Name the columns: name, email.".into(),
            );
        }
    };
    let mut checked = Checked::default();
    for (line, cells) in rows.iter().skip(usize::from(headed.is_some())) {
        match of_row(cells, columns) {
            Ok(recipient) => checked.recipients.push(recipient),
            Err(reason) => checked.bad.push(BadRow {
                line: *line,
                text: cells.join(", ").chars().take(120).collect(),
                reason,
            }),
        }
    }
    Ok(checked)
}

fn of_row(cells: &[String], columns: Columns) -> Result<NewRecipient, String> {
    let cell = |at: usize| cells.get(at).map(|cell| cell.trim()).unwrap_or_default();
    let family = columns.family.map(cell).unwrap_or_default();
    let form = RecipientForm {
        name: format!("{} {family}", cell(columns.name)).trim().to_owned(),
        email: cell(columns.email).to_owned(),
    };
    form.parse().map_err(|problems| problems.to_string())
}

/// The columns behind the names that people give them; `None` when the row is none of names.
fn headed(row: &[String]) -> Option<Columns> {
    let names: Vec<String> = row
        .iter()
        .map(|cell| {
            cell.chars()
                .filter(|c| c.is_alphanumeric())
                .flat_map(char::to_lowercase)
                .collect()
        })
        .collect();
    let find = |wanted: &[&str]| names.iter().position(|name| wanted.contains(&name.as_str()));
    let email = find(&[
        "email",
        "emailaddress",
        "mail",
        "address",
        "emailadresse",
        "correo",
        "courriel",
    ])?;
    let given = find(&["firstname", "givenname", "vorname", "prenom", "prénom", "nombre"]);
    let whole = find(&["name", "fullname", "recipient", "recipientname", "nom"]);
    let family = find(&[
        "lastname",
        "surname",
        "familyname",
        "nachname",
        "apellido",
        "apellidos",
    ]);
    match (whole, given) {
        (Some(name), _) => Some(Columns {
            name,
            email,
            family: None,
        }),
        (None, Some(name)) => Some(Columns { name, email, family }),
        (None, None) => None,
    }
}

/// Without names: the address is where the sign is, the name is the first other cell.
fn guessed(row: &[String]) -> Columns {
    let email = row.iter().position(|cell| cell.contains('@')).unwrap_or(1);
    Columns {
        name: usize::from(email == 0),
        email,
        family: None,
    }
}

/// The rows that hold something, each with its line.
fn rows(text: &str) -> Result<Vec<(usize, Vec<String>)>, String> {
    let separator = separator(text);
    let mut rows = Vec::new();
    let (mut cells, mut cell, mut quoted) = (Vec::new(), String::new(), false);
    let (mut line, mut begun) = (1, 1);
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '"' if quoted && rest.peek() == Some(&'"') => {
                rest.next();
                cell.push('"');
            }
            '"' if quoted => quoted = false,
            '"' if cell.trim().is_empty() => {
                cell.clear();
                quoted = true;
            }
            '\r' if !quoted => {}
            '\n' if !quoted => {
                end_row(&mut rows, &mut cells, &mut cell, begun)?;
                line += 1;
                begun = line;
            }
            c if c == separator && !quoted => cells.push(std::mem::take(&mut cell)),
            c => {
                line += usize::from(c == '\n');
                cell.push(c);
            }
        }
        if cell.len() > LONGEST_CELL || cells.len() > MOST_CELLS {
            return Err(format!("Line {begun} is too long. Is a quotation mark missing?"));
        }
    }
    end_row(&mut rows, &mut cells, &mut cell, begun)?;
    Ok(rows)
}

fn end_row(
    rows: &mut Vec<(usize, Vec<String>)>,
    cells: &mut Vec<String>,
    cell: &mut String,
    line: usize,
) -> Result<(), String> {
    cells.push(std::mem::take(cell));
    let row = std::mem::take(cells);
    if row.iter().any(|cell| !cell.trim().is_empty()) {
        if rows.len() > MOST_ROWS {
            return Err(format!("A file has at most {MOST_ROWS} rows."));
        }
        rows.push((line, row));
    }
    Ok(())
}

/// What stands most often in the first line, outside of quotes.
fn separator(text: &str) -> char {
    let first = text.lines().next().unwrap_or_default();
    let mut quoted = false;
    let plain: String = first
        .chars()
        .filter(|c| {
            quoted ^= *c == '"';
            !quoted
        })
        .collect();
    [',', ';', '\t']
        .into_iter()
        .max_by_key(|separator| (plain.matches(*separator).count(), *separator == ','))
        .unwrap_or(',')
}

/// UTF-8, UTF-16 with a mark, or else Windows-1252, which every byte is something in.
fn decoded(bytes: &[u8]) -> String {
    let wide = |read: fn([u8; 2]) -> u16| {
        let units: Vec<u16> = bytes[2..]
            .as_chunks::<2>()
            .0
            .iter()
            .map(|pair| read(*pair))
            .collect();
        String::from_utf16_lossy(&units)
    };
    match bytes {
        [0xff, 0xfe, ..] => return wide(u16::from_le_bytes),
        [0xfe, 0xff, ..] => return wide(u16::from_be_bytes),
        _ => {}
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => text.trim_start_matches('\u{feff}').to_owned(),
        Err(_) => bytes.iter().map(|byte| of_windows(*byte)).collect(),
    }
}

fn of_windows(byte: u8) -> char {
    const HIGH: [char; 32] = [
        '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž', '\u{8f}',
        '\u{90}', '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}', 'ž', 'Ÿ',
    ];
    match byte {
        0x80..=0x9f => HIGH[usize::from(byte - 0x80)],
        _ => char::from(byte),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(bytes: &[u8]) -> Vec<(String, String)> {
        let checked = read(bytes).expect("a table");
        assert_eq!(checked.bad, []);
        let recipients = checked.recipients.into_iter();
        recipients.map(|one| (one.name, one.email.to_string())).collect()
    }

    fn pair(name: &str, email: &str) -> (String, String) {
        (name.to_owned(), email.to_owned())
    }

    #[test]
    fn what_spreadsheets_write_is_read() {
        let expected = [
            pair("Müller, Zoë", "zoe@example.org"),
            pair("Pat \"P\" O'Brien", "pat@example.org"),
        ];
        let with_mark = "\u{feff}E-Mail;Name\r\nzoe@example.org;\"Müller, Zoë\"\r\npat@example.org;\"Pat \"\"P\"\" O'Brien\"\r\n";
        assert_eq!(names(with_mark.as_bytes()), expected);
        let tabs = "name\temail\nMüller, Zoë\tzoe@example.org\nPat \"P\" O'Brien\tpat@example.org";
        assert_eq!(names(tabs.as_bytes()), expected);
        let windows =
            b"Name,Email\n\"M\xfcller, Zo\xeb\",zoe@example.org\n\"Pat \"\"P\"\" O'Brien\",pat@example.org\n";
        assert_eq!(names(windows), expected);
        let wide: Vec<u8> = "\u{feff}"
            .encode_utf16()
            .chain(tabs.encode_utf16())
            .flat_map(u16::to_le_bytes)
            .collect();
        assert_eq!(names(&wide), expected);
    }

    #[test]
    fn names_in_two_columns_become_one_and_a_table_without_names_is_guessed() {
        let two = "First name,Last name,E-mail\nZoë,Müller,zoe@example.org";
        assert_eq!(names(two.as_bytes()), [pair("Zoë Müller", "zoe@example.org")]);
        assert_eq!(names(b"zoe@example.org,Zoe\n"), [pair("Zoe", "zoe@example.org")]);
        assert_eq!(names(b"Zoe,zoe@example.org"), [pair("Zoe", "zoe@example.org")]);
    }

    #[test]
    fn every_bad_row_of_ten_thousand_is_named_in_one_go() {
        let mut text = String::from("name,email\n");
        for n in 0..10_000 {
            match n % 100 {
                7 => text.push_str(&format!("Number {n},nobody at example\n")),
                _ => text.push_str(&format!("Number {n},n{n}@example.org\n")),
            }
        }
        let begun = std::time::Instant::now();
        let checked = read(text.as_bytes()).expect("a table");
        assert!(begun.elapsed().as_secs() < 2, "{:?}", begun.elapsed());
        assert_eq!((checked.recipients.len(), checked.bad.len()), (9_900, 100));
        assert_eq!(checked.bad[0].line, 9);
        assert!(
            checked.bad[0].reason.contains("name@example.org"),
            "{:?}",
            checked.bad[0]
        );
        assert!(checked.bad[0].text.contains("nobody at example"));
    }

    #[test]
    fn what_is_no_table_is_refused_in_bounded_memory() {
        let quotes = vec![b'"'; 1024 * 1024];
        assert!(read(&quotes).is_err() || read(&quotes).is_ok_and(|checked| checked.recipients.is_empty()));
        let mut open = b"name,email\n\"".to_vec();
        open.extend(vec![b'x'; 1024 * 1024]);
        assert!(
            read(&open)
                .expect_err("a cell without an end")
                .contains("quotation mark")
        );
        assert!(read(b"").is_err() && read(b"one\ntwo").is_err());
        assert!(read(b"PK\x03\x04...").expect_err("a workbook").contains("CSV"));
        assert!(read(&vec![b'a'; MOST_BYTES + 1]).is_err());
    }

    #[test]
    fn a_line_break_in_a_cell_is_no_row_and_lines_are_counted_all_the_same() {
        let checked = read(b"name,email\n\"Zoe\nMuller\",zoe@example.org\nBob,bob\n").expect("a table");
        assert_eq!(checked.bad.iter().map(|row| row.line).collect::<Vec<_>>(), [2, 4]);
    }
}
