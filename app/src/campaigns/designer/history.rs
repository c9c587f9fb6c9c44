//! What was done to a design, to be undone and done again.

use domain::campaigns::design::Design;

/// How many steps back are kept.
const MOST: usize = 200;

/// What belongs together: a drag, or letters typed one after the other into the same field, are one step.
pub type Group = (&'static str, usize);

/// A design with its past, and the future that was undone.
#[derive(Debug, Clone, PartialEq)]
pub struct History {
    past: Vec<Design>,
    now: Design,
    future: Vec<Design>,
    group: Option<Group>,
}

impl History {
    /// A design that nothing was done to yet.
    pub fn new(design: Design) -> Self {
        Self {
            past: Vec::new(),
            now: design,
            future: Vec::new(),
            group: None,
        }
    }

    /// The design as it is.
    pub fn now(&self) -> &Design {
        &self.now
    }

    /// Does something. With a group it is one step with what was done just before in the same group.
    pub fn change(&mut self, group: Option<Group>, change: impl FnOnce(&mut Design)) {
        let mut next = self.now.clone();
        change(&mut next);
        if next == self.now {
            return;
        }
        let before = std::mem::replace(&mut self.now, next);
        if group.is_none() || group != self.group {
            self.past.push(before);
            if self.past.len() > MOST {
                self.past.remove(0);
            }
        }
        self.future.clear();
        self.group = group;
    }

    /// Lets the next change be a step of its own.
    pub fn end_group(&mut self) {
        self.group = None;
    }

    /// Whether there is something to undo.
    pub fn can_undo(&self) -> bool {
        !self.past.is_empty()
    }

    /// Whether something was undone.
    pub fn can_redo(&self) -> bool {
        !self.future.is_empty()
    }

    /// Takes the last step back.
    pub fn undo(&mut self) {
        if let Some(before) = self.past.pop() {
            self.future.push(std::mem::replace(&mut self.now, before));
            self.group = None;
        }
    }

    /// Takes the step again that was taken back last.
    pub fn redo(&mut self) {
        if let Some(after) = self.future.pop() {
            self.past.push(std::mem::replace(&mut self.now, after));
            self.group = None;
        }
    }
}

#[cfg(test)]
pub mod tests {
    use domain::campaigns::design::{Background, Layer, Square};

    use super::*;

    pub fn design() -> Design {
        Design {
            width: 1000.0,
            height: 600.0,
            background: Background::Plain {
                colour: "#ffffff".into(),
            },
            layers: vec![Layer::Qr(Square {
                x: 100.0,
                y: 100.0,
                side: 100.0,
            })],
        }
    }

    fn move_to(x: f32) -> impl FnOnce(&mut Design) {
        move |design| {
            let page = design.size();
            let at = design.layers[0].frame().x;
            design.layers[0].move_by(x - at, 0.0, page);
        }
    }

    fn place(history: &History) -> f32 {
        history.now().layers[0].frame().x
    }

    #[test]
    fn steps_are_taken_back_and_again_until_something_else_is_done() {
        let mut history = History::new(design());
        history.change(None, move_to(200.0));
        history.change(None, move_to(300.0));
        history.undo();
        assert_eq!(place(&history), 200.0);
        history.undo();
        assert_eq!((place(&history), history.can_undo()), (100.0, false));
        history.undo();
        history.redo();
        history.redo();
        assert_eq!((place(&history), history.can_redo()), (300.0, false));
        history.undo();
        history.change(None, move_to(250.0));
        assert!(!history.can_redo(), "the other future is gone");
        history.undo();
        assert_eq!(place(&history), 200.0);
    }

    #[test]
    fn a_drag_is_one_step_and_what_changes_nothing_is_none() {
        let mut history = History::new(design());
        for x in [110.0, 120.0, 130.0] {
            history.change(Some(("drag", 0)), move_to(x));
        }
        history.end_group();
        history.change(Some(("drag", 0)), move_to(140.0));
        history.change(None, move_to(140.0));
        history.undo();
        assert_eq!(place(&history), 130.0);
        history.undo();
        assert_eq!((place(&history), history.can_undo()), (100.0, false));
    }

    #[test]
    fn the_past_is_bounded() {
        let mut history = History::new(design());
        for step in 0..500u16 {
            history.change(None, move_to(f32::from(step)));
        }
        assert_eq!(history.past.len(), MOST);
    }
}
