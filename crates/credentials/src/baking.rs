//! Credentials inside pictures: PNG and SVG files that carry what proves them.

use flate2::read::ZlibDecoder;
use std::io::Read;

use crate::error::{Error, Result};

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n";
/// The keyword of Open Badges 3.0 in PNG files.
const KEYWORD: &[u8] = b"openbadgecredential";
/// That of Open Badges 2.0, which is read.
const OLD_KEYWORD: &[u8] = b"openbadges";
/// The namespace of Open Badges 3.0 in SVG files.
const NAMESPACE: &str = "https://purl.imsglobal.org/ob/v3p0";
/// The longest credential that is read.
const MOST_BYTES: u64 = 512 * 1024;

/// Puts a credential (JSON or JWT) into a PNG file, in place of one that is there.
///
/// # Errors
/// It is no PNG file.
pub fn bake_png(png: &[u8], credential: &str) -> Result<Vec<u8>> {
    let mut baked = PNG.to_vec();
    for (at, chunk) in chunks(png)?.into_iter().enumerate() {
        if chunk.keyword() == Some(KEYWORD) {
            continue;
        }
        chunk.write(&mut baked);
        // The first chunk is the header, which must stay the first.
        if at == 0 {
            // Uncompressed, no language, no translated keyword.
            let data = [KEYWORD, b"\0\0\0\0\0", credential.as_bytes()].concat();
            Chunk {
                kind: *b"iTXt",
                data: &data,
            }
            .write(&mut baked);
        }
    }
    Ok(baked)
}

/// The credential in a PNG file, if there is one.
///
/// # Errors
/// It is no PNG file.
pub fn read_png(png: &[u8]) -> Result<Option<String>> {
    let chunks = chunks(png)?;
    for keyword in [KEYWORD, OLD_KEYWORD] {
        if let Some(chunk) = chunks.iter().find(|chunk| chunk.keyword() == Some(keyword)) {
            return chunk.text().map(Some);
        }
    }
    Ok(None)
}

struct Chunk<'a> {
    kind: [u8; 4],
    data: &'a [u8],
}

impl<'a> Chunk<'a> {
    fn keyword(&self) -> Option<&'a [u8]> {
        let is_text = matches!(&self.kind, b"iTXt" | b"tEXt");
        is_text
            .then(|| self.data.split(|byte| *byte == 0).next())
            .flatten()
    }

    fn text(&self) -> Result<String> {
        let damaged = || Error::malformed("The picture's credential is damaged.");
        let (_, rest) = split_at_zero(self.data).ok_or_else(damaged)?;
        let text = if &self.kind == b"tEXt" {
            rest.to_vec()
        } else {
            let (flags, rest) = rest.split_at_checked(2).ok_or_else(damaged)?;
            let (_, rest) = split_at_zero(rest).ok_or_else(damaged)?;
            let (_, rest) = split_at_zero(rest).ok_or_else(damaged)?;
            if flags[0] == 0 {
                rest.to_vec()
            } else {
                let mut text = Vec::new();
                ZlibDecoder::new(rest)
                    .take(MOST_BYTES)
                    .read_to_end(&mut text)
                    .map_err(|_| damaged())?;
                text
            }
        };
        String::from_utf8(text).map_err(|_| damaged())
    }

    fn write(&self, into: &mut Vec<u8>) {
        let mut crc = crc32fast::Hasher::new();
        crc.update(&self.kind);
        crc.update(self.data);
        into.extend(u32::try_from(self.data.len()).unwrap_or(u32::MAX).to_be_bytes());
        into.extend(self.kind);
        into.extend(self.data);
        into.extend(crc.finalize().to_be_bytes());
    }
}

fn split_at_zero(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let at = bytes.iter().position(|byte| *byte == 0)?;
    Some((&bytes[..at], &bytes[at + 1..]))
}

fn chunks(png: &[u8]) -> Result<Vec<Chunk<'_>>> {
    let damaged = || Error::malformed("It is no PNG picture, or a damaged one.");
    let mut rest = png.strip_prefix(PNG).ok_or_else(damaged)?;
    let mut chunks = Vec::new();
    while !rest.is_empty() {
        let (length, after) = rest.split_first_chunk::<4>().ok_or_else(damaged)?;
        let (kind, after) = after.split_first_chunk::<4>().ok_or_else(damaged)?;
        let length = usize::try_from(u32::from_be_bytes(*length)).map_err(|_| damaged())?;
        let (data, after) = after.split_at_checked(length).ok_or_else(damaged)?;
        let (_, after) = after.split_first_chunk::<4>().ok_or_else(damaged)?;
        chunks.push(Chunk { kind: *kind, data });
        rest = after;
    }
    Ok(chunks)
}

/// Puts a credential as JSON into an SVG file.
///
/// # Errors
/// It is no SVG file.
pub fn bake_svg(svg: &str, credential: &str) -> Result<String> {
    let damaged = || Error::malformed("It is no SVG picture.");
    let start = svg.find("<svg").ok_or_else(damaged)?;
    let end = start + svg[start..].find('>').ok_or_else(damaged)?;
    if svg[..end].ends_with('/') {
        return Err(damaged());
    }
    let (head, tail) = (&svg[..start + "<svg".len()], &svg[end + 1..]);
    let attributes = &svg[start + "<svg".len()..end];
    // `]]>` would end the section that holds the text as it is.
    let text = credential.replace("]]>", "]]]]><![CDATA[>");
    Ok(format!(
        "{head} xmlns:openbadges=\"{NAMESPACE}\"{attributes}>\
         <openbadges:credential><![CDATA[{text}]]></openbadges:credential>{tail}"
    ))
}

/// The credential in an SVG file, if there is one.
pub fn read_svg(svg: &str) -> Option<String> {
    let start = svg
        .find("<openbadges:credential")
        .or_else(|| svg.find("<openbadges:assertion"))?;
    let element = &svg[start..];
    let end = element.find('>')?;
    let opening = &element[..end];
    if let Some(at) = opening.find("verify=\"") {
        let value = &opening[at + "verify=\"".len()..];
        return value.split('"').next().map(str::to_owned);
    }
    let body = &element[end + 1..];
    let body = &body[..body.find("</openbadges:")?];
    Some(match body.trim().strip_prefix("<![CDATA[") {
        Some(text) => text.strip_suffix("]]>")?.replace("]]]]><![CDATA[>", "]]>"),
        None => body
            .replace("&lt;", "<")
            .replace("&gt;", ">")
            .replace("&quot;", "\"")
            .replace("&apos;", "'")
            .replace("&amp;", "&"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A picture of one pixel.
    fn pixel() -> Vec<u8> {
        let mut png = PNG.to_vec();
        let header: &[u8] = &[0, 0, 0, 1, 0, 0, 0, 1, 8, 0, 0, 0, 0];
        for (kind, data) in [
            (b"IHDR", header),
            (b"IDAT", &[0x78, 0x9c, 0x63, 0, 0, 0, 2, 0, 1]),
            (b"IEND", &[]),
        ] {
            Chunk { kind: *kind, data }.write(&mut png);
        }
        png
    }

    #[test]
    fn a_credential_comes_out_of_a_png_as_it_went_in_and_replaces_another() {
        assert_eq!(read_png(&pixel()), Ok(None));
        let once = bake_png(&pixel(), "{\"name\":\"Zürich ☃\"}").expect("baked");
        assert_eq!(read_png(&once), Ok(Some("{\"name\":\"Zürich ☃\"}".into())));
        let twice = bake_png(&once, "a.b.c").expect("baked");
        assert_eq!(read_png(&twice), Ok(Some("a.b.c".into())));
        let kinds: Vec<_> = chunks(&twice)
            .expect("chunks")
            .iter()
            .map(|chunk| chunk.kind)
            .collect();
        assert_eq!(kinds, [*b"IHDR", *b"iTXt", *b"IDAT", *b"IEND"]);
    }

    #[test]
    fn a_damaged_png_is_refused() {
        let whole = bake_png(&pixel(), "{}").expect("baked");
        for length in 0..whole.len() {
            let _ = read_png(&whole[..length]);
        }
        assert!(read_png(b"GIF89a").is_err());
        assert!(read_png(&whole[..whole.len() - 1]).is_err());
    }

    #[test]
    fn a_credential_comes_out_of_an_svg_as_it_went_in() {
        let svg = "<svg xmlns=\"http://www.w3.org/2000/svg\"><path d=\"M0 0\"/></svg>";
        let credential = "{\"name\":\"a ]]> b <script> & ☃\"}";
        let baked = bake_svg(svg, credential).expect("baked");
        assert_eq!(read_svg(&baked).as_deref(), Some(credential));
        assert_eq!(read_svg(svg), None);
        assert!(bake_svg("<html>", credential).is_err());
    }

    #[test]
    fn a_jwt_is_read_from_an_attribute() {
        let svg = "<svg xmlns:openbadges=\"x\"><openbadges:credential verify=\"a.b.c\"/></svg>";
        assert_eq!(read_svg(svg).as_deref(), Some("a.b.c"));
    }
}
