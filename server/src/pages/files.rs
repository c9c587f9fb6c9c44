//! `/files/{id}`: an uploaded file, streamed from the database, whole or in part.
//!
//! A file comes from a user, so a browser is told not to trust it: it may not be guessed to be a page, runs nothing,
//! and is a download unless it is a picture or a PDF.

use std::ops::RangeInclusive;

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use backend::Recipient;
use backend::collections::FileContent;
use domain::{FileId, Refusal};
use futures::{StreamExt, TryStreamExt};
use http::header::{
    ACCEPT_RANGES, CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_RANGE,
    CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, IF_RANGE, RANGE,
};
use http::{HeaderMap, StatusCode};

use super::fields::At;
use crate::failure::Failure;
use crate::request_context::RequestContext;
use crate::server::Server;
use crate::session::{self, Known};

/// Nothing loads, nothing runs, and the file has no origin.
const SANDBOX: &str =
    "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; sandbox; frame-ancestors 'none'";

/// Browsers show a PDF with their own viewer, which a sandbox would block.
const PDF: &str = "default-src 'none'; style-src 'unsafe-inline'; object-src 'self'; frame-ancestors 'none'";

/// A file of a collection that the caller has, or, for admins, of any in the organisation.
pub async fn file(
    State(server): State<Server>,
    visit: RequestContext,
    Known(recipient): Known,
    At(id): At<FileId>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let file = find(&server, &visit, &recipient, id).await?;
    // The content behind an id never changes, so the id is its ETag.
    let tag = format!("\"{id}\"");
    let size = u64::try_from(file.bytes).unwrap_or_default();
    let wanted = headers.get(RANGE).and_then(|value| value.to_str().ok());
    let is_current = headers.get(IF_RANGE).is_none_or(|value| value == tag.as_str());
    let part = wanted
        .filter(|_| is_current)
        .and_then(|wanted| range(wanted, size));
    let head = [
        (CONTENT_TYPE, file.media_type.clone()),
        (CONTENT_DISPOSITION, disposition(&file)),
        (CONTENT_SECURITY_POLICY, policy(&file).to_owned()),
        (CACHE_CONTROL, "private, no-store".into()),
        (ACCEPT_RANGES, "bytes".into()),
        (ETAG, tag),
    ];
    Ok(match part {
        None => (
            head,
            [(CONTENT_LENGTH, size.to_string())],
            Body::from_stream(file.pieces),
        )
            .into_response(),
        Some(None) => (
            StatusCode::RANGE_NOT_SATISFIABLE,
            [(CONTENT_RANGE, format!("bytes */{size}"))],
        )
            .into_response(),
        Some(Some(part)) => {
            let length = part.end() - part.start() + 1;
            let place = [
                (CONTENT_LENGTH, length.to_string()),
                (
                    CONTENT_RANGE,
                    format!("bytes {}-{}/{size}", part.start(), part.end()),
                ),
            ];
            (
                StatusCode::PARTIAL_CONTENT,
                head,
                place,
                Body::from_stream(cut(file, part)),
            )
                .into_response()
        }
    })
}

/// An admin may see what recipients see; the browser may also have a recipient's session, even of another organisation.
async fn find(
    server: &Server,
    visit: &RequestContext,
    recipient: &Recipient,
    id: FileId,
) -> Result<FileContent, Failure> {
    if let Some(caller) = session::caller(server, visit).await? {
        match server.backend.collections().file(&caller, id).await {
            Err(backend::Error::Refused(Refusal::NotFound)) => {}
            found => return Ok(found?),
        }
    }
    Ok(server.backend.recipients().file(recipient, id).await?)
}

/// `None`: no supported range was requested, so the whole file is sent. `Some(None)`: outside the file.
fn range(wanted: &str, size: u64) -> Option<Option<RangeInclusive<u64>>> {
    let (first, last) = wanted.strip_prefix("bytes=")?.split_once('-')?;
    let range = match (first, last) {
        ("", last) => {
            let count: u64 = last.parse().ok()?;
            if count == 0 {
                return Some(None);
            }
            size.saturating_sub(count)..=size.saturating_sub(1)
        }
        (first, "") => first.parse().ok()?..=size.saturating_sub(1),
        (first, last) => first.parse().ok()?..=last.parse::<u64>().ok()?.min(size.saturating_sub(1)),
    };
    Some(Some(range).filter(|range| *range.start() < size && range.start() <= range.end()))
}

/// The pieces of a file that lie in a part of it, the first and the last cut to fit.
fn cut(
    file: FileContent,
    part: RangeInclusive<u64>,
) -> impl futures::Stream<Item = backend::Result<Bytes>> + Send {
    let (start, end) = (*part.start(), *part.end() + 1);
    let mut at = 0_u64;
    let pieces = file.pieces.map_ok(move |piece| {
        let mut piece = Bytes::from(piece);
        let (from, to) = (at, at + piece.len() as u64);
        at = to;
        // Both differences are at most the length of the piece, which is a `usize`.
        let tail = usize::try_from(to.saturating_sub(end))
            .unwrap_or(usize::MAX)
            .min(piece.len());
        piece.truncate(piece.len() - tail);
        let head = usize::try_from(start.saturating_sub(from))
            .unwrap_or(usize::MAX)
            .min(piece.len());
        (piece.split_off(head), from >= end)
    });
    pieces
        .take_while(|piece| futures::future::ready(!matches!(piece, Ok((_, true)))))
        .map_ok(|(piece, _)| piece)
        .try_filter(|piece| futures::future::ready(!piece.is_empty()))
}

fn policy(file: &FileContent) -> &'static str {
    if file.media_type == "application/pdf" {
        PDF
    } else {
        SANDBOX
    }
}

/// The name in ASCII for old programs, and complete in the form of RFC 8187.
fn disposition(file: &FileContent) -> String {
    named(if file.inline { "inline" } else { "attachment" }, &file.name)
}

/// `Content-Disposition` with a name in any script, and one for programs that know ASCII alone.
pub(super) fn named(how: &str, name: &str) -> String {
    let plain: String = name
        .chars()
        .map(|c| {
            if c.is_ascii_graphic() && !matches!(c, '"' | '\\' | '%') {
                c
            } else {
                '_'
            }
        })
        .collect();
    let whole: String = name
        .bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' => char::from(byte).to_string(),
            _ => format!("%{byte:02X}"),
        })
        .collect();
    format!("{how}; filename=\"{plain}\"; filename*=UTF-8''{whole}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_of_a_file_is_asked_for_in_three_ways() {
        assert_eq!(range("bytes=0-3", 10), Some(Some(0..=3)));
        assert_eq!(range("bytes=7-99", 10), Some(Some(7..=9)));
        assert_eq!(range("bytes=7-", 10), Some(Some(7..=9)));
        assert_eq!(range("bytes=-4", 10), Some(Some(6..=9)));
        assert_eq!(range("bytes=-40", 10), Some(Some(0..=9)));
        assert_eq!(range("bytes=10-", 10), Some(None));
        assert_eq!(range("bytes=-0", 10), Some(None));
        assert_eq!(range("bytes=0-", 0), Some(None));
        assert_eq!(range("bytes=5-3", 10), Some(None));
        assert_eq!(range("bytes=0-1,4-5", 10), None);
        assert_eq!(range("lines=0-1", 10), None);
    }
}
