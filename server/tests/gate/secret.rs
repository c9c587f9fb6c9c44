//! A proxy that is known by the site's secret, and by nothing else: it is let in, its site never sees the secret, and what a
//! visitor says in its place is not heard.

use domain::page_tokens::sites::SiteForm;

use crate::proxies::Proxy;
use crate::stage::Stage;
use crate::world::World;

/// A configuration with the line for the secret, as its comment says.
fn with_secret(proxy: Proxy, secret: &str, text: String) -> String {
    let (line, filled) = match proxy {
        Proxy::Nginx => (
            "set $site_secret \"\";",
            format!("set $site_secret \"{secret}\";"),
        ),
        Proxy::Caddy | Proxy::OldCaddy => (
            "# header_up Tokenwright-Site-Secret \"...\"",
            format!("header_up Tokenwright-Site-Secret \"{secret}\""),
        ),
        Proxy::Haproxy => ("local SECRET = nil", format!("local SECRET = \"{secret}\"")),
        Proxy::Traefik => (
            "Tokenwright-Site-Secret: \"\"",
            format!("Tokenwright-Site-Secret: \"{secret}\""),
        ),
        Proxy::Envoy => (
            "# - {key: tokenwright-site-secret, value: \"...\"}",
            format!("- {{key: tokenwright-site-secret, value: \"{secret}\"}}"),
        ),
    };
    text.replace(line, &filled)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_proxy_is_known_by_its_sites_secret() {
    for proxy in Proxy::ALL {
        let Some(program) = proxy.program_or_excuse() else {
            continue;
        };
        let name = proxy.name();
        for sends in [true, false] {
            let world = World::on(database::testing::sqlite().await).await;
            let nowhere = |form: &mut SiteForm| form.trusted_networks = String::new();
            let change = |secret: &str, text| {
                if sends {
                    with_secret(proxy, secret, text)
                } else {
                    text
                }
            };
            let stage = Stage::with(proxy, &program, world, nowhere, change).await;
            let (_, token) = stage.token("/page", |_| {}).await;
            let bearer = format!("Bearer {token}");
            let bearer = ("Authorization", bearer.as_str());
            let guess = ("Tokenwright-Site-Secret", "guess");
            for headers in [&[bearer][..], &[bearer, guess], &[guess], &[]] {
                let (answer, seen) = stage.get("/page", headers).await;
                let may_enter = sends && headers.contains(&bearer);
                let expected = if may_enter { (200, 1) } else { (403, 0) };
                assert_eq!(
                    (answer.status, seen.len()),
                    expected,
                    "{name}, {sends}: {headers:?}"
                );
                for (header, value) in seen.iter().flat_map(|seen| &seen.headers) {
                    let is_secret =
                        header.to_ascii_lowercase().starts_with("tokenwright-site") && !value.is_empty();
                    assert!(!is_secret, "{name}: the site got {header}");
                }
            }
            println!(
                "{name}: the secret is {}",
                if sends { "sent" } else { "not sent" }
            );
            let (world, ..) = stage.apart();
            world.end().await;
        }
    }
}
