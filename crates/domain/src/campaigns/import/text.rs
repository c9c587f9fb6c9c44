//! Text that a spreadsheet wrote, in whatever way it does so: UTF-8 with or without a mark, UTF-16, Windows-1252;
//! commas, semicolons or tabs; quoted cells with anything in them.

use super::{LONGEST_CELL, MOST_BYTES, MOST_CELLS, MOST_ROWS, Row, TOO_LARGE, Table};

/// Reads a text of rows.
///
/// # Errors
/// A sentence, when it is no table.
pub fn read(bytes: &[u8]) -> Result<Table, String> {
    if bytes.len() > MOST_BYTES {
        return Err(TOO_LARGE.into());
    }
    Table::of(rows(&decoded(bytes))?)
}

/// The rows that hold something, each with its line.
fn rows(text: &str) -> Result<Vec<Row>, String> {
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
    rows: &mut Vec<Row>,
    cells: &mut Vec<String>,
    cell: &mut String,
    line: usize,
) -> Result<(), String> {
    cells.push(std::mem::take(cell));
    let row = std::mem::take(cells);
    if row.iter().any(|cell| !cell.trim().is_empty()) {
        if rows.len() > MOST_ROWS {
            return Err("A file of recipients has at most 50,000 rows.".into());
        }
        rows.push(Row { line, cells: row });
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

    fn cells(bytes: &[u8]) -> Vec<Vec<String>> {
        let table = read(bytes).expect("a table");
        table.rows.into_iter().map(|row| row.cells).collect()
    }

    #[test]
    fn what_spreadsheets_write_is_read() {
        let expected = [
            ["zoe@example.org", "Müller, Zoë"],
            ["pat@example.org", "Pat \"P\" O'Brien"],
        ];
        let with_mark = "\u{feff}E-Mail;Name\r\nzoe@example.org;\"Müller, Zoë\"\r\npat@example.org;\"Pat \"\"P\"\" O'Brien\"\r\n";
        assert_eq!(cells(with_mark.as_bytes()), expected);
        let tabs = "email\tname\nzoe@example.org\tMüller, Zoë\npat@example.org\tPat \"P\" O'Brien";
        assert_eq!(cells(tabs.as_bytes()), expected);
        let windows =
            b"Email,Name\nzoe@example.org,\"M\xfcller, Zo\xeb\"\npat@example.org,\"Pat \"\"P\"\" O'Brien\"\n";
        assert_eq!(cells(windows), expected);
        let wide: Vec<u8> = "\u{feff}"
            .encode_utf16()
            .chain(tabs.encode_utf16())
            .flat_map(u16::to_le_bytes)
            .collect();
        assert_eq!(cells(&wide), expected);
    }

    #[test]
    fn what_is_no_table_is_refused_in_bounded_memory() {
        let quotes = vec![b'"'; 1024 * 1024];
        assert!(read(&quotes).is_err());
        let mut open = b"name,email\n\"".to_vec();
        open.extend(vec![b'x'; 1024 * 1024]);
        let refused = read(&open).expect_err("a cell without an end");
        assert!(refused.contains("quotation mark"), "{refused}");
        assert!(read(b"").is_err() && read(b" \n \n").is_err());
        assert!(read(&vec![b'a'; MOST_BYTES + 1]).is_err());
        let many = "a,b\n".repeat(MOST_ROWS + 2);
        assert!(
            read(many.as_bytes())
                .expect_err("too many rows")
                .contains("50,000")
        );
        let wide = "a,".repeat(MOST_CELLS + 1);
        assert!(read(wide.as_bytes()).is_err());
    }

    #[test]
    fn a_line_break_in_a_cell_is_no_row_and_lines_are_counted_all_the_same() {
        let table = read(b"name,email\n\"Zoe\nMuller\",zoe@example.org\n\nBob,bob\n").expect("a table");
        assert_eq!(table.rows.iter().map(|row| row.line).collect::<Vec<_>>(), [2, 5]);
    }
}
