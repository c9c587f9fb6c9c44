//! The built site, inside the program: scripts, Wasm, style sheets and pictures, each compressed beforehand.
//!
//! Names of files in `/pkg` change with their content, so browsers keep them for ever. The others are revalidated each
//! time by their ETag.

use app::SiteAssets;
use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use http::header::{
    ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, ETAG, IF_NONE_MATCH, VARY,
};
use http::{HeaderMap, StatusCode};

use crate::failure::Failure;

include!(concat!(env!("OUT_DIR"), "/site_files.rs"));

/// A file of the built site.
struct SiteFile {
    /// Its path, with the slash.
    path: &'static str,
    /// Its content, compressed in one way or not at all.
    plain: &'static [u8],
    brotli: Option<&'static [u8]>,
    gzip: Option<&'static [u8]>,
    /// A digest of its content.
    tag: &'static str,
}

/// The paths of files whose names change. Without a built site (in a check, or a test of HTTP alone) the names are
/// right and lead nowhere.
pub fn assets() -> SiteAssets {
    let path = |logical: &str| {
        let found = MANIFEST
            .iter()
            .find(|(name, _)| *name == logical)
            .map(|(_, path)| *path);
        format!("/{}", found.unwrap_or(logical))
    };
    let parts = MANIFEST.iter().filter_map(|(name, needed)| {
        let needed = needed.split(' ').filter(|part| !part.is_empty()).map(path);
        Some((name.strip_prefix("section ")?.to_owned(), needed.collect()))
    });
    SiteAssets {
        js: path("tokenwright.js"),
        wasm: path("tokenwright.wasm"),
        parts: parts.collect(),
        css: path("main.css"),
        recipient_css: path("recipient.css"),
        favicon: path("favicon.svg"),
    }
}

/// Whether the program was built with its site.
pub fn is_built() -> bool {
    !FILES.is_empty()
}

/// Answers with a file.
pub async fn file(request: Request) -> Result<Response, Failure> {
    let path = request.uri().path();
    let file = FILES
        .iter()
        .find(|file| file.path == path)
        .ok_or_else(Failure::not_found)?;
    let caching = if path.starts_with("/pkg/") {
        "public, max-age=31536000, immutable"
    } else {
        "public, no-cache"
    };
    let head = [
        (CACHE_CONTROL, caching),
        (ETAG, file.tag),
        (VARY, "accept-encoding"),
    ];
    if request
        .headers()
        .get_all(IF_NONE_MATCH)
        .iter()
        .any(|tags| tags == file.tag)
    {
        return Ok((StatusCode::NOT_MODIFIED, head).into_response());
    }
    let (encoding, content) = file.content(request.headers());
    let mut response = (head, [(CONTENT_TYPE, media_type(path))], content).into_response();
    if let Some(encoding) = encoding {
        response
            .headers_mut()
            .insert(CONTENT_ENCODING, http::HeaderValue::from_static(encoding));
    }
    Ok(response)
}

/// A file without compression; `None` when the program was built without its site.
pub fn content(path: &str) -> Option<&'static [u8]> {
    FILES.iter().find(|file| file.path == path).map(|file| file.plain)
}

impl SiteFile {
    fn content(&self, headers: &HeaderMap) -> (Option<&'static str>, &'static [u8]) {
        match (self.brotli, self.gzip) {
            (Some(content), _) if accepts(headers, "br") => (Some("br"), content),
            (_, Some(content)) if accepts(headers, "gzip") => (Some("gzip"), content),
            _ => (None, self.plain),
        }
    }
}

/// Whether the client accepts this compression.
pub fn accepts(headers: &HeaderMap, encoding: &str) -> bool {
    let values = headers
        .get_all(ACCEPT_ENCODING)
        .iter()
        .filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).any(|part| {
        let (name, quality) = part
            .split_once(';')
            .map_or((part, ""), |(name, quality)| (name, quality.trim()));
        name.trim().eq_ignore_ascii_case(encoding)
            && !matches!(quality, "q=0" | "q=0.0" | "q=0.00" | "q=0.000")
    })
}

fn media_type(path: &str) -> &'static str {
    match path.rsplit_once('.').map(|(_, ending)| ending) {
        Some("js") => "text/javascript; charset=utf-8",
        Some("wasm") => "application/wasm",
        Some("css") => "text/css; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("ico") => "image/x-icon",
        Some("woff2") => "font/woff2",
        Some("txt") => "text/plain; charset=utf-8",
        Some("webmanifest") => "application/manifest+json",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn compression_is_chosen_by_what_the_browser_takes() {
        let accepted = |value: &str, encoding| {
            let headers = [(ACCEPT_ENCODING, value.parse().expect("a header"))]
                .into_iter()
                .collect();
            accepts(&headers, encoding)
        };
        assert!(accepted("gzip, deflate, br, zstd", "br"));
        assert!(accepted("gzip;q=0.5", "gzip"));
        assert!(!accepted("gzip;q=1, br;q=0", "br"));
        assert!(!accepted("brotli", "br"));
    }
}
