//! What an uploaded drawing would cost each time it is drawn.
//!
//! A small file can name a shape that names a shape, ten times each, and cover the page as often as it likes. Its elements
//! are counted as they would be drawn, before anything is made of them; and then how often they cover the page.

use std::collections::HashMap;

use resvg::usvg::{self, roxmltree};

use crate::error::{Error, Result};

/// The most elements, counted as often as they are used.
const MOST_ELEMENTS: u64 = 20_000;
/// How deep elements may stand in each other: they are drawn by functions that call themselves.
const DEEPEST: usize = 100;
/// How often the whole page may be covered.
const MOST_COVERED: f32 = 150.0;
/// The most steps of adding up. A style sheet can name patterns within patterns, which no attribute tells.
const MOST_STEPS: u64 = 100_000;
/// The most filters: each takes a page of its own, several times.
const MOST_FILTERS: usize = 20;

fn too_many() -> Error {
    Error::Drawing(format!(
        "The drawing has more than {MOST_ELEMENTS} elements, as often as they are used."
    ))
}

/// Counts the elements of a drawing as they would be drawn.
pub(super) fn of_text(svg: &str) -> Result<()> {
    // Before the text is read, so that reading it is cheap, too.
    if svg.matches('<').count() as u64 > 2 * MOST_ELEMENTS {
        return Err(too_many());
    }
    if depth_of(svg) > DEEPEST {
        return Err(Error::Drawing(format!(
            "The elements of the drawing stand more than {DEEPEST} deep in each other."
        )));
    }
    let options = roxmltree::ParsingOptions {
        allow_dtd: false,
        nodes_limit: 200_000,
        ..roxmltree::ParsingOptions::default()
    };
    let document = roxmltree::Document::parse_with_options(svg, options)
        .map_err(|error| Error::Drawing(format!("It is no SVG drawing: {error}.")))?;
    let named: HashMap<&str, roxmltree::Node<'_, '_>> = document
        .descendants()
        .filter_map(|node| Some((node.attribute("id")?, node)))
        .collect();
    let mut counted = HashMap::new();
    let elements = count(document.root_element(), &named, &mut counted, 0)?;
    if elements > MOST_ELEMENTS {
        return Err(too_many());
    }
    Ok(())
}

/// How deep tags stand in each other; told without a parser, which would call itself as deep.
fn depth_of(svg: &str) -> usize {
    let (mut depth, mut deepest) = (0usize, 0);
    // What ends the part that is no element, while one is being passed.
    let mut until = None;
    for tag in svg.split('<').skip(1) {
        if let Some(end) = until {
            if tag.contains(end) {
                until = None;
            }
        } else if tag.starts_with("!--") {
            until = (!tag.contains("-->")).then_some("-->");
        } else if tag.starts_with("![CDATA[") {
            until = (!tag.contains("]]>")).then_some("]]>");
        } else if tag.starts_with('/') {
            depth = depth.saturating_sub(1);
        } else if !tag.starts_with(['!', '?']) {
            let is_closed = tag.split('>').next().is_some_and(|inside| inside.ends_with('/'));
            depth += usize::from(!is_closed);
            deepest = deepest.max(depth);
        }
    }
    deepest
}

/// What elements by their ids were counted as; `None` while one is being counted.
type Counted<'a> = HashMap<&'a str, Option<u64>>;

fn count<'a>(
    node: roxmltree::Node<'a, 'a>,
    named: &HashMap<&'a str, roxmltree::Node<'a, 'a>>,
    counted: &mut Counted<'a>,
    depth: usize,
) -> Result<u64> {
    if depth > 2 * DEEPEST {
        return Err(too_many());
    }
    let mut elements = 1u64;
    for child in node.children().filter(roxmltree::Node::is_element) {
        elements = elements.saturating_add(count(child, named, counted, depth + 1)?);
    }
    // Anything that names something else is counted with it: shapes, patterns, masks, clips and markers alike.
    for attribute in node.attributes() {
        for name in names_in(attribute.value()) {
            if let Some((name, target)) = named.get_key_value(name) {
                elements = elements.saturating_add(of_named(name, *target, named, counted, depth)?);
            }
        }
    }
    if elements > MOST_ELEMENTS {
        return Err(too_many());
    }
    Ok(elements)
}

fn of_named<'a>(
    name: &'a str,
    target: roxmltree::Node<'a, 'a>,
    named: &HashMap<&'a str, roxmltree::Node<'a, 'a>>,
    counted: &mut Counted<'a>,
    depth: usize,
) -> Result<u64> {
    match counted.get(name) {
        Some(Some(known)) => Ok(*known),
        Some(None) => Err(Error::Drawing("A part of the drawing names itself.".into())),
        None => {
            counted.insert(name, None);
            let elements = count(target, named, counted, depth + 1)?;
            counted.insert(name, Some(elements));
            Ok(elements)
        }
    }
}

/// The ids that a value names: `#shape`, `url(#shape)`.
fn names_in(value: &str) -> impl Iterator<Item = &str> {
    value
        .split('#')
        .skip(1)
        .map(|rest| rest.split([')', '"', '\'', ' ', ';']).next().unwrap_or_default())
        .filter(|name| !name.is_empty())
}

/// Adds up how often a drawing covers its page.
pub(super) fn of_drawing(tree: &usvg::Tree) -> Result<()> {
    if tree.filters().len() > MOST_FILTERS {
        return Err(too_many_filters());
    }
    let page = (tree.size().width() * tree.size().height()).max(1.0);
    let mut sum = Sum::default();
    add(tree.root(), page, &mut sum);
    if sum.filters > MOST_FILTERS {
        return Err(too_many_filters());
    }
    if sum.covered > MOST_COVERED || sum.steps > MOST_STEPS {
        return Err(Error::Drawing(
            "The drawing is too much to draw for each recipient: its shapes cover the page again and again. \
             Simplify it, or save it as a PNG picture."
                .into(),
        ));
    }
    Ok(())
}

fn too_many_filters() -> Error {
    Error::Drawing(format!(
        "The drawing uses filters, such as shadows, more than {MOST_FILTERS} times. Save it as a PNG picture instead."
    ))
}

#[derive(Default)]
struct Sum {
    covered: f32,
    filters: usize,
    steps: u64,
}

fn add(group: &usvg::Group, page: f32, sum: &mut Sum) {
    sum.steps += 1;
    if sum.steps > MOST_STEPS {
        return;
    }
    sum.filters += group.filters().len();
    if group.should_isolate() {
        sum.covered += share(group.abs_layer_bounding_box().to_rect(), page);
    }
    for node in group.children() {
        sum.steps += 1;
        match node {
            usvg::Node::Group(inner) => add(inner, page, sum),
            other => sum.covered += share(other.abs_stroke_bounding_box(), page),
        }
        node.subroots(|root| add(root, page, sum));
    }
}

/// How much of the page a rectangle covers; what hangs over its edge is not drawn.
fn share(rect: usvg::Rect, page: f32) -> f32 {
    (rect.width() * rect.height() / page).min(1.0)
}
