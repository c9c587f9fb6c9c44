//! Which operation a method and a path lead to, for questions about requests that were not made.

use backend::{Needs, Operations};

use super::{ROUTES, Rest};

/// The operations, for what is asked about requests that nobody made.
pub const OPERATIONS: Operations = Operations { needs, all };

fn needs(method: &str, path: &str) -> Option<Needs> {
    Some(find(method, path)?.needs)
}

fn all() -> Vec<(String, Needs)> {
    let operation = |rest: &&'static Rest| (format!("{} {}", rest.method, rest.path), rest.needs);
    ROUTES.iter().map(operation).collect()
}

/// As the router decides: of the patterns that fit the one with the names that stand there, then the method.
fn find(method: &str, path: &str) -> Option<&'static Rest> {
    let method = if method == "HEAD" { "GET" } else { method };
    let fitting = ROUTES.iter().filter(|rest| fits(rest.path, path));
    let nearest = fitting.min_by_key(|rest| variable(rest.path))?.path;
    ROUTES
        .iter()
        .find(|rest| rest.path == nearest && rest.method == method)
        .copied()
}

fn fits(pattern: &str, path: &str) -> bool {
    let (mut pattern, mut path) = (pattern.split('/'), path.split('/'));
    loop {
        match (pattern.next(), path.next()) {
            (None, None) => return true,
            (Some(name), Some(part)) if is_variable(name) => {
                if part.is_empty() {
                    return false;
                }
            }
            (Some(name), Some(part)) if name == part => {}
            _ => return false,
        }
    }
}

/// Which parts of a pattern can be anything: a name that comes first decides.
fn variable(pattern: &str) -> Vec<bool> {
    pattern.split('/').map(is_variable).collect()
}

fn is_variable(name: &str) -> bool {
    name.starts_with('{')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operation_is_found_by_its_method_and_path() {
        for rest in ROUTES.iter() {
            let parts = rest.path.split('/').map(|name| match is_variable(name) {
                true => "00000000-0000-4000-8000-000000000020",
                false => name,
            });
            let path = parts.collect::<Vec<_>>().join("/");
            let found = find(rest.method.as_str(), &path);
            let found = found.map(|found| (&found.method, found.path));
            assert_eq!(found, Some((&rest.method, rest.path)));
        }
    }

    #[test]
    fn what_the_router_does_not_know_is_no_operation() {
        assert_eq!(
            needs("HEAD", "/api/v1/api-tokens"),
            needs("GET", "/api/v1/api-tokens")
        );
        for (method, path) in [
            ("PUT", "/api/v1/api-tokens"),
            ("GET", "/api/v1/api-tokens/"),
            ("GET", "/api/v1/nothing"),
            ("GET", "/"),
            ("GET", ""),
            // The name stands there for another method, so it is no id.
            ("GET", "/api/v1/page-tokens/explain"),
        ] {
            assert_eq!(needs(method, path), None, "{method} {path}");
        }
    }
}
