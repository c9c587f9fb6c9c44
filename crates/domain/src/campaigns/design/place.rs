//! Where things stand on a design, whatever they are.

use super::{Align, Design, Field, Layer};

/// From one base line to the next, in heights of letters.
pub(super) const LINE: f32 = 1.25;
/// How much of a letter stands below its base line.
const DESCENT: f32 = 0.25;

/// A rectangle on a design.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Frame {
    /// Its left edge.
    pub x: f32,
    /// Its upper edge.
    pub y: f32,
    /// Its width.
    pub width: f32,
    /// Its height.
    pub height: f32,
}

impl Field {
    fn left(&self) -> f32 {
        match self.align {
            Align::Left => self.x,
            Align::Middle => self.x - self.width / 2.0,
            Align::Right => self.x - self.width,
        }
    }
}

impl Layer {
    /// The room that it takes: for a text, its width and as many lines as it may have.
    pub fn frame(&self) -> Frame {
        match self {
            Self::Text(field) => Frame {
                x: field.left(),
                y: field.y - field.size,
                width: field.width,
                height: field.size * (1.0 + DESCENT + f32::from(field.lines.saturating_sub(1)) * LINE),
            },
            Self::Qr(square) => Frame {
                x: square.x,
                y: square.y,
                width: square.side,
                height: square.side,
            },
            Self::Picture(picture) => Frame {
                x: picture.x,
                y: picture.y,
                width: picture.width,
                height: picture.height,
            },
        }
    }

    /// Moves it, as far as the page goes.
    pub fn move_by(&mut self, dx: f32, dy: f32, design: (f32, f32)) {
        let (width, height) = design;
        let frame = self.frame();
        match self {
            // A text may reach over the edge; where it stands may not.
            Self::Text(field) => {
                field.x = rounded((field.x + dx).clamp(0.0, width));
                field.y = rounded((field.y + dy).clamp(0.0, height));
            }
            Self::Qr(square) => {
                square.x = rounded((square.x + dx).clamp(0.0, (width - frame.width).max(0.0)));
                square.y = rounded((square.y + dy).clamp(0.0, (height - frame.height).max(0.0)));
            }
            Self::Picture(picture) => {
                picture.x = rounded((picture.x + dx).clamp(0.0, (width - frame.width).max(0.0)));
                picture.y = rounded((picture.y + dy).clamp(0.0, (height - frame.height).max(0.0)));
            }
        }
    }

    /// Makes it wider or narrower by pulling at its lower right corner, as far as the page goes. A text keeps the size
    /// of its letters, a QR code stays a square, and a picture keeps its proportions.
    pub fn widen_by(&mut self, dx: f32, design: (f32, f32)) {
        let (width, height) = design;
        match self {
            Self::Text(field) => {
                // The middle stays in the middle, so that both edges move.
                let pulled = match field.align {
                    Align::Middle => 2.0 * dx,
                    Align::Left | Align::Right => dx,
                };
                field.width = rounded((field.width + pulled).clamp(10.0, width));
            }
            Self::Qr(square) => {
                let most = (width - square.x).min(height - square.y);
                square.side = rounded((square.side + dx).clamp(40.0_f32.min(most), most));
            }
            Self::Picture(picture) => {
                let proportion = picture.height / picture.width.max(1.0);
                let most = (width - picture.x).min((height - picture.y) / proportion.max(0.001));
                picture.width = rounded((picture.width + dx).clamp(8.0_f32.min(most), most));
                picture.height = rounded((picture.width * proportion).clamp(1.0, height - picture.y));
            }
        }
    }
}

impl Design {
    /// Its width and height.
    pub fn size(&self) -> (f32, f32) {
        (self.width, self.height)
    }
}

/// A tenth of a unit is finer than anybody sees.
fn rounded(number: f32) -> f32 {
    (number * 10.0).round() / 10.0
}

#[cfg(test)]
mod tests {
    use super::super::check::tests::design;
    use super::super::{Picture, Square};
    use super::*;

    const PAGE: (f32, f32) = (1123.0, 794.0);

    #[test]
    fn nothing_leaves_the_page() {
        let mut design = design();
        for layer in &mut design.layers {
            for (dx, dy) in [(-9e9, -9e9), (9e9, 9e9), (-3.0, -700.0), (0.04, 0.04)] {
                layer.move_by(dx, dy, PAGE);
                layer.widen_by(dx, PAGE);
            }
        }
        assert_eq!(design.check(), Ok(()));
    }

    #[test]
    fn a_text_in_the_middle_grows_to_both_sides() {
        let mut layer = design().layers[0].clone();
        let before = layer.frame();
        layer.widen_by(-50.0, PAGE);
        let after = layer.frame();
        assert_eq!((after.x, after.width), (before.x + 50.0, before.width - 100.0));
    }

    #[test]
    fn a_code_stays_square_and_a_picture_keeps_its_proportions() {
        let mut code = Layer::Qr(Square {
            x: 10.0,
            y: 10.0,
            side: 100.0,
        });
        code.widen_by(20.0, PAGE);
        assert_eq!((code.frame().width, code.frame().height), (120.0, 120.0));
        let mut picture = Layer::Picture(Picture {
            picture: crate::DesignPictureId(uuid::Uuid::nil()),
            x: 0.0,
            y: 0.0,
            width: 100.0,
            height: 50.0,
            description: String::new(),
        });
        picture.widen_by(100.0, PAGE);
        assert_eq!((picture.frame().width, picture.frame().height), (200.0, 100.0));
    }
}
