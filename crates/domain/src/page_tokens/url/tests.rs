use proptest::prelude::*;

use super::*;
use crate::page_tokens::TOKEN_PARAMETER;

fn typed(text: &str) -> PageUrl {
    PageUrl::typed(text, TOKEN_PARAMETER).unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn received(text: &str) -> ReceivedUrl {
    ReceivedUrl::parse(text.as_bytes(), TOKEN_PARAMETER).unwrap_or_else(|error| panic!("{text}: {error}"))
}

/// The URL that the old program could not make a token for, word for word.
const SEED: &str = r#"https://yoursite/tiki-ajax_services.php?controller=tracker&action=export_items&trackerId=3&encoding=UTF-8&separator=%2C&delimiterL="&delimiterR="&CR=%25%25%25&listfields[]=2&listfields[]=3&recordsMax=-1"#;

#[test]
fn the_seeds_urls_match_as_a_browser_sends_them() {
    let as_browsers_send = "https://yoursite/tiki-ajax_services.php?controller=tracker&action=export_items&trackerId=3&encoding=UTF-8&separator=,&delimiterL=%22&delimiterR=%22&CR=%25%25%25&listfields%5B%5D=2&listfields%5B%5D=3&recordsMax=-1&TOKEN=twp_x";
    assert_eq!(typed(SEED), received(as_browsers_send).url);
    let second = "https://yoursite/tiki-ajax_services.php?controller=tracker&action=export_items&trackerId=3&encoding=UTF-8&separator=,&CR=%%&recordsMax=-1";
    assert_eq!(typed(second), received(&format!("{second}&token=x")).url);
    assert_ne!(typed(second), typed(SEED));
}

#[test]
fn one_page_has_one_form() {
    for (one, other) in [
        ("HTTP://Shop.Test:80", "http://shop.test/"),
        (
            "http://shop.test/%7euser/caf%c3%a9",
            "http://shop.test/~user/caf%C3%A9",
        ),
        ("http://shop.test/café", "http://shop.test/caf%C3%A9"),
        ("http://shop.test/a/./b/../c", "http://shop.test/a/c"),
        ("http://shop.test/a/%2e%2E/b", "http://shop.test/b"),
        ("http://shop.test/../..", "http://shop.test/"),
        ("http://shop.test/a b", "http://shop.test/a%20b"),
        ("http://shop.test?x", "http://shop.test/?x="),
        ("http://shop.test/a?b=1#top", "http://shop.test/a?b=1"),
        ("http://shop.test/a?Token=1&b=2", "http://shop.test/a?b=2"),
    ] {
        assert_eq!(typed(one), typed(other), "{one} {other}");
    }
}

#[test]
fn what_is_another_page_stays_another() {
    for (one, other) in [
        ("http://shop.test/a%2Fb", "http://shop.test/a/b"),
        ("http://shop.test/a//b", "http://shop.test/a/b"),
        ("http://shop.test/a/", "http://shop.test/a"),
        ("http://shop.test/A", "http://shop.test/a"),
        ("http://shop.test/a+b", "http://shop.test/a%20b"),
        ("https://shop.test/", "http://shop.test/"),
        ("http://shop.test:8080/", "http://shop.test/"),
        ("http://shop.test/a%3Bb", "http://shop.test/a;b"),
    ] {
        assert_ne!(typed(one), typed(other), "{one} {other}");
    }
}

#[test]
fn what_can_be_read_in_two_ways_is_noted() {
    let of = |path: &str| received(&format!("http://shop.test{path}")).ambiguity;
    assert_eq!(of("/x/report.html?a=..%2f"), Ambiguity::default());
    for path in [
        "/x/..%2findex.html",
        "/x/%5c",
        "/x/..;/y",
        "/x/%3b",
        "/x/%252e",
        "/x/%c0%ae",
        "/x%2Fy",
    ] {
        assert!(of(path).escapes, "{path}");
    }
    for path in ["/x/../y", "/x/%2e%2E/y", "/.", "/x/%2e"] {
        assert!(of(path).dot_segments, "{path}");
    }
    assert!(of("//x").double_slash && of("/x//").double_slash && !of("/x/").double_slash);
}

#[test]
fn what_is_no_url_is_refused() {
    for text in [
        "http://shop.test/a\\b",
        "http://shop.test/%zz",
        "http://shop.test/%",
        "http://shop.test/%00",
        "http://shop.test/\n",
        "http://shop.test/?\r",
    ] {
        assert_eq!(
            PageUrl::typed(&format!("{text}x"), TOKEN_PARAMETER),
            Err(BadUrl::Malformed),
            "{text:?}"
        );
    }
    for text in [
        "",
        "/a",
        "shop.test/a",
        "ftp://shop.test/",
        "http:///a",
        "http://u:p@shop.test/",
    ] {
        assert_eq!(
            PageUrl::typed(text, TOKEN_PARAMETER),
            Err(BadUrl::NoAddress),
            "{text}"
        );
    }
    assert_eq!(
        ReceivedUrl::parse(b"http://shop.test/a#b", TOKEN_PARAMETER),
        Err(BadUrl::Malformed)
    );
    let long = format!("http://shop.test/{}", "a".repeat(LONGEST_URL));
    assert_eq!(PageUrl::typed(&long, TOKEN_PARAMETER), Err(BadUrl::TooLong));
}

#[test]
fn proxies_that_make_two_slashes_one_are_known() {
    assert_eq!(typed("http://shop.test/a%2Fb//c//").merged_path(), "/a%2Fb/c/");
}

/// A text as bytes that are encoded or not, as dice decide; what must be encoded always is.
fn written(text: &str, encode: &[bool], upper: bool, plain: impl Fn(u8) -> bool) -> String {
    text.bytes()
        .enumerate()
        .map(|(n, byte)| {
            let encode = !plain(byte) || encode.get(n % encode.len().max(1)).copied().unwrap_or(false);
            match (encode, upper) {
                (false, _) => char::from(byte).to_string(),
                (true, true) => format!("%{byte:02X}"),
                (true, false) => format!("%{byte:02x}"),
            }
        })
        .collect()
}

proptest! {
    #[test]
    fn writing_a_url_differently_changes_nothing(
        segments in prop::collection::vec("[a-zA-Z0-9_~é -]{1,6}", 0..5),
        pairs in prop::collection::vec(("[a-z\\[\\]é]{1,5}", "[a-z0-9,&=%+ \"]{0,6}"), 0..6),
        order in any::<prop::sample::Index>(),
        dice in prop::collection::vec(any::<bool>(), 1..20),
        upper in any::<bool>(),
        dots in any::<bool>(),
    ) {
        let unreserved = |byte: u8| is_unreserved(byte);
        let plain_path = segments.iter().map(|s| format!("/{}", written(s, &[false], true, unreserved))).collect::<String>();
        let plain_query = pairs.iter().map(|(name, value)| {
            format!("{}={}", written(name, &[false], true, unreserved), written(value, &[false], true, unreserved))
        }).collect::<Vec<_>>();

        let up = if dots { "/%2e/x/.." } else { "" };
        let odd_path = segments.iter().map(|s| format!("{up}/{}", written(s, &dice, upper, unreserved))).collect::<String>();
        let mut odd_query = pairs.iter().map(|(name, value)| {
            format!("{}={}", written(name, &dice, upper, |b| is_unreserved(b) || matches!(b, b'[' | b']')),
                written(value, &dice, upper, |b| is_unreserved(b) || matches!(b, b',' | b'=' | b'"')))
        }).collect::<Vec<_>>();
        if !odd_query.is_empty() {
            let middle = order.index(odd_query.len());
            odd_query.rotate_left(middle);
        }
        odd_query.push("tOkEn=twp_1".into());

        let plain = format!("http://shop.test{plain_path}?{}", plain_query.join("&"));
        let odd = format!("HTTP://SHOP.test:80{odd_path}?{}", odd_query.join("&"));
        prop_assert_eq!(&typed(&plain), &received(&odd).url);
        prop_assert_eq!(&typed(&plain.clone()), &typed(&typed(&plain).to_string()), "canonical is canonical");
    }

    #[test]
    fn no_text_makes_it_fall_over(text in ".{0,60}", bytes in prop::collection::vec(any::<u8>(), 0..60)) {
        let _ = PageUrl::typed(&text, TOKEN_PARAMETER);
        let _ = ReceivedUrl::parse(&bytes, TOKEN_PARAMETER);
        let mut url = b"http://shop.test/".to_vec();
        url.extend(&bytes);
        if let Ok(received) = ReceivedUrl::parse(&url, TOKEN_PARAMETER) {
            let text = received.url.to_string();
            prop_assert_eq!(typed(&text), received.url);
        }
    }
}
