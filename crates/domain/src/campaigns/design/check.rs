//! What a design may be: each wrong value with its sentence.

use super::{Background, Design, Field, Layer, Picture, Square, is_colour};
use crate::form::Problems;

/// The largest side of a design.
pub const MOST_UNITS: f32 = 4000.0;
/// The smallest side of a design.
const LEAST_UNITS: f32 = 16.0;
/// The most things on a design.
pub const MOST_LAYERS: usize = 60;
/// The most pictures on a design, beside that behind it.
const MOST_PICTURES: usize = 12;
/// The longest text of a field, before its placeholders are replaced.
pub const MOST_TEXT: usize = 300;
/// The longest description of a picture.
const MOST_DESCRIPTION: usize = 200;
/// The smallest side of a QR code that telephones still read.
const LEAST_QR: f32 = 40.0;

impl Design {
    /// Checks what somebody sent.
    ///
    /// # Errors
    /// Each value that does not fit, at its place in the design: `layers/2/size`.
    pub fn check(&self) -> Result<(), Problems> {
        let mut problems = Problems::default();
        for (name, what, value) in [
            ("width", "The width", self.width),
            ("height", "The height", self.height),
        ] {
            if !within(value, LEAST_UNITS, MOST_UNITS) {
                problems.add(name, format!("{what} of a design is between 16 and 4000."));
            }
        }
        if let Background::Plain { colour } | Background::Template { colour, .. } = &self.background
            && !is_colour(colour)
        {
            problems.add("background/colour", COLOUR);
        }
        if self.layers.len() > MOST_LAYERS {
            problems.add(
                "layers",
                format!("A design has at most {MOST_LAYERS} texts, pictures and QR codes."),
            );
        }
        // Places are compared with the page: without one nothing more can be said.
        problems.into_result()?;
        let mut problems = Problems::default();
        let mut headings = 0;
        let mut codes = 0;
        let mut pictures = 0;
        for (at, layer) in self.layers.iter().enumerate() {
            let mut wrong =
                |name: &str, sentence: String| problems.add(&format!("layers/{at}/{name}"), sentence);
            match layer {
                Layer::Text(field) => {
                    headings += usize::from(field.heading);
                    if field.heading && headings > 1 {
                        wrong("heading", "Only one text is the heading of the page.".into());
                    }
                    self.check_text(field, &mut wrong);
                }
                Layer::Qr(square) => {
                    codes += 1;
                    if codes > 1 {
                        wrong("side", "A design has one QR code at most.".into());
                    }
                    self.check_qr(*square, &mut wrong);
                }
                Layer::Picture(picture) => {
                    pictures += 1;
                    if pictures > MOST_PICTURES {
                        wrong(
                            "picture",
                            format!("A design has at most {MOST_PICTURES} pictures."),
                        );
                    }
                    self.check_picture(picture, &mut wrong);
                }
            }
        }
        problems.into_result()
    }

    fn check_text(&self, field: &Field, wrong: &mut impl FnMut(&str, String)) {
        let name = shortened(&field.text);
        let characters = field.text.chars().count();
        if field.text.trim().is_empty() || characters > MOST_TEXT {
            wrong("text", format!("A text has 1 to {MOST_TEXT} characters."));
        }
        if !within(field.x, 0.0, self.width) {
            wrong("x", outside(&name, "x", self.width));
        }
        if !within(field.y, 0.0, self.height) {
            wrong("y", outside(&name, "y", self.height));
        }
        if !within(field.width, 1.0, self.width) {
            wrong(
                "width",
                format!("“{name}” is between 1 and {} wide, as the page is.", self.width),
            );
        }
        if !within(field.size, 4.0, 400.0) {
            wrong(
                "size",
                format!("The letters of “{name}” have a size between 4 and 400."),
            );
        }
        if !(1..=4).contains(&field.lines) {
            wrong("lines", format!("“{name}” takes 1 to 4 lines."));
        }
        if !is_colour(&field.colour) {
            wrong("colour", COLOUR.into());
        }
    }

    fn check_qr(&self, square: Square, wrong: &mut impl FnMut(&str, String)) {
        let most = self.width.min(self.height);
        if !within(square.side, LEAST_QR.min(most), most) {
            wrong(
                "side",
                "The QR code is at least 40 wide, so that telephones can read it, and no larger than the page.".into(),
            );
        } else {
            if !within(square.x, 0.0, self.width - square.side) {
                wrong("x", outside("The QR code", "x", self.width - square.side));
            }
            if !within(square.y, 0.0, self.height - square.side) {
                wrong("y", outside("The QR code", "y", self.height - square.side));
            }
        }
    }

    fn check_picture(&self, picture: &Picture, wrong: &mut impl FnMut(&str, String)) {
        for (name, value, most) in [
            ("width", picture.width, self.width),
            ("height", picture.height, self.height),
        ] {
            if !within(value, 1.0, most) {
                wrong(name, format!("The {name} of a picture is between 1 and {most}."));
            }
        }
        if !within(picture.x, 0.0, (self.width - picture.width).max(0.0)) {
            wrong("x", outside("A picture", "x", self.width - picture.width));
        }
        if !within(picture.y, 0.0, (self.height - picture.height).max(0.0)) {
            wrong("y", outside("A picture", "y", self.height - picture.height));
        }
        if picture.description.chars().count() > MOST_DESCRIPTION {
            wrong(
                "description",
                format!("The description of a picture has at most {MOST_DESCRIPTION} characters."),
            );
        }
    }
}

const COLOUR: &str = "A colour is written as #rrggbb.";

fn within(number: f32, least: f32, most: f32) -> bool {
    // With half a unit to spare: places are added up in floating point.
    number.is_finite() && number >= least - 0.01 && number <= most + 0.01
}

fn outside(what: &str, axis: &str, most: f32) -> String {
    format!(
        "{what} stands outside the page: {axis} is between 0 and {}.",
        most.max(0.0)
    )
}

/// A text as sentences quote it.
fn shortened(text: &str) -> String {
    if text.chars().count() <= 30 {
        return text.to_owned();
    }
    text.chars().take(29).chain(['…']).collect()
}

#[cfg(test)]
pub(super) mod tests {
    use super::super::Align;
    use super::*;

    pub(crate) fn design() -> Design {
        Design {
            width: 1123.0,
            height: 794.0,
            background: Background::Plain {
                colour: "#ffffff".into(),
            },
            layers: vec![
                Layer::Text(Field {
                    text: "{recipient}".into(),
                    x: 561.5,
                    y: 400.0,
                    width: 900.0,
                    size: 40.0,
                    lines: 1,
                    serif: false,
                    bold: true,
                    align: Align::Middle,
                    colour: "#112233".into(),
                    heading: true,
                }),
                Layer::Qr(Square {
                    x: 900.0,
                    y: 600.0,
                    side: 116.0,
                }),
            ],
        }
    }

    fn field(design: &mut Design) -> &mut Field {
        match &mut design.layers[0] {
            Layer::Text(field) => field,
            _ => panic!("a text comes first"),
        }
    }

    /// A change of a design, and the place of the one problem that it makes.
    type Case = (fn(&mut Design), &'static str);

    #[test]
    fn each_wrong_value_is_told_at_its_place() {
        assert_eq!(design().check(), Ok(()));
        let cases: [Case; 15] = [
            (|design| design.width = f32::NAN, "width"),
            (|design| design.height = 4001.0, "height"),
            (
                |design| design.background = Background::Plain { colour: "red".into() },
                "background/colour",
            ),
            (|design| field(design).x = -1.0, "layers/0/x"),
            (|design| field(design).y = f32::INFINITY, "layers/0/y"),
            (|design| field(design).width = 2000.0, "layers/0/width"),
            (|design| field(design).size = 1.0, "layers/0/size"),
            (|design| field(design).lines = 0, "layers/0/lines"),
            (|design| field(design).text = " ".into(), "layers/0/text"),
            (|design| field(design).text = "x".repeat(301), "layers/0/text"),
            (
                |design| field(design).colour = "red\"/><script>".into(),
                "layers/0/colour",
            ),
            (
                |design| design.layers.push(design.layers[0].clone()),
                "layers/2/heading",
            ),
            (
                |design| design.layers.push(design.layers[1].clone()),
                "layers/2/side",
            ),
            (
                |design| {
                    design.layers[1] = Layer::Qr(Square {
                        x: 1100.0,
                        y: 600.0,
                        side: 116.0,
                    });
                },
                "layers/1/x",
            ),
            (
                |design| design.layers = vec![design.layers[1].clone(); 61],
                "layers",
            ),
        ];
        for (change, place) in cases {
            let mut design = design();
            change(&mut design);
            let problems = design.check().expect_err(place);
            let places: Vec<_> = problems.iter().map(|(place, _)| place.to_owned()).collect();
            assert_eq!(places, [place], "{problems}");
            assert!(problems.to_string().ends_with('.'), "{problems}");
        }
    }

    #[test]
    fn a_picture_stands_on_the_page() {
        let mut design = design();
        design.layers.push(Layer::Picture(Picture {
            picture: crate::DesignPictureId(uuid::Uuid::nil()),
            x: 1000.0,
            y: 10.0,
            width: 200.0,
            height: 900.0,
            description: "x".repeat(201),
        }));
        let problems = design.check().expect_err("too far right, too high, too long");
        for place in ["layers/2/x", "layers/2/height", "layers/2/description"] {
            assert!(problems.at(place).is_some(), "{place}: {problems}");
        }
        let Some(Layer::Picture(picture)) = design.layers.pop() else {
            panic!("the picture came last")
        };
        let small = Picture {
            x: 0.0,
            y: 0.0,
            width: 10.0,
            height: 10.0,
            description: String::new(),
            ..picture
        };
        design.layers.extend(vec![Layer::Picture(small); MOST_PICTURES]);
        assert_eq!(design.check(), Ok(()));
        design.layers.extend(design.layers.last().cloned());
        assert!(
            design
                .check()
                .is_err_and(|problems| problems.at("layers/14/picture").is_some())
        );
    }
}
