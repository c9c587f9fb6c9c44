//! Where things snap to while they are dragged, and how they are lined up.

use domain::campaigns::design::{Frame, Layer};

/// The lines that something snapped to, to be shown.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Guides {
    /// An upright line.
    pub x: Option<f32>,
    /// A level line.
    pub y: Option<f32>,
}

/// A direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Axis {
    /// From left to right.
    Across,
    /// From top to bottom.
    Down,
}

/// How far something is from the nearest line within reach: the middle and the edges of the page and of everything else.
pub fn snap(frame: Frame, page: (f32, f32), others: &[Frame], reach: f32) -> (f32, f32, Guides) {
    let mut across = vec![0.0, page.0 / 2.0, page.0];
    let mut down = vec![0.0, page.1 / 2.0, page.1];
    for other in others {
        across.extend(edges(other.x, other.width));
        down.extend(edges(other.y, other.height));
    }
    let (dx, x) = nearest(&edges(frame.x, frame.width), &across, reach);
    let (dy, y) = nearest(&edges(frame.y, frame.height), &down, reach);
    (dx, dy, Guides { x, y })
}

/// The start, the middle and the end.
fn edges(start: f32, length: f32) -> [f32; 3] {
    [start, start + length / 2.0, start + length]
}

fn nearest(own: &[f32], lines: &[f32], reach: f32) -> (f32, Option<f32>) {
    let mut found: Option<(f32, f32)> = None;
    for line in lines {
        for edge in own {
            let away = line - edge;
            if away.abs() <= reach && found.is_none_or(|(best, _)| away.abs() < best.abs()) {
                found = Some((away, *line));
            }
        }
    }
    found.map_or((0.0, None), |(away, line)| (away, Some(line)))
}

/// Brings something into the middle of the page.
pub fn centre(layer: &mut Layer, axis: Axis, page: (f32, f32)) {
    let frame = layer.frame();
    match axis {
        Axis::Across => layer.move_by(page.0 / 2.0 - (frame.x + frame.width / 2.0), 0.0, page),
        Axis::Down => layer.move_by(0.0, page.1 / 2.0 - (frame.y + frame.height / 2.0), page),
    }
}

/// Where something is dragged to: as far as the pointer went, or to a line that is near.
pub fn dragged(
    start: &Layer,
    (dx, dy): (f32, f32),
    page: (f32, f32),
    others: &[Frame],
    reach: f32,
) -> (Layer, Guides) {
    let mut layer = start.clone();
    layer.move_by(dx, dy, page);
    let (near_x, near_y, guides) = snap(layer.frame(), page, others, reach);
    layer.move_by(near_x, near_y, page);
    (layer, guides)
}

#[cfg(test)]
mod tests {
    use super::super::history::tests::design;
    use super::*;

    const PAGE: (f32, f32) = (1000.0, 600.0);

    fn frame(x: f32, y: f32) -> Frame {
        Frame {
            x,
            y,
            width: 100.0,
            height: 100.0,
        }
    }

    #[test]
    fn what_is_near_a_line_snaps_to_the_nearest_and_shows_it() {
        let (dx, dy, guides) = snap(frame(447.0, 304.0), PAGE, &[], 5.0);
        assert_eq!(
            (dx, dy),
            (3.0, -4.0),
            "its middle to that of the page, its top to the middle"
        );
        assert_eq!(
            guides,
            Guides {
                x: Some(500.0),
                y: Some(300.0)
            }
        );
        let others = [frame(200.0, 20.0)];
        let (dx, _, guides) = snap(frame(303.0, 200.0), PAGE, &others, 5.0);
        assert_eq!(
            (dx, guides.x),
            (-3.0, Some(300.0)),
            "its left edge to the other's right one"
        );
        assert_eq!(snap(frame(330.0, 215.0), PAGE, &others, 5.0).2, Guides::default());
    }

    #[test]
    fn a_drag_follows_the_pointer_and_stays_on_the_page() {
        let start = design().layers[0].clone();
        let (layer, guides) = dragged(&start, (33.0, 47.0), PAGE, &[], 4.0);
        assert_eq!((layer.frame().x, layer.frame().y), (133.0, 147.0));
        assert_eq!(guides, Guides::default());
        let (layer, _) = dragged(&start, (5000.0, -5000.0), PAGE, &[], 4.0);
        assert_eq!((layer.frame().x, layer.frame().y), (900.0, 0.0));
    }

    #[test]
    fn the_middle_of_the_page_is_the_middle_of_the_thing() {
        let mut layer = design().layers[0].clone();
        centre(&mut layer, Axis::Across, PAGE);
        centre(&mut layer, Axis::Down, PAGE);
        assert_eq!((layer.frame().x, layer.frame().y), (450.0, 250.0));
    }
}
