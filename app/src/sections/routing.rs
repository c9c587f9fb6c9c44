//! How a URL becomes a page of a section.
//!
//! The router has one type for all pages. Its own approach creates a type for each path and for each choice between
//! two, and all of them are in what is loaded first.

use std::borrow::Cow;
use std::time::Duration;

use gloo_timers::future::sleep;
use leptos::prelude::*;
use leptos_router::hooks::use_location;
use leptos_router::{
    ChooseView, GeneratedRouteData, MatchInterface, MatchNestedRoutes, MatchParams, RouteMatchId,
};

use super::{SECTIONS, Section};
use crate::ui::browser;

/// The variable parts in the path of a page: names and values.
type Params = Vec<(Cow<'static, str>, String)>;

/// A page of a section.
#[derive(Clone, Copy)]
pub struct Page {
    /// The section.
    pub section: &'static Section,
    path: &'static str,
    number: usize,
}

/// The page at a path, and its variable parts. A fully literal path takes precedence over one with names, in whatever
/// section it is.
pub fn find(address: &str) -> Option<(Page, Params)> {
    pages()
        .filter_map(|page| read(page.path, address).map(|params| (page, params)))
        .min_by_key(|(_, params)| params.len())
}

fn pages() -> impl Iterator<Item = Page> {
    SECTIONS
        .iter()
        .flat_map(|section| section.paths.iter().map(move |path| (section, *path)))
        .enumerate()
        .map(|(number, (section, path))| Page {
            section,
            path,
            number,
        })
}

/// The values of the path's names, if everything else matches.
fn read(path: &'static str, address: &str) -> Option<Params> {
    let mut params = Params::new();
    let mut given = address.trim_end_matches('/').split('/');
    for wanted in path.split('/') {
        let part = given.next()?;
        match wanted.strip_prefix(':') {
            Some(name) if !part.is_empty() => params.push((name.into(), part.to_owned())),
            None if wanted == part => {}
            _ => return None,
        }
    }
    given.next().is_none().then_some(params)
}

fn with_search(path: &str, search: &str) -> String {
    match search {
        "" => path.to_owned(),
        search => format!("{path}?{search}"),
    }
}

impl ChooseView for Page {
    async fn choose(self) -> AnyView {
        let (path, search) = (use_location().pathname, use_location().search);
        let here = move || path.try_get_untracked().unwrap_or_default();
        let wanted = here();
        loop {
            match (self.section.show)(self.path).await {
                Ok(view) => return view,
                // An upgrade removed the parts that belong to this page: the server has the complete page. While it
                // does not answer, the screen stays as it is.
                Err(_) if here() == wanted && browser::is_answered().await => {
                    browser::leave_for(&with_search(&wanted, &search.get_untracked()));
                }
                Err(_) => {}
            }
            sleep(Duration::from_secs(1)).await;
        }
    }

    async fn preload(&self) {
        let _ = self.section.load().await;
    }
}

/// All pages, for the router.
#[derive(Clone)]
pub struct Pages(Vec<RouteMatchId>);

/// All pages, as the router takes them.
pub fn routes() -> Pages {
    Pages(pages().map(|_| RouteMatchId::new_from_route_id()).collect())
}

/// The page that was found.
pub struct Found {
    page: Page,
    id: RouteMatchId,
    address: String,
    params: Params,
}

impl MatchNestedRoutes for Pages {
    type Data = ();
    type Match = Found;

    fn match_nested<'a>(&'a self, address: &'a str) -> (Option<(RouteMatchId, Found)>, &'a str) {
        let found = find(address).and_then(|(page, params)| {
            let id = *self.0.get(page.number)?;
            let address = address.to_owned();
            Some((
                id,
                Found {
                    page,
                    id,
                    address,
                    params,
                },
            ))
        });
        let rest = if found.is_some() { "" } else { address };
        (found, rest)
    }

    /// Unused: the server has its own list.
    fn generate_routes(&self) -> impl IntoIterator<Item = GeneratedRouteData> + '_ {
        std::iter::empty()
    }

    fn optional(&self) -> bool {
        false
    }
}

impl MatchParams for Found {
    fn to_params(&self) -> Params {
        self.params.clone()
    }
}

impl MatchInterface for Found {
    type Child = ();

    fn as_id(&self) -> RouteMatchId {
        self.id
    }

    fn as_matched(&self) -> &str {
        &self.address
    }

    fn into_view_and_child(self) -> (impl ChooseView, Option<()>) {
        (self.page, None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_gives_names_to_what_differs() {
        let id = |address| read("/tokens/:id", address).map(|params| params[0].1.clone());
        assert_eq!(id("/tokens/018f"), Some("018f".to_owned()));
        assert_eq!(id("/tokens/018f/"), Some("018f".to_owned()));
        assert_eq!(id("/tokens/"), None);
        assert_eq!(id("/tokens"), None);
        assert_eq!(id("/tokens/018f/codes"), None);
        assert_eq!(id("/people/018f"), None);
        assert_eq!(read("/tokens", "/tokens/"), Some(Params::new()));
        assert_eq!(read("/tokens", "/tokensmore"), None);
    }
}
