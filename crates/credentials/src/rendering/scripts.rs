//! Certificates in the letters of seven scripts: each letter has a shape of a font, none is an empty box. `cargo xtask test
//! readers` draws them into a folder, where people look at what no program judges: that letters join, and marks stand on them.

use std::path::Path;

use super::fonts::MISSING;
use super::layout::Ink;
use super::*;
use crate::design::template;

/// A script, a name in it, and the title of a course.
type Sample = (&'static str, &'static str, &'static str);

/// Those whose fonts are built in.
const BUILT_IN: [Sample; 6] = [
    ("latin", "Łukasz Đặng-Ærøskøbing", "Sécurité, Œuvre et Größe"),
    ("greek", "Αλέξανδρος Ὀδυσσεύς", "Ασφάλεια στην εργασία"),
    ("cyrillic", "Дмитрий Ёлкин-Њежић", "Безопасность труда"),
    ("arabic", "مُحَمَّد عليّ الشريف", "السلامة في العمل"),
    ("hebrew", "שָׁלוֹם בן־דוד", "בטיחות בעבודה"),
    ("devanagari", "अनुष्का शर्मा-क्षत्रिय", "कार्यस्थल पर सुरक्षा"),
];

/// The one whose font an operator adds: it is larger than all others together.
const ADDED: Sample = ("cjk", "山田たろう 李小龍 김철수", "作業の安全 안전");

fn drawing((_, name, title): Sample) -> Drawing {
    let design = template("classic", "#0f766e").expect("there");
    let values: Values = [
        ("recipient", name),
        ("title", title),
        ("issuer", title),
        ("description", title),
        ("date", "27 November 2026"),
    ]
    .map(|(field, value)| (field.to_owned(), value.to_owned()))
    .into();
    Drawing::new(&design, &values, "https://claims.test/c/1").expect("laid out")
}

/// Every letter that was asked for has a shape of a font.
fn assert_letters(sample: Sample) {
    let (script, name, title) = sample;
    assert_eq!(undrawable(&format!("{name}{title}")), "", "{script}");
    let mut texts = Vec::new();
    for piece in drawing(sample).pieces {
        let Ink::Letters(letters) = piece.ink else {
            continue;
        };
        assert!(!letters.text.contains(MISSING), "{script}: {}", letters.text);
        for (x, y, line) in &letters.lines {
            for run in &line.runs {
                for glyph in &run.glyphs {
                    assert_ne!(glyph.id, 0, "{script}: an empty box in {:?}", run.text);
                }
            }
            let outlines = line.outlines(*x, *y, letters.size);
            assert!(
                outlines.len() > 100,
                "{script}: nothing is drawn of {}",
                letters.text
            );
        }
        texts.push(letters.text);
    }
    for wanted in [name, title] {
        assert!(
            texts.iter().any(|text| text.contains(wanted)),
            "{script}: {texts:?}"
        );
    }
}

#[test]
fn each_letter_of_six_scripts_has_a_shape() {
    for sample in BUILT_IN {
        assert_letters(sample);
    }
}

#[test]
#[ignore = "needs a font and a program of others: cargo xtask test readers"]
fn seven_scripts_are_drawn_to_be_looked_at() {
    let place = |name: &str| std::env::var_os(name).unwrap_or_else(|| panic!("{name} names a folder"));
    let (folder, added) = (place("SCRIPTS_FOLDER"), place("SCRIPTS_FONTS"));
    let added = add_fonts(Path::new(&added)).expect("fonts");
    assert!(added.read > 0, "{added:?}");
    let folder = Path::new(&folder);
    for sample in BUILT_IN.into_iter().chain([ADDED]) {
        let (script, name, title) = sample;
        assert_letters(sample);
        let drawing = drawing(sample);
        let png = drawing.png(1600).expect("PNG");
        std::fs::write(folder.join(format!("{script}.png")), png).expect("written");
        let file = folder.join(format!("{script}.pdf"));
        let pdf = pdf(&drawing, &pdf::testing::paper(), b"{}").expect("PDF");
        std::fs::write(&file, pdf).expect("written");
        // What is searched for and copied are the same letters. Readers differ in the order in which they tell letters that run
        // from the right, and marks.
        let read = std::process::Command::new("pdftotext")
            .arg(&file)
            .arg("-")
            .output();
        let read = read.expect("pdftotext runs");
        let text = String::from_utf8_lossy(&read.stdout);
        for letter in name.chars().chain(title.chars()) {
            let is_there = letter.is_whitespace() || text.contains(letter);
            assert!(is_there, "{script}: {letter} in {text}");
        }
    }
}
