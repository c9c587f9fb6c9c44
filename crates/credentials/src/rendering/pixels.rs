//! What stands in the heads of PNG and JPEG files, read without their pixels.

use super::Media;

/// The kind of a picture, its width and its height, as its head says.
pub(super) fn pixels_of(file: &[u8]) -> Option<(Media, u32, u32)> {
    if file.starts_with(PNG) {
        let number = |at: usize| Some(u32::from_be_bytes(file.get(at..at + 4)?.try_into().ok()?));
        return Some((Media::Png, number(16)?, number(20)?));
    }
    if !file.starts_with(JPEG) {
        return None;
    }
    // A second frame would be as large as it likes: the largest counts.
    let mut largest: Option<(Media, u32, u32)> = None;
    for (marker, at, _) in segments(file) {
        if matches!(marker, 0xc0..=0xcf) && !matches!(marker, 0xc4 | 0xc8 | 0xcc) {
            let side = |from: usize| {
                Some(u32::from(u16::from_be_bytes(
                    file.get(from..from + 2)?.try_into().ok()?,
                )))
            };
            let (height, width) = (side(at + 5)?, side(at + 7)?);
            if largest
                .is_none_or(|(_, w, h)| u64::from(w) * u64::from(h) < u64::from(width) * u64::from(height))
            {
                largest = Some((Media::Jpeg, width, height));
            }
        }
    }
    largest
}

pub(super) const PNG: &[u8] = b"\x89PNG\r\n\x1a\n";
pub(super) const JPEG: &[u8] = b"\xff\xd8";

/// The segments of a JPEG up to its pixels: the marker, where it begins, and where it ends.
fn segments(file: &[u8]) -> impl Iterator<Item = (u8, usize, usize)> {
    let mut at = JPEG.len();
    std::iter::from_fn(move || {
        while file.get(at..at + 2) == Some(&[0xff, 0xff]) {
            at += 1;
        }
        let [0xff, marker, high, low] = *file.get(at..at + 4)? else {
            return None;
        };
        let end = at + 2 + usize::from(u16::from_be_bytes([high, low]));
        let segment = (marker, at, end);
        // Behind the start of the scan come pixels.
        if marker == 0xda || end < at + 4 || end > file.len() {
            return None;
        }
        at = end;
        Some(segment)
    })
}

/// The file without what was written beside its pixels: places, cameras, previews, texts.
pub(super) fn without_remarks(media: Media, file: &[u8]) -> Option<Vec<u8>> {
    match media {
        Media::Svg => None,
        Media::Png => {
            let mut clean = PNG.to_vec();
            let mut at = PNG.len();
            while let Some(head) = file.get(at..at + 8) {
                let (length, kind) = head.split_at(4);
                let length = u32::from_be_bytes(length.try_into().ok()?) as usize;
                let end = at.checked_add(length)?.checked_add(12)?;
                let chunk = file.get(at..end)?;
                if matches!(
                    kind,
                    b"IHDR" | b"PLTE" | b"tRNS" | b"IDAT" | b"IEND" | b"sRGB" | b"gAMA"
                ) {
                    clean.extend_from_slice(chunk);
                }
                if kind == b"IEND" {
                    return Some(clean);
                }
                at = end;
            }
            None
        }
        Media::Jpeg => {
            let mut clean = JPEG.to_vec();
            let mut behind = JPEG.len();
            for (marker, at, end) in segments(file) {
                // What programs note (but for the two that say how colours are meant), and comments.
                let is_remark = matches!(marker, 0xe1..=0xed | 0xef | 0xfe);
                if !is_remark {
                    clean.extend_from_slice(file.get(at..end)?);
                }
                behind = end;
            }
            let scan = file.get(behind..)?;
            if !scan.starts_with(&[0xff, 0xda]) {
                return None;
            }
            clean.extend_from_slice(scan);
            Some(clean)
        }
    }
}
