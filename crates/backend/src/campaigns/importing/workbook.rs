//! The first sheet of a workbook (XLSX), cell by cell.
//!
//! A workbook is a packed folder of XML, and a small one may unpack to anything. It is unpacked once, counted and thrown
//! away, before anything reads it; then its cells are taken one by one, up to the limits that every file has.

use std::io::{Cursor, Read};

use calamine::{Cell, DataRef, ExcelDateTime, Reader, Xlsx};
use domain::campaigns::import::{LONGEST_CELL, MOST_BYTES, MOST_CELLS, MOST_ROWS, Row, Table};
use zip::ZipArchive;

/// What a workbook may unpack to.
const MOST_UNPACKED: u64 = 4 * MOST_BYTES as u64;

/// The most files in it.
const MOST_FILES: usize = 1_000;

const BROKEN: &str = "This workbook cannot be read. Save it as CSV (in your spreadsheet: File, Save as, CSV), and choose that file.";
const TOO_LARGE: &str = "This workbook unpacks to more than 64 MB. Copy the columns that are needed into a new one, or save it as CSV.";

/// Reads the first sheet.
pub(super) fn read(bytes: &[u8]) -> Result<Table, String> {
    weigh(bytes)?;
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).map_err(|_| BROKEN)?;
    let sheet = book.sheet_names().first().cloned().ok_or(BROKEN)?;
    let mut cells = book.worksheet_cells_reader(&sheet).map_err(|_| BROKEN)?;
    let mut rows = Vec::<Row>::new();
    let mut taken = 0;
    while let Some(cell) = cells.next_cell().map_err(|_| BROKEN)? {
        let text = text_of(&cell);
        if text.is_empty() {
            continue;
        }
        let (line, column) = cell.get_position();
        let (line, column) = (line as usize + 1, column as usize);
        if text.len() > LONGEST_CELL {
            return Err(format!("A cell in line {line} is too long."));
        }
        if column >= MOST_CELLS {
            return Err(format!("A table of recipients has at most {MOST_CELLS} columns."));
        }
        taken += text.len();
        if taken > MOST_BYTES {
            return Err(TOO_LARGE.into());
        }
        if rows.last().is_none_or(|row| row.line != line) {
            // One more than rows of recipients: the headings.
            if rows.len() > MOST_ROWS {
                return Err("A file of recipients has at most 50,000 rows.".into());
            }
            rows.push(Row {
                line,
                cells: Vec::new(),
            });
        }
        if let Some(row) = rows.last_mut() {
            if row.cells.len() <= column {
                row.cells.resize(column + 1, String::new());
            }
            row.cells[column] = text;
        }
    }
    rows.retain(|row| row.cells.iter().any(|cell| !cell.trim().is_empty()));
    Table::of(rows)
}

/// Unpacks everything into nothing, and refuses what is too much. What a file says of its own size is not asked.
fn weigh(bytes: &[u8]) -> Result<(), String> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|_| BROKEN)?;
    if archive.len() > MOST_FILES {
        return Err(TOO_LARGE.into());
    }
    let mut left = MOST_UNPACKED;
    for number in 0..archive.len() {
        let file = archive.by_index(number).map_err(|_| BROKEN)?;
        let unpacked = std::io::copy(&mut file.take(left + 1), &mut std::io::sink()).map_err(|_| BROKEN)?;
        left = left.checked_sub(unpacked).ok_or(TOO_LARGE)?;
    }
    Ok(())
}

fn text_of(cell: &Cell<DataRef<'_>>) -> String {
    match cell.get_value() {
        DataRef::String(text) | DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => text.clone(),
        DataRef::SharedString(text) => (*text).to_owned(),
        DataRef::Int(number) => number.to_string(),
        // Shown as short as it can be: 12, not 12.0.
        DataRef::Float(number) => number.to_string(),
        DataRef::Bool(answer) => answer.to_string(),
        DataRef::DateTime(moment) => moment_of(moment),
        DataRef::Error(_) | DataRef::Empty => String::new(),
    }
}

/// A date, a time or both, as everybody reads it; a workbook keeps the number of days since 1900 or 1904.
fn moment_of(moment: &ExcelDateTime) -> String {
    let days = moment.as_f64();
    if moment.is_duration() {
        let seconds = (days * 86_400.0).round() as i64;
        let sign = if seconds < 0 { "-" } else { "" };
        let seconds = seconds.abs();
        return format!(
            "{sign}{}:{:02}:{:02}",
            seconds / 3600,
            seconds / 60 % 60,
            seconds % 60
        );
    }
    let (year, month, day, hour, minute, ..) = moment.to_ymd_hms_milli();
    let (date, time) = (
        format!("{year:04}-{month:02}-{day:02}"),
        format!("{hour:02}:{minute:02}"),
    );
    match (days < 1.0, hour == 0 && minute == 0) {
        (true, _) => time,
        (false, true) => date,
        (false, false) => format!("{date} {time}"),
    }
}

#[cfg(test)]
pub(in crate::campaigns) mod tests {
    use std::io::Write;

    use zip::ZipWriter;
    use zip::write::SimpleFileOptions;

    use super::*;

    /// A workbook with these shared strings and this sheet.
    pub(in crate::campaigns) fn packed(strings: &str, sheet: &str) -> Vec<u8> {
        let files = [
            ("[Content_Types].xml", r#"<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>"#.to_owned()),
            (
                "_rels/.rels",
                r#"<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>"#.to_owned(),
            ),
            (
                "xl/workbook.xml",
                r#"<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="People" sheetId="1" r:id="rId1"/></sheets></workbook>"#.to_owned(),
            ),
            (
                "xl/_rels/workbook.xml.rels",
                r#"<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="rId2" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/sharedStrings" Target="sharedStrings.xml"/></Relationships>"#.to_owned(),
            ),
            ("xl/sharedStrings.xml", strings.to_owned()),
            (
                "xl/worksheets/sheet1.xml",
                format!(r#"<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>{sheet}</sheetData></worksheet>"#),
            ),
        ];
        let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
        for (name, content) in files {
            archive
                .start_file(name, SimpleFileOptions::default())
                .expect("a file");
            archive.write_all(content.as_bytes()).expect("written");
        }
        archive.finish().expect("an archive").into_inner()
    }

    pub(in crate::campaigns) fn strings(texts: &[&str]) -> String {
        let items: String = texts
            .iter()
            .map(|text| format!("<si><t>{text}</t></si>"))
            .collect();
        format!(r#"<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">{items}</sst>"#)
    }

    const SHEET: &str = r#"<row r="1"><c r="A1" t="s"><v>0</v></c><c r="C1" t="s"><v>1</v></c><c r="D1" t="inlineStr"><is><t>Grade</t></is></c></row>
        <row r="4"><c r="A4" t="s"><v>2</v></c><c r="C4" t="s"><v>3</v></c><c r="D4"><v>12</v></c></row>"#;

    #[test]
    fn the_first_sheet_is_read_with_its_lines_and_gaps() {
        let book = packed(
            &strings(&["Name", "E-mail", "山田 &amp; 太郎", "yamada@example.org"]),
            SHEET,
        );
        let table = read(&book).expect("a table");
        assert_eq!(table.headings, ["Name", "Column 2", "E-mail", "Grade"]);
        assert_eq!(table.rows.len(), 1);
        assert_eq!(
            (table.rows[0].line, table.rows[0].cells.as_slice()),
            (
                4,
                ["山田 & 太郎", "", "yamada@example.org", "12"]
                    .map(str::to_owned)
                    .as_slice()
            )
        );
    }

    #[test]
    fn dates_and_times_are_read_as_they_are_meant() {
        use calamine::ExcelDateTimeType::{DateTime, TimeDelta};

        let at = |days: f64, kind| moment_of(&ExcelDateTime::new(days, kind, false));
        assert_eq!(at(46_354.0, DateTime), "2026-11-28");
        assert_eq!(at(46_354.5, DateTime), "2026-11-28 12:00");
        assert_eq!(at(0.25, DateTime), "06:00");
        assert_eq!(at(1.5, TimeDelta), "36:00:00");
        let since_1904 = ExcelDateTime::new(46_354.0 - 1462.0, DateTime, true);
        assert_eq!(moment_of(&since_1904), "2026-11-28");
    }

    #[test]
    fn bombs_are_refused() {
        // 100 MB of one letter, which pack to a hundredth of a per cent.
        let bomb = packed(&strings(&[&"a".repeat(100 * 1024 * 1024)]), SHEET);
        assert!(bomb.len() < MOST_BYTES, "{}", bomb.len());
        assert!(read(&bomb).expect_err("a bomb").contains("64 MB"));

        // A long string that every cell points to.
        let long = strings(&["name", "email", &"x".repeat(LONGEST_CELL + 1), "y"]);
        assert!(
            read(&packed(&long, SHEET))
                .expect_err("too long")
                .contains("line 4")
        );

        // Entities that stand for entities: they are not looked up.
        let laughs = format!(
            r#"<!DOCTYPE sst [<!ENTITY a "{}"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]>{}"#,
            "ha".repeat(500),
            strings(&["name", "email", "&c;", "z@example.org"])
        );
        if let Ok(table) = read(&packed(&laughs, SHEET)) {
            assert!(table.rows[0].cells[0].len() <= 3, "{:?}", table.rows[0]);
        }

        // A cell at the far end of the sheet takes no room up to there.
        let far = r#"<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>"#;
        assert!(
            read(&packed(&strings(&[]), far))
                .expect_err("too far")
                .contains("columns")
        );
        let far = r#"<row r="1048576"><c r="A1048576" t="inlineStr"><is><t>z@example.org</t></is></c></row>"#;
        assert_eq!(read(&packed(&strings(&[]), far)).expect("one row").rows.len(), 1);

        for broken in [
            &b"PK\x03\x04..."[..],
            b"PK\x05\x06\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0",
        ] {
            assert!(read(broken).expect_err("no workbook").contains("CSV"));
        }
    }
}
