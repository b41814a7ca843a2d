//! Gathers the navigation at the side: the resources the person may read, by group.

use std::collections::BTreeMap;

use hatchery_sdk::prelude::*;
use serde::Serialize;

use crate::domain::labels::Named;
use crate::ops::find_labels::{find_label, text};
use crate::ops::find_resource;

/// Links that belong together.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Group {
    pub(crate) label: String,
    pub(crate) entries: Vec<Entry>,
}

/// A link.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Entry {
    pub(crate) label: String,
    pub(crate) url: String,
    pub(crate) current: bool,
}

/// Groups in the order they stand; others follow by name.
const ORDER: [&str; 4] = ["sell", "catalog", "customers", "system"];
/// Who may see components and settings.
pub(crate) const READ_COMPONENTS: &str = "kernel.component.read";
/// Who may change them.
pub(crate) const WRITE_COMPONENTS: &str = "kernel.component.write";

/// The navigation, with the link of the page at `path` marked.
pub(crate) async fn read_navigation(ctx: &Ctx, path: &str) -> Result<Vec<Group>> {
    let mut groups: BTreeMap<(usize, String), Vec<Entry>> = BTreeMap::new();
    let place = |group: &str| {
        let known = ORDER.iter().position(|known| *known == group);
        (known.unwrap_or(ORDER.len()), group.to_owned())
    };
    let current = |url: &str| {
        path.strip_prefix(url).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    if ctx.actor().may(READ_COMPONENTS) {
        let url = "/admin/components".to_owned();
        let label = text(ctx, "admin-components").await?;
        groups.entry(place("system")).or_default().push(Entry {
            label,
            current: current(&url),
            url,
        });
    }
    for resource in find_resource::all(ctx).await? {
        let url = format!("/admin/{}", resource.name);
        let label = find_label(ctx, &resource.component, Named::Resource, &resource.name).await?;
        let entry = Entry { label, current: current(&url), url };
        groups.entry(place(&resource.group)).or_default().push(entry);
    }
    let mut navigation = Vec::new();
    for ((_, group), entries) in groups {
        let key = format!("admin-group-{group}");
        let label = text(ctx, &key).await?;
        let label = if label == key { crate::domain::labels::readable(&group) } else { label };
        navigation.push(Group { label, entries });
    }
    Ok(navigation)
}
