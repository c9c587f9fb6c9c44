use super::*;
use crate::page_tokens::TOKEN_PARAMETER;

fn form() -> PageTokenForm {
    PageTokenForm {
        full_url: "http://shop.test:8080/report?id=3&TOKEN=twp_old#top".into(),
        timeout: "604800".into(),
        max_hits: "10".into(),
        groups: "Editors, Batch".into(),
        ..PageTokenForm::default()
    }
}

fn problem(form: &PageTokenForm, field: &str) -> String {
    let problems = form.parse(TOKEN_PARAMETER).expect_err("a bad form");
    problems.at(field).expect("a sentence").to_owned()
}

#[test]
fn the_seeds_form_describes_a_token() {
    let draft = form().parse(TOKEN_PARAMETER).expect("a good form");
    assert_eq!(draft.rule.url.to_string(), "http://shop.test:8080/report?id=3");
    assert_eq!((draft.ends, draft.max_hits), (Ends::In(604_800), Some(10)));
    assert_eq!(draft.groups.to_string(), "Editors,Batch");
    assert!(!draft.full_url.contains("twp_old"), "{}", draft.full_url);
}

#[test]
fn a_path_that_goes_up_is_kept_in_the_form_that_the_gate_lets_through() {
    for (typed, kept) in [
        ("http://a.test/x/%2e%2e/y?b=%2C#top", "http://a.test/y?b=%2C#top"),
        ("http://a.test/x/../y", "http://a.test/y"),
        ("http://a.test/a%20b?c=..", "http://a.test/a%20b?c=.."),
    ] {
        let form = PageTokenForm {
            full_url: typed.into(),
            ..form()
        };
        let draft = form.parse(TOKEN_PARAMETER).expect("a good form");
        assert_eq!(draft.full_url, kept, "{typed}");
    }
}

#[test]
fn minus_one_is_unlimited_and_no_number() {
    for (typed, ends, hits) in [
        ("-1", Ends::Never, None),
        ("", Ends::Unsaid, None),
        ("60", Ends::In(60), Some(60)),
    ] {
        let form = PageTokenForm {
            timeout: typed.into(),
            max_hits: typed.into(),
            ..form()
        };
        let draft = form.parse(TOKEN_PARAMETER).expect("a good form");
        assert_eq!((draft.ends, draft.max_hits), (ends, hits), "{typed}");
    }
    for typed in ["0", "-2", "1.5", "soon", "99999999999999999999"] {
        let form = PageTokenForm {
            timeout: typed.into(),
            max_hits: typed.into(),
            ..form()
        };
        assert!(problem(&form, "timeout").contains("-1 for unlimited"), "{typed}");
        assert!(problem(&form, "max_hits").contains("-1 for unlimited"), "{typed}");
    }
}

#[test]
fn of_two_who_edit_each_keeps_what_they_changed() {
    let shown = PageTokenForm {
        expires: "28 Nov 2026, 23:38".into(),
        timeout: String::new(),
        ..form()
    };
    let now = PageTokenForm {
        max_hits: "20".into(),
        expires: "1 Dec 2026, 23:59".into(),
        ..shown.clone()
    };
    let opened = PageTokenForm {
        expires: String::new(),
        ..shown.clone()
    };

    let mut noted = PageTokenForm {
        note: "mine".into(),
        ..opened.clone()
    };
    assert!(noted.settle(&shown, &now).is_empty());
    assert_eq!((noted.max_hits.as_str(), noted.note.as_str()), ("20", "mine"));
    assert_eq!(noted.expires, "", "the end stays as the other one left it");

    let mut both = PageTokenForm {
        max_hits: "30".into(),
        timeout: "60".into(),
        ..opened
    };
    let problems = both.settle(&shown, &now);
    assert!(problems.at("max_hits").is_some_and(|told| told.contains("“20”")));
    assert!(
        problems
            .at("timeout")
            .is_some_and(|told| told.contains("“1 Dec 2026, 23:59”"))
    );
    assert_eq!(both.max_hits, "30", "nothing that was typed is lost");
    assert!(both.settle(&now, &now).is_empty(), "saved again, it is written");
}

#[test]
fn all_problems_are_said_at_once_each_at_its_field() {
    let bad = PageTokenForm {
        full_url: "shop".into(),
        groups: "a\nb".into(),
        scope: "all".into(),
        networks: "10.0.0.0/99".into(),
        email: "nobody".into(),
        expires: "soon".into(),
        may_add: "a=b".into(),
        ..form()
    };
    for field in [
        "full_url", "groups", "scope", "networks", "email", "expires", "may_add",
    ] {
        assert!(!problem(&bad, field).is_empty(), "{field}");
    }
    let both = PageTokenForm {
        expires: "2026-12-31".into(),
        ..form()
    };
    assert_eq!(
        problem(&both, "expires"),
        "Give a timeout in seconds or a date, not both."
    );
    let below = PageTokenForm {
        scope: "below".into(),
        ..form()
    };
    assert!(problem(&below, "full_url").contains("no parameters"));
}
