//! Uploaded drawings and pictures become harmless artwork: a background, a logo, a signature.
//!
//! A drawing is written anew from what was understood, so that no script, no address and no entity of the file is left in
//! it. A PNG or JPEG keeps its pixels, and nothing of what cameras and programs write beside them. Whoever draws it later
//! draws it for each recipient, so what would take long is refused here.

use std::sync::atomic::{AtomicU64, Ordering};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use resvg::tiny_skia;
use resvg::usvg;

use super::pixels::{pixels_of, without_remarks};
use super::{cost, fonts, inside, not_svg};
use crate::error::{Error, Result};

/// The largest upload.
const MOST_BYTES: usize = domain::campaigns::design::MOST_PICTURE_BYTES;
/// The most pixels of an uploaded picture, or of all pictures in an uploaded drawing.
const MOST_PIXELS: u64 = 16_000_000;

/// A picture that may stand on a design.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Artwork {
    /// What it is.
    pub media: Media,
    /// Its width, in pixels or units of its own.
    pub width: u32,
    /// Its height.
    pub height: u32,
    /// The file, cleaned.
    pub content: Vec<u8>,
}

/// The kinds of artwork.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Media {
    /// A drawing.
    Svg,
    /// Pixels, with transparency.
    Png,
    /// A photograph.
    Jpeg,
}

/// How a picture fills its frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fit {
    /// As large as fits into it.
    Within,
    /// As small as covers it.
    Cover,
}

impl Media {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Svg, Self::Png, Self::Jpeg];

    /// The media type.
    pub fn key(self) -> &'static str {
        match self {
            Self::Svg => "image/svg+xml",
            Self::Png => "image/png",
            Self::Jpeg => "image/jpeg",
        }
    }

    /// The one behind a media type.
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|media| media.key() == key)
    }
}

impl Artwork {
    /// What an uploaded SVG, PNG or JPEG file gives.
    ///
    /// # Errors
    /// It is none of these, damaged, or would take too much to draw.
    pub fn clean(file: &[u8]) -> Result<Self> {
        if file.len() > MOST_BYTES {
            return Err(Error::Drawing(
                domain::campaigns::design::PICTURE_TOO_LARGE.into(),
            ));
        }
        let artwork = match pixels_of(file) {
            Some((media, width, height)) => Self {
                media,
                width,
                height,
                content: within_pixels(width, height)
                    .and_then(|()| without_remarks(media, file).ok_or_else(damaged))?,
            },
            None => drawing(file)?,
        };
        artwork.try_it()?;
        Ok(artwork)
    }

    /// How many pixels it has; a drawing has none.
    pub fn pixels(&self) -> u64 {
        match self.media {
            Media::Svg => 0,
            Media::Png | Media::Jpeg => u64::from(self.width) * u64::from(self.height),
        }
    }

    /// Draws it anew as PNG, as large as fits into a frame; pixels are not made larger than they are. Says how wide and how
    /// high it became.
    ///
    /// # Errors
    /// It cannot be drawn.
    pub fn png_within(&self, width: u32, height: u32) -> Result<(u32, u32, Vec<u8>)> {
        let fits = (width as f32 / self.width as f32).min(height as f32 / self.height as f32);
        let scale = if self.media == Media::Svg {
            fits
        } else {
            fits.min(1.0)
        };
        let side = |own: u32, most: u32| ((own as f32 * scale).round() as u32).clamp(1, most.max(1));
        let (wide, high) = (side(self.width, width), side(self.height, height));
        let svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" xmlns:xlink=\"http://www.w3.org/1999/xlink\" \
             width=\"{wide}\" height=\"{high}\">{}</svg>",
            self.placed((0.0, 0.0, wide as f32, high as f32), Fit::Within)
        );
        let mut pixels = tiny_skia::Pixmap::new(wide, high)
            .ok_or_else(|| Error::Drawing("The picture would have no pixels.".into()))?;
        resvg::render(
            &super::parse(&svg)?,
            tiny_skia::Transform::identity(),
            &mut pixels.as_mut(),
        );
        let png = pixels
            .encode_png()
            .map_err(|error| Error::Drawing(format!("The picture could not be written: {error}")))?;
        Ok((wide, high, png))
    }

    /// The picture in a frame of a design (left, top, width, height).
    pub(super) fn placed(&self, (x, y, width, height): (f32, f32, f32, f32), fit: Fit) -> String {
        let fit = match fit {
            Fit::Within => "xMidYMid meet",
            Fit::Cover => "xMidYMid slice",
        };
        let frame = format!(
            "x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" preserveAspectRatio=\"{fit}\""
        );
        match self.media {
            Media::Svg => format!(
                "<svg {frame} viewBox=\"0 0 {} {}\">{}</svg>",
                self.width,
                self.height,
                inside(&String::from_utf8_lossy(&self.content))
            ),
            media => format!(
                "<image {frame} href=\"data:{};base64,{}\"/>",
                media.key(),
                STANDARD.encode(&self.content)
            ),
        }
    }

    /// Draws it once, small: what cannot be drawn is told to whoever uploads it, not to recipients.
    fn try_it(&self) -> Result<()> {
        let svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" xmlns:xlink=\"http://www.w3.org/1999/xlink\" \
             width=\"32\" height=\"32\">{}</svg>",
            self.placed((0.0, 0.0, 32.0, 32.0), Fit::Within)
        );
        let mut pixels =
            tiny_skia::Pixmap::new(32, 32).ok_or_else(|| Error::Drawing("No room for a picture.".into()))?;
        resvg::render(
            &super::parse(&svg)?,
            tiny_skia::Transform::identity(),
            &mut pixels.as_mut(),
        );
        let is_blank = pixels.pixels().iter().all(|pixel| pixel.alpha() == 0);
        // A drawing or PNG may be blank, though nobody would want it; a photograph that is blank was not understood.
        if is_blank && self.media != Media::Svg {
            return Err(damaged());
        }
        Ok(())
    }
}

fn damaged() -> Error {
    Error::Drawing("The picture is damaged or empty.".into())
}

fn within_pixels(width: u32, height: u32) -> Result<()> {
    let pixels = u64::from(width) * u64::from(height);
    if pixels == 0 {
        return Err(damaged());
    }
    if pixels > MOST_PIXELS {
        return Err(Error::Drawing(format!(
            "A picture has at most {} million pixels.",
            MOST_PIXELS / 1_000_000
        )));
    }
    Ok(())
}

/// A drawing, written anew.
fn drawing(file: &[u8]) -> Result<Artwork> {
    let text = std::str::from_utf8(file)
        .map_err(|_| Error::Drawing("A picture is an SVG, PNG or JPEG file.".into()))?;
    let lower = text.to_ascii_lowercase();
    if lower.contains("<!doctype") || lower.contains("<!entity") {
        return Err(Error::Drawing(
            "The drawing has a document type or entities of its own; save it as plain SVG.".into(),
        ));
    }
    cost::of_text(text)?;
    let tree = understood(text)?;
    cost::of_drawing(&tree)?;
    let (width, height) = (tree.size().width(), tree.size().height());
    let options = usvg::WriteOptions {
        // Two drawings on one page must not use each other's names.
        id_prefix: Some(format!("p{:08x}-", crc32fast::hash(file))),
        indent: usvg::Indent::None,
        attributes_indent: usvg::Indent::None,
        ..usvg::WriteOptions::default()
    };
    let whole = |side: f32| side.ceil().clamp(1.0, 100_000.0) as u32;
    Ok(Artwork {
        media: Media::Svg,
        width: whole(width),
        height: whole(height),
        content: tree.to_string(&options).into_bytes(),
    })
}

/// Reads a drawing of somebody else: of what it names, only small PNG and JPEG pictures within it are taken.
fn understood(svg: &str) -> Result<usvg::Tree> {
    let seen = AtomicU64::new(0);
    let take = |_: &str, data: std::sync::Arc<Vec<u8>>, _: &usvg::Options<'_>| {
        let (media, width, height) = pixels_of(&data)?;
        let pixels = u64::from(width) * u64::from(height);
        if seen.fetch_add(pixels, Ordering::Relaxed) + pixels > MOST_PIXELS {
            return None;
        }
        let clean = std::sync::Arc::new(without_remarks(media, &data)?);
        Some(match media {
            Media::Png => usvg::ImageKind::PNG(clean),
            Media::Jpeg => usvg::ImageKind::JPEG(clean),
            Media::Svg => return None,
        })
    };
    let options = usvg::Options {
        font_family: fonts::SANS.to_owned(),
        fontdb: fonts::database(),
        image_href_resolver: usvg::ImageHrefResolver {
            resolve_data: Box::new(take),
            resolve_string: Box::new(|_, _| None),
        },
        ..usvg::Options::default()
    };
    let tree = usvg::Tree::from_str(svg, &options).map_err(|error| not_svg(&error))?;
    drop(options);
    if seen.load(Ordering::Relaxed) > MOST_PIXELS {
        return Err(Error::Drawing(format!(
            "The pictures in the drawing have more than {} million pixels.",
            MOST_PIXELS / 1_000_000
        )));
    }
    Ok(tree)
}

#[cfg(test)]
mod tests {
    use super::super::pixels::{JPEG, PNG};
    use super::*;
    use crate::design::{Background, Layer, Picture, Values, template};
    use crate::rendering::Drawing;
    use domain::DesignPictureId;

    /// A PNG of one colour.
    fn png(width: u32, height: u32) -> Vec<u8> {
        let mut pixels = tiny_skia::Pixmap::new(width, height).expect("pixels");
        pixels.fill(tiny_skia::Color::from_rgba8(200, 20, 20, 255));
        pixels.encode_png().expect("a PNG")
    }

    fn chunk(kind: &[u8; 4], data: &[u8]) -> Vec<u8> {
        let mut chunk = (data.len() as u32).to_be_bytes().to_vec();
        chunk.extend_from_slice(kind);
        chunk.extend_from_slice(data);
        chunk.extend_from_slice(&crc32fast::hash(&chunk[4..]).to_be_bytes());
        chunk
    }

    fn refused(file: &[u8]) -> String {
        Artwork::clean(file).expect_err("refused").to_string()
    }

    #[test]
    fn an_uploaded_drawing_keeps_its_shapes_and_nothing_else() {
        let hostile = "<svg xmlns=\"http://www.w3.org/2000/svg\" xmlns:xlink=\"http://www.w3.org/1999/xlink\" width=\"100\" height=\"50\" onload=\"alert(1)\">\
            <script>alert(2)</script><style>@import url(https://evil.example/x.css); rect { fill: red }</style>\
            <rect width=\"100\" height=\"50\" onclick=\"alert(3)\"/>\
            <image width=\"9\" height=\"9\" xlink:href=\"https://evil.example/pixel.png\"/>\
            <image width=\"9\" height=\"9\" xlink:href=\"file:///etc/passwd\"/>\
            <image width=\"9\" height=\"9\" xlink:href=\"data:image/svg+xml;base64,PHN2Zz48c2NyaXB0Lz48L3N2Zz4=\"/>\
            <a xlink:href=\"javascript:alert(4)\"><rect width=\"5\" height=\"5\"/></a>\
            <foreignObject><iframe src=\"https://evil.example\"/></foreignObject></svg>";
        let artwork = Artwork::clean(hostile.as_bytes()).expect("clean");
        assert_eq!(
            (artwork.media, artwork.width, artwork.height),
            (Media::Svg, 100, 50)
        );
        let clean = String::from_utf8(artwork.content.clone()).expect("text");
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
            "data:",
        ] {
            assert!(!clean.contains(bad), "{bad} in {clean}");
        }
        assert!(clean.contains("<path"), "{clean}");

        let picture = DesignPictureId(uuid::Uuid::from_u128(1));
        let mut sheet = template("classic", "#0f766e").expect("there");
        sheet.design.background = Background::Picture { picture };
        sheet.design.layers.push(Layer::Picture(Picture {
            picture,
            x: 10.0,
            y: 10.0,
            width: 100.0,
            height: 100.0,
            description: "A red box".into(),
        }));
        sheet.pictures.insert(picture, artwork);
        let drawing = Drawing::new(&sheet, &Values::new(), "https://claims.test/c/1").expect("laid out");
        assert!(drawing.png(100).is_ok());
        let paper = crate::rendering::pdf::testing::paper();
        let pdf = crate::rendering::pdf(&drawing, &paper, b"{}").expect("a PDF");
        assert!(pdf.starts_with(b"%PDF"));
    }

    #[test]
    fn a_picture_loses_what_was_written_beside_its_pixels() {
        let png = png(8, 4);
        let place = chunk(b"tEXt", b"GPS\0secret place");
        let noted = [&png[..33], &place, &png[33..]].concat();
        let clean = Artwork::clean(&noted).expect("clean");
        assert_eq!((clean.media, clean.width, clean.height), (Media::Png, 8, 4));
        assert!(!String::from_utf8_lossy(&clean.content).contains("secret"));
        assert!(tiny_skia::Pixmap::decode_png(&clean.content).is_ok());

        // The head of a JPEG with a note of its camera: what is kept of it, is kept in order.
        let note = [b"\xff\xe1\x00\x0csecret....".as_slice()].concat();
        let frame = b"\xff\xc0\x00\x0b\x08\x00\x02\x00\x03\x01\x01\x11\x00";
        let scan = b"\xff\xda\x00\x08\x01\x01\x00\x00\x3f\x00\x00\xff\xd9";
        let jpeg = [b"\xff\xd8".as_slice(), &note, frame, scan].concat();
        assert_eq!(pixels_of(&jpeg), Some((Media::Jpeg, 3, 2)));
        let clean = without_remarks(Media::Jpeg, &jpeg).expect("clean");
        assert_eq!(clean, [b"\xff\xd8".as_slice(), frame, scan].concat());
    }

    #[test]
    fn what_would_take_too_much_is_refused() {
        let laughs = "<!DOCTYPE svg [<!ENTITY a \"ha\"><!ENTITY b \"&a;&a;\">]><svg xmlns=\"http://www.w3.org/2000/svg\"><text>&b;</text></svg>";
        assert!(refused(laughs.as_bytes()).contains("entities"));
        assert!(refused(&vec![b' '; MOST_BYTES + 1]).contains("4 MB"));
        assert!(refused(b"\xff\xff\xff").contains("SVG, PNG or JPEG"));
        assert!(refused(b"%PDF-1.7 not taken").contains("no SVG"));
        // A head that promises four thousand million pixels.
        let mut bomb = PNG.to_vec();
        bomb.extend(chunk(b"IHDR", &[0, 1, 0, 0, 0, 1, 0, 0, 8, 0, 0, 0, 0]));
        assert!(refused(&bomb).contains("16 million"), "{}", refused(&bomb));
        // The same within a drawing.
        let within = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"9\" height=\"9\"><image width=\"9\" height=\"9\" href=\"data:image/png;base64,{}\"/></svg>",
            STANDARD.encode(&bomb)
        );
        assert!(refused(within.as_bytes()).contains("16 million"));
        // A frame of a JPEG that is larger than the first.
        let frame = |side: u8| [0xff, 0xc0, 0, 11, 8, side, 0, side, 0, 1, 1, 0x11, 0];
        let two = [
            JPEG,
            &frame(1),
            &frame(0xff),
            b"\xff\xda\0\x08\x01\x01\0\0\x3f\0\0",
        ]
        .concat();
        assert!(refused(&two).contains("16 million"), "{}", refused(&two));
        // Cut off, and made up.
        let whole = png(40, 40);
        assert!(refused(&whole[..whole.len() - 20]).contains("damaged"));
        let made_up = [JPEG, &frame(1), b"\xff\xda\0\x08\x01\x01\0\0\x3f\0\0"].concat();
        assert!(refused(&made_up).contains("damaged"));
    }

    #[test]
    fn drawings_that_grow_or_cover_themselves_are_refused() {
        let mut lolz = "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"9\" height=\"9\"><g id=\"a0\"><rect width=\"1\" height=\"1\"/></g>".to_owned();
        for level in 1..30 {
            let uses = format!("<use href=\"#a{}\"/>", level - 1).repeat(10);
            lolz.push_str(&format!("<g id=\"a{level}\">{uses}</g>"));
        }
        lolz.push_str("</svg>");
        assert!(
            refused(lolz.as_bytes()).contains("elements"),
            "{}",
            refused(lolz.as_bytes())
        );
        let circle = "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"9\" height=\"9\"><g id=\"a\"><use href=\"#a\"/></g></svg>";
        assert!(Artwork::clean(circle.as_bytes()).is_err());

        let deep = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"9\" height=\"9\">{}{}</svg>",
            "<g>".repeat(3000),
            "</g>".repeat(3000)
        );
        assert!(Artwork::clean(deep.as_bytes()).is_err());

        let cover = "<rect width=\"900\" height=\"900\" fill=\"red\" opacity=\"0.5\"/>".repeat(5000);
        let covered =
            format!("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"900\" height=\"900\">{cover}</svg>");
        assert!(refused(covered.as_bytes()).contains("too much to draw"));
        let shadow = "<g filter=\"url(#f)\"><rect width=\"900\" height=\"900\"/></g>".repeat(50);
        let blurred = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"900\" height=\"900\"><filter id=\"f\"><feGaussianBlur stdDeviation=\"90\"/></filter>{shadow}</svg>"
        );
        assert!(refused(blurred.as_bytes()).contains("filters"));
    }
}
