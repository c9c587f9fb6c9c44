//! Designs to start from.

use domain::campaigns::design::is_colour;

use super::{Align, Backdrop, Background, Design, Field, Layer, Sheet, Square};

/// A design to start from.
#[derive(Debug, Clone, Copy)]
pub struct Template {
    /// What it is stored as.
    pub key: &'static str,
    /// What people read.
    pub label: &'static str,
    /// Whether it is a badge rather than a page.
    pub badge: bool,
}

/// The designs to start from.
pub const TEMPLATES: &[Template] = &[
    Template {
        key: "classic",
        label: "Classic",
        badge: false,
    },
    Template {
        key: "modern",
        label: "Modern",
        badge: false,
    },
    Template {
        key: "quiet",
        label: "Quiet",
        badge: false,
    },
    Template {
        key: "round",
        label: "Round",
        badge: true,
    },
    Template {
        key: "shield",
        label: "Shield",
        badge: true,
    },
    Template {
        key: "hexagon",
        label: "Hexagon",
        badge: true,
    },
];

const INK: &str = "#1f2937";
const GREY: &str = "#6b7280";
const WHITE: &str = "#ffffff";

/// A template in a colour (`#rrggbb`); `None` for an unknown one.
pub fn template(key: &str, colour: &str) -> Option<Sheet> {
    if !is_colour(colour) {
        return None;
    }
    let (background, layers, (width, height)) = match key {
        "classic" => classic(colour),
        "modern" => modern(colour),
        "quiet" => quiet(colour),
        "round" => badge(
            format!(
                "<circle cx=\"256\" cy=\"256\" r=\"248\" fill=\"{colour}\"/>\
                 <circle cx=\"256\" cy=\"256\" r=\"226\" fill=\"none\" stroke=\"#fff\" stroke-width=\"4\"/>\
                 <circle cx=\"256\" cy=\"256\" r=\"212\" fill=\"none\" stroke=\"#fff\" stroke-width=\"2\" stroke-dasharray=\"2 10\" stroke-linecap=\"round\"/>{STAR}"
            ),
            330.0,
        ),
        "shield" => badge(
            format!(
                "<path d=\"M256 10 L470 84 V256 C470 384 380 468 256 502 C132 468 42 384 42 256 V84 Z\" fill=\"{colour}\"/>\
                 <path d=\"M256 38 L444 103 V256 C444 368 366 442 256 473 C146 442 68 368 68 256 V103 Z\" fill=\"none\" stroke=\"#fff\" stroke-width=\"4\"/>{STAR}"
            ),
            320.0,
        ),
        "hexagon" => badge(
            format!(
                "<path d=\"M256 8 L470 132 V380 L256 504 L42 380 V132 Z\" fill=\"{colour}\" stroke=\"{colour}\" stroke-width=\"12\" stroke-linejoin=\"round\"/>\
                 <path d=\"M256 42 L440 149 V363 L256 470 L72 363 V149 Z\" fill=\"none\" stroke=\"#fff\" stroke-width=\"4\" stroke-linejoin=\"round\"/>{STAR}"
            ),
            320.0,
        ),
        _ => return None,
    };
    Some(Sheet {
        design: Design {
            width,
            height,
            background: Background::Template {
                template: key.into(),
                colour: colour.into(),
            },
            layers,
        },
        backdrop: Some(Backdrop {
            svg: background,
            width,
            height,
        }),
        pictures: Default::default(),
    })
}

/// What a template is made of: its background, what stands on it, and its size.
type Parts = (String, Vec<Layer>, (f32, f32));

/// A star in the upper half of a badge.
const STAR: &str = "<path d=\"M256 92 L271.8 134.3 L316.9 136.2 L281.5 164.3 L293.6 207.8 L256 182.8 L218.4 207.8 L230.5 164.3 L195.1 136.2 L240.2 134.3 Z\" fill=\"#fff\"/>";

struct Text(Field);

fn text(text: &str, x: f32, y: f32, width: f32, size: f32) -> Text {
    Text(Field {
        text: text.into(),
        x,
        y,
        width,
        size,
        lines: 1,
        serif: false,
        bold: false,
        align: Align::Middle,
        colour: INK.into(),
        heading: false,
    })
}

impl Text {
    fn serif(mut self) -> Self {
        self.0.serif = true;
        self
    }

    fn bold(mut self) -> Self {
        self.0.bold = true;
        self
    }

    fn left(mut self) -> Self {
        self.0.align = Align::Left;
        self
    }

    fn right(mut self) -> Self {
        self.0.align = Align::Right;
        self
    }

    fn lines(mut self, lines: u8) -> Self {
        self.0.lines = lines;
        self
    }

    fn in_colour(mut self, colour: &str) -> Self {
        self.0.colour = colour.into();
        self
    }

    fn heading(mut self) -> Self {
        self.0.heading = true;
        self
    }
}

/// A page of A4, lying down.
fn page(background: String, fields: Vec<Text>, qr: Square) -> Parts {
    let texts = fields.into_iter().map(|text| Layer::Text(text.0));
    (
        background,
        texts.chain([Layer::Qr(qr)]).collect(),
        (1123.0, 794.0),
    )
}

fn classic(colour: &str) -> Parts {
    let corner = |x: u16, y: u16| format!("<circle cx=\"{x}\" cy=\"{y}\" r=\"7\" fill=\"{colour}\"/>");
    let corners: String = [(52, 52), (1071, 52), (52, 742), (1071, 742)]
        .map(|(x, y)| corner(x, y))
        .concat();
    page(
        format!(
            "<rect width=\"1123\" height=\"794\" fill=\"#fffdf8\"/>\
             <rect x=\"28\" y=\"28\" width=\"1067\" height=\"738\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"3\"/>\
             <rect x=\"40\" y=\"40\" width=\"1043\" height=\"714\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"1\"/>{corners}\
             <path d=\"M411 452 H712\" stroke=\"{colour}\" stroke-width=\"1.5\"/>"
        ),
        vec![
            text("{issuer}", 561.5, 108.0, 900.0, 26.0)
                .bold()
                .in_colour(colour),
            text("{title}", 561.5, 198.0, 900.0, 54.0)
                .serif()
                .bold()
                .lines(2)
                .heading(),
            text("This is to certify that", 561.5, 314.0, 700.0, 22.0).in_colour(GREY),
            // Both lines of a long name stand above the rule of the background, which what was issued shares; the accents
            // of tall scripts stand beneath the line before, with room between.
            text("{recipient}", 561.5, 386.0, 860.0, 42.0)
                .serif()
                .lines(2)
                .in_colour(colour),
            text("{description}", 561.5, 506.0, 760.0, 21.0).lines(3),
            text("{date}", 120.0, 690.0, 420.0, 20.0).left().bold(),
            text("{until}", 120.0, 718.0, 420.0, 16.0).left().in_colour(GREY),
        ],
        Square {
            x: 930.0,
            y: 606.0,
            side: 116.0,
        },
    )
}

fn modern(colour: &str) -> Parts {
    page(
        format!(
            "<rect width=\"1123\" height=\"794\" fill=\"#ffffff\"/>\
             <path d=\"M0 0 H330 L250 794 H0 Z\" fill=\"{colour}\"/>\
             <path d=\"M330 0 H362 L282 794 H250 Z\" fill=\"{colour}\" fill-opacity=\"0.25\"/>\
             <circle cx=\"140\" cy=\"150\" r=\"64\" fill=\"none\" stroke=\"#fff\" stroke-width=\"5\"/>\
             <path d=\"M108 152 L132 176 L176 128\" fill=\"none\" stroke=\"#fff\" stroke-width=\"10\" stroke-linecap=\"round\" stroke-linejoin=\"round\"/>"
        ),
        vec![
            text("{issuer}", 1055.0, 100.0, 640.0, 24.0)
                .right()
                .bold()
                .in_colour(colour),
            text("{title}", 410.0, 230.0, 645.0, 50.0)
                .left()
                .bold()
                .lines(2)
                .heading(),
            text("awarded to", 410.0, 352.0, 400.0, 21.0)
                .left()
                .in_colour(GREY),
            text("{recipient}", 410.0, 412.0, 645.0, 46.0)
                .left()
                .lines(2)
                .in_colour(colour),
            text("{description}", 410.0, 512.0, 645.0, 20.0).left().lines(3),
            text("{date}", 410.0, 690.0, 420.0, 20.0).left().bold(),
            text("{until}", 410.0, 718.0, 420.0, 16.0).left().in_colour(GREY),
        ],
        Square {
            x: 939.0,
            y: 606.0,
            side: 116.0,
        },
    )
}

fn quiet(colour: &str) -> Parts {
    page(
        format!(
            "<rect width=\"1123\" height=\"794\" fill=\"#ffffff\"/>\
             <rect width=\"1123\" height=\"14\" fill=\"{colour}\"/>\
             <path d=\"M90 600 H1033\" stroke=\"#e5e7eb\" stroke-width=\"2\"/>"
        ),
        vec![
            text("{issuer}", 90.0, 120.0, 900.0, 24.0)
                .left()
                .bold()
                .in_colour(colour),
            text("{recipient}", 90.0, 268.0, 943.0, 60.0)
                .left()
                .serif()
                .lines(2),
            text("has earned", 90.0, 366.0, 500.0, 22.0)
                .left()
                .in_colour(GREY),
            text("{title}", 90.0, 428.0, 943.0, 38.0)
                .left()
                .bold()
                .lines(2)
                .heading(),
            text("{description}", 90.0, 520.0, 943.0, 19.0).left().lines(3),
            text("{date}", 90.0, 672.0, 420.0, 20.0).left().bold(),
            text("{until}", 90.0, 700.0, 420.0, 16.0).left().in_colour(GREY),
        ],
        Square {
            x: 917.0,
            y: 620.0,
            side: 116.0,
        },
    )
}

/// A badge of 512 by 512, without a name and without a QR code: too small for both.
fn badge(background: String, width: f32) -> Parts {
    let title = text("{title}", 256.0, 284.0, width, 46.0)
        .bold()
        .lines(2)
        .in_colour(WHITE)
        .heading();
    let issuer = text("{issuer}", 256.0, 392.0, width * 0.8, 24.0).in_colour(WHITE);
    let layers = [title, issuer].map(|text| Layer::Text(text.0)).into();
    (background, layers, (512.0, 512.0))
}
