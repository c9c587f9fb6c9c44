//! Brotli for browsers, gzip for everybody else.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;

use super::Kind;
use crate::Outcome;

/// Compresses with brotli.
pub fn brotli(bytes: &[u8], kind: Kind) -> Outcome<Vec<u8>> {
    let quality = match kind {
        Kind::Release => 11,
        Kind::Debug => 1,
    };
    let parameters = brotli::enc::BrotliEncoderParams {
        quality,
        lgwin: 22,
        ..Default::default()
    };
    let mut compressed = Vec::new();
    let mut input = bytes;
    brotli::BrotliCompress(&mut input, &mut compressed, &parameters)
        .map_err(|error| format!("Brotli failed: {error}."))?;
    Ok(compressed)
}

/// Compresses with gzip. The header carries no time, so equal input gives equal output.
pub fn gzip(bytes: &[u8], kind: Kind) -> Outcome<Vec<u8>> {
    let level = match kind {
        Kind::Release => Compression::best(),
        Kind::Debug => Compression::fast(),
    };
    let mut encoder = GzEncoder::new(Vec::new(), level);
    encoder
        .write_all(bytes)
        .and_then(|()| encoder.finish())
        .map_err(|error| format!("gzip failed: {error}."))
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    #[test]
    fn both_give_back_what_went_in() {
        let text = "a token is a bearer secret with bounds; ".repeat(50).into_bytes();
        for kind in [Kind::Release, Kind::Debug] {
            let mut back = Vec::new();
            brotli::Decompressor::new(brotli(&text, kind).unwrap().as_slice(), 4096)
                .read_to_end(&mut back)
                .unwrap();
            assert_eq!(back, text);
            let zipped = gzip(&text, kind).unwrap();
            assert!(zipped.len() < text.len());
            let mut back = Vec::new();
            flate2::read::GzDecoder::new(zipped.as_slice())
                .read_to_end(&mut back)
                .unwrap();
            assert_eq!(back, text);
        }
    }
}
