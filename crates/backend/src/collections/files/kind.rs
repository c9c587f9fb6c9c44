//! The type of a file, detected from its first bytes, and its name.

/// Whether a browser may show files of this type as a page of this site.
pub(super) fn is_shown(media_type: &str) -> bool {
    matches!(
        media_type,
        "image/png" | "image/jpeg" | "image/gif" | "image/webp" | "image/avif" | "application/pdf"
    )
}

/// The media type. Types that a browser shows are detected from the content alone; for the others, which are only
/// downloaded, the name may decide.
pub(super) fn media_type(name: &str, content: &[u8]) -> &'static str {
    match content {
        [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1A, b'\n', ..] => "image/png",
        [0xFF, 0xD8, 0xFF, ..] => "image/jpeg",
        [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => "image/gif",
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => "image/webp",
        [
            _,
            _,
            _,
            _,
            b'f',
            b't',
            b'y',
            b'p',
            b'a',
            b'v',
            b'i',
            b'f' | b's',
            ..,
        ] => "image/avif",
        [b'%', b'P', b'D', b'F', b'-', ..] => "application/pdf",
        _ => by_name(name),
    }
}

fn by_name(name: &str) -> &'static str {
    let extension = name
        .rsplit_once('.')
        .map(|(_, extension)| extension.to_ascii_lowercase())
        .unwrap_or_default();
    match extension.as_str() {
        "csv" => "text/csv",
        "txt" | "md" => "text/plain",
        "zip" => "application/zip",
        "docx" => "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "xlsx" => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "pptx" => "application/vnd.openxmlformats-officedocument.presentationml.presentation",
        "odt" => "application/vnd.oasis.opendocument.text",
        "ods" => "application/vnd.oasis.opendocument.spreadsheet",
        "odp" => "application/vnd.oasis.opendocument.presentation",
        "epub" => "application/epub+zip",
        "ics" => "text/calendar",
        "mp3" => "audio/mpeg",
        "m4a" => "audio/mp4",
        "ogg" => "audio/ogg",
        "mp4" => "video/mp4",
        "webm" => "video/webm",
        _ => "application/octet-stream",
    }
}

/// A name that is safe in a header and on every file system: its last part, without control characters, quotes or
/// characters that change the writing direction, and with its extension if it has to be cut.
pub(super) fn clean_name(typed: &str) -> String {
    const MOST: usize = 120;
    let last = typed.rsplit(['/', '\\']).next().unwrap_or_default();
    let unsafe_char = |c: char| {
        c.is_control()
            || matches!(
                c,
                '"' | '<' | '>' | ':' | '|' | '?' | '*' | '\u{200E}' | '\u{200F}' | '\u{FEFF}'
            )
            || matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{2028}' | '\u{2029}')
    };
    let clean: String = last.chars().filter(|c| !unsafe_char(*c)).collect();
    let clean = clean.trim().trim_matches('.').trim();
    if clean.is_empty() {
        return "file".into();
    }
    if clean.chars().count() <= MOST {
        return clean.into();
    }
    let ending = clean
        .rsplit_once('.')
        .map(|(_, ending)| ending)
        .filter(|ending| ending.chars().count() <= 10);
    let ending = ending.map(|ending| format!(".{ending}")).unwrap_or_default();
    let head: String = clean.chars().take(MOST - ending.chars().count()).collect();
    format!("{head}{ending}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shown_is_found_in_the_content() {
        for (content, expected) in [
            (&b"\x89PNG\r\n\x1a\n...."[..], "image/png"),
            (b"\xFF\xD8\xFF\xE0", "image/jpeg"),
            (b"GIF89a..", "image/gif"),
            (b"RIFF\0\0\0\0WEBPVP8 ", "image/webp"),
            (b"\0\0\0\x20ftypavif", "image/avif"),
            (b"%PDF-1.7", "application/pdf"),
        ] {
            assert_eq!(media_type("x.html", content), expected);
            assert!(is_shown(expected));
        }
    }

    #[test]
    fn what_could_run_is_never_shown() {
        for (name, content) in [
            (
                "x.svg",
                &b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"[..],
            ),
            ("x.html", b"<!doctype html><script>alert(1)</script>"),
            ("x.png", b"<script>alert(1)</script>"),
            ("x.pdf", b"<html>"),
            ("x.xml", b"<?xml version='1.0'?>"),
            ("x.js", b"alert(1)"),
            ("x", b""),
        ] {
            let media_type = media_type(name, content);
            assert_eq!(
                (media_type, is_shown(media_type)),
                ("application/octet-stream", false),
                "{name}"
            );
        }
        assert!(!is_shown(media_type("x.txt", b"<script>alert(1)</script>")));
    }

    #[test]
    fn names_are_cleaned() {
        for (typed, kept) in [
            ("C:\\Users\\ada\\plan.pdf", "plan.pdf"),
            ("../../etc/passwd", "passwd"),
            ("a\r\nSet-Cookie: x=\"y\".txt", "aSet-Cookie x=y.txt"),
            ("invoice\u{202E}fdp.exe", "invoicefdp.exe"),
            ("..", "file"),
            ("", "file"),
            ("Übersicht 2027.xlsx", "Übersicht 2027.xlsx"),
        ] {
            assert_eq!(clean_name(typed), kept);
        }
        let long = clean_name(&format!("{}.pdf", "x".repeat(500)));
        assert!(long.chars().count() == 120 && long.ends_with(".pdf"));
    }
}
