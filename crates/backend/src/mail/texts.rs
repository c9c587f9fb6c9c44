//! What mails say: templates, the built-in ones and those that an organisation wrote itself, made into a letter.
//!
//! A template may show values and choose by them, and nothing else: no loops, no assignments, few filters. What it
//! computes and how long it gets is limited, so that a text can be wrong and never harmful. Every value is encoded for
//! the part it stands in.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use minijinja::value::{Object, Value};
use minijinja::{AutoEscape, Environment, Error, ErrorKind, UndefinedBehavior};

use super::letter::{Letter, Template};
use super::letterhead::{Look, shown};
use super::sql::StoredLogo;

/// Steps of a template, at most.
const FUEL: u64 = 10_000;

/// Bytes of a part of a template, at most.
pub(super) const MOST_BYTES: usize = 40_000;

/// Bytes of a part of a letter, at most.
const MOST_WRITTEN: usize = 400_000;

/// The colour of the button, unless the organisation has another one.
const COLOUR: &str = "#0f766e";

/// What the names of columns begin with: no column takes the name of another value.
pub(super) const COLUMN: &str = "column.";

/// What is known of one recipient. What is not is blank: not everybody has every column.
#[derive(Debug)]
struct Columns(BTreeMap<String, String>);

impl Object for Columns {
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        Some(Value::from(
            self.0.get(key.as_str()?).cloned().unwrap_or_default(),
        ))
    }
}

/// The parts of a template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Source {
    pub subject: String,
    pub html: String,
    pub text: String,
}

/// What stands around the parts.
pub(super) struct Frame<'a> {
    language: &'a str,
    look: &'a Look,
    /// Where the logo is found, if there is one.
    logo: Option<String>,
}

impl<'a> Frame<'a> {
    /// That of a mail that goes out: its logo travels with it.
    pub(super) fn sent(language: &'a str, look: &'a Look) -> Self {
        let logo = look.logo.as_ref().map(|_| format!("cid:{LOGO}"));
        Self { language, look, logo }
    }

    /// That of a mail that is looked at.
    pub(super) fn looked_at(language: &'a str, look: &'a Look) -> Self {
        let logo = look.logo.as_ref().map(StoredLogo::inline);
        Self { language, look, logo }
    }
}

/// What the logo is called within a mail.
pub(super) const LOGO: &str = "logo";

/// A value that a template may show.
#[derive(Debug, Clone, Copy)]
pub(super) struct Variable {
    pub name: &'static str,
    /// What it is, for those who write texts.
    pub meaning: &'static str,
    /// What stands for it where there is no real one.
    pub sample: &'static str,
    /// Whether it may be blank.
    pub optional: bool,
    /// Whether text and HTML must hold it: without it the mail is of no use.
    pub required: bool,
}

const fn variable(name: &'static str, meaning: &'static str, sample: &'static str) -> Variable {
    Variable {
        name,
        meaning,
        sample,
        optional: false,
        required: false,
    }
}

const fn optional(name: &'static str, meaning: &'static str, sample: &'static str) -> Variable {
    Variable {
        optional: true,
        ..variable(name, meaning, sample)
    }
}

const ORGANISATION: Variable = variable("organisation", "Your organisation's name", "Harbour School");
const READER: Variable = optional(
    "reader",
    "The name of whoever gets the mail, if it is known",
    "Ada Quill",
);
const LINK: Variable = Variable {
    required: true,
    ..variable(
        "link",
        "The link: a secret of this reader alone",
        "https://tokens.example.org/t/0000-sample",
    )
};

const FROM: Variable = optional(
    "from",
    "When the link begins to work, if that lies ahead",
    "1 Dec 2026, 00:00 (Europe/Berlin)",
);
const UNTIL: Variable = optional(
    "until",
    "When the link ends, if it does",
    "31 Dec 2026, 23:59 (Europe/Berlin)",
);

impl Template {
    /// The values that it may show.
    pub(super) fn variables(self) -> &'static [Variable] {
        const CODE_ASSIGNED: &[Variable] = &[
            LINK,
            ORGANISATION,
            READER,
            variable("collection", "The title of the collection", "Boat safety"),
            optional("assigned_by", "Who assigned the code", "Grete Hale"),
            FROM,
            UNTIL,
        ];
        const SIGN_IN_LINK: &[Variable] = &[LINK, ORGANISATION, READER];
        const PAGE_LINK: &[Variable] = &[
            LINK,
            ORGANISATION,
            READER,
            variable(
                "page",
                "The host and the path of the page that the link opens",
                "shop.example.org/report",
            ),
            variable(
                "sent_by",
                "Who sends the link; your organisation, where a program does",
                "Grete Hale",
            ),
            optional(
                "opens",
                "How often the link opens the page, if that is limited",
                "3 times",
            ),
            FROM,
            UNTIL,
        ];
        const CLAIM_LINK: &[Variable] = &[
            LINK,
            ORGANISATION,
            READER,
            variable("title", "What is awarded", "Boat safety"),
            variable("kind", "certificate or badge", "certificate"),
            variable("name", "The name that stands on it", "Ada Quill"),
        ];
        const CLAIM_GROUP: &[Variable] = &[
            Variable {
                sample: "https://tokens.example.org/r/0000-sample",
                meaning: "All links, each below the name that it is for",
                ..LINK
            },
            ORGANISATION,
            READER,
            variable("title", "What is awarded", "Boat safety"),
            variable("kind", "certificate or badge", "certificate"),
            variable("count", "How many links there are", "3"),
        ];
        const CLAIM_LINKS: &[Variable] = &[
            Variable {
                sample: "https://tokens.example.org/r/0000-sample",
                meaning: "All links, each below what it opens",
                ..LINK
            },
            ORGANISATION,
            READER,
        ];
        const CLAIM_CODE: &[Variable] = &[
            Variable {
                sample: "482913",
                meaning: "The code: six digits",
                ..LINK
            },
            ORGANISATION,
            READER,
            variable("title", "What is awarded", "Boat safety"),
        ];
        const MOBILE_ENDED: &[Variable] = &[
            ORGANISATION,
            READER,
            variable("app", "The app that was signed in", "Harbour"),
            optional("device", "The device, as far as the app says", "Pixel 9"),
        ];
        const TOKEN_LEAKED: &[Variable] = &[
            ORGANISATION,
            READER,
            variable("token", "The name of the token", "Nightly import"),
            variable("hint", "What lists show of its string", "twa_7f3k…m5qj"),
        ];
        const TOKEN_ALARM: &[Variable] = &[
            ORGANISATION,
            READER,
            variable("token", "The name of the token", "Nightly import"),
            variable("hint", "What lists show of the string", "twa_7f3k…m5qj"),
            optional(
                "address",
                "Where it was used from, if that is known",
                "203.0.113.7",
            ),
        ];
        const PAGE_TOKEN_LEAKED: &[Variable] = &[
            ORGANISATION,
            READER,
            variable(
                "page",
                "The page that the token opened",
                "https://shop.example.org/report",
            ),
            variable("hint", "What lists show of the token", "twp_7f3k…m5qj"),
        ];
        const TOKEN_ENDS: &[Variable] = &[
            ORGANISATION,
            READER,
            variable("token", "The name of the token", "Nightly import"),
            variable("until", "When it ends", "31 Dec 2026, 23:59 (Europe/Berlin)"),
            variable("left", "How far away that is", "in 3 days"),
            variable(
                "page",
                "The address of the token's page",
                "https://tokens.example.org/administrator/tokens/0000-sample",
            ),
            optional(
                "used",
                "When it was last used, if that was not long ago",
                "27 Dec 2026",
            ),
            optional(
                "unused",
                "Since when it was not used, otherwise",
                "since 3 Aug 2026",
            ),
        ];
        const TEST: &[Variable] = &[ORGANISATION, READER];
        match self {
            Self::CodeAssigned => CODE_ASSIGNED,
            Self::ClaimLink | Self::ClaimReminder => CLAIM_LINK,
            Self::ClaimGroup | Self::ClaimGroupReminder => CLAIM_GROUP,
            Self::ClaimLinks => CLAIM_LINKS,
            Self::ClaimCode | Self::DeletionCode => CLAIM_CODE,
            Self::SignInLink => SIGN_IN_LINK,
            Self::Test => TEST,
            Self::PageLink => PAGE_LINK,
            Self::MobileEnded => MOBILE_ENDED,
            Self::TokenLeaked => TOKEN_LEAKED,
            Self::TokenReused | Self::TokenExposed => TOKEN_ALARM,
            Self::PageTokenLeaked => PAGE_TOKEN_LEAKED,
            Self::TokenEnds => TOKEN_ENDS,
        }
    }

    /// The built-in text, in English.
    pub(super) fn built_in(self) -> Source {
        let (subject, html, text) = match self {
            Self::CodeAssigned => (
                include_str!("templates/code_assigned.subject"),
                include_str!("templates/code_assigned.html"),
                include_str!("templates/code_assigned.txt"),
            ),
            Self::ClaimLink => (
                include_str!("templates/claim_link.subject"),
                include_str!("templates/claim_link.html"),
                include_str!("templates/claim_link.txt"),
            ),
            Self::ClaimReminder => (
                include_str!("templates/claim_reminder.subject"),
                include_str!("templates/claim_reminder.html"),
                include_str!("templates/claim_reminder.txt"),
            ),
            Self::ClaimGroup => (
                include_str!("templates/claim_group.subject"),
                include_str!("templates/claim_group.html"),
                include_str!("templates/claim_group.txt"),
            ),
            Self::ClaimGroupReminder => (
                include_str!("templates/claim_group_reminder.subject"),
                include_str!("templates/claim_group_reminder.html"),
                include_str!("templates/claim_group_reminder.txt"),
            ),
            Self::ClaimLinks => (
                include_str!("templates/claim_links.subject"),
                include_str!("templates/claim_links.html"),
                include_str!("templates/claim_links.txt"),
            ),
            Self::ClaimCode => (
                include_str!("templates/claim_code.subject"),
                include_str!("templates/claim_code.html"),
                include_str!("templates/claim_code.txt"),
            ),
            Self::DeletionCode => (
                include_str!("templates/deletion_code.subject"),
                include_str!("templates/deletion_code.html"),
                include_str!("templates/deletion_code.txt"),
            ),
            Self::SignInLink => (
                include_str!("templates/sign_in_link.subject"),
                include_str!("templates/sign_in_link.html"),
                include_str!("templates/sign_in_link.txt"),
            ),
            Self::Test => (
                include_str!("templates/test.subject"),
                include_str!("templates/test.html"),
                include_str!("templates/test.txt"),
            ),
            Self::PageLink => (
                include_str!("templates/page_link.subject"),
                include_str!("templates/page_link.html"),
                include_str!("templates/page_link.txt"),
            ),
            Self::MobileEnded => (
                include_str!("templates/mobile_ended.subject"),
                include_str!("templates/mobile_ended.html"),
                include_str!("templates/mobile_ended.txt"),
            ),
            Self::TokenLeaked => (
                include_str!("templates/token_leaked.subject"),
                include_str!("templates/token_leaked.html"),
                include_str!("templates/token_leaked.txt"),
            ),
            Self::TokenReused => (
                include_str!("templates/token_reused.subject"),
                include_str!("templates/token_reused.html"),
                include_str!("templates/token_reused.txt"),
            ),
            Self::TokenExposed => (
                include_str!("templates/token_exposed.subject"),
                include_str!("templates/token_exposed.html"),
                include_str!("templates/token_exposed.txt"),
            ),
            Self::PageTokenLeaked => (
                include_str!("templates/page_token_leaked.subject"),
                include_str!("templates/page_token_leaked.html"),
                include_str!("templates/page_token_leaked.txt"),
            ),
            Self::TokenEnds => (
                include_str!("templates/token_ends.subject"),
                include_str!("templates/token_ends.html"),
                include_str!("templates/token_ends.txt"),
            ),
        };
        Source {
            subject: subject.trim_end().to_owned(),
            html: html.to_owned(),
            text: text.to_owned(),
        }
    }

    /// Values to try it with; with or without those that may be blank.
    pub(super) fn samples(self, with_optional: bool) -> BTreeMap<String, String> {
        self.variables()
            .iter()
            .map(|variable| {
                let is_there = with_optional || !variable.optional;
                let sample = if is_there { variable.sample } else { "" };
                (variable.name.to_owned(), sample.to_owned())
            })
            .collect()
    }
}

/// Writes a letter. Values that the template knows and that are not given are blank.
///
/// # Errors
/// The part that does not work, and why.
pub(super) fn write(
    template: Template,
    source: &Source,
    values: &BTreeMap<String, String>,
    frame: &Frame<'_>,
) -> Result<Letter, (&'static str, String)> {
    let environment = environment(frame.look.colour.as_deref());
    let value_of = |name: &str| values.get(name).map_or("", String::as_str);
    let mut known: BTreeMap<&str, Value> = template
        .variables()
        .iter()
        .map(|variable| (variable.name, Value::from(value_of(variable.name))))
        .collect();
    if template.has_columns() {
        let columns = values
            .iter()
            .filter_map(|(name, value)| Some((name.strip_prefix(COLUMN)?.to_owned(), value.clone())));
        known.insert("column", Value::from_object(Columns(columns.collect())));
    }
    let part = |part: &'static str, file: &str, source: &str| {
        written(&environment, file, source, &known).map_err(|error| (part, told(&error)))
    };
    let subject = part("subject", "subject.txt", &source.subject)?;
    let mut text = part("text", "text.txt", &source.text)?;
    if !frame.look.contact.is_empty() {
        let words: Vec<&str> = frame
            .look
            .contact
            .iter()
            .map(|(words, _)| words.as_str())
            .collect();
        text = format!("{}\n{}\n", text.trim_end_matches('\n'), words.join("\n"));
    }
    let html = part("html", "html.html", &source.html)?;
    let organisation = value_of("organisation").to_owned();
    // Several links stand in the text, each below what it opens.
    let link =
        Some(value_of("link")).filter(|_| template != Template::ClaimLinks && !template.is_of_several());
    Ok(Letter {
        html: framed(&subject, &organisation, &html, link, frame),
        subject,
        text,
        from_name: organisation,
    })
}

fn environment(colour: Option<&str>) -> Environment<'static> {
    let mut environment = Environment::empty();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_fuel(Some(FUEL));
    environment.set_auto_escape_callback(|name| match name.ends_with(".html") {
        true => AutoEscape::Html,
        false => AutoEscape::None,
    });
    environment.set_trim_blocks(true);
    environment.set_lstrip_blocks(true);
    environment.set_keep_trailing_newline(true);
    environment.add_filter("upper", minijinja::filters::upper);
    environment.add_filter("lower", minijinja::filters::lower);
    environment.add_filter("trim", minijinja::filters::trim);
    let style = format!(
        "display:inline-block;padding:12px 20px;border-radius:8px;background:{};color:{};font-weight:600;text-decoration:none",
        colour.unwrap_or(COLOUR),
        readable_on(colour.unwrap_or(COLOUR)),
    );
    environment.add_function("links", |text: String| Value::from_safe_string(linked(&text)));
    environment.add_function("button", move |url: String, label: String| {
        Value::from_safe_string(format!(
            "<p style=\"margin:24px 0\"><a href=\"{}\" style=\"{style}\">{}</a></p>",
            escaped(&url),
            escaped(&label)
        ))
    });
    environment
}

fn written(
    environment: &Environment<'_>,
    file: &str,
    source: &str,
    values: &BTreeMap<&str, Value>,
) -> Result<String, Error> {
    let template = environment.template_from_named_str(file, source)?;
    let text = template.render(values)?;
    if text.len() > MOST_WRITTEN {
        return Err(Error::new(ErrorKind::InvalidOperation, "the text gets too long"));
    }
    Ok(text)
}

/// What is wrong with a template: each part with a sentence. `columns` are those that recipients have.
pub(super) fn problems(
    template: Template,
    source: &Source,
    columns: &BTreeSet<String>,
) -> Vec<(&'static str, String)> {
    let mut problems = Vec::new();
    for (part, text) in [
        ("subject", &source.subject),
        ("html", &source.html),
        ("text", &source.text),
    ] {
        if let Some(problem) = part_problem(template, part, text, columns) {
            problems.push((part, problem));
        }
    }
    if problems.is_empty() {
        let look = Look::default();
        let frame = Frame::sent("en", &look);
        for with_optional in [true, false] {
            match write(template, source, &template.samples(with_optional), &frame) {
                Ok(letter) => problems.extend(missing(template, &letter, source)),
                Err(problem) => problems.push(problem),
            }
            if !problems.is_empty() {
                break;
            }
        }
    }
    problems
}

fn part_problem(template: Template, part: &str, text: &str, columns: &BTreeSet<String>) -> Option<String> {
    if text.trim().is_empty() {
        return Some("Something has to stand here.".into());
    }
    if text.len() > MOST_BYTES {
        return Some(format!("This is longer than {MOST_BYTES} bytes."));
    }
    if part == "subject" && text.trim().contains('\n') {
        return Some("A subject is one line.".into());
    }
    if let Some(word) = statement_but_if(text) {
        return Some(format!(
            "Only if, elif, else and endif work between {{% and %}}, not “{word}”."
        ));
    }
    let environment = environment(None);
    let parsed = match environment.template_from_named_str("part.txt", text) {
        Ok(parsed) => parsed,
        Err(error) => return Some(told(&error)),
    };
    let mut known: Vec<String> = template
        .variables()
        .iter()
        .map(|variable| variable.name.to_owned())
        .collect();
    if template.has_columns() {
        known.extend(columns.iter().map(|column| format!("{COLUMN}{column}")));
    }
    let mut unknown: Vec<String> = parsed
        .undeclared_variables(true)
        .into_iter()
        .filter(|name| !["button", "links"].contains(&name.as_str()) && !known.contains(name))
        .collect();
    unknown.sort();
    let name = unknown.first()?;
    let there = known.join(", ");
    Some(
        match name.strip_prefix(COLUMN).filter(|_| template.has_columns()) {
            Some(column) => format!(
                "No recipient has a column called “{column}”. Import recipients with it first. There are: {there}."
            ),
            None => format!("There is no value called “{name}” here. There are: {there}."),
        },
    )
}

/// The first statement that is none of those which choose.
fn statement_but_if(text: &str) -> Option<String> {
    text.split("{%").skip(1).find_map(|rest| {
        let rest = rest.trim_start_matches(['-', '+']).trim_start();
        let word: String = rest
            .chars()
            .take_while(|c| c.is_alphanumeric() || *c == '_')
            .collect();
        (!["if", "elif", "else", "endif"].contains(&word.as_str())).then_some(word)
    })
}

/// The values that must stand in text and HTML, and do not.
fn missing(template: Template, letter: &Letter, source: &Source) -> Vec<(&'static str, String)> {
    let required = template.variables().iter().filter(|variable| variable.required);
    required
        .flat_map(|variable| {
            let sentence = || {
                format!(
                    "{{{{ {} }}}} is missing here: without it the mail is of no use.",
                    variable.name
                )
            };
            // The frame repeats the link under the text, so the HTML is looked at by itself.
            let html = !source.html.contains(variable.name);
            let text = !letter.text.contains(variable.sample);
            [
                html.then(|| ("html", sentence())),
                text.then(|| ("text", sentence())),
            ]
        })
        .flatten()
        .collect()
}

/// An error in words for anyone who writes the text.
fn told(error: &Error) -> String {
    let what = match error.kind() {
        ErrorKind::OutOfFuel => "this computes too much".to_owned(),
        ErrorKind::UnknownFilter => "there are the filters upper, lower and trim".to_owned(),
        ErrorKind::UndefinedError => "a value is used that is not there".to_owned(),
        kind => error.detail().map_or_else(|| kind.to_string(), str::to_owned),
    };
    match error.line() {
        Some(line) => format!("Line {line}: {what}."),
        None => format!("{what}."),
    }
}

/// The document around the HTML: a column of text that every mail program shows as it is, light or dark.
fn framed(subject: &str, organisation: &str, html: &str, link: Option<&str>, frame: &Frame<'_>) -> String {
    let plain_link = link.filter(|link| !link.is_empty()).map_or_else(String::new, |link| {
        let link = escaped(link);
        format!(
            "<p style=\"margin:24px 0 0;font-size:13px\"><a href=\"{link}\" style=\"word-break:break-all\">{link}</a></p>\n"
        )
    });
    let logo = frame.look.logo.as_ref().zip(frame.logo.as_ref());
    let head = match logo {
        Some((logo, address)) => format!(
            "<img src=\"{}\" alt=\"{}\" width=\"{}\" height=\"{}\" style=\"display:block;border:0\">",
            escaped(address),
            escaped(organisation),
            shown(logo.width),
            shown(logo.height),
        ),
        None => escaped(organisation),
    };
    let contact: Vec<String> = frame
        .look
        .contact
        .iter()
        .map(|(words, address)| format!("<a href=\"{}\">{}</a>", escaped(address), escaped(words)))
        .collect();
    let contact = match contact.is_empty() {
        true => String::new(),
        false => format!(
            "<p style=\"margin:24px 0 0;font-size:13px\">{} · {}</p>\n",
            escaped(organisation),
            contact.join(" · ")
        ),
    };
    format!(
        "<!doctype html>\n<html lang=\"{language}\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n<title>{subject}</title>\n</head>\n\
         <body style=\"margin:0;padding:24px 16px;font-family:system-ui,-apple-system,'Segoe UI',Roboto,sans-serif;\
         font-size:16px;line-height:1.5\">\n<div style=\"max-width:32em;margin:0 auto\">\n\
         <p style=\"margin:0 0 24px;font-size:14px;font-weight:600\">{head}</p>\n{html}\n{plain_link}{contact}\
         </div>\n</body>\n</html>\n",
        language = escaped(frame.language),
        subject = escaped(subject),
    )
}

/// Lines of text as paragraphs; those that are links lead somewhere.
fn linked(text: &str) -> String {
    text.lines().filter(|line| !line.trim().is_empty()).fold(String::new(), |mut html, line| {
        let line = escaped(line.trim());
        html.push_str(&if line.starts_with("https://") || line.starts_with("http://") {
            format!("<p style=\"margin:0 0 16px\"><a href=\"{line}\" style=\"word-break:break-all\">{line}</a></p>\n")
        } else {
            format!("<p style=\"margin:0\">{line}</p>\n")
        });
        html
    })
}

/// Black or white, whichever is read better on a colour such as `#0f766e`.
pub(super) fn readable_on(colour: &str) -> &'static str {
    let part = |at: usize| {
        let digits = colour.get(at..at + 2).unwrap_or("00");
        f64::from(u8::from_str_radix(digits, 16).unwrap_or(0)) / 255.0
    };
    let linear = |value: f64| {
        if value <= 0.04045 {
            value / 12.92
        } else {
            ((value + 0.055) / 1.055).powf(2.4)
        }
    };
    let light = 0.2126 * linear(part(1)) + 0.7152 * linear(part(3)) + 0.0722 * linear(part(5));
    // Equal contrast with both (WCAG 2.2, relative luminance).
    if light > 0.179 { "#000000" } else { "#ffffff" }
}

fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    const NO_LOOK: Look = Look {
        colour: None,
        contact: Vec::new(),
        logo: None,
    };
    const FRAME: Frame<'_> = Frame {
        language: "en",
        look: &NO_LOOK,
        logo: None,
    };

    fn source(subject: &str, html: &str, text: &str) -> Source {
        Source {
            subject: subject.into(),
            html: html.into(),
            text: text.into(),
        }
    }

    #[test]
    fn the_built_in_texts_say_the_same_as_text_and_as_html() {
        for template in Template::ALL {
            let found = problems(template, &template.built_in(), &BTreeSet::new());
            assert_eq!(found, [], "{template:?}");
            for with_optional in [true, false] {
                let samples = template.samples(with_optional);
                let letter = write(template, &template.built_in(), &samples, &FRAME).expect("a letter");
                for (name, sample) in samples
                    .iter()
                    .filter(|(name, sample)| !sample.is_empty() && name.as_str() != "reader")
                {
                    assert!(
                        letter.text.contains(sample),
                        "{template:?} {name}: {}",
                        letter.text
                    );
                    // A slash may stand as it is or escaped.
                    let html = letter.html.replace("&#x2f;", "/");
                    assert!(
                        html.contains(&escaped(sample)),
                        "{template:?} {name}: {}",
                        letter.html
                    );
                }
            }
        }
    }

    #[test]
    fn every_value_is_encoded_for_its_part() {
        let template = Template::CodeAssigned;
        let nasty = "<script>alert(1)</script>\"'&{{ organisation }}{% raw %}";
        let mut values = template.samples(true);
        for name in [
            "organisation",
            "collection",
            "assigned_by",
            "from",
            "until",
            "reader",
        ] {
            values.insert(name.into(), nasty.into());
        }
        let letter = write(template, &template.built_in(), &values, &FRAME).expect("a letter");
        assert!(
            !letter.html.contains("<script") && letter.html.contains("&lt;script&gt;"),
            "{}",
            letter.html
        );
        assert!(letter.text.contains(nasty) && letter.subject.contains(nasty));
    }

    #[test]
    fn what_does_not_work_is_told_with_its_part() {
        let template = Template::SignInLink;
        for (source, part, word) in [
            (source("", "{{ link }}", "{{ link }}"), "subject", "Something"),
            (source("a\nb", "{{ link }}", "{{ link }}"), "subject", "one line"),
            (source("a", "x", "{{ link }}"), "html", "missing"),
            (source("a", "{{ link }}", "x"), "text", "missing"),
            (
                source("a", "{{ link }}", "{% if reader %}{{ link }}{% endif %}"),
                "text",
                "missing",
            ),
            (
                source("{{ collection }}", "{{ link }}", "{{ link }}"),
                "subject",
                "collection",
            ),
            (
                source("a", "{{ link }} {{ linkk }}", "{{ link }}"),
                "html",
                "linkk",
            ),
            (
                source("a", "{{ link }} {{ button(linkk, 'x') }}", "{{ link }}"),
                "html",
                "linkk",
            ),
            (source("a", "{{ link", "{{ link }}"), "html", "Line 1"),
            (source("a", "{{ link|shout }}", "{{ link }}"), "html", "filters"),
            (
                source("a", "{{ link }}", "{{ link }}{% set x = 1 %}"),
                "text",
                "set",
            ),
            (
                source("a", "{{ link }}", "{{ link }}{%- for x in [1] %}{% endfor %}"),
                "text",
                "for",
            ),
            (
                source("a", "{{ link }}", "{% include 'x' %}{{ link }}"),
                "text",
                "include",
            ),
            (
                source("a", "{{ link }}", "{{ link }}{{ 'x' * 400000 }}"),
                "text",
                "too",
            ),
        ] {
            let found = problems(template, &source, &BTreeSet::new());
            assert!(
                found
                    .iter()
                    .any(|(at, sentence)| *at == part && sentence.contains(word)),
                "{source:?}: {found:?}"
            );
        }
    }

    #[test]
    fn a_text_shows_columns_that_recipients_have_and_no_other() {
        let columns = BTreeSet::from(["final_grade".to_owned(), "größe".to_owned()]);
        let with = |html: &str| source("{{ column.final_grade }}", html, "{{ link }} {{ column.größe }}");
        let good = with("{{ link }}{% if column.final_grade %}<b>{{ column.final_grade }}</b>{% endif %}");
        assert_eq!(problems(Template::ClaimLink, &good, &columns), []);
        let mut values = Template::ClaimLink.samples(true);
        values.insert("column.final_grade".into(), "<1>".into());
        let letter = write(Template::ClaimLink, &good, &values, &FRAME).expect("a letter");
        assert!(
            letter.subject == "<1>" && letter.html.contains("<b>&lt;1&gt;</b>"),
            "{}",
            letter.html
        );
        assert!(
            letter.text.ends_with(' '),
            "who has no value has a blank one: {}",
            letter.text
        );

        for (html, word) in [
            ("{{ link }} {{ column.grade }}", "column called “grade”"),
            ("{{ link }} {{ column }}", "“column”"),
            ("{{ link }} {{ column['final_grade'] }}", "“column”"),
            ("{{ link }} {{ final_grade }}", "column.final_grade"),
            ("{{ link }} {{ link.x }}", "“link.x”"),
        ] {
            let found = problems(Template::ClaimReminder, &with(html), &columns);
            assert!(
                found
                    .iter()
                    .any(|(part, sentence)| *part == "html" && sentence.contains(word)),
                "{html}: {found:?}"
            );
        }
        let other = source("a", "{{ link }} {{ column.final_grade }}", "{{ link }}");
        assert_ne!(problems(Template::SignInLink, &other, &columns), []);
    }

    #[test]
    fn a_button_is_read_on_any_colour() {
        for (colour, text) in [
            ("#0f766e", "#ffffff"),
            ("#ffffff", "#000000"),
            ("#ffd400", "#000000"),
            ("#000000", "#ffffff"),
        ] {
            assert_eq!(readable_on(colour), text, "{colour}");
        }
    }
}
