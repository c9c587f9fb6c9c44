//! Uploaded drawings and pictures become harmless backgrounds.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use resvg::usvg;

use super::parse;
use crate::error::{Error, Result};

/// The largest upload.
pub const MOST_BYTES: usize = 4 * 1024 * 1024;
/// The most pixels of an uploaded picture.
const MOST_PIXELS: u64 = 24_000_000;
/// The most elements of an uploaded drawing.
const MOST_ELEMENTS: usize = 20_000;

/// The background that an uploaded SVG, PNG or JPEG file gives for a design of this size: drawn anew from what was
/// understood, so that no script, no address and no entity of the file is left in it.
///
/// # Errors
/// It is none of these, or too large.
pub fn clean_background(file: &[u8], width: f32, height: f32) -> Result<String> {
    if file.len() > MOST_BYTES {
        return Err(Error::Drawing("A background has at most 4 MB.".into()));
    }
    if let Some((kind, pixels)) = picture(file) {
        if pixels > MOST_PIXELS {
            return Err(Error::Drawing("A picture has at most 24 million pixels.".into()));
        }
        let svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\">\
             <image width=\"{width}\" height=\"{height}\" preserveAspectRatio=\"xMidYMid slice\" href=\"data:{kind};base64,{}\"/></svg>",
            STANDARD.encode(file)
        );
        return inside(&parse(&svg)?);
    }
    let text = std::str::from_utf8(file)
        .map_err(|_| Error::Drawing("A background is an SVG, PNG or JPEG file.".into()))?;
    let lower = text.to_ascii_lowercase();
    if lower.contains("<!doctype") || lower.contains("<!entity") {
        return Err(Error::Drawing(
            "The drawing has entities of its own; save it as plain SVG.".into(),
        ));
    }
    if text.matches('<').count() > MOST_ELEMENTS {
        return Err(Error::Drawing("The drawing has too many elements.".into()));
    }
    let tree = parse(text)?;
    let (own_width, own_height) = (tree.size().width(), tree.size().height());
    let scale = (width / own_width).max(height / own_height);
    let (x, y) = (
        (width - own_width * scale) / 2.0,
        (height - own_height * scale) / 2.0,
    );
    Ok(format!(
        "<g transform=\"translate({x} {y}) scale({scale})\">{}</g>",
        inside(&tree)?
    ))
}

/// The inside of a drawing, as it was understood.
fn inside(tree: &usvg::Tree) -> Result<String> {
    let options = usvg::WriteOptions {
        id_prefix: Some("background-".into()),
        indent: usvg::Indent::None,
        attributes_indent: usvg::Indent::None,
        ..usvg::WriteOptions::default()
    };
    let svg = tree.to_string(&options);
    let start = svg.find('>').map(|at| at + 1);
    let end = svg.rfind("</svg>");
    start
        .zip(end)
        .and_then(|(start, end)| svg.get(start..end))
        .map(str::to_owned)
        .ok_or_else(|| Error::Drawing("The drawing is empty.".into()))
}

/// The kind of a picture and how many pixels it has.
fn picture(file: &[u8]) -> Option<(&'static str, u64)> {
    if file.starts_with(b"\x89PNG\r\n\x1a\n") {
        let number = |at: usize| {
            Some(u64::from(u32::from_be_bytes(
                file.get(at..at + 4)?.try_into().ok()?,
            )))
        };
        return Some(("image/png", number(16)?.saturating_mul(number(20)?)));
    }
    if !file.starts_with(b"\xff\xd8") {
        return None;
    }
    let mut at = 2;
    while let Some([0xff, marker, high, low]) = file.get(at..at + 4) {
        let length = usize::from(u16::from_be_bytes([*high, *low]));
        let is_frame = matches!(marker, 0xc0..=0xcf) && !matches!(marker, 0xc4 | 0xc8 | 0xcc);
        if is_frame {
            let side = |from: usize| {
                Some(u64::from(u16::from_be_bytes(
                    file.get(from..from + 2)?.try_into().ok()?,
                )))
            };
            return Some(("image/jpeg", side(at + 5)? * side(at + 7)?));
        }
        at += 2 + length.max(2);
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::design::{Values, template};
    use crate::rendering::Drawing;

    #[test]
    fn an_uploaded_drawing_keeps_its_shapes_and_nothing_else() {
        let hostile = "<svg xmlns=\"http://www.w3.org/2000/svg\" xmlns:xlink=\"http://www.w3.org/1999/xlink\" width=\"100\" height=\"50\" onload=\"alert(1)\">\
            <script>alert(2)</script><style>@import url(https://evil.example/x.css); rect { fill: red }</style>\
            <rect width=\"100\" height=\"50\" onclick=\"alert(3)\"/>\
            <image width=\"9\" height=\"9\" xlink:href=\"https://evil.example/pixel.png\"/>\
            <image width=\"9\" height=\"9\" xlink:href=\"file:///etc/passwd\"/>\
            <a xlink:href=\"javascript:alert(4)\"><rect width=\"5\" height=\"5\"/></a>\
            <foreignObject><iframe src=\"https://evil.example\"/></foreignObject></svg>";
        let clean = clean_background(hostile.as_bytes(), 1123.0, 794.0).expect("clean");
        for bad in [
            "script",
            "alert",
            "evil",
            "javascript",
            "passwd",
            "foreignObject",
            "onload",
            "onclick",
            "import",
        ] {
            assert!(!clean.contains(bad), "{bad} in {clean}");
        }
        assert!(clean.contains("<path"), "{clean}");

        let mut design = template("classic", "#0f766e").expect("there");
        design.background = clean;
        let drawing = Drawing::new(&design, &Values::new(), "https://claims.test/c/1").expect("laid out");
        assert!(drawing.png(100).is_ok());
    }

    #[test]
    fn what_would_take_too_much_is_refused() {
        let laughs = "<!DOCTYPE svg [<!ENTITY a \"ha\"><!ENTITY b \"&a;&a;\">]><svg xmlns=\"http://www.w3.org/2000/svg\"><text>&b;</text></svg>";
        assert!(clean_background(laughs.as_bytes(), 10.0, 10.0).is_err());
        assert!(clean_background(&vec![b' '; MOST_BYTES + 1], 10.0, 10.0).is_err());
        assert!(clean_background(b"\xff\xff\xff", 10.0, 10.0).is_err());
        let mut png = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR".to_vec();
        png.extend([0, 1, 0, 0, 0, 1, 0, 0, 8, 0, 0, 0, 0]);
        let refused = clean_background(&png, 10.0, 10.0).expect_err("too many pixels");
        assert!(refused.to_string().contains("24 million"), "{refused}");
    }
}
