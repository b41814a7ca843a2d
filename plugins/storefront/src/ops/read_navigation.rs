//! Reads the categories for navigation, filters and breadcrumbs.

use std::collections::BTreeMap;

use hatchery_sdk::interfaces::catalog::{Catalog, Category};
use hatchery_sdk::interfaces::listing::Listing;
use hatchery_sdk::prelude::*;
use serde::Serialize;

/// A link to a category.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Link {
    pub(crate) name: String,
    pub(crate) url: String,
    pub(crate) current: bool,
    pub(crate) count: Option<u64>,
    pub(crate) children: Vec<Link>,
}

/// All categories, parents before children.
pub(crate) async fn categories(ctx: &Ctx) -> Result<Vec<Category>> {
    ctx.get::<dyn Catalog>()?.categories(ctx).await
}

/// How many products each category has; absent without listing.
pub(crate) async fn counts(ctx: &Ctx) -> Result<Option<BTreeMap<String, u64>>> {
    match ctx.find::<dyn Listing>() {
        Some(listing) => listing.category_counts(ctx).await.map(Some),
        None => Ok(None),
    }
}

/// The top of the tree as links. The branch of the category at hand is open. Categories known to be
/// empty are left out.
pub(crate) fn links(
    categories: &[Category],
    locale: &Locale,
    present: Option<&str>,
    counts: Option<&BTreeMap<String, u64>>,
) -> Vec<Link> {
    let open = present.map(|slug| path(categories, slug)).unwrap_or_default();
    branch(&Branch { categories, locale, open: &open, counts }, None)
}

/// The slugs from the root down to a category, itself last; empty when there is no such category.
pub(crate) fn path<'a>(categories: &'a [Category], slug: &str) -> Vec<&'a str> {
    let mut found = Vec::new();
    let mut next = Some(slug);
    while let Some(category) = next.and_then(|slug| find(categories, slug)) {
        if found.contains(&category.slug.as_str()) {
            break;
        }
        found.push(category.slug.as_str());
        next = category.parent.as_deref();
    }
    found.reverse();
    found
}

/// The category of that slug.
pub(crate) fn find<'a>(categories: &'a [Category], slug: &str) -> Option<&'a Category> {
    categories.iter().find(|category| category.slug == slug)
}

/// A category and all below it.
pub(crate) fn with_branches(categories: &[Category], slug: &str) -> Vec<String> {
    let below = |category: &&Category| path(categories, &category.slug).contains(&slug);
    categories.iter().filter(below).map(|category| category.slug.clone()).collect()
}

struct Branch<'a> {
    categories: &'a [Category],
    locale: &'a Locale,
    open: &'a [&'a str],
    counts: Option<&'a BTreeMap<String, u64>>,
}

fn branch(tree: &Branch<'_>, parent: Option<&str>) -> Vec<Link> {
    let count = |slug: &str| tree.counts.map(|counts| counts.get(slug).copied().unwrap_or(0));
    let here = tree.categories.iter().filter(|category| category.parent.as_deref() == parent);
    here.filter(|category| count(&category.slug) != Some(0))
        .map(|category| Link {
            name: category.name.get(tree.locale).to_owned(),
            url: format!("/categories/{}", category.slug),
            current: tree.open.last() == Some(&category.slug.as_str()),
            count: count(&category.slug),
            children: match tree.open.contains(&category.slug.as_str()) {
                true => branch(tree, Some(&category.slug)),
                false => Vec::new(),
            },
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use hatchery_sdk::interfaces::catalog::CategoryId;

    use super::*;

    fn tree() -> Vec<Category> {
        let category = |slug: &str, parent: Option<&str>| Category {
            id: "018f2f00-0000-7000-8000-000000000000".parse::<CategoryId>().unwrap(),
            slug: slug.into(),
            name: Localized::en(slug.to_uppercase()),
            parent: parent.map(Into::into),
            position: 0,
            shared_by: None,
        };
        vec![
            category("tea", None),
            category("home", None),
            category("green", Some("tea")),
            category("matcha", Some("green")),
        ]
    }

    #[test]
    fn paths_lead_from_the_root() {
        let tree = tree();
        assert_eq!(path(&tree, "matcha"), ["tea", "green", "matcha"]);
        assert_eq!(path(&tree, "nothing"), Vec::<&str>::new());
        assert_eq!(with_branches(&tree, "green"), ["green", "matcha"]);
    }

    #[test]
    fn only_the_branch_at_hand_is_open_and_empty_ones_are_left_out() {
        let counts = BTreeMap::from([("tea".to_owned(), 3), ("green".to_owned(), 2)]);
        let links = links(&tree(), &Locale::en(), Some("green"), Some(&counts));
        assert_eq!(links.len(), 1);
        assert_eq!((links[0].name.as_str(), links[0].current), ("TEA", false));
        assert!(links[0].children[0].current);
        assert_eq!(links[0].children[0].count, Some(2));
        assert!(links[0].children[0].children.is_empty());
    }
}
