//! What is chosen, in numbers and words.

use domain::campaigns::design::{Align, Field, Layer, PLACEHOLDERS, Picture, Square};
use leptos::prelude::*;

use super::desk::Desk;
use super::numbers::{choice, colour, line, number, tick};
use super::placing::{Axis, centre};
use super::{Tool, in_tools};

/// What kind of thing is chosen: while it stays the same, so do the fields, whatever is typed into them.
#[derive(Clone, Copy, PartialEq)]
pub enum Kind {
    /// Nothing is.
    Nothing,
    /// The text at this place.
    Text(usize),
    /// The QR code.
    Qr(usize),
    /// The picture.
    Picture(usize),
}

/// The panel.
pub fn panel(desk: Desk) -> AnyView {
    let kind = Memo::new(move |_| match desk.chosen.get() {
        None => Kind::Nothing,
        Some(at) => match desk.layer(at) {
            Some(Layer::Text(_)) => Kind::Text(at),
            Some(Layer::Qr(_)) => Kind::Qr(at),
            Some(Layer::Picture(_)) => Kind::Picture(at),
            None => Kind::Nothing,
        },
    });
    view! {
        <section class="panel" aria-label="What is chosen">
            {move || match kind.get() {
                Kind::Nothing => view! {
                    <h2>"Nothing is chosen"</h2>
                    <p class="quiet">"Choose something on the page or in the list."</p>
                }.into_any(),
                kind => in_tools(desk, Tool::Fields(kind)),
            }}
        </section>
    }
    .into_any()
}

/// The fields of what is chosen.
pub fn fields(desk: Desk, kind: Kind) -> AnyView {
    match kind {
        Kind::Nothing => ().into_any(),
        Kind::Text(at) => with_actions(desk, "Text", text(desk, at)),
        Kind::Qr(at) => with_actions(desk, "QR code", qr(desk, at)),
        Kind::Picture(at) => with_actions(desk, "Picture", picture(desk, at)),
    }
}

fn with_actions(desk: Desk, heading: &'static str, fields: AnyView) -> AnyView {
    let put = move |axis| desk.change_chosen("centre", move |layer, page| centre(layer, axis, page));
    view! {
        <h2>{heading}</h2>
        <fieldset class="bare" disabled=!desk.may_change>
            <legend class="unseen">{heading}</legend>
            {fields}
            <div class="designer-actions">
                <button type="button" class="button small" on:click=move |_| put(Axis::Across)>"Centre across"</button>
                <button type="button" class="button small" on:click=move |_| put(Axis::Down)>"Centre down"</button>
                <button type="button" class="button small" on:click=move |_| desk.duplicate_chosen()>"Duplicate"</button>
                <button type="button" class="button small danger" on:click=move |_| desk.remove_chosen()>"Delete"</button>
            </div>
        </fieldset>
    }
    .into_any()
}

/// A value of the text that is chosen.
fn of_text<T: Default + 'static>(
    desk: Desk,
    at: usize,
    read: fn(&Field) -> T,
) -> impl Fn() -> T + Copy + Send + Sync + 'static {
    move || match desk.layer(at) {
        Some(Layer::Text(field)) => read(&field),
        _ => T::default(),
    }
}

fn set_text(desk: Desk, what: &'static str, set: impl FnOnce(&mut Field)) {
    desk.change_chosen(what, |layer, _| {
        if let Layer::Text(field) = layer {
            set(field);
        }
    });
}

fn text(desk: Desk, at: usize) -> AnyView {
    let placeholders = move || {
        let columns = desk.columns.get_value();
        let ours = PLACEHOLDERS.iter().map(|name| (*name).to_owned());
        let options = ours
            .chain(columns)
            .map(|name| (name.clone(), format!("{{{name}}}")));
        [(String::new(), "Choose…".to_owned())]
            .into_iter()
            .chain(options)
            .collect()
    };
    let add = move |name: String| {
        if !name.is_empty() {
            set_text(desk, "placeholder", |field| {
                let space = if field.text.is_empty() || field.text.ends_with(' ') {
                    ""
                } else {
                    " "
                };
                field.text.push_str(&format!("{space}{{{name}}}"));
            });
        }
    };
    let aligns = Align::ALL.map(|align| (align.key().to_owned(), align.label().to_owned()));
    let lines = (1..=4)
        .map(|lines: u8| (lines.to_string(), lines.to_string()))
        .collect();
    view! {
        {line("text", "Text", of_text(desk, at, |field| field.text.clone()), move |text| set_text(desk, "text", |field| field.text = text))}
        {choice("placeholder", "Add a placeholder", placeholders(), String::new, add)}
        <div class="designer-numbers">
            {number("x", "X", of_text(desk, at, |field| field.x), move |x| set_text(desk, "x", |field| field.x = x))}
            {number("y", "Y", of_text(desk, at, |field| field.y), move |y| set_text(desk, "y", |field| field.y = y))}
            {number("width", "Width", of_text(desk, at, |field| field.width), move |width| set_text(desk, "width", |field| field.width = width))}
            {number("size", "Size", of_text(desk, at, |field| field.size), move |size| set_text(desk, "size", |field| field.size = size))}
            {choice("lines", "Lines", lines, move || of_text(desk, at, |field| field.lines)().to_string(), move |lines| {
                set_text(desk, "lines", |field| field.lines = lines.parse().unwrap_or(1));
            })}
            {choice("align", "Align", aligns.into(), move || of_text(desk, at, |field| field.align.key().to_owned())(), move |align| {
                set_text(desk, "align", |field| set_align(field, Align::from_key(&align).unwrap_or(Align::Left)));
            })}
            {colour("colour", "Colour", of_text(desk, at, |field| field.colour.clone()), move |colour| set_text(desk, "colour", |field| field.colour = colour))}
        </div>
        <div class="designer-ticks">
            {tick("Bold", of_text(desk, at, |field| field.bold), move |bold| set_text(desk, "bold", |field| field.bold = bold))}
            {tick("Serif", of_text(desk, at, |field| field.serif), move |serif| set_text(desk, "serif", |field| field.serif = serif))}
            {tick("Heading of the page", of_text(desk, at, |field| field.heading), move |heading| make_heading(desk, heading))}
        </div>
    }
    .into_any()
}

/// Aligns a text otherwise, where it stands.
fn set_align(field: &mut Field, align: Align) {
    let share = |align| match align {
        Align::Left => 0.0,
        Align::Middle => 0.5,
        Align::Right => 1.0,
    };
    field.x += field.width * (share(align) - share(field.align));
    field.align = align;
}

/// There is one heading: whatever was it before is it no more.
fn make_heading(desk: Desk, heading: bool) {
    let chosen = desk.chosen.get_untracked();
    desk.change(None, |design| {
        for (at, layer) in design.layers.iter_mut().enumerate() {
            if let Layer::Text(field) = layer {
                field.heading = heading && chosen == Some(at);
            }
        }
    });
}

fn qr(desk: Desk, at: usize) -> AnyView {
    let of = move |read: fn(&Square) -> f32| {
        move || match desk.layer(at) {
            Some(Layer::Qr(square)) => read(&square),
            _ => 0.0,
        }
    };
    let set = move |what, set: fn(&mut Square, f32), value| {
        desk.change_chosen(what, |layer, _| {
            if let Layer::Qr(square) = layer {
                set(square, value);
            }
        });
    };
    view! {
        <p class="quiet">"It leads to the public page of each credential."</p>
        <div class="designer-numbers">
            {number("x", "X", of(|square| square.x), move |x| set("x", |square, x| square.x = x, x))}
            {number("y", "Y", of(|square| square.y), move |y| set("y", |square, y| square.y = y, y))}
            {number("side", "Size", of(|square| square.side), move |side| set("side", |square, side| square.side = side, side))}
        </div>
    }
    .into_any()
}

fn picture(desk: Desk, at: usize) -> AnyView {
    let of = move |read: fn(&Picture) -> f32| {
        move || match desk.layer(at) {
            Some(Layer::Picture(picture)) => read(&picture),
            _ => 0.0,
        }
    };
    let set = move |what, set: fn(&mut Picture, f32), value| {
        desk.change_chosen(what, |layer, _| {
            if let Layer::Picture(picture) = layer {
                set(picture, value);
            }
        });
    };
    let description = move || match desk.layer(at) {
        Some(Layer::Picture(picture)) => picture.description,
        _ => String::new(),
    };
    let describe = move |words: String| {
        desk.change_chosen("description", |layer, _| {
            if let Layer::Picture(picture) = layer {
                picture.description = words;
            }
        });
    };
    view! {
        {line("description", "What is on it", description, describe)}
        <p class="fine">"Screen readers say it. Leave it blank for an ornament."</p>
        <div class="designer-numbers">
            {number("x", "X", of(|picture| picture.x), move |x| set("x", |picture, x| picture.x = x, x))}
            {number("y", "Y", of(|picture| picture.y), move |y| set("y", |picture, y| picture.y = y, y))}
            {number("width", "Width", of(|picture| picture.width), move |width| set("width", |picture, width| picture.width = width, width))}
            {number("height", "Height", of(|picture| picture.height), move |height| set("height", |picture, height| picture.height = height, height))}
        </div>
    }
    .into_any()
}
