//! Which rows of a long list are in the page: those near the visible area. The others are gaps of the same height.
//! Plain arithmetic, so that it can be tested.

/// Up to this many rows, all are in the page.
pub const ALL_UP_TO: usize = 80;

/// Rows kept on each side of the visible area.
const MARGIN: usize = 15;

/// A part of a long list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Piece {
    /// The row at this index.
    Row(usize),
    /// This many rows from this index on, not in the page.
    Gap {
        /// The first of them.
        from: usize,
        /// How many.
        rows: usize,
    },
}

/// The rows, from the first to before the last, that are near the visible area, in steps of ten, so that scrolling by a
/// row changes nothing. `above` is how far the list's start is above the window's top edge.
pub fn near(above: f64, seen: f64, row: f64, rows: usize) -> (usize, usize) {
    if rows <= ALL_UP_TO || row <= 0.0 {
        return (0, rows);
    }
    let first = (above / row).max(0.0) as usize;
    let last = ((above + seen) / row).max(0.0) as usize + 1;
    let from = first.saturating_sub(MARGIN) / 10 * 10;
    let to = ((last + MARGIN) / 10 + 1) * 10;
    (from.min(rows), to.min(rows))
}

/// The list in pieces: the rows near what can be seen, the row that has the focus wherever it is (it would
/// lose the focus if it left the page), and gaps for the rest.
pub fn pieces(rows: usize, near: (usize, usize), focused: Option<usize>) -> Vec<Piece> {
    if rows <= ALL_UP_TO {
        return (0..rows).map(Piece::Row).collect();
    }
    let (from, to) = (near.0.min(rows), near.1.min(rows));
    let mut pieces = Vec::with_capacity(to - from + 4);
    let focused = focused.filter(|at| *at < rows && !(from..to).contains(at));
    let mut at = 0;
    let mut gap_to = |pieces: &mut Vec<Piece>, end: usize| {
        if end > at {
            pieces.push(Piece::Gap {
                from: at,
                rows: end - at,
            });
        }
        at = end;
    };
    if let Some(focused) = focused.filter(|focused| *focused < from) {
        gap_to(&mut pieces, focused);
        pieces.push(Piece::Row(focused));
        gap_to(&mut Vec::new(), focused + 1);
    }
    gap_to(&mut pieces, from);
    pieces.extend((from..to).map(Piece::Row));
    gap_to(&mut Vec::new(), to);
    if let Some(focused) = focused.filter(|focused| *focused >= to) {
        gap_to(&mut pieces, focused);
        pieces.push(Piece::Row(focused));
        gap_to(&mut Vec::new(), focused + 1);
    }
    gap_to(&mut pieces, rows);
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The pieces cover every row once, in order.
    fn covered(pieces: &[Piece]) -> usize {
        let mut at = 0;
        for piece in pieces {
            match piece {
                Piece::Row(row) => {
                    assert_eq!(*row, at);
                    at += 1;
                }
                Piece::Gap { from, rows } => {
                    assert_eq!(*from, at);
                    at += rows;
                }
            }
        }
        at
    }

    #[test]
    fn a_short_list_is_in_the_page_as_a_whole() {
        assert_eq!(near(5_000.0, 800.0, 50.0, 80), (0, 80));
        assert_eq!(
            pieces(3, (0, 3), None),
            [Piece::Row(0), Piece::Row(1), Piece::Row(2)]
        );
    }

    #[test]
    fn of_a_long_list_only_the_rows_near_what_can_be_seen_are_in_the_page() {
        let near = near(50_000.0, 800.0, 50.0, 5_000);
        assert_eq!(near, (980, 1040));
        let pieces = pieces(5_000, near, None);
        assert_eq!(pieces.first(), Some(&Piece::Gap { from: 0, rows: 980 }));
        assert_eq!(
            pieces.last(),
            Some(&Piece::Gap {
                from: 1040,
                rows: 3_960
            })
        );
        assert_eq!(covered(&pieces), 5_000);
    }

    #[test]
    fn the_focused_row_stays_in_the_page() {
        for focused in [0, 3, 979, 980, 1_039, 1_040, 4_999] {
            let pieces = pieces(5_000, (980, 1_040), Some(focused));
            assert!(pieces.contains(&Piece::Row(focused)), "{focused}");
            assert_eq!(covered(&pieces), 5_000, "{focused}");
        }
    }

    #[test]
    fn the_window_never_leaves_the_list() {
        for above in [-300.0, 0.0, 1e9] {
            let (from, to) = near(above, 800.0, 50.0, 200);
            assert!(from <= to && to <= 200);
            assert_eq!(covered(&pieces(200, (from, to), None)), 200);
        }
    }
}
