//! Every route with its handler. The router is built from this list, and tests walk it, so that neither can forget a route.

use std::collections::HashMap;
use std::sync::LazyLock;

use axum::routing::{MethodRouter, any, get, post};
use backend::Needs;
use domain::campaigns::{design, import};
use http::Method;

use crate::pages::credentials::LARGEST;
use crate::rest::{self, Rest};
pub use crate::route::{Access, ResponseKind, Route};
use crate::route::{FORM, IMPORT, PICTURE, UPLOAD};
use crate::server::Server;
use crate::{events, gate, health, oauth, pages, site};

/// A handler.
#[derive(Clone, Copy)]
pub enum Handler {
    /// A handler as axum knows it.
    Plain(fn() -> MethodRouter<Server>),
    /// An operation of the API.
    Rest(&'static Rest),
}

impl Handler {
    /// The handler, as axum knows it.
    pub fn method_router(self) -> MethodRouter<Server> {
        match self {
            Self::Plain(handler) => handler(),
            Self::Rest(rest) => rest.method_router(),
        }
    }
}

/// A route with its handler.
struct Served {
    route: Route,
    handler: Handler,
}

/// Server functions: a page of 100,000 characters, at most four bytes each, at worst percent-encoded.
const FUNCTION: usize = 2 * 1024 * 1024;
/// A bounce report, with the mail in it.
const REPORT: usize = 1024 * 1024;
/// What a program sends: at most a thousand ids, or a page of text.
const JSON: usize = 512 * 1024;
/// A text of mails, percent-encoded.
const TEXT: usize = 512 * 1024;
/// A table of recipients in JSON, three bytes as four letters.
const ENCODED_IMPORT: usize = import::MOST_BYTES / 3 * 4 + FORM;
/// A picture in JSON.
const ENCODED_PICTURE: usize = design::MOST_PICTURE_BYTES / 3 * 4 + FORM;
/// No body is read.
const NOTHING: usize = 0;

use Access::Anybody;
use ResponseKind::{Admin, Function, Gate, Plain, Recipient, Script, Static};

#[rustfmt::skip]
const ROUTES: [Served; 114] = [
    // the admin's application
    look("/",                                   Access::Admin, Admin, || get(pages::admin::start)),
    look("/tokens",                             Access::Admin, Admin, || get(pages::admin::page)),
    look("/tokens/{id}",                        Access::Admin, Admin, || get(pages::admin::page)),
    look("/collections",                        Access::Admin, Admin, || get(pages::admin::page)),
    look("/collections/{id}",                   Access::Admin, Admin, || get(pages::admin::page)),
    look("/administrator/page-tokens",          Access::Admin, Admin, || get(pages::admin::page)),
    look("/administrator/page-tokens/batch",    Access::Admin, Admin, || get(pages::admin::page)),
    look("/administrator/tokens/mobile",        Access::Admin, Admin, || get(pages::admin::page)),
    look("/administrator/tokens/mobile/apps",   Access::Admin, Admin, || get(pages::admin::page)),
    look("/administrator/tokens/mobile/{id}",   Access::Admin, Admin, || get(pages::admin::page)),
    look("/campaigns",                          Access::Admin, Admin, || get(pages::admin::page)),
    look("/campaigns/{id}",                     Access::Admin, Admin, || get(pages::admin::page)),
    look("/campaigns/sign-in-providers",        Access::Admin, Admin, || get(pages::admin::page)),
    look("/campaigns/{id}/import",              Access::Admin, Admin, || get(pages::admin::page)),
    send("/campaigns/{id}/import",              Access::Admin, Script, IMPORT, || post(pages::imports::read)),
    look("/campaigns/{id}/imports/{import}/bad.csv", Access::Admin, Plain, || get(pages::imports::bad_rows)),
    look("/campaigns/{id}/design",              Access::Admin, Admin, || get(pages::admin::page)),
    look("/campaigns/{id}/design.png",          Access::Admin, Plain, || get(pages::designs::design)),
    send("/campaigns/{id}/pictures",            Access::Admin, Script, PICTURE, || post(pages::designs::add_picture)),
    look("/campaigns/{id}/pictures/{picture}",  Access::Admin, Plain, || get(pages::designs::picture)),
    look("/campaigns/background.svg",           Access::Admin, Plain, || get(pages::designs::background)),
    look("/campaigns/preview.png",              Access::Admin, Plain, || get(pages::credentials::preview)),
    look("/people",                             Access::Admin, Admin, || get(pages::admin::page)),
    look("/people/{id}",                        Access::Admin, Admin, || get(pages::admin::page)),
    look("/administrator/mail",                 Access::Admin, Admin, || get(pages::admin::page)),
    look("/administrator/mail/settings",        Access::Admin, Admin, || get(pages::admin::page)),
    send("/administrator/mail/logo",            Access::Admin, Plain, PICTURE, || post(pages::mail::set_logo)),
    look("/administrator/mail/texts",           Access::Admin, Admin, || get(pages::admin::page)),
    look("/administrator/mail/texts/{key}/{language}", Access::Admin, Admin, || get(pages::admin::page)),
    send("/administrator/mail/preview",         Access::Admin, Plain, TEXT, || post(pages::mail::preview)),
    look("/administrator/mail/{id}",            Access::Admin, Admin, || get(pages::admin::page)),
    look("/administrator/mail/{id}/letter",     Access::Admin, Plain, || get(pages::mail::letter)),
    look("/organisation",                       Access::Admin, Admin, || get(pages::admin::page)),
    look("/organisation/departments",           Access::Admin, Admin, || get(pages::admin::page)),
    look("/organisation/user-types",            Access::Admin, Admin, || get(pages::admin::page)),
    look("/administrator/tokens",               Access::Admin, Admin, || get(pages::admin::page)),
    look("/administrator/tokens/policy",        Access::Admin, Admin, || get(pages::admin::page)),
    look("/administrator/tokens/explain",       Access::Admin, Admin, || get(pages::admin::page)),
    look("/administrator/tokens/{id}",          Access::Admin, Admin, || get(pages::admin::page)),
    look("/account",                            Access::Admin, Admin, || get(pages::admin::page)),
    send("/rpc/{*function}",                    Anybody,    Function, FUNCTION, || post(pages::admin::call)),
    look("/events",                             Access::Admin, Script, || get(events::listen)),

    // beside it
    look("/tokens.csv",                         Access::Admin, Plain, || get(pages::export::tokens)),
    send("/tokens.csv",                         Access::Admin, Plain, FORM, || post(pages::export::these_tokens)),
    look("/tokens/{id}/codes.csv",              Access::Admin, Plain, || get(pages::export::codes)),
    send("/tokens/{id}/codes.csv",              Access::Admin, Plain, FORM, || post(pages::export::these_codes)),
    look("/tokens/{id}/uses.csv",               Access::Admin, Plain, || get(pages::export::uses)),
    look("/tokens/{id}/sheet",                  Access::Admin, Plain, || get(pages::sheet::show)),
    send("/collections/{id}/files",             Access::Admin, Script, UPLOAD, || post(pages::upload::file)),
    look("/collections/{id}/preview",           Access::Admin, Recipient, || get(pages::preview::collection)),
    look("/collections/{id}/preview/{item}",    Access::Admin, Recipient, || get(pages::preview::item)),

    // signing in
    look("/setup",                              Anybody, Plain, || get(pages::set_up::show)),
    send("/setup",                              Anybody, Plain, FORM, || post(pages::set_up::create)),
    look("/sign-in",                            Anybody, Plain, || get(pages::sign_in::show)),
    send("/sign-in",                            Anybody, Plain, FORM, || post(pages::sign_in::sign_in)),
    send("/sign-out",                           Anybody, Plain, FORM, || post(pages::sign_in::sign_out)),
    look("/invitation/{secret}",                Anybody, Recipient, || get(pages::invitation::show)),
    send("/invitation/{secret}",                Anybody, Recipient, FORM, || post(pages::invitation::accept)),

    // a link or code
    look("/t",                                  Anybody, Recipient, || get(pages::code::ask)),
    send("/t",                                  Anybody, Recipient, FORM, || post(pages::code::typed)),
    look("/t/{code}",                           Anybody, Recipient, || get(pages::code::followed)),
    send("/t/open",                             Anybody, Recipient, FORM, || post(pages::redeem::without_cookie)),
    look("/t/open/{look}",                      Anybody, Recipient, || get(pages::redeem::look)),
    send("/t/open/{look}",                      Anybody, Recipient, FORM, || post(pages::redeem::with_cookie)),

    // a claim link or token
    look("/recipient-view",                     Anybody, Recipient, || get(pages::claims::ask)),
    send("/recipient-view",                     Anybody, Recipient, FORM, || post(pages::claims::typed)),
    send("/recipient-view/links",               Anybody, Recipient, FORM, || post(pages::claims::send_links)),
    look("/r/{token}",                          Anybody, Recipient, || get(pages::claims::followed)),
    send("/r/at",                               Anybody, Recipient, FORM, || post(pages::claims::without_cookie)),
    look("/r/connected",                        Anybody, Recipient, || get(pages::connected::came_back)),
    send("/r/connected",                        Anybody, Recipient, FORM, || post(pages::connected::confirm)),
    look("/r/at/{look}",                        Anybody, Recipient, || get(pages::claims::look)),
    send("/r/at/{look}",                        Anybody, Recipient, FORM, || post(pages::claims::with_cookie)),

    // credentials, for everybody
    look("/c/{id}",                             Anybody, Plain, || get(pages::credentials::credential)),
    send("/c/{id}/share",                       Anybody, Plain, FORM, || post(pages::credentials::share)),
    look("/issuers/{organisation}/did.json",    Anybody, Plain, || get(pages::credentials::issuer)),
    look("/issuers/{organisation}/logo.png",    Anybody, Plain, || get(pages::mail::logo)),
    look("/issuers/{organisation}/style.css",   Anybody, Plain, || get(pages::mail::style)),
    look("/status/{list}",                      Anybody, Plain, || get(pages::credentials::status_list)),
    look("/verify",                             Anybody, Plain, || get(pages::credentials::ask)),
    send("/verify",                             Anybody, Plain, LARGEST, || post(pages::credentials::verify)),

    // what a recipient has
    look("/my",                                 Access::Recipient, Recipient, || get(pages::my::collections)),
    look("/my/sign-in",                         Anybody,        Recipient, || get(pages::my_sign_in::ask)),
    send("/my/sign-in",                         Anybody,        Recipient, FORM, || post(pages::my_sign_in::send)),
    look("/my/sign-in/{secret}",                Anybody,        Recipient, || get(pages::my_sign_in::look)),
    send("/my/sign-in/{secret}",                Anybody,        Recipient, FORM, || post(pages::my_sign_in::sign_in)),
    look("/my/{collection}",                    Access::Recipient, Recipient, || get(pages::my::collection)),
    look("/my/{collection}/{item}",             Access::Recipient, Recipient, || get(pages::my::item)),
    send("/my/{collection}/{item}",             Access::Recipient, Recipient, FORM, || post(pages::my::opened)),
    look("/files/{id}",                         Access::Recipient, Recipient, || get(pages::files::file)),

    // for reverse proxies
    look("/gate/nginx",                         Anybody, Gate,   || any(gate::nginx::decide)),
    look("/gate/nginx/refused",                 Anybody, Gate,   || any(gate::nginx::refused)),
    look("/gate/forward",                       Anybody, Gate,   || any(gate::forward::decide)),
    look("/gate/jwks.json",                     Anybody, Plain,  || get(gate::public_keys)),
    look("/gate/envoy/",                        Anybody, Gate,   || any(gate::envoy::decide)),
    look("/gate/envoy/{*path}",                 Anybody, Gate,   || any(gate::envoy::decide)),

    // for mobile apps, and for programs that verify their tokens
    look("/oauth/authorize",                    Anybody, Plain, || get(oauth::authorize::show)),
    send("/oauth/authorize",                    Anybody, Plain, FORM, || post(oauth::authorize::allow)),
    send("/oauth/token",                        Anybody, Plain, FORM, || post(oauth::token)),
    ask("/oauth/introspect",                    Access::Program(Needs::Itself), Plain, || post(oauth::introspect)),
    send("/oauth/revoke",                       Anybody, Plain, FORM, || post(oauth::revoke)),
    send("/oauth/wipe",                         Anybody, Plain, FORM, || post(oauth::wiped)),
    look("/.well-known/oauth-authorization-server", Anybody, Plain, || get(oauth::metadata::server)),
    look("/.well-known/tokenwright-token-format",   Anybody, Plain, || get(oauth::metadata::token_format)),

    // bounces, and readers who unsubscribe from reminders
    send("/hooks/bounces",                      Anybody, Plain, REPORT, || post(pages::mail::bounced)),
    look("/mail/unsubscribe/{key}",             Anybody, Recipient, || get(pages::mail::reader)),
    send("/mail/unsubscribe/{key}",             Anybody, Recipient, FORM, || post(pages::mail::refuse)),

    // for programs
    look("/healthz",                            Anybody, Plain,  || get(health::is_alive)),
    look("/readyz",                             Anybody, Plain,  || get(health::is_ready)),
    look("/metrics",                            Anybody, Plain,  || get(health::metrics)),
    look("/robots.txt",                         Anybody, Plain,  || get(health::robots)),
    look("/.well-known/security.txt",           Anybody, Plain,  || get(health::security)),
    look("/problems/{kind}",                    Anybody, Plain,  || get(rest::pages::problem)),
    look("/pkg/{file}",                         Anybody, Static, || get(site::file)),
];

static ALL: LazyLock<(Vec<Route>, Vec<Handler>)> = LazyLock::new(|| {
    let operations = rest::ROUTES.iter().map(|rest| Served {
        route: Route {
            method: rest.method.clone(),
            path: rest.path,
            who: Access::Program(rest.needs),
            kind: ResponseKind::Api,
            takes: match rest.path {
                _ if rest.method.is_safe() => NOTHING,
                rest::imports::PATH => ENCODED_IMPORT,
                rest::designs::pictures::PATH => ENCODED_PICTURE,
                _ => JSON,
            },
            writes: !rest.method.is_safe(),
        },
        handler: Handler::Rest(rest),
    });
    let served = ROUTES.into_iter().chain(operations);
    served.map(|served| (served.route, served.handler)).unzip()
});

static BY_PATH: LazyLock<HashMap<&'static str, Vec<&'static Route>>> = LazyLock::new(|| {
    let mut by_path: HashMap<_, Vec<_>> = HashMap::new();
    for route in all() {
        by_path.entry(route.path).or_default().push(route);
    }
    by_path
});

/// All of them.
pub fn all() -> &'static [Route] {
    &ALL.0
}

/// All of them, with their handlers.
pub fn with_handlers() -> impl Iterator<Item = (&'static Route, &'static Handler)> {
    ALL.0.iter().zip(&ALL.1)
}

/// The route that a request matched. A method that the path does not have is treated like the first one that it has, as
/// far as errors are concerned.
pub fn find(method: &Method, pattern: &str) -> Option<&'static Route> {
    let method = if *method == Method::HEAD {
        &Method::GET
    } else {
        method
    };
    let with_path = BY_PATH.get(pattern)?;
    let exactly = with_path.iter().find(|route| route.method == *method);
    exactly.or(with_path.first()).copied()
}

const fn look(
    path: &'static str,
    who: Access,
    kind: ResponseKind,
    handler: fn() -> MethodRouter<Server>,
) -> Served {
    Served {
        route: Route {
            method: Method::GET,
            path,
            who,
            kind,
            takes: NOTHING,
            writes: false,
        },
        handler: Handler::Plain(handler),
    }
}

/// A question that is sent as a form: nothing is changed.
const fn ask(
    path: &'static str,
    who: Access,
    kind: ResponseKind,
    handler: fn() -> MethodRouter<Server>,
) -> Served {
    Served {
        route: Route {
            method: Method::POST,
            path,
            who,
            kind,
            takes: FORM,
            writes: false,
        },
        handler: Handler::Plain(handler),
    }
}

const fn send(
    path: &'static str,
    who: Access,
    kind: ResponseKind,
    takes: usize,
    handler: fn() -> MethodRouter<Server>,
) -> Served {
    Served {
        route: Route {
            method: Method::POST,
            path,
            who,
            kind,
            takes,
            writes: true,
        },
        handler: Handler::Plain(handler),
    }
}
