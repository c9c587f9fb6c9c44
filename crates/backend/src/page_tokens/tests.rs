//! Stories of page tokens and the gate.

mod anonymous_callers;
mod at_once;
mod cookies;
mod departments;
mod editing;
mod explaining;
mod hits;
mod journal;
mod journal_model;
mod leaked;
mod lists;
mod log;
mod making;
mod sites;

use domain::Refusal;
use domain::page_tokens::credential::Carried;
use domain::page_tokens::forms::PageTokenForm;
use domain::page_tokens::sites::SiteForm;
use domain::page_tokens::{Rule, list::PageTokenRow};

use super::gate::{Asked, Verdict};
use crate::testing::{World, on_each_engine};
use crate::{Backend, Caller, Error};

pub(super) const HOST: &str = "http://shop.test:8080";

pub(super) async fn admin(world: &World) -> Caller {
    let caller = world.owner("Ada", "ada@example.org", "Harbour School").await;
    let form = SiteForm {
        address: HOST.into(),
        trusted_networks: "127.0.0.1/32".into(),
        ..SiteForm::default()
    };
    world
        .backend
        .page_tokens()
        .add_site(&caller, &form)
        .await
        .expect("a site");
    caller
}

pub(super) async fn token(
    backend: &Backend,
    caller: &Caller,
    path: &str,
    change: impl FnOnce(&mut PageTokenForm),
) -> (PageTokenRow, String) {
    let mut form = PageTokenForm {
        full_url: format!("{HOST}{path}"),
        groups: "Editors, Batch".into(),
        ..PageTokenForm::default()
    };
    change(&mut form);
    let (row, link) = backend
        .page_tokens()
        .create(caller, &form)
        .await
        .expect("a token");
    (row, link.token)
}

pub(super) fn asked<'a>(url: &'a str, request_id: Option<&'a str>) -> Asked<'a> {
    Asked {
        proxy: "127.0.0.1".parse().ok(),
        site_secret: None,
        site: None,
        url: url.as_bytes(),
        method: "GET",
        client: "192.0.2.1".parse().ok(),
        user_agent: "curl",
        in_headers: Carried::None,
        cookies: Vec::new(),
        request_id,
        is_navigation: false,
        is_prefetch: false,
        is_continuation: false,
    }
}

pub(super) async fn ask(backend: &Backend, url: &str) -> Verdict {
    backend.gate().decide(&asked(url, None)).await.expect("a verdict")
}

pub(super) fn rule(verdict: &Verdict) -> Option<Rule> {
    match verdict {
        Verdict::Refused(rule) => Some(*rule),
        _ => None,
    }
}
