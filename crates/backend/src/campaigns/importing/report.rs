//! The bad rows of a file as a file: as they were, with a column for the reason.

use domain::campaigns::import::Row;

use crate::csv;

/// A table that is being written.
pub(super) struct Report {
    text: String,
    width: usize,
}

impl Report {
    pub(super) fn new(headings: &[String]) -> Self {
        let mut report = Self {
            // Spreadsheets take UTF-8 for what it is when it is marked.
            text: "\u{feff}".into(),
            width: headings.len(),
        };
        let more = ["Line", "Reason"].map(str::to_owned);
        report.line(headings.iter().chain(&more).map(String::as_str));
        report
    }

    pub(super) fn add(&mut self, row: &Row, reason: &str) {
        let blank = std::iter::repeat("");
        let cells: Vec<&str> = row
            .cells
            .iter()
            .map(String::as_str)
            .chain(blank)
            .take(self.width)
            .collect();
        let line = row.line.to_string();
        self.line(cells.into_iter().chain([line.as_str(), reason]));
    }

    pub(super) fn text(self) -> String {
        self.text
    }

    fn line<'c>(&mut self, cells: impl Iterator<Item = &'c str>) {
        for (number, cell) in cells.enumerate() {
            if number > 0 {
                self.text.push(',');
            }
            self.text.push_str(&csv::cell(cell));
        }
        self.text.push_str("\r\n");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bad_row_stands_there_as_it_was_with_its_reason_and_is_no_formula() {
        let mut report = Report::new(&["Name".into(), "E-mail".into()]);
        let row = Row {
            line: 7,
            cells: vec!["=1+1 \"x\"".into()],
        };
        report.add(&row, "No address");
        let expected = "\u{feff}Name,E-mail,Line,Reason\r\n\"'=1+1 \"\"x\"\"\",,7,No address\r\n";
        assert_eq!(report.text(), expected);
    }
}
