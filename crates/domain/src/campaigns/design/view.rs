//! What the designer shows, and what it asks for.

use serde::{Deserialize, Serialize};

use super::super::{CampaignKind, DesignChoice};
use super::Design;
use crate::{CampaignId, DesignId, DesignPictureId, RecipientId, When};

/// The largest picture that is uploaded, in bytes.
pub const MOST_PICTURE_BYTES: usize = 4 * 1024 * 1024;
/// The most pictures that a campaign keeps.
pub const MOST_PICTURES: i64 = 60;
/// What is said of a larger one.
pub const PICTURE_TOO_LARGE: &str = "A picture has at most 4 MB.";

/// The design of a campaign, as the designer opens with it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DesignView {
    /// Whose design it is.
    pub campaign: CampaignId,
    /// What recipients get.
    pub title: String,
    /// What the campaign gives.
    pub kind: CampaignKind,
    /// The design.
    pub design: Design,
    /// Which version it is, of whom and when.
    pub version: DesignVersion,
    /// How its texts look, in their order, with a sample recipient.
    pub drawn: Vec<DrawnText>,
    /// A QR code, as wide as one unit: the inside of an `<svg>` element.
    pub qr: String,
    /// The columns that recipients came with.
    pub columns: Vec<String>,
    /// The templates for backgrounds.
    pub templates: Vec<DesignChoice>,
}

/// A version of a design.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DesignVersion {
    /// Its id.
    pub id: DesignId,
    /// Counted from 1.
    pub number: i64,
    /// When it was saved.
    pub saved: When,
    /// Who saved it; blank where it was not recorded.
    pub author: String,
    /// Whether it is the one that counts.
    pub is_current: bool,
}

/// A text as it is drawn, in a design's units, as if it stood at 0, 0.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct DrawnText {
    /// Its outlines: the inside of an `<svg>` element. Empty where nothing is drawn.
    pub svg: String,
}

/// A picture that was uploaded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DesignPicture {
    /// Its id.
    pub id: DesignPictureId,
    /// What its file was called.
    pub name: String,
    /// Its width, in pixels or units of its own.
    pub width: i64,
    /// Its height.
    pub height: i64,
}

/// Whose certificate a preview shows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PreviewOf {
    /// Somebody with an ordinary name.
    #[default]
    Ordinary,
    /// Somebody with as long a name as one may have.
    Longest,
    /// Somebody whose name mixes scripts and directions.
    Strangest,
    /// A recipient of the campaign.
    Recipient(RecipientId),
}
