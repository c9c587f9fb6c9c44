use super::*;
use crate::page_tokens::TOKEN_PARAMETER;

fn rule(url: &str) -> PageRule {
    PageRule {
        url: PageUrl::typed(url, TOKEN_PARAMETER).expect("a URL"),
        scope: PageScope::Exact,
        may_add: Names::default(),
        any_value: Names::default(),
        reads_only: false,
        networks: Vec::new(),
    }
}

fn ask(rule: &PageRule, url: &str, in_session: bool) -> Result<Reached, Refused> {
    let url = ReceivedUrl::parse(url.as_bytes(), TOKEN_PARAMETER).expect("a URL");
    let request = Request {
        url: &url,
        method: "GET",
        address: None,
        in_session,
    };
    rule.check(&request, &["/static/".into()])
}

fn refused(rule: &PageRule, url: &str) -> Rule {
    ask(rule, url, true).expect_err(url).rule
}

#[test]
fn a_page_is_opened_as_a_whole_or_not_at_all() {
    let rule = rule("http://shop.test:8080/report.php?id=3&part[]=a&part[]=b");
    let opened = "http://shop.test:8080/report.php?part%5B%5D=b&id=3&part[]=a&token=x";
    assert_eq!(ask(&rule, opened, false), Ok(Reached::Page));
    for (url, by) in [
        (
            "https://shop.test:8080/report.php?id=3&part[]=a&part[]=b",
            Rule::Site,
        ),
        (
            "http://shop.test:9090/report.php?id=3&part[]=a&part[]=b",
            Rule::Site,
        ),
        (
            "http://other.test:8080/report.php?id=3&part[]=a&part[]=b",
            Rule::Site,
        ),
        (
            "http://shop.test:8080/report.php/?id=3&part[]=a&part[]=b",
            Rule::Path,
        ),
        (
            "http://shop.test:8080//report.php?id=3&part[]=a&part[]=b",
            Rule::Path,
        ),
        (
            "http://shop.test:8080/x/../report.php?id=3&part[]=a&part[]=b",
            Rule::AmbiguousUrl,
        ),
        (
            "http://shop.test:8080/report.php?part[]=a&part[]=b",
            Rule::ParameterMissing,
        ),
        (
            "http://shop.test:8080/report.php?id=4&part[]=a&part[]=b",
            Rule::ParameterDifferent,
        ),
        (
            "http://shop.test:8080/report.php?id=3&part[]=a",
            Rule::ParameterDifferent,
        ),
        (
            "http://shop.test:8080/report.php?id=3&id=3&part[]=a&part[]=b",
            Rule::ParameterDifferent,
        ),
        (
            "http://shop.test:8080/report.php?id=3&part[]=a&part[]=b&x=1",
            Rule::ParameterExtra,
        ),
        ("http://shop.test:8080/style.css", Rule::Path),
    ] {
        assert_eq!(refused(&rule, url), by, "{url}");
    }
}

#[test]
fn a_proxy_that_names_no_port_means_the_sites() {
    let page = rule("http://shop.test:8080/a");
    assert_eq!(ask(&page, "http://shop.test/a", false), Ok(Reached::Page));
    assert_eq!(refused(&page, "http://shop.test:80/a"), Rule::Site);
}

#[test]
fn a_proxy_may_have_made_two_slashes_one() {
    let page = rule("http://shop.test/a//b");
    assert_eq!(ask(&page, "http://shop.test/a//b", false), Ok(Reached::Page));
    assert_eq!(ask(&page, "http://shop.test/a/b", false), Ok(Reached::Page));
    assert_eq!(refused(&page, "http://shop.test/a///b"), Rule::Path);
}

#[test]
fn parameters_may_be_added_or_differ_where_the_admin_says_so() {
    let page = PageRule {
        may_add: Names::parse("utm_*, ref").expect("names"),
        any_value: Names::parse("page").expect("names"),
        ..rule("http://shop.test/list?page=1&kind=a")
    };
    for url in [
        "list?page=77&kind=a",
        "list?kind=a&page=&utm_source=x&utm_medium=y&ref=z&ref=w",
    ] {
        assert_eq!(
            ask(&page, &format!("http://shop.test/{url}"), false),
            Ok(Reached::Page),
            "{url}"
        );
    }
    for (url, by) in [
        ("list?kind=a", Rule::ParameterMissing),
        ("list?page=1&page=2&kind=a", Rule::ParameterDifferent),
        ("list?page=1&kind=b", Rule::ParameterDifferent),
        ("list?page=1&kind=a&x=1", Rule::ParameterExtra),
    ] {
        assert_eq!(refused(&page, &format!("http://shop.test/{url}")), by, "{url}");
    }
    let anything = PageRule {
        may_add: Names::parse("*").expect("names"),
        ..rule("http://shop.test/list?kind_of=a")
    };
    assert_eq!(
        ask(&anything, "http://shop.test/list?kind_of=a&b=2", false),
        Ok(Reached::Page)
    );
    for name in [
        "kind_of",
        "KIND_OF",
        "kind.of",
        "kind%20of",
        "kind_of[]",
        "+kind_of",
        "kind_of%00",
    ] {
        let url = format!("http://shop.test/list?kind_of=a&{name}=b");
        assert!(
            ask(&anything, &url, false).is_err(),
            "{name} is taken for the same by some"
        );
    }
}

#[test]
fn everything_below_is_below_and_nowhere_else() {
    let page = PageRule {
        scope: PageScope::Below,
        ..rule("http://shop.test/docs/")
    };
    for path in [
        "/docs",
        "/docs/",
        "/docs/a/b.html?x=1",
        "/docs/a%20b",
        "/docs/report.php?q=..%2f",
    ] {
        assert_eq!(
            ask(&page, &format!("http://shop.test{path}"), false),
            Ok(Reached::Page),
            "{path}"
        );
    }
    for path in ["/", "/doc", "/docsx", "/admin"] {
        assert_eq!(
            refused(&page, &format!("http://shop.test{path}")),
            Rule::Path,
            "{path}"
        );
    }
    for path in [
        "/docs/../admin",
        "/docs/%2e%2e/admin",
        "/docs/..%2fadmin",
        "/docs/a;x=1/b",
        "/docs/%5c..%5cadmin",
        "/docs//admin",
        "/docs/..;/admin",
        "/docs/..%3b/admin",
        "/docs/%252e%252e/admin",
        "/docs/%c0%ae%c0%ae/admin",
        "/docs/.",
        "/x/..%2fdocs/../docs/",
    ] {
        let rule = refused(&page, &format!("http://shop.test{path}"));
        assert!(matches!(rule, Rule::AmbiguousUrl | Rule::Path), "{path} {rule:?}");
    }
    let own = PageRule {
        scope: PageScope::Below,
        ..rule("http://shop.test/docs/a;x=1/b")
    };
    assert_eq!(
        ask(&own, "http://shop.test/docs/a;x=1/b", false),
        Ok(Reached::Page),
        "the very path of the token"
    );
    assert_eq!(
        refused(&own, "http://shop.test/docs/a;x=1/b/c"),
        Rule::AmbiguousUrl
    );
}

#[test]
fn a_session_loads_what_belongs_to_its_page() {
    let page = PageRule {
        scope: PageScope::Assets,
        ..rule("http://shop.test/shop/report.php?id=1")
    };
    let loads = |path: &str, in_session| ask(&page, &format!("http://shop.test{path}"), in_session).ok();
    for path in [
        "/shop/style.css",
        "/shop/img/a.PNG?v=3",
        "/static/app.js",
        "/static/deep/er/font.woff2",
    ] {
        assert_eq!(loads(path, true), Some(Reached::Asset), "{path}");
        assert_eq!(loads(path, false), None, "{path} by itself");
    }
    for path in [
        "/style.css",
        "/shop/admin.php",
        "/shop/admin.php/x.css",
        "/shop/a%2fx.css",
        "/shop/x;.css",
        "/shop/",
        "/other/static/a.js",
    ] {
        assert_eq!(loads(path, true), None, "{path}");
    }
}

#[test]
fn methods_and_networks_can_be_narrowed() {
    let page = PageRule {
        reads_only: true,
        networks: Network::parse_list("10.0.0.0/8, ::1").expect("networks"),
        ..rule("http://shop.test/a")
    };
    let url = ReceivedUrl::parse(b"http://shop.test/a", TOKEN_PARAMETER).expect("a URL");
    let by = |method, address: Option<&str>| {
        let request = Request {
            url: &url,
            method,
            address: address.map(|address| address.parse().expect("an address")),
            in_session: false,
        };
        page.check(&request, &[]).map_err(|refused| refused.rule)
    };
    assert_eq!(by("GET", Some("10.1.2.3")), Ok(Reached::Page));
    assert_eq!(by("HEAD", Some("::1")), Ok(Reached::Page));
    assert_eq!(by("POST", Some("10.1.2.3")), Err(Rule::Method));
    assert_eq!(by("GET", Some("11.1.2.3")), Err(Rule::Network));
    assert_eq!(by("GET", None), Err(Rule::Network));
}

#[test]
fn a_semicolon_begins_no_parameter_that_nobody_asked_for() {
    let page = PageRule {
        may_add: Names::parse("utm_*").expect("names"),
        any_value: Names::parse("page").expect("names"),
        ..rule("http://shop.test/list?page=1&kind=a;b")
    };
    for (url, expected) in [
        ("list?page=1&kind=a;b", Ok(Reached::Page)),
        ("list?page=1&kind=a%3Bb&utm_x=1%3Bkind=b", Ok(Reached::Page)),
        ("list?page=2&kind=a;b&utm_x=1", Ok(Reached::Page)),
        ("list?page=1&kind=a;b&utm_x=1;kind=b", Err(Rule::ParameterExtra)),
        ("list?page=1&kind=a;b&utm_x;kind=b", Err(Rule::ParameterExtra)),
        ("list?page=2;kind=b&kind=a;b", Err(Rule::ParameterDifferent)),
        ("list?page=2&kind=a;c", Err(Rule::ParameterDifferent)),
    ] {
        let found = ask(&page, &format!("http://shop.test/{url}"), false);
        assert_eq!(found.map_err(|refused| refused.rule), expected, "{url}");
    }
}

#[test]
fn behind_a_program_in_the_folder_nothing_is_an_asset() {
    let with_assets = |url: &str| PageRule {
        scope: PageScope::Assets,
        ..rule(url)
    };
    let page = with_assets("http://shop.test/index.php/wiki/P");
    for (url, expected) in [
        ("index.php/wiki/P", Ok(Reached::Page)),
        ("static/x.css", Ok(Reached::Asset)),
        ("index.php/wiki/x.css", Err(Rule::Path)),
        ("index%2Ephp/wiki/x.css", Err(Rule::Path)),
    ] {
        let found = ask(&page, &format!("http://shop.test/{url}"), true);
        assert_eq!(found.map_err(|refused| refused.rule), expected, "{url}");
    }
    let page = with_assets("http://shop.test/docs/v1.2/page");
    let found = ask(&page, "http://shop.test/docs/v1.2/x.css", true);
    assert_eq!(found, Ok(Reached::Asset), "a number is no program's ending");
}
