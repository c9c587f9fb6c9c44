//! Codes of a multi token to be printed and cut out. They hold secrets, so that nothing here can be written to a log.

use crate::email::EmailAddress;
use crate::id::TokenId;

/// Codes that stand on one page of the screen, at most.
pub const CODES_OF_SHEET: usize = 128;

/// The codes that nobody has used, or some of them.
pub struct Sheet {
    /// The multi token.
    pub token: TokenId,
    /// Its name.
    pub name: String,
    /// Who gives access.
    pub organisation: String,
    /// What its links open.
    pub collection: String,
    /// Until when, with the zone; `None`: without an end.
    pub until: Option<String>,
    /// Why its links open nothing at the moment.
    pub closed: Option<&'static str>,
    /// The codes, in the order of their numbers.
    pub codes: Vec<SheetCode>,
    /// The number after which the next page starts; `None`: there is none.
    pub next: Option<i64>,
}

/// A code with what opens it.
pub struct SheetCode {
    /// Its number within the multi token.
    pub number: i64,
    /// The code in groups.
    pub code: String,
    /// Its link.
    pub link: String,
    /// The link as a QR code: the address of a picture, with the picture in it.
    pub qr_png: String,
    /// Whom it was assigned to.
    pub assigned: Option<EmailAddress>,
}
