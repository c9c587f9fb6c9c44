//! What mails say: a subject, a plain text, and the same as HTML.
//!
//! The HTML has no table, no picture and no web font: a column of text with one button, which every mail
//! program shows as it is, light or dark. Its styles are inline because mail programs drop anything else.

use serde_json::Value;

use crate::secret::Secret;

/// A kind of mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Template {
    /// Somebody assigned a code to the reader. Facts: `organisation`, `collection`, `assigned_by`, and
    /// `until` when the link ends.
    CodeAssigned,
    /// The reader asked for a link to sign in with. Facts: `organisation`.
    SignInLink,
}

impl Template {
    /// The word in the database.
    pub(crate) fn key(self) -> &'static str {
        match self {
            Self::CodeAssigned => "code_assigned",
            Self::SignInLink => "sign_in_link",
        }
    }

    /// Its name, as people know it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::CodeAssigned => "Access to a collection",
            Self::SignInLink => "Sign-in link",
        }
    }

    /// The template behind a word.
    pub(crate) fn from_key(key: &str) -> Option<Self> {
        [Self::CodeAssigned, Self::SignInLink]
            .into_iter()
            .find(|template| template.key() == key)
    }
}

/// A mail as its reader sees it.
pub(super) struct Letter {
    pub from_name: String,
    pub subject: String,
    pub text: String,
    pub html: String,
}

/// The parts of a letter, before they become text and HTML.
struct Parts {
    subject: String,
    heading: String,
    /// Before the button.
    opening: Vec<String>,
    button: &'static str,
    /// After it.
    closing: Vec<String>,
}

/// Writes the letter.
pub(super) fn write(template: Template, facts: &Value, link: Option<&Secret>) -> Letter {
    let fact = |name: &str| {
        facts
            .get(name)
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned()
    };
    let organisation = fact("organisation");
    let parts = match template {
        Template::CodeAssigned => code_assigned(
            &organisation,
            &fact("collection"),
            &fact("assigned_by"),
            &fact("until"),
        ),
        Template::SignInLink => sign_in_link(&organisation),
    };
    let link = link.map(Secret::reveal).unwrap_or_default();
    Letter {
        subject: parts.subject.clone(),
        text: as_text(&parts, link, &organisation),
        html: as_html(&parts, link, &organisation),
        from_name: organisation,
    }
}

fn code_assigned(organisation: &str, collection: &str, assigned_by: &str, until: &str) -> Parts {
    let from = if assigned_by.is_empty() {
        organisation.to_owned()
    } else {
        format!("{assigned_by} of {organisation}")
    };
    let mut closing = Vec::new();
    if !until.is_empty() {
        closing.push(format!("The link works until {until}."));
    }
    closing.push("It is made for your address alone, so please do not pass it on.".into());
    Parts {
        subject: format!("Your access to {collection}"),
        heading: collection.into(),
        opening: vec![
            "Hello,".into(),
            format!("{from} gives you access to “{collection}”. Open the link and press Get access."),
        ],
        button: "Open my link",
        closing,
    }
}

fn sign_in_link(organisation: &str) -> Parts {
    Parts {
        subject: format!("Your sign-in link for {organisation}"),
        heading: format!("Sign in to {organisation}"),
        opening: vec![
            "Hello,".into(),
            "here is the link you asked for. It leads to everything you have been given.".into(),
        ],
        button: "Sign in",
        closing: vec![
            "It works once, for 15 minutes.".into(),
            "If you did not ask for it, do nothing: nobody gets in without it.".into(),
        ],
    }
}

fn as_text(parts: &Parts, link: &str, organisation: &str) -> String {
    let mut text = String::new();
    for line in &parts.opening {
        text.push_str(line);
        text.push_str("\n\n");
    }
    text.push_str(link);
    text.push_str("\n\n");
    for line in &parts.closing {
        text.push_str(line);
        text.push('\n');
    }
    text.push_str("\n-- \n");
    text.push_str(organisation);
    text.push('\n');
    text
}

fn as_html(parts: &Parts, link: &str, organisation: &str) -> String {
    let paragraphs = |lines: &[String], style: &str| -> String {
        lines
            .iter()
            .map(|line| format!("<p style=\"{style}\">{}</p>\n", escaped(line)))
            .collect()
    };
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n<title>{subject}</title>\n</head>\n\
         <body style=\"margin:0;padding:24px 16px;font-family:system-ui,-apple-system,'Segoe UI',Roboto,sans-serif;\
         font-size:16px;line-height:1.5\">\n\
         <div style=\"max-width:32em;margin:0 auto\">\n\
         <p style=\"margin:0 0 24px;font-size:14px;font-weight:600\">{organisation}</p>\n\
         <h1 style=\"margin:0 0 16px;font-size:22px;line-height:1.3\">{heading}</h1>\n\
         {opening}\
         <p style=\"margin:24px 0\"><a href=\"{link}\" style=\"display:inline-block;padding:12px 20px;border-radius:8px;\
         background:#0f766e;color:#ffffff;font-weight:600;text-decoration:none\">{button}</a></p>\n\
         {closing}\
         <p style=\"margin:24px 0 0;font-size:13px\">If the button does nothing, open this address:<br>\
         <a href=\"{link}\" style=\"word-break:break-all\">{link}</a></p>\n\
         </div>\n</body>\n</html>\n",
        subject = escaped(&parts.subject),
        organisation = escaped(organisation),
        heading = escaped(&parts.heading),
        opening = paragraphs(&parts.opening, "margin:0 0 12px"),
        link = escaped(link),
        button = parts.button,
        closing = paragraphs(&parts.closing, "margin:0 0 8px;font-size:14px"),
    )
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
    use serde_json::json;

    use super::*;

    #[test]
    fn a_letter_says_the_same_as_text_and_as_html() {
        let facts = json!({
            "organisation": "Acme", "collection": "Onboarding", "assigned_by": "Ada", "until": "31 Dec 2026, 23:59 (UTC)"
        });
        let letter = write(
            Template::CodeAssigned,
            &facts,
            Some(&Secret::new("https://t.example/t/7F3K")),
        );

        assert_eq!(letter.subject, "Your access to Onboarding");
        for body in [&letter.text, &letter.html] {
            for part in [
                "Ada of Acme",
                "“Onboarding”",
                "https://t.example/t/7F3K",
                "31 Dec 2026, 23:59 (UTC)",
            ] {
                assert!(body.contains(part), "{part} in {body}");
            }
        }
    }

    #[test]
    fn nothing_that_was_typed_becomes_html() {
        let facts = json!({"organisation": "<script>x</script>", "collection": "\"><img src=x>"});
        let letter = write(Template::CodeAssigned, &facts, None);
        assert!(
            !letter.html.contains("<script") && !letter.html.contains("<img"),
            "{}",
            letter.html
        );
    }
}
