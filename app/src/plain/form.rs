//! Fields of plain forms: label, input, hint and the message that says what is invalid, linked for screen readers.

use domain::{Problems, Refusal};
use leptos::prelude::*;

/// What a field takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A person's name.
    Name,
    /// An e-mail address.
    Email,
    /// A password that exists.
    Password,
    /// A new password.
    NewPassword,
    /// A code, read from paper or a mail.
    Code,
    /// A line of other text.
    Text,
}

impl Kind {
    fn input_type(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Password | Self::NewPassword => "password",
            Self::Name | Self::Code | Self::Text => "text",
        }
    }

    /// What password managers and phones may fill in.
    fn autocomplete(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Email => "email",
            Self::Password => "current-password",
            Self::NewPassword => "new-password",
            Self::Code | Self::Text => "off",
        }
    }

    fn autocapitalize(self) -> &'static str {
        match self {
            Self::Name => "words",
            Self::Code => "characters",
            Self::Text => "sentences",
            Self::Email | Self::Password | Self::NewPassword => "none",
        }
    }

    /// What was typed is shown again, but never a password: it would be in the page's source.
    fn keeps_value(self) -> bool {
        !matches!(self, Self::Password | Self::NewPassword)
    }
}

/// One field of a form, as typed last time.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Field<'a> {
    /// Its name in the form, and its id in the page.
    pub(crate) name: &'static str,
    /// Its label.
    pub(crate) label: &'static str,
    /// Its type.
    pub(crate) kind: Kind,
    /// What was typed.
    pub(crate) value: &'a str,
    /// Its hint.
    pub(crate) hint: Option<&'static str>,
    /// Whether the page opens with the cursor here.
    pub(crate) first: bool,
}

impl Field<'_> {
    /// The field with its message, if the last attempt was refused because of it.
    pub(crate) fn view(self, problems: Option<&Problems>) -> impl IntoView + use<> {
        let Self {
            name,
            label,
            kind,
            value,
            hint,
            first,
        } = self;
        let problem = problems.and_then(|problems| problems.at(name)).map(str::to_owned);
        let focused = match problems.and_then(Problems::first_field) {
            Some(wrong) => wrong == name,
            None => first,
        };
        view! {
            <div class="field">
                <label for=name>{label}</label>
                <input
                    id=name
                    name=name
                    type=kind.input_type()
                    value=kind.keeps_value().then(|| value.to_owned())
                    autocomplete=kind.autocomplete()
                    autocapitalize=kind.autocapitalize()
                    spellcheck="false"
                    class:code=kind == Kind::Code
                    required
                    autofocus=focused
                    aria-invalid=problem.is_some().then_some("true")
                    aria-describedby=described_by(name, hint.is_some(), problem.is_some())
                />
                {problem.map(|problem| problem_view(name, problem))}
                {hint.map(|hint| view! { <small id=format!("{name}-hint")>{hint}</small> })}
            </div>
        }
    }
}

/// The message below a field.
pub(crate) fn problem_view(name: &str, problem: String) -> impl IntoView + use<> {
    view! { <p class="problem" id=format!("{name}-problem")>{problem}</p> }
}

/// The ids of the elements that describe a field.
pub(crate) fn described_by(name: &str, hint: bool, problem: bool) -> Option<String> {
    match (problem, hint) {
        (true, true) => Some(format!("{name}-problem {name}-hint")),
        (true, false) => Some(format!("{name}-problem")),
        (false, true) => Some(format!("{name}-hint")),
        (false, false) => None,
    }
}

/// The fields of a form, for the links of its summary: name and label.
pub(crate) type Notice = &'static [(&'static str, &'static str)];

/// The summary above a form that was refused: what is wrong, with a link to each field.
pub(crate) fn notice(refusal: Option<&Refusal>, fields: Notice) -> Option<impl IntoView + use<>> {
    let refusal = refusal?;
    let sentence = match refusal.problems() {
        Some(problems) => {
            let count = problems.iter().count();
            if count == 1 {
                "One thing needs another look:".to_owned()
            } else {
                format!("{count} things need another look:")
            }
        }
        None => refusal.to_string(),
    };
    let links: Vec<_> = refusal
        .problems()
        .into_iter()
        .flat_map(Problems::iter)
        .map(|(name, sentence)| {
            let known = fields.iter().find(|(field, _)| *field == name);
            match known {
                Some((field, label)) => {
                    let text = format!("{label}: {sentence}");
                    view! { <li><a href=format!("#{field}")>{text}</a></li> }.into_any()
                }
                None => view! { <li>{sentence.to_owned()}</li> }.into_any(),
            }
        })
        .collect();
    let list = (!links.is_empty()).then(|| view! { <ul>{links}</ul> });
    Some(view! { <div class="notice wrong" role="alert"><p>{sentence}</p>{list}</div> })
}

/// The title of a window, which begins with the problem when something is wrong.
pub(crate) fn form_title(title: &str, refusal: Option<&Refusal>) -> String {
    if refusal.is_some() {
        format!("Error: {title}")
    } else {
        title.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plain::testing::HOSTILE;

    fn field(kind: Kind, problems: Option<&Problems>) -> String {
        let field = Field {
            name: "email",
            label: "E-mail",
            kind,
            value: HOSTILE,
            hint: Some("Yours."),
            first: false,
        };
        Owner::new().with(|| field.view(problems).to_html())
    }

    #[test]
    fn a_field_is_tied_to_its_label_hint_and_problem() {
        let html = field(
            Kind::Email,
            Some(&Problems::one(
                "email",
                "An e-mail address looks like name@example.org.",
            )),
        );

        for needed in [
            "<label for=\"email\">E-mail</label>",
            "id=\"email\"",
            "type=\"email\"",
            "autocomplete=\"email\"",
            "aria-invalid=\"true\"",
            "aria-describedby=\"email-problem email-hint\"",
            "id=\"email-problem\"",
            "id=\"email-hint\"",
            " autofocus",
        ] {
            assert!(html.contains(needed), "{needed} in {html}");
        }
    }

    #[test]
    fn what_was_typed_comes_back_escaped_and_a_password_never() {
        assert!(
            field(Kind::Email, None).contains("&lt;script") || field(Kind::Email, None).contains("&quot;'>")
        );
        assert!(!field(Kind::Email, None).contains("value=\"</title></textarea>\"'"));
        for kind in [Kind::Password, Kind::NewPassword] {
            assert!(!field(kind, None).contains("alert(1)"));
        }
    }

    #[test]
    fn a_summary_leads_to_each_field_and_says_other_refusals_as_they_are() {
        let problems = Refusal::at("email", HOSTILE);
        let html = Owner::new().with(|| notice(Some(&problems), &[("email", "E-mail")]).to_html());
        assert!(html.contains("href=\"#email\">E-mail: "), "{html}");
        assert!(!html.contains("<script"), "{html}");

        let html = Owner::new().with(|| notice(Some(&Refusal::TooMany { seconds: 30 }), &[]).to_html());
        assert!(
            html.contains("Too many tries. Wait 30 seconds and try again."),
            "{html}"
        );
    }
}
