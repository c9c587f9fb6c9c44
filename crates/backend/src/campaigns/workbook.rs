//! Recipients from a workbook (XLSX): the first sheet, as the rows that [`domain::campaigns::import`] reads.
//!
//! A workbook is an archive, and an archive of some kilobytes can unpack to gigabytes. So everything in it is unpacked once
//! into nothing, and counted, before anything of it is kept.

use std::io::{self, Cursor, Read};

use calamine::{DataRef, Reader, Xlsx};
use domain::campaigns::import::{LONGEST_CELL, MOST_CELLS, MOST_ROWS};
use zip::ZipArchive;

/// The most bytes that a workbook may unpack to: several times what its rows at most can take.
const MOST_BYTES: u64 = 48 * 1024 * 1024;
/// The most files in a workbook.
const MOST_FILES: usize = 500;

/// Whether a file is an archive, as workbooks are.
pub(super) fn is_workbook(bytes: &[u8]) -> bool {
    bytes.starts_with(b"PK\x03\x04")
}

/// The rows of the first sheet that hold something, each with its number.
///
/// # Errors
/// A sentence: it is no workbook, or too large.
pub(super) fn rows(bytes: &[u8]) -> Result<Vec<(usize, Vec<String>)>, String> {
    weigh(bytes)?;
    let mut workbook = Xlsx::new(Cursor::new(bytes)).map_err(|_| unreadable())?;
    let sheets = workbook.sheet_names();
    let sheet = sheets.first().ok_or("The workbook has no sheet.")?;
    let mut cells = workbook.worksheet_cells_reader(sheet).map_err(|_| unreadable())?;
    let mut rows: Vec<(usize, Vec<String>)> = Vec::new();
    while let Some(cell) = cells.next_cell().map_err(|_| unreadable())? {
        let (row, column) = cell.get_position();
        let (line, column) = (row as usize + 1, column as usize);
        let text = text(cell.get_value());
        if text.trim().is_empty() {
            continue;
        }
        if column >= MOST_CELLS || text.len() > LONGEST_CELL {
            return Err(format!("Row {line} is too long: it has cells behind the {MOST_CELLS}th, or a very long text."));
        }
        if rows.last().is_none_or(|(last, _)| *last != line) {
            if rows.len() > MOST_ROWS {
                return Err(format!("A file has at most {MOST_ROWS} rows."));
            }
            rows.push((line, Vec::new()));
        }
        if let Some((_, cells)) = rows.last_mut() {
            cells.resize(cells.len().max(column + 1), String::new());
            cells[column] = text;
        }
    }
    Ok(rows)
}

/// Unpacks everything into nothing, up to a limit: what an archive says of its sizes may be wrong.
fn weigh(bytes: &[u8]) -> Result<(), String> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|_| unreadable())?;
    let mut left = MOST_BYTES;
    if archive.len() > MOST_FILES {
        return Err(too_large());
    }
    for number in 0..archive.len() {
        let file = archive.by_index(number).map_err(|_| unreadable())?;
        let unpacked = io::copy(&mut file.take(left + 1), &mut io::sink()).map_err(|_| unreadable())?;
        left = left.checked_sub(unpacked).ok_or_else(too_large)?;
    }
    Ok(())
}

fn text(value: &DataRef<'_>) -> String {
    match value {
        DataRef::String(text) | DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => text.clone(),
        DataRef::SharedString(text) => (*text).to_owned(),
        DataRef::Int(number) => number.to_string(),
        DataRef::Float(number) => number.to_string(),
        DataRef::Bool(value) => value.to_string(),
        DataRef::DateTime(_) | DataRef::Error(_) | DataRef::Empty => String::new(),
    }
}

fn unreadable() -> String {
    "This workbook cannot be read. Save it as XLSX without a password, or as CSV.".into()
}

fn too_large() -> String {
    "This workbook unpacks to more than a list of recipients can be. Save its first sheet as CSV.".into()
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use domain::campaigns::import;
    use zip::write::{SimpleFileOptions, ZipWriter};

    use super::*;

    const WORKBOOK: &str = r#"<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="People" sheetId="1" r:id="rId1"/></sheets></workbook>"#;
    const RELATIONS: &str = r#"<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="rId2" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/sharedStrings" Target="sharedStrings.xml"/></Relationships>"#;
    const SHARED: &str = r#"<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><si><t>zoe@example.org</t></si></sst>"#;

    /// A workbook with this sheet, and a file beside it.
    fn workbook(sheet: &str, beside: &[u8]) -> Vec<u8> {
        let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
        for (name, content) in [
            ("xl/workbook.xml", WORKBOOK.as_bytes()),
            ("xl/_rels/workbook.xml.rels", RELATIONS.as_bytes()),
            ("xl/sharedStrings.xml", SHARED.as_bytes()),
            ("xl/worksheets/sheet1.xml", sheet.as_bytes()),
            ("xl/media/beside.bin", beside),
        ] {
            archive
                .start_file(name, SimpleFileOptions::default())
                .expect("a file");
            archive.write_all(content).expect("written");
        }
        archive.finish().expect("an archive").into_inner()
    }

    fn sheet(rows: &str) -> String {
        format!(
            r#"<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>{rows}</sheetData></worksheet>"#
        )
    }

    fn inline(place: &str, text: &str) -> String {
        format!(r#"<c r="{place}" t="inlineStr"><is><t>{text}</t></is></c>"#)
    }

    #[test]
    fn the_first_sheet_is_read_as_a_table_with_its_bad_rows() {
        let head = format!("<row r=\"1\">{}{}</row>", inline("A1", "Name"), inline("C1", "E-Mail"));
        let zoe = format!("<row r=\"3\">{}<c r=\"C3\" t=\"s\"><v>0</v></c></row>", inline("A3", "Zoë &amp; Müller"));
        let bob = format!("<row r=\"7\">{}<c r=\"C7\"><v>12</v></c></row>", inline("A7", "Bob"));
        let rows = rows(&workbook(&sheet(&format!("{head}{zoe}{bob}")), b"")).expect("a table");
        let checked = import::of_rows(&rows).expect("read");
        assert_eq!(checked.recipients.len(), 1);
        assert_eq!(checked.recipients[0].name, "Zoë & Müller");
        assert_eq!(checked.recipients[0].email.as_str(), "zoe@example.org");
        assert_eq!((checked.bad.len(), checked.bad[0].line), (1, 7));
    }

    #[test]
    fn what_unpacks_to_too_much_is_refused_before_it_is_kept() {
        let bomb = workbook(&sheet(""), &vec![b' '; 49 * 1024 * 1024]);
        assert!(bomb.len() < 1024 * 1024, "it is small: {}", bomb.len());
        assert_eq!(rows(&bomb), Err(too_large()));
        let many = (0..60_000).map(|n| format!("<row r=\"{0}\"><c r=\"A{0}\"><v>1</v></c></row>", n + 1));
        let refused = rows(&workbook(&sheet(&many.collect::<String>()), b"")).expect_err("too many");
        assert!(refused.contains("50000 rows"), "{refused}");
        let wide = sheet(&format!("<row r=\"1\">{}</row>", inline("XFD1", "x")));
        assert!(rows(&workbook(&wide, b"")).is_err());
    }

    #[test]
    fn entities_are_not_unfolded_and_garbage_is_told() {
        let laughs = format!(
            "<!DOCTYPE x [<!ENTITY a \"ha\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;\">]>{}",
            sheet(&format!("<row r=\"1\">{}</row>", inline("A1", "&b;")))
        );
        match rows(&workbook(&laughs, b"")) {
            Ok(rows) => assert!(!format!("{rows:?}").contains("haha"), "{rows:?}"),
            Err(sentence) => assert_eq!(sentence, unreadable()),
        }
        for garbage in [&b"PK\x03\x04"[..], b"PK\x03\x04 and so on", &workbook("<worksheet", b"")] {
            let answer = rows(garbage);
            assert!(answer.as_ref().is_err() || answer.as_ref().is_ok_and(Vec::is_empty), "{answer:?}");
        }
    }
}
