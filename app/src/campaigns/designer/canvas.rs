//! The page with everything on it.
//!
//! It is one place for the keyboard: what stands on it is chosen by keys or in the list beside it, so that nobody has to
//! walk through sixty things to get past it.

use domain::campaigns::design::{Background, Layer};
use leptos::prelude::*;
use web_sys::PointerEvent;

use super::desk::Desk;
use super::history::History;
use super::placing::{Guides, dragged};
use super::{keys, texts};
use crate::routes;
use crate::ui::browser;

/// How near a line catches, in pixels of the screen.
const REACH: f32 = 6.0;
/// The side of the handle, in pixels of the screen on a page of usual width.
const HANDLE: f32 = 14.0;

/// A drag that is under way.
#[derive(Clone)]
struct Drag {
    at: usize,
    layer: Layer,
    from: (f32, f32),
    /// Units for each pixel of the screen.
    scale: f32,
    widens: bool,
}

/// The page.
pub fn canvas(desk: Desk) -> AnyView {
    let drag = StoredValue::new(None::<Drag>);
    let size = Memo::new(move |_| desk.history.with(|history| history.now().size()));
    let count = Memo::new(move |_| desk.history.with(|history| history.now().layers.len()));
    let end = move |_: PointerEvent| {
        drag.set_value(None);
        desk.history.update_untracked(History::end_group);
        desk.guides.set(Guides::default());
    };
    view! {
        <div
            class="designer-canvas" id="design-page" tabindex="0" role="application" aria-label="Design"
            aria-describedby="design-keys"
            on:keydown=move |event| keys::pressed(desk, &event)
        >
            <span class="unseen" id="design-keys">"Brackets choose, arrow keys move, Delete takes away."</span>
            <svg
                viewBox=move || { let (width, height) = size.get(); format!("0 0 {width} {height}") }
                aria-hidden="true"
                on:pointerdown=move |event| grab(desk, drag, &event)
                on:pointermove=move |event| pull(desk, drag, &event)
                on:pointerup=end
                on:pointercancel=end
            >
                <g inner_html=move || behind(desk)></g>
                <For each=move || 0..count.get() key=|at| *at children=move |at| layer(desk, at)/>
                {move || lines(desk.guides.get(), size.get())}
                {move || frame(desk)}
            </svg>
        </div>
    }
    .into_any()
}

/// What stands behind everything.
fn behind(desk: Desk) -> String {
    desk.history.with(|history| {
        let design = history.now();
        let (width, height) = design.size();
        let picture = |address: String| {
            format!(
                "<image width=\"{width}\" height=\"{height}\" preserveAspectRatio=\"xMidYMid slice\" href=\"{}\"/>",
                address.replace('&', "&amp;").replace('"', "")
            )
        };
        match &design.background {
            Background::Plain { colour } => {
                let colour = if domain::campaigns::design::is_colour(colour) { colour } else { "#ffffff" };
                format!("<rect width=\"{width}\" height=\"{height}\" fill=\"{colour}\"/>")
            }
            Background::Template { template, colour } => picture(routes::template_background(template, colour)),
            Background::Picture { picture: id } => picture(routes::picture(desk.campaign, *id)),
        }
    })
}

/// One thing on the page. Only its place is changed while it moves.
fn layer(desk: Desk, at: usize) -> AnyView {
    let now = Memo::new(move |_| desk.layer(at));
    let inside = Memo::new(move |_| {
        now.with(|layer| match layer {
            Some(Layer::Text(field)) => desk.drawn.with(|drawn| texts::markup(field, drawn)),
            Some(Layer::Qr(_)) => desk.qr.get_value(),
            Some(Layer::Picture(picture)) => format!(
                "<image width=\"{}\" height=\"{}\" href=\"{}\"/>",
                picture.width,
                picture.height,
                routes::picture(desk.campaign, picture.picture)
            ),
            None => String::new(),
        })
    });
    let place = move || {
        now.with(|layer| match layer {
            Some(Layer::Text(field)) => format!("translate({} {})", field.x, field.y),
            Some(Layer::Qr(square)) => format!("translate({} {}) scale({})", square.x, square.y, square.side),
            Some(Layer::Picture(picture)) => format!("translate({} {})", picture.x, picture.y),
            None => String::new(),
        })
    };
    let side = move |which: fn(&domain::campaigns::design::Frame) -> f32| {
        move || now.with(|layer| layer.as_ref().map(|layer| which(&layer.frame()).to_string()))
    };
    view! {
        <g class="layer" data-layer=at.to_string()>
            <g transform=place inner_html=move || inside.get()></g>
            <rect
                class="grab" x=side(|frame| frame.x) y=side(|frame| frame.y)
                width=side(|frame| frame.width) height=side(|frame| frame.height)
            ></rect>
        </g>
    }
    .into_any()
}

/// The frame around what is chosen, with its handle.
fn frame(desk: Desk) -> Option<AnyView> {
    let at = desk.chosen.get()?;
    let frame = desk.layer(at)?.frame();
    let (width, _) = desk.history.with(|history| history.now().size());
    // As large on the screen whatever the units of the page.
    let side = HANDLE * width / 700.0;
    let handle = desk.may_change.then(|| {
        view! {
            <rect
                class="handle" data-handle="" x=(frame.x + frame.width - side / 2.0).to_string()
                y=(frame.y + frame.height - side / 2.0).to_string() width=side.to_string() height=side.to_string()
            ></rect>
        }
    });
    Some(
        view! {
            <rect
                class="frame" x=frame.x.to_string() y=frame.y.to_string()
                width=frame.width.to_string() height=frame.height.to_string()
            ></rect>
            {handle}
        }
        .into_any(),
    )
}

/// The lines that something snapped to.
fn lines(guides: Guides, (width, height): (f32, f32)) -> AnyView {
    let upright = guides.x.map(|x| format!("M{x} 0V{height}"));
    let level = guides.y.map(|y| format!("M0 {y}H{width}"));
    let path: String = upright.into_iter().chain(level).collect();
    view! { <path class="guide" d=path></path> }.into_any()
}

fn grab(desk: Desk, drag: StoredValue<Option<Drag>>, event: &PointerEvent) {
    if event.button() != 0 {
        return;
    }
    let Some(target) = browser::target(event) else {
        return;
    };
    let is_handle = target.has_attribute("data-handle");
    let over = target.closest("[data-layer]").ok().flatten();
    let over = over.and_then(|group| group.get_attribute("data-layer")?.parse().ok());
    let at = if is_handle {
        desk.chosen.get_untracked()
    } else {
        over
    };
    desk.choose(at);
    let page = target.closest("svg").ok().flatten();
    let (Some(at), Some(page)) = (at, page) else {
        return;
    };
    let shown = page.get_bounding_client_rect().width() as f32;
    let (width, _) = desk.history.with_untracked(|history| history.now().size());
    let layer = untrack(|| desk.layer(at));
    if let Some(layer) = layer.filter(|_| desk.may_change && shown > 0.0) {
        drop(page.set_pointer_capture(event.pointer_id()));
        drag.set_value(Some(Drag {
            at,
            layer,
            from: place(event),
            scale: width / shown,
            widens: is_handle,
        }));
    }
}

fn pull(desk: Desk, drag: StoredValue<Option<Drag>>, event: &PointerEvent) {
    let Some(drag) = drag.get_value() else { return };
    let (x, y) = place(event);
    let (dx, dy) = ((x - drag.from.0) * drag.scale, (y - drag.from.1) * drag.scale);
    let (page, others) = desk.history.with_untracked(|history| {
        let layers = history.now().layers.iter().enumerate();
        let others: Vec<_> = layers
            .filter(|(at, _)| *at != drag.at)
            .map(|(_, layer)| layer.frame())
            .collect();
        (history.now().size(), others)
    });
    let (layer, guides) = if drag.widens {
        let mut layer = drag.layer.clone();
        layer.widen_by(dx, page);
        (layer, Guides::default())
    } else {
        dragged(&drag.layer, (dx, dy), page, &others, REACH * drag.scale)
    };
    desk.guides.set(guides);
    desk.change(Some(("drag", drag.at)), |design| {
        if let Some(now) = design.layers.get_mut(drag.at) {
            *now = layer;
        }
    });
}

fn place(event: &PointerEvent) -> (f32, f32) {
    (event.client_x() as f32, event.client_y() as f32)
}
