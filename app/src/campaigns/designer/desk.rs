//! What a designer works on: the design with its past, what is chosen, and the version that it was made from.

use domain::CampaignId;
use domain::campaigns::design::{
    Align, Design, DesignVersion, DesignView, DrawnText, Field, Layer, MOST_LAYERS, Square,
};
use domain::campaigns::{CampaignKind, DesignChoice};
use domain::form::Problems;
use leptos::prelude::*;

use super::history::{Group, History};
use super::leaving;
use super::placing::Guides;
use super::texts;
use crate::ui::toast::Toasts;

/// The desk.
#[derive(Clone, Copy)]
pub struct Desk {
    /// Whose design it is.
    pub campaign: CampaignId,
    /// What the campaign gives.
    pub kind: CampaignKind,
    /// Whether the caller may change it.
    pub may_change: bool,
    /// The design with what was done to it.
    pub history: RwSignal<History>,
    /// Which layer is chosen.
    pub chosen: RwSignal<Option<usize>>,
    /// The version that counts, as far as it is known here.
    pub version: RwSignal<DesignVersion>,
    /// The design as it was saved.
    pub saved: RwSignal<Design>,
    /// What does not fit.
    pub problems: RwSignal<Problems>,
    /// That somebody else has saved.
    pub conflict: RwSignal<Option<String>>,
    /// Whether a save is on its way.
    pub busy: RwSignal<bool>,
    /// The lines that something snapped to.
    pub guides: RwSignal<Guides>,
    /// Texts as they are drawn.
    pub drawn: RwSignal<Vec<(Field, DrawnText)>>,
    /// What was done last, for those who do not see it.
    pub said: RwSignal<String>,
    /// A QR code, one unit wide.
    pub qr: StoredValue<String>,
    /// The columns that recipients came with.
    pub columns: StoredValue<Vec<String>>,
    /// The templates for backgrounds.
    pub templates: StoredValue<Vec<DesignChoice>>,
    /// Short messages.
    pub toasts: Toasts,
}

impl Desk {
    /// A desk with a design on it, or with what was left there unsaved.
    pub fn new(view: DesignView, may_change: bool) -> Self {
        let fields = view.design.fields().map(texts::alone);
        let drawn = fields.zip(view.drawn).collect();
        let mut history = History::new(view.design.clone());
        let said = match leaving::left(view.campaign, view.version.id) {
            Some(left) => {
                history.change(None, |design| *design = left);
                "Your changes from before are here, still unsaved."
            }
            None => "",
        };
        Self {
            campaign: view.campaign,
            kind: view.kind,
            may_change,
            history: RwSignal::new(history),
            chosen: RwSignal::new(None),
            version: RwSignal::new(view.version),
            saved: RwSignal::new(view.design),
            problems: RwSignal::new(Problems::default()),
            conflict: RwSignal::new(None),
            busy: RwSignal::new(false),
            guides: RwSignal::new(Guides::default()),
            drawn: RwSignal::new(drawn),
            said: RwSignal::new(said.to_owned()),
            qr: StoredValue::new(view.qr),
            columns: StoredValue::new(view.columns),
            templates: StoredValue::new(view.templates),
            toasts: Toasts::current(),
        }
    }

    /// Whether something is not saved.
    pub fn is_unsaved(self) -> bool {
        self.history
            .with(|history| self.saved.with(|saved| history.now() != saved))
    }

    /// The same, without being told when it changes.
    pub fn is_unsaved_untracked(self) -> bool {
        let unsaved = self
            .history
            .try_with_untracked(|history| self.saved.try_with_untracked(|saved| history.now() != saved));
        unsaved.flatten().unwrap_or(false)
    }

    /// A layer as it is.
    pub fn layer(self, at: usize) -> Option<Layer> {
        self.history.with(|history| history.now().layers.get(at).cloned())
    }

    /// Does something to the design.
    pub fn change(self, group: Option<Group>, change: impl FnOnce(&mut Design)) {
        if self.may_change {
            self.history.update(|history| history.change(group, change));
            self.problems.set(Problems::default());
        }
    }

    /// Does something to what is chosen. What is done in the same way again at once is one step.
    pub fn change_chosen(self, what: &'static str, change: impl FnOnce(&mut Layer, (f32, f32))) {
        let Some(at) = self.chosen.get_untracked() else {
            return;
        };
        self.change(Some((what, at)), |design| {
            let page = design.size();
            if let Some(layer) = design.layers.get_mut(at) {
                change(layer, page);
            }
        });
    }

    /// Moves what is chosen, and says where it is.
    pub fn nudge(self, dx: f32, dy: f32) {
        self.change_chosen("nudge", |layer, page| layer.move_by(dx, dy, page));
        self.say_chosen();
    }

    /// Chooses something.
    pub fn choose(self, at: Option<usize>) {
        self.history.update_untracked(History::end_group);
        self.chosen.set(at);
        self.say_chosen();
    }

    /// Chooses the next or the one before, round and round.
    pub fn choose_by(self, step: isize) {
        let count = self.history.with_untracked(|history| history.now().layers.len());
        if count == 0 {
            return;
        }
        let next = match (self.chosen.get_untracked(), step) {
            (Some(at), 1..) => (at + 1) % count,
            (Some(at), _) => (at + count - 1) % count,
            (None, 1..) => 0,
            (None, _) => count - 1,
        };
        self.choose(Some(next));
    }

    fn say_chosen(self) {
        let said = untrack(|| {
            let layer = self.chosen.get().and_then(|at| self.layer(at));
            layer.map_or_else(String::new, |layer| {
                let frame = layer.frame();
                format!(
                    "{}: {} across, {} down",
                    layer.label(),
                    frame.x.round(),
                    frame.y.round()
                )
            })
        });
        self.said.set(said);
    }

    /// Puts something on the page, on top of everything, and chooses it.
    pub fn add(self, layer: Layer) {
        let count = self.history.with_untracked(|history| history.now().layers.len());
        if count >= MOST_LAYERS {
            self.toasts
                .say(format!("A design holds at most {MOST_LAYERS} elements."));
            return;
        }
        self.change(None, |design| design.layers.push(layer));
        self.choose(Some(count));
    }

    /// Takes away what is chosen.
    pub fn remove_chosen(self) {
        let Some(at) = self.chosen.get_untracked().filter(|_| self.may_change) else {
            return;
        };
        let label = untrack(|| self.layer(at)).map(|layer| layer.label());
        self.chosen.set(None);
        self.change(None, |design| {
            if at < design.layers.len() {
                design.layers.remove(at);
            }
        });
        self.said
            .set(label.map_or_else(String::new, |label| format!("{label} was taken away.")));
    }

    /// Puts a copy of what is chosen beside it.
    pub fn duplicate_chosen(self) {
        let layer = self
            .chosen
            .get_untracked()
            .and_then(|at| untrack(|| self.layer(at)));
        let page = self.history.with_untracked(|history| history.now().size());
        match layer {
            Some(Layer::Qr(_)) => self.toasts.say("A design has one QR code at most."),
            Some(mut layer) => {
                layer.move_by(16.0, 16.0, page);
                if let Layer::Text(field) = &mut layer {
                    field.heading = false;
                }
                self.add(layer);
            }
            None => {}
        }
    }

    /// Moves what is chosen up or down in the reading order.
    pub fn reorder_chosen(self, down: bool) {
        let Some(at) = self.chosen.get_untracked() else {
            return;
        };
        let count = self.history.with_untracked(|history| history.now().layers.len());
        let to = if down { at + 1 } else { at.wrapping_sub(1) };
        if at < count && to < count {
            self.change(None, |design| design.layers.swap(at, to));
            self.chosen.set(Some(to));
            self.said.set(format!("Now number {} of {count}.", to + 1));
        }
    }

    /// Takes the last step back, or again.
    pub fn step(self, again: bool) {
        self.history
            .update(|history| if again { history.redo() } else { history.undo() });
        self.problems.set(Problems::default());
        let count = self.history.with_untracked(|history| history.now().layers.len());
        if self.chosen.get_untracked().is_some_and(|at| at >= count) {
            self.chosen.set(None);
        }
        self.said
            .set(if again { "Done again." } else { "Taken back." }.to_owned());
    }

    /// Puts a new text on the page.
    pub fn add_text(self) {
        let (width, height) = self.history.with_untracked(|history| history.now().size());
        self.add(Layer::Text(Field {
            text: "New text".into(),
            x: (width / 2.0).round(),
            y: (height / 2.0).round(),
            width: (width * 0.6).round(),
            size: (height * 0.04).clamp(12.0, 40.0).round(),
            lines: 1,
            serif: false,
            bold: false,
            align: Align::Middle,
            colour: "#1f2937".into(),
            heading: false,
        }));
    }

    /// Puts the QR code on the page.
    pub fn add_qr(self) {
        let (width, height) = self.history.with_untracked(|history| history.now().size());
        let side = (width.min(height) * 0.15)
            .max(60.0)
            .min(width.min(height))
            .round();
        self.add(Layer::Qr(Square {
            x: ((width - side) / 2.0).round(),
            y: ((height - side) / 2.0).round(),
            side,
        }));
    }

    /// Whether there is a QR code.
    pub fn has_qr(self) -> bool {
        self.history.with(|history| {
            let layers = &history.now().layers;
            layers.iter().any(|layer| matches!(layer, Layer::Qr(_)))
        })
    }
}
