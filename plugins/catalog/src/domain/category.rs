//! The tree of categories.

use std::collections::BTreeMap;

use hatchery_sdk::interfaces::catalog::Category;

/// Slugs from the root to a category; empty when there is no such category.
pub(crate) fn path(categories: &[Category], slug: &str) -> Vec<String> {
    let by_slug: BTreeMap<&str, &Category> =
        categories.iter().map(|category| (category.slug.as_str(), category)).collect();
    let mut path = Vec::new();
    let mut at = by_slug.get(slug).copied();
    while let Some(category) = at {
        if path.contains(&category.slug) {
            break;
        }
        path.push(category.slug.clone());
        at = category.parent.as_deref().and_then(|parent| by_slug.get(parent).copied());
    }
    path.reverse();
    path
}

/// Parents before children, siblings by position and slug. A category whose parent is missing stands at
/// the root.
pub(crate) fn in_tree_order(mut categories: Vec<Category>) -> Vec<Category> {
    let paths: BTreeMap<String, Vec<(i32, String)>> = categories
        .iter()
        .map(|category| {
            let key = path(&categories, &category.slug)
                .into_iter()
                .map(|slug| {
                    let position = categories.iter().find(|other| other.slug == slug);
                    (position.map_or(0, |other| other.position), slug)
                })
                .collect();
            (category.slug.clone(), key)
        })
        .collect();
    categories.sort_by(|a, b| paths[&a.slug].cmp(&paths[&b.slug]));
    categories
}

/// Whether following the parents from `slug` leads back to it.
pub(crate) fn is_circular(parents: &BTreeMap<String, Option<String>>, slug: &str) -> bool {
    let mut at = parents.get(slug).cloned().flatten();
    for _ in 0..=parents.len() {
        match at {
            Some(parent) if parent == slug => return true,
            Some(parent) => at = parents.get(&parent).cloned().flatten(),
            None => return false,
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use hatchery_sdk::types::{Id, Localized};

    use super::*;

    fn category(slug: &str, parent: Option<&str>, position: i32) -> Category {
        Category {
            id: Id::from_uuid(uuid::Uuid::nil()),
            slug: slug.into(),
            name: Localized::en(slug),
            parent: parent.map(Into::into),
            position,
            shared_by: None,
        }
    }

    #[test]
    fn parents_come_before_children_and_siblings_by_position() {
        let tree = in_tree_order(vec![
            category("green", Some("tea"), 2),
            category("ware", None, 2),
            category("black", Some("tea"), 1),
            category("tea", None, 1),
        ]);
        let slugs: Vec<&str> = tree.iter().map(|category| category.slug.as_str()).collect();
        assert_eq!(slugs, ["tea", "black", "green", "ware"]);
        assert_eq!(path(&tree, "green"), ["tea", "green"]);
        assert_eq!(path(&tree, "nothing"), Vec::<String>::new());
    }

    #[test]
    fn a_circle_is_seen() {
        let parents = |pairs: &[(&str, Option<&str>)]| {
            pairs.iter().map(|(slug, parent)| (slug.to_string(), parent.map(Into::into))).collect()
        };
        assert!(is_circular(&parents(&[("a", Some("b")), ("b", Some("a"))]), "a"));
        assert!(is_circular(&parents(&[("a", Some("a"))]), "a"));
        assert!(!is_circular(&parents(&[("a", Some("b")), ("b", None)]), "a"));
    }
}
