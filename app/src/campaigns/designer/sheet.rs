//! The page itself: its background and its size.

use domain::campaigns::design::{Background, Design, Layer};
use leptos::prelude::*;

use super::desk::Desk;
use super::numbers::{choice, colour};
use super::pictures;

/// The usual sizes: what they are called, their width and their height.
const SIZES: [(&str, f32, f32); 5] = [
    ("A4, landscape", 1123.0, 794.0),
    ("A4, portrait", 794.0, 1123.0),
    ("Letter, landscape", 1056.0, 816.0),
    ("Letter, portrait", 816.0, 1056.0),
    ("Square", 512.0, 512.0),
];

/// The panel.
pub fn sheet(desk: Desk) -> AnyView {
    let background = move || match desk.history.with(|history| history.now().background.clone()) {
        Background::Plain { .. } => "plain".to_owned(),
        Background::Template { template, .. } => template,
        Background::Picture { .. } => "picture".to_owned(),
    };
    let of_kind = desk
        .templates
        .get_value()
        .into_iter()
        .filter(move |template| template.kind == desk.kind)
        .map(|template| (template.key, template.label));
    // A picture is there to be chosen only when one was sent; otherwise choosing it changes nothing.
    let backgrounds = of_kind
        .chain([
            ("plain".to_owned(), "One colour".to_owned()),
            ("picture".to_owned(), "Your picture".to_owned()),
        ])
        .collect();
    let set_background = move |key: String| {
        desk.change(None, |design| {
            let colour = colour_of(design).unwrap_or_else(|| "#1d4ed8".into());
            design.background = match key.as_str() {
                "plain" => Background::Plain {
                    colour: "#ffffff".into(),
                },
                "picture" => return,
                _ => Background::Template {
                    template: key,
                    colour,
                },
            };
        });
    };
    let has_colour = Memo::new(move |_| desk.history.with(|history| colour_of(history.now()).is_some()));
    let now = move || {
        desk.history
            .with(|history| colour_of(history.now()))
            .unwrap_or_default()
    };
    let set_colour = move |to: String| {
        desk.change(Some(("background", 0)), |design| {
            if let Background::Plain { colour } | Background::Template { colour, .. } = &mut design.background
            {
                *colour = to;
            }
        });
    };
    let size = move || desk.history.with(|history| size_name(history.now()));
    let sizes = SIZES
        .map(|(name, ..)| (name.to_owned(), name.to_owned()))
        .into_iter();
    let sizes = sizes.chain([(OTHER.to_owned(), OTHER.to_owned())]).collect();
    let set_size = move |name: String| {
        if let Some((_, width, height)) = SIZES.into_iter().find(|(known, ..)| *known == name) {
            desk.change(None, |design| resize(design, width, height));
        }
    };
    view! {
        <section class="panel" aria-label="Background and size">
            <h2>"Background and size"</h2>
            <fieldset class="bare" disabled=!desk.may_change>
                <legend class="unseen">"Background and size"</legend>
                {choice("background", "Background", backgrounds, background, set_background)}
                {move || has_colour.get().then(|| colour("background-colour", "Colour of the background", now, set_colour))}
                {choice("page-size", "Size of the page", sizes, size, set_size)}
                {desk.may_change.then(|| pictures::chooser("Use a picture", desk, pictures::put_behind))}
                <p class="fine">"A PNG, JPEG or SVG file of at most 4 MB. It covers the page."</p>
            </fieldset>
        </section>
    }
    .into_any()
}

/// What a size is called that has no name.
const OTHER: &str = "Another size";

fn colour_of(design: &Design) -> Option<String> {
    match &design.background {
        Background::Plain { colour } | Background::Template { colour, .. } => Some(colour.clone()),
        Background::Picture { .. } => None,
    }
}

fn size_name(design: &Design) -> String {
    let named = SIZES
        .into_iter()
        .find(|(_, width, height)| (*width, *height) == design.size());
    named.map_or(OTHER, |(name, ..)| name).to_owned()
}

/// Makes the page larger or smaller; what would stand outside is brought back.
fn resize(design: &mut Design, width: f32, height: f32) {
    (design.width, design.height) = (width, height);
    for layer in &mut design.layers {
        match layer {
            Layer::Text(field) => field.width = field.width.min(width),
            Layer::Qr(square) => square.side = square.side.min(width).min(height),
            Layer::Picture(picture) => {
                let scale = (width / picture.width).min(height / picture.height).min(1.0);
                picture.width *= scale;
                picture.height *= scale;
            }
        }
        layer.move_by(0.0, 0.0, (width, height));
    }
}

#[cfg(test)]
mod tests {
    use super::super::history::tests::design;
    use super::*;

    #[test]
    fn whatever_the_page_becomes_everything_stands_on_it() {
        for (_, width, height) in SIZES {
            let mut design = design();
            let page = design.size();
            design.layers[0].move_by(5000.0, 5000.0, page);
            design.layers[0].widen_by(5000.0, page);
            resize(&mut design, width, height);
            assert_eq!(design.check(), Ok(()), "{width} by {height}");
        }
    }
}
