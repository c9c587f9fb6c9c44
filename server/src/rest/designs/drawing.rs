//! A design as it is sent and taken.

use domain::DesignPictureId;
use domain::campaigns::design::{Align, Background, Design, Field, Layer, Picture, Square};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// How a certificate or badge looks. Places and sizes are in units of the page; A4 lying down is 1123 by 794.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Drawing {
    /// The width of the page.
    width: f32,
    /// Its height.
    height: f32,
    /// What stands behind everything.
    background: Behind,
    /// What stands on the page, in reading order; what comes later covers what came before.
    layers: Vec<Thing>,
}

/// What stands behind everything.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
enum Behind {
    /// One colour.
    Plain {
        /// `#rrggbb`.
        colour: String,
    },
    /// The drawing of a template.
    Template {
        /// `classic`, `modern`, `quiet`, `round`, `shield` or `hexagon`.
        template: String,
        /// `#rrggbb`.
        colour: String,
    },
    /// A picture of this campaign, which covers the page.
    Picture {
        /// Its id.
        picture_id: Uuid,
    },
}

/// Something on the page.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
enum Thing {
    /// A text.
    Text {
        /// The text; `{recipient}`, `{title}`, `{issuer}`, `{date}`, `{until}`, `{description}`, `{id}` and columns of
        /// an import are replaced.
        text: String,
        /// Where its lines meet: their left edge, middle or right edge, as `align` says.
        x: f32,
        /// The base line of its first line.
        y: f32,
        /// How wide it may be: it shrinks to fit.
        width: f32,
        /// The height of its letters, if it fits.
        size: f32,
        /// How many lines it may take before it shrinks, 1 to 4.
        #[serde(default = "one")]
        lines: u8,
        /// Letters with serifs.
        #[serde(default)]
        serif: bool,
        /// Bold letters.
        #[serde(default)]
        bold: bool,
        /// Where its lines meet `x`.
        #[serde(default)]
        align: Alignment,
        /// `#rrggbb`.
        colour: String,
        /// Whether it is the heading of the page, for screen readers; at most one is.
        #[serde(default)]
        heading: bool,
    },
    /// The QR code that leads to the credential's public page; at most one.
    Qr {
        /// Its left edge.
        x: f32,
        /// Its upper edge.
        y: f32,
        /// Its side, at least 40.
        side: f32,
    },
    /// A picture of this campaign, as large as fits into its frame.
    Picture {
        /// Its id.
        picture_id: Uuid,
        /// The left edge of its frame.
        x: f32,
        /// The upper edge of its frame.
        y: f32,
        /// The width of its frame.
        width: f32,
        /// The height of its frame.
        height: f32,
        /// What is on it, for those who do not see it; blank: it says nothing.
        #[serde(default)]
        description: String,
    },
}

fn one() -> u8 {
    1
}

/// Where lines meet.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Alignment {
    /// At their left edge.
    Left,
    /// In the middle.
    #[default]
    Middle,
    /// At their right edge.
    Right,
}

impl From<Design> for Drawing {
    fn from(design: Design) -> Self {
        Self {
            width: design.width,
            height: design.height,
            background: match design.background {
                Background::Plain { colour } => Behind::Plain { colour },
                Background::Template { template, colour } => Behind::Template { template, colour },
                Background::Picture { picture } => Behind::Picture {
                    picture_id: picture.0,
                },
            },
            layers: design.layers.into_iter().map(Thing::from).collect(),
        }
    }
}

impl From<Drawing> for Design {
    fn from(drawing: Drawing) -> Self {
        Self {
            width: drawing.width,
            height: drawing.height,
            background: match drawing.background {
                Behind::Plain { colour } => Background::Plain { colour },
                Behind::Template { template, colour } => Background::Template { template, colour },
                Behind::Picture { picture_id } => Background::Picture {
                    picture: DesignPictureId(picture_id),
                },
            },
            layers: drawing.layers.into_iter().map(Layer::from).collect(),
        }
    }
}

impl From<Layer> for Thing {
    fn from(layer: Layer) -> Self {
        match layer {
            Layer::Text(field) => Self::Text {
                text: field.text,
                x: field.x,
                y: field.y,
                width: field.width,
                size: field.size,
                lines: field.lines,
                serif: field.serif,
                bold: field.bold,
                align: match field.align {
                    Align::Left => Alignment::Left,
                    Align::Middle => Alignment::Middle,
                    Align::Right => Alignment::Right,
                },
                colour: field.colour,
                heading: field.heading,
            },
            Layer::Qr(Square { x, y, side }) => Self::Qr { x, y, side },
            Layer::Picture(picture) => Self::Picture {
                picture_id: picture.picture.0,
                x: picture.x,
                y: picture.y,
                width: picture.width,
                height: picture.height,
                description: picture.description,
            },
        }
    }
}

impl From<Thing> for Layer {
    fn from(thing: Thing) -> Self {
        match thing {
            Thing::Text {
                text,
                x,
                y,
                width,
                size,
                lines,
                serif,
                bold,
                align,
                colour,
                heading,
            } => Self::Text(Field {
                text,
                x,
                y,
                width,
                size,
                lines,
                serif,
                bold,
                align: match align {
                    Alignment::Left => Align::Left,
                    Alignment::Middle => Align::Middle,
                    Alignment::Right => Align::Right,
                },
                colour,
                heading,
            }),
            Thing::Qr { x, y, side } => Self::Qr(Square { x, y, side }),
            Thing::Picture {
                picture_id,
                x,
                y,
                width,
                height,
                description,
            } => Self::Picture(Picture {
                picture: DesignPictureId(picture_id),
                x,
                y,
                width,
                height,
                description,
            }),
        }
    }
}
