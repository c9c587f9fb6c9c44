//! Markdown as HTML that can do no harm.
//!
//! The result is the only HTML in the program that is put into a page as it is. It is sanitised with an allow list: no
//! script, no style, no picture (the pages' policy loads none from elsewhere), no form, and links only to web and mail
//! addresses.

use std::sync::OnceLock;

use ammonia::{Builder, UrlRelative};
use pulldown_cmark::{Event, HeadingLevel, Options, Parser, Tag, TagEnd};

/// How deeply quotes, lists and emphasis may be nested. Anything deeper loses its markup and keeps its words:
/// sanitising takes time quadratic in the depth, and a page of nesting is one key held down.
const DEEPEST: usize = 24;

/// The text as HTML.
pub(super) fn html(text: &str) -> String {
    let options = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH;
    let mut depth = 0_usize;
    let shallow = Parser::new_ext(text, options).filter(move |event| match event {
        Event::Start(_) => {
            depth += 1;
            depth <= DEEPEST
        }
        Event::End(_) => {
            depth -= 1;
            depth < DEEPEST
        }
        _ => true,
    });
    let events = shallow.filter_map(|event| match event {
        // Markdown is enough; what looks like HTML is text about HTML.
        Event::Html(text) | Event::InlineHtml(text) => Some(Event::Text(text)),
        // The page has its own heading above the text.
        Event::Start(Tag::Heading {
            level,
            id,
            classes,
            attrs,
        }) => Some(Event::Start(Tag::Heading {
            level: below(level),
            id,
            classes,
            attrs,
        })),
        Event::End(TagEnd::Heading(level)) => Some(Event::End(TagEnd::Heading(below(level)))),
        // Of a picture, only the description is kept.
        Event::Start(Tag::Image { .. }) | Event::End(TagEnd::Image) => None,
        event => Some(event),
    });
    let mut raw = String::with_capacity(text.len() * 3 / 2);
    pulldown_cmark::html::push_html(&mut raw, events);
    cleaner().clean(&raw).to_string()
}

fn below(level: HeadingLevel) -> HeadingLevel {
    match level {
        HeadingLevel::H1 => HeadingLevel::H2,
        HeadingLevel::H2 => HeadingLevel::H3,
        HeadingLevel::H3 => HeadingLevel::H4,
        HeadingLevel::H4 => HeadingLevel::H5,
        HeadingLevel::H5 | HeadingLevel::H6 => HeadingLevel::H6,
    }
}

fn cleaner() -> &'static Builder<'static> {
    static CLEANER: OnceLock<Builder<'static>> = OnceLock::new();
    CLEANER.get_or_init(|| {
        let mut cleaner = Builder::default();
        cleaner
            .rm_tags(["img", "map", "area", "h1"])
            .url_schemes(["https", "http", "mailto"].into())
            .url_relative(UrlRelative::Deny)
            .link_rel(Some("noopener noreferrer nofollow"));
        cleaner
    })
}

#[cfg(test)]
mod tests {
    use super::html;

    #[test]
    fn markdown_becomes_html_below_the_heading_of_its_page() {
        let page = html("# Welcome\n\nRead *this*:\n\n| a | b |\n|---|---|\n| 1 | ~~2~~ |\n");
        assert!(
            page.contains("<h2>Welcome</h2>") && page.contains("<em>this</em>"),
            "{page}"
        );
        assert!(
            page.contains("<td>1</td>") && page.contains("<del>2</del>"),
            "{page}"
        );
    }

    #[test]
    fn links_lead_to_web_and_mail_and_tell_nothing() {
        let page =
            html("[a](https://example.org/x) [b](mailto:x@example.org) [c](/sign-out) [d](//evil.example)");
        assert!(
            page.contains("href=\"https://example.org/x\" rel=\"noopener noreferrer nofollow\""),
            "{page}"
        );
        assert!(page.contains("mailto:x@example.org"), "{page}");
        assert!(!page.contains("sign-out") && !page.contains("evil"), "{page}");
    }

    #[test]
    fn nothing_that_runs_loads_or_covers_the_page_gets_through() {
        for nasty in [
            "<script>alert(1)</script>",
            "<img src=x onerror=alert(1)>",
            "![x](https://evil.example/x.png)",
            "[x](javascript:alert(1))",
            "[x](JaVaScRiPt&colon;alert(1))",
            "[x](data:text/html;base64,PHNjcmlwdD4=)",
            "<a href=\"java\nscript:alert(1)\">x</a>",
            "<svg/onload=alert(1)>",
            "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
            "<style>body{display:none}</style>",
            "<p style=\"position:fixed;inset:0\" class=\"toast\" id=\"x\" onclick=alert(1)>x</p>",
            "<form action=https://evil.example><input name=password></form>",
            "<math><mi//xlink:href=\"data:x,<script>alert(4)</script>\">",
            "<base href=https://evil.example>",
            "<meta http-equiv=refresh content=0>",
            "<object data=x></object><embed src=x><link rel=stylesheet href=x>",
            "<textarea></textarea><button formaction=x>y</button>",
            "<details open ontoggle=alert(1)>x</details>",
        ] {
            let page = html(nasty).to_lowercase();
            // Only inside tags: escaped content is text, and does nothing.
            let tags: Vec<&str> = page
                .split('<')
                .skip(1)
                .filter_map(|tag| tag.split('>').next())
                .collect();
            let tags: String = tags.iter().map(|tag| format!("<{tag}>")).collect();
            for bad in [
                "<script",
                "onerror",
                "onload",
                "onclick",
                "ontoggle",
                "javascript:",
                "data:",
                "<img",
                "<svg",
                "<iframe",
                "<style",
                "style=",
                "class=",
                "id=",
                "<form",
                "<input",
                "<math",
                "<base",
                "<meta",
                "<object",
                "<embed",
                "<link",
                "<textarea",
                "<button",
                "evil.example",
            ] {
                assert!(!tags.contains(bad), "{bad} in {page}");
            }
        }
    }

    #[test]
    fn what_looks_like_html_is_text() {
        let page = html("Write <b>bold</b> in HTML.");
        assert!(page.contains("&lt;b&gt;bold&lt;/b&gt;"), "{page}");
    }

    #[test]
    fn what_stands_too_deep_keeps_its_words() {
        let page = html(&format!("{} deep", ">".repeat(1000)));
        assert!(page.contains("deep"), "{page}");
        assert!(page.matches("<blockquote>").count() <= super::DEEPEST, "{page}");
    }

    #[test]
    fn text_that_was_made_to_be_hard_is_read_in_no_time() {
        for hard in [
            ">".repeat(100_000),
            "- ".repeat(50_000),
            "<div>".repeat(20_000),
            "<b><i>".repeat(16_000),
            format!("{0}a{0}", "*".repeat(50_000)),
            "*a ".repeat(33_000),
            "*_".repeat(50_000),
            "[".repeat(100_000),
            "[a](".repeat(25_000),
            "![".repeat(50_000),
            "`a``b```c".repeat(11_000),
            format!(
                "|{}\n|{}\n|{}",
                "a|".repeat(16_000),
                "-|".repeat(16_000),
                "b|".repeat(16_000)
            ),
            "&".repeat(20_000),
        ] {
            let began = std::time::Instant::now();
            html(&hard);
            let took = began.elapsed();
            // Quadratic time would take many minutes; this takes a second or two, and more on a busy machine.
            assert!(took.as_secs() < 60, "{took:?} for {}…", &hard[..8]);
        }
    }
}
