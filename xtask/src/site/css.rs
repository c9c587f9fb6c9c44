//! Style sheets: one file per page kind, built from the parts that it imports.
//!
//! Only what the project uses is understood: `@import "path" layer(name);` on its own line. Comments and unnecessary
//! white space are removed; brotli does the rest.

use std::path::Path;

use crate::Outcome;
use crate::workspace::read;

/// The style sheet at `path`, minified, with its imports inlined.
pub fn bundle(path: &Path) -> Outcome<Vec<u8>> {
    let mut text = String::new();
    append(path, &mut text)?;
    Ok(shorten(&text).into_bytes())
}

fn append(path: &Path, into: &mut String) -> Outcome {
    let text = String::from_utf8(read(path)?).map_err(|_| format!("{} is not UTF-8.", path.display()))?;
    for line in text.lines() {
        match parse_import(line) {
            Some((import, layer)) => {
                let part = path.parent().unwrap_or(path).join(import);
                if let Some(layer) = layer {
                    into.push_str(&format!("@layer {layer} {{\n"));
                }
                append(&part, into)?;
                if layer.is_some() {
                    into.push_str("}\n");
                }
            }
            None => {
                into.push_str(line);
                into.push('\n');
            }
        }
    }
    Ok(())
}

/// The path and, if there is one, the layer of an import.
fn parse_import(line: &str) -> Option<(&str, Option<&str>)> {
    let rest = line.trim().strip_prefix("@import")?.trim_start();
    let quote = rest.chars().next().filter(|first| matches!(first, '"' | '\''))?;
    let (path, rest) = rest[1..].split_once(quote)?;
    let rest = rest.trim();
    let layer = rest
        .strip_prefix("layer(")
        .and_then(|rest| rest.split_once(')'))
        .map(|(layer, _)| layer.trim());
    Some((path, layer))
}

/// Removes comments and insignificant white space, outside of strings.
fn shorten(css: &str) -> String {
    let mut out = String::with_capacity(css.len());
    let mut rest = css.chars().peekable();
    let mut quote = None;
    while let Some(c) = rest.next() {
        if let Some(open) = quote {
            out.push(c);
            if c == '\\' {
                out.extend(rest.next());
            } else if c == open {
                quote = None;
            }
            continue;
        }
        match c {
            '"' | '\'' => {
                quote = Some(c);
                out.push(c);
            }
            '/' if rest.peek() == Some(&'*') => {
                rest.next();
                skip_comment(&mut rest);
                space(&mut out);
            }
            c if c.is_whitespace() => space(&mut out),
            '{' | '}' | ';' | ',' => {
                if out.ends_with(' ') {
                    out.pop();
                }
                if c == '}' && out.ends_with(';') {
                    out.pop();
                }
                out.push(c);
            }
            c => out.push(c),
        }
    }
    out.trim_end().to_owned()
}

fn skip_comment(rest: &mut impl Iterator<Item = char>) {
    let mut last = ' ';
    for c in rest {
        if last == '*' && c == '/' {
            return;
        }
        last = c;
    }
}

/// One space, and none next to a separator.
fn space(out: &mut String) {
    if !matches!(out.chars().next_back(), None | Some(' ' | '{' | '}' | ';' | ',')) {
        out.push(' ');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn imports_go_into_their_layers() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("parts")).unwrap();
        std::fs::write(
            folder.path().join("main.css"),
            "@layer base, parts;\n@import \"parts/a.css\" layer(parts);\n@import 'parts/b.css';\np { margin: 0 }\n",
        )
        .unwrap();
        std::fs::write(folder.path().join("parts/a.css"), ".a { color: red; }\n").unwrap();
        std::fs::write(folder.path().join("parts/b.css"), ".b { color: blue; }\n").unwrap();
        let css = String::from_utf8(bundle(&folder.path().join("main.css")).unwrap()).unwrap();
        assert_eq!(
            css,
            "@layer base,parts;@layer parts{.a{color: red}}.b{color: blue}p{margin: 0}"
        );
    }

    #[test]
    fn a_missing_part_is_named() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("main.css"), "@import \"parts/none.css\";").unwrap();
        assert!(
            bundle(&folder.path().join("main.css"))
                .unwrap_err()
                .contains("none.css")
        );
    }

    #[test]
    fn strings_and_meaningful_spaces_stay() {
        let css = "a  b > c { content: \"  /* no comment */ \\\" ;\" ; width: calc(1px + 2px) } /* x */\n@media (min-width: 1px) and (hover) { a:hover , b { x: y } }";
        assert_eq!(
            shorten(css),
            "a b > c{content: \"  /* no comment */ \\\" ;\";width: calc(1px + 2px)}@media (min-width: 1px) and (hover){a:hover,b{x: y}}"
        );
    }
}
