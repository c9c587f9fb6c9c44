//! The API reference, as a page: every operation with its parameters and answers, and every kind of problem.

use leptos::prelude::*;

use super::{PageContext, document, mark, render};

/// The complete page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    /// The base URL of the API: `https://tokens.example.org`.
    pub address: String,
    /// The resources.
    pub sections: Vec<Section>,
    /// The kinds of problems: their names, and what they mean.
    pub problems: Vec<(String, String)>,
}

/// A resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Section {
    /// Its name.
    pub name: String,
    /// Its operations.
    pub operations: Vec<Operation>,
}

/// An operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operation {
    /// Its id, unique on the page.
    pub id: String,
    /// Its method.
    pub method: String,
    /// Its path.
    pub path: String,
    /// What it does.
    pub summary: String,
    /// What a caller needs, as a sentence.
    pub needs: String,
    /// The parameters in its path, query and headers.
    pub parameters: Vec<Field>,
    /// The request body.
    pub takes: Vec<Field>,
    /// The responses.
    pub gives: Vec<Field>,
    /// A sample call and its answer.
    pub example: Option<(String, String)>,
}

/// A field or parameter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// Its name.
    pub name: String,
    /// Its type.
    pub holds: String,
    /// What it means.
    pub description: String,
}

/// The page.
pub fn reference_page(context: &PageContext<'_>, reference: &Reference) -> String {
    render(|| {
        let call = format!(
            "curl -H \"Authorization: Bearer $TOKEN\" {}/api/v1/tokens/self",
            reference.address
        );
        let contents = reference.sections.iter().map(|section| {
            let (to, name) = (format!("#{}", anchor(&section.name)), section.name.clone());
            view! { <li><a href=to>{name}</a></li> }
        });
        let contents = contents.collect_view();
        let sections = reference.sections.iter().map(section).collect_view();
        let problems = reference.problems.iter().map(|(code, meaning)| {
            view! { <dt id=format!("problem-{code}")><code>{code.clone()}</code></dt><dd>{meaning.clone()}</dd> }
        });
        let problems = problems.collect_view();
        document(
            context,
            "Tokenwright API",
            view! {
                <main class="reference">
                    <header>{mark()}<span>"Tokenwright"</span></header>
                    <h1>"The API"</h1>
                    <p>"Programs call it with an API token in the head of each request. The first call:"</p>
                    <pre><code>{call}</code></pre>
                    <p>
                        "The same as a document for tools: "
                        <a href="/api/v1/openapi.json">"openapi.json"</a>" (OpenAPI 3.1)."
                    </p>
                    <nav aria-label="Resources"><ul>{contents}</ul></nav>
                    {sections}
                    <section>
                        <h2 id="problems">"Problems"</h2>
                        <p>
                            "What is refused is answered with problem details (RFC 9457). Their "<code>"code"</code>
                            " is one of these, and "<code>"errors"</code>" names each field that does not fit."
                        </p>
                        <dl>{problems}</dl>
                    </section>
                </main>
            },
        )
    })
}

fn section(section: &Section) -> impl IntoView + use<> {
    let operations = section.operations.iter().map(operation).collect_view();
    view! {
        <section>
            <h2 id=anchor(&section.name)>{section.name.clone()}</h2>
            {operations}
        </section>
    }
}

fn operation(operation: &Operation) -> impl IntoView + use<> {
    view! {
        <article id=operation.id.clone()>
            <h3><b>{operation.method.clone()}</b>" "<code>{operation.path.clone()}</code></h3>
            <p>{operation.summary.clone()}" "{operation.needs.clone()}</p>
            {fields("Parameters", &operation.parameters)}
            {fields("Body", &operation.takes)}
            {fields("Answer", &operation.gives)}
            {operation.example.clone().map(|(call, answer)| view! {
                <pre><code>{call}</code></pre>
                <pre><code>{answer}</code></pre>
            })}
        </article>
    }
}

fn fields(caption: &'static str, fields: &[Field]) -> Option<impl IntoView + use<>> {
    let rows = fields.iter().map(|field| {
        view! {
            <tr>
                <th scope="row"><code>{field.name.clone()}</code></th>
                <td>{field.holds.clone()}</td>
                <td>{field.description.clone()}</td>
            </tr>
        }
    });
    let rows = rows.collect_view();
    (!fields.is_empty()).then(|| {
        view! {
            <table>
                <caption>{caption}</caption>
                <thead><tr><th scope="col">"Name"</th><th scope="col">"Holds"</th><th scope="col">"Meaning"</th></tr></thead>
                <tbody>{rows}</tbody>
            </table>
        }
    })
}

fn anchor(name: &str) -> String {
    name.to_lowercase().replace(' ', "-")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plain::testing::{CONTEXT, HOSTILE, assert_safe};

    #[test]
    fn the_reference_is_plain_whatever_its_words_are() {
        let field = Field {
            name: HOSTILE.into(),
            holds: HOSTILE.into(),
            description: HOSTILE.into(),
        };
        let operation = Operation {
            id: "get_x".into(),
            method: "GET".into(),
            path: "/api/v1/x".into(),
            summary: HOSTILE.into(),
            needs: HOSTILE.into(),
            parameters: vec![field.clone()],
            takes: Vec::new(),
            gives: vec![field],
            example: Some((HOSTILE.into(), HOSTILE.into())),
        };
        let reference = Reference {
            address: "https://tokens.example.org".into(),
            sections: vec![Section {
                name: "Access tokens".into(),
                operations: vec![operation],
            }],
            problems: vec![("not-found".into(), HOSTILE.into())],
        };
        let html = reference_page(&CONTEXT, &reference);
        assert_safe(&html);
        assert!(
            html.contains("id=\"problem-not-found\"") && html.contains("href=\"#access-tokens\""),
            "{html}"
        );
    }
}
