//! Compression of the admin pages.
//!
//! The length of a compressed page depends on how much of it repeats. An attacker who makes a browser request our pages
//! again and again with chosen text in the URL, and observes the lengths, could find out what else is in the page
//! (BREACH). So a page is compressed only when the browser says that this site, or the person, asked for it; a page
//! that another site leads to is sent uncompressed.

use std::io::Write as _;

use axum::body::{Body, to_bytes};
use axum::response::{IntoResponse, Response};
use flate2::Compression;
use flate2::write::GzEncoder;
use http::header::{CONTENT_ENCODING, CONTENT_LENGTH, VARY};
use http::{HeaderMap, HeaderValue};

use crate::failure::Failure;
use crate::site;

/// A medium level: the last tenth would take longer than the network does.
const LEVEL: Compression = Compression::new(6);

/// Whether the answer to this request may be compressed.
pub fn may_be(headers: &HeaderMap) -> bool {
    let asked_by = headers
        .get("sec-fetch-site")
        .map(HeaderValue::as_bytes)
        .unwrap_or_default();
    matches!(asked_by, b"same-origin" | b"none") && site::accepts(headers, "gzip")
}

/// The same answer, compressed.
pub async fn compressed(answer: Response) -> Response {
    let (mut head, body) = answer.into_parts();
    let packed = match to_bytes(body, usize::MAX).await {
        Ok(page) => gzip(&page),
        Err(_) => return Failure::fault("a page broke off").into_response(),
    };
    head.headers.remove(CONTENT_LENGTH);
    head.headers
        .insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    head.headers
        .insert(VARY, HeaderValue::from_static("accept-encoding, sec-fetch-site"));
    Response::from_parts(head, Body::from(packed))
}

fn gzip(page: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::with_capacity(page.len() / 4), LEVEL);
    // Writing into memory does not fail.
    let _ = encoder.write_all(page);
    encoder.finish().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_another_site_leads_to_is_not_compressed() {
        let may = |pairs: &[(&'static str, &'static str)]| {
            let headers = pairs.iter().map(|(name, value)| {
                let name: http::HeaderName = name.parse().expect("a name");
                (name, HeaderValue::from_static(value))
            });
            may_be(&headers.collect())
        };
        let gzip = ("accept-encoding", "gzip, br");
        assert!(may(&[gzip, ("sec-fetch-site", "same-origin")]));
        assert!(may(&[gzip, ("sec-fetch-site", "none")]));
        assert!(!may(&[gzip, ("sec-fetch-site", "cross-site")]));
        assert!(!may(&[gzip, ("sec-fetch-site", "same-site")]));
        assert!(!may(&[gzip]), "an old browser does not say who asked");
        assert!(!may(&[("sec-fetch-site", "none")]));
    }
}
