//! Who serves a path: one table per assembly.

use std::collections::BTreeMap;
use std::sync::Arc;

use hatchery_component::{Declaration, Error, Result, Route};
use http::Method;

use crate::active::Active;

/// Where the addresses of resources begin.
pub const ADMIN_API: &str = "/api/v1/admin";

/// Paths that the kernel answers before any component is asked.
const RESERVED: [&str; 6] =
    ["/api/docs", "/api/openapi.json", "/assets", "/files", "/health", "/metrics"];

/// Which route of which component serves a method and path, and which component brings a resource.
#[derive(Default)]
pub struct PathTable {
    router: matchit::Router<BTreeMap<String, Entry>>,
    resources: BTreeMap<String, Arc<str>>,
}

/// What the table says of a path.
pub enum Lookup<'a> {
    /// This route serves it.
    Found(Found<'a>),
    /// The path exists with these methods only.
    MethodNotAllowed(Vec<Method>),
    /// There is no such path.
    NotFound,
}

/// A route and its component.
pub struct Found<'a> {
    /// Id of the component.
    pub component: &'a Arc<str>,
    /// Its route.
    pub route: &'a Route,
}

/// A route stays where it was declared: it is large, with its description, and every store has a table.
struct Entry {
    component: Arc<str>,
    declaration: Arc<Declaration>,
    index: usize,
}

impl Entry {
    fn route(&self) -> Option<&Route> {
        self.declaration.routes.get(self.index)
    }
}

impl PathTable {
    /// The table of a set of components.
    ///
    /// # Errors
    /// Two components serve the same method and path, or bring resources of the same name; a path that is
    /// none. The message names both components.
    pub fn build(components: &BTreeMap<Arc<str>, Arc<Active>>) -> Result<Self> {
        let mut shapes: BTreeMap<String, BTreeMap<String, Entry>> = BTreeMap::new();
        let mut resources = BTreeMap::new();
        for (id, active) in components {
            for (index, route) in active.declaration.routes.iter().enumerate() {
                check_path(id, &route.path)?;
                let methods = shapes.entry(shape(&route.path)).or_default();
                let declaration = active.declaration.clone();
                let entry = Entry { component: id.clone(), declaration, index };
                if let Some(other) = methods.insert(route.method.to_string(), entry) {
                    return Err(conflict(
                        &format!("{} {}", route.method, route.path),
                        id,
                        &other.component,
                    ));
                }
            }
            for resource in &active.declaration.resources {
                let taken = resources.insert(resource.name.to_owned(), id.clone());
                if let Some(other) = taken {
                    return Err(conflict(&format!("the resource {}", resource.name), id, &other));
                }
            }
        }
        let mut owners: BTreeMap<String, Arc<str>> = BTreeMap::new();
        let mut router = matchit::Router::new();
        for (shape, methods) in shapes {
            let owner = methods.values().next().map(|entry| entry.component.clone());
            let owner = owner.unwrap_or_else(|| "kernel".into());
            match router.insert(shape.clone(), methods) {
                Ok(()) => owners.insert(shape, owner),
                Err(matchit::InsertError::Conflict { with }) => {
                    let other = owners.get(&with).unwrap_or(&owner);
                    return Err(conflict(
                        &format!("the path {shape} beside {with}"),
                        &owner,
                        other,
                    ));
                }
                Err(error) => {
                    let message = format!("The path '{shape}' of '{owner}' is not a path: {error}");
                    return Err(Error::invalid("route.invalid", message));
                }
            };
        }
        Ok(Self { router, resources })
    }

    /// The route for a method and path. `HEAD` is served by `GET`.
    pub fn find(&self, method: &Method, path: &str) -> Lookup<'_> {
        let Ok(found) = self.router.at(path) else { return Lookup::NotFound };
        let methods = found.value;
        let asked = if method == Method::HEAD { Method::GET.as_str() } else { method.as_str() };
        let asked = methods.get(asked).and_then(|entry| Some((&entry.component, entry.route()?)));
        match asked {
            Some((component, route)) => Lookup::Found(Found { component, route }),
            None => Lookup::MethodNotAllowed(
                methods.values().filter_map(Entry::route).map(|it| it.method.clone()).collect(),
            ),
        }
    }

    /// The component that serves `GET` of a path.
    pub fn owner(&self, path: &str) -> Option<&Arc<str>> {
        match self.find(&Method::GET, path) {
            Lookup::Found(found) => Some(found.component),
            Lookup::MethodNotAllowed(_) | Lookup::NotFound => None,
        }
    }

    /// The component that brings a resource.
    pub fn resource_owner(&self, resource: &str) -> Option<&Arc<str>> {
        self.resources.get(resource)
    }
}

fn check_path(component: &str, path: &str) -> Result<()> {
    if !path.starts_with('/') {
        let message = format!("The path '{path}' of '{component}' does not begin with a slash.");
        return Err(Error::invalid("route.invalid", message));
    }
    let is_below = |reserved: &str| {
        path.strip_prefix(reserved).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    match RESERVED.into_iter().find(|reserved| is_below(reserved)) {
        Some(reserved) => {
            let message = format!(
                "The path '{path}' of '{component}' is below '{reserved}', which is the kernel's."
            );
            Err(Error::conflict("route.reserved", message))
        }
        None => Ok(()),
    }
}

fn conflict(what: &str, one: &str, other: &str) -> Error {
    let message = format!("Both '{other}' and '{one}' serve {what}; only one of them can be on.");
    Error::conflict("route.conflict", message)
        .with_details(serde_json::json!({ "components": [other, one] }))
}

/// The path with the names of its parameters taken out, so that `/a/{id}` and `/a/{slug}` are one.
fn shape(path: &str) -> String {
    let mut shape = String::with_capacity(path.len());
    let mut rest = path;
    while let Some(open) = rest.find('{') {
        let Some(length) = rest[open..].find('}') else { break };
        let is_rest = rest[open + 1..].starts_with('*');
        shape.push_str(&rest[..open]);
        shape.push_str(if is_rest { "{*rest}" } else { "{value}" });
        rest = &rest[open + length + 1..];
    }
    shape.push_str(rest);
    shape
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests as fixtures;
    use axum::routing::get;
    use hatchery_component::{Access, Declaration};

    fn pages(paths: &[(Method, &str)]) -> Declaration {
        paths.iter().fold(Declaration::new(), |declaration, (method, path)| {
            declaration.page(Access::Public, method.clone(), path, get(|| async {}))
        })
    }

    #[track_caller]
    fn refused(parts: Vec<(&str, Declaration)>, expect: &str) {
        let error = PathTable::build(&fixtures::components(parts)).err().unwrap();
        assert_eq!(error.message(), expect);
    }

    #[test]
    fn the_most_exact_path_wins() {
        let table = PathTable::build(&fixtures::components(vec![
            ("a", pages(&[(Method::GET, "/x/{id}"), (Method::POST, "/x/{id}/y")])),
            (
                "b",
                pages(&[
                    (Method::GET, "/x/new"),
                    (Method::PUT, "/x/{slug}"),
                    (Method::GET, "/{*rest}"),
                ]),
            ),
        ]))
        .unwrap();
        let check = |method: Method, path: &str, expect: &str| {
            let found = match table.find(&method, path) {
                Lookup::Found(found) => format!("{} {}", found.component, found.route.path),
                Lookup::MethodNotAllowed(methods) => format!("only {methods:?}"),
                Lookup::NotFound => "none".into(),
            };
            assert_eq!(found, expect, "{method} {path}");
        };
        check(Method::GET, "/x/new", "b /x/new");
        check(Method::GET, "/x/7", "a /x/{id}");
        check(Method::HEAD, "/x/7", "a /x/{id}");
        check(Method::PUT, "/x/7", "b /x/{slug}");
        check(Method::DELETE, "/x/7", "only [GET, PUT]");
        check(Method::GET, "/z/z", "b /{*rest}");
        check(Method::POST, "/z", "only [GET]");
        check(Method::GET, "/", "none");
    }

    #[test]
    fn conflicts_name_both_components() {
        refused(
            vec![
                ("a", pages(&[(Method::GET, "/x/{id}")])),
                ("b", pages(&[(Method::GET, "/x/{slug}")])),
            ],
            "Both 'a' and 'b' serve GET /x/{slug}; only one of them can be on.",
        );
        refused(
            vec![("a", pages(&[(Method::GET, "/metrics/x")]))],
            "The path '/metrics/x' of 'a' is below '/metrics', which is the kernel's.",
        );
    }
}
