//! The stores with how they do.

use std::collections::BTreeMap;

use hatchery_sdk::component::platform::Change;
use hatchery_sdk::component::stores::{BackupInfo, FleetStore, StoreLook, StoreState, Stores};
use hatchery_sdk::prelude::*;
use serde::Serialize;

use super::report::{Sold, sold_today};

/// Stores that are opened to tell what they sold today; beyond, a store that is asleep is left so.
const MOST_WOKEN: usize = 25;

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

/// All stores.
pub(crate) async fn all(ctx: &Ctx) -> Result<Vec<Row>> {
    let fleet = ctx.get::<dyn Stores>()?;
    let stores = fleet.list(ctx).await?;
    let slugs = stores.iter().map(|store| store.slug.clone()).collect();
    let mut looks = fleet.look(ctx, slugs).await?;
    let mut rows = Vec::with_capacity(stores.len());
    for store in stores {
        let look = looks.remove(&store.slug).unwrap_or_default();
        let may_wake = rows.len() < MOST_WOKEN;
        rows.push(row(ctx, store, look, may_wake).await);
    }
    Ok(rows)
}

async fn row(ctx: &Ctx, store: FleetStore, look: StoreLook, may_wake: bool) -> Row {
    let answers = matches!(store.state, StoreState::Active | StoreState::Suspended);
    let today = match answers && (look.is_open || may_wake) {
        true => sold_today(ctx, &store).await,
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
    Ok(Page { row: row(ctx, store, look, true).await, backups, history })
}
