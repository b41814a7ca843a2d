//! The stores with how they do.

use std::collections::BTreeMap;
use std::time::Duration;

use hatchery_sdk::component::platform::Change;
use hatchery_sdk::component::stores::{BackupInfo, FleetStore, StoreLook, StoreState, Stores};
use hatchery_sdk::prelude::*;
use serde::Serialize;

use super::report::{Reader, Sold};

/// How long is read what stores sold today; beyond, a store whose sales are not known is shown without them.
const TIME: Duration = Duration::from_secs(2);
/// Stores on a page.
const PAGE: usize = 100;

/// A store in the list.
#[derive(Serialize)]
pub(crate) struct Row {
    store: FleetStore,
    look: StoreLook,
    /// Bytes of its database and its files.
    bytes: u64,
    /// What it sold today, when it sells.
    today: Option<Sold>,
}

/// A page of the stores.
#[derive(Serialize)]
pub(crate) struct List {
    rows: Vec<Row>,
    /// Stores that are meant, on all pages.
    count: usize,
    /// Number of the page, from 1.
    page: usize,
    /// How many pages there are.
    pages: usize,
}

/// The stores with a text in their names, by slug.
pub(crate) async fn all(ctx: &Ctx, text: &str, page: usize) -> Result<List> {
    let fleet = ctx.get::<dyn Stores>()?;
    let mut stores = fleet.list(ctx).await?;
    let text = text.trim().to_lowercase();
    let named = |name: &str| name.to_lowercase().contains(&text);
    stores.retain(|store| named(&store.slug) || named(&store.name));
    let count = stores.len();
    let pages = count.div_ceil(PAGE).max(1);
    let page = page.clamp(1, pages);
    let shown: Vec<FleetStore> = stores.into_iter().skip((page - 1) * PAGE).take(PAGE).collect();
    let slugs = shown.iter().map(|store| store.slug.clone()).collect();
    let mut looks = fleet.look(ctx, slugs).await?;
    let (reader, mut rows) = (Reader::new(ctx, TIME)?, Vec::with_capacity(shown.len()));
    for store in shown {
        let look = looks.remove(&store.slug).unwrap_or_default();
        rows.push(row(ctx, &reader, store, look).await);
    }
    Ok(List { rows, count, page, pages })
}

async fn row(ctx: &Ctx, reader: &Reader, store: FleetStore, look: StoreLook) -> Row {
    let answers = matches!(store.state, StoreState::Active | StoreState::Suspended);
    let today = match answers {
        true => reader.sold(ctx, &store, look.changes, 0).await.flatten(),
        false => None,
    };
    Row { bytes: look.database_bytes + look.file_bytes, store, look, today }
}

/// A store's page.
#[derive(Serialize)]
pub(crate) struct Page {
    #[serde(flatten)]
    row: Row,
    backups: Vec<BackupInfo>,
    history: Vec<Change>,
}

/// One store with its backups and what was done with it.
pub(crate) async fn one(ctx: &Ctx, slug: &str) -> Result<Page> {
    let fleet = ctx.get::<dyn Stores>()?;
    let found = fleet.list(ctx).await?.into_iter().find(|store| store.slug == slug);
    let unknown = || Error::not_found("store.unknown", format!("There is no store '{slug}'."));
    let store = found.ok_or_else(unknown)?;
    let mut looks: BTreeMap<String, StoreLook> = fleet.look(ctx, vec![slug.to_owned()]).await?;
    let look = looks.remove(slug).unwrap_or_default();
    let mut backups = fleet.backups(ctx).await?;
    backups.retain(|backup| backup.slug == slug);
    let history = fleet.history(ctx, slug.to_owned()).await?;
    let reader = Reader::new(ctx, TIME)?;
    Ok(Page { row: row(ctx, &reader, store, look).await, backups, history })
}
