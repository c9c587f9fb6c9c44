//! Cells of CSV files that are text in every spreadsheet.
//!
//! Opening such a file must not run anything: a cell that begins like a formula gets an apostrophe in front (OWASP ASVS
//! 5.0, 1.2.10). Where a spreadsheet uses a separator other than the comma, quotation marks within a line do not hold a
//! cell together either, so anything that could begin a cell there counts as a beginning, too.

/// What a formula begins with.
const FORMULA: [char; 8] = ['=', '+', '-', '@', '＝', '＋', '－', '＠'];

/// A cell (RFC 4180 quoting), which no spreadsheet runs as a formula.
pub fn cell(text: &str) -> String {
    let text = without_formulas(text);
    if text.contains([',', ';', '"', '\t', '\r', '\n', '\'']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text
    }
}

fn without_formulas(text: &str) -> String {
    let mut clean = String::with_capacity(text.len() + 1);
    if text.starts_with(['\t', '\r', '\n', '\0']) {
        clean.push('\'');
    }
    let mut begins = true;
    for sign in text.chars() {
        if begins && FORMULA.contains(&sign) {
            clean.push('\'');
        }
        begins = match sign {
            ';' | '\t' | '\r' | '\n' => true,
            '"' | '\0' => begins,
            sign => begins && sign.is_whitespace(),
        };
        clean.push(sign);
    }
    clean
}

#[cfg(test)]
mod tests {
    use super::cell;

    #[test]
    fn no_cell_is_a_formula() {
        for (text, written) in [
            ("=1+1", "\"'=1+1\""),
            (" =1+1", "\" '=1+1\""),
            ("＝1", "\"'＝1\""),
            ("\t=1", "\"'\t'=1\""),
            ("x;=cmd", "\"x;'=cmd\""),
            ("x; \"@cmd\"", "\"x; \"\"'@cmd\"\"\""),
            ("x\n-cmd", "\"x\n'-cmd\""),
            ("x\t+cmd", "\"x\t'+cmd\""),
            ("a \"b\", c", "\"a \"\"b\"\", c\""),
            ("7F3K-9QWM", "7F3K-9QWM"),
            ("a=b", "a=b"),
            ("", ""),
        ] {
            assert_eq!(cell(text), written, "{text:?}");
        }
    }
}
